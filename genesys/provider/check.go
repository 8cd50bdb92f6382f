package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// problem is what is wrong with a property.
type problem struct{ property, reason string }

func failures(problems []problem) []plugin.CheckFailure {
	out := make([]plugin.CheckFailure, 0, len(problems))
	for _, p := range problems {
		out = append(out, plugin.CheckFailure{Property: resource.PropertyKey(p.property), Reason: p.reason})
	}
	return out
}

// Check refuses inputs that Genesys Cloud would refuse, adds defaults, and the status that the resource shall have.
func (p *Provider) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	r, err := p.lookup(req.Type)
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	news := req.News.Copy()
	delete(news, statusKey)
	for name, declared := range r.Inputs {
		key := resource.PropertyKey(name)
		if v, set := news[key]; declared.Default != nil && (!set || v.IsNull()) {
			news[key] = resource.NewPropertyValue(declared.Default)
		}
	}
	in := plain(news)
	problems := r.check(in)
	if len(problems) == 0 {
		problems = discreet(r.problems(in), news)
	}
	if len(problems) == 0 {
		news[statusKey] = toProperty(r.intendedStatus(in))
	}
	return plugin.CheckResponse{Properties: news, Failures: failures(problems)}, nil
}

// discreet leaves out of the reasons what the program has marked as secret.
func discreet(problems []problem, news resource.PropertyMap) []problem {
	for i, p := range problems {
		if news[resource.PropertyKey(p.property)].ContainsSecrets() {
			problems[i].reason = p.property + " has a value, which is secret, that Genesys Cloud would refuse: see the property's description"
		}
	}
	return problems
}

// check compares values with the declaration. No reason repeats a value: it could be a secret.
func (s spec) check(in values) []problem {
	var problems []problem
	for _, name := range slices.Sorted(maps.Keys(in)) {
		declared, ok := s.Inputs[name]
		switch {
		case !ok:
			problems = append(problems, problem{name, fmt.Sprintf("there is no property %q%s", name, s.suggestion(name))})
		case in[name] != any(unknown{}) && !declared.fits(in[name]):
			problems = append(problems, problem{name, fmt.Sprintf("%s should be %s", name, declared.noun())})
		}
	}
	for _, name := range s.Required {
		if _, ok := in[name]; !ok {
			problems = append(problems, problem{name, fmt.Sprintf("%s is missing: it should be %s", name, s.Inputs[name].noun())})
		}
	}
	return problems
}
