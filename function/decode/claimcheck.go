package decode

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/internal/walk"
)

// olderClaimCheckClass is the class name that older versions of the extended clients write in place of the contract's.
const olderClaimCheckClass = "com.amazon.sqs.javamessaging.MessageS3Pointer"

// ClaimCheck says where in the payload bucket an object lies. Only this package makes one, of what its rules allow.
type ClaimCheck struct{ Bucket, Key string }

// claimChecks decodes claim checks that rules allow. Without a bucket it refuses all of them.
type claimChecks struct {
	rules ClaimCheckRules
	hosts hosts
}

func newClaimChecks(rules ClaimCheckRules) claimChecks { return claimChecks{rules, rules.hosts()} }

// isClaimCheck reports whether a body is an array that begins with one of the class names, or an object with a "payloadUrl"
// member and none that an event's or SNS's envelope has.
func isClaimCheck(doc document, o outline) bool {
	switch o.kind {
	case jsontext.KindBeginArray:
		first := bytes.TrimLeft(doc.body, "[ \t\r\n")
		return begins(first, contract.ClaimCheckClass) || begins(first, olderClaimCheckClass)
	case jsontext.KindBeginObject:
		return o.has(payloadURLMember) &&
			!o.has(eventMember) && !o.has(detailMember) && !o.has(detailTypeMember) &&
			!o.has(typeMember|messageMember|topicArnMember)
	default:
		return false
	}
}

// begins reports whether bytes begin with a class name in quotes.
func begins(quoted []byte, class string) bool {
	return len(quoted) > len(class)+1 && quoted[0] == '"' && string(quoted[1:len(class)+1]) == class && quoted[len(class)+1] == '"'
}

// decode returns the claim check. Its object has the message's attributes: a producer's library leaves them in place when it
// puts the body elsewhere.
func (d claimChecks) decode(doc document) (content, error) {
	var (
		c   ClaimCheck
		err error
	)
	if bytes.TrimLeft(doc.body, " \t\r\n")[0] == '[' {
		c, err = readArray(doc.body)
	} else {
		c, err = d.readURL(doc.body)
	}
	if err == nil {
		err = d.rules.check(c)
	}
	if err != nil {
		return content{}, err
	}
	return content{claimCheck: &c, inner: document{attributes: doc.attributes}}, nil
}

// quarantined returns where the body of a message is that quarantine put into the payload bucket. Only the function writes
// under that prefix, and only in the notation with a class name.
func (r *Reader) quarantined(doc document) (ClaimCheck, bool) {
	if o, err := look(doc.body); err != nil || !isClaimCheck(doc, o) {
		return ClaimCheck{}, false
	}
	c, err := readArray(doc.body)
	if err != nil || r.rules.check(c) != nil || !strings.HasPrefix(c.Key, contract.QuarantinePrefix) {
		return ClaimCheck{}, false
	}
	return c, true
}

// readArray reads the extended clients' notation.
func readArray(body []byte) (ClaimCheck, error) {
	var (
		c        ClaimCheck
		elements int
		class    string
		where    bool
	)
	r := walk.New(body)
	err := r.Array(func(index int) (err error) {
		elements++
		switch {
		case index == 0:
			class, err = r.Text()
		case index == 1 && r.Kind() == jsontext.KindBeginObject:
			where = true
			err = readWhere(r, &c)
		default:
			err = r.Skip()
		}
		return err
	})
	if err == nil {
		err = r.End()
	}
	switch {
	case err != nil:
		return ClaimCheck{}, syntax(body, err)
	case elements != 2 || class != contract.ClaimCheckClass && class != olderClaimCheckClass || !where:
		return ClaimCheck{}, refuse(BadClaimCheck, "a claim check should be an array of a class name and an object")
	case c.Bucket == "":
		return ClaimCheck{}, refuse(BadClaimCheck, "s3BucketName should be a non-empty string")
	}
	return c, nil
}

func readWhere(r *walk.Reader, c *ClaimCheck) error {
	_, err := r.Object(func(name []byte) (err error) {
		switch string(name) {
		case "s3BucketName":
			c.Bucket, err = r.Text()
		case "s3Key":
			c.Key, err = r.Text()
		default:
			err = r.Skip()
		}
		return err
	})
	return err
}

// readURL reads the notation with a pre-signed URL.
func (d claimChecks) readURL(body []byte) (ClaimCheck, error) {
	var address string
	_, err := walkObject(body, func(r *walk.Reader, name []byte) (err error) {
		if string(name) != "payloadUrl" {
			return r.Skip()
		}
		address, err = r.Text()
		return err
	})
	switch {
	case err != nil:
		return ClaimCheck{}, err
	case address == "":
		return ClaimCheck{}, refuse(BadClaimCheck, "payloadUrl should be a non-empty string")
	case d.rules.Bucket == "":
		return ClaimCheck{}, errClaimChecksOff
	}
	return d.hosts.split(address, d.rules.Bucket)
}

// maxKeyBytes is the longest key that S3 has (Amazon S3 user guide, "Naming Amazon S3 objects").
const maxKeyBytes = 1024

// ClaimCheckRules say which objects a claim check may point to.
type ClaimCheckRules struct {
	// Bucket is the payload bucket; "" where there is none.
	Bucket string
	// Region is the bucket's, for the hosts of its URLs.
	Region string
	// Prefixes are what keys must begin with, each with its slash; none allows nothing.
	Prefixes []string
	// Endpoint is the URL of an S3 other than AWS's, as in tests ("http://127.0.0.1:4566"); "" for AWS. URLs in claim checks
	// must then be of that scheme, host and port.
	Endpoint string
}

var errClaimChecksOff = refuse(ClaimCheckOff, "this stack has no payload bucket")

// check reports an error unless the rules allow a claim check. No error names the bucket or the key: the sender chose them.
func (r ClaimCheckRules) check(c ClaimCheck) error {
	switch {
	case r.Bucket == "":
		return errClaimChecksOff
	case c.Bucket != r.Bucket:
		return refuse(ForeignBucket, "the bucket should be the payload bucket")
	case c.Key == "" || len(c.Key) > maxKeyBytes:
		return refuse(BadClaimCheck, "the key should have 1 to 1024 bytes")
	case !utf8.ValidString(c.Key):
		return refuse(BadClaimCheck, "the key should be UTF-8")
	case strings.ContainsFunc(c.Key, unicode.IsControl):
		return refuse(BadClaimCheck, "the key should have no control characters")
	case climbs(c.Key):
		return refuse(BadClaimCheck, `the key should have no "..", and no "." between slashes`)
	}
	for _, prefix := range r.Prefixes {
		if name, ok := strings.CutPrefix(c.Key, prefix); ok && name != "" {
			return nil
		}
	}
	return refuse(ForeignPrefix, "the key should be a name behind one of the prefixes that payloads have")
}

// climbs reports a key that is another one to whoever resolves it like a path, as some proxies and clients do.
func climbs(key string) bool {
	return strings.Contains(key, "..") || strings.Contains("/"+key+"/", "/./")
}

// hosts are the scheme and the hosts that URLs of the payload bucket have, as they must be written.
type hosts struct {
	scheme string
	// virtual hosts name the bucket; at path hosts the bucket is the first segment of the path (Amazon S3 user guide,
	// "Virtual hosting of general purpose buckets").
	virtual, path []string
}

func (r ClaimCheckRules) hosts() hosts {
	if r.Bucket == "" {
		return hosts{}
	}
	h := hosts{scheme: "https"}
	if r.Endpoint != "" {
		endpoint, err := url.Parse(r.Endpoint)
		if err != nil || endpoint.Host == "" {
			return h
		}
		h.scheme, h.path = endpoint.Scheme, []string{endpoint.Host}
	} else {
		domain := ".amazonaws.com"
		if strings.HasPrefix(r.Region, "cn-") {
			domain += ".cn"
		}
		h.path = []string{"s3." + r.Region + domain, "s3.dualstack." + r.Region + domain}
		if domain == ".amazonaws.com" {
			// The host of before there were regions' own, which signers use to this day.
			h.path = append(h.path, "s3"+domain)
		}
	}
	for _, host := range h.path {
		h.virtual = append(h.virtual, r.Bucket+"."+host)
	}
	return h
}

// split takes a URL of the bucket apart. Everything else is refused: hosts are compared as they are written, so that no
// upper case, final dot, other notation of an address or character that looks like another gets through.
func (h hosts) split(address, bucket string) (ClaimCheck, error) {
	u, err := url.Parse(address)
	if err != nil {
		// Its text has the URL in it, and that the signature.
		return ClaimCheck{}, refuse(BadClaimCheck, "payloadUrl is not a URL")
	}
	host := u.Host
	if h.scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	key, rooted := strings.CutPrefix(u.Path, "/")
	switch {
	case u.Scheme != h.scheme:
		return ClaimCheck{}, refuse(ForeignURL, "payloadUrl should be "+h.scheme)
	case u.User != nil:
		return ClaimCheck{}, refuse(ForeignURL, "payloadUrl should have no user name")
	case !slices.Contains(h.virtual, host) && !slices.Contains(h.path, host):
		return ClaimCheck{}, refuse(ForeignURL, "the host of payloadUrl should be the payload bucket's")
	case !rooted || u.Fragment != "" || strings.HasSuffix(address, "#"):
		return ClaimCheck{}, refuse(BadClaimCheck, "payloadUrl should have a path and no fragment")
	}
	if slices.Contains(h.virtual, host) {
		return ClaimCheck{Bucket: bucket, Key: key}, nil
	}
	named, key, _ := strings.Cut(key, "/")
	return ClaimCheck{Bucket: named, Key: key}, nil
}
