package settings

import (
	"regexp"
)

// maxArchiveDays bounds an archive to ten years. EventBridge itself takes any number and keeps events for ever with 0.
const maxArchiveDays = 3650

var (
	partnerSource = regexp.MustCompile(`^aws\.partner/genesys\.com(\.[a-z]+)?/cloud/[A-Za-z0-9-]+/[A-Za-z0-9.\-_]{1,64}$`)
	sourceSuffix  = regexp.MustCompile(`^[A-Za-z0-9.\-_]{1,64}$`)
	uuid          = regexp.MustCompile(`[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}`)
)

// checkEventBridge guards what the bus, the rule and the archive are made from.
func (c *checker) checkEventBridge() {
	in := c.Intake
	if in.EventBridgeSource != "" && !partnerSource.MatchString(in.EventBridgeSource) {
		c.wrongValue("eventBridgeSource", wrongSource,
			"copy the name from EventBridge > Partner event sources in the AWS console")
	}
	if in.EventBridgeSuffix != "" {
		c.checkSuffix()
	}
	c.checkTopics()
	if !c.sound("archiveDays") || in.ArchiveDays == 0 {
		return
	}
	if !in.EventBridge() {
		c.wrongValue("archiveDays", "only a bus has an archive, and no event comes in over EventBridge",
			"pulumi config set archiveDays 0, or set eventBridgeSource or eventBridgeSuffix")
	}
}

// checkSuffix guards the source that the stack would create.
func (c *checker) checkSuffix() {
	in := c.Intake
	if !sourceSuffix.MatchString(in.EventBridgeSuffix) {
		c.wrongValue("eventBridgeSuffix", "it is the last part of the source's name, 1 to 64 of A-Z a-z 0-9 . - _",
			"pulumi config set eventBridgeSuffix <suffix>, unique in your Genesys organization")
	}
	if in.EventBridgeSource != "" {
		c.wrongValue("eventBridgeSuffix", oneBus,
			"pulumi config rm eventBridgeSuffix to use the existing source, or pulumi config rm eventBridgeSource")
	}
	if c.sound("registerWithGenesys") && !c.Genesys.Register {
		c.wrongValue("eventBridgeSuffix",
			"it names a source that this stack creates in Genesys Cloud, and registerWithGenesys is off",
			registerForSuffix)
	}
	if c.sound("topics") && len(in.Topics) == 0 {
		c.wrongValue("topics", "Genesys Cloud sends to a new source only the topics that are named",
			"pulumi config set --path 'topics[0]' 'v2.detail.events.conversation.{id}.customer.end'")
	}
}
