package settings

import (
	"fmt"
	"regexp"
)

const (
	// maxArchiveDays bounds an archive to ten years. EventBridge itself takes any number and keeps events for ever with 0.
	maxArchiveDays = 3650
	// maxArchiveName is EventBridge's (CreateArchive).
	maxArchiveName = 48
)

// ArchiveSuffix follows the stack's name in the name of its archive.
const ArchiveSuffix = "-cc-eventbridge-archive"

var (
	partnerSource = regexp.MustCompile(`^aws\.partner/genesys\.com(\.[a-z]+)?/cloud/[A-Za-z0-9-]+/[A-Za-z0-9.\-_]{1,64}$`)
	sourceSuffix  = regexp.MustCompile(`^[A-Za-z0-9.\-_]{1,64}$`)
	uuid          = regexp.MustCompile(`[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}`)
)

// checkEventBridge guards what the bus, the rule and the archive are made from.
func (r *reader) checkEventBridge(s Settings, stack string) {
	in := s.Intake
	if in.EventBridgeSource != "" && !partnerSource.MatchString(in.EventBridgeSource) {
		r.wrongValue("eventBridgeSource", "a Genesys partner source is named aws.partner/genesys.com/cloud/<organization id>/<suffix>, the suffix of 1 to 64 of A-Z a-z 0-9 . - _",
			"copy the name from EventBridge > Partner event sources in the AWS console")
	}
	if in.EventBridgeSuffix != "" {
		r.checkSuffix(s)
	}
	for _, topic := range in.Topics {
		if topic == "" || uuid.MatchString(topic) {
			r.wrongValue("topics", fmt.Sprintf("%q matches no event: a detail-type has a literal {id} where the topic has an id", topic),
				"write it as v2.detail.events.conversation.{id}.customer.end has it")
		}
	}
	if !r.sound("archiveDays") || in.ArchiveDays == 0 {
		return
	}
	if !in.EventBridge() {
		r.wrongValue("archiveDays", "only a bus has an archive, and no event comes in over EventBridge",
			"pulumi config set archiveDays 0, or set eventBridgeSource or eventBridgeSuffix")
	}
	if most := maxArchiveName - len(ArchiveSuffix); len(stack) > most {
		r.wrongValue("archiveDays", fmt.Sprintf("an archive's name has at most %d characters and starts with the stack's, which may have %d and has %d", maxArchiveName, most, len(stack)),
			"pulumi stack rename <shorter name>, or pulumi config set archiveDays 0")
	}
}

// checkSuffix guards the source that the stack would create.
func (r *reader) checkSuffix(s Settings) {
	in := s.Intake
	if !sourceSuffix.MatchString(in.EventBridgeSuffix) {
		r.wrongValue("eventBridgeSuffix", "it is the last part of the source's name, 1 to 64 of A-Z a-z 0-9 . - _",
			"pulumi config set eventBridgeSuffix <suffix>, unique in your Genesys organization")
	}
	if in.EventBridgeSource != "" {
		r.wrongValue("eventBridgeSuffix", "it names a source that this stack creates, and eventBridgeSource one that is there already: a stack has one bus",
			"pulumi config rm eventBridgeSuffix to use the existing source, or pulumi config rm eventBridgeSource")
	}
	if r.sound("registerWithGenesys") && !s.Genesys.Register {
		r.wrongValue("eventBridgeSuffix", "it names a source that this stack creates in Genesys Cloud, and registerWithGenesys is off",
			"pulumi config set registerWithGenesys true, or set eventBridgeSource to the name of a source that is there already")
	}
	if r.sound("topics") && len(in.Topics) == 0 {
		r.wrongValue("topics", "Genesys Cloud sends to a new source only the topics that are named",
			"pulumi config set --path 'topics[0]' 'v2.detail.events.conversation.{id}.customer.end'")
	}
}
