package genesystest

import (
	"crypto/subtle"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// grant is a token and what was done with it in the current minute.
type grant struct {
	expires, window time.Time
	used            int
}

func (c *Cloud) token(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, secret, ok := r.BasicAuth()
	if !ok || !same(id, c.options.ClientID) || !same(secret, c.options.ClientSecret) {
		writeJSON(w, http.StatusUnauthorized, map[string]string{
			"error": "invalid_client", "description": "client authentication failed", "error_description": "client authentication failed",
		})
		return
	}
	if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != "client_credentials" {
		writeJSON(w, http.StatusBadRequest, map[string]string{
			"error": "unsupported_grant_type", "error_description": "the grant of this client is client_credentials",
		})
		return
	}
	token := "token-" + newID() + newID()
	c.tokens[token] = &grant{expires: time.Now().Add(c.options.TokenLifetime)}
	c.issued++
	writeJSON(w, http.StatusOK, c.options.reshape(map[string]any{
		"access_token": token, "token_type": "bearer", "expires_in": int(c.options.TokenLifetime.Seconds()),
	}))
}

// admit checks the token and the rate limit, which is of fixed minutes and counts every request of a token.
func (c *Cloud) admit(r *http.Request) (wait time.Duration, problem *failure) {
	c.requests[r.Method+" "+shape(r)]++
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	g := c.tokens[token]
	if !ok || g == nil || time.Now().After(g.expires) {
		return 0, &failure{http.StatusUnauthorized, "bad.credentials", "Invalid login credentials."}
	}
	now := time.Now()
	if now.Sub(g.window) >= time.Minute {
		g.window, g.used = now, 0
	}
	g.used++
	if g.used > c.options.RequestsPerMinute {
		wait = time.Minute - now.Sub(g.window)
		return wait, tooMany(wait)
	}
	return 0, nil
}

// tooMany is how Genesys Cloud has refused since November 2021 what comes too fast (developer forum, topic 12028).
func tooMany(wait time.Duration) *failure {
	return &failure{
		http.StatusTooManyRequests, "too.many.requests.retry.after",
		fmt.Sprintf("Rate limit exceeded the maximum. Retry the request in [%d] seconds", int(math.Ceil(wait.Seconds()))),
	}
}

// shape is a request's path with its id replaced.
func shape(r *http.Request) string {
	if id := r.PathValue("id"); id != "" {
		return strings.Replace(r.URL.Path, id, "{id}", 1)
	}
	return r.URL.Path
}

func (c *Cloud) organization(*http.Request) (any, *failure) {
	return map[string]string{"id": c.options.OrganizationID, "name": "Fake"}, nil
}

// listTopics answers all topics at once. What is not asked for by expand is left out.
func (c *Cloud) listTopics(r *http.Request) (any, *failure) {
	expand := r.URL.Query()["expand"]
	topics := []Topic{}
	for _, topic := range c.options.Topics {
		if !slices.Contains(expand, "transports") {
			topic.Transports = nil
		}
		if !slices.Contains(expand, "schema") {
			topic.Schema = nil
		}
		topics = append(topics, topic)
	}
	return map[string]any{"entities": topics}, nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
