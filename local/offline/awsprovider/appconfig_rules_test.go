package awsprovider

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/plugin"
)

// TestAppConfigRules: AppConfig refuses these on the call, and the emulator does not.
func TestAppConfigRules(t *testing.T) {
	s := newFlagStack(t, startEmulator(t))
	for name, c := range map[string]struct{ content, want string }{
		"a value that the validator does not know": {`{"level":"loud"}`, `Error applying JSON Schema: /level: value must be one of "info", "debug"`},
		"a member that the validator does not know": {
			`{"volume":1}`, `Error applying JSON Schema: the document: additionalProperties 'volume' not allowed`,
		},
		"what is not JSON": {`level: info`, "the content is not JSON"},
	} {
		t.Run("a version with "+name, func(t *testing.T) {
			_, err := s.try(hostedVersionToken, s.version(c.content))
			stack{t, s.p}.expectRefused(err, c.want)
		})
	}
	version := s.make(hostedVersionToken, s.version(`{"level":"debug"}`))
	t.Run("a deployment of a version that does not exist", func(t *testing.T) {
		_, err := s.try(deploymentToken, s.deploy("7"))
		stack{t, s.p}.expectRefused(err, "ResourceNotFoundException: hosted configuration version")
	})
	t.Run("a deployment with a strategy that does not exist", func(t *testing.T) {
		in := s.deploy("1")
		in["deploymentStrategyId"] = "abcdefg"
		_, err := s.try(deploymentToken, in)
		stack{t, s.p}.expectRefused(err, "reading deployment strategy abcdefg")
	})
	t.Run("a deployment of a version that the profile's new validator does not accept", func(t *testing.T) {
		old := args{"name": "flags", "validators": []any{map[string]any{"type": "JSON_SCHEMA", "content": flagSchema}}}
		next := args{"name": "flags", "validators": []any{map[string]any{"type": "JSON_SCHEMA", "content": strings.Replace(flagSchema, "debug", "warn", 1)}}}
		if _, err := s.p.Update(t.Context(), sdk.UpdateRequest{
			URN: s.urn(profileToken), Type: profileToken, ID: resource.ID(s.profile.Text("id")), OldInputs: plugin.ToProperty(old).ObjectValue(),
			NewInputs: plugin.ToProperty(next).ObjectValue(),
		}); err != nil {
			t.Fatal(err)
		}
		_, err := s.try(deploymentToken, s.deploy("1"))
		stack{t, s.p}.expectRefused(err, `Error applying JSON Schema: /level`)
	})
	t.Run("the deletion of a profile with a version", func(t *testing.T) {
		stack{t, s.p}.expectRefused(s.remove(profileToken, s.profile), "there are still hosted configuration versions existing under it: [1]")
	})
	t.Run("the deletion of an application with something in it", func(t *testing.T) {
		stack{t, s.p}.expectRefused(s.remove(applicationToken, s.application), "it has 1 environments and 1 configuration profiles")
	})
	if err := s.remove(hostedVersionToken, version); err != nil {
		t.Fatal(err)
	}
	t.Run("a deployment of a version that was deleted", func(t *testing.T) {
		_, err := s.try(deploymentToken, s.deploy("1"))
		stack{t, s.p}.expectRefused(err, "ResourceNotFoundException: hosted configuration version")
	})
}

// TestDriftOfAppConfig: what somebody changed by hand is seen by a refresh, what they deployed is not in the way.
func TestDriftOfAppConfig(t *testing.T) {
	endpoint := startEmulator(t)
	s := newFlagStack(t, endpoint)
	version := s.make(hostedVersionToken, s.version(`{"level":"info"}`))
	deployed := s.make(deploymentToken, s.deploy(version["versionNumber"]))
	c, err := s.p.reach()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.appconfig().UpdateDeploymentStrategy(t.Context(), &appconfig.UpdateDeploymentStrategyInput{
		DeploymentStrategyId: aws.String(s.strategy.Text("id")), FinalBakeTimeInMinutes: aws.Int32(60),
	}); err != nil {
		t.Fatal(err)
	}
	read := func(token tokens.Type, made args, inputs args) resource.PropertyMap {
		resp, err := s.p.Read(t.Context(), sdk.ReadRequest{
			URN: s.urn(token), Type: token, ID: resource.ID(made.Text("id")), Inputs: plugin.ToProperty(inputs).ObjectValue(),
			State: plugin.ToProperty(made).ObjectValue(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Inputs
	}
	if got := plugin.Plain(read(strategyToken, s.strategy, args{"name": "at once"})).Number("finalBakeTimeInMinutes"); got != 60 {
		t.Errorf("finalBakeTimeInMinutes is %v after the refresh, and should be the 60 that somebody set", got)
	}
	theirs := s.make(hostedVersionToken, s.version(`{"level":"debug"}`))
	s.make(deploymentToken, s.deploy(theirs["versionNumber"]))
	wanted := s.deploy("1")
	if d := plugin.ToProperty(wanted).ObjectValue().Diff(read(deploymentToken, deployed, wanted)); d != nil {
		t.Errorf("somebody else's deployment should not be a change of ours: %+v", d)
	}
	if got := s.served(endpoint); got != `{"level":"debug"}` {
		t.Errorf("%s is served, and should be what was deployed last", got)
	}
}
