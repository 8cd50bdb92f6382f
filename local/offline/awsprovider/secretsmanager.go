package awsprovider

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

func secretsManagerTypes() []*resourceType {
	gone := []string{"ResourceNotFoundException"}
	describe := op((*cloud).secrets, (*secretsmanager.Client).DescribeSecret)
	return []*resourceType{
		{
			token: "aws:secretsmanager/secret:Secret",
			inputs: properties{
				"name":                 str(identity, must(named(512, `[a-zA-Z0-9/_+=.@-]`))),
				"description":          str(fallback("")),
				"recoveryWindowInDays": integer(fallback(30.0)),
				"tags":                 tags(),
			},
			outputs: map[string]string{"arn": "ARN"},
			id:      "SecretId=ARN",
			create:  op((*cloud).secrets, (*secretsmanager.Client).CreateSecret),
			request: func(_ *cloud, request any, in args) error {
				if r, ok := request.(*secretsmanager.DeleteSecretInput); ok && aws.ToInt64(r.RecoveryWindowInDays) == 0 {
					r.RecoveryWindowInDays, r.ForceDeleteWithoutRecovery = nil, aws.Bool(in["recoveryWindowInDays"] != nil)
				}
				return nil
			},
			passing: func(err error) bool { // the name of a secret that is being deleted for good is free a little later
				return hasCode(err, "InvalidRequestException") && strings.Contains(err.Error(), "scheduled for deletion")
			},
			read: describe,
			also: func(_ context.Context, _ *cloud, _ string, answer any, _, _ args) error {
				if answer.(*secretsmanager.DescribeSecretOutput).DeletedDate != nil {
					return errNotFound
				}
				return nil
			},
			edits:  []edit{{on: []string{"description"}, call: op((*cloud).secrets, (*secretsmanager.Client).UpdateSecret)}},
			remove: op((*cloud).secrets, (*secretsmanager.Client).DeleteSecret),
			gone:   gone,
			tags: &tagging{
				"arn", describe, op((*cloud).secrets, (*secretsmanager.Client).TagResource),
				op((*cloud).secrets, (*secretsmanager.Client).UntagResource),
			},
		},
		{ // a secret's value. It never appears in an error or a log, and its output is secret.
			token:   "aws:secretsmanager/secretVersion:SecretVersion",
			inputs:  properties{"secretId": str(required, replaces), "secretString": str(required, replaces, secret)},
			outputs: map[string]string{"arn": "ARN", "versionId": "VersionId", "versionStages": "VersionStages"},
			id:      "SecretId=ARN|VersionId",
			create:  op((*cloud).secrets, (*secretsmanager.Client).PutSecretValue),
			read:    op((*cloud).secrets, (*secretsmanager.Client).GetSecretValue),
			also: func(_ context.Context, _ *cloud, _ string, _ any, prior, found args) error {
				if prior["secretId"] == nil { // the program may have named the secret by its name or by its ARN
					found["secretId"] = found["arn"]
				}
				return nil
			},
			removable: retireSecretVersion,
			gone:      append(gone, "InvalidRequestException"), // the secret is being deleted
		},
	}
}

// retireSecretVersion takes the stage labels off a version that is not current any more, after which Secrets Manager
// forgets it. The current one goes with its secret.
func retireSecretVersion(ctx context.Context, c *cloud, id string, _ args) error {
	secretID, versionID, _ := strings.Cut(id, "|")
	now, err := c.secrets().GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &secretID, VersionId: &versionID})
	if err != nil {
		return err
	}
	for _, stage := range now.VersionStages {
		if stage == "AWSCURRENT" {
			continue
		}
		if _, err := c.secrets().UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
			SecretId: &secretID, VersionStage: &stage, RemoveFromVersionId: &versionID,
		}); err != nil {
			return err
		}
	}
	return nil
}
