package main

import (
	"context"
	"errors"
	"fmt"
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
func connect(config *process.Config, s settings, level *slog.LevelVar, dial dialer) error {
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
	secrets := lazySecrets(sync.OnceValue(func() *secretsmanager.Client {
		return secretsmanager.New(secretsmanager.Options{
			Region: s.Region, Credentials: credentials, BaseEndpoint: endpoint, HTTPClient: client,
		})
	}))
	if len(s.Routes) == 0 {
		config.Downstream = downstream(s, config.Log, secrets)
	}
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
	env := deliver.Environment{
		Log: config.Log, Workers: maxWorkers(s), Verdict: verdict(s), Secrets: secrets,
		AWS:        aws.Config{Region: s.Region, Credentials: credentials, BaseEndpoint: endpoint, HTTPClient: client},
		BucketName: s.PayloadBucket,
	}
	if config.Oversize != nil {
		env.Bucket = config.Oversize
	}
	var err error
	config.Routes, err = routes(s.Routes, func(target contract.Target) (deliver.Downstream, error) {
		return deliver.Open(target, env)
	})
	return err
}

// verdict is the receive count from which on it is believed that a downstream's address is gone for good.
func verdict(s settings) int { return min(s.MaxReceiveCount, receivesToVerdict) }

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
		Workers: maxWorkers(s), Tokens: tokens, Timeout: s.DownstreamTimeout, Verdict: verdict(s),
	})
}

// routes opens the targets of routes. One that is in several is opened once. The error joins one for each that can't be.
func routes(all []contract.Route, open func(contract.Target) (deliver.Downstream, error)) ([]process.Route, error) {
	var (
		opened = map[string]deliver.Downstream{}
		list   []process.Route
		errs   []error
	)
	for _, r := range all {
		route := process.Route{Name: r.Name, Topics: r.Topics}
		for _, t := range r.Targets {
			if _, known := opened[t.Name]; !known {
				downstream, err := open(t)
				if err != nil {
					errs = append(errs, fmt.Errorf("route %s: %w", r.Name, err))
				}
				opened[t.Name] = downstream
			}
			route.Targets = append(route.Targets, process.Target{Name: t.Name, Downstream: opened[t.Name]})
		}
		list = append(list, route)
	}
	return list, errors.Join(errs...)
}
