package awsprovider

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// Limits of secrets: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
const (
	maxSecretName      = 512
	maxSecretText      = 2048
	maxSecretSize      = 65536
	minRecovery        = 7
	maxRecovery        = 30
	secretNotFound     = "ResourceNotFoundException"
	secretVersionForm  = "<secret ARN>|<version id>"
	currentSecretStage = "AWSCURRENT"
	// defaultSecretKey is what encrypts a secret for which no key is set.
	defaultSecretKey = "alias/aws/secretsmanager"
)

func secretsManagerTypes() []*resourceType { return []*resourceType{secretType(), secretVersion()} }

func secretType() *resourceType {
	return &resourceType{
		token: "aws:secretsmanager/secret:Secret",
		inputs: properties{
			"name":                 str(identity, must(named(maxSecretName, `[a-zA-Z0-9/_+=.@-]`))),
			"description":          str(must(atMost(maxSecretText))),
			"kmsKeyId":             str(),
			"recoveryWindowInDays": integer(fallback(30.0), must(recoveryWindow)),
			"tags":                 tags(),
		},
		outputs: []string{"arn"},
		create:  createSecret, read: readSecret, update: updateSecret, remove: deleteSecret,
	}
}

// recoveryWindow: 0 deletes at once.
func recoveryWindow(v any) error {
	if f, _ := number64(v); f == 0 {
		return nil
	}
	return between(minRecovery, maxRecovery)(v)
}

func secretTag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

func createSecret(ctx context.Context, c *cloud, in args) (string, error) {
	var id string
	deleting := func(err error) bool { // the name of a secret that is being deleted for good is free a little later
		return hasCode(err, "InvalidRequestException") && containsFold(err, "scheduled for deletion") && in.number("recoveryWindowInDays") == 0
	}
	err := eventually(ctx, "the name of secret "+in.str("name")+" to be free again", deleting, func() error {
		out, err := c.secrets().CreateSecret(ctx, &secretsmanager.CreateSecretInput{
			Name: in.strp("name"), Description: in.strp("description"), KmsKeyId: in.strp("kmsKeyId"),
			Tags: tagList(in.stringMap("tags"), secretTag),
		})
		if err == nil {
			id = aws.ToString(out.ARN)
		}
		return err
	})
	return id, wrap(err, "creating secret "+in.str("name"))
}

func readSecret(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	out, err := c.secrets().DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &id})
	if err != nil {
		return nil, gone(err, "reading secret "+id, secretNotFound)
	}
	if out.DeletedDate != nil {
		return nil, errNotFound
	}
	key := strings.TrimPrefix(aws.ToString(out.KmsKeyId), defaultSecretKey)
	return args{
		"arn": aws.ToString(out.ARN), "name": aws.ToString(out.Name), "description": optional(out.Description),
		"kmsKeyId": optional(&key), "tags": tagMap(out.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value }),
	}, nil
}

func updateSecret(ctx context.Context, c *cloud, id string, old, next args) error {
	if old["description"] != next["description"] || old["kmsKeyId"] != next["kmsKeyId"] {
		request := &secretsmanager.UpdateSecretInput{SecretId: &id, Description: aws.String(next.str("description"))}
		if old["kmsKeyId"] != next["kmsKeyId"] {
			if request.KmsKeyId = next.strp("kmsKeyId"); request.KmsKeyId == nil {
				request.KmsKeyId = aws.String(defaultSecretKey)
			}
		}
		if _, err := c.secrets().UpdateSecret(ctx, request); err != nil {
			return wrap(err, "updating secret "+id)
		}
	}
	set, removed := tagChanges(old, next)
	if len(removed) > 0 {
		if _, err := c.secrets().UntagResource(ctx, &secretsmanager.UntagResourceInput{SecretId: &id, TagKeys: removed}); err != nil {
			return wrap(err, "untagging secret "+id)
		}
	}
	if len(set) > 0 {
		if _, err := c.secrets().TagResource(ctx, &secretsmanager.TagResourceInput{SecretId: &id, Tags: tagList(set, secretTag)}); err != nil {
			return wrap(err, "tagging secret "+id)
		}
	}
	return nil
}

func deleteSecret(ctx context.Context, c *cloud, id string, prior args) error {
	request := &secretsmanager.DeleteSecretInput{SecretId: &id, RecoveryWindowInDays: prior.int64p("recoveryWindowInDays")}
	if prior.number("recoveryWindowInDays") == 0 && prior.has("recoveryWindowInDays") {
		request.RecoveryWindowInDays, request.ForceDeleteWithoutRecovery = nil, aws.Bool(true)
	}
	_, err := c.secrets().DeleteSecret(ctx, request)
	return gone(err, "deleting secret "+id, secretNotFound)
}

// secretVersion is a secret's value. It never appears in an error or a log, and its output is secret.
func secretVersion() *resourceType {
	return &resourceType{
		token: "aws:secretsmanager/secretVersion:SecretVersion",
		inputs: properties{
			"secretId":     str(required, replaces),
			"secretString": str(required, replaces, secret, must(secretSize)),
		},
		outputs: []string{"arn", "versionId", "versionStages"},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			out, err := c.secrets().PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
				SecretId: in.strp("secretId"), SecretString: in.strp("secretString"),
			})
			if err != nil {
				return "", wrap(err, "putting the value of secret "+in.str("secretId"))
			}
			return aws.ToString(out.ARN) + "|" + aws.ToString(out.VersionId), nil
		},
		read: readSecretVersion, remove: deleteSecretVersion,
	}
}

func secretSize(v any) error {
	if s, _ := v.(string); s == "" || len(s) > maxSecretSize {
		return fmt.Errorf("the secret has %d bytes, and must have 1 to %d", len(s), maxSecretSize)
	}
	return nil
}

func readSecretVersion(ctx context.Context, c *cloud, id string, prior args) (args, error) {
	secretID, versionID, err := splitID(id, "|", secretVersionForm)
	if err != nil {
		return nil, err
	}
	out, err := c.secrets().GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &secretID, VersionId: &versionID})
	if err != nil {
		if hasCode(err, "InvalidRequestException") && containsFold(err, "deletion") {
			return nil, errNotFound
		}
		return nil, gone(err, "reading a version of secret "+secretID, secretNotFound)
	}
	observed := args{
		"arn": aws.ToString(out.ARN), "versionId": versionID, "versionStages": anyList(out.VersionStages), "secretString": optional(out.SecretString),
	}
	if !prior.has("secretId") { // the program may have named the secret by its name or by its ARN
		observed["secretId"] = secretID
	}
	return observed, nil
}

// deleteSecretVersion takes the stage labels off a version that is not current any more, after which Secrets Manager
// forgets it. The current one goes with its secret.
func deleteSecretVersion(ctx context.Context, c *cloud, id string, prior args) error {
	secretID, versionID, err := splitID(id, "|", secretVersionForm)
	if err != nil {
		return err
	}
	now, err := readSecretVersion(ctx, c, id, prior)
	if err != nil {
		return err
	}
	for _, stage := range now.strings("versionStages") {
		if stage == currentSecretStage {
			continue
		}
		_, err := c.secrets().UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
			SecretId: &secretID, VersionStage: &stage, RemoveFromVersionId: &versionID,
		})
		if err := gone(err, "retiring a version of secret "+secretID, secretNotFound); err != nil {
			return err
		}
	}
	return nil
}
