package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"cc-eventbridge/genesys/genesystest"
)

// PublishEvents has the double at url publish events.
func PublishEvents(ctx context.Context, url string, events []GenesysEvent) (Published, error) {
	var result Published
	err := ask(ctx, http.MethodPost, url+"/_events", events, &result)
	return result, err
}

// GenesysState asks the double at url what it has.
func GenesysState(ctx context.Context, url string) (genesystest.State, error) {
	var state genesystest.State
	err := ask(ctx, http.MethodGet, url+"/_state", nil, &state)
	return state, err
}

// breakGenesys makes requests to the double at url fail; no fault mends it.
func breakGenesys(ctx context.Context, url string, faults ...genesystest.Fault) error {
	return ask(ctx, http.MethodPost, url+"/_faults", append([]genesystest.Fault{}, faults...), nil)
}

// DriftGenesys changes the state of an object of the double at url.
func DriftGenesys(ctx context.Context, url string, d genesystest.Drift) error {
	return ask(ctx, http.MethodPost, url+"/_drift", d, nil)
}

func ask(ctx context.Context, method, url string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encoding a request to the double of Genesys Cloud: %w", err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return fmt.Errorf("making a request to the double of Genesys Cloud: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking the double of Genesys Cloud: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // what there is of it
		return fmt.Errorf("%s %s: the double of Genesys Cloud answered %d: %s", method, req.URL.Path, resp.StatusCode, strings.TrimSpace(string(text)))
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("reading the answer of the double of Genesys Cloud to %s %s: %w", method, req.URL.Path, err)
	}
	return nil
}
