package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/smithy-go/encoding/cbor"

	"cc-eventbridge/function/contract"
)

const alarmTopic = "arn:aws:sns:us-east-1:000000000000:prod-alarms"

// deployed is what a fake AWS API knows of a stack beside its queues and its bucket: the function, its consumer, alarms, metrics
// and flags, in the wire formats of these services.
type deployed struct {
	// refuse has the codes with which operations are refused.
	refuse map[string]string
	// metrics are the values of each, by the id that they are asked by.
	metrics map[string][]float64
	// alarms are the states by name. Those that begin with "other" notify another topic.
	alarms map[string]string

	enabled    bool
	version    string
	deployment map[string]any
	// switching is how many looks see the mapping on its way once it was switched.
	switching int

	// content is the flags document in effect, created the one that was made last, and started the deployment of it.
	content, created string
	started          map[string]any

	// records are the states that a probe sees one after the other; the last one stays. read is the key that was asked for.
	records []string
	read    string
}

// outputs writes a file with a stack's outputs, and has the fake know the stack.
func (s *server) outputs(t *testing.T) string {
	t.Helper()
	s.queues["dead"] = nil
	s.stack = deployed{
		refuse: map[string]string{}, metrics: map[string][]float64{}, alarms: map[string]string{}, enabled: true, version: "7",
		deployment: map[string]any{"DeploymentNumber": 4, "ConfigurationVersion": "3", "State": "COMPLETE", "PercentageComplete": 100},
	}
	text, err := json.Marshal(map[string]string{
		contract.OutputIngestionQueueURL: s.url(callers, "ingestion"), contract.OutputValidationQueueURL: s.url(callers, "validation"),
		contract.OutputDeadLetterQueueURL: s.url(callers, "dead"), contract.OutputFunction: "prod-processor",
		contract.OutputFunctionAlias:      "arn:aws:lambda:us-east-1:000000000000:function:prod-processor:live",
		contract.OutputEventSourceMapping: "mapping-1", contract.OutputAlarmTopic: alarmTopic,
		contract.OutputFlagsApplication: "app", contract.OutputFlagsEnvironment: "env", contract.OutputFlagsProfile: "profile",
		contract.OutputFlagsStrategy: "strategy", contract.OutputDedupTable: "dedup",
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "outputs.json")
	write(t, file, string(text))
	return file
}

// serves answers requests for anything but queues, buckets and the caller.
func (d *deployed) serves(w http.ResponseWriter, r *http.Request) bool {
	operation := operationOf(r)
	if operation == "" {
		return false
	}
	if code := d.refuse[operation]; code != "" {
		if strings.HasPrefix(r.URL.Path, "/service/") {
			w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
			w.WriteHeader(http.StatusBadRequest)
			w.Write(cbor.Encode(cbor.Map{"__type": cbor.String("com.amazonaws.cloudwatch#" + code), "message": cbor.String("no")}))
			return true
		}
		w.Header().Set("X-Amzn-ErrorType", code)
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"message":"no"}`)
		return true
	}
	var answer any
	switch operation {
	case "GetMetricData":
		var results cbor.List
		for id, values := range d.metrics {
			var list cbor.List
			for _, v := range values {
				list = append(list, cbor.Float64(v))
			}
			results = append(results, cbor.Map{"Id": cbor.String(id), "Values": list})
		}
		answerCBOR(w, cbor.Map{"MetricDataResults": results})
		return true
	case "DescribeAlarms":
		var alarms cbor.List
		for name, state := range d.alarms {
			topic := alarmTopic
			if strings.HasPrefix(name, "other") {
				topic += "-other"
			}
			alarms = append(alarms, cbor.Map{
				"AlarmName": cbor.String(name), "StateValue": cbor.String(state), "AlarmActions": cbor.List{cbor.String(topic)},
			})
		}
		answerCBOR(w, cbor.Map{"MetricAlarms": alarms})
		return true
	case "GetFunctionConfiguration":
		answer = map[string]any{"State": "Active", "FunctionName": "prod-processor", "Timeout": 120}
	case "GetAlias":
		answer = map[string]any{"FunctionVersion": d.version, "RevisionId": "revision-1"}
	case "GetFunctionConcurrency":
		answer = map[string]any{"ReservedConcurrentExecutions": 60}
	case "GetEventSourceMapping":
		state := map[bool]string{true: "Enabled", false: "Disabled"}[d.enabled]
		if d.switching > 0 {
			d.switching--
			state = map[bool]string{true: "Enabling", false: "Disabling"}[d.enabled]
		}
		answer = map[string]any{
			"State": state, "BatchSize": 10, "LastProcessingResult": "OK", "ScalingConfig": map[string]int{"MaximumConcurrency": 50},
			"MaximumBatchingWindowInSeconds": 5,
		}
	case "ListVersionsByFunction":
		versions := []map[string]any{{"Version": "$LATEST"}}
		for _, version := range []string{"3", "9", "6", "7"} {
			versions = append(versions, map[string]any{"Version": version, "LastModified": "2026-01-31T00:00:00.000+0000"})
		}
		answer = map[string]any{"Versions": versions}
	case "UpdateAlias":
		var in struct{ FunctionVersion, RevisionID string }
		decodeBody(r, &in)
		if in.RevisionID != "revision-1" {
			panic(in)
		}
		d.version = in.FunctionVersion
		answer = map[string]any{"FunctionVersion": d.version}
	case "GetItem":
		var in struct{ Key map[string]map[string]string }
		decodeBody(r, &in)
		d.read = in.Key[contract.TableKey]["S"]
		state := d.records[0]
		d.records = d.records[min(1, len(d.records)-1):]
		item := map[string]any{}
		if state != "" {
			item[contract.TableState] = map[string]string{"S": state}
		}
		answer = map[string]any{"Item": item}
	case "UpdateEventSourceMapping":
		var in struct{ Enabled bool }
		decodeBody(r, &in)
		d.enabled, d.switching = in.Enabled, 2
		answer = map[string]any{"State": "Updating"}
	case "GetHostedConfigurationVersion":
		w.Header().Set("Version-Number", "3")
		fmt.Fprint(w, d.content)
		return true
	case "CreateHostedConfigurationVersion":
		text, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		d.created = string(text)
		w.Header().Set("Version-Number", "8")
		return true
	case "StartDeployment":
		d.started = map[string]any{}
		decodeBody(r, &d.started)
		answer = map[string]any{"DeploymentNumber": 5}
	case "ListDeployments":
		items := []any{}
		if d.deployment != nil {
			items = append(items, d.deployment)
		}
		answer = map[string]any{"Items": items}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err)
	}
	return true
}

func decodeBody(r *http.Request, to any) {
	if err := json.NewDecoder(r.Body).Decode(to); err != nil {
		panic(err)
	}
}

func answerCBOR(w http.ResponseWriter, answer cbor.Value) {
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	w.Write(cbor.Encode(answer))
}

// operationOf is the operation that a request is for, "" for SQS, S3 and STS.
func operationOf(r *http.Request) string {
	path := r.URL.Path
	_, last, _ := cutLast(path)
	switch {
	case strings.HasPrefix(path, "/service/"):
		return last
	case strings.Contains(path, "/event-source-mappings/"):
		return map[string]string{http.MethodGet: "GetEventSourceMapping", http.MethodPut: "UpdateEventSourceMapping"}[r.Method]
	case strings.Contains(path, "/aliases/"):
		return map[string]string{http.MethodGet: "GetAlias", http.MethodPut: "UpdateAlias"}[r.Method]
	case strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_"):
		return "GetItem"
	case strings.HasSuffix(path, "/versions"):
		return "ListVersionsByFunction"
	case strings.HasSuffix(path, "/configuration"):
		return "GetFunctionConfiguration"
	case strings.HasSuffix(path, "/concurrency"):
		return "GetFunctionConcurrency"
	case strings.HasSuffix(path, "/deployments"):
		return map[string]string{http.MethodGet: "ListDeployments", http.MethodPost: "StartDeployment"}[r.Method]
	case strings.Contains(path, "/hostedconfigurationversions"):
		return map[string]string{http.MethodGet: "GetHostedConfigurationVersion", http.MethodPost: "CreateHostedConfigurationVersion"}[r.Method]
	}
	return ""
}

func cutLast(path string) (before, after string, found bool) {
	i := strings.LastIndex(path, "/")
	return path[:max(i, 0)], path[i+1:], i >= 0
}
