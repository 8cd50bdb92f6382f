package decode

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"testing"

	"cc-eventbridge/function/event"
)

var update = flag.Bool("update", false, "write the .want files anew")

// TestFixtures decodes each file of testdata/<envelope>; beside it is what should come out. A new case is a new file.
func TestFixtures(t *testing.T) {
	for folder, name := range map[string]string{"direct": "direct", "eventbridge": "eventbridge", "sns": "sns", "claimcheck": "claim-check"} {
		for _, file := range fixtures(t, folder, ".json") {
			t.Run(folder+"/"+filepath.Base(file), func(t *testing.T) {
				body := readFile(t, file)
				found, recognized, err := decodeAs(name, document{body: body, attributes: []byte(`{"the":"queue's"}`)})
				if !recognized {
					t.Fatal("not recognized")
				}
				if found.event.Envelope != "" && !strings.Contains(string(body), string(found.event.Payload)) {
					t.Error("the payload is not as it was written")
				}
				golden(t, file, describeContent(found, err))
			})
		}
	}
}

// decodeAs decodes a document with the decoder of that name, if it recognizes the document.
func decodeAs(name string, doc document) (found content, recognized bool, err error) {
	o, refused := look(doc.body)
	for _, d := range newReader().decoders {
		if refused == nil && d.name == name && d.recognizes(doc, o) {
			found, err = d.decode(doc)
			return found, true, err
		}
	}
	return content{}, false, nil
}

// fuzzDecoder gives a decoder any body. Every error has a reason; check looks at what comes out of a body that is accepted.
func fuzzDecoder(f *testing.F, name, folder string, check func(t *testing.T, body []byte, found content), seeds ...string) {
	f.Helper()
	for _, file := range fixtures(f, folder, ".json") {
		f.Add(readFile(f, file))
	}
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		found, recognized, err := decodeAs(name, document{body: body})
		if recognized && reasonOf(t, err) == "" {
			check(t, body, found)
		}
	})
}

// fixtures are the files of testdata/<folder> that end in one of the suffixes, of which each has some.
func fixtures(t testing.TB, folder string, suffixes ...string) []string {
	t.Helper()
	var all []string
	for _, suffix := range suffixes {
		files, err := filepath.Glob(filepath.Join("testdata", folder, "*"+suffix))
		if err != nil || len(files) == 0 {
			t.Fatalf("no test data %s in %s: %v", suffix, folder, err)
		}
		all = append(all, files...)
	}
	return all
}

func readFile(t testing.TB, file string) []byte {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// golden compares got with what stands beside a fixture, in a file of its name that ends in .want.
func golden(t *testing.T, file, got string) {
	t.Helper()
	want := strings.TrimSuffix(file, filepath.Ext(file)) + ".want"
	if *update {
		if err := os.WriteFile(want, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(readFile(t, want)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// describeContent writes what came out of an envelope as .want files have it.
func describeContent(found content, err error) string {
	switch {
	case err != nil:
		return err.Error() + "\n"
	case found.event.Envelope != "":
		return describe(found.event)
	case found.claimCheck != nil:
		return fmt.Sprintf("bucket %s\nkey    %s\n", found.claimCheck.Bucket, found.claimCheck.Key)
	default:
		return fmt.Sprintf("%s\nattributes %s\n", found.inner.body, found.inner.attributes)
	}
}

// describe writes an event as .want files have it.
func describe(e event.Event) string {
	occurred := "unknown"
	if at, ok := e.OccurredAt(); ok {
		occurred = at.Format("2006-01-02T15:04:05.000Z")
	}
	var extra strings.Builder
	for _, member := range e.Extra() {
		fmt.Fprintf(&extra, " %s=%s", member.Name, member.Value)
	}
	text := fmt.Sprintf("envelope      %s\ntype          %s\ntopic         %s\ntimestamp     %s\nid            %s\nsource        %s\nreplay        %s\n"+
		"payload       %d bytes\nevent time    %s\noccurred at   %s\norganization  %s\nentities      %s\nextra        %s\n",
		e.Envelope, e.Type, e.Topic, e.Timestamp, e.ID, e.Source, e.Replay,
		len(e.Payload), e.EventTime(), occurred, e.Organization(), strings.Join(e.EntityIDs(), " "), &extra)
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.Join(lines, "\n") + "\n"
}

// reasonOf returns the reason of an error, which must be an *Error; "" for nil.
func reasonOf(t testing.TB, err error) Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v is a %T, should be an *Error", err, err)
	}
	if refused.Reason == "" || refused.Detail == "" {
		t.Errorf("an error without reason or detail: %v", err)
	}
	return refused.Reason
}

// allocatedBytes returns how many bytes the process has allocated so far, up to what the allocator has not yet counted (some
// hundred kilobytes).
func allocatedBytes() int {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return int(sample[0].Value.Uint64())
}
