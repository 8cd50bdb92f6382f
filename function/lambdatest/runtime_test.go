package lambdatest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"cc-eventbridge/function/lambdatest"
)

// runtime is a Lambda runtime as small as can be.
type runtime struct {
	t    *testing.T
	ctx  context.Context
	base string
}

func listen(t *testing.T) (*lambdatest.Server, runtime) {
	t.Helper()
	server, err := lambdatest.Listen("processor")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	r := runtime{t, ctx, "http://" + server.Addr() + "/2018-06-01/runtime/"}
	t.Cleanup(func() {
		cancel()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server, r
}

// run runs the function side of a test, which is over before the test is.
func (r runtime) run(function func()) {
	var running sync.WaitGroup
	running.Go(function)
	r.t.Cleanup(running.Wait)
}

// next polls; a poll that is still unanswered at the end of the test returns nothing.
func (r runtime) next() (id, payload string) {
	request, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.base+"invocation/next", http.NoBody)
	if err != nil {
		r.t.Error(err)
		return "", ""
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Error(err)
	}
	if response.Header.Get("Lambda-Runtime-Deadline-Ms") == "" {
		r.t.Error("the invocation has no deadline")
	}
	return response.Header.Get("Lambda-Runtime-Aws-Request-Id"), string(body)
}

func (r runtime) post(path, body string) int {
	request, err := http.NewRequestWithContext(r.ctx, http.MethodPost, r.base+path, strings.NewReader(body))
	if err != nil {
		r.t.Error(err)
		return 0
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if r.ctx.Err() == nil { // else the test is over and has what it wanted
			r.t.Error(err)
		}
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestAnInvocationIsHandedOutAndItsResponseMeasured(t *testing.T) {
	server, function := listen(t)
	var worked time.Duration
	function.run(func() {
		id, payload := function.next()
		received := time.Now()
		answer := "answer to " + payload
		worked = time.Since(received)
		if status := function.post("invocation/"+id+"/response", answer); status != http.StatusAccepted {
			t.Errorf("the response was answered with %d", status)
		}
		function.next()
	})
	if err := server.WaitParked(function.ctx); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	result, err := server.Invoke(function.ctx, "first", []byte("question"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(result.Body); got != "answer to question" {
		t.Errorf("response = %q", got)
	}
	if took := time.Since(before); result.Elapsed < worked || result.Elapsed > took {
		t.Errorf("elapsed = %v, want between the %v of the function and the %v of the call", result.Elapsed, worked, took)
	}
	if err := server.WaitParked(function.ctx); err != nil {
		t.Errorf("after the response: %v", err)
	}
}

func TestAnInvocationThatIsNeverAnsweredEndsWithItsContext(t *testing.T) {
	server, function := listen(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	function.run(func() {
		function.next()
		cancel(errors.New("the process ended"))
	})
	_, err := server.Invoke(ctx, "one", nil)
	if want := "wait for the response to invocation one: the process ended"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func TestTheFirstPollIsTimedOnce(t *testing.T) {
	server, function := listen(t)
	before := time.Now()
	function.run(func() { function.next() })
	first, err := server.FirstPoll(function.ctx)
	if err != nil {
		t.Fatal(err)
	}
	function.run(func() { function.next() })
	if err := server.WaitParked(function.ctx); err != nil {
		t.Fatal(err)
	}
	again, err := server.FirstPoll(function.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if first.Before(before) || !again.Equal(first) {
		t.Errorf("first poll at %v, later said to be at %v, started at %v", first, again, before)
	}
}

func TestWhatTheRuntimeReportsIsTheError(t *testing.T) {
	report := `{"errorType":"TypeError","errorMessage":"x is not a function","stackTrace":[]}`
	t.Run("a failed invocation", func(t *testing.T) {
		server, function := listen(t)
		function.run(func() {
			id, _ := function.next()
			function.post("invocation/"+id+"/error", report)
		})
		_, err := server.Invoke(function.ctx, "one", nil)
		if want := "invocation one: the function failed: TypeError: x is not a function"; err == nil || err.Error() != want {
			t.Errorf("error = %v, want %s", err, want)
		}
	})
	t.Run("a failed start", func(t *testing.T) {
		server, function := listen(t)
		function.run(func() { function.post("init/error", report) })
		_, err := server.FirstPoll(function.ctx)
		if want := "the function could not start: TypeError: x is not a function"; err == nil || err.Error() != want {
			t.Errorf("error = %v, want %s", err, want)
		}
	})
}

func TestAResponseToNothingIsRefused(t *testing.T) {
	_, function := listen(t)
	if status := function.post("invocation/unknown/response", "{}"); status != http.StatusBadRequest {
		t.Errorf("status = %d, want 400", status)
	}
}
