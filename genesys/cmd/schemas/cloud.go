package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cc-eventbridge/genesys/api"
)

// Catalogue is the topics that Genesys Cloud has.
type Catalogue struct {
	// Source says where it comes from.
	Source string
	bodies map[string]func() (Member, error)
	// elsewhere are the topics that EventBridge does not get.
	elsewhere []string
}

// ErrUnknownTopic says that the catalogue does not describe a topic.
var ErrUnknownTopic = errors.New("the catalogue does not describe it")

// Body describes the body of a topic's events.
func (c Catalogue) Body(topic string) (Member, error) {
	body, ok := c.bodies[topic]
	if !ok {
		return Member{}, fmt.Errorf("topic %s: %w", topic, ErrUnknownTopic)
	}
	m, err := body()
	if err != nil {
		return Member{}, fmt.Errorf("topic %s in %s: %w", topic, c.Source, err)
	}
	return m, nil
}

// Elsewhere reports whether a topic is known not to go over EventBridge.
func (c Catalogue) Elsewhere(topic string) bool { return slices.Contains(c.elsewhere, topic) }

// FromCloud asks an organization of Genesys Cloud. Any client may ask; it needs no permission.
func FromCloud(ctx context.Context, client *api.Client) (Catalogue, error) {
	topics, err := client.AvailableTopics(ctx, api.WithTransports, api.WithSchemas)
	if err != nil {
		return Catalogue{}, err
	}
	c := Catalogue{Source: client.String(), bodies: map[string]func() (Member, error){}}
	for _, topic := range topics {
		if !eventBridge(topic.Transports) {
			c.elsewhere = append(c.elsewhere, topic.ID)
		}
		if len(topic.Schema) > 0 && string(topic.Schema) != "null" {
			c.bodies[topic.ID] = func() (Member, error) {
				root, err := parseOrdered(topic.Schema)
				if err != nil {
					return Member{}, fmt.Errorf("reading its schema: %w", err)
				}
				refs := references{}
				refs.collect(root)
				return published("", root, refs, 0)
			}
		}
	}
	return c, nil
}

// eventBridge reports whether one of the transports may be EventBridge. They are free text; none says nothing.
func eventBridge(transports []string) bool {
	return len(transports) == 0 || slices.ContainsFunc(transports, func(t string) bool {
		return strings.EqualFold(t, "All") || strings.EqualFold(t, "EventBridge")
	})
}

// published reads a schema as Genesys Cloud publishes it: of an old draft, with an id where a type is used first and
// references to it afterwards.
func published(name string, o ordered, refs references, depth int) (Member, error) {
	if ref := o.text("$ref"); ref != "" {
		found, err := refs.find(ref, nil)
		if err != nil {
			return Member{}, err
		}
		o = found
	}
	if depth > maxDepth {
		return Member{}, nil // a type that has itself as a member
	}
	switch typ, format := o.text("type"), o.text("format"); {
	case format == "date-time" || format == "utc-millisec" || format == "date":
		return point(), nil
	case typ == "string":
		return value("string"), nil
	case typ == "integer" || typ == "number":
		return number(name), nil
	case typ == "boolean":
		return value("boolean"), nil
	case typ == "array":
		items := o.object("items")
		if items == nil {
			return value("array"), nil
		}
		member, err := published(name, items, refs, depth+1)
		return list(member), err
	case typ == "object" || o.get("properties") != nil:
		var properties []Property
		for _, p := range o.object("properties") {
			inner, _ := p.value.(ordered)
			member, err := published(p.name, inner, refs, depth+1)
			if err != nil {
				return Member{}, err
			}
			properties = append(properties, Property{p.name, member})
		}
		return object(properties), nil
	}
	return Member{}, nil
}
