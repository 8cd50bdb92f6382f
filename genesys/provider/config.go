package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/plugin"
)

// settings are the provider's configuration.
type settings struct {
	region, clientID         string
	clientSecret             api.Secret
	organizationID, basePath string
	apiBaseURL, loginBaseURL string
	// unsettled names keys whose value was not known yet, which is possible in a preview.
	unsettled []string
	ready     bool
}

// CheckConfig refuses configuration that could not work, and makes the client secret a secret even where the program
// forgot to.
func (p *Provider) CheckConfig(_ context.Context, req sdk.CheckConfigRequest) (sdk.CheckConfigResponse, error) {
	news := req.News.Copy()
	for name, declared := range p.schema.Provider.Inputs {
		key := resource.PropertyKey(name)
		if v, ok := news[key]; ok && declared.Secret && !v.IsSecret() && !v.IsNull() {
			news[key] = resource.MakeSecret(v)
		}
	}
	in := plugin.Configuration(req.News)
	problems := p.schema.Provider.check(in)
	if len(problems) == 0 {
		problems = configProblems(in)
	}
	return sdk.CheckConfigResponse{Properties: news, Failures: plugin.Failures(problems)}, nil
}

func configProblems(in values) []problem {
	var problems []problem
	try := func(name string, parse func(string) error) {
		if value := in.Text(name); value != "" {
			if err := parse(value); err != nil {
				problems = append(problems, problem{Property: name, Reason: err.Error()})
			}
		}
	}
	host := func(raw string) error { _, err := api.ParseHost(raw); return err }
	try("region", func(region string) error { _, err := api.RegionHosts(region); return err })
	try("apiBaseUrl", host)
	try("loginBaseUrl", host)
	try("basePath", func(path string) error { _, err := api.ParseBasePath(path); return err })
	return problems
}

// DiffConfig has everything replaced when the provider points to another organization, and nothing otherwise: a new
// client or secret is still the same organization's.
func (p *Provider) DiffConfig(_ context.Context, req sdk.DiffConfigRequest) (sdk.DiffConfigResponse, error) {
	old, news := plugin.Configuration(req.OldInputs), plugin.Configuration(req.NewInputs)
	result := p.schema.Provider.diff(old, news)
	for name, moved := range map[string]bool{
		"region":         otherRegion(old.Text("region"), news.Text("region")),
		"organizationId": old.Text("organizationId") != "" && news.Text("organizationId") != "" && old.Text("organizationId") != news.Text("organizationId"),
	} {
		if moved {
			result.ReplaceKeys = append(result.ReplaceKeys, resource.PropertyKey(name))
			result.DetailedDiff[name] = sdk.PropertyDiff{Kind: sdk.DiffUpdateReplace, InputDiff: true}
		}
	}
	result.DeleteBeforeReplace = false
	return result, nil
}

// otherRegion reports whether two names, which may be a region's and a domain's, mean different regions.
func otherRegion(a, b string) bool {
	x, errX := api.RegionHosts(a)
	y, errY := api.RegionHosts(b)
	return errX == nil && errY == nil && x.API.Host != y.API.Host
}

// Configure keeps the configuration. Whether it suffices is only asked when Genesys Cloud is needed: a preview that
// creates everything anew works without credentials.
func (p *Provider) Configure(_ context.Context, req sdk.ConfigureRequest) (sdk.ConfigureResponse, error) {
	in := plugin.Configuration(req.Inputs)
	if problems := configProblems(in); len(problems) > 0 {
		return sdk.ConfigureResponse{}, fmt.Errorf("configuring the provider genesys: %s: %s", problems[0].Property, problems[0].Reason)
	}
	or := func(name, variable string) string {
		if value := in.Text(name); value != "" || variable == "" || in[name] == any(unknown{}) {
			return value
		}
		return p.options.Getenv(variable)
	}
	s := settings{
		region: or("region", api.RegionVariable), clientID: or("clientId", api.ClientIDVariable),
		clientSecret:   api.Secret(or("clientSecret", api.ClientSecretVariable)),
		organizationID: in.Text("organizationId"), basePath: in.Text("basePath"),
		apiBaseURL: in.Text("apiBaseUrl"), loginBaseURL: in.Text("loginBaseUrl"), ready: true,
	}
	for _, name := range p.schema.Provider.inputNames() {
		if in[name] == any(unknown{}) {
			s.unsettled = append(s.unsettled, name)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settings, p.client = s, nil
	return sdk.ConfigureResponse{}, nil
}

// organization returns the id of the organization, if the configuration has it.
func (p *Provider) organization() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.settings.organizationID
}

// reach returns the client, or what is missing to have one.
func (p *Provider) reach() (*api.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client != nil {
		return p.client, nil
	}
	s := p.settings
	if err := s.missing(); err != nil {
		return nil, err
	}
	hosts, err := s.hosts()
	if err != nil {
		return nil, err
	}
	basePath, err := api.ParseBasePath(s.basePathOrDefault())
	if err != nil {
		return nil, err
	}
	p.client = api.New(api.Options{
		Hosts: hosts, Credentials: api.Credentials{ClientID: s.clientID, ClientSecret: s.clientSecret},
		BasePath: basePath, Transport: p.options.Transport, Log: p.options.Log,
	})
	return p.client, nil
}

func (s settings) basePathOrDefault() string {
	if s.basePath == "" {
		return api.DefaultBasePath
	}
	return s.basePath
}

func (s settings) missing() error {
	if !s.ready {
		return errors.New("the provider genesys was not configured before its first use")
	}
	if len(s.unsettled) > 0 {
		return fmt.Errorf("the provider genesys can't be used yet: its %s will only be known after an update", strings.Join(s.unsettled, ", "))
	}
	var keys []string
	// The keys are those of the program cc-eventbridge: it hands their values over, and nothing there reads the namespace genesys.
	need := func(value, set, variable string) {
		if value == "" {
			key, _, _ := strings.Cut(strings.TrimPrefix(set, "--secret "), " ")
			keys = append(keys, fmt.Sprintf("%s (pulumi config set %s, or %s in the environment)", key, set, variable))
		}
	}
	if s.apiBaseURL == "" || s.loginBaseURL == "" {
		need(s.region, "genesysRegion <AWS region of the organization>", api.RegionVariable)
	}
	need(s.clientID, "genesysClientId <id>", api.ClientIDVariable)
	need(string(s.clientSecret), "--secret genesysClientSecret", api.ClientSecretVariable)
	if len(keys) == 0 {
		return nil
	}
	return fmt.Errorf("Genesys Cloud can't be asked without %s: they are those of an OAuth client with the grant Client Credentials", //nolint:staticcheck // a name
		strings.Join(keys, "; "))
}

func (s settings) hosts() (hosts api.Hosts, err error) {
	if s.apiBaseURL == "" || s.loginBaseURL == "" {
		if hosts, err = api.RegionHosts(s.region); err != nil {
			return hosts, err
		}
	}
	if s.apiBaseURL != "" {
		if hosts.API, err = api.ParseHost(s.apiBaseURL); err != nil {
			return hosts, err
		}
	}
	if s.loginBaseURL != "" {
		hosts.Login, err = api.ParseHost(s.loginBaseURL)
	}
	return hosts, err
}
