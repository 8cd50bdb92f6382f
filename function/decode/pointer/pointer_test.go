package pointer_test

import (
	"fmt"
	"strings"
	"testing"

	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/decode/internal/decodetest"
	"cc-eventbridge/function/decode/pointer"
)

var rules = pointer.Rules{Bucket: "stack-payloads", Region: "eu-central-1", Prefixes: []string{"payloads/", "quarantine/"}}

func decode(t testing.TB, rules pointer.Rules, body string) (*pointer.Pointer, error) {
	t.Helper()
	document := envelope.Document{Body: []byte(body)}
	outline, ok := decodetest.Outline(document.Body)
	if !ok || !pointer.New(rules).Recognizes(document, outline) {
		t.Fatalf("%s is not recognized", body)
	}
	content, err := pointer.New(rules).Decode(document)
	return content.Pointer, err
}

// TestPointers decodes each file of testdata; beside it is what should come out. A new case is a new file.
func TestPointers(t *testing.T) {
	decodetest.Each(t, func(t *testing.T, file string, body []byte) {
		p, err := decode(t, rules, string(body))
		if err != nil {
			t.Fatal(err)
		}
		decodetest.Golden(t, file, fmt.Sprintf("bucket %s\nkey    %s\n", p.Bucket, p.Key))
	}, ".json")
}

func array(bucket, key string) string {
	return fmt.Sprintf(`["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"%s","s3Key":"%s"}]`, bucket, key)
}

func TestRefused(t *testing.T) {
	cases := []struct {
		name, body string
		reason     envelope.Reason
	}{
		{"a foreign bucket", array("other", "payloads/x"), envelope.ForeignBucket},
		{"a bucket whose name begins so", array("stack-payloads-2", "payloads/x"), envelope.ForeignBucket},
		{"the bucket in upper case", array("Stack-Payloads", "payloads/x"), envelope.ForeignBucket},
		{"an access point", array("arn:aws:s3:eu-central-1:111122223333:accesspoint/x", "payloads/x"), envelope.ForeignBucket},
		{"a bucket with a path", array("stack-payloads/payloads", "payloads/x"), envelope.ForeignBucket},
		{"no bucket", array("", "payloads/x"), envelope.BadPointer},
		{"no key", array("stack-payloads", ""), envelope.BadPointer},
		{"a foreign prefix", array("stack-payloads", "secrets/x"), envelope.ForeignPrefix},
		{"the prefix elsewhere in the key", array("stack-payloads", "x/payloads/x"), envelope.ForeignPrefix},
		{"a slash before the prefix", array("stack-payloads", "/payloads/x"), envelope.ForeignPrefix},
		{"the prefix without its slash", array("stack-payloads", "payloadsx"), envelope.ForeignPrefix},
		{"nothing behind the prefix", array("stack-payloads", "payloads/"), envelope.ForeignPrefix},
		{"the prefix in upper case", array("stack-payloads", "Payloads/x"), envelope.ForeignPrefix},
		{"a way up", array("stack-payloads", "payloads/../secrets/x"), envelope.BadPointer},
		{"a way nowhere", array("stack-payloads", "payloads/./x"), envelope.BadPointer},
		{"a line break in the key", array("stack-payloads", `payloads/x\n`), envelope.BadPointer},
		{"a NUL in the key", array("stack-payloads", `payloads/\u0000x`), envelope.BadPointer},
		{"a control character beyond ASCII", array("stack-payloads", `payloads/\u0085x`), envelope.BadPointer},
		{"a key of 1025 bytes", array("stack-payloads", "payloads/"+strings.Repeat("x", 1016)), envelope.BadPointer},
		{"another class", `["software.amazon.payloadoffloading.PayloadS3Pointer"]`, envelope.BadPointer},
		{"a text instead of an object", `["software.amazon.payloadoffloading.PayloadS3Pointer","s3://stack-payloads/payloads/x"]`, envelope.BadPointer},
		{"three elements", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads","s3Key":"payloads/x"},{}]`, envelope.BadPointer},
		{"an array in an array", `[["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads","s3Key":"payloads/x"}]]`, envelope.BadPointer},
		{"a key that is an object", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads","s3Key":{}}]`, envelope.BadPointer},
		{"two keys", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads","s3Key":"payloads/x","s3Key":"payloads/y"}]`, envelope.DuplicateName},
		{"half of a pointer", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads"`, envelope.NotJSON},
		{"something behind it", array("stack-payloads", "payloads/x") + "x", envelope.NotJSON},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, err := decode(t, rules, c.body)
			if p != nil || decodetest.Reason(t, err) != c.reason {
				t.Errorf("%v, %v, want reason %s", p, err, c.reason)
			}
		})
	}
}

func TestLongestKey(t *testing.T) {
	if _, err := decode(t, rules, array("stack-payloads", "payloads/"+strings.Repeat("x", 1015))); err != nil {
		t.Error(err)
	}
}

func TestURLs(t *testing.T) {
	const host = "https://stack-payloads.s3.eu-central-1.amazonaws.com"
	cases := []struct {
		name, url string
		reason    envelope.Reason
	}{
		{"the bucket's", host + "/payloads/x?X-Amz-Signature=00", ""},
		{"with the port", host + ":443/payloads/x", ""},
		{"with the scheme in upper case", strings.Replace(host, "https", "HTTPS", 1) + "/payloads/x", ""},
		{"by path", "https://s3.eu-central-1.amazonaws.com/stack-payloads/payloads/x", ""},
		{"by path, of the global host", "https://s3.amazonaws.com/stack-payloads/payloads/x", ""},

		{"the metadata service", "http://169.254.169.254/latest/meta-data/iam/security-credentials/", envelope.ForeignURL},
		{"the metadata service over TLS", "https://169.254.169.254/payloads/x", envelope.ForeignURL},
		{"the metadata service as a number", "https://2852039166/payloads/x", envelope.ForeignURL},
		{"the metadata service in IPv6", "https://[fd00:ec2::254]/payloads/x", envelope.ForeignURL},
		{"the function's runtime", "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next", envelope.ForeignURL},
		{"a foreign host", "https://evil.example/payloads/x", envelope.ForeignURL},
		{"the bucket's host as a user name", host + "@evil.example/payloads/x", envelope.ForeignURL},
		{"the bucket's host as user name and password", "https://stack-payloads.s3.eu-central-1.amazonaws.com:443@evil.example/payloads/x", envelope.ForeignURL},
		{"a user name before the bucket's host", "https://user@stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"an empty user name", "https://@stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"the bucket's host before a foreign one", host + ".evil.example/payloads/x", envelope.ForeignURL},
		{"the bucket's host behind a foreign one", "https://evil.stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"a backslash", `https://stack-payloads.s3.eu-central-1.amazonaws.com\\@evil.example/payloads/x`, envelope.BadPointer},
		{"upper case", "https://STACK-PAYLOADS.s3.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"a final dot", host + "./payloads/x", envelope.ForeignURL},
		{"a character that looks like another", `https://stack-p\u0430yloads.s3.eu-central-1.amazonaws.com/payloads/x`, envelope.ForeignURL},
		{"full width characters", `https://stack-payloads.\uff533.eu-central-1.amazonaws.com/payloads/x`, envelope.ForeignURL},
		{"a full stop of another script", `https://stack-payloads\u3002s3.eu-central-1.amazonaws.com/payloads/x`, envelope.ForeignURL},
		{"punycode", "https://xn--stack-pyloads-9ij.s3.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"an escape in the host", "https://stack%2dpayloads.s3.eu-central-1.amazonaws.com/payloads/x", envelope.BadPointer},
		{"another port", host + ":8443/payloads/x", envelope.ForeignURL},
		{"an empty port", host + ":/payloads/x", envelope.ForeignURL},
		{"two ports", host + ":443:443/payloads/x", envelope.BadPointer},
		{"no TLS", "http://stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"another scheme", "s3://stack-payloads/payloads/x", envelope.ForeignURL},
		{"a file", "file:///proc/self/environ", envelope.ForeignURL},
		{"no scheme", "//stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"no host", "https:/payloads/x", envelope.ForeignURL},
		{"an opaque URL", "https:stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"another region", "https://stack-payloads.s3.eu-west-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"another service", "https://stack-payloads.s3-website.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"another bucket's host", "https://other.s3.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"another bucket by path", "https://s3.eu-central-1.amazonaws.com/other/payloads/x", envelope.ForeignBucket},
		{"no bucket by path", "https://s3.eu-central-1.amazonaws.com/", envelope.ForeignBucket},
		{"another prefix", host + "/secrets/x", envelope.ForeignPrefix},
		{"two slashes", host + "//payloads/x", envelope.ForeignPrefix},
		{"a way up", host + "/payloads/../secrets/x", envelope.BadPointer},
		{"an escaped way up", host + "/payloads/%2e%2e/secrets/x", envelope.BadPointer},
		{"a way up that is escaped twice is a name", host + "/payloads/%252e%252e/x", ""},
		{"an escaped NUL", host + "/payloads/%00", envelope.BadPointer},
		{"bytes that are not UTF-8", host + "/payloads/%ff", envelope.BadPointer},
		{"a broken escape", host + "/payloads/%zz", envelope.BadPointer},
		{"a line break", host + `/payloads/x\n`, envelope.BadPointer},
		{"a fragment", host + "/payloads/x#y", envelope.BadPointer},
		{"an empty fragment", host + "/payloads/x#", envelope.BadPointer},
		{"no path", host, envelope.BadPointer},
		{"a query in place of a path", host + "?/payloads/x", envelope.BadPointer},
		{"nothing", "", envelope.BadPointer},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, err := decode(t, rules, `{"payloadUrl":"`+c.url+`"}`)
			if decodetest.Reason(t, err) != c.reason || (err == nil) != (p != nil) {
				t.Fatalf("%v, %v, want reason %s", p, err, c.reason)
			}
			if p != nil && (p.Bucket != rules.Bucket || !strings.HasPrefix(p.Key, "payloads/")) {
				t.Errorf("%v", p)
			}
		})
	}
}

// TestHosts has the bucket's URLs of other partitions and endpoints.
func TestHosts(t *testing.T) {
	china, local := rules, rules
	china.Region = "cn-north-1"
	local.Endpoint = "http://127.0.0.1:4566"
	broken := rules
	broken.Endpoint = "127.0.0.1"
	cases := []struct {
		name   string
		rules  pointer.Rules
		url    string
		reason envelope.Reason
	}{
		{"China", china, "https://stack-payloads.s3.cn-north-1.amazonaws.com.cn/payloads/x", ""},
		{"China has no global host", china, "https://stack-payloads.s3.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"an endpoint", local, "http://127.0.0.1:4566/stack-payloads/payloads/x", ""},
		{"an endpoint's other port", local, "http://127.0.0.1:4567/stack-payloads/payloads/x", envelope.ForeignURL},
		{"an endpoint in place of AWS", local, "https://stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", envelope.ForeignURL},
		{"an endpoint that is no URL allows none", broken, "https://127.0.0.1/stack-payloads/payloads/x", envelope.ForeignURL},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := decode(t, c.rules, `{"payloadUrl":"`+c.url+`"}`); decodetest.Reason(t, err) != c.reason {
				t.Errorf("%v, want reason %s", err, c.reason)
			}
		})
	}
}

// TestOff has no payload bucket, and so takes no claim check, not even one without a bucket.
func TestOff(t *testing.T) {
	for _, body := range []string{array("stack-payloads", "payloads/x"), `{"payloadUrl":"https://s3.amazonaws.com//payloads/x"}`} {
		if _, err := decode(t, pointer.Rules{Prefixes: rules.Prefixes}, body); decodetest.Reason(t, err) != envelope.ClaimCheckOff {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestErrorsSayNothing holds errors to have nothing of what the sender wrote.
func TestErrorsSayNothing(t *testing.T) {
	for _, body := range []string{array("hidden-word", "payloads/x"), array("stack-payloads", "hidden-word"), `{"payloadUrl":"https://hidden-word/x"}`, `{"payloadUrl":"https://%zz/hidden-word"}`} {
		if _, err := decode(t, rules, body); err == nil || strings.Contains(err.Error(), "hidden-word") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestNotRecognized(t *testing.T) {
	for _, body := range []string{
		`[]`, `[1]`, `["com.example.Pointer",{}]`, `["com.amazon.sqs.javamessaging.MessageS3Pointer2",{}]`, `"com.amazon.sqs.javamessaging.MessageS3Pointer"`,
		`{"payloadURL":"x"}`, `{"a":{"payloadUrl":"x"}}`, `{"payloadUrl":"x","event":{}}`, `{"payloadUrl":"x","detail":{}}`, `{"payloadUrl":"x","detail-type":"t"}`,
		`{"payloadUrl":"x","Type":"Notification","Message":"m","TopicArn":"t"}`,
	} {
		outline, _ := decodetest.Outline([]byte(body))
		if pointer.New(rules).Recognizes(envelope.Document{Body: []byte(body)}, outline) {
			t.Errorf("%s is recognized", body)
		}
	}
}

func FuzzPointer(f *testing.F) {
	decodetest.Seed(f, ".json", func(body []byte) { f.Add(body) })
	for _, body := range []string{
		array("stack-payloads", `payloads/\u0000`), `{"payloadUrl":"https://stack-payloads.s3.amazonaws.com@evil/payloads/x"}`,
		`{"payloadUrl":"https://[::1]:443/%2e%2e"}`, `["com.amazon.sqs.javamessaging.MessageS3Pointer",[],{}]`,
	} {
		f.Add([]byte(body))
	}
	decoder := pointer.New(rules)
	f.Fuzz(func(t *testing.T, body []byte) {
		document := envelope.Document{Body: body}
		outline, ok := decodetest.Outline(body)
		if !ok || !decoder.Recognizes(document, outline) {
			return
		}
		content, err := decoder.Decode(document)
		if decodetest.Reason(t, err) != "" {
			return
		}
		p := content.Pointer
		if p.Bucket != rules.Bucket || len(p.Key) > pointer.MaxKeyBytes || strings.Contains(p.Key, "..") ||
			!strings.HasPrefix(p.Key, "payloads/") && !strings.HasPrefix(p.Key, "quarantine/") {
			t.Errorf("a pointer to %q in %q", p.Key, p.Bucket)
		}
	})
}
