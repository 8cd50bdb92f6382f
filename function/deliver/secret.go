package deliver

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secretTimeout bounds the reading of the secret.
const secretTimeout = 3 * time.Second

// SecretsAPI is what Secret calls of Secrets Manager.
type SecretsAPI interface {
	GetSecretValue(ctx context.Context, input *secretsmanager.GetSecretValueInput, options ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// Secret is a text kept in Secrets Manager. It is read when it is first needed, and again when what it was used for is refused,
// which is how a rotation shows.
type Secret struct{ credential }

// NewSecret returns the secret kept under an ARN.
func NewSecret(api SecretsAPI, arn string) *Secret {
	return &Secret{credential{what: "read downstream secret", get: func(ctx context.Context) (string, time.Time, error) {
		ctx, cancel := context.WithTimeout(ctx, secretTimeout)
		defer cancel()
		output, err := api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(arn)})
		if err != nil {
			return "", time.Time{}, transient(ReasonSecret, err, 0)
		}
		secret := strings.TrimSpace(aws.ToString(output.SecretString))
		if secret == "" {
			return "", time.Time{}, transient(ReasonSecret, errors.New("it is empty"), 0)
		}
		return secret, time.Time{}, nil
	}}}
}
