package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// maxBody is more than any event can have.
const maxBody = 64 << 20

// What an event can ask for: "demoFail": 2 has its first two deliveries answered with "demoStatus" (500 when absent), -1
// all of them; "demoDelayMs": 1000 has each answered after a second.
var (
	delayMs    = regexp.MustCompile(`"demoDelayMs":\s*(\d{1,5})\b`)
	failTimes  = regexp.MustCompile(`"demoFail":\s*(-?\d+)`)
	failStatus = regexp.MustCompile(`"demoStatus":\s*([45]\d\d)`)
)

// Delivery is what became of the events with one idempotency key.
type Delivery struct {
	Key string `json:"key"`
	// Received counts the requests that were answered with success: how often the event took effect.
	Received int `json:"received"`
	// Refused counts the requests that were answered with an error.
	Refused int `json:"refused"`
}

// DownstreamServer is the system that events are delivered to. It remembers what it received and answers as an event asks it
// to, so that failures can be sent through the pipeline. Its zero value remembers nothing and wants no token.
type DownstreamServer struct {
	// Token is the bearer token that every delivery must carry; empty wants none.
	Token string

	mu         sync.Mutex
	deliveries map[string]*Delivery
	order      []string
	// unauthorised counts requests without the token.
	unauthorised int
}

// downstreamState is what DownstreamServer answers to GET /deliveries.
type downstreamState struct {
	Deliveries   []Delivery `json:"deliveries"`
	Unauthorised int        `json:"unauthorised"`
}

// ServeHTTP takes events at POST /events and says what it has at GET /deliveries.
func (s *DownstreamServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/events":
		s.receive(w, r)
	case r.Method == http.MethodGet && r.URL.Path == "/deliveries":
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.state())
	default:
		http.Error(w, "POST /events or GET /deliveries", http.StatusNotFound)
	}
}

func (s *DownstreamServer) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body did not arrive", http.StatusBadRequest)
		return
	}
	// The function percent-encodes what a header can't hold.
	key, err := url.PathUnescape(r.Header.Get("Idempotency-Key"))
	if err != nil || key == "" || !json.Valid(body) {
		http.Error(w, "an event is JSON and has an Idempotency-Key", http.StatusBadRequest)
		return
	}
	if !pause(r.Context(), body) {
		return // the sender has gone: it will not take an answer
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.Token {
		s.unauthorised++
		http.Error(w, "the bearer token is missing or wrong", http.StatusUnauthorized)
		return
	}
	if s.deliveries == nil {
		s.deliveries = map[string]*Delivery{}
	}
	d := s.deliveries[key]
	if d == nil {
		d = &Delivery{Key: key}
		s.deliveries[key] = d
		s.order = append(s.order, key)
	}
	if status, fail := answer(body, d.Refused); fail {
		d.Refused++
		http.Error(w, fmt.Sprintf("the event asked for %d", status), status)
		return
	}
	d.Received++
	w.WriteHeader(http.StatusNoContent)
}

// pause waits as long as an event asks for, and reports whether the sender is still there.
func pause(ctx context.Context, body []byte) bool {
	match := delayMs.FindSubmatch(body)
	if match == nil {
		return true
	}
	ms, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return true
	}
}

// answer reports whether an event that was refused so often wants to be refused again, and how.
func answer(body []byte, refused int) (status int, fail bool) {
	body = bytes.ReplaceAll(body, []byte(`\"`), []byte(`"`))
	match := failTimes.FindSubmatch(body)
	if match == nil {
		return 0, false
	}
	times, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return 0, false
	}
	status = http.StatusInternalServerError
	if match := failStatus.FindSubmatch(body); match != nil {
		status, _ = strconv.Atoi(string(match[1]))
	}
	return status, times < 0 || refused < times
}

func (s *DownstreamServer) state() downstreamState {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := downstreamState{Deliveries: make([]Delivery, 0, len(s.order)), Unauthorised: s.unauthorised}
	for _, key := range s.order {
		state.Deliveries = append(state.Deliveries, *s.deliveries[key])
	}
	return state
}

// DownstreamCommand is the subcommand under which a program that calls StartDownstream has to call ServeDownstream.
const DownstreamCommand = "downstream"

// tokenVariable hands the token to the process.
const tokenVariable = "DOWNSTREAM_TOKEN"

// ServeDownstream runs a downstream until it is killed.
func ServeDownstream(ctx context.Context) error {
	if err := serve(ctx, &DownstreamServer{Token: os.Getenv(tokenVariable)}); err != nil {
		return fmt.Errorf("serving the downstream: %w", err)
	}
	return nil
}

// Downstream is a downstream as those see it who deliver to it, or ask it what it received.
type Downstream struct {
	// URL is its address.
	URL string
}

// StartDownstream runs this program's subcommand DownstreamCommand and returns when it listens. The process outlives this
// program, see Stop, and keeps the files of held open for as long as it lives.
func StartDownstream(program, log string, held ...*os.File) (d Downstream, pid int, err error) {
	d.URL, pid, err = startServer(command{
		Program: program, Args: []string{DownstreamCommand}, Env: []string{tokenVariable + "=" + Token}, Log: log, Held: held,
	})
	if err != nil {
		return d, 0, fmt.Errorf("starting the downstream: %w", err)
	}
	return d, pid, nil
}

// Events is where it takes events.
func (d Downstream) Events() string { return d.URL + "/events" }

// Deliveries asks what it received. A request without the bearer token is an error.
func (d Downstream) Deliveries(ctx context.Context) ([]Delivery, error) {
	var state downstreamState
	if err := ask(ctx, http.MethodGet, d.URL+"/deliveries", nil, &state); err != nil {
		return nil, fmt.Errorf("asking the downstream what it received: %w", err)
	}
	if state.Unauthorised > 0 {
		return nil, fmt.Errorf("the downstream refused %d deliveries without the bearer token", state.Unauthorised)
	}
	return state.Deliveries, nil
}
