package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfigdata"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/awshttp"
	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/flags/appconfig"
	"cc-eventbridge/function/metrics"
	"cc-eventbridge/function/payload"
	"cc-eventbridge/function/process"
	"cc-eventbridge/function/schema"
)

// idleConnections is how many connections to one AWS service are kept open: a batch of 800 new events has 32 calls to
// DynamoDB under way at a time, and a connection made anew costs more than the call.
const idleConnections = 32

// writeBuffer holds a call of 25 statements, the largest that is made often, so that it leaves in one write. The default of
// 4 KB takes up to four, each of which wakes the network's side.
const writeBuffer = 16 << 10

// receivesToVerdict is how many receives it takes to believe that a downstream's address is gone for good: with the back-off
// between them, the better part of a minute.
const receivesToVerdict = 3

// dialer makes the connections to AWS.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// connect connects a processor to the systems around it. Nothing goes over the network before it is needed.
func connect(config *process.Config, s settings, level *slog.LevelVar, dial dialer) {
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{
			AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken,
			Source: "environment",
		}, nil
	})
	var endpoint *string
	if s.EndpointURL != "" {
		endpoint = aws.String(s.EndpointURL)
	}
	// AWS's APIs don't redirect these calls: an answer that does would lead to who knows where.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client := awshttp.Client{HTTPClient: &http.Client{CheckRedirect: stay, Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dial,
		MaxIdleConns:        2 * idleConnections,
		MaxIdleConnsPerHost: idleConnections,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 2 * time.Second,
		WriteBufferSize:     writeBuffer,
	}}}
	// The packages that make the calls try again themselves: they know which statement of a batch, and what a lost answer
	// means. A second layer of retries beneath would only multiply the attempts.
	retryer := aws.NopRetryer{}
	config.DynamoDB = lazyDynamoDB(sync.OnceValue(func() *dynamodb.Client {
		return dynamodb.New(dynamodb.Options{
			Region: s.Region, Credentials: credentials, BaseEndpoint: endpoint, HTTPClient: client, Retryer: retryer,
		})
	}))
	config.SQS = lazySQS(sync.OnceValue(func() *sqs.Client {
		return sqs.New(sqs.Options{
			Region: s.Region, Credentials: credentials, BaseEndpoint: endpoint, HTTPClient: client, Retryer: retryer,
		})
	}))
	config.Downstream = downstream(s, config.Log, lazySecrets(sync.OnceValue(func() *secretsmanager.Client {
		return secretsmanager.New(secretsmanager.Options{
			Region: s.Region, Credentials: credentials, BaseEndpoint: endpoint, HTTPClient: client,
		})
	})))
	if s.PayloadBucket != "" {
		bucket := payload.NewBucket(lazyS3(sync.OnceValue(func() *s3.Client {
			return s3.New(s3.Options{
				Region: s.Region, Credentials: credentials, BaseEndpoint: endpoint, HTTPClient: client, Retryer: retryer,
				UsePathStyle: endpoint != nil,
			})
		})), s.PayloadBucket)
		config.Payloads, config.Oversize = bucket, bucket
	}
	if s.Flags != (flagsProfile{}) {
		config.Flags = poller(s.Flags, treeBytes(s), config, level, lazyAppConfig(sync.OnceValue(func() *appconfigdata.Client {
			return appconfigdata.New(appconfigdata.Options{
				Region: s.Region, Credentials: credentials, BaseEndpoint: endpoint, HTTPClient: client, Retryer: retryer,
			})
		})))
	}
}

// poller keeps the flags of a profile. It begins with those that this execution environment saw last. treeBytes is what
// validating a payload may take.
func poller(profile flagsProfile, treeBytes int, config *process.Config, level *slog.LevelVar, api appconfig.API) process.Flags {
	builtIn := schema.New().Within(treeBytes)
	counts := config.Metrics
	return flags.New(
		appconfig.New(api, profile.Application, profile.Environment, profile.Profile),
		flags.Set[*schema.Registry]{Document: flags.Default(), Registry: builtIn},
		builtIn.With,
		flags.WithLogger(config.Log), flags.WithLevel(level),
		flags.WithRefusal(func() { counts.Write(time.Now(), metrics.Count{Name: contract.MetricFlagsRefused, Value: 1}) }),
		flags.WithCache(os.TempDir(), profile.Application, profile.Environment, profile.Profile))
}

func downstream(s settings, log *slog.Logger, secrets deliver.SecretsAPI) deliver.Downstream {
	if s.DownstreamURL == "" {
		return deliver.NewLog(log)
	}
	var tokens deliver.Tokens
	if s.DownstreamSecretARN != "" {
		tokens = deliver.NewSecret(secrets, s.DownstreamSecretARN)
	}
	return deliver.NewHTTP(s.DownstreamURL, deliver.HTTPOptions{
		Workers: maxWorkers(s), Tokens: tokens, Timeout: s.DownstreamTimeout, Verdict: min(s.MaxReceiveCount, receivesToVerdict),
	})
}
