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
	secret, err := newSecret(s, group, "downstream", s.names.secret, "Bearer token with which events are delivered downstream", s.downstreamSecret)
	if err != nil {
		return nil, err
	}
	return secret, group.done(pulumi.Map{"secretArn": secret.arn})
}

// newTargetSecrets puts the secret of each target into Secrets Manager. The map has them by the target's name.
func newTargetSecrets(s *stack) (map[string]*downstreamSecret, error) {
	if len(s.TargetSecrets) == 0 {
		return nil, nil
	}
	group, err := s.part("TargetSecrets", "target-secrets")
	if err != nil {
		return nil, err
	}
	secrets, arns := map[string]*downstreamSecret{}, pulumi.Map{}
	for _, target := range s.TargetSecrets {
		if secrets[target], err = newSecret(s, group, "target-"+target, s.names.targetSecret+target,
			"What the target "+target+" is shown when events are delivered to it", s.targetSecrets[target]); err != nil {
			return nil, err
		}
		arns[target] = secrets[target].arn
	}
	return secrets, group.done(arns)
}

// newSecret makes a secret and gives it its value.
func newSecret(s *stack, group *part, resource, name, description string, value pulumi.StringInput) (*downstreamSecret, error) {
	recovery := 0
	if s.ProtectData {
		recovery = deletedSecretRecoveryDays
	}
	secret, err := secretsmanager.NewSecret(s.ctx, s.resource(resource), &secretsmanager.SecretArgs{
		Name:                 pulumi.String(name),
		Description:          pulumi.String(description),
		RecoveryWindowInDays: pulumi.Int(recovery),
	}, pulumi.Parent(group))
	if err != nil {
		return nil, err
	}
	version, err := secretsmanager.NewSecretVersion(s.ctx, s.resource(resource), &secretsmanager.SecretVersionArgs{
		SecretId:     secret.ID(),
		SecretString: value,
	}, pulumi.Parent(group))
	if err != nil {
		return nil, err
	}
	return &downstreamSecret{arn: secret.Arn, version: version}, nil
}
