package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	// detail is what the topics of events of a conversation start with.
	detail = "v2.detail.events.conversation.{id}."
	// maxModel is more than a class of the SDK has.
	maxModel = 4 << 20
)

// classes are the SDK's classes of the topics' bodies. Which topic has which class is published for the JavaScript SDK only
// (notificationMappings.json in its repository), the members for Python only.
var classes = map[string]string{
	detail + "acd.end":                        "AcdEndDetailEventTopicAcdEndEvent",
	detail + "acd.start":                      "AcdStartDetailEventTopicAcdStartEvent",
	detail + "acw":                            "AcwDetailEventTopicAfterCallWorkEvent",
	detail + "attributes":                     "AttributeDetailEventTopicAttributeUpdateEvent",
	detail + "contact":                        "ContactDetailEventTopicContactUpdateEvent",
	detail + "customer.end":                   "CustomerEndDetailEventTopicCustomerEndEvent",
	detail + "customer.start":                 "CustomerStartDetailEventTopicCustomerStartEvent",
	detail + "flow.end":                       "FlowEndDetailEventTopicFlowEndEvent",
	detail + "flow.outcome":                   "FlowOutcomeDetailEventTopicFlowOutcomeEvent",
	detail + "flow.start":                     "FlowStartDetailEventTopicFlowStartEvent",
	detail + "outbound":                       "OutboundDetailEventTopicOutboundInitEvent",
	detail + "user.end":                       "UserEndDetailEventTopicUserEndEvent",
	detail + "user.start":                     "UserStartDetailEventTopicUserStartEvent",
	detail + "voicemail.end":                  "VoicemailEndDetailEventTopicVoicemailEndEvent",
	detail + "voicemail.start":                "VoicemailStartDetailEventTopicVoicemailStartEvent",
	detail + "wrapup":                         "WrapupDetailEventTopicWrapupEvent",
	"v2.analytics.flow.{id}.aggregates":       "StatEventFlowTopicStatsNotification",
	"v2.audits.entitytype.{id}.entityid.{id}": "AuditTopicAuditLogMessage",
	"v2.conversations.{id}.transcription":     "TranscriptionTopicTranscriptionMessage",
	"v2.operations.events.{id}":               "OperationalEventNotificationTopicOperationalEventNotification",
	"v2.routing.queues.{id}.users":            "QueueUserEventTopicQueueMember",
	"v2.users.{id}.activity":                  "AgentActivityChangedTopicAgentActivity",
	"v2.users.{id}.conversationsummary":       "UserConversationsEventUserConversationSummary",
	"v2.users.{id}.presence":                  "PresenceEventUserPresence",
	"v2.users.{id}.routingStatus":             "UserRoutingStatusUserRoutingStatus",
}

// FromSDK reads the source archive of the Python package purecloudplatformclientv2 (pip download --no-deps --no-binary :all:).
func FromSDK(archive string) (Catalogue, error) {
	models, err := readModels(archive)
	if err != nil {
		return Catalogue{}, fmt.Errorf("reading the SDK %s: %w; it should be purecloudplatformclientv2-<version>.tar.gz, which "+
			"`pip download --no-deps --no-binary :all: purecloudplatformclientv2` gets", archive, err)
	}
	c := Catalogue{Source: filepath.Base(archive), bodies: map[string]func() (Member, error){}}
	for topic, class := range classes {
		c.bodies[topic] = func() (Member, error) { return models.object(class, nil) }
	}
	return c, nil
}

// model is the members of a class with their types, in Python's words and in their order.
type model []struct{ name, typ string }

type models map[string]model

var (
	classLine  = regexp.MustCompile(`(?m)^class (\w+)\(object\):`)
	typesBlock = regexp.MustCompile(`(?s)self\.swagger_types = \{(.*?)\}`)
	namesBlock = regexp.MustCompile(`(?s)self\.attribute_map = \{(.*?)\}`)
	pair       = regexp.MustCompile(`'(\w+)': '([^']+)'`)
)

func readModels(archive string) (models, error) {
	file, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	found := models{}
	for files := tar.NewReader(unzipped); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if path.Base(path.Dir(header.Name)) != "models" || path.Ext(header.Name) != ".py" {
			continue
		}
		source, err := io.ReadAll(io.LimitReader(files, maxModel))
		if err != nil {
			return nil, err
		}
		found.add(string(source))
	}
	if len(found) == 0 {
		return nil, errors.New("it has no models")
	}
	return found, nil
}

// add reads the class of a file, if it has one.
func (m models) add(source string) {
	class, types, names := classLine.FindStringSubmatch(source), typesBlock.FindStringSubmatch(source), namesBlock.FindStringSubmatch(source)
	if class == nil || types == nil || names == nil {
		return
	}
	named := map[string]string{}
	for _, p := range pair.FindAllStringSubmatch(names[1], -1) {
		named[p[1]] = p[2]
	}
	members := model{}
	for _, p := range pair.FindAllStringSubmatch(types[1], -1) {
		if named[p[1]] == "additionalProperties" { // the generator's, for an object that is open
			continue
		}
		members = append(members, struct{ name, typ string }{named[p[1]], p[2]})
	}
	m[class[1]] = members
}

// object is a class as a member. The classes that it is within end what refers to itself.
func (m models) object(class string, within []string) (Member, error) {
	members, ok := m[class]
	if !ok {
		return Member{}, fmt.Errorf("class %s is not in it", class)
	}
	if slices.Contains(within, class) {
		return object(nil), nil
	}
	var properties []Property
	for _, p := range members {
		member, err := m.member(p.name, p.typ, append(within, class))
		if err != nil {
			return Member{}, err
		}
		properties = append(properties, Property{p.name, member})
	}
	return object(properties), nil
}

func (m models) member(name, typ string, within []string) (Member, error) {
	switch typ {
	case "str":
		return value("string"), nil
	case "int", "float":
		return number(name), nil
	case "bool":
		return value("boolean"), nil
	case "datetime", "date":
		return point(), nil
	case "object":
		return Member{}, nil
	}
	if items, ok := strings.CutPrefix(typ, "list["); ok {
		member, err := m.member(name, strings.TrimSuffix(items, "]"), within)
		return list(member), err
	}
	if strings.HasPrefix(typ, "dict(") {
		return object(nil), nil
	}
	return m.object(typ, within)
}
