package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/contract"
)

// The keys that a pager's URL has in it. Port 9 takes nothing: the emulator's request for confirmation goes nowhere.
const (
	pagerKey = "PLANTED-KEY-7f3a"
	pagerURL = "https://127.0.0.1:9/hooks/" + pagerKey
	clearKey = "PLANTED-IN-CLEAR-9c1e"
	clearURL = "https://127.0.0.1:9/hooks/" + clearKey
)

// encrypted is a URL in a stack's file that was set with --secret.
var encrypted = regexp.MustCompile(`https:\s+secure: \S+`)

// TestSubscribers: a stack with subscribers of all four kinds. An alarm that goes off, and that is over, reaches the queue and the
// function, and the key in the pager's URL is nowhere in clear.
//
// What the emulator does not do: send mail, wait for the confirmation of a mail's address, and ask the queue's and the function's
// policies whether the topic may write to them. It has the topic's own policy and key, and asks neither.
func TestSubscribers(t *testing.T) {
	t.Parallel()
	began := time.Now()
	c := newFixture(t, "local-subscribers", nil)
	queue, queueARN := c.pagersQueue()
	function, called := c.pagersFunction()
	_, err := c.stack.Run(c.ctx, "config", "set-all", "--path",
		"--plaintext", "alarmSubscriptions[0].name=oncall", "--plaintext", "alarmSubscriptions[0].mail=oncall@example.com",
		"--plaintext", "alarmSubscriptions[1].name=pager", "--secret", "alarmSubscriptions[1].https="+pagerURL,
		"--plaintext", "alarmSubscriptions[2].name=tickets", "--plaintext", "alarmSubscriptions[2].queue="+queueARN,
		"--plaintext", "alarmSubscriptions[3].name=chat", "--plaintext", "alarmSubscriptions[3].function="+function)
	c.must(err)
	for _, args := range [][]string{{"preview", "--diff"}, {"preview", "--json"}} {
		_, err := c.stack.Run(c.ctx, append(args, "--non-interactive")...)
		c.must(err)
	}
	c.up()
	c.subscribed("email oncall@example.com", "https "+pagerURL, "lambda "+function, "sqs "+queueARN)

	alarm := c.stack.Name + "-cc-eventbridge-messages-delayed"
	for _, state := range []cloudwatchtypes.StateValue{cloudwatchtypes.StateValueAlarm, cloudwatchtypes.StateValueOk} {
		_, err := cloudwatch.NewFromConfig(c.account).SetAlarmState(c.ctx, &cloudwatch.SetAlarmStateInput{
			AlarmName: aws.String(alarm), StateValue: state, StateReason: aws.String("test"),
		})
		c.must(err)
		c.told("the queue", alarm, string(state), func() string { return c.notification(queue) })
		c.told("the function", alarm, string(state), func() string { return received(called) })
	}

	c.mistakes()
	c.keyIsHidden(began)
	c.keyInClear()
	c.must(c.stack.Destroy(c.ctx))
}

// mistakes has the program and the CLI complain of the configuration that holds the key.
func (c *fixture) mistakes() {
	c.t.Helper()
	for _, set := range [][]string{
		{"--secret", "alarmSubscriptions[1].https=http://127.0.0.1:9/" + pagerKey},
		{"--secret", "alarmSubscriptions[1].https=" + pagerKey},
		{"--secret", "alarmSubscriptions[1].mail=" + pagerKey},
		{"--secret", "alarmSubscriptions[1].url=" + pagerURL},
	} {
		before, err := os.ReadFile(c.stack.ConfigFile())
		c.must(err)
		_, err = c.stack.Run(c.ctx, append([]string{"config", "set-all", "--path"}, set...)...)
		c.must(err)
		if _, err := c.stack.Run(c.ctx, "preview", "--non-interactive"); err == nil {
			c.t.Errorf("a preview takes %s", strings.SplitN(set[1], "=", 2)[0])
		} else if strings.Contains(err.Error(), pagerKey) || !strings.Contains(err.Error(), "alarmSubscriptions") {
			c.t.Errorf("the error shows the key, or does not name its own:\n%v", err)
		}
		c.must(os.WriteFile(c.stack.ConfigFile(), before, 0o600))
	}
}

// keyIsHidden searches everything that Pulumi has written of the stack since a moment: backups of earlier runs stay.
func (c *fixture) keyIsHidden(began time.Time) {
	c.t.Helper()
	graph := filepath.Join(c.t.TempDir(), "graph.dot")
	for _, args := range [][]string{
		{"stack", "export"},
		{"stack", "output"},
		{"stack", "--show-urns"},
		{"stack", "graph", graph},
		{"config"},
		{"refresh", "--yes", "--diff", "--non-interactive"},
	} {
		_, err := c.stack.Run(c.ctx, args...) // what it prints is in the log
		c.must(err)
	}
	files := []string{c.stack.ConfigFile(), c.stack.Log, graph}
	c.must(filepath.WalkDir(c.w.Path("pulumi", "state", c.stack.Name), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(began) {
			files = append(files, path)
		}
		return err
	}))
	named := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		c.must(err)
		if strings.Contains(string(text), pagerKey) {
			c.t.Errorf("%s has the key of the pager's URL in clear", file)
		}
		if strings.Contains(string(text), "pager") {
			named++
		}
	}
	if named < 4 { // configuration, log, graph, state
		c.t.Errorf("only %d of %d files name the subscriber: the search looks elsewhere", named, len(files))
	}
}

// keyInClear sets a URL without --secret: the preview warns, and shows it no more than the other. (What prints the stack's file,
// such as preview --json, does.)
func (c *fixture) keyInClear() {
	c.t.Helper()
	text, err := os.ReadFile(c.stack.ConfigFile())
	c.must(err)
	list := encrypted.ReplaceAll(text, []byte("https: "+clearURL))
	if bytes.Equal(list, text) {
		c.t.Fatalf("the configuration has no encrypted URL:\n%s", text)
	}
	c.must(os.WriteFile(c.stack.ConfigFile(), list, 0o600))
	_, err = c.stack.Run(c.ctx, "preview", "--diff", "--non-interactive")
	c.must(err)
	log, err := os.ReadFile(c.stack.Log)
	c.must(err)
	if bytes.Contains(log, []byte(clearKey)) || !bytes.Contains(log, []byte(`the https address of "pager" is in clear`)) {
		c.t.Errorf("the preview shows the URL, or does not warn of it: see %s", c.stack.Log)
	}
	c.must(os.WriteFile(c.stack.ConfigFile(), text, 0o600))
}

// subscribed wants the topic to have these subscribers, as AWS has them.
func (c *fixture) subscribed(want ...string) {
	c.t.Helper()
	list, err := sns.NewFromConfig(c.account).ListSubscriptionsByTopic(c.ctx,
		&sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(c.outputs[contract.OutputAlarmTopic])})
	c.must(err)
	var have []string
	for _, s := range list.Subscriptions {
		have = append(have, aws.ToString(s.Protocol)+" "+aws.ToString(s.Endpoint))
	}
	if slices.Sort(have); !slices.Equal(have, want) {
		c.t.Errorf("the topic has the subscribers %q, want %q", have, want)
	}
}

// told wants someone to get a notification of an alarm's state.
func (c *fixture) told(who, alarm, state string, next func() string) {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		var notification struct{ AlarmName, NewStateValue string }
		text := next()
		if text == "" {
			continue
		}
		c.must(json.Unmarshal([]byte(text), &notification))
		if notification.AlarmName != alarm || notification.NewStateValue != state {
			c.t.Errorf("%s got %+v, want %s of %s", who, notification, state, alarm)
		}
		return
	}
	c.t.Errorf("%s heard of no %s of %s within a minute", who, state, alarm)
}

// pagersQueue makes a queue that is not the stack's.
func (c *fixture) pagersQueue() (url, arn string) {
	c.t.Helper()
	client := sqs.NewFromConfig(c.account)
	queue, err := client.CreateQueue(c.ctx, &sqs.CreateQueueInput{QueueName: aws.String("tickets")})
	c.must(err)
	attributes, err := client.GetQueueAttributes(c.ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: queue.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	c.must(err)
	return aws.ToString(queue.QueueUrl), attributes.Attributes[string(sqstypes.QueueAttributeNameQueueArn)]
}

// notification is the next message that SNS has put on a queue, or nothing after a second.
func (c *fixture) notification(queue string) string {
	c.t.Helper()
	client := sqs.NewFromConfig(c.account)
	out, err := client.ReceiveMessage(c.ctx, &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 1, WaitTimeSeconds: 1})
	c.must(err)
	if len(out.Messages) == 0 {
		return ""
	}
	_, err = client.DeleteMessage(c.ctx, &sqs.DeleteMessageInput{QueueUrl: &queue, ReceiptHandle: out.Messages[0].ReceiptHandle})
	c.must(err)
	var envelope struct{ Message string }
	c.must(json.Unmarshal([]byte(aws.ToString(out.Messages[0].Body)), &envelope))
	return envelope.Message
}

// pagersFunction makes a function that is not the stack's. What it is called with comes out of the channel.
func (c *fixture) pagersFunction() (arn string, called <-chan string) {
	c.t.Helper()
	messages := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			text = fmt.Appendf(nil, "%q", err)
		}
		messages <- string(text)
	}))
	c.t.Cleanup(server.Close)
	const source = `import os, urllib.request
def handler(event, context):
    there = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for record in event["Records"]:
        there.open(os.environ["THERE"], data=record["Sns"]["Message"].encode()).close()
`
	var code bytes.Buffer
	archive := zip.NewWriter(&code)
	file, err := archive.Create("chat.py")
	c.must(err)
	_, err = io.WriteString(file, source)
	c.must(err)
	c.must(archive.Close())
	function, err := lambda.NewFromConfig(c.account).CreateFunction(c.ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("chat"), Runtime: lambdatypes.RuntimePython312, Handler: aws.String("chat.handler"),
		Role: aws.String("arn:aws:iam::000000000000:role/chat"), Code: &lambdatypes.FunctionCode{ZipFile: code.Bytes()},
		Environment: &lambdatypes.Environment{Variables: map[string]string{"THERE": server.URL}},
	})
	c.must(err)
	return aws.ToString(function.FunctionArn), messages
}

// received is the next call, or nothing after a second.
func received(called <-chan string) string {
	select {
	case text := <-called:
		return text
	case <-time.After(time.Second):
		return ""
	}
}
