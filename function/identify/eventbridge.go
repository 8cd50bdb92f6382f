package identify

import (
	"strings"

	"cc-eventbridge/function/event"
)

// published returns the key of an event in EventBridge's envelope. Most have the short one, which is the only one that
// versions before had.
func published(e event.Event, hash string, replaysAgain bool) []byte {
	rule, elements := "eventbridge", []string{quoted(e.Source), `"` + hash + `"`}
	if timed := e.SaysWhen(); !timed || !isOf(e.Topic, e.Type) {
		rule, elements = "eventbridge-type", append(elements, quoted(e.Type))
		if at, id := e.PublishedAt(), e.ID; !timed && at != "" {
			rule, elements = "eventbridge-time", append(elements, canonicalScalar(at))
		} else if !timed && id != "" {
			rule, elements = "eventbridge-id", append(elements, canonicalScalar(id))
		}
	}
	if e.Replay != "" && replaysAgain {
		rule, elements = rule+"-replay", append([]string{quoted(e.Replay)}, elements...)
	}
	return array(rule, elements...)
}

// auditTopic and auditTemplate are of the one kind of topic whose ids may be words: the first is the kind of an entity.
const (
	auditTopic    = "v2.audits.entitytype."
	auditTemplate = "v2.audits.entitytype.{id}.entityid.{id}"
)

// isOf reports whether a topic is of a template, as far as the topic alone says it: an id has a digit in it, and no other part
// of a topic has one, but for the version at its start. So no topic is of two templates, and events of one detail can't be
// of different detail-types. A topic whose ids are not like that is of no template.
func isOf(topic, template string) bool {
	if strings.HasPrefix(topic, auditTopic) {
		return template == auditTemplate
	}
	for first := true; ; first = false {
		part, topicRest, more := strings.Cut(topic, ".")
		want, templateRest, wantMore := strings.Cut(template, ".")
		if !first && strings.ContainsAny(part, "0123456789") {
			part = "{id}"
		}
		if part != want || more != wantMore {
			return false
		}
		if !more {
			return true
		}
		topic, template = topicRest, templateRest
	}
}
