package pipeline

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// names gives every resource the name that operators look for: the stack's and the pipeline's, then what it is.
type names struct {
	// owner is what all names begin with.
	owner                                             string
	ingestion, deadLetter, validation, ruleDeadLetter string
	writer, rule, archive                             string
	// genesys is what the objects in Genesys Cloud are called, which administrators there see.
	genesys             string
	dedup, secret       string
	processor, logGroup string
	alarms, alarmPrefix string
	// flags is what AppConfig's application is called, flagsRollout its deployment strategy and the role that watches, and
	// flagsAtOnce the strategy of a stack's first flags.
	flags, flagsRollout, flagsAtOnce string
}

const (
	// maxOwner leaves room for the longest suffix within the 64 characters of a role's or function's name.
	maxOwner = 64 - len("-cc-eventbridge-processor")
	// maxArchiveOwner leaves room within the 48 characters of an archive's name (EventBridge, CreateArchive).
	maxArchiveOwner = 48 - len(archiveSuffix)

	archiveSuffix = "-cc-eventbridge-archive"
)

// fit cuts an owner to so many characters. One that is cut ends in a hash of the whole, which tells it apart from others that
// begin alike.
func fit(owner string, most int) string {
	if len(owner) <= most {
		return owner
	}
	end := fmt.Sprintf("-%x", sha256.Sum256([]byte(owner)))[:9]
	return owner[:most-len(end)] + end
}

func namesOf(owner string) names {
	prefix := fit(owner, maxOwner) + "-cc-eventbridge"
	processor := prefix + "-processor"
	return names{
		owner:          owner,
		ingestion:      prefix + "-ingestion",
		deadLetter:     prefix + "-dlq",
		validation:     prefix + "-validation",
		ruleDeadLetter: prefix + "-rule-dlq",
		writer:         prefix + "-writer",
		rule:           prefix + "-topics",
		archive:        fit(owner, maxArchiveOwner) + archiveSuffix,
		genesys:        prefix,
		dedup:          prefix + "-dedup",
		secret:         prefix + "-downstream",
		processor:      processor,
		logGroup:       "/aws/lambda/" + processor,
		alarms:         prefix + "-alarms",
		alarmPrefix:    prefix + "-",
		flags:          prefix,
		flagsRollout:   prefix + "-flags",
		flagsAtOnce:    prefix + "-at-once",
	}
}

// alarm is the name of one alarm, or with "*" of all that the stack has.
func (n names) alarm(name string) string { return n.alarmPrefix + name }

// maxBucketOwner is what a bucket's name has room for of its owner: 63 characters in all (Amazon S3 User Guide, "General
// purpose bucket naming rules"), of which the rest takes 34.
const maxBucketOwner = 28

// reservedStarts are what no bucket's name may start with, by the same rules.
var reservedStarts = []string{"xn--", "sthree-", "amzn-s3-demo-"}

// payloadBucket is the name of the payload bucket. Buckets share their names with all of AWS, so it ends in a hash of what
// makes this pipeline the only one of its name, which also tells pipelines apart whose names are cut or differ only in case. The
// hash is no ending that S3 reserves.
func payloadBucket(owner string, where location) string {
	short := strings.ReplaceAll(strings.ToLower(owner), "_", "-")
	reserved := func(start string) bool { return strings.HasPrefix(short+"-", start) }
	if slices.ContainsFunc(reservedStarts, reserved) {
		short = "stack-" + short
	}
	short = strings.TrimRight(short[:min(len(short), maxBucketOwner)], "-")
	unique := sha256.Sum256([]byte(strings.Join([]string{owner, where.account, where.region}, "/")))
	return fmt.Sprintf("%s-cc-eventbridge-payloads-%x", short, unique[:4])
}
