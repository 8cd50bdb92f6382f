package settings

import (
	"fmt"
	"net"
	"net/url"
	"time"

	"cc-eventbridge/function/contract"
)

const (
	defaultDownstreamSeconds = int(contract.DefaultDownstreamTimeout / time.Second)
	// mostInFlight is how many messages of a Standard queue can be received and not yet deleted (SQS quotas, "In-flight
	// messages per queue").
	mostInFlight = 120_000
)

// longestDownstreamSeconds is the longest time-out of a request with which the function still has time to write down that it
// has passed. The shortest that there is always fits: the function ends a request when its own time for work is over.
func longestDownstreamSeconds(functionSeconds int) int {
	work := contract.TimeForWork(time.Duration(functionSeconds) * time.Second)
	return max(int((work-1)/time.Second), 1)
}

// deriveDownstreamTimeout lowers the default where the function has less time: functionTimeoutSeconds alone is enough to set.
func (c *checker) deriveDownstreamTimeout() {
	if c.DownstreamTimeoutSeconds == defaultDownstreamSeconds && c.sound("functionTimeoutSeconds") {
		c.DownstreamTimeoutSeconds = min(defaultDownstreamSeconds, longestDownstreamSeconds(c.Function.TimeoutSeconds))
	}
}

func (c *checker) checkDownstream() {
	if c.sound("functionTimeoutSeconds", "downstreamTimeoutSeconds") {
		seconds, longest := c.Function.TimeoutSeconds, longestDownstreamSeconds(c.Function.TimeoutSeconds)
		if c.DownstreamTimeoutSeconds > longest {
			c.wrongValue("downstreamTimeoutSeconds", fmt.Sprintf(cutOff, seconds, longest),
				fmt.Sprintf("pulumi config set downstreamTimeoutSeconds %d, or raise functionTimeoutSeconds", longest))
		}
	}
	switch {
	case c.LogsOnly(), len(c.Routes) > 0:
	case !deliverable(c.DownstreamURL):
		c.wrongValue("downstreamUrl", personalData, downstreamFix)
	}
	if c.DownstreamURL == "" && len(c.Routes) == 0 && c.ProtectData && c.sound("protectData", routesKey) {
		c.wrongValue("downstreamUrl", onlyLogged, downstreamFix+", or pulumi config set downstreamUrl "+LogOnly+" if that is meant")
	}
	if c.HasDownstreamSecret && c.LogsOnly() {
		c.problems = append(c.problems, &Problem{
			Key: downstreamSecret, Value: "set", Rule: "it is sent to downstreamUrl, which is no URL",
			Fix: downstreamFix + ", or pulumi config rm downstreamSecret",
		})
	}
}

func deliverable(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// roomWarnings are about batches that one invocation can't get done, and about more of them than the queue hands out. Nothing is
// lost by either, but events are received without being tried, and each receive counts.
func (s Settings) roomWarnings() (list []string) {
	batch, timeout := s.Mapping.BatchSize, time.Duration(s.Function.TimeoutSeconds)*time.Second
	started := func(seconds int) int {
		return contract.Started(time.Duration(seconds)*time.Second, timeout, s.Function.MemoryMB)
	}
	if key, seconds := s.slowest(); seconds > 0 && batch > started(seconds) {
		all, quicker := started(seconds), seconds
		for quicker > 1 && started(quicker) < batch {
			quicker--
		}
		fix := fmt.Sprintf("Set batchSize %d", all)
		if started(quicker) >= batch {
			fix += fmt.Sprintf(" or %s %d", key, quicker)
		}
		list = append(list, fmt.Sprintf(batchTooLarge, batch, key, seconds,
			contract.DeliveriesWith(s.Function.MemoryMB), s.Function.TimeoutSeconds, all, fix))
	}
	if n := batch * s.Mapping.MaximumConcurrency; n > mostInFlight {
		list = append(list, fmt.Sprintf(tooManyInFlight, batch, s.Mapping.MaximumConcurrency, n, mostInFlight,
			mostInFlight/s.Mapping.MaximumConcurrency, mostInFlight/batch))
	}
	return list
}

// slowest is the longest that an event can take to be delivered, and the key that says so: several targets are delivered to at
// the same time. It is none where events are only logged or dropped.
func (s Settings) slowest() (key string, seconds int) {
	if s.LogsOnly() {
		return "", 0
	}
	if len(s.Routes) == 0 {
		return "downstreamTimeoutSeconds", s.DownstreamTimeoutSeconds
	}
	for _, t := range s.Targets() {
		own := t.TimeoutSeconds
		if own == 0 && t.Kind != contract.TargetLog {
			own = defaultDownstreamSeconds
		}
		if own > seconds {
			key, seconds = "timeoutSeconds of target "+t.Name, own
		}
	}
	return key, seconds
}
