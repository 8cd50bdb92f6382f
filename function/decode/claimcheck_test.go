package decode

import (
	"fmt"
	"strings"
	"testing"
)

// claimCheckOf decodes a body that is a claim check. It is nil where the rules refuse it.
func claimCheckOf(t testing.TB, rules ClaimCheckRules, body string) (*ClaimCheck, error) {
	t.Helper()
	doc := document{body: []byte(body)}
	if o, err := look(doc.body); err != nil || !isClaimCheck(doc, o) {
		t.Fatalf("%s is not recognized: %v", body, err)
	}
	found, err := newClaimChecks(rules).decode(doc)
	return found.claimCheck, err
}

func array(bucket, key string) string {
	return fmt.Sprintf(`["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"%s","s3Key":"%s"}]`, bucket, key)
}

func TestRefusedClaimChecks(t *testing.T) {
	cases := []struct {
		name, body string
		reason     Reason
	}{
		{"a foreign bucket", array("other", "payloads/x"), ForeignBucket},
		{"a bucket whose name begins so", array("stack-payloads-2", "payloads/x"), ForeignBucket},
		{"the bucket in upper case", array("Stack-Payloads", "payloads/x"), ForeignBucket},
		{"an access point", array("arn:aws:s3:eu-central-1:111122223333:accesspoint/x", "payloads/x"), ForeignBucket},
		{"a bucket with a path", array("stack-payloads/payloads", "payloads/x"), ForeignBucket},
		{"no bucket", array("", "payloads/x"), BadClaimCheck},
		{"no key", array("stack-payloads", ""), BadClaimCheck},
		{"a foreign prefix", array("stack-payloads", "secrets/x"), ForeignPrefix},
		{"the prefix elsewhere in the key", array("stack-payloads", "x/payloads/x"), ForeignPrefix},
		{"a slash before the prefix", array("stack-payloads", "/payloads/x"), ForeignPrefix},
		{"the prefix without its slash", array("stack-payloads", "payloadsx"), ForeignPrefix},
		{"nothing behind the prefix", array("stack-payloads", "payloads/"), ForeignPrefix},
		{"the prefix in upper case", array("stack-payloads", "Payloads/x"), ForeignPrefix},
		{"a way up", array("stack-payloads", "payloads/../secrets/x"), BadClaimCheck},
		{"a way nowhere", array("stack-payloads", "payloads/./x"), BadClaimCheck},
		{"a line break in the key", array("stack-payloads", `payloads/x\n`), BadClaimCheck},
		{"a NUL in the key", array("stack-payloads", `payloads/\u0000x`), BadClaimCheck},
		{"a control character beyond ASCII", array("stack-payloads", `payloads/\u0085x`), BadClaimCheck},
		{"a key of 1025 bytes", array("stack-payloads", "payloads/"+strings.Repeat("x", 1016)), BadClaimCheck},
		{"another class", `["software.amazon.payloadoffloading.PayloadS3Pointer"]`, BadClaimCheck},
		{"a text instead of an object", `["software.amazon.payloadoffloading.PayloadS3Pointer","s3://stack-payloads/payloads/x"]`, BadClaimCheck},
		{"three elements", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads","s3Key":"payloads/x"},{}]`, BadClaimCheck},
		{"an array in an array", `[["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads","s3Key":"payloads/x"}]]`, BadClaimCheck},
		{"a key that is an object", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads","s3Key":{}}]`, BadClaimCheck},
		{"two keys", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads","s3Key":"payloads/x","s3Key":"payloads/y"}]`, DuplicateName},
		{"half of a claim check", `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads"`, NotJSON},
		{"something behind it", array("stack-payloads", "payloads/x") + "x", NotJSON},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := claimCheckOf(t, newRules(), c.body)
			if got != nil || reasonOf(t, err) != c.reason {
				t.Errorf("%v, %v, want reason %s", got, err, c.reason)
			}
		})
	}
}

func TestLongestKey(t *testing.T) {
	if _, err := claimCheckOf(t, newRules(), array("stack-payloads", "payloads/"+strings.Repeat("x", 1015))); err != nil {
		t.Error(err)
	}
}

func TestClaimCheckURLs(t *testing.T) {
	const host = "https://stack-payloads.s3.eu-central-1.amazonaws.com"
	cases := []struct {
		name, url string
		reason    Reason
	}{
		{"the bucket's", host + "/payloads/x?X-Amz-Signature=00", ""},
		{"with the port", host + ":443/payloads/x", ""},
		{"with the scheme in upper case", strings.Replace(host, "https", "HTTPS", 1) + "/payloads/x", ""},
		{"by path", "https://s3.eu-central-1.amazonaws.com/stack-payloads/payloads/x", ""},
		{"by path, of the global host", "https://s3.amazonaws.com/stack-payloads/payloads/x", ""},

		{"the metadata service", "http://169.254.169.254/latest/meta-data/iam/security-credentials/", ForeignURL},
		{"the metadata service over TLS", "https://169.254.169.254/payloads/x", ForeignURL},
		{"the metadata service as a number", "https://2852039166/payloads/x", ForeignURL},
		{"the metadata service in IPv6", "https://[fd00:ec2::254]/payloads/x", ForeignURL},
		{"the function's runtime", "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next", ForeignURL},
		{"a foreign host", "https://evil.example/payloads/x", ForeignURL},
		{"the bucket's host as a user name", host + "@evil.example/payloads/x", ForeignURL},
		{"the bucket's host as user name and password", "https://stack-payloads.s3.eu-central-1.amazonaws.com:443@evil.example/payloads/x", ForeignURL},
		{"a user name before the bucket's host", "https://user@stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"an empty user name", "https://@stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"the bucket's host before a foreign one", host + ".evil.example/payloads/x", ForeignURL},
		{"the bucket's host behind a foreign one", "https://evil.stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"a backslash", `https://stack-payloads.s3.eu-central-1.amazonaws.com\\@evil.example/payloads/x`, BadClaimCheck},
		{"upper case", "https://STACK-PAYLOADS.s3.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"a final dot", host + "./payloads/x", ForeignURL},
		{"a character that looks like another", `https://stack-p\u0430yloads.s3.eu-central-1.amazonaws.com/payloads/x`, ForeignURL},
		{"full width characters", `https://stack-payloads.\uff533.eu-central-1.amazonaws.com/payloads/x`, ForeignURL},
		{"a full stop of another script", `https://stack-payloads\u3002s3.eu-central-1.amazonaws.com/payloads/x`, ForeignURL},
		{"punycode", "https://xn--stack-pyloads-9ij.s3.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"an escape in the host", "https://stack%2dpayloads.s3.eu-central-1.amazonaws.com/payloads/x", BadClaimCheck},
		{"another port", host + ":8443/payloads/x", ForeignURL},
		{"an empty port", host + ":/payloads/x", ForeignURL},
		{"two ports", host + ":443:443/payloads/x", BadClaimCheck},
		{"no TLS", "http://stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"another scheme", "s3://stack-payloads/payloads/x", ForeignURL},
		{"a file", "file:///proc/self/environ", ForeignURL},
		{"no scheme", "//stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"no host", "https:/payloads/x", ForeignURL},
		{"an opaque URL", "https:stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"another region", "https://stack-payloads.s3.eu-west-1.amazonaws.com/payloads/x", ForeignURL},
		{"another service", "https://stack-payloads.s3-website.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"another bucket's host", "https://other.s3.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"another bucket by path", "https://s3.eu-central-1.amazonaws.com/other/payloads/x", ForeignBucket},
		{"no bucket by path", "https://s3.eu-central-1.amazonaws.com/", ForeignBucket},
		{"another prefix", host + "/secrets/x", ForeignPrefix},
		{"two slashes", host + "//payloads/x", ForeignPrefix},
		{"a way up", host + "/payloads/../secrets/x", BadClaimCheck},
		{"an escaped way up", host + "/payloads/%2e%2e/secrets/x", BadClaimCheck},
		{"a way up that is escaped twice is a name", host + "/payloads/%252e%252e/x", ""},
		{"an escaped NUL", host + "/payloads/%00", BadClaimCheck},
		{"bytes that are not UTF-8", host + "/payloads/%ff", BadClaimCheck},
		{"a broken escape", host + "/payloads/%zz", BadClaimCheck},
		{"a line break", host + `/payloads/x\n`, BadClaimCheck},
		{"a fragment", host + "/payloads/x#y", BadClaimCheck},
		{"an empty fragment", host + "/payloads/x#", BadClaimCheck},
		{"no path", host, BadClaimCheck},
		{"a query in place of a path", host + "?/payloads/x", BadClaimCheck},
		{"nothing", "", BadClaimCheck},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := claimCheckOf(t, newRules(), `{"payloadUrl":"`+c.url+`"}`)
			if reasonOf(t, err) != c.reason || (err == nil) != (got != nil) {
				t.Fatalf("%v, %v, want reason %s", got, err, c.reason)
			}
			if got != nil && (got.Bucket != "stack-payloads" || !strings.HasPrefix(got.Key, "payloads/")) {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestClaimCheckHosts has the bucket's URLs of other partitions and endpoints.
func TestClaimCheckHosts(t *testing.T) {
	china, local, broken := newRules(), newRules(), newRules()
	china.Region = "cn-north-1"
	local.Endpoint = "http://127.0.0.1:4566"
	broken.Endpoint = "127.0.0.1"
	cases := []struct {
		name   string
		rules  ClaimCheckRules
		url    string
		reason Reason
	}{
		{"China", china, "https://stack-payloads.s3.cn-north-1.amazonaws.com.cn/payloads/x", ""},
		{"China has no global host", china, "https://stack-payloads.s3.amazonaws.com/payloads/x", ForeignURL},
		{"an endpoint", local, "http://127.0.0.1:4566/stack-payloads/payloads/x", ""},
		{"an endpoint's other port", local, "http://127.0.0.1:4567/stack-payloads/payloads/x", ForeignURL},
		{"an endpoint in place of AWS", local, "https://stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x", ForeignURL},
		{"an endpoint that is no URL allows none", broken, "https://127.0.0.1/stack-payloads/payloads/x", ForeignURL},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := claimCheckOf(t, c.rules, `{"payloadUrl":"`+c.url+`"}`); reasonOf(t, err) != c.reason {
				t.Errorf("%v, want reason %s", err, c.reason)
			}
		})
	}
}

// TestClaimChecksOff has no payload bucket, and so takes no claim check, not even one without a bucket.
func TestClaimChecksOff(t *testing.T) {
	for _, body := range []string{array("stack-payloads", "payloads/x"), `{"payloadUrl":"https://s3.amazonaws.com//payloads/x"}`} {
		if _, err := claimCheckOf(t, ClaimCheckRules{Prefixes: newRules().Prefixes}, body); reasonOf(t, err) != ClaimCheckOff {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestErrorsSayNothing holds errors to have nothing of what the sender wrote.
func TestErrorsSayNothing(t *testing.T) {
	for _, body := range []string{array("hidden-word", "payloads/x"), array("stack-payloads", "hidden-word"), `{"payloadUrl":"https://hidden-word/x"}`, `{"payloadUrl":"https://%zz/hidden-word"}`} {
		if _, err := claimCheckOf(t, newRules(), body); err == nil || strings.Contains(err.Error(), "hidden-word") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestNotRecognizedAsClaimCheck(t *testing.T) {
	for _, body := range []string{
		`[]`, `[1]`, `["com.example.Pointer",{}]`, `["com.amazon.sqs.javamessaging.MessageS3Pointer2",{}]`, `"com.amazon.sqs.javamessaging.MessageS3Pointer"`,
		`{"payloadURL":"x"}`, `{"a":{"payloadUrl":"x"}}`, `{"payloadUrl":"x","event":{}}`, `{"payloadUrl":"x","detail":{}}`, `{"payloadUrl":"x","detail-type":"t"}`,
		`{"payloadUrl":"x","Type":"Notification","Message":"m","TopicArn":"t"}`,
	} {
		if _, recognized, _ := decodeAs("claim-check", document{body: []byte(body)}); recognized {
			t.Errorf("%s is recognized", body)
		}
	}
}

func FuzzClaimCheck(f *testing.F) {
	rules := newRules()
	fuzzDecoder(f, "claim-check", "claimcheck", func(t *testing.T, _ []byte, found content) {
		got := found.claimCheck
		if got.Bucket != rules.Bucket || len(got.Key) > maxKeyBytes || strings.Contains(got.Key, "..") ||
			!strings.HasPrefix(got.Key, "payloads/") && !strings.HasPrefix(got.Key, "quarantine/") {
			t.Errorf("a claim check of %q in %q", got.Key, got.Bucket)
		}
	},
		array("stack-payloads", `payloads/\u0000`), `{"payloadUrl":"https://stack-payloads.s3.amazonaws.com@evil/payloads/x"}`,
		`{"payloadUrl":"https://[::1]:443/%2e%2e"}`, `["com.amazon.sqs.javamessaging.MessageS3Pointer",[],{}]`)
}
