package lambdatest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// prefix is the version of the API that every runtime speaks.
const prefix = "/2018-06-01/runtime"

// routes are the paths of the API that a runtime uses.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/invocation/next", s.next)
	mux.HandleFunc("POST "+prefix+"/invocation/{id}/response", s.response)
	mux.HandleFunc("POST "+prefix+"/invocation/{id}/error", s.invocationError)
	mux.HandleFunc("POST "+prefix+"/init/error", s.initError)
	return mux
}

// next answers a poll with the next invocation, and meanwhile tells whoever asks that the runtime waits.
func (s *Server) next(w http.ResponseWriter, r *http.Request) {
	s.polledOnce.Do(func() {
		s.polledAt = time.Now()
		close(s.polled)
	})
	for {
		select {
		case s.parked <- struct{}{}:
		case inv := <-s.work:
			s.hand(w, inv)
			return
		case <-r.Context().Done():
			return
		}
	}
}

// hand writes an invocation to the runtime; its time runs from here.
func (s *Server) hand(w http.ResponseWriter, inv *invocation) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(inv.payload)))
	header.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(s.Timeout).UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", s.arn)
	s.mu.Lock()
	s.inFlight = inv
	s.mu.Unlock()
	inv.handed = time.Now()
	if _, err := w.Write(inv.payload); err != nil {
		s.finish(inv.id, answer{err: fmt.Errorf("write it to the runtime: %w", err)}) //nolint:errcheck // it is in flight
	}
}

// response takes the function's answer.
func (s *Server) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	got := answer{body: body, at: time.Now()}
	if err != nil {
		got.err = fmt.Errorf("read its response: %w", err)
	}
	s.accept(w, s.finish(r.PathValue("id"), got))
}

// invocationError takes the function's failure.
func (s *Server) invocationError(w http.ResponseWriter, r *http.Request) {
	s.accept(w, s.finish(r.PathValue("id"), answer{err: fmt.Errorf("the function failed: %w", reported(r))}))
}

// initError takes the runtime's failure to start.
func (s *Server) initError(w http.ResponseWriter, r *http.Request) {
	select {
	case s.failed <- fmt.Errorf("the function could not start: %w", reported(r)):
	default: // one reason is enough
	}
	s.accept(w, nil)
}

// finish gives the answer to whoever waits for the invocation in flight.
func (s *Server) finish(id string, got answer) error {
	s.mu.Lock()
	inv := s.inFlight
	if inv == nil || inv.id != id {
		s.mu.Unlock()
		return fmt.Errorf("%w: %q", errUnknownInvocation, id)
	}
	s.inFlight = nil
	s.mu.Unlock()
	inv.answer <- got
	return nil
}

// accept answers as Lambda does: 202, or 400 for an invocation it does not know.
func (s *Server) accept(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(map[string]string{"errorType": "InvalidRequestID", "errorMessage": err.Error()}) //nolint:errcheck // the runtime has gone
		return
	}
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, `{"status":"OK"}`+"\n") //nolint:errcheck // the runtime has gone
}

// reported reads the error that a runtime posts.
func reported(r *http.Request) error {
	const limit = 64 << 10 // a stack trace is shorter
	var failure struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, limit)).Decode(&failure); err != nil {
		return fmt.Errorf("it did not say why: %w", err)
	}
	return fmt.Errorf("%s: %s", failure.Type, failure.Message)
}
