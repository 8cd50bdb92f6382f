package event

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// placeholder stands in a topic template for each id.
const placeholder = "{id}"

// EntityIDs returns the ids of what the event is about.
//
//   - EventBridge: what stands in the topic for each {id} of its template, in order; an audit has two. Ids may have dots
//     in them: an id ends where the text that follows it in the template first occurs, and the last one where the topic
//     ends. It is nil for a template without ids, an event without a topic (presence has been seen so) and a topic that
//     does not fit its template.
//   - Direct: data.id, nil if there is none.
func (e *Event) EntityIDs() []string {
	if e.Envelope == EventBridge {
		return topicIDs(e.Type, e.Topic)
	}
	if e.ID == "" {
		return nil
	}
	return []string{e.ID.Text()}
}

func topicIDs(template, topic string) []string {
	before, after, more := strings.Cut(template, placeholder)
	topic, fits := strings.CutPrefix(topic, before)
	if !more || !fits {
		return nil
	}
	var ids []string
	for more {
		before, after, more = strings.Cut(after, placeholder)
		var id string
		switch {
		case more:
			id, topic, fits = strings.Cut(topic, before)
		default:
			id, fits = strings.CutSuffix(topic, before)
		}
		if !fits || id == "" {
			return nil
		}
		ids = append(ids, id)
	}
	return ids
}

// Organization returns the Genesys Cloud organization's id, "" where the event does not say it.
//
//   - EventBridge: from the source, aws.partner/genesys.com/cloud/<organization>/<suffix>; Genesys's test systems have
//     genesys.com.test there.
//   - Direct: metadata.organizationId, if it is a string.
func (e *Event) Organization() string {
	if e.Envelope != EventBridge {
		raw := lookup(e.Whole, e.Payload, "metadata", "organizationId")
		if raw.Kind() != jsontext.KindString {
			return ""
		}
		return Scalar(raw).Text()
	}
	partner, rest, _ := strings.Cut(e.Source, "/")
	company, rest, _ := strings.Cut(rest, "/")
	product, rest, _ := strings.Cut(rest, "/")
	organization, _, _ := strings.Cut(rest, "/")
	if partner != "aws.partner" || product != "cloud" || company != "genesys.com" && !strings.HasPrefix(company, "genesys.com.") {
		return ""
	}
	return organization
}
