package compressed_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"cc-eventbridge/function/decode/compressed"
	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/decode/internal/decodetest"
)

const limit = 16 << 20

// attribute returns the attributes of a message with one attribute.
func attribute(name, value string) []byte {
	if name == "" {
		return nil
	}
	return fmt.Appendf(nil, `{"other":{"stringValue":"gzip"},%q:{"stringValue":%q,"stringListValues":[],"dataType":"String"}}`, name, value)
}

// decode recognizes and decodes a body; the boolean is whether it was recognized.
func decode(body, attributes []byte, limit int) ([]byte, bool, error) {
	document := envelope.Document{Body: body, Attributes: attributes, Limit: limit}
	outline, ok := decodetest.Outline(body)
	if !ok || !(compressed.Decoder{}).Recognizes(document, outline) {
		return nil, false, nil
	}
	content, err := compressed.Decoder{}.Decode(document)
	return content.Inner.Body, true, err
}

// TestFixtures decodes each file of testdata, which all have the same event in them. What says that it is raw deflate is
// its name.
func TestFixtures(t *testing.T) {
	want := decodetest.Read(t, "testdata/event.json")
	decodetest.Each(t, func(t *testing.T, file string, body []byte) {
		var attributes []byte
		if strings.Contains(file, "/deflate") {
			attributes = attribute("Content-Encoding", "deflate")
		}
		got, recognized, err := decode(body, attributes, len(want))
		if !recognized || err != nil || !bytes.Equal(got, want) {
			t.Errorf("recognized %v, %v: %s", recognized, err, got)
		}
	}, ".b64", ".bin")
}

func gzipped(t testing.TB, text string) []byte {
	return pack(t, text, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func zlibbed(t testing.TB, text string) []byte {
	return pack(t, text, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
}

func deflated(t testing.TB, text string) []byte {
	return pack(t, text, func(w io.Writer) io.WriteCloser {
		deflater, err := flate.NewWriter(w, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		return deflater
	})
}

func pack(t testing.TB, text string, writer func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := writer(&packed)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func inBase64(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }

const event = `{"event":{"type":"t","data":{"id":"1"}},"timestamp":1}`

func TestAttributes(t *testing.T) {
	gz, zl, de := inBase64(gzipped(t, event)), inBase64(zlibbed(t, event)), inBase64(deflated(t, event))
	cases := []struct {
		name        string
		body        []byte
		attr, value string
		recognized  bool
		reason      envelope.Reason
	}{
		{"gzip without attribute", gz, "", "", true, ""},
		{"zlib without attribute", zl, "", "", true, ""},
		{"deflate without attribute is not told from text", de, "", "", false, ""},
		{"gzip", gz, "content-encoding", "gzip", true, ""},
		{"any case", gz, "Content-Encoding", "GZIP ", true, ""},
		{"another name", de, "ContentEncoding", "deflate", true, ""},
		{"a third name", de, "COMPRESSION", "deflate", true, ""},
		{"zlib", zl, "compression", "zlib", true, ""},
		{"zlib that is called deflate, as HTTP does", zl, "content-encoding", "deflate", true, ""},
		{"gzip that is called zlib", gz, "content-encoding", "zlib", true, ""},
		{"gzip that has an encoding nobody knows", gz, "content-encoding", "br", true, ""},
		{"deflate that is called gzip", de, "content-encoding", "gzip", true, envelope.CorruptCompression},
		{"JSON that is called gzip", []byte(" " + event), "content-encoding", "gzip", false, ""},
		{"a JSON array that is called deflate", []byte(`[1]`), "content-encoding", "deflate", false, ""},
		{"a JSON string that is called deflate", []byte(`"x"`), "content-encoding", "deflate", false, ""},
		{"text that is called gzip", []byte("hello, world"), "content-encoding", "gzip", true, envelope.CorruptCompression},
		{"text that is called deflate", []byte("hello"), "content-encoding", "deflate", true, envelope.CorruptCompression},
		{"text of another encoding", []byte("hello"), "content-encoding", "identity", false, ""},
		{"text of another attribute", []byte("hello"), "encoding", "gzip", false, ""},
		{"text that begins like gzip", []byte("H4sIhello"), "", "", true, envelope.CorruptCompression},
		{"text that begins nearly like gzip", []byte("H4sHhello"), "", "", false, ""},
		{"text that begins with e", []byte("eXample"), "", "", false, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, recognized, err := decode(c.body, attribute(c.attr, c.value), limit)
			if recognized != c.recognized || decodetest.Reason(t, err) != c.reason {
				t.Fatalf("recognized %v, %v; want %v, %s", recognized, err, c.recognized, c.reason)
			}
			if recognized && err == nil && string(got) != event {
				t.Errorf("%q", got)
			}
		})
	}
}

// TestAttributesOfSNS reads the notation that SNS has inside its notifications.
func TestAttributesOfSNS(t *testing.T) {
	got, recognized, err := decode(inBase64(deflated(t, event)), []byte(`{"content-encoding":{"Type":"String","Value":"deflate"}}`), limit)
	if !recognized || err != nil || string(got) != event {
		t.Errorf("recognized %v, %v: %s", recognized, err, got)
	}
}

func TestCorrupt(t *testing.T) {
	gz := gzipped(t, event)
	flipped := func(b []byte, fromEnd int) []byte {
		b = bytes.Clone(b)
		b[len(b)-fromEnd] ^= 1
		return b
	}
	cases := []struct {
		name string
		body []byte
	}{
		{"cut off", inBase64(gz[:len(gz)-9])},
		{"cut off in the header", inBase64(gz[:6])},
		{"cut off in base64", inBase64(gz)[:21]},
		{"a wrong checksum", inBase64(flipped(gz, 8))},
		{"a wrong size", inBase64(flipped(gz, 1))},
		{"a wrong checksum of zlib", inBase64(flipped(zlibbed(t, event), 1))},
		{"broken in the middle", inBase64(flipped(gz, len(gz)/2))},
		{"garbage behind gzip", inBase64(append(bytes.Clone(gz), "more"...))},
		{"a byte behind zlib", inBase64(append(zlibbed(t, event), 0))},
		{"garbage behind base64", append(inBase64(zlibbed(t, event)), "!"...)},
		{"another base64 behind its padding", append(inBase64(append(zlibbed(t, event), 1)), "AAAA"...)},
		{"bytes with something behind", append(bytes.Clone(gz), '\n')},
		{"a preset dictionary", []byte("eLsAAAAB")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, recognized, err := decode(c.body, attribute("content-encoding", "gzip"), limit)
			if !recognized || decodetest.Reason(t, err) != envelope.CorruptCompression {
				t.Errorf("recognized %v, %v", recognized, err)
			}
		})
	}
}

// TestNoByteIsQuiet flips every bit of a compressed event: either it is refused or nothing is different.
func TestNoByteIsQuiet(t *testing.T) {
	for _, good := range [][]byte{gzipped(t, event), zlibbed(t, event)} {
		for bit := range 8 * len(good) {
			bad := bytes.Clone(good)
			bad[bit/8] ^= 1 << (bit % 8)
			got, recognized, err := decode(inBase64(bad), nil, limit)
			if recognized && err == nil && string(got) != event {
				t.Errorf("bit %d: %q", bit, got)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 5<<18)
	for i := range random {
		random[i] = byte(r.UintN(256))
	}
	zeros := strings.Repeat("0", 3<<20)
	cases := []struct {
		name   string
		text   string
		limit  int
		reason envelope.Reason
	}{
		{"as large as the limit", event, len(event), ""},
		{"a byte larger", event, len(event) - 1, envelope.TooLarge},
		{"no room at all", event, 0, envelope.TooLarge},
		{"nothing in no room", "", 0, ""},
		{"more than 1 MiB that does not compress", string(random), len(random), ""},
		{"the same in a byte less", string(random), len(random) - 1, envelope.TooLarge},
		{"1 MiB of one character", zeros[:1<<20], limit, ""},
		{"3 MiB of one character", zeros, limit, envelope.CompressionBomb},
		{"3 MiB of which a hundredth does not compress", string(random[:30<<10]) + zeros[30<<10:], limit, ""},
	}
	for _, c := range cases {
		for name, packed := range map[string][]byte{"gzip": gzipped(t, c.text), "zlib": zlibbed(t, c.text), "deflate": deflated(t, c.text)} {
			t.Run(c.name+", "+name, func(t *testing.T) {
				for _, body := range [][]byte{inBase64(packed), packed} {
					got, recognized, err := decode(body, attribute("content-encoding", "deflate"), c.limit)
					if !recognized || decodetest.Reason(t, err) != c.reason {
						t.Fatalf("recognized %v, %v, want reason %s", recognized, err, c.reason)
					}
					if err == nil && string(got) != c.text {
						t.Errorf("%d bytes, and not those that went in", len(got))
					}
				}
			})
		}
	}
}

// TestReuse has one inflater after the other take all kinds, the broken among them, from several goroutines.
func TestReuse(t *testing.T) {
	bodies := [][]byte{gzipped(t, event), zlibbed(t, event), deflated(t, event), {0x1f, 0x8b, 8}, {0x78, 0x9c, 0xff}, gzipped(t, event)[:30]}
	for worker := range 4 {
		t.Run(fmt.Sprint(worker), func(t *testing.T) {
			t.Parallel()
			for i := range 300 {
				kind := (i*(worker+1) + i/7) % len(bodies)
				got, _, err := decode(inBase64(bodies[kind]), attribute("compression", "deflate"), limit)
				if good := kind < 3; good != (err == nil) || good && string(got) != event {
					t.Fatalf("body %d: %v: %q", kind, err, got)
				}
			}
		})
	}
}

func FuzzCompressed(f *testing.F) {
	for _, suffix := range []string{".b64", ".bin"} {
		decodetest.Seed(f, suffix, func(body []byte) { f.Add(body, "deflate", uint16(60000)) })
	}
	f.Add(inBase64(gzipped(f, strings.Repeat("0", 30000))), "", uint16(29999))
	f.Add([]byte("H4sI"), "gzip", uint16(0))
	f.Fuzz(func(t *testing.T, body []byte, value string, limit uint16) {
		before := decodetest.Allocated()
		got, recognized, err := decode(body, attribute("content-encoding", value), int(limit))
		if allocated := decodetest.Allocated() - before; allocated > 4<<20+8*(len(body)+int(limit)) {
			t.Errorf("%d bytes were allocated for a body of %d", allocated, len(body))
		}
		if recognized && decodetest.Reason(t, err) == "" && len(got) > int(limit) {
			t.Errorf("%d bytes came out, the limit is %d", len(got), limit)
		}
	})
}
