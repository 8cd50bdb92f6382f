package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// deletedSecretRecoveryDays is how long a deleted secret of a protected stack can be restored, at most 30 days. Other
// stacks delete at once, so that they can be destroyed and made anew under the same name.
const deletedSecretRecoveryDays = 30

// downstreamSecret is the secret, and the version that gives it its value. Who uses the secret names it by its own ARN, which a
// new value does not change, and waits for the version.
type downstreamSecret struct {
	arn     pulumi.StringOutput
	version *secretsmanager.SecretVersion
}

// newDownstreamSecret puts the downstream's bearer token into Secrets Manager, or returns nil for
// a stack without a token. The value is a Pulumi secret on its way there: encrypted in the stack file and in the state.
func newDownstreamSecret(s *stack) (*downstreamSecret, error) {
	if s.downstreamSecret == nil {
		return nil, nil
	}
	group, err := s.part("DownstreamSecret", "downstream-secret")
	if err != nil {
		return nil, err
	}
	recovery := 0
	if s.ProtectData {
		recovery = deletedSecretRecoveryDays
	}
	secret, err := secretsmanager.NewSecret(s.ctx, s.resource("downstream"), &secretsmanager.SecretArgs{
		Name:                 pulumi.String(s.names.secret),
		Description:          pulumi.String("Bearer token with which events are delivered downstream"),
		RecoveryWindowInDays: pulumi.Int(recovery),
	}, pulumi.Parent(group))
	if err != nil {
		return nil, err
	}
	version, err := secretsmanager.NewSecretVersion(s.ctx, s.resource("downstream"), &secretsmanager.SecretVersionArgs{
		SecretId:     secret.ID(),
		SecretString: s.downstreamSecret,
	}, pulumi.Parent(group))
	if err != nil {
		return nil, err
	}
	return &downstreamSecret{arn: secret.Arn, version: version}, group.done(pulumi.Map{"secretArn": secret.Arn})
}
