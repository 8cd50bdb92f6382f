package settings_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"cc-eventbridge/infra/settings"
)

// registered is a configuration that sets up both intakes in Genesys Cloud, with set on top.
func registered(t *testing.T, set map[string]string) map[string]string {
	t.Helper()
	values := valid(t, map[string]string{
		"registerWithGenesys": "true", "directEventTypes": `["telephony.call.created"]`,
		"eventBridgeSuffix": "prod", "topics": `["v2.users.{id}.presence"]`,
	})
	maps.Copy(values, set)
	return values
}

func TestRegistrationIsChecked(t *testing.T) {
	for name, test := range map[string]struct {
		set  map[string]string
		want []string
	}{
		"both intakes": {},
		"credentials of the stack's own": {
			set: map[string]string{"genesysRegion": "eu-west-1", "genesysClientId": "client", "genesysApiUrl": "https://genesys-proxy.example"},
		},
		"the EventBridge intake alone": {
			set: map[string]string{"directIntake": "false", "genesysExternalId": "", "directEventTypes": "[]"},
		},
		"a source that is there beside a registered direct intake": {
			set: map[string]string{"eventBridgeSuffix": "", "eventBridgeSource": source},
		},
		"nothing to register": {
			set:  map[string]string{"directIntake": "false", "eventBridgeSuffix": ""},
			want: []string{`registerWithGenesys is "true"`, "nothing to register"},
		},
		"a subscription to nothing": {
			set:  map[string]string{"directEventTypes": "[]"},
			want: []string{"directEventTypes", "none is named", "telephony.call.created"},
		},
		"an event type twice": {
			set:  map[string]string{"directEventTypes": `["a","b","a"]`},
			want: []string{"directEventTypes", "there once", "directEventTypes[2]"},
		},
		"a source without topics": {
			set:  map[string]string{"topics": "[]"},
			want: []string{"topics", "only the topics that are named", "topics[0]"},
		},
		"a suffix with a slash": {
			set:  map[string]string{"eventBridgeSuffix": "cloud/prod"},
			want: []string{`eventBridgeSuffix is "cloud/prod"`, "1 to 64"},
		},
		"a source to create and one to adopt": {
			set:  map[string]string{"eventBridgeSource": source},
			want: []string{"eventBridgeSuffix", "a stack has one bus", "pulumi config rm eventBridgeSource"},
		},
		"a source to create without registration": {
			set:  map[string]string{"registerWithGenesys": "false", "directEventTypes": "[]"},
			want: []string{"eventBridgeSuffix", "registerWithGenesys is off", "pulumi config set registerWithGenesys true"},
		},
		"a region that Genesys Cloud does not have": {
			set:  map[string]string{"genesysRegion": "eu-north-1"},
			want: []string{`genesysRegion is "eu-north-1"`, "eu-west-1", "mypurecloud.com"},
		},
		"credentials that would go in clear": {
			set:  map[string]string{"genesysApiUrl": "http://genesys-proxy.example"},
			want: []string{"genesysApiUrl", "https"},
		},
		"a fake on this machine": {
			set: map[string]string{"genesysApiUrl": "http://127.0.0.1:8080"},
		},
		"a client secret that stands in clear": {
			set:  map[string]string{"genesysClientSecret": "hunter2"},
			want: []string{"genesysClientSecret", "in clear", "--secret genesysClientSecret"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := settings.Load("dev", registered(t, test.set), never)
			wants(t, err, test.want)
		})
	}
}

// TestKeysOfTheProviderAreRefused: what the provider's documentation calls its keys, this program does not read.
func TestKeysOfTheProviderAreRefused(t *testing.T) {
	for key, fix := range map[string]string{
		"genesys:region":       "pulumi config set genesysRegion",
		"genesys:clientSecret": "pulumi config set --secret genesysClientSecret",
		"genesys:apiBaseUrl":   "pulumi config set genesysApiUrl",
		"genesys:other":        "pulumi config rm genesys:other",
	} {
		_, err := settings.Load("dev", registered(t, map[string]string{key: "hunter2"}), never)
		wants(t, err, []string{key + ` is "set"`, "pulumi config rm " + key, fix})
	}
}

func TestADeploymentNeedsTheCredentials(t *testing.T) {
	const region, id, secret = "GENESYSCLOUD_REGION", "GENESYSCLOUD_OAUTHCLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_SECRET"
	for name, test := range map[string]struct {
		set    func(*settings.Genesys)
		env    map[string]string
		lacks  []string
		passes bool
	}{
		"none":                      {lacks: []string{"genesysRegion", "genesysClientId", "genesysClientSecret"}},
		"none, in a preview":        {set: func(g *settings.Genesys) { g.Deploying = false }, passes: true},
		"none, and not registering": {set: func(g *settings.Genesys) { g.Register = false }, passes: true},
		"all in the configuration": {
			set: func(g *settings.Genesys) { g.Region, g.ClientID, g.HasClientSecret = "eu-west-1", "client", true }, passes: true,
		},
		"all in the environment":     {env: map[string]string{region: "eu-west-1", id: "client", secret: "hunter2"}, passes: true},
		"an address in place of one": {set: func(g *settings.Genesys) { g.APIURL = "https://genesys-proxy.example" }, lacks: []string{"genesysClientId", "genesysClientSecret"}},
		"only the secret":            {env: map[string]string{secret: "hunter2"}, lacks: []string{"genesysRegion", "genesysClientId"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{region, id, secret} {
				t.Setenv(variable, test.env[variable])
			}
			s := settings.Default()
			s.Intake.GenesysExternalID = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
			s.Genesys = settings.Genesys{Register: true, Deploying: true, EventTypes: []string{"telephony.call.created"}}
			if test.set != nil {
				test.set(&s.Genesys)
			}
			_, err := s.Check("dev")
			if (err == nil) != test.passes {
				t.Fatalf("err = %v", err)
			}
			for _, key := range []string{"genesysRegion", "genesysClientId", "genesysClientSecret"} {
				if lacks := err != nil && strings.Contains(err.Error(), key+" is not set"); lacks != slices.Contains(test.lacks, key) {
					t.Errorf("err = %v, want one about %v", err, test.lacks)
				}
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

// wants wants an error with all parts of a Problem and with texts, or none when there are no texts.
func wants(t *testing.T, err error, texts []string) {
	t.Helper()
	if len(texts) == 0 {
		if err != nil {
			t.Fatalf("err = %v, want none", err)
		}
		return
	}
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range append(texts, "has 1 problem:", "Fix: ") {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q:\n%v", part, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows a secret:\n%v", err)
	}
}
