package deliver

import (
	"context"

	"cc-eventbridge/function/contract"
)

// stepFunctionsMost is the largest input of an execution (AWS Step Functions developer guide, "Quotas related to state machine
// executions").
const stepFunctionsMost = 256 << 10

// stepFunctionsCodes are those of StartExecution (AWS Step Functions API reference).
var stepFunctionsCodes = map[string]meaning{
	// An execution of that name was started in the last 90 days: by an earlier delivery of the event.
	"ExecutionAlreadyExists":   already,
	"StateMachineDoesNotExist": gone,
	"StateMachineDeleting":     unusable, "StateMachineTypeNotSupported": unusable, "InvalidArn": unusable,
	"InvalidExecutionInput":  rejected,
	"ExecutionLimitExceeded": throttled,
}

// stepFunctions starts an execution of a Standard state machine for each event. Its name is ID of the event's identity, so that an
// event starts one execution in 90 days however often it is delivered. A replay that acts again (flag replays) has another
// identity, and so another name.
type stepFunctions struct {
	service *service
	content *content
	machine string
}

func openStepFunctions(target contract.Target, env Environment) (Downstream, error) {
	content, err := contentOf(target, env, limits{most: stepFunctionsMost, offload: stepFunctionsMost})
	if err != nil {
		return nil, err
	}
	service, _, err := openService(target, env, "states", "stateMachine:", stepFunctionsCodes)
	if err != nil {
		return nil, err
	}
	return &stepFunctions{service: service, content: content, machine: target.Address}, nil
}

// Deliver starts an execution.
func (s *stepFunctions) Deliver(ctx context.Context, delivery Delivery) error {
	m, err := s.content.of(ctx, delivery, 0)
	if err != nil {
		return err
	}
	body := make([]byte, 0, 256+len(s.machine)+len(m.body)*9/8)
	body = text(append(body, '{'), "stateMachineArn", s.machine)
	body = text(body, "name", ID(delivery.IdempotencyKey))
	body = append(text(body, "input", string(m.body)), '}')
	_, err = s.service.do(ctx, delivery, jsonCall("1.0", "AWSStepFunctions.StartExecution", body))
	return err
}
