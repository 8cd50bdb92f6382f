package awsprovider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// Everything that MiniStack 1.4 does differently from AWS and that the rest of the package must not know is here.

// unreported are the inputs that the emulator accepts but does not return when it is asked: when they are missing in its
// answer, they are taken for what the program set and not for drift.
func unreported() map[tokens.Type][]string {
	return map[tokens.Type][]string{
		"aws:lambda/eventSourceMapping:EventSourceMapping":                    {"metricsConfig", "scalingConfig"},
		"aws:cloudwatch/eventTarget:EventTarget":                              {"retryPolicy", "deadLetterConfig"},
		"aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion": {"description"},
	}
}

func forgetUnreported(t *resourceType, observed args) {
	// An alarm has a metric or queries: one with neither had queries, which the emulator drops and makes a period and a
	// statistic up for.
	if t.token == "aws:cloudwatch/metricAlarm:MetricAlarm" && observed["metricName"] == nil && observed["metricQueries"] == nil {
		for _, name := range []string{"metricQueries", "period", "statistic", "datapointsToAlarm"} {
			delete(observed, name)
		}
	}
	for _, name := range unreported()[t.token] {
		if observed[name] == nil {
			delete(observed, name)
		}
	}
}

// tolerate lets pass that an emulator has no such call, for calls that only make a resource safer or cheaper and that
// the program works without. It says so in the log.
func (c *cloud) tolerate(ctx context.Context, what string, err error) error {
	if hasCode(err, "UnknownOperationException", "UnknownOperation", "NotImplemented", "NotImplementedException", "InvalidAction",
		"UnsupportedOperation", "UnsupportedOperationException") {
		c.log.WarnContext(ctx, "the emulator does not implement this, going on without", slog.String("what", what), slog.Any("error", err))
		return nil
	}
	return err
}

// unremovable lets pass that the emulator refuses to take a redrive policy away, which AWS does when it is set to "".
// The policy stays until its queue is deleted.
func (c *cloud) unremovable(ctx context.Context, attribute, queue string, err error) error {
	if attribute == "RedrivePolicy" && hasCode(err, "InvalidAttributeValue") {
		c.log.WarnContext(ctx, "the emulator does not remove a redrive policy, it stays until the queue is deleted",
			slog.String("queue", queue))
		return nil
	}
	return err
}

// unconfirmed puts the ARN of a subscription into an answer without it: the emulator keeps it back until the subscription is
// confirmed, whatever was asked for.
func (c *cloud) unconfirmed(ctx context.Context, in *sns.SubscribeInput, out *sns.SubscribeOutput) error {
	if arn(aws.ToString(out.SubscriptionArn)) == nil {
		return nil
	}
	list, err := c.sns().ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: in.TopicArn})
	if err != nil {
		return err
	}
	for _, s := range list.Subscriptions {
		if aws.ToString(s.Endpoint) == aws.ToString(in.Endpoint) && aws.ToString(s.Protocol) == aws.ToString(in.Protocol) {
			out.SubscriptionArn = s.SubscriptionArn
			return nil
		}
	}
	return errors.New("the subscription is not among those of its topic")
}

// untaggable lets pass that the emulator does not find the tags of a rule whose bus has slashes in its name, as those of
// partners do.
func (c *cloud) untaggable(ctx context.Context, arn string, err error) error {
	if strings.Contains(arn, ":rule/aws.partner/") && hasCode(err, eventsNotFound) {
		c.log.DebugContext(ctx, "the emulator has no tags for rules of partner buses", slog.String("rule", arn))
		return nil
	}
	return err
}

// genesysSource is the whole name of a partner event source of Genesys Cloud.
var genesysSource = regexp.MustCompile(`^aws\.partner/(genesys\.com(?:\.[a-z]+)?)/cloud/[A-Za-z0-9-]+/[A-Za-z0-9.\-_]{1,64}$`)

// unlistedSources adds a source that the emulator does not list: there is no way to make it list one for an account, as
// a partner does in AWS. Assumed is that a source of Genesys Cloud which the program waits for by its whole name is there,
// and waits for its bus.
func unlistedSources(listed []eventtypes.EventSource, region, prefix string) []eventtypes.EventSource {
	partner := genesysSource.FindStringSubmatch(prefix)
	if len(listed) > 0 || partner == nil {
		return listed
	}
	return []eventtypes.EventSource{{
		Name: &prefix, CreatedBy: &partner[1], State: eventtypes.EventSourceStatePending,
		Arn: aws.String(fmt.Sprintf("arn:%s:events:%s::event-source/%s", partitionOf(region), region, prefix)),
	}}
}

// cborChecked says what is wrong when the emulator answers CloudWatch's CBOR calls in JSON: MiniStack needs the Python
// package cbor2 for them, does not depend on it, and without it drops what was asked and answers 200.
type cborChecked struct{ next http.RoundTripper }

func (r cborChecked) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil || !strings.Contains(resp.Header.Get("Content-Type"), "cbor") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if bytes.HasPrefix(body, []byte("{")) { // a CBOR map never begins with this byte
		return nil, errors.New("the emulator cannot read CloudWatch's CBOR calls: install the Python package cbor2 where MiniStack is " +
			"installed (pip install cbor2) and start it again")
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// deletedVersion begins the tag of a configuration profile that says that one of its versions is deleted.
//
// AppConfig numbers the versions of a profile and gives no number twice. The emulator takes how many there are plus one:
// after the second version replaced the first, the third is given the number 2 and overwrites the second, which is the one
// deployed. It also answers with nothing for a deployed version that was deleted. So none is ever deleted in the emulator;
// they go with their profile.
const deletedVersion = "stand-in:deleted-version:"

// forgetHostedVersion marks a version as deleted.
func forgetHostedVersion(ctx context.Context, c *cloud, id string, _ args) error {
	parts := strings.Split(id, "/")
	arn, err := c.appConfigARN(ctx, "application/"+parts[0]+"/configurationprofile/"+parts[1])
	if err != nil {
		return err
	}
	_, err = c.appconfig().TagResource(ctx, &appconfig.TagResourceInput{
		ResourceArn: &arn, Tags: map[string]string{deletedVersion + parts[2]: "true"},
	})
	return err
}

// notDeleted is errNotFound for a version that was marked as deleted.
func (c *cloud) notDeleted(ctx context.Context, v *appconfig.GetHostedConfigurationVersionOutput, id string) error {
	parts := strings.Split(id, "/")
	deleted, err := c.deletedVersions(ctx, parts[0], parts[1])
	if err == nil && slices.Contains(deleted, v.VersionNumber) {
		return errNotFound
	}
	return err
}

// deletedVersions are the numbers of the versions of a profile that were deleted.
func (c *cloud) deletedVersions(ctx context.Context, application, profile string) ([]int32, error) {
	arn, err := c.appConfigARN(ctx, "application/"+application+"/configurationprofile/"+profile)
	if err != nil {
		return nil, err
	}
	out, err := c.appconfig().ListTagsForResource(ctx, &appconfig.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, err
	}
	var numbers []int32
	for key := range out.Tags {
		if n, err := strconv.ParseInt(strings.TrimPrefix(key, deletedVersion), 10, 32); err == nil && strings.HasPrefix(key, deletedVersion) {
			numbers = append(numbers, int32(n))
		}
	}
	return numbers, nil
}
