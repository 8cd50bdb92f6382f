package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
)

// Subscription is someone who is told of alarms.
type Subscription struct {
	// Name tells subscriptions apart, and is the name of the resource.
	Name string
	// Protocol is SNS's: email, https, sqs or lambda.
	Protocol string
	// Endpoint is where alarms go. That of a chat or a pager is a key to it, and no error and no warning repeats any.
	Endpoint string
	// Encrypted reports whether the stack file has it encrypted.
	Encrypted bool
}

// Secret reports whether the endpoint must not be shown.
func (s Subscription) Secret() bool { return s.Encrypted || s.Protocol == protocolHTTPS }

// SNS's names of what can subscribe to a topic (Subscribe, Protocol).
const (
	protocolMail     = "email"
	protocolHTTPS    = "https"
	protocolQueue    = "sqs"
	protocolFunction = "lambda"
)

const alarmSubscriptions = "alarmSubscriptions"

var (
	subscriptionName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	queueARN         = regexp.MustCompile(`^arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}$`)
	functionARN      = regexp.MustCompile(`^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?$`)
)

// subscriptions is the list of those who are told of alarms. Its text is never repeated.
func subscriptions(name string, at *[]Subscription) key {
	return key{
		name:   name,
		hidden: true,
		parse: func(text string) bool {
			list, ok := parseSubscriptions(text)
			*at = list
			return ok
		},
		text: func() string {
			if len(*at) == 0 {
				return ""
			}
			return shownAs
		},
		valid: always,
		rule:  "it must be a list of objects, each with a name and one of mail, https, queue and function",
		fix:   fmt.Sprintf("pulumi config set --path '%s[0].name' oncall, and --path '%s[0].mail' <address>", name, name),
	}
}

func parseSubscriptions(text string) ([]Subscription, bool) {
	if text == "" {
		return nil, true
	}
	var entries []struct{ Name, Mail, HTTPS, Queue, Function string }
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&entries) != nil {
		return nil, false
	}
	var list []Subscription
	for _, e := range entries {
		s := Subscription{Name: e.Name}
		for protocol, endpoint := range map[string]string{
			protocolMail: e.Mail, protocolHTTPS: e.HTTPS, protocolQueue: e.Queue, protocolFunction: e.Function,
		} {
			switch {
			case endpoint == "":
			case s.Protocol != "":
				return nil, false
			default:
				s.Protocol, s.Endpoint = protocol, strings.TrimSpace(endpoint)
			}
		}
		list = append(list, s)
	}
	return list, true
}

// checkSubscriptions names entries by their number and name.
func (c *checker) checkSubscriptions() {
	if !c.sound(alarmSubscriptions) {
		return
	}
	seen := map[string]bool{}
	for i, s := range c.AlarmSubscriptions {
		at := fmt.Sprintf("%s[%d]", alarmSubscriptions, i)
		if !subscriptionName.MatchString(s.Name) || seen[s.Name] {
			c.problems = append(c.problems, &Problem{
				Key: at + ".name", Value: s.Name,
				Rule: "a resource is called by it: it must be 1 to 40 of a-z 0-9 -, begin with a letter, and be there once",
				Fix:  "pulumi config set --path '" + at + ".name' <name>",
			})
		}
		seen[s.Name] = true
		if rule := s.wrong(); rule != "" {
			c.problems = append(c.problems, &Problem{
				Key: at, Value: s.Name, Rule: rule,
				Fix: "pulumi config set --path '" + at + ".<mail, https, queue or function>' <value>, with --secret for https",
			})
		}
	}
}

// wrong is what an endpoint should be, where it is not.
func (s Subscription) wrong() string {
	switch s.Protocol {
	case protocolMail:
		if address, err := mail.ParseAddress(s.Endpoint); err != nil || address.Address != s.Endpoint {
			return "mail must be an address without a name"
		}
	case protocolHTTPS:
		if u, err := url.Parse(s.Endpoint); err != nil || u.Scheme != "https" || u.Hostname() == "" {
			return "https must be a URL that begins with https://"
		}
	case protocolQueue:
		if !queueARN.MatchString(s.Endpoint) {
			return "queue must be the ARN of a Standard queue, since SNS sends alarms to no FIFO queue"
		}
	case protocolFunction:
		if !functionARN.MatchString(s.Endpoint) {
			return "function must be the ARN of a Lambda function"
		}
	default:
		return "it needs one of mail, https, queue and function"
	}
	return ""
}

// subscriptionWarnings are about alarms that nobody hears, and about keys in clear.
func (s Settings) subscriptionWarnings() (list []string) {
	if s.ProtectData && len(s.AlarmSubscriptions) == 0 {
		list = append(list, nobodyHears)
	}
	for _, to := range s.AlarmSubscriptions {
		if to.Protocol == protocolHTTPS && !to.Encrypted {
			list = append(list, fmt.Sprintf(endpointInClear, to.Name))
		}
	}
	return list
}
