package provider

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"cc-eventbridge/genesys/plugin"
)

// Check refuses inputs that Genesys Cloud would refuse, adds defaults, and the status that the resource shall have.
func (r *resourceType) Check(news resource.PropertyMap) (resource.PropertyMap, []problem) {
	news = news.Copy()
	delete(news, statusKey)
	for name, declared := range r.Inputs {
		key := resource.PropertyKey(name)
		if v, set := news[key]; declared.Default != nil && (!set || v.IsNull()) {
			news[key] = resource.NewPropertyValue(declared.Default)
		}
	}
	in := plugin.Plain(news)
	problems := r.check(in)
	if len(problems) == 0 {
		problems = discreet(r.problems(in), news)
	}
	if len(problems) == 0 {
		news[statusKey] = plugin.ToProperty(r.intendedStatus(in))
	}
	return news, problems
}

// discreet leaves out of the reasons what the program has marked as secret.
func discreet(problems []problem, news resource.PropertyMap) []problem {
	for i, p := range problems {
		if news[resource.PropertyKey(p.Property)].ContainsSecrets() {
			problems[i].Reason = p.Property + " has a value, which is secret, that Genesys Cloud would refuse: see the property's description"
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
			problems = append(problems, problem{Property: name, Reason: fmt.Sprintf("there is no property %q%s", name, s.suggestion(name))})
		case in[name] != any(unknown{}) && !declared.fits(in[name]):
			problems = append(problems, problem{Property: name, Reason: fmt.Sprintf("%s should be %s", name, declared.noun())})
		}
	}
	for _, name := range s.Required {
		if _, ok := in[name]; !ok {
			problems = append(problems, problem{Property: name, Reason: fmt.Sprintf("%s is missing: it should be %s", name, s.Inputs[name].noun())})
		}
	}
	return problems
}
