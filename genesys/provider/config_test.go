package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/genesystest"
	"cc-eventbridge/genesys/provider"
)

// unconfigured is a provider in an empty environment.
func unconfigured(t *testing.T) *provider.Provider {
	t.Helper()
	p, err := provider.New(provider.Options{Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestConfigurationIsChecked(t *testing.T) {
	for name, test := range map[string]struct {
		in   map[string]any
		want string
	}{
		"nothing set":            {map[string]any{}, ""},
		"a region":               {map[string]any{"region": "eu-west-1"}, ""},
		"keys of the engine":     {map[string]any{"version": "0.1.0", "__internal": map[string]any{}}, ""},
		"an unknown region":      {map[string]any{"region": "eu-west-9"}, "not a region of Genesys Cloud"},
		"a misspelt key":         {map[string]any{"clientID": "x"}, `did you mean "clientId"?`},
		"plain http":             {map[string]any{"apiBaseUrl": "http://api.example.com"}, "should start with https"},
		"a base path with a dot": {map[string]any{"basePath": "/a/../b"}, "should be a path"},
		"a number for a text":    {map[string]any{"clientId": 7.0}, "should be a string"},
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := unconfigured(t).CheckConfig(t.Context(), plugin.CheckConfigRequest{News: properties(test.in)})
			if err != nil {
				t.Fatal(err)
			}
			var reasons []string
			for _, f := range resp.Failures {
				reasons = append(reasons, f.Reason)
			}
			if got := strings.Join(reasons, "; "); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("failures are %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheClientSecretIsSecretWhateverTheProgramSays(t *testing.T) {
	resp, err := unconfigured(t).CheckConfig(t.Context(), plugin.CheckConfigRequest{News: properties(map[string]any{"clientSecret": "x"})})
	if err != nil || !resp.Properties["clientSecret"].IsSecret() {
		t.Errorf("properties are %v, error %v", resp.Properties, err)
	}
}

func TestAnotherOrganizationReplacesAndAnotherSecretDoesNot(t *testing.T) {
	for name, test := range map[string]struct {
		old, news map[string]any
		replaced  bool
	}{
		"another region":            {map[string]any{"region": "us-east-1"}, map[string]any{"region": "eu-west-1"}, true},
		"the same region's domain":  {map[string]any{"region": "eu-west-1"}, map[string]any{"region": "mypurecloud.ie"}, false},
		"another secret":            {map[string]any{"clientSecret": "a"}, map[string]any{"clientSecret": "b"}, false},
		"the organization is named": {map[string]any{}, map[string]any{"organizationId": "a"}, false},
		"another organization":      {map[string]any{"organizationId": "a"}, map[string]any{"organizationId": "b"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := unconfigured(t).DiffConfig(t.Context(), plugin.DiffConfigRequest{OldInputs: properties(test.old), NewInputs: properties(test.news)})
			if err != nil || (len(resp.ReplaceKeys) > 0) != test.replaced {
				t.Errorf("replaced by %v, error %v, want %v", resp.ReplaceKeys, err, test.replaced)
			}
		})
	}
}

func TestPreviewNeedsNoCredentialsAndCreateNamesThoseThatAreMissing(t *testing.T) {
	p := unconfigured(t)
	if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: properties(map[string]any{"organizationId": genesystest.OrganizationID})}); err != nil {
		t.Fatal(err)
	}
	urn := resource.NewURN("test", "project", "", sourceType, "it")
	preview, err := p.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: sourceType, Properties: properties(source()), Preview: true})
	if err != nil {
		t.Fatal(err)
	}
	if !preview.Properties["status"].IsComputed() || preview.Properties["eventSourceName"].StringValue() != "aws.partner/genesys.com/cloud/"+genesystest.OrganizationID+"/prod" {
		t.Errorf("the preview has %v", preview.Properties)
	}
	_, err = p.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: sourceType, Properties: properties(source())})
	for _, key := range []string{
		"genesysRegion (", "GENESYSCLOUD_REGION", "genesysClientId (", "GENESYSCLOUD_OAUTHCLIENT_ID", "genesysClientSecret (", "GENESYSCLOUD_OAUTHCLIENT_SECRET",
	} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("error is %v, want one that names %s", err, key)
		}
	}
}

func TestInputsAreChecked(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewProperty(""))
	for name, test := range map[string]struct {
		in   resource.PropertyMap
		want []string
	}{
		"a good source":             {properties(source()), nil},
		"a good destination":        {properties(destination()), nil},
		"an unknown ARN":            {mapWith(properties(destination()), "queueArn", unknown), nil},
		"a source without a suffix": {properties(without(source(), "eventSourceSuffix")), []string{"eventSourceSuffix is missing"}},
		"no topics":                 {properties(source("eventFilter", []any{})), []string{"nothing would be sent"}},
		"a topic twice":             {properties(source("eventFilter", []any{"a", "a"})), []string{"more than once"}},
		"a topic with an id":        {properties(source("eventFilter", []any{"v2.users." + genesystest.OrganizationID + ".presence"})), []string{"literal {id}"}},
		"everything wrong at once": {
			properties(source("awsAccountId", "1", "awsAccountRegion", "Ireland", "eventSourceSuffix", "a/b", "name", " x ")),
			[]string{"12 digits", "a region like", "1 to 64", "without spaces"},
		},
		"a queue elsewhere": {
			properties(destination("queueArn", "arn:aws:sqs:us-east-1:210987654321:queue")),
			[]string{`does not fit awsRegion = "eu-west-1"`, `does not fit awsAccountId = "123456789012"`},
		},
		"a negative number":   {properties(destination("maxRetries", -1.0)), []string{"should not be negative"}},
		"a text for a switch": {properties(source("enabled", "yes")), []string{"enabled should be a boolean"}},
		"half a retry":        {properties(destination("maxRetries", 1.5)), []string{"maxRetries should be a whole number"}},
		"a misspelt name":     {properties(source("eventfilter", []any{"a"})), []string{`did you mean "eventFilter"?`}},
		"an object":           {properties(source("name", map[string]any{"a": "b"})), []string{"name should be a string"}},
		"a wrong secret": {
			mapWith(properties(source()), "awsAccountId", resource.MakeSecret(resource.NewProperty("hush"))),
			[]string{"has a value, which is secret"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			typ := sourceType
			if test.in.HasValue("roleArn") {
				typ = destinationType
			}
			resp, err := unconfigured(t).Check(t.Context(), plugin.CheckRequest{Type: typ, News: test.in})
			if err != nil {
				t.Fatal(err)
			}
			var reasons []string
			for _, f := range resp.Failures {
				reasons = append(reasons, f.Reason)
			}
			for _, want := range test.want {
				if !slices.ContainsFunc(reasons, func(r string) bool { return strings.Contains(r, want) }) {
					t.Errorf("failures are %q, want one with %q", reasons, want)
				}
			}
			if len(test.want) == 0 && len(reasons) > 0 || strings.Contains(strings.Join(reasons, ""), "hush") {
				t.Errorf("failures are %q", reasons)
			}
		})
	}
}

func mapWith(m resource.PropertyMap, key resource.PropertyKey, v resource.PropertyValue) resource.PropertyMap {
	m[key] = v
	return m
}

func without(m map[string]any, key string) map[string]any {
	delete(m, key)
	return m
}

func TestSecretInputsStaySecretInTheState(t *testing.T) {
	onFake(t, sourceType, genesystest.Defaults(), func(t *testing.T, e *engine) {
		in := e.check(source())
		in["awsAccountId"] = resource.MakeSecret(in["awsAccountId"])
		resp, err := e.p.Create(t.Context(), plugin.CreateRequest{URN: e.urn(), Type: e.typ, Properties: in})
		if err != nil || !resp.Properties["awsAccountId"].IsSecret() {
			t.Fatalf("outputs are %v, error %v", resp.Properties, err)
		}
		read, err := e.p.Read(t.Context(), plugin.ReadRequest{URN: e.urn(), Type: e.typ, ID: resp.ID, Inputs: in, State: resp.Properties})
		if err != nil || !read.Outputs["awsAccountId"].IsSecret() || !read.Inputs["awsAccountId"].IsSecret() {
			t.Errorf("a refresh gives %v, error %v", read, err)
		}
	})
}
