package pipeline

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

// names gives every resource the name that operators look for: the stack's, then what it is.
type names struct {
	ingestion, deadLetter, validation, ruleDeadLetter string
	writer, rule, archive                             string
	// genesys is what the objects in Genesys Cloud are called, which administrators there see.
	genesys             string
	dedup, secret       string
	processor, logGroup string
	alarms, alarmPrefix string
}

func namesOf(stack string) names {
	prefix := stack + "-cc-eventbridge"
	processor := prefix + "-processor"
	return names{
		ingestion:      prefix + "-ingestion",
		deadLetter:     prefix + "-dlq",
		validation:     prefix + "-validation",
		ruleDeadLetter: prefix + "-rule-dlq",
		writer:         prefix + "-writer",
		rule:           prefix + "-topics",
		archive:        stack + settings.ArchiveSuffix,
		genesys:        prefix,
		dedup:          prefix + "-dedup",
		secret:         prefix + "-downstream",
		processor:      processor,
		logGroup:       "/aws/lambda/" + processor,
		alarms:         prefix + "-alarms",
		alarmPrefix:    prefix + "-",
	}
}

// alarm is the name of one alarm, or with "*" of all that the stack has.
func (n names) alarm(name string) string { return n.alarmPrefix + name }

// part is a group of resources that the preview shows as one branch of the tree.
type part struct {
	pulumi.ResourceState
}

// newPart registers a group; its resources name it as their parent.
func newPart(ctx *pulumi.Context, kind, name string) (*part, error) {
	p := &part{}
	return p, ctx.RegisterComponentResource("cc-eventbridge:pipeline:"+kind, name, p)
}

// done tells the engine that the group has all its resources.
func (p *part) done(ctx *pulumi.Context, outputs pulumi.Map) error {
	return ctx.RegisterResourceOutputs(p, outputs)
}
