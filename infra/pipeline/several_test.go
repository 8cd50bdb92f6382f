package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/infra/pipeline"
	"cc-eventbridge/infra/settings"
)

// whole are the arguments of a pipeline with every part.
func whole(suffix string) pipeline.Args {
	s := settings.Default()
	s.Intake.GenesysExternalID = organization
	s.Intake.EventBridgeSuffix = suffix
	s.Intake.Topics = []string{"v2.users.{id}.presence"}
	s.Intake.ArchiveDays = 30
	s.Genesys.Register, s.Genesys.Region, s.Genesys.ClientID = true, "eu-west-1", "0b8f6c1e-client"
	s.Genesys.EventTypes = []string{"telephony.call.created"}
	s.Silence.Minutes = 60
	s.DownstreamURL = "https://crm.example/events"
	s.AlarmSubscriptions = []settings.Subscription{
		{Name: "pager", Protocol: "https", Endpoint: "https://pager.example/not-a-real-token"},
		{Name: "oncall", Protocol: "email", Endpoint: "not-a-real-token@example.com", Encrypted: true},
	}
	return pipeline.Args{
		Settings:            s,
		Builder:             builtAlready{},
		DownstreamSecret:    pulumi.String("not-a-real-token"),
		GenesysClientSecret: pulumi.String("not-a-real-token"),
	}
}

// scoped are types whose names need to be unique only within another resource.
var scoped = []string{
	"aws:iam/rolePolicy:", "aws:lambda/alias:", "aws:appconfig/environment:", "aws:appconfig/configurationProfile:",
}

func TestTwoPipelinesInOneProgram(t *testing.T) {
	outputs := map[string]string{}
	mocks := run(t, "dev", func(ctx *pulumi.Context) error {
		first, err := pipeline.New(ctx, "", whole("contact-centre"))
		if err != nil {
			return err
		}
		ireland, err := aws.NewProvider(ctx, "ireland", &aws.ProviderArgs{Region: pulumi.String("eu-west-1")})
		if err != nil {
			return err
		}
		second, err := pipeline.New(ctx, "sales", whole("sales"), pulumi.Provider(ireland))
		if err != nil {
			return err
		}
		pulumi.All(first.IngestionQueueURL, second.IngestionQueueURL, first.WriterRoleARN, second.EventBusName).
			ApplyT(func(all []any) error {
				for i, name := range []string{"first queue", "second queue", "first role", "second bus"} {
					outputs[name] = all[i].(string)
				}
				return nil
			})
		return nil
	})

	urns, physical := map[string]bool{}, map[string]string{}
	pipelines := map[bool]map[string]bool{false: {}, true: {}}
	for _, r := range mocks.resources {
		kind, name, _ := strings.Cut(r.URN, "::")
		if name == "ireland" {
			continue
		}
		if urns[r.full] {
			t.Errorf("%s is declared twice", r.full)
		}
		urns[r.full] = true
		name, second := strings.CutPrefix(name, "sales-")
		pipelines[second][kind+"::"+name] = true
		if strings.HasPrefix(kind, "aws:") && strings.Contains(r.provider, "::ireland::") != second {
			t.Errorf("%s has the provider %q", r.full, r.provider)
		}
		for _, input := range []string{"name", "bucket"} {
			text, ok := r.Inputs[input].(string)
			if !ok || (input == "bucket") != strings.HasPrefix(kind, "aws:s3/bucketV2:") || hasPrefix(kind, scoped) {
				continue
			}
			if other, taken := physical[kind+text]; taken {
				t.Errorf("%s and %s are both called %s", r.full, other, text)
			}
			physical[kind+text] = r.full
		}
		if text := fmt.Sprint(r.Inputs); strings.Contains(text, "not-a-real-token") {
			t.Errorf("%s has a secret in clear", r.full)
		} else if second && strings.Contains(text, "us-east-1:") {
			t.Errorf("%s names a resource in the region of the other pipeline: %s", r.full, text)
		}
	}
	for resource := range pipelines[false] {
		if !pipelines[true][resource] {
			t.Errorf("the second pipeline has no %s", resource)
		}
	}
	if len(pipelines[true]) != len(pipelines[false]) || len(pipelines[true]) < 60 || len(physical) < 40 {
		t.Errorf("the pipelines have %d and %d resources, and %d names", len(pipelines[false]), len(pipelines[true]), len(physical))
	}
	for output, want := range map[string]string{
		"first queue":  "dev-cc-eventbridge-ingestion",
		"second queue": "dev-sales-cc-eventbridge-ingestion",
		"first role":   "dev-cc-eventbridge-writer",
		"second bus":   "aws.partner/genesys.com/cloud/organization/sales",
	} {
		if !strings.HasSuffix(outputs[output], want) {
			t.Errorf("the %s is %q, want %q", output, outputs[output], want)
		}
	}
}

func hasPrefix(text string, any []string) bool {
	for _, prefix := range any {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// TestMissingCredentialsComeBeforeAnyResource: a preview does without them, and up ends before it has changed anything.
func TestMissingCredentialsComeBeforeAnyResource(t *testing.T) {
	for _, variable := range []string{api.RegionVariable, api.ClientIDVariable, api.ClientSecretVariable} {
		t.Setenv(variable, "")
	}
	for _, preview := range []bool{true, false} {
		args := whole("contact-centre")
		args.Settings.Genesys.Region, args.Settings.Genesys.ClientID, args.GenesysClientSecret = "", "", nil
		mocks := &recorder{stack: "dev"}
		err := pulumi.RunErr(func(ctx *pulumi.Context) error {
			_, err := pipeline.New(ctx, "", args)
			return err
		}, pulumi.WithMocks("cc-eventbridge", "dev", mocks), func(info *pulumi.RunInfo) { info.DryRun = preview })
		if preview && (err != nil || len(mocks.resources) == 0) {
			t.Errorf("a preview without credentials ends with %v and %d resources", err, len(mocks.resources))
		}
		if !preview && (err == nil || !strings.Contains(err.Error(), "has 3 problems") || len(mocks.resources) > 0) {
			t.Errorf("without credentials up ends with %v and %d resources, want 3 problems and none", err, len(mocks.resources))
		}
	}
}

func TestSettingsAreComparedWithTheAccount(t *testing.T) {
	for name, test := range map[string]struct {
		executions float64
		reserved   int
		want       string
	}{
		"nothing set aside":             {0, settings.Unreserved, ""},
		"within the quota":              {0, 900, ""},
		"above it":                      {999, 900, "reservedConcurrency"},
		"not known":                     {-1, 900, ""},
		"not known, nothing set aside ": {-1, settings.Unreserved, ""},
	} {
		t.Run(name, func(t *testing.T) {
			args := whole("contact-centre")
			args.Settings.Function.ReservedConcurrency = test.reserved
			err := pulumi.RunErr(func(ctx *pulumi.Context) error {
				_, err := pipeline.New(ctx, "", args)
				return err
			}, pulumi.WithMocks("cc-eventbridge", "dev", &recorder{stack: "dev", executions: test.executions}))
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("err = %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestNewChecksItsSettings(t *testing.T) {
	for name, test := range map[string]struct {
		pipeline string
		change   func(*pipeline.Args)
		want     string
	}{
		"a value out of its range":        {"", func(a *pipeline.Args) { a.Settings.Mapping.MaximumConcurrency = 1 }, `maximumConcurrency is "1"`},
		"values that do not fit":          {"", func(a *pipeline.Args) { a.Settings.Queue.VisibilityTimeoutSeconds = 124 }, "visibilityTimeoutSeconds"},
		"hours that no day has":           {"", func(a *pipeline.Args) { a.Settings.Silence.Hours = &settings.Hours{From: 8, To: 25} }, "silenceHours"},
		"a token that goes nowhere":       {"", func(a *pipeline.Args) { a.Settings.DownstreamURL = "" }, "downstreamSecret"},
		"a name with a character too bad": {"a/b", func(*pipeline.Args) {}, "A-Z a-z 0-9"},
	} {
		t.Run(name, func(t *testing.T) {
			args := whole("contact-centre")
			test.change(&args)
			err := pulumi.RunErr(func(ctx *pulumi.Context) error {
				_, err := pipeline.New(ctx, test.pipeline, args)
				return err
			}, pulumi.WithMocks("other", "dev", &recorder{stack: "dev"}))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
		})
	}
}
