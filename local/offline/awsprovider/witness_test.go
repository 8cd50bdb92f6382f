package awsprovider

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/plugin"
)

// The witness of this package is the released provider that pulumi-aws bridges. `make witness` runs it.

// TestWitnessPlansEveryGraph has it plan all golden graphs of the program, and stacks at the edges of the keys.
func TestWitnessPlansEveryGraph(t *testing.T) {
	tf := findTerraform(t)
	files, err := filepath.Glob("../../../infra/pipeline/testdata/*.golden.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no golden graphs: %v", err)
	}
	graphs := readGraphs(t, append(files, edgeGraphs(t)...)...)
	resources := map[string]map[string]any{}
	declared, planned := map[string]int{}, map[string]int{}
	for n, name := range sortedKeys(graphs) {
		for i, r := range graphs[name] {
			kind := terraformType(r.token())
			if resources[kind] == nil {
				resources[kind] = map[string]any{}
			}
			resources[kind][fmt.Sprintf("g%d_%d", n, i)] = tf.converted(r.token(), r.Inputs)
			declared[name]++
		}
	}
	done, refused := tf.plan(tf.folder(resources, nil))
	for address, why := range refused {
		t.Errorf("%s: %s", address, why)
	}
	for _, r := range done {
		var n, i int
		if _, err := fmt.Sscanf(r.Name, "g%d_%d", &n, &i); err == nil {
			planned[sortedKeys(graphs)[n]]++
		}
	}
	for _, name := range sortedKeys(graphs) {
		t.Logf("%-12s %d of %d resources planned", name, planned[name], declared[name])
	}
	if !maps.Equal(planned, declared) {
		t.Errorf("not every resource was planned")
	}
}

// mutation is one changed property of a resource of a graph.
type mutation struct {
	token     tokens.Type
	what      string
	old, next map[string]any
}

const (
	untouched = "nothing"
	inPlace   = "in place"
	replaced  = "replace"
	refusal   = "refused"
)

// differently are the changes that the stand-in takes for something else than the released provider does, on one resource of
// the kind at least, and why that is as it should be.
func differently() map[string]string {
	onTheCall := "AWS refuses it on the call, the released provider does not look"
	return map[string]string{
		"MetricAlarm metricName removed":                            onTheCall,
		"MetricAlarm namespace removed":                             onTheCall,
		"MetricAlarm period removed":                                onTheCall,
		"MetricAlarm metricQueries removed":                         onTheCall,
		"BucketLifecycleConfigurationV2 rules removed":              onTheCall,
		"EventBus name changed":                                     onTheCall,
		"EventBus eventSourceName changed":                          onTheCall,
		"EventBus eventSourceName removed":                          onTheCall,
		"SecretVersion secretString removed":                        onTheCall,
		"Table attributes removed":                                  onTheCall,
		"Table hashKey removed":                                     onTheCall,
		"Table billingMode removed":                                 "the stand-in has no provisioned capacity",
		"BucketVersioningV2 versioningConfiguration.status changed": "the stand-in has no versions of objects",
	}
}

// TestWitnessAgreesOnChanges compares what the stand-in's preview says of one changed property with what the released
// provider says, from a made-up state and in one plan.
func TestWitnessAgreesOnChanges(t *testing.T) {
	tf := findTerraform(t)
	files, _ := filepath.Glob("../../../infra/pipeline/testdata/*.golden.json")
	graphs := readGraphs(t, files...)
	all := append(mutations(graphs), nonsense(graphs)...)
	says := tf.changes(all)
	count := map[string]int{}
	excuses, needed := differently(), map[string]bool{}
	var table strings.Builder
	for i, m := range all {
		want, have := says[i], standInSays(t, m)
		count[want]++
		key := string(m.token.Name()) + " " + m.what
		fmt.Fprintf(&table, "%-90s %-9s %s\n", key, want, have)
		if want == have {
			continue
		}
		needed[key] = true
		if _, excused := excuses[key]; !excused {
			t.Errorf("%s: the released provider says %q, the stand-in %q", key, want, have)
		}
	}
	for key := range excuses {
		if !needed[key] {
			t.Errorf("%s: both say the same, so it needs no excuse", key)
		}
	}
	t.Logf("%d changes: %v\n%-90s %-9s %s\n%s", len(all), count, "change", "released", "stand-in", table.String())
}

// mutations are the resources of graphs, one of each kind and set of properties, with one property changed or removed.
func mutations(graphs map[string][]registeredResource) []mutation {
	seen := map[string]bool{}
	var out []mutation
	for _, name := range sortedKeys(graphs) {
		for _, r := range graphs[name] {
			token, types := r.token(), newRegistry()
			if key := string(token) + untouched; !seen[key] {
				seen[key] = true
				out = append(out, mutation{token, untouched, r.Inputs, r.Inputs})
			}
			for _, path := range paths("", types[token].inputs, r.Inputs) {
				for _, how := range []string{"changed", "removed"} {
					what := path + " " + how
					if how == "removed" && types[token].inputs[path].identity {
						continue // Pulumi makes a name up where the released provider keeps the old one
					}
					if key := string(token) + what; !seen[key] && path != "code" {
						old, next := r.Inputs, clone(r.Inputs)
						if alter(next, strings.Split(path, "."), how == "removed") {
							seen[key] = true
							out = append(out, mutation{token, what, old, next})
						}
					}
				}
			}
		}
	}
	return out
}

// nonsense are values that AWS has no use for.
func nonsense(graphs map[string][]registeredResource) (out []mutation) {
	for _, r := range graphs["prod"] {
		in := clone(r.Inputs)
		what := ""
		queries, _ := in["metricQueries"].([]any)
		calculated := slices.IndexFunc(queries, func(q any) bool { return asObject(q)["expression"] != nil })
		switch {
		case r.token() == mappingToken:
			what, in["metricsConfig"] = "without any metric", map[string]any{"metrics": []any{}}
		case in["statistic"] != nil:
			what, in["statistic"] = "with the statistic Mean", "Mean"
		case calculated >= 0:
			what, asObject(queries[calculated])["expression"] = "with an expression of 1,025 characters", strings.Repeat("x", maxExpression+1)
		}
		if what != "" && !slices.ContainsFunc(out, func(m mutation) bool { return m.what == what }) {
			out = append(out, mutation{r.token(), what, r.Inputs, in})
		}
	}
	return out
}

// paths are the properties of a resource and those of its objects.
func paths(prefix string, fields properties, in map[string]any) (out []string) {
	for _, name := range sortedKeys(in) {
		out = append(out, prefix+name)
		if p := fields[name]; p.kind == kindObject {
			out = append(out, paths(prefix+name+".", p.fields, asObject(in[name]))...)
		}
	}
	return out
}

func clone(in map[string]any) map[string]any {
	data, _ := json.Marshal(in)
	var out map[string]any
	_ = json.Unmarshal(data, &out)
	return out
}

// alter removes a property or gives it another value that AWS would take.
func alter(in map[string]any, path []string, remove bool) bool {
	if len(path) > 1 {
		return alter(asObject(in[path[0]]), path[1:], remove)
	}
	name := path[0]
	if remove {
		delete(in, name)
		return true
	}
	switch v := in[name].(type) {
	case bool:
		in[name] = !v
	case float64:
		in[name] = map[bool]float64{true: v + 60, false: v + 1}[name == "period"]
		if other, ok := map[string]float64{"retentionInDays": 90, "recoveryWindowInDays": 7, "growthFactor": 50, "reservedConcurrentExecutions": 60, "maxMessageSize": 2048, "maximumRetryAttempts": 5, "maximumEventAgeInSeconds": 60, "messageRetentionSeconds": 3600, "receiveWaitTimeSeconds": 5}[name]; ok {
			in[name] = other
		}
	case string:
		others := map[string]string{
			"logFormat": "Text", "applicationLogLevel": "ERROR", "systemLogLevel": "WARN", "mode": "PassThrough", "statistic": "Sum",
			"treatMissingData": "breaching", "comparisonOperator": "LessThanThreshold", "growthType": "EXPONENTIAL", "replicateTo": "SSM_DOCUMENT",
			"functionVersion": "8", "configurationVersion": "9", "objectOwnership": "ObjectWriter", "status": "Suspended", "applicationId": "app5678",
			"environmentId": "env5678", "configurationProfileId": "pro5678", "deploymentStrategyId": "str5678", "eventSourceName": "aws.partner/other/1",
			"queueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/other", "contentType": "text/plain",
		}
		switch other := others[name]; {
		case slices.Contains([]string{"billingMode", "locationUri", "runtime", "hashKey"}, name):
			return false
		case name == "statistic" && v == other:
			in[name] = "Average"
		case other != "" && v != other:
			in[name] = other
		default:
			in[name] = v + "x"
		}
	case []any:
		texts := []any{}
		for _, e := range v {
			if text, ok := e.(string); ok && name != "functionResponseTypes" && name != "metrics" && name != "architectures" {
				texts = append(texts, text+"x")
			}
		}
		if len(texts) == 0 {
			return false
		}
		in[name] = texts
	default:
		return false
	}
	return true
}

func standInSays(t *testing.T, m mutation) string {
	t.Helper()
	r := bound{newRegistry()[m.token], New("", nil)}
	if _, problems := r.Check(plugin.ToProperty(withCode(t, m, m.next)).ObjectValue()); len(problems) > 0 {
		return refusal
	}
	result := r.diff(withCode(t, m, m.old), withCode(t, m, m.next))
	switch {
	case len(result.ReplaceKeys) > 0:
		return replaced
	case len(result.ChangedKeys) > 0:
		return inPlace
	}
	return untouched
}

// withCode puts an archive where the graphs name one.
func withCode(t *testing.T, m mutation, in map[string]any) args {
	t.Helper()
	out := args(maps.Clone(in))
	if m.token.Name() == "Function" {
		out["code"] = &resource.Archive{Hash: "x", Path: "function.zip"}
	}
	return out
}

// changes is what the released provider says of each mutation.
func (tf *terraform) changes(all []mutation) []string {
	tf.t.Helper()
	configs := func(pick func(mutation) map[string]any, skip map[string]string) map[string]map[string]any {
		out := map[string]map[string]any{}
		for i, m := range all {
			kind, name := terraformType(m.token), fmt.Sprintf("m%d", i)
			if _, refused := skip[kind+"."+name]; refused {
				continue
			}
			if out[kind] == nil {
				out[kind] = map[string]any{}
			}
			out[kind][name] = tf.converted(m.token, pick(m))
		}
		return out
	}
	// What a create would make of the old inputs is the state: it has the provider's defaults.
	old, broken := tf.plan(tf.folder(configs(func(m mutation) map[string]any { return m.old }, nil), nil))
	if len(broken) > 0 {
		tf.t.Fatalf("the old inputs are refused: %v", broken)
	}
	state := tf.state(old)
	next := func(m mutation) map[string]any { return m.next }
	changes, refused := tf.plan(tf.folder(configs(next, nil), state))
	for rounds := 0; len(changes) == 0; rounds++ { // what is refused hides the rest
		if refused[""] != "" || rounds == 5 {
			tf.t.Fatalf("the released provider refuses more and more: %v", refused)
		}
		var more map[string]string
		changes, more = tf.plan(tf.folder(configs(next, refused), state))
		maps.Copy(refused, more)
	}
	says := make([]string, len(all))
	for i, m := range all {
		address := fmt.Sprintf("%s.m%d", terraformType(m.token), i)
		says[i] = refusal
		for _, c := range changes {
			if c.Address != address || refused[address] != "" {
				continue
			}
			switch strings.Join(c.Change.Actions, " ") {
			case "no-op":
				says[i] = untouched
			case "update":
				// A secret is marked in the configuration and not in the made-up state, which counts as an update.
				if says[i] = inPlace; len(c.Change.Unknown) == 0 && reflect.DeepEqual(c.Change.Before, c.Change.After) {
					says[i] = untouched
				}
			case "delete create", "create delete":
				says[i] = replaced
			default:
				says[i] = strings.Join(c.Change.Actions, " ")
			}
		}
	}
	return says
}

// state is a state file in which everything is as planned, and what is not known yet has been made up.
func (tf *terraform) state(changes []planned) any {
	resources := []any{}
	for _, c := range changes {
		attributes := maps.Clone(c.Change.After)
		for name := range c.Change.Unknown {
			if a, ok := tf.schemas[c.Type].Attributes[name]; ok && attributes[name] == nil {
				kind := fmt.Sprint(a.Type)
				switch {
				case kind == "string" && (name == "id" || strings.Contains(name, "arn")):
					attributes[name] = "made-up"
				case kind == "string":
					attributes[name] = ""
				case kind == "number":
					attributes[name] = 0
				case kind == "bool":
					attributes[name] = false
				case strings.HasPrefix(kind, "[map"):
					attributes[name] = map[string]any{}
				default:
					attributes[name] = []any{}
				}
			}
		}
		resources = append(resources, map[string]any{
			"mode": "managed", "type": c.Type, "name": c.Name, "provider": `provider["registry.terraform.io/hashicorp/aws"]`,
			"instances": []any{map[string]any{"schema_version": tf.versions[c.Type], "attributes": attributes}},
		})
	}
	return map[string]any{
		"version": 4, "terraform_version": "1.11.0", "serial": 1, "lineage": "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4", "outputs": map[string]any{},
		"resources": resources,
	}
}
