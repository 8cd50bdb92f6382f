package settings

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

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
	// Deploying says that the stack is deployed and not previewed, and HasClientSecret that there is a secret of ClientID. Its
	// value stays in Pulumi's hands; pipeline.New sets both.
	Deploying, HasClientSecret bool
}

// providerNamespace is what the keys of the provider genesys begin with. It gets its configuration from this program.
const providerNamespace = "genesys:"

// ProviderKey reports whether a key of a stack is one of the provider's own, which nothing here reads.
func ProviderKey(key string) bool { return strings.HasPrefix(key, providerNamespace) }

// instead are the keys for those of the provider's that someone may have set.
var instead = map[string]string{
	"region": "genesysRegion", "clientId": "genesysClientId", "clientSecret": "genesysClientSecret",
	"apiBaseUrl": "genesysApiUrl", "loginBaseUrl": "genesysApiUrl", "organizationId": "genesysExternalId",
}

// providerKey refuses a key of the provider's own.
func (c *checker) providerKey(key string) {
	fix := "pulumi config rm " + key
	if own, ok := instead[strings.TrimPrefix(key, providerNamespace)]; ok {
		if _, secret := secrets[own]; secret {
			own = "--secret " + own
		}
		fix += ", then pulumi config set " + own
	}
	c.problems = append(c.problems, &Problem{Key: key, Value: shownAs, Rule: providerKeyUnused, Fix: fix})
}

// checkGenesys guards the registration. Credentials may be in the environment, and a preview works without.
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
	if g.Deploying {
		c.checkCredentials()
	}
}

// checkCredentials refuses a deployment that would stop at the first resource of Genesys Cloud, when half of the stack is there.
func (c *checker) checkCredentials() {
	g := c.Genesys
	need := func(has bool, key, what, set, variable string) {
		if has || os.Getenv(variable) != "" {
			return
		}
		c.problems = append(c.problems, &Problem{
			Key: key, Rule: fmt.Sprintf(credentialNeeded, what, variable),
			Fix: "pulumi config set " + set + ", or set " + variable + " in the environment",
		})
	}
	need(g.Region != "" || g.APIURL != "", "genesysRegion", "the AWS region or the domain of the organization",
		"genesysRegion <region>", api.RegionVariable)
	need(g.ClientID != "", "genesysClientId", "the id of an OAuth client with the grant Client Credentials",
		"genesysClientId <id>", api.ClientIDVariable)
	need(g.HasClientSecret, "genesysClientSecret", "the secret of that client",
		"--secret genesysClientSecret", api.ClientSecretVariable)
}
