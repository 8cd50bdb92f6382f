package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	appconfigtypes "github.com/aws/aws-sdk-go-v2/service/appconfig/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/flags"
)

const (
	// switchTimeout is how long the event source mapping may take to stop or start; AWS takes up to a minute or so.
	switchTimeout = 3 * time.Minute
	// firstLook is after which time its state is looked at again; each time it is twice as long, up to switchLook.
	firstLook  = 100 * time.Millisecond
	switchLook = 2 * time.Second
	// allAtOnce is AWS's own deployment strategy that reaches everybody at once and is then watched for ten minutes.
	allAtOnce = "AppConfig.AllAtOnce"
)

// The verbs.
const (
	pause  = "pause"
	resume = "resume"
)

// consumerKey is the stack's configuration key for the event source mapping.
const consumerKey = "consumerEnabled"

func (a *app) pause() *cobra.Command {
	return group(pause, "Stop consuming, or one topic",
		"Stops the consumer or a topic, at once and without a deployment of the stack. Each says which config key makes the stack agree.",
		a.switchConsumer(pause), a.switchTopic(pause))
}

func (a *app) resume() *cobra.Command {
	return group(resume, "Start consuming again, or one topic",
		"Starts the consumer or a topic again, at once and without a deployment of the stack. Each says which config key makes the stack agree.",
		a.switchConsumer(resume), a.switchTopic(resume))
}

// switched is the result of pausing or resuming, as JSON.
type switched struct {
	What   string `json:"what"`
	Was    string `json:"was"`
	Is     string `json:"is"`
	DryRun bool   `json:"dryRun"`
	// Deployment is the number of the flags' deployment, 0 for the consumer.
	Deployment int32 `json:"deployment,omitempty"`
	// Preview is what the next "pulumi preview" says, and Agree the command that has the stack agree.
	Preview string `json:"preview"`
	Agree   string `json:"agree"`
}

func (a *app) reportSwitched(s switched) error {
	s.DryRun = a.dryRun
	if a.json {
		return a.printJSON(s)
	}
	verb := "is"
	if a.dryRun {
		verb = "would be"
	}
	fmt.Fprintf(a.Out, "%s %s %s (it was %s)\n", s.What, verb, s.Is, s.Was)
	fmt.Fprintf(a.Out, "next pulumi preview: %s\nto agree: %s\n", s.Preview, s.Agree)
	return nil
}

func (a *app) switchConsumer(verb string) *cobra.Command {
	effect := "Stops the consumer: the event source mapping is disabled, batches under way end, and the ingestion queue fills up to its\n" +
		"retention (messageRetentionSeconds). It waits until AWS says so.\n\n" +
		"Use it when the downstream is down for longer than the retries last: receives are not used up meanwhile."
	if verb == resume {
		effect = "Starts the consumer again: the event source mapping is enabled. It waits until AWS says so.\n\n" +
			"Use it when the downstream is back. What waits is consumed as fast as maximumConcurrency allows."
	}
	return &cobra.Command{
		Use:   "consumer (--stack NAME | --outputs FILE)",
		Short: map[string]string{pause: "Stop consuming the ingestion queue", resume: "Consume the ingestion queue again"}[verb],
		Long: effect + `

The stack's configuration does not change: it says what a preview will show, and which config key makes it agree. The alarm on
no messages deleted is silent for a consumer that is stopped by the config key only.

It never loses a message, and never changes anything but whether the mapping is enabled.`,
		Example: fmt.Sprintf("  ops %[1]s consumer --stack prod --dry-run\n  ops %[1]s consumer --stack prod", verb),
		Args:    cobra.NoArgs,
		RunE:    a.runs(func(ctx context.Context, _ []string) error { return a.runSwitchConsumer(ctx, verb) }),
	}
}

func (a *app) runSwitchConsumer(ctx context.Context, verb string) error {
	if err := a.stack.open(ctx); err != nil {
		return err
	}
	queue, err := a.stack.target(contract.OutputIngestionQueueURL)
	if err != nil {
		return err
	}
	mapping, err := a.stack.target(contract.OutputEventSourceMapping)
	if err != nil {
		return err
	}
	config, err := a.account.config(ctx, queue)
	if err != nil {
		return err
	}
	client := lambda.NewFromConfig(config)
	out, err := client.GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: &mapping.value})
	if err != nil {
		return queueProblem(ctx, config, mapping, err)
	}
	want, enabled := "Disabled", verb == resume
	if enabled {
		want = "Enabled"
	}
	result := switched{
		What: "the consumer", Was: aws.ToString(out.State), Is: want, Preview: fmt.Sprintf(
			"nothing; with --refresh it shows enabled: %t => %t of the EventSourceMapping, and pulumi up --refresh takes this back", enabled, !enabled),
		Agree: fmt.Sprintf("pulumi config set %s %t && pulumi up", consumerKey, enabled),
	}
	if result.Was == want || a.dryRun {
		return a.reportSwitched(result)
	}
	if err := a.confirm(ctx, fmt.Sprintf("The consumer of %s is %s: have it %s?", queue.value, result.Was, want)); err != nil {
		return err
	}
	if _, err := client.UpdateEventSourceMapping(ctx, &lambda.UpdateEventSourceMappingInput{UUID: &mapping.value, Enabled: &enabled}); err != nil {
		return queueProblem(ctx, config, mapping, err)
	}
	if err := a.awaitConsumer(ctx, client, mapping.value, want); err != nil {
		return err
	}
	return a.reportSwitched(result)
}

// awaitConsumer waits until the mapping is in a state. An interrupt ends the wait and changes nothing.
func (a *app) awaitConsumer(ctx context.Context, client *lambda.Client, mapping, want string) error {
	ctx, cancel := context.WithTimeout(ctx, switchTimeout)
	defer cancel()
	said := ""
	for pause := firstLook; ; pause = min(2*pause, switchLook) {
		out, err := client.GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: &mapping})
		if err != nil {
			return fmt.Errorf("the change was made; looking whether it has taken effect: %w", err)
		}
		state := aws.ToString(out.State)
		if state == want {
			return nil
		}
		if state != said {
			fmt.Fprintln(a.Err, "the consumer is", state)
			said = state
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the change was made, and the consumer is still %s: \"ops status\" shows when it is %s", state, want)
		case <-time.After(pause):
		}
	}
}

func (a *app) switchTopic(verb string) *cobra.Command {
	now := false
	effect := "Pauses a topic: its events wait in the ingestion queue. Each attempt counts as a receive, hourly, so that they are dead-lettered\n" +
		"after maxReceiveCount - 1 hours and 11 h 40 min. They are in flight meanwhile, and a queue holds about 120,000 of those.\n\n" +
		"Use it when the events of one topic cause trouble and the others do not."
	if verb == resume {
		effect = "Has a topic that is paused or dropped handled again. What waits comes with its next attempt, within an hour.\n\n" +
			"Use it when the cause is fixed."
	}
	command := &cobra.Command{
		Use:   "topic (--stack NAME | --outputs FILE) TOPIC",
		Short: map[string]string{pause: "Have the events of one topic wait", resume: "Have the events of one topic handled again"}[verb],
		Long: effect + `

It deploys the flags that are in effect with this one change, by the stack's own strategy, or with --now to everybody at once.
The stack's configuration does not change: it says what a preview will show, and which config key makes it agree.

It never changes another flag, and never deploys while another rollout is under way.`,
		Example: fmt.Sprintf("  ops %[1]s topic --stack prod --dry-run telephony.call.created\n  ops %[1]s topic --stack prod --now telephony.call.created", verb),
		Args:    cobra.ExactArgs(1),
		RunE:    a.runs(func(ctx context.Context, args []string) error { return a.runSwitchTopic(ctx, verb, args[0], now) }),
	}
	command.Flags().BoolVar(&now, "now", false, "reach everybody at once ("+allAtOnce+"), not by the stack's strategy")
	return command
}

func (a *app) runSwitchTopic(ctx context.Context, verb, topic string, now bool) error {
	f, err := a.openFlags(ctx)
	if err != nil {
		return err
	}
	document, err := f.inEffect(ctx)
	if err != nil {
		return err
	}
	state := flags.Paused
	agree := fmt.Sprintf("pulumi config set --path 'flags.topics[%q].state' %s && pulumi up", topic, flags.Paused)
	if verb == resume {
		state = flags.Active
		agree = fmt.Sprintf("pulumi config rm --path 'flags.topics[%q].state' && pulumi up", topic)
	}
	changed, was, err := withState(document, topic, state)
	if err != nil {
		return err
	}
	result := switched{
		What: "topic " + topic, Was: string(was), Is: string(state), Agree: agree,
		Preview: "nothing; the stack deploys its flags when they change in its configuration, and the next such change takes this back",
	}
	if was == state || a.dryRun {
		return a.reportSwitched(result)
	}
	if err := a.confirm(ctx, fmt.Sprintf("Topic %s is %s: deploy flags with which it is %s?", topic, was, state)); err != nil {
		return err
	}
	if result.Deployment, err = f.deploy(ctx, changed, fmt.Sprintf("ops %s topic %s", verb, topic), now); err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "deployment %d has begun; \"ops status\" shows when it is COMPLETE\n", result.Deployment)
	return a.reportSwitched(result)
}

// deployedFlags are the flags of a stack in AppConfig.
type deployedFlags struct {
	client                                      *appconfig.Client
	application, environment, profile, strategy string
}

func (a *app) openFlags(ctx context.Context) (*deployedFlags, error) {
	if err := a.stack.open(ctx); err != nil {
		return nil, err
	}
	queue, err := a.stack.target(contract.OutputIngestionQueueURL) // it names the region
	if err != nil {
		return nil, err
	}
	f := &deployedFlags{}
	for output, to := range map[string]*string{
		contract.OutputFlagsApplication: &f.application, contract.OutputFlagsEnvironment: &f.environment,
		contract.OutputFlagsProfile: &f.profile, contract.OutputFlagsStrategy: &f.strategy,
	} {
		t, err := a.stack.target(output)
		if err != nil {
			return nil, err
		}
		*to = t.value
	}
	config, err := a.account.config(ctx, queue)
	if err != nil {
		return nil, err
	}
	f.client = appconfig.NewFromConfig(config)
	return f, nil
}

// inEffect is the document of the newest deployment that is complete. It is an error if another one is under way: AppConfig takes
// one at a time.
func (f *deployedFlags) inEffect(ctx context.Context) (document []byte, err error) {
	pages := appconfig.NewListDeploymentsPaginator(f.client, &appconfig.ListDeploymentsInput{ApplicationId: &f.application, EnvironmentId: &f.environment})
	var newest *appconfigtypes.DeploymentSummary
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("looking for the flags in effect: %w", err)
		}
		for _, d := range page.Items {
			switch d.State {
			case appconfigtypes.DeploymentStateComplete:
				if newest == nil || d.DeploymentNumber > newest.DeploymentNumber {
					newest = &d
				}
			case appconfigtypes.DeploymentStateRolledBack, appconfigtypes.DeploymentStateReverted:
			default:
				return nil, fmt.Errorf("flags are being rolled out (deployment %d, %s), and AppConfig takes one rollout at a time: wait for it, "+
					"or end it with \"aws appconfig stop-deployment\"", d.DeploymentNumber, d.State)
			}
		}
	}
	if newest == nil {
		return []byte("{}"), nil
	}
	version, err := strconv.ParseInt(aws.ToString(newest.ConfigurationVersion), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("the flags in effect have the version %q, should be a number", aws.ToString(newest.ConfigurationVersion))
	}
	out, err := f.client.GetHostedConfigurationVersion(ctx, &appconfig.GetHostedConfigurationVersionInput{
		ApplicationId: &f.application, ConfigurationProfileId: &f.profile, VersionNumber: aws.Int32(int32(version)),
	})
	if err != nil {
		return nil, fmt.Errorf("reading version %d of the flags: %w", version, err)
	}
	return out.Content, nil
}

// deploy makes a version of a document and begins to roll it out.
func (f *deployedFlags) deploy(ctx context.Context, document []byte, description string, now bool) (number int32, err error) {
	if _, err := flags.Parse(document); err != nil {
		return 0, fmt.Errorf("the function would refuse the flags: %w", err)
	}
	version, err := f.client.CreateHostedConfigurationVersion(ctx, &appconfig.CreateHostedConfigurationVersionInput{
		ApplicationId: &f.application, ConfigurationProfileId: &f.profile, Content: document, ContentType: aws.String("application/json"),
		Description: &description,
	})
	if err != nil {
		return 0, fmt.Errorf("making a version of the flags: %w", err)
	}
	strategy := f.strategy
	if now {
		strategy = allAtOnce
	}
	out, err := f.client.StartDeployment(ctx, &appconfig.StartDeploymentInput{
		ApplicationId: &f.application, EnvironmentId: &f.environment, ConfigurationProfileId: &f.profile, DeploymentStrategyId: &strategy,
		ConfigurationVersion: aws.String(strconv.Itoa(int(version.VersionNumber))), Description: &description,
	})
	if err != nil {
		return 0, fmt.Errorf("beginning to roll out version %d of the flags: %w", version.VersionNumber, err)
	}
	return out.DeploymentNumber, nil
}

// withState is a flags document in which a topic has a state, and the state that it had. Everything else stays as it is. Active is
// what a topic is without a state.
func withState(document []byte, topic string, state flags.State) (changed []byte, was flags.State, err error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var all map[string]any
	if err := decoder.Decode(&all); err != nil {
		return nil, "", fmt.Errorf("the flags in effect are %d bytes that are not a JSON object", len(document))
	}
	if strings.TrimSpace(topic) == "" {
		return nil, "", errors.New("the topic is empty")
	}
	topics, _ := all["topics"].(map[string]any)
	topics = maps.Clone(topics)
	if topics == nil {
		topics = map[string]any{}
	}
	one, _ := topics[topic].(map[string]any)
	one = maps.Clone(one)
	if one == nil {
		one = map[string]any{}
	}
	was = flags.Active
	if text, ok := one["state"].(string); ok {
		was = flags.State(text)
	}
	if one["state"] = string(state); state == flags.Active {
		delete(one, "state")
	}
	if topics[topic] = one; len(one) == 0 {
		delete(topics, topic)
	}
	if all["topics"] = topics; len(topics) == 0 {
		delete(all, "topics")
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(all); err != nil {
		return nil, "", fmt.Errorf("writing the flags: %w", err)
	}
	return slices.Clip(bytes.TrimSpace(out.Bytes())), was, nil
}
