package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/lambdatest"
)

var everything = flag.Bool("everything", false, "TestMemory: every case with every memory, which takes ten minutes")

const (
	mebibyte = 1 << 20
	// mostUsed is how much of the function's memory may be used at most, in percent. The rest is for what Lambda counts beside the
	// process: its extensions and the files in /tmp.
	mostUsed = 80
)

// TestMemory runs the built function in a process of its own, as the stack would set it up, once for each case and memory, and
// reads the largest resident set that it had (VmHWM of /proc/<pid>/status) before it is ended. It prints a table. Every
// message must be accounted for: delivered, quarantined, or left for another receive.
func TestMemory(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("builds and runs the function, and reads /proc")
	}
	binary := buildFunction(t)
	memories := []int{128}
	if *everything {
		memories = []int{128, 160, 192, 256, 512, 1024, 1769, 3008}
	}
	var table, worst strings.Builder
	for _, memory := range memories {
		s := memorySize{memoryMB: memory, payload: min(contract.DefaultMaximumPayloadBytes, contract.LargestPayloadBytes(memory))}
		highest, name := 0.0, ""
		for _, c := range memoryCases {
			if !c.short && !*everything {
				continue
			}
			t.Run(fmt.Sprintf("%d MB/%s", memory, c.name), func(t *testing.T) {
				peak, became := footprint(t, binary, s, c)
				used := float64(peak) / float64(memory<<20) * 100
				fmt.Fprintf(&table, "| %d | %s | %.1f | %.0f %% | %s |\n", memory, c.name, float64(peak)/mebibyte, used, became)
				if used > highest {
					highest, name = used, c.name
				}
				if used >= mostUsed {
					t.Errorf("the peak is %d MB, %.0f %% of the memory", peak>>20, used)
				}
			})
		}
		fmt.Fprintf(&worst, "| %d | %s | %.1f | %.0f %% |\n", memory, name, highest*float64(memory)/100, highest)
	}
	t.Logf("\n| MB | case | VmHWM, MiB | | messages |\n|---|---|---|---|---|\n%s\n| MB | worst case | VmHWM, MiB | |\n|---|---|---|---|\n%s", table.String(), worst.String())
}

// footprint has one process take the batches of a case, and returns the peak of its memory and what became of the messages.
func footprint(t *testing.T, binary string, s memorySize, c memoryCase) (peak int64, became string) {
	cloud := newMemoryCloud(t, s, c)
	function, err := lambdatest.Launch(t.Context(), "processor", lambdatest.Command{Path: binary, Env: memoryEnvironment(t, cloud, s)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := function.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if c.timeout > 0 {
		function.Timeout = c.timeout
	}
	messages, failed := 0, 0
	invoke := func(id string, bodies []string) {
		messages += len(bodies)
		result, err := function.Invoke(function.Context, id, memoryPayload(t, id, bodies))
		if err != nil {
			t.Fatalf("the function did not survive: %v", err)
		}
		var response struct {
			Failures []json.RawMessage `json:"batchItemFailures"`
		}
		if err := json.Unmarshal(result.Body, &response); err != nil {
			t.Fatal(err)
		}
		failed += len(response.Failures)
	}
	invoke("first", []string{string(direct(`{"id":"first"}`, 0))}) // flags are read beside it
	for batch := range max(c.batches, 1) {
		invoke(fmt.Sprintf("batch-%d", batch), c.messages(s, batch))
	}
	if peak, err = function.PeakMemory(); err != nil {
		t.Fatal(err)
	}
	delivered, quarantined := cloud.count()
	// What is cut off when time is over is delivered and comes back.
	if all := delivered + quarantined + failed; all < messages || all > messages && c.timeout == 0 {
		t.Errorf("%d messages, of which %d were delivered, %d quarantined, and %d came back", messages, delivered, quarantined, failed)
	}
	return peak, fmt.Sprintf("%d delivered, %d quarantined%s, %d came back", delivered, quarantined, cloud.why(), failed)
}

func memoryEnvironment(t *testing.T, cloud *memoryCloud, s memorySize) []string {
	environment := []string{
		"AWS_LAMBDA_FUNCTION_NAME=processor", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(s.memoryMB),
		"AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=key", "AWS_ENDPOINT_URL=" + cloud.URL,
		"SSL_CERT_FILE=" + cloud.certificate(t), "TMPDIR=" + t.TempDir(),
		contract.EnvDedupTable + "=dedup", contract.EnvDedupRetention + "=1209600",
		contract.EnvIngestionQueueURL + "=" + cloud.URL + "/1/in", contract.EnvValidationQueueURL + "=" + cloud.URL + "/1/bad",
		contract.EnvQueueVisibilityTimeout + "=725", contract.EnvMessageRetention + "=604800", contract.EnvMaxReceiveCount + "=3",
		contract.EnvDownstreamURL + "=" + cloud.downstream() + "/events",
		contract.EnvPayloadBucket + "=" + memoryBucket, contract.EnvMaximumPayloadBytes + "=" + strconv.Itoa(s.payload),
		contract.EnvFlagsApplication + "=a", contract.EnvFlagsEnvironment + "=e", contract.EnvFlagsProfile + "=p",
	}
	for name, value := range contract.GoRuntime(s.memoryMB) {
		environment = append(environment, name+"="+value)
	}
	return environment
}

// memoryPayload is a batch as Lambda hands it over.
func memoryPayload(t *testing.T, id string, bodies []string) []byte {
	type record struct {
		MessageID      string            `json:"messageId"`
		ReceiptHandle  string            `json:"receiptHandle"`
		Body           string            `json:"body"`
		Attributes     map[string]string `json:"attributes"`
		MD5OfBody      string            `json:"md5OfBody"`
		EventSource    string            `json:"eventSource"`
		EventSourceARN string            `json:"eventSourceARN"`
	}
	var event struct{ Records []record }
	for i, body := range bodies {
		event.Records = append(event.Records, record{
			fmt.Sprintf("%s-%d", id, i), strings.Repeat("r", 180), body,
			map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1767225600000"},
			strings.Repeat("0", 32), "aws:sqs", "arn:aws:sqs:eu-central-1:123456789012:in",
		})
	}
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// buildFunction builds the function as the stack ships it.
func buildFunction(t *testing.T) string {
	binary := filepath.Join(t.TempDir(), contract.Entrypoint)
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-tags", "lambda.norpc", "-o", binary, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	if printed, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the function: %v\n%s", err, printed)
	}
	return binary
}
