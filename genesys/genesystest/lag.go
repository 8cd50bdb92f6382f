package genesystest

import (
	"encoding/json"
	"slices"
	"time"
)

// Lag is how far answers about integrations are behind what was written. Writes are never behind: a PUT with a version
// that was read too early is refused, and a PATCH of what was just made works.
type Lag struct {
	// Object, Config and Listing are how old an integration, its configuration and the list of all are when they are read.
	Object, Config, Listing time.Duration
	// State is how much older than the integration its reported state is. Until there is one, it is left out.
	State time.Duration
	// Delete is how long a deleted integration is still there. It keeps its suffix, and can't be changed any more.
	Delete time.Duration
}

// snapshot is what an integration was from a point in time on.
type snapshot struct {
	from           time.Time
	name, intended string
	config         configuration
	// moved is when the state last changed, until when it leaves ACTIVATING or DEACTIVATING.
	moved, until time.Time
	message      string // why it is in ERROR
	gone         bool
}

// integration is all that an integration was, oldest first.
type integration struct {
	id   string
	past []snapshot
}

// at is what the integration was at a time; nil if it did not exist.
func (i *integration) at(t time.Time) *snapshot {
	for _, s := range slices.Backward(i.past) {
		if !s.from.After(t) {
			if s.gone {
				return nil
			}
			return &s
		}
	}
	return nil
}

// latest is what was last written, be it in effect or not.
func (i *integration) latest() *snapshot { return &i.past[len(i.past)-1] }

// change makes the integration something else from now on.
func (i *integration) change(edit func(*snapshot)) {
	s := *i.latest()
	s.from = time.Now()
	edit(&s)
	i.past = append(i.past, s)
}

// live are the integrations that exist and are not being deleted.
func (c *Cloud) live() []*integration {
	return slices.DeleteFunc(c.integrations.all(), func(i *integration) bool { return i.latest().gone })
}

// reported is the state at a time.
func (s *snapshot) reported(t time.Time) string {
	moving := t.Before(s.until)
	switch {
	case s.intended == enabled && moving:
		return activating
	case s.message != "":
		return failed
	case s.intended == enabled:
		return active
	case moving:
		return deactivating
	}
	return inactive
}

// view is an integration as it was at a time, with a state that is even older.
func (i *integration) view(t time.Time, stateLag time.Duration) map[string]any {
	s := i.at(t)
	if s == nil {
		return nil
	}
	view := map[string]any{
		"id": i.id, "name": s.name, "integrationType": map[string]string{"id": eventBridge},
		"intendedState": s.intended, "notes": placeholder(s.config.Notes), "selfUri": "/api/v2/integrations/" + i.id,
	}
	t = t.Add(-stateLag)
	if s = i.at(t); s == nil {
		return view
	}
	state := map[string]any{"code": s.reported(t), "effective": s.reported(t), "lastUpdated": s.moved.UTC().Format(time.RFC3339Nano)}
	if !t.Before(s.until) && s.until.After(s.moved) {
		state["lastUpdated"] = s.until.UTC().Format(time.RFC3339Nano)
	}
	if state["code"] == failed {
		state["detail"] = map[string]any{
			"localizableMessageCode": "integration.failed", "messageWithParams": "{reason}", "messageParams": map[string]string{"reason": s.message},
		}
	}
	view["reportedState"] = state
	return view
}

// placeholder is what an empty text is read back as (CX-as-Code, resource_genesyscloud_integration_utils.go).
func placeholder(text string) string {
	if text == "" {
		return "node_dynamodb_empty_string"
	}
	return text
}

// reshape leaves members out of an answer, wherever they are in it, or makes them null.
func (o Options) reshape(answer any) any {
	if answer == nil || len(o.Omits) == 0 && len(o.Nulls) == 0 {
		return answer
	}
	data, err := json.Marshal(answer)
	if err != nil {
		return answer
	}
	var plain any
	if json.Unmarshal(data, &plain) != nil {
		return answer
	}
	o.strip(plain)
	return plain
}

func (o Options) strip(v any) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			o.strip(element)
		}
	case map[string]any:
		for name, value := range v {
			switch {
			case slices.Contains(o.Omits, name):
				delete(v, name)
			case slices.Contains(o.Nulls, name):
				v[name] = nil
			default:
				o.strip(value)
			}
		}
	}
}
