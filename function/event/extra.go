package event

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Member is a member of an object: its name and its value as it was written.
type Member struct {
	Name  string
	Value jsontext.Value
}

// nested begins the names of members that stand in the "event" member of the direct envelope.
const nested = "event."

// Extra returns the envelope's members that this package has no field for, in the order in which they came. Genesys
// Cloud adds some without notice; they are kept for the downstream and mean nothing here. Those inside the payload are
// part of it.
//
// A member of "event" beside type and data is named "event.<name>"; one that the envelope has under that very name at its
// top level goes before it, so that no name comes twice.
func (e *Event) Extra() []Member {
	if e.Envelope == EventBridge {
		return extraMembers(nil, e.Whole, e.Payload, "", func(name []byte) bool {
			switch string(name) {
			case "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name":
				return false
			default:
				return true
			}
		})
	}
	var taken map[string]bool
	extra := extraMembers(nil, e.Whole, e.Payload, "", func(name []byte) bool {
		if bytes.HasPrefix(name, []byte(nested)) {
			if taken == nil {
				taken = map[string]bool{}
			}
			taken[string(name)] = true
		}
		return string(name) != "event" && string(name) != "timestamp"
	})
	return extraMembers(extra, lookup(e.Whole, e.Payload, "event"), e.Payload, nested, func(name []byte) bool {
		return string(name) != "type" && string(name) != "data" && !taken[nested+string(name)]
	})
}

// extraMembers appends those members of an object whose name is unknown.
func extraMembers(extra []Member, object, inside jsontext.Value, prefix string, unknown func(name []byte) bool) []Member {
	members(object, inside, func(name []byte, value jsontext.Value) bool {
		if unknown(name) {
			extra = append(extra, Member{prefix + string(name), value})
		}
		return true
	})
	return extra
}
