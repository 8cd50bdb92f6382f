package pointer

import (
	"net/url"
	"slices"
	"strings"

	"cc-eventbridge/function/decode/envelope"
)

// hosts are the scheme and the hosts that URLs of the payload bucket have, as they must be written.
type hosts struct {
	scheme string
	// virtual hosts name the bucket; at path hosts the bucket is the first segment of the path (Amazon S3 user guide,
	// "Virtual hosting of general purpose buckets").
	virtual, path []string
}

func (r Rules) hosts() hosts {
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
func (h hosts) split(address, bucket string) (Pointer, error) {
	u, err := url.Parse(address)
	if err != nil {
		// Its text has the URL in it, and that the signature.
		return Pointer{}, envelope.Refuse(envelope.BadPointer, "payloadUrl is not a URL")
	}
	host := u.Host
	if h.scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	key, rooted := strings.CutPrefix(u.Path, "/")
	switch {
	case u.Scheme != h.scheme:
		return Pointer{}, envelope.Refuse(envelope.ForeignURL, "payloadUrl should be "+h.scheme)
	case u.User != nil:
		return Pointer{}, envelope.Refuse(envelope.ForeignURL, "payloadUrl should have no user name")
	case !slices.Contains(h.virtual, host) && !slices.Contains(h.path, host):
		return Pointer{}, envelope.Refuse(envelope.ForeignURL, "the host of payloadUrl should be the payload bucket's")
	case !rooted || u.Fragment != "" || strings.HasSuffix(address, "#"):
		return Pointer{}, envelope.Refuse(envelope.BadPointer, "payloadUrl should have a path and no fragment")
	}
	if slices.Contains(h.virtual, host) {
		return Pointer{Bucket: bucket, Key: key}, nil
	}
	named, key, _ := strings.Cut(key, "/")
	return Pointer{Bucket: named, Key: key}, nil
}
