package cloud_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/event"
	"cc-eventbridge/local/cloud"
)

func TestEventsAreAnsweredAsTheyAsk(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want []int
	}{
		"an event that asks for nothing":          {`{"a":1}`, []int{204, 204}},
		"one that fails twice":                    {`{"data":{"demoFail":2}}`, []int{500, 500, 204, 204}},
		"one that always fails":                   {`{"data":{"demoFail": -1}}`, []int{500, 500, 500}},
		"one that is rejected":                    {`{"demoFail":-1,"demoStatus":422}`, []int{422, 422}},
		"one whose wish is inside a text of JSON": {`{"body":"{\"demoFail\":1}"}`, []int{500, 204}},
		"what is no JSON":                         {`{`, []int{400}},
	} {
		t.Run(name, func(t *testing.T) {
			server := &cloud.DownstreamServer{}
			var got []int
			for range test.want {
				got = append(got, post(server, test.body, "key", ""))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("answers = %v, want %v", got, test.want)
			}
		})
	}
}

func TestDeliveriesAreCountedByKey(t *testing.T) {
	server := &cloud.DownstreamServer{Token: "secret"}
	post(server, `{"demoFail":1}`, "a", "Bearer secret")
	post(server, `{"demoFail":1}`, "a", "Bearer secret")
	post(server, `{}`, "b", "Bearer secret")
	post(server, `{}`, "b", "Bearer secret")
	listener := httptest.NewServer(server)
	defer listener.Close()
	downstream := cloud.Downstream{URL: listener.URL}
	want := []cloud.Delivery{{Key: "a", Received: 1, Refused: 1}, {Key: "b", Received: 2}}
	if got, err := downstream.Deliveries(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Errorf("deliveries = %+v, %v, want %+v", got, err, want)
	}
	if code := post(server, `{}`, "c", "Bearer other"); code != http.StatusUnauthorized {
		t.Errorf("a wrong token was answered with %d", code)
	}
	if got, err := downstream.Deliveries(t.Context()); err == nil {
		t.Errorf("deliveries = %+v, want an error for the one with a wrong token", got)
	}
}

// TestKeysArriveAsTheyAre sends events through the function's own HTTP downstream, whose header can't hold every key.
func TestKeysArriveAsTheyAre(t *testing.T) {
	server := &cloud.DownstreamServer{}
	listener := httptest.NewServer(server)
	defer listener.Close()
	downstream := cloud.Downstream{URL: listener.URL}
	keys := []string{`direct["call created","2025-01-01 00:00:00","Zoë"]`, "50%", `a"b`, "plain"}
	for _, key := range keys {
		if err := deliver.NewHTTP(downstream.Events(), deliver.HTTPOptions{Workers: 1, Timeout: time.Minute}).Deliver(t.Context(), deliver.Delivery{
			IdempotencyKey: key, Event: event.Event{Payload: []byte("{}")},
		}); err != nil {
			t.Fatal(err)
		}
	}
	deliveries, err := downstream.Deliveries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range deliveries {
		if d.Key != keys[i] {
			t.Errorf("key = %q, want %q", d.Key, keys[i])
		}
	}
}

func post(server http.Handler, body, key, authorization string) int {
	r := httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body))
	r.Header.Set("Idempotency-Key", key)
	r.Header.Set("Authorization", authorization)
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	return w.Code
}
