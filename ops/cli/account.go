package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	transport "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"cc-eventbridge/function/awshttp"
)

const (
	// credentialsTimeout bounds the search for credentials: off AWS, the machine's role is asked for where nobody answers.
	credentialsTimeout = 20 * time.Second
	// emulatorRegion is where an emulator on this machine is, if nothing says otherwise.
	emulatorRegion = "us-east-1"
)

// account says who calls AWS, and where.
type account struct {
	profile, region string
	guard           guard
}

// config is the SDK's configuration for a queue, from the SDK's default chain. On an emulator of this machine any
// credentials will do.
func (a *account) config(ctx context.Context, queue target) (aws.Config, error) {
	named := regionOf(queue.value)
	if a.region != "" && named != "" && a.region != named {
		return aws.Config{}, usagef("--region is %s, but %s is in %s: leave --region out", a.region, queue, named)
	}
	options := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithRegion(cmp.Or(a.region, named)), awsconfig.WithSharedConfigProfile(a.profile),
		awsconfig.WithLogger(logging.Nop{}), // an error is one line
		awsconfig.WithAPIOptions([]func(*middleware.Stack) error{a.guard.add}),
	}
	local := onThisMachine(os.Getenv("AWS_ENDPOINT_URL"))
	if local && a.profile == "" && os.Getenv("AWS_ACCESS_KEY_ID") == "" && os.Getenv("AWS_PROFILE") == "" {
		options = append(options, awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("test", "test", "")))
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if missing, ok := errors.AsType[awsconfig.SharedConfigProfileNotExistError](err); ok {
		return aws.Config{}, fmt.Errorf("there is no AWS profile %q: correct --profile or AWS_PROFILE "+
			"(\"aws configure list-profiles\" lists them)", missing.Profile)
	}
	if err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	if config.Region == "" && local {
		config.Region = emulatorRegion
	}
	if config.Region == "" {
		return aws.Config{}, fmt.Errorf("no AWS region: %s does not name one; give --region or set AWS_REGION", queue)
	}
	if config.HTTPClient == nil {
		config.HTTPClient = transport.NewBuildableClient()
	}
	config.HTTPClient = awshttp.Client{HTTPClient: config.HTTPClient}
	return config, signedIn(ctx, config)
}

// signedIn finds credentials before anything is called, so that the error is about them and nothing else.
func signedIn(ctx context.Context, config aws.Config) error {
	ctx, cancel := context.WithTimeout(ctx, credentialsTimeout)
	defer cancel()
	if config.Credentials == nil {
		return errors.New("no AWS credentials: give --profile NAME or set AWS_PROFILE")
	}
	if _, err := config.Credentials.Retrieve(ctx); err != nil {
		return fmt.Errorf("no AWS credentials: give --profile NAME or set AWS_PROFILE, or log in (\"aws sso login\"): %w", err)
	}
	return nil
}

// queueProblem is the error of a call about a queue, with what to do about it.
func queueProblem(ctx context.Context, config aws.Config, queue target, err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return fmt.Errorf("%s: the AWS API cannot be reached; check the network, --region (%s) and AWS_ENDPOINT_URL (%s): %w",
			queue, config.Region, cmp.Or(os.Getenv("AWS_ENDPOINT_URL"), "not set"), err)
	}
	code := api.ErrorCode()
	missing := strings.HasSuffix(code, "QueueDoesNotExist") || strings.HasSuffix(code, "NonExistentQueue")
	denied := strings.HasPrefix(code, "AccessDenied")
	switch {
	case missing || denied:
		caller := callerAccount(ctx, config)
		if owner := accountOf(queue.value); owner != "" && caller != "" && owner != caller {
			return fmt.Errorf("%s is a queue of account %s, but the credentials are of account %s: "+
				"choose others with --profile, or correct the URL: %s", queue, owner, caller, code)
		}
		if missing {
			return fmt.Errorf("%s: there is no such queue in region %s: correct the URL, or deploy the stack: %s",
				queue, config.Region, code)
		}
		return fmt.Errorf("%s: the credentials may not do that; the command's help lists the permissions: %s: %s",
			queue, code, api.ErrorMessage())
	case strings.Contains(code, "Token") || strings.Contains(code, "Signature") || code == "UnrecognizedClientException":
		return fmt.Errorf("AWS refuses the credentials; log in again (\"aws sso login\"), or give --profile NAME: %s: %s",
			code, api.ErrorMessage())
	default:
		return fmt.Errorf("%s: %w", queue, err)
	}
}

// callerAccount is the account of the credentials, "" if AWS does not say.
func callerAccount(ctx context.Context, config aws.Config) string {
	out, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return ""
	}
	return aws.ToString(out.Account)
}

var accountInPath = regexp.MustCompile(`^/([0-9]{12})/`)

// accountOf is the account that a queue's URL names (https://sqs.<region>.amazonaws.com/<account>/<name>), "" if none.
func accountOf(queueURL string) string {
	u, err := url.Parse(queueURL)
	if err != nil {
		return ""
	}
	if match := accountInPath.FindStringSubmatch(u.Path); match != nil {
		return match[1]
	}
	return ""
}

// regionOf is the region that a queue's URL names (https://sqs.<region>.amazonaws.com/…), "" if none.
func regionOf(queueURL string) string {
	u, err := url.Parse(queueURL)
	if err != nil {
		return ""
	}
	labels := strings.Split(u.Hostname(), ".")
	if len(labels) < 4 || labels[0] != "sqs" || labels[2] != "amazonaws" {
		return ""
	}
	return labels[1]
}

func onThisMachine(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || endpoint == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
