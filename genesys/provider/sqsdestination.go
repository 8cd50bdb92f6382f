package provider

import (
	"context"

	"cc-eventbridge/genesys/api"
)

// roleAuthentication has Genesys Cloud assume a role. The other way, access keys, is not offered: they don't expire.
const roleAuthentication = "IAM_ROLE"

// sqsDestination is a queue that Genesys Cloud writes to.
type sqsDestination struct{}

func (sqsDestination) problems(in values) []problem {
	r := rules{in: in}
	r.named()
	r.matches("awsAccountId", accountID, "the 12 digits of an AWS account")
	r.matches("awsRegion", awsRegion, "a region like eu-west-1")
	r.matches("queueArn", queueARN, "the ARN of an SQS queue")
	r.matches("roleArn", roleARN, "the ARN of a role")
	r.inAccount("queueArn", queueARN, "awsRegion", "awsAccountId")
	r.inAccount("roleArn", roleARN, "awsAccountId")
	r.notNegative("maxRetries", "retryIntervalSeconds")
	return r.found
}

func (sqsDestination) intendedStatus(values) any { return api.Enabled }

func (sqsDestination) unhealthy(status string) bool {
	return status == api.Failed || status == api.Disabled // it has no switch: somebody's, or Genesys's health check
}

func (sqsDestination) eventual() bool { return false }

func (sqsDestination) foretold(string, values) values { return nil }

func (k sqsDestination) create(ctx context.Context, c *api.Client, _ string, in values) (string, written, error) {
	wanted, err := k.wanted(in)
	if err != nil {
		return "", written{}, err
	}
	id, found, err := creation{
		token: "genesys:index:SqsDestination", name: wanted.Name,
		find: func(ctx context.Context) ([]candidate, error) {
			named, err := c.Destinations().Named(ctx, wanted.Name)
			var out []candidate
			for _, d := range named {
				out = append(out, candidate{d.ID, d.QueueARN == wanted.QueueARN})
			}
			return out, err
		},
		post: func(ctx context.Context) (string, error) { return c.Destinations().Create(ctx, wanted) },
	}.once(ctx)
	if found {
		err = c.Destinations().Replace(ctx, id, wanted)
	}
	return id, written{}, err
}

func (sqsDestination) wanted(in values) (api.Destination, error) {
	wanted, err := decode[api.Destination](in)
	wanted.AuthenticationType, wanted.Health = roleAuthentication, api.Health{}
	return wanted, err
}

func (sqsDestination) read(ctx context.Context, c *api.Client, _, id string) (values, error) {
	found, err := c.Destinations().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return encode(found)
}

func (k sqsDestination) update(ctx context.Context, c *api.Client, _, id string, _, in values) (written, error) {
	wanted, err := k.wanted(in)
	if err != nil {
		return written{}, err
	}
	return written{}, c.Destinations().Replace(ctx, id, wanted)
}

func (sqsDestination) remove(ctx context.Context, c *api.Client, id string) error {
	return c.Destinations().Delete(ctx, id)
}
