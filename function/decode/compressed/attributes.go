package compressed

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/walk"
)

// encoding is the name of a compression, as attributes have it.
type encoding string

const (
	gzipped  encoding = "gzip"
	zlibbed  encoding = "zlib"
	deflated encoding = "deflate"
)

// encodingOf returns the compression that a message's attributes name, "" for none or another. Attributes are a JSON
// object, of SQS as Lambda passes them on ({"name": {"stringValue": "gzip"}}) or of SNS ({"name": {"Value": "gzip"}}).
func encodingOf(attributes jsontext.Value) encoding {
	if attributes.Kind() != jsontext.KindBeginObject {
		return ""
	}
	var found encoding
	r := walk.New(attributes)
	_, err := r.Object(func(name []byte) error {
		if !namesEncoding(name) || r.Kind() != jsontext.KindBeginObject {
			return r.Skip()
		}
		_, err := r.Object(func(name []byte) error {
			switch string(name) {
			case "stringValue", "StringValue", "Value":
				value, err := r.Text()
				if known := knownEncoding(value); known != "" {
					found = known
				}
				return err
			default:
				return r.Skip()
			}
		})
		return err
	})
	if err != nil {
		return ""
	}
	return found
}

func namesEncoding(name []byte) bool {
	switch strings.ToLower(string(name)) {
	case "content-encoding", "contentencoding", "compression":
		return true
	default:
		return false
	}
}

func knownEncoding(value string) encoding {
	switch e := encoding(strings.ToLower(strings.TrimSpace(value))); e {
	case gzipped, zlibbed, deflated:
		return e
	default:
		return ""
	}
}
