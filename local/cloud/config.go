package cloud

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"cc-eventbridge/genesys/genesystest"
)

const (
	// ExternalID is the organization id that the demo's sender presents.
	ExternalID = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
	// Token is what its downstream wants to see.
	Token = "embedded-cloud-token"
)

// Source is the partner event source of the built-in events.
const Source = "aws.partner/genesys.com/cloud/" + ExternalID + "/" + suffix

const suffix = "contact-centre"

// Topics are those of the built-in events. What is missing here is not published, and the demo fails.
func Topics() []string {
	return []string{
		"v2.detail.events.conversation.{id}.customer.start", "v2.detail.events.conversation.{id}.customer.end",
		"v2.audits.entitytype.{id}.entityid.{id}", "v2.users.{id}.presence", "v2.conversations.{id}.transcription",
	}
}

// EventTypes are those of the built-in events in the direct envelope.
func EventTypes() []string {
	return []string{
		"routing.queue.member.status.changed", "routing.interaction.analyzed", "telephony.call.created", "telephony.call.completed",
	}
}

// activation is how long the fake's integrations take to become active: long enough to be waited for.
const activation = 1500 * time.Millisecond

// WebsocketTopic is a topic that the organization does not send over EventBridge. Which those are in a real one is not known here.
const WebsocketTopic = "v2.contentmanagement.documents.{id}"

// Organization is the organization of Genesys Cloud that events come from on the embedded cloud.
func Organization() genesystest.Options {
	catalogue := []genesystest.Topic{{ID: WebsocketTopic, Transports: []string{"Websocket"}}}
	for _, topic := range Topics() {
		catalogue = append(catalogue, genesystest.Topic{ID: topic, Transports: []string{"All"}})
	}
	return genesystest.Options{
		OrganizationID: ExternalID, ClientID: genesystest.ClientID, ClientSecret: genesystest.ClientSecret, Activation: activation,
		Topics: catalogue,
	}
}

// Credentials are the configuration by which a stack reaches the Genesys Cloud at url.
func Credentials(url string) map[string]string {
	return map[string]string{
		"genesysApiUrl":              url,
		"genesysClientId":            genesystest.ClientID,
		"secret:genesysClientSecret": genesystest.ClientSecret,
	}
}

// Config is the configuration of a stack on the embedded cloud: the product's defaults, but for what this machine
// dictates (its architecture, its downstream) and a function timeout that keeps the waits short that follow from it: an
// event that a killed function had claimed is free again soon after it.
func Config(downstreamURL string) map[string]string {
	architecture := "x86_64"
	if runtime.GOARCH == "arm64" {
		architecture = "arm64"
	}
	return map[string]string{
		"genesysExternalId":       ExternalID,
		"functionArchitecture":    architecture,
		"functionTimeoutSeconds":  "20",
		"downstreamUrl":           downstreamURL,
		"secret:downstreamSecret": Token,
	}
}

// Register sets the configuration that has a stack set up both intakes in Genesys Cloud.
func Register(ctx context.Context, s *Stack) error {
	args := []string{
		"config", "set-all", "--path", "--plaintext", "registerWithGenesys=true", "--plaintext", "eventBridgeSuffix=" + suffix,
		"--plaintext", "archiveDays=7", "--plaintext", "silenceMinutes=60",
	}
	for i, topic := range Topics() {
		args = append(args, "--plaintext", fmt.Sprintf("topics[%d]=%s", i, topic))
	}
	for i, eventType := range EventTypes() {
		args = append(args, "--plaintext", fmt.Sprintf("directEventTypes[%d]=%s", i, eventType))
	}
	_, err := s.Run(ctx, args...)
	return err
}
