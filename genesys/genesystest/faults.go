package genesystest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// Fault makes requests fail.
type Fault struct {
	// Method and Path choose the requests: equal, and contained in the request's path. Empty chooses all.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Skip lets so many of them through first; Times is how many fail then, negative for all.
	Skip  int `json:"skip,omitempty"`
	Times int `json:"times"`
	// Status answers an error; 0 answers nothing and cuts the connection.
	Status int `json:"status,omitempty"`
	// RetryAfter is that header in seconds, with the status.
	RetryAfter int `json:"retryAfter,omitempty"`
	// Body is answered as it is, with the status, instead of an error in Genesys's words.
	Body string `json:"body,omitempty"`
	// Effect lets the request take effect before: its answer is what is lost.
	Effect bool `json:"effect,omitempty"`
	// Late lets the request take effect so many seconds later, long after its connection was cut.
	Late int `json:"late,omitempty"`
	// Hang answers nothing until the client gives up.
	Hang bool `json:"hang,omitempty"`
	// Echo repeats the request's Authorization header in the error, as careless servers do.
	Echo bool `json:"echo,omitempty"`
	// Edit has another administrator edit the configuration of every integration just before: the request goes on.
	Edit bool `json:"edit,omitempty"`
	// Redirect is where the answer points instead.
	Redirect string `json:"redirect,omitempty"`
}

// Break adds faults. The first that fits a request is served.
func (c *Cloud) Break(faults ...Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range faults {
		c.faults = append(c.faults, &f)
	}
}

// ClearFaults removes all faults.
func (c *Cloud) ClearFaults() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = nil
}

// faultFor is a copy of the fault that a request meets, and counts that it did.
func (c *Cloud) faultFor(r *http.Request) *Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.HasPrefix(r.URL.Path, "/_") {
		return nil
	}
	for _, f := range c.faults {
		switch {
		case f.Times == 0, f.Method != "" && f.Method != r.Method, !strings.Contains(r.URL.Path, f.Path):
			continue
		case f.Skip > 0:
			f.Skip--
			continue
		case f.Times > 0:
			f.Times--
		}
		found := *f
		return &found
	}
	return nil
}

func (f *Fault) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.Late > 0 {
		later := r.Clone(context.WithoutCancel(r.Context()))
		body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody)) // what there is of it
		later.Body = io.NopCloser(bytes.NewReader(body))
		time.AfterFunc(time.Duration(f.Late)*time.Second, func() { next.ServeHTTP(httptest.NewRecorder(), later) })
	}
	if f.Effect {
		next.ServeHTTP(httptest.NewRecorder(), r)
	}
	switch {
	case f.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case f.Redirect != "":
		http.Redirect(w, r, f.Redirect, http.StatusTemporaryRedirect)
		return
	case f.Status == 0:
		panic(http.ErrAbortHandler)
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	if f.Body != "" {
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body) // a client that has gone needs no answer
		return
	}
	message := "The request failed because it was asked to."
	if f.Echo {
		message += " It had " + r.Header.Get("Authorization")
		w.Header().Set("Inin-Correlation-Id", r.Header.Get("Authorization"))
	}
	writeJSON(w, f.Status, map[string]any{"message": message, "code": "fake.fault", "status": f.Status})
}
