package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"

	"cc-eventbridge/function/awshttp"
	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/event"
)

// crm is a target written for one stack: it looks up who an event is about, and posts to a system that has its own idea of an event.
// In a stack it is a file of this package, crm.go, and the line of Example_customTarget in openers.
type crm struct {
	// HTTP has the target's address, time-out and auth.
	*HTTP
	contacts string
}

// openCRM is called once, when the function starts. It may not call anybody yet.
func openCRM(target contract.Target, env Environment) (Downstream, error) {
	endpoint, err := newHTTP(target, env)
	if err != nil {
		return nil, err
	}
	return &crm{HTTP: endpoint, contacts: target.Address + "/contacts/"}, nil
}

// Deliver looks up, reshapes and posts. It may run again for one event, after it had no answer or was cut off: that is why the
// identity goes along, which send sees to.
func (c *crm) Deliver(ctx context.Context, delivery Delivery) error {
	var call struct{ Contact, Direction string }
	if err := json.Unmarshal(delivery.Event.Payload, &call); err != nil || call.Contact == "" {
		// The same event will never have a contact. It goes to the validation queue, with this reason.
		return &PermanentError{Reason: "no-contact", Err: errors.New("deliver event to the CRM: its payload has no contact")}
	}
	name, err := c.lookUp(ctx, call.Contact)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"customer": name, "kind": delivery.Event.Type, "direction": call.Direction})
	if err != nil {
		return Permanent(fmt.Errorf("deliver event to the CRM: %w", err))
	}
	return c.send(ctx, delivery, message{body: body, media: jsonMedia})
}

// lookUp returns a contact's name. What is wrong with the CRM is transient: it says nothing about the event.
func (c *crm) lookUp(ctx context.Context, contact string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.contacts+url.PathEscape(contact), nil)
	if err != nil {
		return "", transient(ReasonUnusable, errors.New("look up contact: the CRM's URL is not valid"), 0)
	}
	response, err := c.client.Do(request) // bounded by the target's time-out
	if err != nil {
		return "", transient(ReasonUnavailable, fmt.Errorf("look up contact: %w", awshttp.Failure(err)), 0)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", transient(ReasonUnavailable, fmt.Errorf("look up contact: the CRM answered %d, should be 200", response.StatusCode), 0)
	}
	var found struct{ Name string }
	if err := json.NewDecoder(io.LimitReader(response.Body, drainLimit)).Decode(&found); err != nil {
		return "", transient(ReasonUnavailable, errors.New("look up contact: the CRM's answer is no JSON"), 0)
	}
	return found.Name, nil
}

// Example_customTarget has a target that somebody wrote for their own stack.
func Example_customTarget() {
	openers["crm"] = openCRM // in a stack: a line of the table
	defer delete(openers, "crm")

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"name":"Ada"}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.URL.Path, r.Header.Get("Idempotency-Key"), string(body))
	}))
	defer server.Close()
	target, err := Open(contract.Target{Name: "crm", Kind: "crm", Address: server.URL}, Environment{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	call := Delivery{IdempotencyKey: "k", Event: event.Event{
		Envelope: event.Direct, Type: "telephony.call.created", Payload: []byte(`{"id":"c-1","contact":"7","direction":"inbound"}`),
	}}
	fmt.Println(target.Deliver(context.Background(), call))
	call.Event.Payload = []byte(`{"id":"c-2"}`)
	permanent, reason, _ := Class(target.Deliver(context.Background(), call))
	fmt.Println(permanent, reason)
	// Output:
	// / k {"customer":"Ada","direction":"inbound","kind":"telephony.call.created"}
	// <nil>
	// true no-contact
}
