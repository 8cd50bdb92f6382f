package awsprovider

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"cc-eventbridge/function/awshttp"
)

// endpointVariable says where the emulator listens, as for every AWS SDK.
const endpointVariable = "AWS_ENDPOINT_URL"

// errNoEndpoint is why nothing can be created, read, updated or deleted without an emulator.
var errNoEndpoint = errors.New("this stand-in for the aws provider talks to an emulator of AWS only, and there is none: set " +
	endpointVariable + " to its address on this machine, or install the published plugin " +
	"(pulumi plugin install resource aws " + Version + ") to work with a real account")

// cloud is the emulator, as seen by the resource types.
type cloud struct {
	region, partition string
	log               *slog.Logger
	config            aws.Config
	endpoint          string
}

func newCloud(endpoint string, s settings, log *slog.Logger) (*cloud, error) {
	if endpoint == "" {
		return nil, errNoEndpoint
	}
	if err := loopbackOnly(endpoint); err != nil {
		return nil, err
	}
	return &cloud{
		region: s.region, partition: partitionOf(s.region), log: log, endpoint: endpoint,
		config: aws.Config{
			Region:      s.region,
			Credentials: credentials.NewStaticCredentialsProvider(s.accessKey, s.secretKey, s.token),
			HTTPClient:  awshttp.Client{HTTPClient: loopbackClient()},
		},
	}, nil
}

// The endpoint is set for each client because variables like AWS_ENDPOINT_URL_SQS would overrule the one of config.

func (c *cloud) iam() *iam.Client {
	return iam.NewFromConfig(c.config, func(o *iam.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) sqs() *sqs.Client {
	return sqs.NewFromConfig(c.config, func(o *sqs.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) dynamodb() *dynamodb.Client {
	return dynamodb.NewFromConfig(c.config, func(o *dynamodb.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) logs() *cloudwatchlogs.Client {
	return cloudwatchlogs.NewFromConfig(c.config, func(o *cloudwatchlogs.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) lambda() *lambda.Client {
	return lambda.NewFromConfig(c.config, func(o *lambda.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) sns() *sns.Client {
	return sns.NewFromConfig(c.config, func(o *sns.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) kms() *kms.Client {
	return kms.NewFromConfig(c.config, func(o *kms.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) secrets() *secretsmanager.Client {
	return secretsmanager.NewFromConfig(c.config, func(o *secretsmanager.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) events() *eventbridge.Client {
	return eventbridge.NewFromConfig(c.config, func(o *eventbridge.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) appconfig() *appconfig.Client {
	return appconfig.NewFromConfig(c.config, func(o *appconfig.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) sts() *sts.Client {
	return sts.NewFromConfig(c.config, func(o *sts.Options) { o.BaseEndpoint = &c.endpoint })
}

func (c *cloud) alarms() *cloudwatch.Client {
	return cloudwatch.NewFromConfig(c.config, func(o *cloudwatch.Options) {
		o.BaseEndpoint = &c.endpoint
		http := loopbackClient()
		http.Transport = cborChecked{http.Transport}
		o.HTTPClient = awshttp.Client{HTTPClient: http}
	})
}

func (c *cloud) s3() *s3.Client {
	return s3.NewFromConfig(c.config, func(o *s3.Options) {
		o.BaseEndpoint = &c.endpoint
		o.UsePathStyle = true // bucket.127.0.0.1 is no host name
	})
}

// loopbackOnly refuses an endpoint on another machine, so that no mistake in a variable can reach a real account.
func loopbackOnly(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%s is %q, and should be an address like http://127.0.0.1:4566", endpointVariable, endpoint)
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	return fmt.Errorf("%s is %q, which is not on this machine: this stand-in for the aws provider only talks to an emulator "+
		"on a loopback address (127.0.0.1, ::1 or localhost); install the published plugin to work with a real account",
		endpointVariable, endpoint)
}

// requestTimeout bounds one HTTP exchange with the emulator, which answers at once or hangs.
const requestTimeout = 60 * time.Second

// loopbackClient checks every connection as well: names resolve as they like and redirects lead anywhere.
func loopbackClient() *http.Client {
	dialer := &net.Dialer{
		Timeout: 5 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			if ap, err := netip.ParseAddrPort(address); err != nil || !ap.Addr().Unmap().IsLoopback() {
				return fmt.Errorf("connection to %s refused: only loopback addresses are allowed", address)
			}
			return nil
		},
	}
	return &http.Client{
		Timeout: requestTimeout,
		// A connection for each request: one that is used again may be closed by the emulator meanwhile, and the request is
		// then sent a second time.
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
	}
}

func fromEnvironment(names ...string) string {
	for _, name := range names {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	return ""
}
