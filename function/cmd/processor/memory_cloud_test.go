package main

import (
	"crypto/md5" // what SQS answers with
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cc-eventbridge/function/contract"
)

const (
	memoryBucket = "payloads-bucket"
	// slowness is how long a slow downstream takes: longer than it takes to start the next delivery.
	slowness = 300 * time.Millisecond
	// answerHeaders and answerBytes are what a downstream with large answers sends: headers of about 60 KB, and a body.
	answerHeaders = 60
	answerBytes   = 4 << 20
)

// memoryCloud is AWS and the downstream of one process. It grants every claim and takes every message and event.
type memoryCloud struct {
	*httptest.Server
	// secure is the same over TLS and HTTP/2.
	secure *httptest.Server
	of     memoryCase
	size   memorySize

	mutex     sync.Mutex
	delivered int
	reasons   map[string]int // of quarantined messages
}

func newMemoryCloud(t *testing.T, s memorySize, c memoryCase) *memoryCloud {
	cloud := &memoryCloud{of: c, size: s, reasons: map[string]int{}}
	cloud.Server = httptest.NewServer(cloud)
	t.Cleanup(cloud.Close)
	cloud.secure = httptest.NewUnstartedServer(cloud)
	cloud.secure.EnableHTTP2 = true
	cloud.secure.StartTLS()
	t.Cleanup(cloud.secure.Close)
	return cloud
}

// certificate writes the downstream's certificate into a file.
func (c *memoryCloud) certificate(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "certificate.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: c.secure.Certificate().Raw}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (c *memoryCloud) downstream() string {
	if c.of.http2 {
		return c.secure.URL
	}
	return c.URL
}

// count is how many events were delivered, and how many messages quarantined.
func (c *memoryCloud) count() (delivered, quarantined int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, n := range c.reasons {
		quarantined += n
	}
	return c.delivered, quarantined
}

// why names the reasons of what was quarantined.
func (c *memoryCloud) why() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.reasons) == 0 {
		return ""
	}
	return " (" + strings.Join(slices.Sorted(maps.Keys(c.reasons)), ", ") + ")"
}

func (c *memoryCloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target := r.Header.Get("X-Amz-Target")
	if target != "" {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	}
	switch {
	case r.URL.Path == "/events":
		c.deliver(w, r)
	case r.URL.Path == "/configurationsessions":
		_, _ = io.WriteString(w, `{"InitialConfigurationToken":"t"}`)
	case r.URL.Path == "/configuration":
		w.Header().Set("Next-Poll-Configuration-Token", "t")
		w.Header().Set("Next-Poll-Interval-In-Seconds", "60")
		_, _ = io.WriteString(w, c.of.document())
	case strings.HasPrefix(r.URL.Path, "/"+memoryBucket+"/"):
		c.bucket(w, r)
	case strings.HasPrefix(target, "DynamoDB"):
		var call struct{ Statements []json.RawMessage }
		_ = json.NewDecoder(r.Body).Decode(&call)
		_, _ = io.WriteString(w, `{"Responses":[`+strings.TrimSuffix(strings.Repeat(`{},`, len(call.Statements)), ",")+`]}`)
	case strings.HasPrefix(target, "AmazonSQS"):
		c.queue(w, r)
	default:
		http.Error(w, "unknown", http.StatusNotFound)
	}
}

func (c *memoryCloud) deliver(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	c.mutex.Lock()
	c.delivered++
	c.mutex.Unlock()
	if c.of.slow {
		<-time.After(slowness)
	}
	if c.of.answers {
		for i := range answerHeaders {
			w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat("h", 1000))
		}
		_, _ = io.WriteString(w, noise(answerBytes))
	}
}

func (c *memoryCloud) bucket(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut {
		_, _ = io.Copy(io.Discard, r.Body)
		return
	}
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"+memoryBucket+"/"+contract.ProducerPrefix))
	if err != nil || c.of.object == nil {
		http.Error(w, "no such object", http.StatusNotFound)
		return
	}
	object := c.of.object(c.size, n)
	w.Header().Set("Content-Length", strconv.Itoa(len(object)))
	_, _ = w.Write(object)
}

// queue answers calls of SQS. Only what is quarantined has a reason.
func (c *memoryCloud) queue(w http.ResponseWriter, r *http.Request) {
	var call struct {
		Entries []struct {
			ID                string `json:"Id"`
			MessageBody       string
			MessageAttributes map[string]struct{ StringValue string }
		}
	}
	_ = json.NewDecoder(r.Body).Decode(&call)
	var results []string
	c.mutex.Lock()
	for _, entry := range call.Entries {
		sum := md5.Sum([]byte(entry.MessageBody))
		results = append(results, fmt.Sprintf(`{"Id":%q,"MessageId":"m","MD5OfMessageBody":%q}`, entry.ID, hex.EncodeToString(sum[:])))
		if reason := entry.MessageAttributes[contract.QuarantineReason].StringValue; reason != "" {
			c.reasons[reason]++
		}
	}
	c.mutex.Unlock()
	_, _ = io.WriteString(w, `{"Failed":[],"Successful":[`+strings.Join(results, ",")+`]}`)
}
