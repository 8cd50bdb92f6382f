package identify

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/event"
	"cc-eventbridge/function/internal/bounded"
)

// TestEveryValueIsReadToItsEnd comes before all others: a writer that loses its place runs for ever.
func TestEveryValueIsReadToItsEnd(t *testing.T) {
	for _, value := range canonicalCases {
		bounded.Run(func() { canonicalLikeJSONText(t, value) })
	}
}

// TestOnlyRareNamesAreLeftToJSONText is about what the writer of this package is there for.
func TestOnlyRareNamesAreLeftToJSONText(t *testing.T) {
	for value, want := range map[string]bool{
		`{"b":1,"a":{"~":[true,false,null,-1.5,"é\n"]}}`: true, "{\"a\x7f\":1}": true, `{"":0}`: true, `[]`: true,
		`{"a\n":1}`: false, `{"é":1}`: false, "{\"\u0080\":1}": false, `[{"a":{"\u0061":1}}]`: false,
	} {
		c := &canonicalizer{src: []byte(value)}
		if got := c.value(); got != want {
			t.Errorf("%s: written here is %t", value, got)
		}
	}
}

// TestAWriterIsUsedAgain has one writer write values after others, which it must not remember.
func TestAWriterIsUsedAgain(t *testing.T) {
	var c canonicalizer
	for _, value := range append(canonicalCases, canonicalCases...) {
		want := jsontext.Value(value).Clone()
		if err := want.Canonicalize(jsontext.CanonicalizeRawInts(false)); err != nil {
			continue
		}
		if got, err := c.canonical(jsontext.Value(value)); err != nil || string(got) != string(want) {
			t.Errorf("%s: %s (%v), want %s", value, got, err, want)
		}
	}
}

func TestStringsEndAtTheirOwnQuote(t *testing.T) {
	for n := range 6 {
		escapes := strings.Repeat(`\\`, n)
		for _, value := range []string{`["` + escapes + `","b"]`, `["` + escapes + `\"","b"]`, `["a` + escapes + `\"b","c"]`} {
			bounded.Run(func() { canonicalLikeJSONText(t, value) })
		}
	}
}

func TestAKeyIsHashedAboveItsMaximumOnly(t *testing.T) {
	key := func(length int) string {
		empty, rest := `direct["t",1,""]`, length
		rest -= len(empty)
		identity, err := Event(event.Event{
			Envelope: event.Direct, Type: "t", Timestamp: event.Scalar("1"), ID: event.Scalar(`"` + strings.Repeat("x", rest) + `"`),
			Payload: jsontext.Value("{}"),
		}, false)
		if err != nil {
			t.Fatal(err)
		}
		return identity.Key
	}
	for length, plain := range map[int]bool{MaxKeyBytes - 1: true, MaxKeyBytes: true, MaxKeyBytes + 1: false} {
		got := key(length)
		if strings.HasPrefix(got, "direct[") != plain || plain && len(got) != length || !plain && len(got) != len("sha256:")+64 {
			t.Errorf("a key of %d bytes becomes %.20s… of %d", length, got, len(got))
		}
	}
}

// TestTheMemoryOfLargePayloadsIsNotKept: a process lives for hours after its largest payload.
func TestTheMemoryOfLargePayloadsIsNotKept(t *testing.T) {
	for range 20 {
		if _, err := canonicalHash(jsontext.Value(`"` + strings.Repeat("x", 1<<20) + `"`)); err != nil {
			t.Fatal(err)
		}
		c := canonicalizers.Get().(*canonicalizer)
		if cap(c.dst) > keptBytes {
			t.Fatalf("%d bytes are kept", cap(c.dst))
		}
	}
}
