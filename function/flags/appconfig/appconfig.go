// Package appconfig reads flags from AWS AppConfig. It is apart from package flags so that who only reads documents, like the
// Pulumi program, need not have the SDK.
package appconfig

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfigdata"
	"github.com/aws/aws-sdk-go-v2/service/appconfigdata/types"

	"cc-eventbridge/function/flags"
)

// minimumPoll is the least time in seconds between two polls that a session is started with. 15 is the least that AppConfig
// takes (AWS AppConfig API reference, "StartConfigurationSession"); without it, AppConfig asks for a minute.
const minimumPoll = 15

// API is what this package calls of AWS AppConfig's data plane. Retries are the poller's: the client should make none.
type API interface {
	StartConfigurationSession(ctx context.Context, input *appconfigdata.StartConfigurationSessionInput, options ...func(*appconfigdata.Options)) (*appconfigdata.StartConfigurationSessionOutput, error)
	GetLatestConfiguration(ctx context.Context, input *appconfigdata.GetLatestConfigurationInput, options ...func(*appconfigdata.Options)) (*appconfigdata.GetLatestConfigurationOutput, error)
}

// Source is a flags.Source that reads a configuration profile of AWS AppConfig.
//
// A session is a chain of tokens, each good for one call and for 24 hours. An answer that was lost takes its token along, so
// that after any failure a new session begins. Its first answer has the whole document, which the poller knows again.
type Source struct {
	api                               API
	application, environment, profile string
	token                             *string
}

// New returns the source of a profile as deployed to an environment.
func New(api API, application, environment, profile string) *Source {
	return &Source{api: api, application: application, environment: environment, profile: profile}
}

// Fetch returns the document that is deployed, if it is another than at the last call.
func (a *Source) Fetch(ctx context.Context) (flags.Fetched, error) {
	fetched, err := a.next(ctx)
	if _, old := errors.AsType[*types.BadRequestException](err); old && a.token != nil {
		// The token has expired: nothing but time is to blame.
		a.token = nil
		fetched, err = a.next(ctx)
	}
	if err != nil {
		a.token = nil
	}
	if notDeployed(err) {
		return flags.Fetched{}, nil
	}
	return fetched, err
}

// next makes the next call of the session, which it starts if there is none. The token is kept until it is known whether the
// call has used it.
func (a *Source) next(ctx context.Context) (flags.Fetched, error) {
	token := a.token
	if token == nil {
		session, err := a.api.StartConfigurationSession(ctx, &appconfigdata.StartConfigurationSessionInput{
			ApplicationIdentifier:                aws.String(a.application),
			EnvironmentIdentifier:                aws.String(a.environment),
			ConfigurationProfileIdentifier:       aws.String(a.profile),
			RequiredMinimumPollIntervalInSeconds: aws.Int32(minimumPoll),
		})
		if err != nil {
			return flags.Fetched{}, fmt.Errorf("start session of profile %s, environment %s: %w", a.profile, a.environment, err)
		}
		token = session.InitialConfigurationToken
	}
	output, err := a.api.GetLatestConfiguration(ctx, &appconfigdata.GetLatestConfigurationInput{ConfigurationToken: token})
	if err != nil {
		return flags.Fetched{}, fmt.Errorf("get configuration of profile %s, environment %s: %w", a.profile, a.environment, err)
	}
	a.token = output.NextPollConfigurationToken
	return flags.Fetched{
		Content: output.Configuration,
		Label:   aws.ToString(output.VersionLabel),
		Wait:    time.Duration(output.NextPollIntervalInSeconds) * time.Second,
	}, nil
}

// notDeployed reports whether the profile is there and nothing has been deployed of it yet. An answer without content says
// the same.
func notDeployed(err error) bool {
	missing, ok := errors.AsType[*types.ResourceNotFoundException](err)
	return ok && missing.ResourceType == types.ResourceTypeDeployment
}
