package deliver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// ID is an identity in a form that every target can hold: its SHA-256, 64 hexadecimal digits.
func ID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// headerText is a key in the form that a header can carry: bytes that a header may not have, and the percent sign
// that stands for them, are percent-encoded, so that different keys stay different.
func headerText(key string) string {
	return escaped(key, func(c byte) bool { return c > ' ' && c < 0x7f && c != '%' })
}

// escaped percent-encodes the bytes that are not plain.
func escaped(text string, plain func(byte) bool) string {
	for i := 0; i < len(text); i++ {
		if !plain(text[i]) {
			var b strings.Builder
			for j := 0; j < len(text); j++ {
				if plain(text[j]) {
					b.WriteByte(text[j])
				} else {
					fmt.Fprintf(&b, "%%%02X", text[j])
				}
			}
			return b.String()
		}
	}
	return text
}

// traceParent is the W3C trace context of a delivery. Where Lambda traces the invocation, it is part of that trace: an X-Ray id
// has the same 128 bits, written otherwise (AWS X-Ray developer guide, "Sending trace data to X-Ray", "Tracing header").
// Otherwise it is made from the event's identity, so that all requests about one event are one trace, which nobody has sampled.
func traceParent(ctx context.Context, key string) string {
	sum := sha256.Sum256([]byte(key))
	trace, parent, sampled := hex.EncodeToString(sum[:16]), hex.EncodeToString(sum[16:24]), "00"
	var root, span string
	for part := range strings.SplitSeq(lambdaTrace(ctx), ";") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "Root":
			root = value
		case "Parent":
			span = value
		case "Sampled":
			if value == "1" {
				sampled = "01"
			}
		}
	}
	version, rest, _ := strings.Cut(root, "-")
	seconds, random, _ := strings.Cut(rest, "-")
	if id := seconds + random; version != "1" || len(seconds) != 8 || !identifies(id, 32) {
		return "00-" + trace + "-" + parent + "-00"
	} else {
		trace = id
	}
	if identifies(span, 16) {
		parent = span
	}
	return "00-" + trace + "-" + parent + "-" + sampled
}

// identifies reports whether an id of a trace has so many lower-case hexadecimal digits, and not zeros only.
func identifies(id string, digits int) bool {
	return len(id) == digits && strings.Trim(id, "0123456789abcdef") == "" && strings.Trim(id, "0") != ""
}

// lambdaTrace is the tracing header of the invocation, "" outside of one.
func lambdaTrace(ctx context.Context) string {
	if trace, ok := ctx.Value("x-amzn-trace-id").(string); ok {
		return trace
	}
	return os.Getenv("_X_AMZN_TRACE_ID")
}

// retryAfter reads how long a response asks to be left alone: seconds or a date (RFC 9110, 10.2.3); zero when it doesn't.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return max(time.Duration(seconds)*time.Second, 0)
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
