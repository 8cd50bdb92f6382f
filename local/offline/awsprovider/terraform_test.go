package awsprovider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// terraform is the released provider that pulumi-aws v6.83 bridges, in a folder of its own. It has no credentials and
// reaches nothing.
type terraform struct {
	t       *testing.T
	program string
	mirror  string
	schemas map[string]block
	// versions are those of the schemas, which a state names.
	versions map[string]int
}

// releasedProvider is what pulumi-aws 6.83 was made from.
const releasedProvider = "5.100.0"

// findTerraform looks for the Terraform CLI and for a filesystem mirror with the released provider, and skips the test
// where there is none: neither can be fetched from a package registry.
func findTerraform(t *testing.T) *terraform {
	t.Helper()
	tf := &terraform{t: t, program: os.Getenv("TERRAFORM")}
	if tf.program == "" {
		var err error
		if tf.program, err = exec.LookPath("terraform"); err != nil {
			t.Skip("SKIPPED, nothing was compared: there is no Terraform CLI on PATH; TERRAFORM names one")
		}
	}
	home, _ := os.UserHomeDir()
	places := []string{os.Getenv("TF_PLUGIN_MIRROR"), filepath.Join(home, ".terraform.d", "plugins"), "/usr/share/terraform/plugins", "/opt/tf-plugins"}
	for dir, _ := os.Getwd(); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		places = append(places, filepath.Join(dir, "tf-plugins"))
	}
	for _, place := range places {
		found, _ := filepath.Glob(filepath.Join(place, "registry.terraform.io", "hashicorp", "aws", releasedProvider))
		if place != "" && len(found) > 0 {
			tf.mirror = place
			tf.readSchemas()
			return tf
		}
	}
	t.Skipf("SKIPPED, nothing was compared: no filesystem mirror has hashicorp/aws %s; TF_PLUGIN_MIRROR names one", releasedProvider)
	return nil
}

// folder is an initialised folder for the configuration and the state.
func (tf *terraform) folder(resources map[string]map[string]any, state any) string {
	tf.t.Helper()
	dir := tf.t.TempDir()
	config := map[string]any{
		"terraform": map[string]any{"required_providers": map[string]any{"aws": map[string]any{"source": "hashicorp/aws", "version": releasedProvider}}},
		"provider": map[string]any{"aws": map[string]any{
			"region": "us-east-1", "access_key": "none", "secret_key": "none", "skip_credentials_validation": true, "skip_metadata_api_check": true,
			"skip_requesting_account_id": true, "skip_region_validation": true,
			"endpoints": map[string]any{"sts": "http://127.0.0.1:1"},
		}},
	}
	if len(resources) > 0 {
		config["resource"] = resources
	}
	tf.write(filepath.Join(dir, "main.tf.json"), config)
	if state != nil {
		tf.write(filepath.Join(dir, "terraform.tfstate"), state)
	}
	tf.write(filepath.Join(dir, "cli.tfrc"), nil)
	tf.must(tf.run(dir, "init", "-input=false", "-plugin-dir="+tf.mirror))
	return dir
}

func (tf *terraform) write(path string, v any) {
	tf.t.Helper()
	data := []byte{}
	if v != nil {
		data, _ = json.MarshalIndent(v, "", " ")
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tf.t.Fatal(err)
	}
}

func (tf *terraform) run(dir string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(tf.t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, tf.program, append(args, "-no-color")...)
	if args[0] == "show" || args[0] == "providers" {
		cmd = exec.CommandContext(ctx, tf.program, args...)
	}
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"AWS_EC2_METADATA_DISABLED=true")
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("terraform %s: %w: %s", args[0], err, errs.String())
	}
	return out.Bytes(), nil
}

func (tf *terraform) must(out []byte, err error) []byte {
	tf.t.Helper()
	if err != nil {
		tf.t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// block is what a schema says of a resource or of a part of it.
type block struct {
	Attributes map[string]struct {
		Type     any  `json:"type"`
		Computed bool `json:"computed"`
	} `json:"attributes"`
	Blocks map[string]struct {
		Block block `json:"block"`
	} `json:"block_types"`
}

func (tf *terraform) readSchemas() {
	tf.t.Helper()
	var out struct {
		Providers map[string]struct {
			Resources map[string]struct {
				Version int   `json:"version"`
				Block   block `json:"block"`
			} `json:"resource_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(tf.must(tf.run(tf.folder(nil, nil), "providers", "schema", "-json")), &out); err != nil {
		tf.t.Fatal(err)
	}
	tf.schemas, tf.versions = map[string]block{}, map[string]int{}
	for _, p := range out.Providers {
		for name, r := range p.Resources {
			tf.schemas[name], tf.versions[name] = r.Block, r.Version
		}
	}
}

// event is a line of what plan says with -json.
type event struct {
	Type       string
	Change     struct{ Resource struct{ Addr string } }
	Diagnostic struct {
		Severity, Summary, Detail, Address string
		Range                              struct{ Start struct{ Line int } }
	}
}

// plan plans a folder. refused are the errors by resource; done is the plan where there are none.
func (tf *terraform) plan(dir string) (done []planned, refused map[string]string) {
	tf.t.Helper()
	out, err := tf.run(dir, "plan", "-input=false", "-refresh=false", "-lock=false", "-json", "-out=plan")
	refused = map[string]string{}
	for line := range bytes.Lines(out) {
		var e event
		if json.Unmarshal(line, &e) == nil && e.Diagnostic.Severity == "error" {
			address := e.Diagnostic.Address
			if address == "" {
				address = tf.declaredAt(dir, e.Diagnostic.Range.Start.Line)
			}
			refused[address] += e.Diagnostic.Summary + " " + e.Diagnostic.Detail + "; "
		}
	}
	if len(refused) > 0 {
		return nil, refused
	}
	tf.must(out, err)
	var shown struct {
		Changes []planned `json:"resource_changes"`
	}
	if err := json.Unmarshal(tf.must(tf.run(dir, "show", "-json", "plan")), &shown); err != nil {
		tf.t.Fatal(err)
	}
	return shown.Changes, nil
}

// declaredAt is the resource that a line of the configuration belongs to: some errors name no other place.
func (tf *terraform) declaredAt(dir string, line int) (address string) {
	tf.t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "main.tf.json"))
	if err != nil {
		tf.t.Fatal(err)
	}
	kind, number := "", 0
	for text := range strings.Lines(string(data)) {
		name := strings.Trim(text, " \"{:\n")
		switch number++; {
		case number > line:
			return address
		case strings.HasPrefix(text, `   "`) && kind != "": // type, name and properties are indented by 2, 3 and 4
			address = kind + "." + name
		case strings.HasPrefix(text, `  "aws_`):
			kind = name
		}
	}
	return address
}

// planned is what a plan does with a resource.
type planned struct {
	Address, Type, Name string
	Change              struct {
		Actions []string
		After   map[string]any
		Before  map[string]any
		Unknown map[string]any `json:"after_unknown"`
	}
}

// registeredResource is a resource of a golden graph.
type registeredResource struct {
	URN    string         `json:"resource"`
	Inputs map[string]any `json:"inputs"`
}

func (r registeredResource) token() tokens.Type {
	t, _, _ := strings.Cut(r.URN, "::")
	return tokens.Type(t)
}

// readGraphs reads the resources of aws in golden graphs, with what the graphs name made up.
func readGraphs(t *testing.T, files ...string) map[string][]registeredResource {
	t.Helper()
	graphs, types := map[string][]registeredResource{}, newRegistry()
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var all []registeredResource
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".json"), ".golden")
		for _, r := range all {
			if strings.HasPrefix(r.URN, "aws:") {
				for key, value := range r.Inputs {
					r.Inputs[key] = plausible(t, key, value)
					if types[r.token()].inputs[key].kind == kindString { // the graphs show a JSON text as what it means
						r.Inputs[key] = documentText(r.Inputs[key])
					}
				}
				graphs[name] = append(graphs[name], r)
			}
		}
	}
	return graphs
}

var madeUpARN = regexp.MustCompile(`arn:of:(\w+):\w+:`)

// plausible makes of what a golden graph names what AWS could have answered.
func plausible(t *testing.T, key string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = plausible(t, k, e)
		}
	case []any:
		for i, e := range v {
			v[i] = plausible(t, key, e)
		}
	case string:
		if id, ok := map[string]string{
			"applicationId": "app1234", "environmentId": "env1234", "configurationProfileId": "pro1234", "deploymentStrategyId": "str1234",
		}[key]; ok {
			return id
		}
		if v == "[function/flags/schema.json]" {
			schema, err := os.ReadFile("../../../function/flags/schema.json")
			if err != nil {
				t.Fatal(err)
			}
			return string(schema)
		}
		return madeUpARN.ReplaceAllStringFunc(v, func(found string) string {
			switch kind := madeUpARN.FindStringSubmatch(found)[1]; kind {
			case "role":
				return "arn:aws:iam::123456789012:role/"
			case "bucketV2":
				return "arn:aws:s3:::"
			case "queue":
				return "arn:aws:sqs:us-east-1:123456789012:"
			case "topic":
				return "arn:aws:sns:us-east-1:123456789012:"
			case "alias":
				return "arn:aws:lambda:us-east-1:123456789012:function:f:"
			case "eventBus":
				return "arn:aws:events:us-east-1:123456789012:event-bus/"
			case "metricAlarm":
				return "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"
			default:
				return "arn:aws:" + strings.ToLower(kind) + ":us-east-1:123456789012:" + kind + "/"
			}
		})
	}
	return value
}

// snake is how Terraform writes a name of Pulumi.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// terraformType is Terraform's name of a resource type.
func terraformType(token tokens.Type) string {
	module, _, _ := strings.Cut(strings.TrimPrefix(string(token), "aws:"), "/")
	name := snake(strings.TrimSuffix(string(token.Name()), "V2"))
	if module == "sqs" && name != "queue" && !strings.HasPrefix(name, "queue_") {
		name = "queue_" + name
	}
	return "aws_" + module + "_" + name
}

// converted is a resource in Terraform's JSON.
func (tf *terraform) converted(token tokens.Type, in map[string]any) map[string]any {
	tf.t.Helper()
	schema, ok := tf.schemas[terraformType(token)]
	if !ok {
		tf.t.Fatalf("the released provider has no %s", terraformType(token))
	}
	out := tf.convertedBlock(schema, in)
	if token.Name() == "Function" {
		delete(out, "code")
		out["filename"] = "function.zip"
	}
	return out
}

func (tf *terraform) convertedBlock(schema block, in map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range in {
		name := snake(key)
		for _, other := range []string{name, strings.TrimSuffix(name, "s"), strings.TrimSuffix(name, "ies") + "y", "function_" + name, "alarm_" + name, name + "_arn"} {
			_, isAttribute := schema.Attributes[other]
			_, isBlock := schema.Blocks[other]
			if isAttribute || isBlock {
				name = other
				break
			}
		}
		if b, isBlock := schema.Blocks[name]; isBlock {
			switch v := value.(type) {
			case map[string]any:
				out[name] = []any{tf.convertedBlock(b.Block, v)}
			case []any:
				list := []any{}
				for _, e := range v {
					list = append(list, tf.convertedBlock(b.Block, asObject(e)))
				}
				out[name] = list
			}
			continue
		}
		if schema.Attributes[name].Type == "string" {
			value = normalScalar(kindString, value)
			if _, isText := value.(string); !isText {
				value = documentText(value)
			}
		}
		if text, isText := value.(string); isText { // not a template
			value = strings.ReplaceAll(strings.ReplaceAll(text, "${", "$${"), "%{", "%%{")
		}
		out[name] = value
	}
	return out
}

// edgeGraphs has the program's own tests write the graphs of stacks at the edges of the configuration keys.
func edgeGraphs(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run", "TestGraphsAtTheEdges", "./pipeline")
	cmd.Dir, cmd.Env = "../../../infra", append(os.Environ(), "GRAPHS="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("writing the graphs at the edges: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no graph was written: %v", errors.Join(err, fs.ErrNotExist))
	}
	return files
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
