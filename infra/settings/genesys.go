package settings

import (
	"slices"
	"strconv"

	"cc-eventbridge/genesys/api"
)

// Genesys says whether the stack sets up Genesys Cloud's side as well, and how to reach it. What is empty here the
// provider genesys takes from the environment.
type Genesys struct {
	Register bool
	// Region is the AWS region or the domain of the organization.
	Region   string
	ClientID string
	// APIURL takes the place of the region's hosts.
	APIURL string
	// EventTypes are the events that Genesys Cloud sends over the direct intake.
	EventTypes []string
	// Compression has Genesys Cloud compress what it sends over the direct intake.
	Compression bool
}

// checkGenesys guards the registration. Missing credentials are no problem here: they may be in the environment, and a
// preview works without.
func (c *checker) checkGenesys() {
	g, in := c.Genesys, c.Intake
	if g.Region != "" {
		if _, err := api.RegionHosts(g.Region); err != nil {
			c.wrongValue("genesysRegion", err.Error(), "pulumi config set genesysRegion <AWS region of the organization>")
		}
	}
	if g.APIURL != "" {
		if _, err := api.ParseHost(g.APIURL); err != nil {
			c.wrongValue("genesysApiUrl", err.Error(), "pulumi config rm genesysApiUrl to use the region's own hosts")
		}
	}
	for i, eventType := range g.EventTypes {
		if eventType == "" || slices.Contains(g.EventTypes[:i], eventType) {
			c.wrongValue("directEventTypes", "every type of event should be there once, and none empty",
				"pulumi config rm --path 'directEventTypes["+strconv.Itoa(i)+"]'")
		}
	}
	if !c.sound("registerWithGenesys", "directIntake", "directEventTypes") || !g.Register {
		return
	}
	switch {
	case !in.Direct && in.EventBridgeSuffix == "":
		c.wrongValue("registerWithGenesys", "there is nothing to register: directIntake is off and eventBridgeSuffix is not set",
			"pulumi config set registerWithGenesys false, or set one of the two")
	case in.Direct && len(g.EventTypes) == 0:
		c.wrongValue("directEventTypes", "registerWithGenesys subscribes the direct intake to events, and none is named",
			"pulumi config set --path 'directEventTypes[0]' telephony.call.created, or pulumi config set directIntake false")
	}
}
