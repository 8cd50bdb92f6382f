package e2e

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	fhtypes "github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	ltypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
)

// outageVariable has the outage of a target at full size: 2,000 events, and 60 seconds without it.
const outageVariable = "E2E_OUTAGE"

const (
	webhookKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	// emulatorAccount is the account that the embedded cloud has.
	emulatorAccount = "000000000000"
)

// TestEveryTarget has a mix of events go by routes to a target of each kind. Each event must be in each of its targets once,
// though each is sent twice, and in no other.
//
// What the embedded cloud does otherwise than AWS: it checks no permissions, so that the function's policy is only held against
// the routes by the tests of infra/pipeline; a bus passes events on at once, and a Firehose stream writes an object for each
// record.
func TestEveryTarget(t *testing.T) {
	t.Parallel()
	c := newRoutedFixture(t, "local-routes", nil)
	crm, hook := newPeer(t), newPeer(t)
	e := c.targetsOfAWS()
	c.route(fmt.Sprintf(`[
		{"name": "calls", "topics": ["telephony.call.*"], "targets": [
			{"name": "crm", "kind": "http", "address": %q, "auth": {"kind": "bearer"}},
			{"name": "bus", "kind": "eventbridge", "address": %q},
			{"name": "work", "kind": "sqs", "address": %q, "format": "cloudevents"}]},
		{"name": "routing", "topics": ["routing.queue.*"], "targets": [
			{"name": "machine", "kind": "step-functions", "address": %q},
			{"name": "code", "kind": "lambda", "address": %q},
			{"name": "lake", "kind": "firehose", "address": %q}]},
		{"name": "noise", "topics": ["routing.interaction.*"], "drop": true},
		{"name": "rest", "targets": [
			{"name": "hook", "kind": "http", "address": %q, "auth": {"kind": "webhook"}, "format": "cloudevents-binary"},
			{"name": "log", "kind": "log"}]}]`,
		crm.url, e.bus, e.work, e.machine, e.code, e.lake, hook.url))
	c.secret("crm", cloud.Token)
	c.secret("hook", webhookKey)
	c.up()

	r := rand.New(rand.NewPCG(12, 12))
	targets := map[string][]string{
		"telephony.call.created": {"crm", "bus", "work"}, "telephony.call.completed": {"crm", "bus", "work"},
		"routing.queue.member.status.changed": {"machine", "code", "lake"}, "routing.interaction.analyzed": {},
	}
	want := map[string]map[string]bool{}
	for _, name := range []string{"crm", "bus", "work", "machine", "code", "lake", "hook"} {
		want[name] = map[string]bool{}
	}
	var bodies []string
	for n := range 80 {
		body := traffic.Direct(r, nil)
		if n%4 == 0 {
			body = traffic.EventBridge(r)
		}
		key, err := c.pipeline.Key(c.ctx, traffic.Message{Body: body})
		c.must(err)
		var direct struct{ Event struct{ Type string } }
		c.must(json.Unmarshal([]byte(body), &direct))
		to, isDirect := targets[direct.Event.Type]
		if !isDirect {
			to = []string{"hook"}
		}
		for _, target := range to {
			want[target][key] = true
		}
		bodies = append(bodies, body)
	}
	c.send(traffic.Bare(append(bodies, bodies...)...)...)

	for name, got := range map[string]map[string]int{
		"crm": crm.effects(t), "hook": hook.effects(t), "work": c.queueTarget(e.work, ""), "bus": c.queueTarget(e.busQueue, "detail"),
		"machine": c.executions(e.machine, want["machine"]), "code": e.invocations(t), "lake": c.objects(e.bucket),
	} {
		if len(want[name]) < 5 {
			t.Errorf("%s should get only %d events: the test proves little", name, len(want[name]))
		}
		compare(t, name, got, want[name])
	}
	for _, authorization := range crm.headers("Authorization") {
		if authorization != "Bearer "+cloud.Token {
			t.Error("the CRM was not shown its token")
		}
	}
	if hook.unverified > 0 || crm.headers("Authorization") == nil {
		t.Errorf("%d requests to the webhook had no signature that its key verifies", hook.unverified)
	}
	quarantined, err := c.pipeline.Quarantined(c.ctx)
	c.must(err)
	deadLetters, err := c.pipeline.DeadLettered(c.ctx)
	c.must(err)
	if len(quarantined)+len(deadLetters) > 0 {
		t.Errorf("%d messages are quarantined and %d dead-lettered", len(quarantined), len(deadLetters))
	}
	if leaks, err := os.ReadFile(c.stack.Log); err != nil || strings.Contains(string(leaks), cloud.Token) || strings.Contains(string(leaks), webhookKey) {
		t.Errorf("a secret stands in what Pulumi has printed, or that can't be read: %v", err)
	}
	c.must(c.stack.Destroy(c.ctx))
}

// TestATargetThatIsDown has one target of two be away in the middle of a run, and come back. No event is lost or delivered twice,
// to either, and the other routes go on.
func TestATargetThatIsDown(t *testing.T) {
	t.Parallel()
	events, outage := 300, 8*time.Second
	if os.Getenv(outageVariable) != "" {
		events, outage = 2000, time.Minute
	}
	c := newRoutedFixture(t, "local-outage", map[string]string{
		"maxReceiveCount": "10", "batchSize": "50", "batchingWindowSeconds": "1", "maximumConcurrency": "2",
	})
	crm, other := newPeer(t), newPeer(t)
	queue := c.queue("beside")
	c.route(fmt.Sprintf(`[
		{"name": "calls", "topics": ["telephony.call.*"], "targets": [
			{"name": "crm", "kind": "http", "address": %q}, {"name": "beside", "kind": "sqs", "address": %q}]},
		{"name": "rest", "targets": [{"name": "other", "kind": "http", "address": %q}]}]`, crm.url, queue, other.url))
	c.up()

	r := rand.New(rand.NewPCG(13, 13))
	calls, rest := map[string]bool{}, map[string]bool{}
	var bodies []string
	for range events {
		body := traffic.Direct(r, nil)
		key, err := c.pipeline.Key(c.ctx, traffic.Message{Body: body})
		c.must(err)
		if strings.Contains(key, `"telephony.call.`) {
			calls[key] = true
		} else {
			rest[key] = true
		}
		bodies = append(bodies, body)
	}
	var (
		down   time.Time
		outing sync.WaitGroup
	)
	outing.Go(func() {
		if !eventually(c.ctx, func() bool { return crm.count() >= len(calls)/5 }) {
			t.Errorf("the CRM got %d events, and should have got a fifth of %d", crm.count(), len(calls))
		}
		down = time.Now()
		crm.stop()
		wait(c.ctx, outage)
		crm.start()
	})
	_, err := c.pipeline.Send(c.ctx, traffic.Bare(bodies...)...)
	c.must(err)
	outing.Wait()
	c.quiet()

	compare(t, "crm", crm.effects(t), calls)
	compare(t, "beside", c.queueTarget(queue, ""), calls)
	compare(t, "other", other.effects(t), rest)
	during, refused := 0, crm.refused()
	for _, at := range other.times() {
		if at.After(down) && at.Before(down.Add(outage)) {
			during++
		}
	}
	if during == 0 {
		t.Error("the other route stood still while the CRM was away")
	}
	deadLetters, err := c.pipeline.DeadLettered(c.ctx)
	c.must(err)
	if len(deadLetters) > 0 {
		t.Errorf("%d messages are dead-lettered", len(deadLetters))
	}
	t.Logf("%d events, %d of them calls; the CRM was away for %v, in which the other route got %d; %d requests were cut off", events, len(calls), outage, during, refused)
	c.must(c.stack.Destroy(c.ctx))
}

// newRoutedFixture is a stack without the short form.
func newRoutedFixture(t *testing.T, name string, set map[string]string) *fixture {
	t.Helper()
	c := newFixture(t, name, set)
	for _, key := range []string{"downstreamUrl", "downstreamSecret"} {
		_, err := c.stack.Run(c.ctx, "config", "rm", key)
		c.must(err)
	}
	return c
}

// route writes routes into the stack's file, of which JSON is a part as YAML has it.
func (c *fixture) route(routes string) {
	c.t.Helper()
	var compact bytes.Buffer
	c.must(json.Compact(&compact, []byte(routes)))
	file, err := os.OpenFile(c.stack.ConfigFile(), os.O_APPEND|os.O_WRONLY, 0)
	c.must(err)
	_, err = fmt.Fprintf(file, "  cc-eventbridge:routes: %s\n", compact.String())
	c.must(err)
	c.must(file.Close())
}

// secret sets the secret of a target as a user would.
func (c *fixture) secret(target, value string) {
	c.t.Helper()
	_, err := c.stack.Run(c.ctx, "config", "set-all", "--path", "--secret", "targetSecrets."+target+"="+value)
	c.must(err)
}

func compare(t *testing.T, target string, got map[string]int, want map[string]bool) {
	t.Helper()
	lost, twice, foreign := 0, 0, 0
	for key := range want {
		if got[key] == 0 {
			lost++
		}
	}
	for key, n := range got {
		if !want[key] {
			foreign++
		} else if n > 1 {
			twice++
		}
	}
	t.Logf("%s: %d events, %d lost, %d twice, %d of other routes", target, len(want), lost, twice, foreign)
	if lost+twice+foreign > 0 {
		t.Errorf("%s: %d of %d events are lost, %d there twice, and %d are of other routes", target, lost, len(want), twice, foreign)
	}
}

// eventually polls until something is true, or the time of the test is over.
func eventually(ctx context.Context, is func() bool) bool {
	for !is() {
		if !wait(ctx, 20*time.Millisecond) {
			return false
		}
	}
	return true
}

// peer is an HTTP target that can go away and come back.
type peer struct {
	t        *testing.T
	url      string
	address  string
	receiver *receiver
	webhook  *standardwebhooks.Webhook

	mutex      sync.Mutex
	server     *http.Server
	seen       []http.Header
	at         []time.Time
	unverified int
}

func newPeer(t *testing.T) *peer {
	t.Helper()
	webhook, err := standardwebhooks.NewWebhook(webhookKey)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, address: "127.0.0.1:0", receiver: newReceiver(14), webhook: webhook}
	p.start()
	p.url = "http://" + p.address + "/events"
	t.Cleanup(p.stop)
	return p
}

// start listens, again at the same address.
func (p *peer) start() {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", p.address)
	if err != nil {
		p.t.Errorf("listening: %v", err)
		return
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	p.mutex.Lock()
	p.server, p.address = server, listener.Addr().String()
	p.mutex.Unlock()
	go func() { _ = server.Serve(listener) }()
}

// stop ends the server and all that it has under way, as when its process is killed.
func (p *peer) stop() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	_ = p.server.Close()
}

func (p *peer) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	p.mutex.Lock()
	p.seen, p.at = append(p.seen, request.Header.Clone()), append(p.at, time.Now())
	if request.Header.Get("Webhook-Id") != "" && p.webhook.Verify(body, request.Header) != nil {
		p.unverified++
	}
	p.mutex.Unlock()
	p.receiver.ServeHTTP(w, request)
}

// effects are how often each event took effect. One that was cut off before its answer may have been sent again.
func (p *peer) effects(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for key, calls := range p.receiver.effects() {
		for _, c := range calls {
			if !c.cutOff {
				counts[key]++
			}
		}
	}
	return counts
}

func (p *peer) count() int { return len(p.receiver.effects()) }

func (p *peer) refused() int { return p.receiver.cutOff() }

func (p *peer) times() []time.Time {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.at
}

func (p *peer) headers(name string) (values []string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, header := range p.seen {
		values = append(values, header.Get(name))
	}
	return values
}

// awsTargets are targets that the embedded cloud has, and where what they got can be seen.
type awsTargets struct {
	bus, work, machine, code, lake string
	busQueue, bucket, invoked      string
}

// queue makes a queue and returns its URL.
func (c *fixture) queue(name string) string {
	c.t.Helper()
	made, err := sqs.NewFromConfig(c.account).CreateQueue(c.ctx, &sqs.CreateQueueInput{QueueName: aws.String(name)})
	c.must(err)
	return aws.ToString(made.QueueUrl)
}

func (c *fixture) targetsOfAWS() awsTargets {
	c.t.Helper()
	e := awsTargets{work: c.queue("work"), busQueue: c.queue("behind-the-bus"), bucket: "lake", invoked: filepath.Join(c.t.TempDir(), "invoked")}
	const role = "arn:aws:iam::" + emulatorAccount + ":role/any"
	arn := func(service, resource string) string {
		return strings.Join([]string{"arn:aws", service, cloud.Region, emulatorAccount, resource}, ":")
	}

	buses := eventbridge.NewFromConfig(c.account)
	_, err := buses.CreateEventBus(c.ctx, &eventbridge.CreateEventBusInput{Name: aws.String("events")})
	c.must(err)
	e.bus = arn("events", "event-bus/events")
	_, err = buses.PutRule(c.ctx, &eventbridge.PutRuleInput{
		Name: aws.String("all"), EventBusName: aws.String("events"), EventPattern: aws.String(`{"source":["cc-eventbridge"]}`),
	})
	c.must(err)
	_, err = buses.PutTargets(c.ctx, &eventbridge.PutTargetsInput{
		Rule: aws.String("all"), EventBusName: aws.String("events"),
		Targets: []ebtypes.Target{{Id: aws.String("queue"), Arn: aws.String(arn("sqs", "behind-the-bus"))}},
	})
	c.must(err)

	machine, err := sfn.NewFromConfig(c.account).CreateStateMachine(c.ctx, &sfn.CreateStateMachineInput{
		Name: aws.String("machine"), RoleArn: aws.String(role),
		Definition: aws.String(`{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}`),
	})
	c.must(err)
	e.machine = aws.ToString(machine.StateMachineArn)

	var code bytes.Buffer
	archive := zip.NewWriter(&code)
	file, err := archive.Create("code.py")
	c.must(err)
	// It runs on this machine, and writes each event on a line of its own.
	_, err = fmt.Fprintf(file, "import json\ndef handler(event, context):\n    with open(%q, 'a') as f:\n        f.write(json.dumps(event) + '\\n')\n", e.invoked)
	c.must(err)
	c.must(archive.Close())
	function, err := lambda.NewFromConfig(c.account).CreateFunction(c.ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("code"), Runtime: ltypes.RuntimePython312, Handler: aws.String("code.handler"), Role: aws.String(role),
		Code: &ltypes.FunctionCode{ZipFile: code.Bytes()},
	})
	c.must(err)
	e.code = aws.ToString(function.FunctionArn)

	_, err = s3.NewFromConfig(c.account, func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(c.ctx, &s3.CreateBucketInput{Bucket: aws.String(e.bucket)})
	c.must(err)
	_, err = firehose.NewFromConfig(c.account).CreateDeliveryStream(c.ctx, &firehose.CreateDeliveryStreamInput{
		DeliveryStreamName: aws.String("lake"),
		ExtendedS3DestinationConfiguration: &fhtypes.ExtendedS3DestinationConfiguration{
			BucketARN: aws.String("arn:aws:s3:::" + e.bucket), RoleARN: aws.String(role),
		},
	})
	c.must(err)
	e.lake = arn("firehose", "deliverystream/lake")
	return e
}

// keyed is our own body as targets get it that have no other place for an event's identity.
type keyed struct{ IdempotencyKey string }

// queueTarget empties a queue and counts its events, by the attribute that they have or by what is within a member of the body.
func (c *fixture) queueTarget(queueURL, within string) map[string]int {
	c.t.Helper()
	counts := map[string]int{}
	client := sqs.NewFromConfig(c.account)
	for {
		out, err := client.ReceiveMessage(c.ctx, &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(queueURL), MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"}, VisibilityTimeout: 300,
		})
		c.must(err)
		if len(out.Messages) == 0 {
			return counts
		}
		for _, m := range out.Messages {
			if within == "" {
				key, err := url.PathUnescape(aws.ToString(m.MessageAttributes["idempotencyKey"].StringValue))
				c.must(err)
				counts[key]++
				continue
			}
			var around map[string]json.RawMessage
			c.must(json.Unmarshal([]byte(aws.ToString(m.Body)), &around))
			var body keyed
			c.must(json.Unmarshal(around[within], &body))
			counts[body.IdempotencyKey]++
		}
	}
}

// executions counts a machine's executions, whose names are hashes of the identities. There is one of a name at most.
func (c *fixture) executions(machine string, want map[string]bool) map[string]int {
	c.t.Helper()
	keys := map[string]string{}
	for key := range want {
		keys[deliver.ID(key)] = key
	}
	counts := map[string]int{}
	pages := sfn.NewListExecutionsPaginator(sfn.NewFromConfig(c.account), &sfn.ListExecutionsInput{StateMachineArn: aws.String(machine)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(c.ctx)
		c.must(err)
		for _, execution := range page.Executions {
			name := aws.ToString(execution.Name)
			if key, known := keys[name]; known {
				name = key
			}
			counts[name]++
		}
	}
	return counts
}

// invocations counts what the target's function has written.
func (e awsTargets) invocations(t *testing.T) map[string]int {
	t.Helper()
	file, err := os.Open(e.invoked)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer file.Close()
	return countLines(t, file)
}

// objects counts the events of all objects of a bucket.
func (c *fixture) objects(bucket string) map[string]int {
	c.t.Helper()
	client := s3.NewFromConfig(c.account, func(o *s3.Options) { o.UsePathStyle = true })
	counts := map[string]int{}
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: aws.String(bucket)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(c.ctx)
		c.must(err)
		for _, object := range page.Contents {
			out, err := client.GetObject(c.ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: object.Key})
			c.must(err)
			for key, n := range countLines(c.t, out.Body) {
				counts[key] += n
			}
			c.must(out.Body.Close())
		}
	}
	return counts
}

func countLines(t *testing.T, from io.Reader) map[string]int {
	t.Helper()
	counts := map[string]int{}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var body keyed
		if err := json.Unmarshal(lines.Bytes(), &body); err != nil {
			t.Errorf("%v in %s", err, lines.Text())
		}
		counts[body.IdempotencyKey]++
	}
	return counts
}
