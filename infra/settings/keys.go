package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// key is one key of the configuration: which field it is about, and what its value must be by itself.
type key struct {
	name string
	// parse sets the field to what a text says, and reports whether it says anything.
	parse func(text string) bool
	// text is the field as a stack file has it.
	text func() string
	// valid reports whether the field is what rule says, or else fix says what to do.
	valid     func() bool
	rule, fix string
	// hidden keys have values that no error repeats.
	hidden bool
}

// shownAs stands for the value of a hidden key.
const shownAs = "set"

// keysOf are the keys of s, but for the secrets.
func keysOf(s *Settings) []key {
	return []key{
		text("namePrefix", &s.NamePrefix),

		text("iamPermissionsBoundary", &s.Roles.PermissionsBoundary),
		text("iamPath", &s.Roles.Path),
		text("iamPathConfirmed", &s.Roles.ConfirmedPath),

		boolean("directIntake", &s.Intake.Direct),
		text("genesysAwsAccountId", &s.Intake.GenesysAccountID),
		text("genesysExternalId", &s.Intake.GenesysExternalID),
		text("eventBridgeSource", &s.Intake.EventBridgeSource),
		text("eventBridgeSuffix", &s.Intake.EventBridgeSuffix),
		list("topics", &s.Intake.Topics),
		integer("archiveDays", &s.Intake.ArchiveDays, 0, maxArchiveDays),

		boolean("registerWithGenesys", &s.Genesys.Register),
		text("genesysRegion", &s.Genesys.Region),
		text("genesysClientId", &s.Genesys.ClientID),
		text("genesysApiUrl", &s.Genesys.APIURL),
		list("directEventTypes", &s.Genesys.EventTypes),
		boolean("directCompression", &s.Genesys.Compression),

		integer("silenceMinutes", &s.Silence.Minutes, 0, maxSilenceMinutes),
		hours("silenceHours", &s.Silence.Hours),

		integer("visibilityTimeoutSeconds", &s.Queue.VisibilityTimeoutSeconds, 0, maxVisibilitySeconds),
		integer("messageRetentionSeconds", &s.Queue.MessageRetentionSeconds, minRetentionSeconds, maxRetentionSeconds),
		integer("receiveWaitTimeSeconds", &s.Queue.ReceiveWaitTimeSeconds, 0, 20),
		integer("maximumMessageBytes", &s.Queue.MaximumMessageBytes, 1024, 262144),
		integer("maxReceiveCount", &s.Queue.MaxReceiveCount, 1, 1000),
		integer("deadLetterRetentionSeconds", &s.Queue.DeadLetterRetentionSeconds, minRetentionSeconds, maxRetentionSeconds),

		integer("functionTimeoutSeconds", &s.Function.TimeoutSeconds, 1, 900),
		integer("functionMemoryMb", &s.Function.MemoryMB, 128, 10240),
		choice("functionArchitecture", &s.Function.Architecture, "arm64", "x86_64"),
		integer("reservedConcurrency", &s.Function.ReservedConcurrency, Unreserved, 1<<31-1),

		integer("batchSize", &s.Mapping.BatchSize, 1, 10000),
		integer("batchingWindowSeconds", &s.Mapping.WindowSeconds, 0, 300),
		integer("maximumConcurrency", &s.Mapping.MaximumConcurrency, 2, 1000),
		boolean("consumerEnabled", &s.Mapping.Enabled),

		integer("maximumPayloadBytes", &s.Payloads.MaximumBytes, minPayloadBytes, maxPayloadBytes),
		integer("payloadRetentionDays", &s.Payloads.RetentionDays, 0, maxPayloadDays),

		text("flags", &s.Flags.Document),
		integer("flagsDeploymentMinutes", &s.Flags.DeploymentMinutes, 0, maxRolloutMinutes),
		integer("flagsBakeMinutes", &s.Flags.BakeMinutes, 0, maxRolloutMinutes),

		subscriptions(alarmSubscriptions, &s.AlarmSubscriptions),

		integer("dedupRetentionDays", &s.DedupRetentionDays, 1, 3650),
		integer("logRetentionDays", &s.LogRetentionDays, logRetentions[0], logRetentions[len(logRetentions)-1]),
		boolean("protectData", &s.ProtectData),
		routes(routesKey, &s.Routes),
		text("downstreamUrl", &s.DownstreamURL),
		integer("downstreamTimeoutSeconds", &s.DownstreamTimeoutSeconds, 1, longestDownstreamSeconds(900)),
	}
}

const downstreamSecret = "downstreamSecret"

// secrets are the keys whose values stay in Pulumi's hands, and what they are.
var secrets = map[string]string{
	downstreamSecret: "token", targetSecrets: "secrets of targets", "genesysClientSecret": "client's secret",
}

func always() bool { return true }

func text(name string, at *string) key {
	return key{
		name:  name,
		parse: func(text string) bool { *at = text; return true },
		text:  func() string { return *at },
		valid: always,
	}
}

func choice(name string, at *string, allowed ...string) key {
	k := text(name, at)
	k.valid = func() bool { return slices.Contains(allowed, *at) }
	k.rule = "it must be " + strings.Join(allowed, " or ")
	k.fix = fmt.Sprintf("pulumi config set %s %s", name, allowed[0])
	return k
}

func boolean(name string, at *bool) key {
	return key{
		name:  name,
		parse: func(text string) bool { *at = text == "true"; return *at || text == "false" },
		text:  func() string { return strconv.FormatBool(*at) },
		valid: always,
		rule:  "it must be true or false",
		fix:   fmt.Sprintf("pulumi config set %s true", name),
	}
}

func integer(name string, at *int, least, most int) key {
	return key{
		name: name,
		parse: func(text string) bool {
			var err error
			*at, err = strconv.Atoi(text)
			return err == nil
		},
		text:  func() string { return strconv.Itoa(*at) },
		valid: func() bool { return least <= *at && *at <= most },
		rule:  fmt.Sprintf("it must be a whole number from %d to %d", least, most),
		fix:   fmt.Sprintf("pulumi config set %s <number>", name),
	}
}

// list is a list of strings, which Pulumi hands over as a JSON array.
func list(name string, at *[]string) key {
	return key{
		name: name,
		parse: func(text string) bool {
			var items []string
			if text != "" && json.Unmarshal([]byte(text), &items) != nil {
				return false
			}
			*at = nil
			for _, item := range items {
				*at = append(*at, strings.TrimSpace(item))
			}
			return true
		},
		text:  func() string { return canonical(*at) },
		valid: always,
		rule:  "it must be a list of strings",
		fix:   fmt.Sprintf("pulumi config set --path '%s[0]' <value>", name),
	}
}

func hours(name string, at **Hours) key {
	return key{
		name: name,
		parse: func(text string) bool {
			if text == "" {
				*at = nil
				return true
			}
			parsed, ok := parseHours(strings.ToLower(text))
			*at = &parsed
			return ok
		},
		text: func() string {
			if *at == nil {
				return ""
			}
			return (*at).String()
		},
		valid: func() bool { return *at == nil || (*at).valid() },
		rule:  "it must be hours in UTC, 00 to 24, after the days if not all count",
		fix:   fmt.Sprintf("pulumi config set %s 'mon-fri 08-20'; 22-06 goes over midnight", name),
	}
}
