package decode

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"flag"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
)

var explode = flag.Bool("explode", false, "expand the whole bomb of 10 GiB to its end, which takes some seconds")

const (
	// bombMebibytes of zeros are 10 GiB.
	bombMebibytes = 10 << 10
	// deep is the depth of the nested bodies.
	deep = 100_000
	// mostAllocated is what the refusal of a hostile body may allocate in all: four times the maximum.
	mostAllocated = 64 << 20
)

var bomb = sync.OnceValue(func() []byte { return bombOf(bombMebibytes) })

// gentleBomb compresses 150-fold, less than what is found out by the ratio, to four times the maximum.
var gentleBomb = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	r := rand.NewChaCha8([32]byte{})
	zeros, random := make([]byte, 900<<10), make([]byte, 6<<10)
	for range 4 * maximum / len(zeros) {
		r.Read(random)
		w.Write(random)
		w.Write(zeros)
	}
	w.Close()
	return packed.Bytes()
})

func nested(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

// hostileBody is a body that would cost much if it were not found out.
type hostileBody struct {
	name   string
	body   []byte
	reason Reason
}

var hostile = sync.OnceValue(func() []hostileBody {
	bombText := base64.StdEncoding.EncodeToString(bomb())
	return []hostileBody{
		{"a bomb of 10 GiB", bomb(), CompressionBomb},
		{"a bomb of 10 GiB in base64", []byte(bombText), CompressionBomb},
		{"the first 256 KiB of it", []byte(bombText[:256<<10]), CompressionBomb},
		{"a bomb in a notification", []byte(notification(bombText)), CompressionBomb},
		{"a bomb in a bomb", []byte(gzipText(string(bomb()))), CompressionBomb},
		{"a bomb below the ratio", gentleBomb(), TooLarge},
		{"nested to 100,000", []byte(nested(deep)), TooDeep},
		{"nested to 100,000 in gzip", []byte(gzipText(nested(deep))), TooDeep},
		{"nested to 100,000 in a notification", []byte(notification(nested(deep))), TooDeep},
		{"nested to 100,000 in an event", []byte(`{"event":{"type":"t","data":` + nested(deep) + `},"timestamp":1}`), TooDeep},
		{"a claim check in a foreign bucket", []byte(foreignClaimCheck), ForeignBucket},
		{"a claim check of the metadata service", []byte(`{"payloadUrl":"http://169.254.169.254/latest/meta-data/"}`), ForeignURL},
		{"a claim check of a foreign host", []byte(`{"payloadUrl":"https://stack-payloads.s3.eu-central-1.amazonaws.com@evil.example/payloads/x"}`), ForeignURL},
	}
})

// TestHostile refuses each with its reason and without the memory it is after.
func TestHostile(t *testing.T) {
	reader := newReader()
	for _, c := range hostile() {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			m := message("")
			m.Body = c.body
			runtime.ReadMemStats(&before)
			_, err := reader.Open(m, nil)
			runtime.ReadMemStats(&after)
			if reasonOf(t, err) != c.reason {
				t.Errorf("%v, want reason %s", err, c.reason)
			}
			allocated := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d bytes: %d KiB allocated", len(c.body), allocated>>10)
			if allocated > mostAllocated {
				t.Errorf("%d MiB were allocated", allocated>>20)
			}
		})
	}
}

// TestHostileObjects has the same in the payload bucket, where a body may be larger.
func TestHostileObjects(t *testing.T) {
	reader := newReader()
	for _, c := range hostile() {
		t.Run(c.name, func(t *testing.T) {
			opened, err := reader.Open(message(claimCheck), nil)
			if err != nil {
				t.Fatal(err)
			}
			want := c.reason
			if want == ForeignBucket || want == ForeignURL {
				want = ClaimCheckLoop
			}
			if _, err := reader.Resume(opened, c.body, nil); reasonOf(t, err) != want {
				t.Errorf("%v, want reason %s", err, want)
			}
		})
	}
}

// TestBombIsReal expands one of 64 MiB to its end, which is made as the large one is, and with -explode the large one.
func TestBombIsReal(t *testing.T) {
	bombs := map[int][]byte{64: bombOf(64)}
	if *explode {
		bombs[bombMebibytes] = bomb()
	}
	for mebibytes, packed := range bombs {
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		size, err := io.Copy(io.Discard, r)
		if err != nil || size != int64(mebibytes)<<20 {
			t.Errorf("%d MiB: %d bytes, %v", mebibytes, size, err)
		}
	}
}

// BenchmarkRefused measures what it costs to find out each of the hostile bodies.
func BenchmarkRefused(b *testing.B) {
	reader := newReader()
	for _, c := range hostile() {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			m := message("")
			m.Body = c.body
			for b.Loop() {
				if _, err := reader.Open(m, nil); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}
