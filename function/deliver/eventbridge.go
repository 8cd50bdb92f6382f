package deliver

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/aws/smithy-go"

	"cc-eventbridge/function/contract"
)

const (
	// eventBridgeMost is the largest entry, 1 MB since January 2026 (AWS Compute Blog, "More room to build"). What counts is in the
	// Amazon EventBridge user guide, "Calculating PutEvents event entry size". Targets behind a bus may take less: a queue that
	// was made before, a state machine. So a claim check is sent earlier.
	eventBridgeMost = 1 << 20
	// eventBridgeSource is every entry's source. Sources of partners begin with aws., which EventBridge takes from AWS alone.
	eventBridgeSource = "cc-eventbridge"
	// entryTime is what the time of an entry counts for.
	entryTime = 14
)

// eventBridgeCodes are those of failed entries (Amazon EventBridge API reference, PutEventsResultEntry).
var eventBridgeCodes = map[string]meaning{
	"MalformedDetail":                     rejected,
	"NotAuthorizedForSourceException":     denied,
	"NotAuthorizedForDetailTypeException": denied,
	"InvalidAccountIdException":           unusable,
	"RedactionFailure":                    unavailable,
}

// eventBridge puts each event onto a bus as an entry of its own: the source is cc-eventbridge, the detail-type the event's type and
// the detail the event, which has to be a JSON object.
type eventBridge struct {
	service *service
	content *content
	bus     string
}

func openEventBridge(target contract.Target, env Environment) (Downstream, error) {
	content, err := contentOf(target, env, limits{most: eventBridgeMost, offload: olderMost})
	if err != nil {
		return nil, err
	}
	service, _, err := openService(target, env, "events", "event-bus/", eventBridgeCodes)
	if err != nil {
		return nil, err
	}
	return &eventBridge{service: service, content: content, bus: target.Address}, nil
}

// Deliver puts one event.
func (b *eventBridge) Deliver(ctx context.Context, delivery Delivery) error {
	e := delivery.Event
	m, err := b.content.of(ctx, delivery, entryTime+len(eventBridgeSource)+len(e.Type))
	if err != nil {
		return err
	}
	entry := make([]byte, 0, 256+len(e.Type)+len(m.body)*9/8)
	entry = append(entry, `{"Entries":[{`...)
	entry = append(quote(append(entry, `"Source":`...), eventBridgeSource), ',')
	entry = append(quote(append(entry, `"DetailType":`...), e.Type), ',')
	entry = append(quote(append(entry, `"EventBusName":`...), b.bus), ',')
	if at, ok := e.OccurredAt(); ok {
		entry = append(strconv.AppendInt(append(entry, `"Time":`...), at.Unix(), 10), ',')
	}
	entry = append(quote(append(entry, `"Detail":`...), string(m.body)), `}]}`...)
	put := jsonCall("1.1", "AWSEvents.PutEvents", entry)
	put.read = true
	answer, err := b.service.do(ctx, delivery, put)
	if err != nil {
		return err
	}
	return b.read(answer, delivery)
}

// read looks for a failed entry in an answer of success.
func (b *eventBridge) read(answer []byte, delivery Delivery) error {
	var result struct {
		FailedEntryCount *int
		Entries          []struct{ ErrorCode string }
	}
	if err := json.Unmarshal(answer, &result); err != nil || result.FailedEntryCount == nil {
		return b.service.judge(&smithy.GenericAPIError{Code: "InternalFailure"}, delivery)
	}
	if *result.FailedEntryCount == 0 {
		return nil
	}
	code := "InternalFailure"
	if len(result.Entries) == 1 {
		code = result.Entries[0].ErrorCode
	}
	return b.service.judge(&smithy.GenericAPIError{Code: code, Fault: smithy.FaultClient}, delivery)
}
