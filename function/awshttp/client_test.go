package awshttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cc-eventbridge/function/awshttp"
)

// closedBody is the SDK's when the answer has begun before the body's end was looked for.
type closedBody struct{ io.Reader }

func (closedBody) WriteTo(io.Writer) (int64, error) { return 0, io.EOF }

func (closedBody) Close() error { return nil }

func TestACallWhoseBodyIsClosedEarlyIsMadeOnce(t *testing.T) {
	const sent = "what is sent"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != sent {
			t.Errorf("the body is %q, %v", body, err)
		}
		_, _ = io.WriteString(w, "answer")
	}))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, closedBody{strings.NewReader(sent)})
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = int64(len(sent))
	response, err := awshttp.Client{HTTPClient: http.DefaultClient}.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if answer, err := io.ReadAll(response.Body); err != nil || string(answer) != "answer" {
		t.Errorf("the answer is %q, %v", answer, err)
	}
}
