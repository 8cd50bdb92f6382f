package cloud

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	transport "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"cc-eventbridge/function/awshttp"
)

// Account is the SDK's configuration for the account's own credentials at an endpoint on this machine.
func Account(endpoint, region string) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(endpoint),
		HTTPClient:   awshttp.Client{HTTPClient: transport.NewBuildableClient()},
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}
