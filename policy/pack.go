package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
)

// serve runs as a policy pack of the engine. It has the policies about what a stack declares; those about an edit need the
// committed graph, and are `policy preview`'s.
func serve() error {
	err := policyx.Main(func(ctx *pulumi.Context) (policyx.PolicyPack, error) {
		stack := Graph{Stack: ctx.Stack()}
		if text, ok := ctx.GetConfig("aws:defaultTags"); ok {
			var tags struct{ Tags map[string]string }
			if err := json.Unmarshal([]byte(text), &tags); err != nil {
				return nil, fmt.Errorf("reading aws:defaultTags: %w", err)
			}
			stack.DefaultTags = tags.Tags
		}
		list := make([]policyx.Policy, 0, len(policies))
		for _, p := range policies {
			if p.Acceptable {
				continue
			}
			list = append(list, policyx.NewStackValidationPolicy(p.Name, policyx.StackValidationPolicyArgs{
				Description:      p.Says,
				EnforcementLevel: policyx.EnforcementLevelMandatory,
				ValidateStack: func(_ context.Context, args policyx.StackValidationArgs) error {
					g, urns := stack, map[string]string{}
					for _, r := range args.Resources {
						made := fromEngine(r)
						g.Resources, urns[made.URN] = append(g.Resources, made), r.URN
					}
					v := &view{now: &g, policy: p}
					p.check(v)
					for _, f := range v.findings {
						args.Manager.ReportViolation(f.Says, urns[f.URN])
					}
					return nil
				},
			}))
		}
		return policyx.NewPolicyPack(project, semver.MustParse("0.1.0"), policyx.EnforcementLevelMandatory, list)
	})
	if err != nil {
		return fmt.Errorf("serving the policy pack: %w", err)
	}
	return nil
}

func fromEngine(r policyx.AnalyzerResource) Resource {
	made := Resource{URN: r.Type + "::" + r.Name, Inputs: map[string]any{}}
	// The engine hands options on as they were asked for.
	made.Protect = r.Options.Protect
	for name, value := range r.Properties.All {
		made.Inputs[name] = fromProperty(value)
	}
	return made
}

func fromProperty(v property.Value) any {
	switch {
	case v.IsComputed():
		return unknown{}
	case v.Secret():
		return hidden
	case v.IsBool():
		return v.AsBool()
	case v.IsNumber():
		return v.AsNumber()
	case v.IsString():
		text := v.AsString()
		var document map[string]any
		if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &document) == nil {
			return document
		}
		return text
	case v.IsArray():
		var all []any
		for _, e := range v.AsArray().All {
			all = append(all, fromProperty(e))
		}
		return all
	case v.IsMap():
		all := map[string]any{}
		for name, e := range v.AsMap().All {
			all[name] = fromProperty(e)
		}
		return all
	}
	return nil
}
