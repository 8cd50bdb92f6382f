package cloud

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/genesys/genesystest"
)

// TestEventsComeThroughBusAndRuleToAQueue needs an emulator, at AWS_ENDPOINT_URL.
func TestEventsComeThroughBusAndRuleToAQueue(t *testing.T) {
	endpoint := os.Getenv("AWS_ENDPOINT_URL")
	if endpoint == "" {
		t.Skip("AWS_ENDPOINT_URL names no emulator")
	}
	const region, queueName = "us-east-1", "genesyscloud-test"
	source := genesystest.Source{
		EventSource: "aws.partner/genesys.com/cloud/" + genesystest.OrganizationID + "/genesyscloud-test", Region: region,
	}
	there := eventBridge{endpoint: endpoint}
	if exists, err := there.put(t.Context(), source, []GenesysEvent{event(ended)}); err != nil || exists {
		t.Fatalf("without a bus: exists %v, error %v", exists, err)
	}
	config := Account(endpoint, region)
	buses, queues := eventbridge.NewFromConfig(config), sqs.NewFromConfig(config)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	queue, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(queueName)})
	must(err)
	_, err = buses.CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: &source.EventSource, EventSourceName: &source.EventSource})
	must(err)
	_, err = buses.PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name: aws.String(queueName), EventBusName: &source.EventSource,
		EventPattern: aws.String(`{"source":["` + source.EventSource + `"],"detail-type":["` + ended + `"]}`),
	})
	must(err)
	_, err = buses.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: aws.String(queueName), EventBusName: &source.EventSource,
		Targets: []types.Target{{Id: aws.String("queue"), Arn: aws.String("arn:aws:sqs:" + region + ":000000000000:" + queueName)}},
	})
	must(err)
	defer func() {
		ctx := t.Context()
		_, _ = buses.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: aws.String(queueName), EventBusName: &source.EventSource, Ids: []string{"queue"}})
		_, _ = buses.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String(queueName), EventBusName: &source.EventSource})
		_, _ = buses.DeleteEventBus(ctx, &eventbridge.DeleteEventBusInput{Name: &source.EventSource})
		_, _ = queues.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: queue.QueueUrl})
	}()
	var events []GenesysEvent
	for range 25 {
		events = append(events, event(ended))
	}
	if exists, err := there.put(t.Context(), source, append(events, event(started))); err != nil || !exists {
		t.Fatalf("with a bus: exists %v, error %v", exists, err)
	}
	got := 0
	for deadline := time.Now().Add(20 * time.Second); got < len(events) && time.Now().Before(deadline); {
		out, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		must(err)
		for _, m := range out.Messages {
			var envelope struct {
				DetailType string          `json:"detail-type"`
				Source     string          `json:"source"`
				Detail     json.RawMessage `json:"detail"`
			}
			must(json.Unmarshal([]byte(*m.Body), &envelope))
			if envelope.DetailType != ended || envelope.Source != source.EventSource || len(envelope.Detail) == 0 {
				t.Errorf("the queue has %s", *m.Body)
			}
			got++
		}
	}
	if got != len(events) {
		t.Errorf("%d events reached the queue, want %d", got, len(events))
	}
}
