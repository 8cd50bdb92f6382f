package decode

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"cc-eventbridge/function/internal/bounded"
)

// TestEveryBodyIsReadToItsEnd comes before all others: a reader that loses its place runs for ever.
func TestEveryBodyIsReadToItsEnd(t *testing.T) {
	direct := `{"event":{"type":"t","data":{"id":"1","n":[-1.5e3,0,9,10,{"a\"":"b"}]}},"timestamp":1}`
	lone := strings.Replace(direct, `"b"`, `"\ud83d\\\ud83d\ude00 \u0041"`, 1)
	for name, body := range map[string]string{
		"direct": direct, "lone surrogates": lone, "notification": notification(direct), "gzip": gzipText(direct), "zlib": zlibText(direct),
		"gzip that grows": gzipText(strings.Replace(direct, `"b"`, `"`+strings.Repeat("ab", 50_000)+`"`, 1)),
	} {
		bounded.Run(func() {
			opened, err := newReader().Open(Message{Body: []byte(body), ReplaceLoneSurrogates: true}, nil)
			if err != nil || opened.Event.Type != "t" {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// TestBodiesThatAreCutOffAreRefused cuts each kind of body at each byte. None of the rest is an event, and none ends the process.
func TestBodiesThatAreCutOffAreRefused(t *testing.T) {
	direct := `{"event":{"type":"t","data":{"id":"1"}},"timestamp":1}`
	for name, body := range map[string]string{
		"direct": direct, "notification": notification(direct), "gzip in base64": strings.TrimRight(gzipText(direct), "="), "gzip": string(gzipOf(direct)), "zlib": string(zlibOf(direct)),
		"claim check": array("bucket", "payloads/x"), "lone surrogates": `{"a":"\ud83d\ude00\ud83d"`,
	} {
		for end := range len(body) {
			_, err := newReader().Open(Message{Body: []byte(body[:end]), ReplaceLoneSurrogates: true}, nil)
			if refused, ok := errors.AsType[*Error](err); !ok || refused.Reason == "" {
				t.Errorf("%s up to byte %d: %v", name, end, err)
			}
		}
	}
}

func TestACompressionIsKnownByItsFirstFourCharacters(t *testing.T) {
	for body, want := range map[string]Reason{
		"H4sI": CorruptCompression, "eJwA": CorruptCompression, "H4s": NotJSON, "H4sA": NotJSON, "eJ": NotJSON, "A4sI": NotJSON,
		"\x1f\x8b\x08": CorruptCompression, "\x78\x9c": CorruptCompression, "\x1f\x8b": InvalidUTF8, "\x1f\x8b\x07": InvalidUTF8, "\x79\x9c": InvalidUTF8,
	} {
		_, err := newReader().Open(message(body), nil)
		if got := reasonOf(t, err); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}

// TestALimitIsExact: what has just as many bytes as may come out does come out, whatever the buffer had to grow to.
func TestALimitIsExact(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 0))
	content := make([]byte, 6000)
	for i := range content {
		content[i] = byte(source.Uint32())
	}
	for size := 1; size <= 6000; size += 7 {
		for name, text := range map[string][]byte{"hardly smaller": content[:size], "much smaller": bytes.Repeat([]byte{'a'}, size)} {
			body := gzipOf(string(text))
			bounded.Run(func() {
				for over := range 3 {
					got, err := expand(body, "", size+1-over)
					if fits := over <= 1; (err == nil) != fits || fits && !bytes.Equal(got, text) {
						t.Errorf("%d bytes, %s, within %d: %d bytes, %v", size, name, size+1-over, len(got), err)
					}
				}
			})
		}
	}
}

// TestTheFirstBufferIsFourTimesTheBody: what expands no further is written without growing, and large bodies get no more at first
// than the ratio is not watched for.
func TestTheFirstBufferIsFourTimesTheBody(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 0))
	random := make([]byte, 400<<10)
	for i := range random {
		random[i] = byte(source.Uint32())
	}
	for _, size := range []int{10, 1000, 100_000, 400 << 10} {
		body := gzipOf(string(random[:size]))
		for _, limit := range []int{size, 16 << 20} {
			got, err := expand(body, "", limit)
			if want := min(4*len(body)+512, 1<<20+1, limit+1); err != nil || cap(got) != want {
				t.Errorf("a body of %d bytes within %d: a buffer of %d, want %d (%v)", len(body), limit, cap(got), want, err)
			}
		}
	}
}

func TestAnObjectMayHaveAllThatMayComeOut(t *testing.T) {
	direct := `{"event":{"type":"t","data":{"id":"1"}},"timestamp":1}`
	for over := range 2 {
		reader := NewReader(Limits{MaxBytes: len(direct) - over}, newRules())
		_, err := reader.Resume(Opened{ClaimCheck: &ClaimCheck{}}, []byte(direct), nil)
		if (err == nil) != (over == 0) {
			t.Errorf("an object of %d bytes where %d may come out: %v", len(direct), len(direct)-over, err)
		}
	}
}

// TestAWrappingGetsWhatTheOnesAroundItLeave: the second expansion is ended by what is left, not when it is there.
func TestAWrappingGetsWhatTheOnesAroundItLeave(t *testing.T) {
	inner := gzipText(strings.Repeat("a", 10_000))
	outer := gzipText(inner)
	_, err := NewReader(Limits{MaxBytes: len(inner) + 9999}, newRules()).Open(message(outer), nil)
	if refused, ok := errors.AsType[*Error](err); !ok || refused.Reason != TooLarge || !strings.HasPrefix(refused.Detail, "what is compressed") {
		t.Errorf("%v, want the expansion ended", err)
	}
}
