package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"cc-eventbridge/function/contract"
)

// memorySize is what a case is made for: it goes up to the bounds.
type memorySize struct {
	memoryMB int
	// payload is the largest payload that the stack can be set to for this memory.
	payload int
	// bare leaves out the text that fills up a payload.
	bare bool
}

func smaller(s memorySize, by int) memorySize {
	s.payload -= by
	return s
}

// memoryCase is one thing that somebody may send, or that may happen.
type memoryCase struct {
	name string
	// short is true of a case that is in the short form of the test: those that took most.
	short bool
	// object is the nth object of the payload bucket, claims how many claim checks are in a batch.
	object func(s memorySize, n int) []byte
	claims int
	// bodies are those of a batch without claim checks.
	bodies func(s memorySize, batch int) []string
	// batches follow one another in the same process; 0 is one.
	batches int
	// flags are a document; where there is none, schema is that of topic "t", enforced.
	flags, schema string
	// answers, slow and http2 are of the downstream: it sends large answers, takes its time, speaks HTTP/2.
	answers, slow, http2 bool
	// timeout is the function's, where it is not the default.
	timeout time.Duration
}

// document is the flags document.
func (c memoryCase) document() string {
	switch {
	case c.flags != "":
		return c.flags
	case c.schema != "":
		return `{"schemas":{"t":{"1":` + c.schema + `}},"topics":{"t":{"schema":"enforce"}}}`
	default:
		return "{}"
	}
}

// messages are the bodies of a batch.
func (c memoryCase) messages(s memorySize, batch int) []string {
	if c.bodies != nil {
		return c.bodies(s, batch)
	}
	var bodies []string
	for i := range c.claims {
		bodies = append(bodies, fmt.Sprintf(`[%q,{"s3BucketName":%q,"s3Key":"%s%d"}]`, contract.ClaimCheckClass, memoryBucket, contract.ProducerPrefix, batch*c.claims+i))
	}
	return bodies
}

// invocationBytes is the most that Lambda invokes a function with (AWS Lambda developer guide, "Lambda quotas").
const invocationBytes = 6 << 20

// The bounds that cases keep to, so that what they send is taken. Those that go beyond say so.
const (
	mostParts     = 1<<20 - 100
	mostNames     = 1<<16 - 100
	mostExponents = mostParts / 4
)

// list makes a JSON array of an element, most times, and of a text that is as long as there is room for; object makes an object of
// members.
func list(s memorySize, most int, element func(i int) string) string {
	return fill(s, '[', ']', most, element, "")
}

func object(s memorySize, most int, member func(i int) string) string {
	return fill(s, '{', '}', most, member, `"text":`)
}

func fill(s memorySize, begin, end byte, most int, element func(i int) string, name string) string {
	b := make([]byte, 0, s.payload)
	b = append(b, begin)
	for i := range most {
		e := element(i)
		if len(b)+len(e)+300 > s.payload {
			break
		}
		b = append(append(b, e...), ',')
	}
	b = append(append(b, name...), '"')
	if !s.bare {
		b = append(b, noise(s.payload-len(b)-300)...)
	}
	return string(append(b, '"', end))
}

func same(element string) func(int) string { return func(int) string { return element } }

func format(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

// direct is an event with such data.
func direct(data string, n int) []byte {
	return fmt.Appendf(make([]byte, 0, len(data)+100), `{"event":{"type":"t","data":%s},"timestamp":%d}`, data, 1767323045000+n)
}

// of is the object whose event has the data that a function makes, which may be made once.
func of(data func(s memorySize) string) func(s memorySize, n int) []byte {
	var made string
	var madeFor memorySize
	return func(s memorySize, n int) []byte {
		if made == "" || madeFor != s {
			made, madeFor = data(s), s
		}
		return direct(made, n)
	}
}

func gzipped(level int, content []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(content) / 2)
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(content)
	_ = w.Close()
	return b.Bytes()
}

func notification(message []byte) []byte {
	quoted, err := json.Marshal(string(message))
	if err != nil {
		panic(err)
	}
	return fmt.Appendf(nil, `{"Type":"Notification","TopicArn":"arn","Message":%s}`, quoted)
}

// noise are letters that hardly compress.
func noise(n int) string { return allNoise()[:max(n, 0)] }

var allNoise = sync.OnceValue(func() string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 16<<20)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
})

// share is what one of so many messages of a batch may have.
func share(messages int) int { return invocationBytes/messages - 700 }

// The data of events.
var (
	text         = func(s memorySize) string { return list(s, 0, nil) }
	names        = func(s memorySize) string { return object(s, mostNames, format(`"n%d":0`)) }
	foreignNames = func(s memorySize) string { return object(s, mostNames, format(`"é%d":0`)) }
	backwards    = func(s memorySize) string {
		return object(s, mostNames, func(i int) string { return `"n` + strconv.Itoa(9999999-i) + `":0` })
	}
	backwardsExponents = func(s memorySize) string {
		return `{"b":` + list(smaller(s, 20), mostExponents, same(`1e20`)) + `,"a":0}`
	}
	longNames = func(s memorySize) string {
		return object(s, mostNames, format(`"é%055d":0`))
	}
	longEscapes = func(s memorySize) string { // names that only jsontext can sort
		return object(s, mostNames, func(i int) string { return fmt.Sprintf(`"\n%055d":0`, 99999999-i) })
	}
	longestNames = func(s memorySize) string { // few of them, each as long as it may be
		return object(s, 4, func(i int) string { return `"é` + noise(min(s.payload/5, mostNames*64/5)) + strconv.Itoa(i) + `":0` })
	}
	tooManyNames = func(s memorySize) string { return object(s, mostParts/2, format(`"é%d":0`)) }
	objects      = func(s memorySize) string { return list(s, mostParts/3, same(`{"a":1}`)) }
	emptyObjects = func(s memorySize) string { return list(s, mostParts, same(`{}`)) }
	emptyArrays  = func(s memorySize) string { return list(s, mostParts, same(`[]`)) }
	literals     = func(s memorySize) string { return list(s, s.payload, same(`true`)) }
	texts        = func(s memorySize) string { return list(s, mostParts, format(`"%d"`)) }
	numbers      = func(s memorySize) string { return list(s, mostParts, same(`1`)) }
	different    = func(s memorySize) string { return list(s, mostParts, strconv.Itoa) }
	exponents    = func(s memorySize) string { return list(s, mostExponents, same(`1e20`)) }
	longNumber   = func(s memorySize) string { return `0.` + strings.Repeat("1", s.payload-200) }
	longNumbers  = func(s memorySize) string { return list(s, mostParts, same(`0.`+strings.Repeat("3", 1000))) }
	escapes      = func(s memorySize) string { return `"` + strings.Repeat(`\u00e9`, (s.payload-200)/6) + `"` }
	controls     = func(s memorySize) string { return `"` + strings.Repeat(`\u0001`, (s.payload-200)/6) + `"` }
	surrogates   = func(s memorySize) string { return `"` + strings.Repeat(`\ud83d\ude00`, (s.payload-200)/12) + `"` }
	thin         = func(s memorySize) string { // compresses as far as it may
		return `"` + strings.Repeat(noise(1000)+strings.Repeat("a", 120_000), (s.payload-200)/121_000) + `"`
	}
	deep = func(s memorySize) string {
		return list(s, mostParts/110, same(strings.Repeat("[", 110)+strings.Repeat("]", 110)))
	}
	deepObjects = func(s memorySize) string {
		return list(s, mostParts/222, same(strings.Repeat(`{"a":`, 110)+"0"+strings.Repeat("}", 110)))
	}
	deepNames = func(s memorySize) string { // every level has names that are kept while the next one is read
		const levels = 100
		var b strings.Builder
		for level := range levels {
			b.WriteByte('{')
			for i := range mostNames/levels - 1 {
				fmt.Fprintf(&b, `"é%d":0,`, i)
			}
			fmt.Fprintf(&b, `"z%d":`, level)
		}
		return b.String() + text(smaller(s, b.Len()+levels)) + strings.Repeat("}", levels)
	}
	// varied has as many shapes as there are places.
	varied = func(s memorySize) string {
		return list(s, mostParts/3, func(i int) string {
			return "[" + strings.NewReplacer("0", "1,", "1", `"",`).Replace(strconv.FormatInt(int64(i), 2)) + "1]"
		})
	}
	small  = func(s memorySize) string { return `"` + noise(min(s.payload, 5000)) + `"` }
	halves = func(s memorySize) string { return `"` + strings.Repeat(`\ud800`, (s.payload-200)/6) + `"` }
	// One name twice, and half of a surrogate pair, at the end.
	duplicate     = func(s memorySize) string { return strings.TrimSuffix(foreignNames(smaller(s, 100)), "}") + `,"é1":0}` }
	surrogateHalf = func(s memorySize) string {
		return strings.TrimSuffix(foreignNames(smaller(s, 100)), "}") + `,"z":"\ud800"}`
	}
)

// within is data whose values cost as much as validating a payload may, by what one of them costs.
func within(cost int, data func(s memorySize, most int) string) func(s memorySize) string {
	return func(s memorySize) string {
		s.bare = true
		return data(s, (s.memoryMB<<20/expansionShare-10_000)/cost)
	}
}

var (
	asManyObjects  = within(804, func(s memorySize, most int) string { return list(s, min(most, mostParts/3), same(`{"a":1}`)) })
	asManyEmpty    = within(480, func(s memorySize, most int) string { return list(s, min(most, mostParts), same(`{}`)) })
	asManyArrays   = within(128, func(s memorySize, most int) string { return list(s, min(most, mostParts), same(`[]`)) })
	asManyLiterals = within(128, func(s memorySize, most int) string { return list(s, most, same(`true`)) })
	asManyNumbers  = within(128, func(s memorySize, most int) string { return list(s, min(most, mostParts), strconv.Itoa) })
	asManyTexts    = within(169, func(s memorySize, most int) string { return list(s, min(most, mostParts), format(`"%d"`)) })
	asManyNames    = within(360, func(s memorySize, most int) string { return object(s, min(most, mostNames), format(`"é%d":0`)) })
	asDeep         = within(100*(128+352+128+2+64)+128, func(s memorySize, most int) string {
		return list(s, min(most, mostParts/202), same(strings.Repeat(`{"a":`, 100)+"0"+strings.Repeat("}", 100)))
	})
)

// Schemas that look at values, and so at whole payloads; both allow everything.
const (
	valueSchema = `{"maxItems":99999999}`
	// busySchema makes a validator remember as much as it can.
	busySchema = `{"uniqueItems":false,"allOf":[{"patternProperties":{"":{"maxLength":99999999}}},{"additionalProperties":true},` +
		`{"contains":{"maxItems":99999999}}],"unevaluatedProperties":true,"unevaluatedItems":true}`
	uniqueSchema = `{"items":{"maxProperties":99999999},"uniqueItems":true}`
)

func wrappedIn(data func(s memorySize) string, level int) func(s memorySize, n int) []byte {
	inner := of(data)
	return func(s memorySize, n int) []byte { return gzipped(level, inner(smaller(s, s.payload/1000), n)) }
}

// memoryCases are all that were thought of.
var memoryCases = func() []memoryCase {
	one := func(name string, short bool, data func(s memorySize) string) memoryCase {
		return memoryCase{name: "claim check: " + name, short: short, object: of(data), claims: 1}
	}
	valued := func(name string, short bool, schema string, data func(s memorySize) string) memoryCase {
		return memoryCase{name: "schema: " + name, short: short, object: of(data), claims: 1, schema: schema}
	}
	cases := []memoryCase{
		one("one text", false, text),
		one("names", false, names),
		one("non-ASCII names", true, foreignNames),
		one("long non-ASCII names", true, longNames),
		one("the longest names", false, longestNames),
		one("names in reverse order", true, backwards),
		one("objects", false, objects),
		one("empty objects", false, emptyObjects),
		one("literals", false, literals),
		one("1e20, which takes 21 digits", true, exponents),
		one("one long number", false, longNumber),
		one("long numbers", false, longNumbers),
		one("escapes", false, escapes),
		one("control characters", false, controls),
		one("surrogate pairs", false, surrogates),
		one("too many names", true, tooManyNames),
		one("reverse order and 1e20", true, backwardsExponents),
		one("long names with escapes in reverse order", true, longEscapes),
		one("many shapes", false, varied),
		one("nested deep", false, deep),
		one("objects nested deep", false, deepObjects),
		one("names on every level", true, deepNames),
		one("a duplicate name", false, duplicate),
		one("half of a surrogate pair", true, surrogateHalf),
		{name: "claim check: unknown members of the envelope", short: true, claims: 1, object: func(s memorySize, n int) []byte {
			return fmt.Appendf(nil, `{"event":{"type":"t","data":{"id":"1"}},"timestamp":%d,%s`, n, foreignNames(smaller(s, 200))[1:])
		}},
		{name: "claim check: unknown members of the event", claims: 1, object: func(s memorySize, n int) []byte {
			return fmt.Appendf(nil, `{"timestamp":%d,"event":{"type":"t","data":{"id":"1"},%s}`, n, foreignNames(smaller(s, 200))[1:])
		}},
		{name: "claim check: no JSON", claims: 1, object: func(s memorySize, _ int) []byte { return []byte(`{"a"` + strings.Repeat("x", s.payload-200)) }},
		valued("one text", false, valueSchema, text),
		valued("too many objects", true, valueSchema, objects),
		valued("too many empty objects", false, valueSchema, emptyObjects),
		valued("too many empty arrays", false, valueSchema, emptyArrays),
		valued("too many literals", false, valueSchema, literals),
		valued("too many numbers", false, valueSchema, numbers),
		valued("too many texts", false, valueSchema, texts),
		valued("too many different numbers", false, uniqueSchema, different),
		valued("too many objects nested deep", false, busySchema, deepObjects),
		valued("objects", true, busySchema, asManyObjects),
		valued("empty objects", false, busySchema, asManyEmpty),
		valued("empty arrays", false, busySchema, asManyArrays),
		valued("literals", false, busySchema, asManyLiterals),
		valued("different numbers", true, uniqueSchema, asManyNumbers),
		valued("different texts", false, uniqueSchema, asManyTexts),
		valued("names", true, busySchema, asManyNames),
		valued("objects nested deep", false, busySchema, asDeep),
		{name: "compressed, as large as before", object: wrappedIn(text, gzip.NoCompression), claims: 1, short: true},
		{name: "compressed well", object: wrappedIn(foreignNames, gzip.BestSpeed), claims: 1},
		{name: "compressed 200-fold", object: wrappedIn(thin, gzip.BestSpeed), claims: 1},
		{name: "a compressed bomb", object: func(s memorySize, _ int) []byte { return gzipped(gzip.BestSpeed, make([]byte, 8*s.payload)) }, claims: 1},
		{name: "SNS around the event", claims: 1, short: true, object: func(s memorySize, n int) []byte { return notification(direct(text(smaller(s, 500)), n)) }},
		{name: "SNS of escapes", claims: 1, object: func(s memorySize, n int) []byte {
			return notification(direct(foreignNames(smaller(s, s.payload/4)), n))
		}},
		{name: "SNS around compressed around SNS", claims: 1, object: func(s memorySize, n int) []byte {
			quarter := smaller(s, s.payload*3/4+500)
			inner := notification(direct(text(quarter), n))
			return notification([]byte(base64.StdEncoding.EncodeToString(gzipped(gzip.BestSpeed, inner))))
		}},
		{name: "ten claim checks of text", object: of(text), claims: 10},
		{name: "ten claim checks of text, slow downstream", object: of(text), claims: 10, slow: true, short: true},
		{name: "ten claim checks of names", object: of(foreignNames), claims: 10, slow: true, short: true},
		{name: "100 claim checks of a fifth of the size", claims: 100, slow: true, object: func(s memorySize, n int) []byte {
			return direct(text(smaller(s, s.payload*4/5)), n)
		}},
		{name: "ten claim checks, compressed", object: wrappedIn(text, gzip.NoCompression), claims: 10, slow: true},
		{name: "ten claim checks, schema of values", object: of(objects), claims: 10, schema: valueSchema, slow: true},
		{name: "three batches of different claim checks", batches: 3, claims: 3, short: true, object: func(s memorySize, n int) []byte {
			return [...]func(memorySize, int) []byte{of(foreignNames), of(exponents), wrappedIn(text, gzip.NoCompression)}[n%3](s, n)
		}},
		{name: "six batches of a claim check of names", batches: 6, claims: 1, object: of(foreignNames)},
	}
	for _, c := range []struct {
		name  string
		short bool
		data  func(s memorySize) string
	}{{"text", false, text}, {"names", false, foreignNames}, {"1e20", false, exponents}, {"control characters", false, controls}, {"objects", false, objects}} {
		cases = append(cases, memoryCase{name: "24 messages of 256 KB: " + c.name, short: c.short, slow: true, batches: 3, bodies: events(24, c.data)})
	}
	return append(cases,
		memoryCase{name: "24 messages of 256 KB: schema of values", schema: busySchema, short: true, bodies: events(24, objects)},
		memoryCase{name: "24 messages of 256 KB for quarantine", batches: 2, bodies: alike(24, strings.Repeat("no JSON ", share(24)/8))},
		memoryCase{name: "six messages of 1 MiB for quarantine, by way of the bucket", batches: 2, bodies: alike(6, strings.Repeat("<&é", share(6)/4))},
		memoryCase{name: "messages that expand to the maximum", slow: true, short: true, bodies: func(s memorySize, batch int) []string {
			return packed(8, batch, thin(smaller(s, 1000)))
		}},
		memoryCase{name: "messages that expand to names", slow: true, bodies: func(s memorySize, batch int) []string {
			return packed(6, batch, foreignNames(memorySize{payload: min(s.payload, 1<<20)}))
		}},
		memoryCase{name: "10,000 messages", batches: 3, short: true, bodies: events(10_000, small)},
		memoryCase{name: "10,000 messages for quarantine", batches: 2, short: true, bodies: alike(10_000, "no JSON")},
		memoryCase{name: "3,000 messages, many deliveries at a time", slow: true, timeout: 12 * time.Second, bodies: events(3000, small)},
		memoryCase{name: "800 messages, large answers", answers: true, slow: true, bodies: events(800, small)},
		memoryCase{name: "800 messages, large answers, many deliveries at a time, HTTP/2", answers: true, slow: true, http2: true, short: true, timeout: 8 * time.Second, bodies: events(800, small)},
		memoryCase{name: "flags of 500 KB of schemas", batches: 2, flags: largeFlags(), bodies: events(1, small)},
		memoryCase{name: "halves of surrogate pairs, replaced", flags: `{"loneSurrogates":"replace"}`, claims: 1, object: of(halves)},
	)
}()

// events are bodies of so many messages that fill an invocation, with such data.
func events(count int, data func(s memorySize) string) func(s memorySize, batch int) []string {
	return func(s memorySize, batch int) []string {
		s.payload = share(count) - 100
		made := data(s)
		bodies := make([]string, count)
		for i := range bodies {
			bodies[i] = string(direct(made, batch*count+i+1))
		}
		return bodies
	}
}

// alike are bodies that are no events.
func alike(count int, body string) func(s memorySize, batch int) []string {
	return func(_ memorySize, batch int) []string {
		bodies := make([]string, count)
		for i := range bodies {
			bodies[i] = fmt.Sprint(batch, i, body)
		}
		return bodies
	}
}

// packed are bodies of events in gzip.
func packed(count, batch int, data string) []string {
	bodies := make([]string, count)
	for i := range bodies {
		bodies[i] = base64.StdEncoding.EncodeToString(gzipped(gzip.BestSpeed, direct(data, batch*count+i+1)))
	}
	return bodies
}

// largeFlags is a document as large as it can be.
func largeFlags() string {
	var b strings.Builder
	b.WriteString(`{"schemas":{`)
	for topic := range 8 {
		if topic > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"t%d":{"1":{"properties":{`, topic)
		for i := 0; i < 2500; i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"p%d":{"maxLength":9}`, i)
		}
		b.WriteString(`}}}`)
	}
	b.WriteString(`}}`)
	return b.String()
}
