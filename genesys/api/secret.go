package api

import (
	"encoding/base64"
	"log/slog"
	"net/url"
	"strings"
	"sync"
)

// Secret is a text that formats and logs as a placeholder. Convert it to a string where it is sent.
type Secret string

const placeholder = "[secret]"

func (Secret) String() string { return placeholder }

// GoString keeps the secret out of %#v.
func (Secret) GoString() string { return placeholder }

// LogValue keeps the secret out of logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(placeholder) }

// MarshalText keeps the secret out of encoded values.
func (Secret) MarshalText() ([]byte, error) { return []byte(placeholder), nil }

// scrubber takes secrets out of what a server says, which may repeat what it was sent.
type scrubber struct {
	mu      sync.Mutex
	secrets []string
}

// keepTokens bounds the tokens that are remembered: the newest ones are those that an answer can still repeat.
const keepTokens = 8

func newScrubber(c Credentials) *scrubber {
	basic := base64.StdEncoding.EncodeToString([]byte(c.ClientID + ":" + string(c.ClientSecret)))
	s := &scrubber{}
	for _, secret := range []string{basic, string(c.ClientSecret), url.QueryEscape(string(c.ClientSecret))} {
		if secret != "" {
			s.secrets = append(s.secrets, secret)
		}
	}
	return s
}

func (s *scrubber) add(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	const fixed = 3
	if len(s.secrets) >= fixed+keepTokens {
		s.secrets = append(s.secrets[:fixed:fixed], s.secrets[fixed+1:]...)
	}
	s.secrets = append(s.secrets, token)
}

func (s *scrubber) clean(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, placeholder)
	}
	return text
}
