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
	"sync"
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

// cloud is the emulator, as seen by the resource types. A client is made when it is first used: a preview that changes
// nothing makes none.
type cloud struct {
	region    string
	partition string
	log       *slog.Logger

	iam      func() *iam.Client
	sqs      func() *sqs.Client
	dynamodb func() *dynamodb.Client
	logs     func() *cloudwatchlogs.Client
	alarms   func() *cloudwatch.Client
	lambda   func() *lambda.Client
	sns      func() *sns.Client
	kms      func() *kms.Client
	secrets  func() *secretsmanager.Client
	events   func() *eventbridge.Client
	s3       func() *s3.Client
	sts      func() *sts.Client

	appconfig func() *appconfig.Client
}

func newCloud(endpoint string, s settings, log *slog.Logger) (*cloud, error) {
	if endpoint == "" {
		return nil, errNoEndpoint
	}
	if err := loopbackOnly(endpoint); err != nil {
		return nil, err
	}
	cfg := aws.Config{
		Region:      s.region,
		Credentials: credentials.NewStaticCredentialsProvider(s.accessKey, s.secretKey, s.token),
		HTTPClient:  awshttp.Client{HTTPClient: loopbackClient()},
	}
	// The endpoint is set for each client because variables like AWS_ENDPOINT_URL_SQS would overrule the one of cfg.
	return &cloud{
		region:    s.region,
		partition: partitionOf(s.region),
		log:       log,
		iam:       client(cfg, iam.NewFromConfig, func(o *iam.Options) { o.BaseEndpoint = &endpoint }),
		sqs:       client(cfg, sqs.NewFromConfig, func(o *sqs.Options) { o.BaseEndpoint = &endpoint }),
		dynamodb:  client(cfg, dynamodb.NewFromConfig, func(o *dynamodb.Options) { o.BaseEndpoint = &endpoint }),
		logs:      client(cfg, cloudwatchlogs.NewFromConfig, func(o *cloudwatchlogs.Options) { o.BaseEndpoint = &endpoint }),
		alarms: client(cfg, cloudwatch.NewFromConfig, func(o *cloudwatch.Options) {
			o.BaseEndpoint = &endpoint
			http := loopbackClient()
			http.Transport = cborChecked{http.Transport}
			o.HTTPClient = awshttp.Client{HTTPClient: http}
		}),
		lambda:    client(cfg, lambda.NewFromConfig, func(o *lambda.Options) { o.BaseEndpoint = &endpoint }),
		sns:       client(cfg, sns.NewFromConfig, func(o *sns.Options) { o.BaseEndpoint = &endpoint }),
		kms:       client(cfg, kms.NewFromConfig, func(o *kms.Options) { o.BaseEndpoint = &endpoint }),
		secrets:   client(cfg, secretsmanager.NewFromConfig, func(o *secretsmanager.Options) { o.BaseEndpoint = &endpoint }),
		events:    client(cfg, eventbridge.NewFromConfig, func(o *eventbridge.Options) { o.BaseEndpoint = &endpoint }),
		appconfig: client(cfg, appconfig.NewFromConfig, func(o *appconfig.Options) { o.BaseEndpoint = &endpoint }),
		sts:       client(cfg, sts.NewFromConfig, func(o *sts.Options) { o.BaseEndpoint = &endpoint }),
		s3: client(cfg, s3.NewFromConfig, func(o *s3.Options) {
			o.BaseEndpoint = &endpoint
			o.UsePathStyle = true // bucket.127.0.0.1 is no host name
		}),
	}, nil
}

func client[C, O any](cfg aws.Config, make func(aws.Config, ...func(*O)) *C, option func(*O)) func() *C {
	return sync.OnceValue(func() *C { return make(cfg, option) })
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
