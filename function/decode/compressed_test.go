package decode

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// attribute returns the attributes of a message with one attribute.
func attribute(name, value string) []byte {
	if name == "" {
		return nil
	}
	return fmt.Appendf(nil, `{"other":{"stringValue":"gzip"},%q:{"stringValue":%q,"stringListValues":[],"dataType":"String"}}`, name, value)
}

// expandAs recognizes and expands a body; the boolean is whether it was recognized.
func expandAs(body, attributes []byte, limit int) ([]byte, bool, error) {
	found, recognized, err := decodeAs("compressed", document{body: body, attributes: attributes, limit: limit})
	return found.inner.body, recognized, err
}

// TestCompressedFixtures expands each file of testdata/compressed, which all have the same event in them. What says that it
// is raw deflate is its name.
func TestCompressedFixtures(t *testing.T) {
	want := readFile(t, "testdata/compressed/event.json")
	for _, file := range fixtures(t, "compressed", ".b64", ".bin") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var attributes []byte
			if strings.Contains(file, "/deflate") {
				attributes = attribute("Content-Encoding", "deflate")
			}
			got, recognized, err := expandAs(readFile(t, file), attributes, len(want))
			if !recognized || err != nil || !bytes.Equal(got, want) {
				t.Errorf("recognized %v, %v: %s", recognized, err, got)
			}
		})
	}
}

func TestEncodingAttributes(t *testing.T) {
	gz, zl, de := inBase64(gzipOf(directEvent)), inBase64(zlibOf(directEvent)), inBase64(deflateOf(directEvent))
	cases := []struct {
		name        string
		body        []byte
		attr, value string
		recognized  bool
		reason      Reason
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
		{"deflate that is called gzip", de, "content-encoding", "gzip", true, CorruptCompression},
		{"JSON that is called gzip", []byte(" " + directEvent), "content-encoding", "gzip", false, ""},
		{"a JSON array that is called deflate", []byte(`[1]`), "content-encoding", "deflate", false, ""},
		{"a JSON string that is called deflate", []byte(`"x"`), "content-encoding", "deflate", false, ""},
		{"text that is called gzip", []byte("hello, world"), "content-encoding", "gzip", true, CorruptCompression},
		{"text that is called deflate", []byte("hello"), "content-encoding", "deflate", true, CorruptCompression},
		{"text of another encoding", []byte("hello"), "content-encoding", "identity", false, ""},
		{"text of another attribute", []byte("hello"), "encoding", "gzip", false, ""},
		{"text that begins like gzip", []byte("H4sIhello"), "", "", true, CorruptCompression},
		{"text that begins nearly like gzip", []byte("H4sHhello"), "", "", false, ""},
		{"text that begins with e", []byte("eXample"), "", "", false, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, recognized, err := expandAs(c.body, attribute(c.attr, c.value), maximum)
			if recognized != c.recognized || reasonOf(t, err) != c.reason {
				t.Fatalf("recognized %v, %v; want %v, %s", recognized, err, c.recognized, c.reason)
			}
			if recognized && err == nil && string(got) != directEvent {
				t.Errorf("%q", got)
			}
		})
	}
}

// TestEncodingAttributesOfSNS reads the notation that SNS has inside its notifications.
func TestEncodingAttributesOfSNS(t *testing.T) {
	got, recognized, err := expandAs(inBase64(deflateOf(directEvent)), []byte(`{"content-encoding":{"Type":"String","Value":"deflate"}}`), maximum)
	if !recognized || err != nil || string(got) != directEvent {
		t.Errorf("recognized %v, %v: %s", recognized, err, got)
	}
}

func TestCorruptCompression(t *testing.T) {
	gz := gzipOf(directEvent)
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
		{"a wrong checksum of zlib", inBase64(flipped(zlibOf(directEvent), 1))},
		{"broken in the middle", inBase64(flipped(gz, len(gz)/2))},
		{"garbage behind gzip", inBase64(append(bytes.Clone(gz), "more"...))},
		{"a byte behind zlib", inBase64(append(zlibOf(directEvent), 0))},
		{"garbage behind base64", append(inBase64(zlibOf(directEvent)), "!"...)},
		{"another base64 behind its padding", append(inBase64(append(zlibOf(directEvent), 1)), "AAAA"...)},
		{"bytes with something behind", append(bytes.Clone(gz), '\n')},
		{"a preset dictionary", []byte("eLsAAAAB")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, recognized, err := expandAs(c.body, attribute("content-encoding", "gzip"), maximum)
			if !recognized || reasonOf(t, err) != CorruptCompression {
				t.Errorf("recognized %v, %v", recognized, err)
			}
		})
	}
}

// TestNoByteIsQuiet flips every bit of a compressed event: either it is refused or nothing is different.
func TestNoByteIsQuiet(t *testing.T) {
	for _, good := range [][]byte{gzipOf(directEvent), zlibOf(directEvent)} {
		for bit := range 8 * len(good) {
			bad := bytes.Clone(good)
			bad[bit/8] ^= 1 << (bit % 8)
			got, recognized, err := expandAs(inBase64(bad), nil, maximum)
			if recognized && err == nil && string(got) != directEvent {
				t.Errorf("bit %d: %q", bit, got)
			}
		}
	}
}

func TestExpansionLimits(t *testing.T) {
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
		reason Reason
	}{
		{"as large as the limit", directEvent, len(directEvent), ""},
		{"a byte larger", directEvent, len(directEvent) - 1, TooLarge},
		{"no memory at all", directEvent, 0, TooLarge},
		{"nothing in no memory", "", 0, ""},
		{"more than 1 MiB that does not compress", string(random), len(random), ""},
		{"the same in a byte less", string(random), len(random) - 1, TooLarge},
		{"1 MiB of one character", zeros[:1<<20], maximum, ""},
		{"3 MiB of one character", zeros, maximum, CompressionBomb},
		{"3 MiB of which a hundredth does not compress", string(random[:30<<10]) + zeros[30<<10:], maximum, ""},
	}
	for _, c := range cases {
		for name, packed := range map[string][]byte{"gzip": gzipOf(c.text), "zlib": zlibOf(c.text), "deflate": deflateOf(c.text)} {
			t.Run(c.name+", "+name, func(t *testing.T) {
				for _, body := range [][]byte{inBase64(packed), packed} {
					got, recognized, err := expandAs(body, attribute("content-encoding", "deflate"), c.limit)
					if !recognized || reasonOf(t, err) != c.reason {
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

// TestInflatersAreReused has one inflater after the other take all kinds, the broken among them, from several goroutines.
func TestInflatersAreReused(t *testing.T) {
	bodies := [][]byte{gzipOf(directEvent), zlibOf(directEvent), deflateOf(directEvent), {0x1f, 0x8b, 8}, {0x78, 0x9c, 0xff}, gzipOf(directEvent)[:30]}
	for worker := range 4 {
		t.Run(fmt.Sprint(worker), func(t *testing.T) {
			t.Parallel()
			for i := range 300 {
				kind := (i*(worker+1) + i/7) % len(bodies)
				got, _, err := expandAs(inBase64(bodies[kind]), attribute("compression", "deflate"), maximum)
				if good := kind < 3; good != (err == nil) || good && string(got) != directEvent {
					t.Fatalf("body %d: %v: %q", kind, err, got)
				}
			}
		})
	}
}

func FuzzCompressed(f *testing.F) {
	for _, file := range fixtures(f, "compressed", ".b64", ".bin") {
		f.Add(readFile(f, file), "deflate", uint16(60000))
	}
	f.Add(inBase64(gzipOf(strings.Repeat("0", 30000))), "", uint16(29999))
	f.Add([]byte("H4sI"), "gzip", uint16(0))
	f.Fuzz(func(t *testing.T, body []byte, value string, limit uint16) {
		before := allocatedBytes()
		got, recognized, err := expandAs(body, attribute("content-encoding", value), int(limit))
		if allocated := allocatedBytes() - before; allocated > 4<<20+8*(len(body)+int(limit)) {
			t.Errorf("%d bytes were allocated for a body of %d", allocated, len(body))
		}
		if recognized && reasonOf(t, err) == "" && len(got) > int(limit) {
			t.Errorf("%d bytes came out, the limit is %d", len(got), limit)
		}
	})
}
