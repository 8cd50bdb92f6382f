package identify_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheSmokeTestOfTheReadmeFindsItsEvent holds the message that the README sends to the key that it looks up.
func TestTheSmokeTestOfTheReadmeFindsItsEvent(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	body := regexp.MustCompile(`(?m)^  '(\{"event":.*\})'$`).FindSubmatch(readme)
	key := regexp.MustCompile(`(?m)^  '\{"eventId":\{"S":"(.*)"\}\}'$`).FindSubmatch(readme)
	if body == nil || key == nil {
		t.Fatal("the README sends no message, or looks no event up")
	}
	if got, want := identityOf(t, string(body[1])).Key, strings.ReplaceAll(string(key[1]), `\"`, `"`); got != want {
		t.Errorf("the event is %s, and the README looks up %s", got, want)
	}
}
