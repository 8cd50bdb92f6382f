package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	transport "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"cc-eventbridge/function/awshttp"
	"cc-eventbridge/local/cloud"
)

// credentialsNote belongs to the help of every command with an account.
const credentialsNote = `Credentials and region are found as by the AWS CLI: environment, profile (AWS_PROFILE), single sign-on, the machine's role.

`

// account says where the AWS API is and who calls it, of commands that work on AWS and on the embedded cloud alike.
type account struct{ endpoint, region string }

func (a *account) flags(set *flag.FlagSet) {
	set.StringVar(&a.endpoint, "endpoint", os.Getenv("AWS_ENDPOINT_URL"), "`URL` of the AWS API, of an emulator ($AWS_ENDPOINT_URL)")
	region := os.Getenv("AWS_REGION")
	if region == "" {
		region = os.Getenv("AWS_DEFAULT_REGION")
	}
	set.StringVar(&a.region, "region", region, "AWS `region` ($AWS_REGION, $AWS_DEFAULT_REGION, or that of the queue's URL)")
}

// config is the SDK's configuration for a queue, from where the SDK's default chain finds it; on an emulator of this machine
// any credentials will do.
func (a *account) config(ctx context.Context, queueURL string) (aws.Config, error) {
	local := onThisMachine(a.endpoint)
	region := a.region
	if region == "" {
		region = regionOf(queueURL)
	}
	if local && os.Getenv("AWS_ACCESS_KEY_ID") == "" {
		return cloud.Account(a.endpoint, cmp.Or(region, cloud.Region)), nil
	}
	options := []func(*awsconfig.LoadOptions) error{awsconfig.WithRegion(region)}
	if a.endpoint != "" {
		options = append(options, awsconfig.WithBaseEndpoint(a.endpoint))
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("finding credentials and region: %w", err)
	}
	if config.HTTPClient == nil {
		config.HTTPClient = transport.NewBuildableClient()
	}
	config.HTTPClient = awshttp.Client{HTTPClient: config.HTTPClient}
	if config.Region == "" && local {
		config.Region = cloud.Region
	}
	if config.Region == "" {
		return aws.Config{}, fmt.Errorf("no region: set AWS_REGION or -region, the queue's URL %q does not name one", queueURL)
	}
	return config, nil
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
