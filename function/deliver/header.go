package deliver

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// headerText is a key in the form that a header can carry: bytes that a header may not have, and the percent sign
// that stands for them, are percent-encoded, so that different keys stay different.
func headerText(key string) string {
	plain := func(c byte) bool { return c > ' ' && c < 0x7f && c != '%' }
	for i := 0; i < len(key); i++ {
		if !plain(key[i]) {
			var b strings.Builder
			for j := 0; j < len(key); j++ {
				if plain(key[j]) {
					b.WriteByte(key[j])
				} else {
					b.WriteString(url.PathEscape(key[j : j+1]))
				}
			}
			return b.String()
		}
	}
	return key
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
