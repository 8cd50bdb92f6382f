package event

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const (
	// minTopicParts is how many parts the shortest topics have. Two would make a topic of many a name ("jane.doe").
	minTopicParts = 3
	// maxLoggedType is longer than any topic that is known; EventBridge allows 128 characters.
	maxLoggedType = 200
	// loggedHash is how many bytes of a hash are logged: enough to tell apart what a stack meets.
	loggedHash = 6
)

// LoggedType is the type as it is logged: as it is if it looks like a topic, else its hash. Senders can put anything there, a
// phone number too.
func (e *Event) LoggedType() string {
	if looksLikeTopic(e.Type) {
		return e.Type
	}
	return Logged(e.Type)
}

// Logged is what is logged in place of a text that is the sender's: the start of its SHA-256, by which it can be found again.
func Logged(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:loggedHash])
}

// looksLikeTopic reports whether a text is written like the topics of Genesys Cloud and the types of the direct envelope: at
// least three parts with dots between them, each of letters and underscores or the literal {id}; the first may be a version
// ("v2"). There is no place for an address, a number or an id in it.
func looksLikeTopic(text string) bool {
	parts := strings.Split(text, ".")
	if len(text) > maxLoggedType || len(parts) < minTopicParts {
		return false
	}
	if version, ok := strings.CutPrefix(parts[0], "v"); ok && len(version) == 1 && version[0] >= '0' && version[0] <= '9' {
		parts = parts[1:]
	}
	for _, part := range parts {
		if part != placeholder && (part == "" || strings.ContainsFunc(part, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_'
		})) {
			return false
		}
	}
	return true
}
