package awsprovider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// releasedFile has the calls that the released provider makes on the emulator. `make witness RECORD=1` writes it, and
// `go test ./offline/awsprovider -run TestPolicyFiles -update` the policies after it.
const releasedFile = "testdata/released-calls.json"

// TestWitnessRecordsCalls has the released provider create, read, change and destroy the stacks of golden graphs on the emulator.
// It takes minutes, since the provider waits for queue attributes to settle, and so runs only with RECORD.
func TestWitnessRecordsCalls(t *testing.T) {
	if os.Getenv("RECORD") == "" {
		t.Skip("SKIPPED, nothing was recorded: it takes minutes; RECORD=1 does")
	}
	tf := findTerraform(t)
	a := &applied{terraform: tf, endpoint: startEmulator(t), calls: map[string][]string{}}
	a.prepare()
	for _, step := range []struct {
		phase, team string
		args        []string
	}{
		{"create", "one", []string{"apply", "-input=false", "-auto-approve", "-refresh=false"}},
		{"read", "one", []string{"plan", "-input=false", "-refresh-only"}},
		{"edit", "two", []string{"apply", "-input=false", "-auto-approve", "-refresh=false"}},
		{"destroy", "two", []string{"destroy", "-input=false", "-auto-approve", "-refresh=false"}},
	} {
		if step.phase == "destroy" {
			// The emulator never takes these away, and the provider waits for it: see unremovable in quirks.go.
			a.forget("aws_sqs_queue_redrive_policy.registered_ingestion", "aws_sqs_queue_redrive_allow_policy.registered_dead-letter")
		}
		a.write(filepath.Join(a.dir, "terraform.tfvars.json"), map[string]any{"team": step.team})
		a.step(step.phase, step.args...)
	}
	*updateFiles = true
	compareFile(t, releasedFile, a.calls)
}

// applied is a configuration of the released provider that is applied to an emulator.
type applied struct {
	*terraform
	endpoint, dir string
	calls         map[string][]string
}

// Some lines of the provider's log about a request have both, in any order.
var (
	rpcMethod  = regexp.MustCompile(`rpc\.method=(\w+)`)
	rpcService = regexp.MustCompile(`rpc\.service=("[\w ]+"|\w+)`)
)

func (a *applied) step(phase string, args ...string) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), 8*time.Minute)
	defer cancel()
	log := filepath.Join(a.dir, phase+".log")
	cmd := exec.CommandContext(ctx, a.program, append(args, "-no-color", "-parallelism=30")...)
	cmd.Dir = a.dir
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(a.dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"AWS_EC2_METADATA_DISABLED=true", "TF_LOG_PROVIDER=DEBUG", "TF_LOG_PATH="+log)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		a.t.Errorf("%s: %v\n%s", phase, err, out)
	}
	data, err := os.ReadFile(log)
	if err != nil {
		a.t.Fatal(err)
	}
	found := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		method, service := rpcMethod.FindStringSubmatch(line), rpcService.FindStringSubmatch(line)
		if method != nil && service != nil {
			found[strings.ToLower(strings.NewReplacer(" ", "", `"`, "").Replace(service[1]))+":"+method[1]] = true
		}
	}
	a.calls[phase] = slices.Sorted(maps.Keys(found))
	a.t.Logf("%s took %s, %d operations", phase, time.Since(began).Round(time.Second), len(found))
}

// forget takes resources out of the state.
func (a *applied) forget(addresses ...string) {
	a.t.Helper()
	cmd := exec.CommandContext(a.t.Context(), a.program, append([]string{"state", "rm"}, addresses...)...)
	cmd.Dir, cmd.Env = a.dir, append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(a.dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		a.t.Fatalf("forgetting %s: %v\n%s", addresses, err, out)
	}
}

// prepare writes the configuration: the golden graphs, with references in the place of what they name.
func (a *applied) prepare() {
	a.t.Helper()
	types, config := newRegistry(), map[string]map[string]any{}
	var refs []string // old and new, for a Replacer
	for _, stack := range []string{"registered", "eventbridge"} {
		data, err := os.ReadFile("../../../infra/pipeline/testdata/" + stack + ".golden.json")
		if err != nil {
			a.t.Fatal(err)
		}
		var all []registeredResource
		if err := json.Unmarshal(data, &all); err != nil {
			a.t.Fatal(err)
		}
		for _, r := range all {
			_, name, _ := strings.Cut(r.URN, "::")
			if !strings.HasPrefix(r.URN, "aws:") || strings.Contains(r.URN, ":MetricAlarm::") && name != "flags-rollback" {
				continue
			}
			protocol := fmt.Sprint(r.Inputs["protocol"])
			switch {
			case stack == "eventbridge" && !strings.HasPrefix(r.URN, "aws:secretsmanager/"):
				continue // the other stack has all else
			case protocol == "https" || protocol == "email":
				continue // the emulator does not answer what waits for its confirmation
			}
			kind, label := terraformType(r.token()), stack+"_"+name
			at := kind + "." + label
			physical, _ := r.Inputs["name"].(string)
			if physical == "" {
				physical = name
			}
			token := strings.TrimPrefix(string(r.token()), "aws:")
			_, short, _ := strings.Cut(token, "/")
			refs = append(refs, "arn:of:"+short+":"+physical+`"`, "«"+at+`.arn»"`, "arn:of:"+short+":"+physical+"/", "«"+at+".arn»/",
				"arn:of:"+short+":"+physical+":*", "«"+at+".arn»:*")
			in := r.Inputs
			for key, value := range in {
				if types[r.token()].inputs[key].kind == kindString {
					in[key] = documentText(value)
				}
				switch {
				case value == "[secret]" && key == "content":
					in[key] = "{}"
				case value == "[function/flags/schema.json]":
					in[key] = "{}"
				}
			}
			delete(in, "permissionsBoundary")
			if in["deletionProtectionEnabled"] != nil {
				in["deletionProtectionEnabled"] = false
			}
			if in["description"] == "" || strings.HasPrefix(fmt.Sprint(in["description"]), "map[") {
				delete(in, "description")
			}
			if validators, ok := in["validators"].([]any); ok {
				asObject(validators[0])["content"] = "{}"
			}
			delete(in, "eventSourceName")
			if kind == "aws_cloudwatch_event_bus" {
				in["name"] = "partner" // the emulator has no tags for rules of a bus with slashes in its name
			}
			out := a.converted(r.token(), in)
			a.refer(kind, stack, out)
			if config[kind] == nil {
				config[kind] = map[string]any{}
			}
			config[kind][label] = out
		}
	}
	a.dir = a.folder(nil, nil)
	whole := map[string]any{
		"terraform": map[string]any{"required_providers": map[string]any{"aws": map[string]any{"source": "hashicorp/aws", "version": releasedProvider}}},
		"variable":  map[string]any{"team": map[string]any{"type": "string"}},
		"provider": map[string]any{"aws": map[string]any{
			"region": testRegion, "access_key": "test", "secret_key": "test", "skip_metadata_api_check": true, "skip_region_validation": true,
			"skip_credentials_validation": true, "s3_use_path_style": true,
			"default_tags": map[string]any{"tags": map[string]any{"team": "«var.team»"}},
			"endpoints": func() any {
				all := map[string]any{}
				for _, service := range []string{
					"appconfig", "cloudwatch", "dynamodb", "events", "iam", "kms", "lambda", "logs", "s3", "secretsmanager", "sns", "sqs", "sts",
				} {
					all[service] = a.endpoint
				}
				return all
			}(),
		}},
		"resource": config,
	}
	text, err := json.MarshalIndent(whole, "", " ")
	if err != nil {
		a.t.Fatal(err)
	}
	done := strings.NewReplacer(refs...).Replace(string(text))
	// Within a document in a string, quotes are escaped.
	var escaped []string
	for _, ref := range refs {
		escaped = append(escaped, strings.ReplaceAll(ref, `"`, `\"`))
	}
	done = strings.NewReplacer(escaped...).Replace(done)
	done = strings.NewReplacer("«", "${", "»", "}", "123456789012", "000000000000", "us-east-1", testRegion).Replace(done)
	if err := os.WriteFile(filepath.Join(a.dir, "main.tf.json"), []byte(done), 0o600); err != nil {
		a.t.Fatal(err)
	}
	code := functionZip(a.t, "recorded")
	data, err := os.ReadFile(code.Path)
	if err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.dir, "function.zip"), data, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// refer puts references in the place of ids and names that order what is made.
func (a *applied) refer(kind, stack string, out map[string]any) {
	at := func(kind, name, attribute string) string {
		return "«" + kind + "." + stack + "_" + name + "." + attribute + "»"
	}
	set := func(key, to string) {
		if _, ok := out[key]; ok {
			out[key] = to
		}
	}
	set("application_id", at("aws_appconfig_application", "flags", "id"))
	set("environment_id", at("aws_appconfig_environment", "live", "environment_id"))
	set("configuration_profile_id", at("aws_appconfig_configuration_profile", "flags", "configuration_profile_id"))
	set("deployment_strategy_id", at("aws_appconfig_deployment_strategy", "flags", "id"))
	set("configuration_version", at("aws_appconfig_hosted_configuration_version", "flags", "version_number"))
	set("secret_id", at("aws_secretsmanager_secret", "downstream", "id"))
	set("target_key_id", at("aws_kms_key", "alarms", "key_id"))
	set("function_version", at("aws_lambda_function", "processor", "version"))
	set("event_bus_name", at("aws_cloudwatch_event_bus", "partner", "name"))
	if kind == "aws_cloudwatch_event_target" {
		set("rule", at("aws_cloudwatch_event_rule", "topics", "name"))
	}
	if strings.HasPrefix(kind, "aws_s3_bucket_") {
		set("bucket", at("aws_s3_bucket", "payloads", "id"))
	}
	if kind == "aws_lambda_alias" {
		set("function_name", at("aws_lambda_function", "processor", "function_name"))
	}
	if kind == "aws_iam_role_policy" {
		name := map[string]string{"watch-alarm": "flags", "process-events": "processor", "send-to-ingestion-queue": "writer"}[fmt.Sprint(out["name"])]
		set("role", at("aws_iam_role", name, "name"))
	}
	if url, ok := out["queue_url"].(string); ok {
		name := strings.TrimPrefix(url[strings.LastIndex(url, "/")+1:], stack+"-cc-eventbridge-")
		out["queue_url"] = at("aws_sqs_queue", strings.NewReplacer("rule-dlq", "rule-dead-letter", "dlq", "dead-letter").Replace(name), "id")
	}
	if kind == "aws_lambda_function" {
		out["environment"] = []any{map[string]any{"variables": map[string]any{"TEAM": "«var.team»"}}}
		out["depends_on"] = []any{"aws_iam_role_policy." + stack + "_processor", "aws_cloudwatch_log_group." + stack + "_processor"}
	}
	if kind == "aws_lambda_event_source_mapping" {
		out["depends_on"] = []any{"aws_sqs_queue_redrive_policy." + stack + "_ingestion"}
	}
}
