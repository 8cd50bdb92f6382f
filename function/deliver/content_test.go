package deliver_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/event"
)

// published is an event of EventBridge's envelope.
var published = deliver.Delivery{
	IdempotencyKey: `eventbridge["s","hash"]`,
	Event: event.Event{
		Envelope: event.EventBridge, Type: "v2.users.{id}.presence", Topic: `v2.users.u"1.presence`, Timestamp: `"2026-01-31T02:10:00.5Z"`,
		ID: `"publication"`, Source: "aws.partner/genesys.com/cloud/o-1/a b:c", Payload: []byte(`{"a": 1}`),
	},
}

// request is what an endpoint got.
type request struct {
	method, target, body string
	header               http.Header
}

// endpoint answers every request with a status and keeps the last one.
func endpoint(t *testing.T, status int) (string, *request) {
	t.Helper()
	got := &request{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = request{r.Method, r.URL.RequestURI(), string(body), r.Header}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

// open is Open for targets that can be opened.
func open(t *testing.T, target contract.Target, env deliver.Environment) deliver.Downstream {
	t.Helper()
	downstream, err := deliver.Open(target, env)
	if err != nil {
		t.Fatal(err)
	}
	return downstream
}

func TestFormatsOverHTTP(t *testing.T) {
	url, got := endpoint(t, http.StatusNoContent)
	const source = "aws.partner/genesys.com/cloud/o-1/a%20b%3Ac"
	silent := deliver.Delivery{IdempotencyKey: "k", Event: event.Event{Envelope: event.Direct, Type: "t", Payload: []byte(`7`)}}
	told := deliver.Delivery{IdempotencyKey: "k", Event: event.Event{
		Envelope: event.Direct, Type: "t", ID: `7`, Payload: []byte(`7`), Whole: []byte(`{"metadata":{"organizationId":"o/1"}}`),
	}}
	const silentID = "8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a"
	for name, c := range map[string]struct {
		format      contract.Format
		sent        deliver.Delivery
		media, body string
		headers     map[string]string
	}{
		"our own, by default": {"", published, "application/json", string(deliver.Body(published.Event)), nil},
		"our own":             {contract.FormatBody, published, "application/json", string(deliver.Body(published.Event)), nil},
		"the payload":         {contract.FormatPayload, published, "application/json", `{"a": 1}`, nil},
		"a structured CloudEvent": {
			contract.FormatCloudEvents, published, "application/cloudevents+json",
			`{"specversion":"1.0","id":"` + deliver.ID(published.IdempotencyKey) + `","source":"` + source + `","type":"v2.users.{id}.presence",` +
				`"subject":"v2.users.u\"1.presence","time":"2026-01-31T02:10:00.500Z","datacontenttype":"application/json","data":{"a": 1}}`, nil,
		},
		"a structured CloudEvent of an event that says little": {
			contract.FormatCloudEvents, silent, "application/cloudevents+json",
			`{"specversion":"1.0","id":"` + silentID + `","source":"genesys.com/cloud","type":"t","datacontenttype":"application/json","data":7}`, nil,
		},
		"a structured CloudEvent of a direct event": {
			contract.FormatCloudEvents, told, "application/cloudevents+json",
			`{"specversion":"1.0","id":"` + silentID + `","source":"genesys.com/cloud/o/1","type":"t","subject":"7","datacontenttype":"application/json","data":7}`, nil,
		},
		"a binary CloudEvent": {contract.FormatCloudEventsBinary, published, "application/json", `{"a": 1}`, map[string]string{
			"Ce-Specversion": "1.0", "Ce-Id": deliver.ID(published.IdempotencyKey), "Ce-Source": "aws.partner/genesys.com/cloud/o-1/a%2520b%253Ac",
			"Ce-Type": "v2.users.{id}.presence", "Ce-Subject": "v2.users.u%221.presence", "Ce-Time": "2026-01-31T02:10:00.500Z",
		}},
		"a binary CloudEvent of an event that says little": {contract.FormatCloudEventsBinary, silent, "application/json", `7`, map[string]string{
			"Ce-Specversion": "1.0", "Ce-Id": silentID, "Ce-Source": "genesys.com/cloud", "Ce-Type": "t",
		}},
	} {
		downstream := open(t, contract.Target{Name: "a", Kind: contract.TargetHTTP, Address: url + "/in?x=1", Format: c.format}, deliver.Environment{Workers: 1})
		if err := downstream.Deliver(t.Context(), c.sent); err != nil {
			t.Fatal(err)
		}
		headers := map[string]string{}
		for header, values := range got.header {
			if strings.HasPrefix(header, "Ce-") {
				headers[header] = values[0]
			}
		}
		if got.method != http.MethodPost || got.target != "/in?x=1" || got.body != c.body || got.header.Get("Content-Type") != c.media || !maps.Equal(headers, c.headers) {
			t.Errorf("%s: %s %s, %s, %v\n%s\nwant %s, %v\n%s", name, got.method, got.target, got.header.Get("Content-Type"), headers, got.body, c.media, c.headers, c.body)
		}
		if key := got.header.Get("Idempotency-Key"); key != c.sent.IdempotencyKey {
			t.Errorf("%s: the key is %q", name, key)
		}
	}
}

func TestTargetsThatMakeNoSense(t *testing.T) {
	env := deliver.Environment{Workers: 1}
	for want, target := range map[string]contract.Target{
		`there is no format "xml"`:                           {Kind: contract.TargetHTTP, Format: "xml"},
		`the format "cloudevents-binary" is for HTTP only`:   {Kind: contract.TargetSQS, Address: "https://sqs.eu-central-1.amazonaws.com/1/q", Format: contract.FormatCloudEventsBinary},
		`there is no "shrink" for large events`:              {Kind: contract.TargetHTTP, Large: "shrink"},
		`large events can't go by claim check without a pay`: {Kind: contract.TargetHTTP, Large: contract.LargeClaimCheck},
		`auth "bearer" should have a secret`:                 {Kind: contract.TargetHTTP, Auth: &contract.Auth{Kind: contract.AuthBearer}},
		`auth "sigv4" should have a secret, unless`:          {Kind: contract.TargetHTTP, Auth: &contract.Auth{Kind: contract.AuthSigV4, SecretARN: "arn"}},
		`auth "sigv4" should have a service and credentials`: {Kind: contract.TargetHTTP, Auth: &contract.Auth{Kind: contract.AuthSigV4, Service: "execute-api"}},
		`auth "oauth2" should have a token URL`:              {Kind: contract.TargetHTTP, Auth: &contract.Auth{Kind: contract.AuthOAuth2, SecretARN: "arn", TokenURL: "https://a"}},
	} {
		if _, err := deliver.Open(target, env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// bucket is a payload bucket.
type bucket struct {
	objects map[string]string
	err     error
}

func (b *bucket) Put(_ context.Context, key string, body []byte) error {
	if b.err == nil {
		b.objects[key] = string(body)
	}
	return b.err
}

func TestABinaryCloudEventGoesToHTTPWhateverItsSize(t *testing.T) {
	url, got := endpoint(t, http.StatusOK)
	large := published
	large.Event.Payload = []byte(`"` + strings.Repeat("x", 2<<20) + `"`)
	store := &bucket{err: errors.New("it should not be asked")}
	downstream := open(t, contract.Target{Name: "a", Kind: contract.TargetHTTP, Address: url, Format: contract.FormatCloudEventsBinary, Large: contract.LargeClaimCheck},
		deliver.Environment{Workers: 1, Bucket: store})
	if err := downstream.Deliver(t.Context(), large); err != nil || len(got.body) != 2<<20+2 {
		t.Errorf("%v, %d bytes arrived", err, len(got.body))
	}
}

func TestTraceParent(t *testing.T) {
	const made = "00-8254c329a92850f6d539dd376f4816ee-2764517da5e02355-00"
	const root, parent = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
	const of = "00-5759e988bd862e3fe1be46a994272793-"
	for trace, want := range map[string]string{
		"": "", "Root=" + root + ";Parent=" + parent + ";Sampled=1": of + parent + "-01",
		"Parent=" + parent + "; Sampled=0; Root=" + root + ";Lineage=a:0": of + parent + "-00",
		"Root=" + root: of + "2764517da5e02355-00",
		"Root=" + root + ";Parent=0000000000000000":        of + "2764517da5e02355-00",
		"Root=" + root + ";Parent=53995C3F42CD8AD8":        of + "2764517da5e02355-00",
		"Root=" + root + ";Parent=53995c3f42cd8ad81":       of + "2764517da5e02355-00",
		"Root=2" + root[1:] + ";Sampled=1":                 "",
		"Root=1-00000000-000000000000000000000000":         "",
		"Root=1-5759e988b-d862e3fe1be46a994272793":         "",
		"Root=1-5759e988-bd862e3fe1be46a99427279;Parent=a": "",
		"Root=1-5759e988-bd862e3fe1be46a99427279g":         "",
		"garbage": "",
	} {
		if want == "" {
			want = made
		}
		//nolint:staticcheck // the key is the one that Lambda's library uses
		if got := deliver.TraceParent(context.WithValue(t.Context(), "x-amzn-trace-id", trace), "k"); got != want {
			t.Errorf("%q: %s, want %s", trace, got, want)
		}
		t.Setenv("_X_AMZN_TRACE_ID", trace)
		if got := deliver.TraceParent(t.Context(), "k"); got != want {
			t.Errorf("%q in the environment: %s, want %s", trace, got, want)
		}
		t.Setenv("_X_AMZN_TRACE_ID", "")
	}
	if one, other := deliver.TraceParent(t.Context(), "k"), deliver.TraceParent(t.Context(), "l"); one == other {
		t.Errorf("two events have the trace %s", one)
	}
}
