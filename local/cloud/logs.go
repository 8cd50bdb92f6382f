package cloud

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

const (
	// tailBytes is as much of a program's log as helps to see why something failed.
	tailBytes = 4 << 10
	// functionTailBytes is the same for a function, which writes several lines per invocation.
	functionTailBytes = 32 << 10
)

// Tail returns the end of a log file, for an error's text.
func Tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Sprintf("(no log: %v)", err)
	}
	return fmt.Sprintf("last lines of %s:\n%s", path, lastLines(data, tailBytes))
}

// FunctionLog returns the end of what a function wrote, from its log group, for an error's text.
func FunctionLog(ctx context.Context, account aws.Config, function string) string {
	group := "/aws/lambda/" + function
	client := cloudwatchlogs.NewFromConfig(account)
	out, err := client.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
	if err != nil {
		return fmt.Sprintf("(no log of the function: %v)", err)
	}
	var all bytes.Buffer
	for _, event := range out.Events {
		fmt.Fprintln(&all, aws.ToString(event.Message))
	}
	return fmt.Sprintf("last lines of %s:\n%s", group, lastLines(all.Bytes(), functionTailBytes))
}

func lastLines(text []byte, limit int) []byte {
	if len(text) > limit {
		text = text[len(text)-limit:]
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			text = text[i+1:]
		}
	}
	return bytes.TrimSpace(text)
}
