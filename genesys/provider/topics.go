package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/plugin"
)

const (
	sourceToken = tokens.Type("genesys:index:EventBridgeSource")
	// topicsDeadline is how long a preview may wait for the list of topics, which it can do without.
	topicsDeadline = 20 * time.Second
)

// Check refuses inputs that Genesys Cloud would refuse, and with credentials topics that it does not send to EventBridge. Only new
// topics are asked about, and no others: what does not change needs no request.
func (p *Provider) Check(ctx context.Context, req sdk.CheckRequest) (sdk.CheckResponse, error) {
	resp, err := p.Provider.Check(ctx, req)
	if err != nil || len(resp.Failures) > 0 || req.Type != sourceToken {
		return resp, err
	}
	in, had := plugin.Plain(resp.Properties), plugin.Plain(req.Olds).Texts("eventFilter")
	if !in.Known("eventFilter") {
		return resp, nil
	}
	added := slices.DeleteFunc(in.Texts("eventFilter"), func(topic string) bool { return slices.Contains(had, topic) })
	resp.Failures = plugin.Failures(discreet(p.unsent(ctx, added), resp.Properties))
	return resp, nil
}

// unsent are problems with topics that never reach an event source. Without credentials, and where Genesys Cloud can't be asked,
// there are none: the list only spares a mistake that nothing else would report.
func (p *Provider) unsent(ctx context.Context, topics []string) (problems []problem) {
	if len(topics) == 0 {
		return nil
	}
	c, err := p.reach()
	if err != nil {
		return nil
	}
	ctx, done := p.Operation(ctx, topicsDeadline.Seconds())
	defer done()
	available, err := c.AvailableTopics(ctx, api.WithTransports)
	if err != nil {
		p.options.Log.WarnContext(ctx, "topics are not compared with what Genesys Cloud sends to EventBridge", "error", err)
		return nil
	}
	for _, t := range available {
		if slices.Contains(topics, t.ID) && !reaches(t.Transports) {
			problems = append(problems, problem{Property: "eventFilter", Reason: fmt.Sprintf("eventFilter has %q, which Genesys Cloud sends "+
				"over %s only: no event of it would come. Take it out of the topics", t.ID, strings.Join(t.Transports, ", "))})
		}
	}
	return problems
}

// reaches reports whether events of such transports come over EventBridge, as far as is known: there may be none named, or one of
// a name that came later.
func reaches(transports []string) bool {
	return len(transports) == 0 || slices.ContainsFunc(transports, func(t string) bool { return !strings.EqualFold(t, "Websocket") })
}
