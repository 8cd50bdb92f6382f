package awsprovider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/appconfigdata"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/plugin"
)

const (
	applicationToken       = tokens.Type("aws:appconfig/application:Application")
	environmentToken       = tokens.Type("aws:appconfig/environment:Environment")
	profileToken           = tokens.Type("aws:appconfig/configurationProfile:ConfigurationProfile")
	hostedVersionToken     = tokens.Type("aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion")
	strategyToken          = tokens.Type("aws:appconfig/deploymentStrategy:DeploymentStrategy")
	deploymentToken        = tokens.Type("aws:appconfig/deployment:Deployment")
	flagSchema             = `{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","properties":{"level":{"enum":["info","debug"]}},"additionalProperties":false}`
	alarmARN, alarmRoleARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:flags", "arn:aws:iam::123456789012:role/flags-alarm"
)

// appConfigSteps are the lifecycle of AppConfig's types. None fixes an id, which AppConfig makes.
func appConfigSteps() []step {
	validator := func(schema string) []any { return []any{map[string]any{"type": "JSON_SCHEMA", "content": schema}} }
	return []step{
		{"application", applicationToken, fixed(args{"name": "flags", "tags": map[string]any{"a": "1", "b": "2", "c": "3"}}), args{
			"name": "other", "description": "of the pipeline", "tags": map[string]any{"a": "4"},
		}},
		{"environment", environmentToken, func(o outputs) args {
			return args{"applicationId": o["application"]["id"], "name": "live", "monitors": []any{
				map[string]any{"alarmArn": alarmARN, "alarmRoleArn": alarmRoleARN},
			}}
		}, args{"description": "what runs", "monitors": nil, "tags": map[string]any{"a": "b"}}},
		{"profile", profileToken, func(o outputs) args {
			return args{
				"applicationId": o["application"]["id"], "name": "flags", "locationUri": "hosted", "description": "of the function",
				"validators": validator(flagSchema), "tags": map[string]any{"a": "b"},
			}
		}, args{"description": nil, "validators": validator(`{"type":"object"}`), "tags": nil}},
		{"version", hostedVersionToken, func(o outputs) args {
			return args{
				"applicationId": o["application"]["id"], "configurationProfileId": o["profile"]["configurationProfileId"],
				"content": `{"level":"info"}`, "contentType": "application/json", "description": "first",
			}
		}, nil},
		{"strategy", strategyToken, fixed(args{
			"name": "careful", "deploymentDurationInMinutes": 10.0, "growthFactor": 33.3, "replicateTo": "NONE", "tags": map[string]any{"a": "b"},
		}), args{"finalBakeTimeInMinutes": 10.0, "growthFactor": 10.0, "growthType": "EXPONENTIAL", "description": "in steps"}},
		{"deployment", deploymentToken, func(o outputs) args {
			return args{
				"applicationId": o["application"]["id"], "environmentId": o["environment"]["environmentId"],
				"configurationProfileId": o["profile"]["configurationProfileId"], "configurationVersion": o["version"]["versionNumber"],
				"deploymentStrategyId": o["strategy"]["id"], "description": "first", "tags": map[string]any{"a": "b"},
			}
		}, args{"tags": map[string]any{"a": "c", "d": "e"}}},
	}
}

// stack makes and removes resources on an emulator, as the engine would.
type stack struct {
	t *testing.T
	p *Provider
}

func (s stack) try(token tokens.Type, in args) (args, error) {
	checked, err := s.p.Check(s.t.Context(), sdk.CheckRequest{URN: s.urn(token), Type: token, News: plugin.ToProperty(in).ObjectValue()})
	if err != nil || len(checked.Failures) > 0 {
		return nil, fmt.Errorf("check: %w: %v", err, checked.Failures)
	}
	resp, err := s.p.Create(s.t.Context(), sdk.CreateRequest{URN: s.urn(token), Type: token, Properties: checked.Properties})
	out := plugin.Plain(resp.Properties)
	if out != nil {
		out["id"] = string(resp.ID)
	}
	return out, err
}

func (s stack) make(token tokens.Type, in args) args {
	s.t.Helper()
	out, err := s.try(token, in)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s stack) remove(token tokens.Type, made args) error {
	_, err := s.p.Delete(s.t.Context(), sdk.DeleteRequest{
		URN: s.urn(token), Type: token, ID: resource.ID(made.Text("id")), Outputs: plugin.ToProperty(made).ObjectValue(),
	})
	return err
}

func (s stack) urn(token tokens.Type) resource.URN { return resource.NewURN("s", "p", "", token, "r") }

func (s stack) expectRefused(err error, want string) {
	s.t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		s.t.Errorf("error is %v, and should have %q", err, want)
	}
}

// flagStack is an application with an environment, a profile and a strategy.
type flagStack struct {
	stack
	application, environment, profile, strategy args
}

func newFlagStack(t *testing.T, endpoint string) flagStack {
	s := flagStack{stack: stack{t, configured(t, endpoint, nil)}}
	s.application = s.make(applicationToken, args{"name": "flags"})
	s.environment = s.make(environmentToken, args{"applicationId": s.application["id"], "name": "live"})
	s.profile = s.make(profileToken, args{
		"applicationId": s.application["id"], "name": "flags", "locationUri": "hosted",
		"validators": []any{map[string]any{"type": "JSON_SCHEMA", "content": flagSchema}},
	})
	s.strategy = s.make(strategyToken, args{"name": "at once", "deploymentDurationInMinutes": 0.0, "growthFactor": 100.0, "replicateTo": "NONE"})
	return s
}

func (s flagStack) version(content string) args {
	return args{
		"applicationId": s.application["id"], "configurationProfileId": s.profile["configurationProfileId"], "content": content,
		"contentType": "application/json",
	}
}

func (s flagStack) deploy(version any) args {
	return args{
		"applicationId": s.application["id"], "environmentId": s.environment["environmentId"],
		"configurationProfileId": s.profile["configurationProfileId"], "configurationVersion": version, "deploymentStrategyId": s.strategy["id"],
	}
}

// served is what a function is given that asks for its configuration.
func (s flagStack) served(endpoint string) string {
	s.t.Helper()
	c := appconfigdata.NewFromConfig(aws.Config{
		Region: testRegion, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	session, err := c.StartConfigurationSession(s.t.Context(), &appconfigdata.StartConfigurationSessionInput{
		ApplicationIdentifier: aws.String(s.application.Text("id")), EnvironmentIdentifier: aws.String(s.environment.Text("environmentId")),
		ConfigurationProfileIdentifier: aws.String(s.profile.Text("configurationProfileId")),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	latest, err := c.GetLatestConfiguration(s.t.Context(), &appconfigdata.GetLatestConfigurationInput{
		ConfigurationToken: session.InitialConfigurationToken,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(latest.Configuration)
}

// TestFlagsAreReplaced edits the flags three times, as the engine does: new version, new deployment, old version deleted.
func TestFlagsAreReplaced(t *testing.T) {
	endpoint := startEmulator(t)
	s := newFlagStack(t, endpoint)
	var last args
	for i, content := range []string{`{"level":"info"}`, `{"level":"debug"}`, `{}`, `{"level":"info"}`} {
		version := s.make(hostedVersionToken, s.version(content))
		if got := version.Number("versionNumber"); got != float64(i+1) {
			t.Fatalf("version %d has the number %v: AppConfig gives no number twice", i+1, got)
		}
		d := s.make(deploymentToken, s.deploy(version["versionNumber"]))
		if got := d.Number("deploymentNumber"); got != float64(i+1) || d["state"] != "COMPLETE" {
			t.Errorf("deployment %d has the number %v and is %v", i+1, got, d["state"])
		}
		if last != nil {
			if err := s.remove(hostedVersionToken, last); err != nil {
				t.Fatal(err)
			}
		}
		last = version
		if got := s.served(endpoint); got != content {
			t.Errorf("after deployment %d functions are given %s, and should be given %s", i+1, got, content)
		}
	}
	if err := s.remove(hostedVersionToken, last); err != nil {
		t.Fatal(err)
	}
	if got := s.served(endpoint); got != `{"level":"info"}` {
		t.Errorf("a version that was deleted after its deployment should still be served, and %q is", got)
	}
	if err := s.remove(profileToken, s.profile); err != nil {
		t.Errorf("a profile without versions should be deleted: %v", err)
	}
}
