package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"syscall"
	"testing"
)

// narrow leaves one blank where a table has several.
func narrow(table string) string { return strings.Join(strings.Fields(table), " ") }

func TestStatus(t *testing.T) {
	s := newServer(t)
	file := s.outputs(t)
	s.quarantine(3)
	s.stack.metrics = map[string][]float64{idSent: {4, 6}, idInvocations: {5}, idErrors: {1, 1}, ageID(2): {7200, 60}}
	s.stack.alarms = map[string]string{"prod-a": "OK", "prod-b": "ALARM", "prod-c": "INSUFFICIENT_DATA", "other-d": "ALARM"}
	r := ran(t, "", "status", "--outputs", file)
	for _, want := range []string{
		"10 messages sent in 15 min",
		"│ dead-letter queue │ ok │ 0 waiting, 0 in flight",
		"│ validation queue │ look │ 3 waiting, 0 in flight, oldest 2 h",
		"Active, version 7, reserved concurrency 60; 5 invocations in 15 min, 2 errors",
		"│ consumer │ ok │ Enabled, maximum concurrency 50, batches of 10, last result: OK",
		"│ alarms │ look │ 1 OK; ALARM: b; INSUFFICIENT_DATA: c │",
		"│ flags │ ok │ version 3, COMPLETE (deployment 4, 100 %)",
	} {
		if !strings.Contains(narrow(r.out), want) {
			t.Errorf("%q is missing", want)
		}
	}
	if r.status != 0 || strings.Contains(r.out, "other-d") || strings.Contains(r.out, "rule") {
		t.Errorf("status %d, %s:\n%s", r.status, r.err, r.out)
	}

	s.stack.enabled = false
	r = ran(t, "", "status", "--outputs", file, "--json")
	var got statusReport
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || got.Consumer.State != "Disabled" || *got.Intake.Sent != 10 || got.Queues[2].Waiting != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestWhatCannotBeReadBreaksNothingElse refuses one call after another.
func TestWhatCannotBeReadBreaksNothingElse(t *testing.T) {
	for operation, want := range map[string]string{
		"GetMetricData":            "│ intake │ unknown │ metrics: AccessDeniedException: needs cloudwatch:GetMetricData",
		"DescribeAlarms":           "│ alarms │ unknown │ AccessDeniedException: needs cloudwatch:DescribeAlarms",
		"GetFunctionConfiguration": "│ function │ unknown │ AccessDeniedException: needs lambda:GetFunctionConfiguration",
		"GetAlias":                 "│ function │ unknown │ AccessDeniedException: needs lambda:GetAlias",
		"GetFunctionConcurrency":   "│ function │ unknown │ AccessDeniedException: needs lambda:GetFunctionConcurrency",
		"GetEventSourceMapping":    "│ consumer │ unknown │ AccessDeniedException: needs lambda:GetEventSourceMapping",
		"ListDeployments":          "│ flags │ unknown │ AccessDeniedException: needs appconfig:ListDeployments",
	} {
		s := newServer(t)
		file := s.outputs(t)
		s.stack.refuse[operation] = "AccessDeniedException"
		r := ran(t, "", "status", "--outputs", file)
		if !strings.Contains(narrow(r.out), want) || strings.Count(r.out, unknown) != 1 {
			t.Errorf("%s:\n%s", operation, r.out)
		}
		r.fails(t, statusFailed, "1 of 8 parts could not be read")
	}
	s := newServer(t)
	file := s.outputs(t)
	s.refuse("AccessDenied") // all of SQS
	r := ran(t, "", "status", "--outputs", file)
	r.fails(t, statusFailed, "3 of 8 parts could not be read: ingestion queue, dead-letter queue, validation queue")
	if strings.Count(r.out, "needs sqs:GetQueueAttributes") != 3 {
		t.Error(r.out)
	}
}

// onThird sends a real Ctrl-C once three screens were drawn.
type onThird struct {
	bytes.Buffer
	screens int
}

func (o *onThird) Write(p []byte) (int, error) {
	if o.screens++; o.screens == 3 {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
			return 0, err
		}
	}
	return o.Buffer.Write(p)
}

func TestWatchGoesOnUntilCtrlC(t *testing.T) {
	s := newServer(t)
	file := s.outputs(t)
	s.quarantine(3)
	var out onThird
	var problems bytes.Buffer
	status := Main([]string{"watch", "--outputs", file, "--every", "1s"}, Streams{Out: &out, Err: &problems, Screen: true})
	if status != 0 || problems.Len() > 0 || out.screens != 3 {
		t.Errorf("status %d after %d screens: %s", status, out.screens, problems.String())
	}
	if text := out.String(); !strings.Contains(narrow(text), "up to 3 waiting │ ███ ") || !strings.HasPrefix(text, home) {
		t.Error(text)
	}
}

func TestSparkline(t *testing.T) {
	for _, c := range []struct {
		numbers []int
		want    string
	}{{nil, ""}, {[]int{0, 0}, "▁▁"}, {[]int{0, 1, 100, 50}, "▁▂█▅"}, {[]int{7, 0, 1, 2, 3, 4, 5, 6}, "█▁▂▃▄▅▆▇"}} {
		if got, _ := sparkline(c.numbers); got != c.want {
			t.Errorf("%v is drawn as %s, want %s", c.numbers, got, c.want)
		}
	}
}

func TestAgo(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0 s", 119: "119 s", 120: "2 min", 7199: "119 min", 7200: "2 h", 172800: "2 days"} {
		if got := ago(seconds); got != want {
			t.Errorf("%v s is %s, want %s", seconds, got, want)
		}
	}
}
