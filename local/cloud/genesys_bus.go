package cloud

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"cc-eventbridge/genesys/genesystest"
)

// PutEvents takes 10 entries (Amazon EventBridge API reference); those of one call may have 1 MiB in all, which ten
// events of Genesys Cloud never have.
const putEntries = 10

// eventBridge is the partner buses at an AWS endpoint.
type eventBridge struct{ endpoint string }

func (b eventBridge) put(ctx context.Context, source genesystest.Source, events []GenesysEvent) (bool, error) {
	client := eventbridge.NewFromConfig(Account(b.endpoint, source.Region))
	var missing *types.ResourceNotFoundException
	_, err := client.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: &source.EventSource})
	if errors.As(err, &missing) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for the bus of %s: %w", source.EventSource, err)
	}
	for chunk := range slices.Chunk(events, putEntries) {
		entries := make([]types.PutEventsRequestEntry, 0, len(chunk))
		for _, e := range chunk {
			entries = append(entries, types.PutEventsRequestEntry{
				EventBusName: &source.EventSource, Source: &source.EventSource,
				DetailType: aws.String(e.Topic), Detail: aws.String(string(e.Detail)),
			})
		}
		out, err := client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
		if err != nil {
			return true, fmt.Errorf("publishing %d events to %s: %w", len(chunk), source.EventSource, err)
		}
		if out.FailedEntryCount > 0 {
			return true, fmt.Errorf("publishing to %s: %d of %d events were refused", source.EventSource, out.FailedEntryCount, len(chunk))
		}
	}
	return true, nil
}
