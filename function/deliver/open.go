package deliver

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"cc-eventbridge/function/contract"
)

// Environment is what targets work with. A target uses of it what it needs.
type Environment struct {
	Log *slog.Logger
	// Workers is how many events are on their way at a time at most, and so how many connections a target keeps.
	Workers int
	// Verdict is the receive count of a message from which on a target's word that an event can't be taken is believed
	// where it may be about the target; 1 and 0 believe the first.
	Verdict int
	// AWS is how AWS services are called: Region, Credentials, BaseEndpoint where there is one, and HTTPClient, which should
	// follow no redirects. Nothing is asked of them before the first event. A target with an ARN is in the ARN's region.
	AWS aws.Config
	// Secrets reads the secrets of HTTP targets. It is not called before the first event.
	Secrets SecretsAPI
	// Bucket is the payload bucket, whose name is BucketName, for events that are too large for a target. Without one these
	// are refused.
	Bucket     Store
	BucketName string
}

// openers make the downstream of each kind of target. A target that is written for one stack is a line more.
var openers = map[contract.TargetKind]func(target contract.Target, env Environment) (Downstream, error){
	contract.TargetHTTP:          openHTTP,
	contract.TargetEventBridge:   openEventBridge,
	contract.TargetSQS:           openSQS,
	contract.TargetStepFunctions: openStepFunctions,
	contract.TargetLambda:        openLambda,
	contract.TargetFirehose:      openFirehose,
	contract.TargetLog:           openLog,
}

// Open returns the downstream of a target. Nothing goes over the network before the first event. It fails if the target's
// kind is not known or what is said of it makes no sense.
func Open(target contract.Target, env Environment) (Downstream, error) {
	open, ok := openers[target.Kind]
	if !ok {
		return nil, fmt.Errorf("open target %q: there is no kind %q", target.Name, target.Kind)
	}
	downstream, err := open(target, env)
	if err != nil {
		return nil, fmt.Errorf("open target %q: %w", target.Name, err)
	}
	return downstream, nil
}

// timeout bounds one request to a target.
func timeout(target contract.Target) time.Duration {
	if target.TimeoutSeconds > 0 {
		return time.Duration(target.TimeoutSeconds) * time.Second
	}
	return contract.DefaultDownstreamTimeout
}
