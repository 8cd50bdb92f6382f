package traffic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"unicode/utf8"
)

// maximumBytes is the largest body that the ingestion queue takes.
const maximumBytes = 262144

// ReadFile reads message bodies from a JSON Lines file: an object on a line is one body as it stands, a string on a line is
// one raw body, which is how malformed bodies are written. The messages have no attributes. Blank lines are skipped, and
// bodies that SQS itself refuses, so that they can't become messages, are named to leftOut. The error names the line.
func ReadFile(path string, leftOut func(reason string)) ([]Message, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading EVENTS: %w; name a file with a JSON object or a JSON string on each line", err)
	}
	var messages []Message
	for i, line := range bytes.Split(data, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		body, err := body(line)
		if err != nil {
			return nil, fmt.Errorf("reading EVENTS: %s line %d: %w; a JSON object on a line is one message body, a JSON string is one raw body", path, i+1, err)
		}
		if reason := refusedBySQS(body); reason != "" {
			leftOut(fmt.Sprintf("%s line %d: %s", path, i+1, reason))
			continue
		}
		messages = append(messages, Message{Body: body})
	}
	if len(messages) == 0 {
		return nil, fmt.Errorf("reading EVENTS: %s has no events to send; write a JSON object or a JSON string on each line", path)
	}
	return messages, nil
}

func body(line []byte) (string, error) {
	text := string(line)
	switch line[0] {
	case '"':
		if err := json.Unmarshal(line, &text); err != nil {
			return "", fmt.Errorf("it is not a JSON string: %w", err)
		}
	case '{':
		if !json.Valid(line) {
			return "", fmt.Errorf("it is not a JSON object: %w", json.Unmarshal(line, new(any)))
		}
	default:
		return "", fmt.Errorf("it starts with %q", line[0])
	}
	return text, nil
}

// refusedBySQS says why SQS takes no message with this body: SendMessage wants 1 to 262,144 bytes of the characters
// that XML 1.0 has.
func refusedBySQS(body string) string {
	switch {
	case body == "":
		return "SQS takes no empty body"
	case !utf8.ValidString(body):
		return "SQS takes no body that is not UTF-8"
	case len(body) > maximumBytes:
		return fmt.Sprintf("the body has %d bytes; the queue takes at most %d", len(body), maximumBytes)
	}
	for _, r := range body {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF' {
			return fmt.Sprintf("SQS takes no body with the character %U", r)
		}
	}
	return ""
}
