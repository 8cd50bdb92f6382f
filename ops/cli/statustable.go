package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// What a row's second column says.
const (
	fine    = "ok"
	look    = "look"
	unknown = "unknown"
)

// detailWidth keeps a table within 120 columns.
const detailWidth = 80

// row is a part of the screen.
type row struct{ part, state, detail string }

// rows are the report as people read it.
func (r statusReport) rows() []row {
	within := fmt.Sprintf("in %d min", r.WindowMinutes)
	rows := []row{r.Intake.row(within)}
	for i, q := range r.Queues {
		rows = append(rows, q.row(i > 0))
	}
	return append(rows, r.Function.row(within), r.Consumer.row(), r.Alarms.row(), r.Flags.row())
}

// problem is the error of a report in which something could not be read.
func (r statusReport) problem() error {
	var parts []string
	rows := r.rows()
	for _, row := range rows {
		if row.state == unknown {
			parts = append(parts, row.part)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d parts could not be read: %s", len(parts), len(rows), strings.Join(parts, ", "))
}

func (r statusReport) table() string {
	t := newTable()
	t.SetTitle("%s  %s UTC", r.Stack, r.At.Format(time.DateTime))
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, WidthMax: detailWidth, WidthMaxEnforcer: text.WrapSoft}})
	for _, row := range r.rows() {
		t.AppendRow(table.Row{row.part, row.state, row.detail})
	}
	return t.Render()
}

// newTable is how all tables look.
func newTable() table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Title.Format = text.FormatDefault
	t.Style().Format.Header = text.FormatDefault
	return t
}

// failed is the row of a part that could not be read.
func failed(part, problem string) row { return row{part, unknown, problem} }

// worth says look where something is.
func worth(looking bool) string {
	if looking {
		return look
	}
	return fine
}

func (i intakeStatus) row(within string) row {
	if i.Error != "" {
		return failed("intake", "metrics: "+i.Error)
	}
	if i.Sent == nil {
		return row{"intake", fine, "no metrics " + within}
	}
	return row{"intake", fine, count(i.Sent) + " messages sent " + within}
}

// row wants queues for messages that were set aside to be empty.
func (q queueStatus) row(aside bool) row {
	if q.Error != "" {
		return failed(q.Name, q.Error)
	}
	detail := fmt.Sprintf("%d waiting, %d in flight", q.Waiting, q.InFlight)
	if q.OldestSeconds != nil && q.Waiting+q.InFlight > 0 {
		detail += ", oldest " + ago(*q.OldestSeconds)
	}
	return row{q.Name, worth(aside && q.Waiting+q.InFlight > 0), detail}
}

func (f functionStatus) row(within string) row {
	if f.Error != "" {
		return failed("function", f.Error)
	}
	reserved := "no reserved concurrency"
	if f.Reserved != nil {
		reserved = fmt.Sprintf("reserved concurrency %d", *f.Reserved)
	}
	version := "version " + f.Version
	if f.Canary != "" {
		version += fmt.Sprintf(" and %.0f %% version %s", f.CanaryPercent, f.Canary)
	}
	detail := fmt.Sprintf("%s, %s, %s; ", f.State, version, reserved)
	if f.Invocations == nil && f.Errors == nil && f.Throttles == nil {
		detail += "no metrics " + within
	} else {
		detail += fmt.Sprintf("%s invocations %s, %s errors, %s throttles", count(f.Invocations), within, count(f.Errors), count(f.Throttles))
	}
	return row{"function", worth(f.State != "Active" || some(f.Errors) || some(f.Throttles)), detail}
}

func (c consumerStatus) row() row {
	if c.Error != "" {
		return failed("consumer", c.Error)
	}
	concurrency := "no maximum concurrency"
	if c.Concurrency != nil {
		concurrency = fmt.Sprintf("maximum concurrency %d", *c.Concurrency)
	}
	detail := fmt.Sprintf("%s, %s, batches of %d, last result: %s", c.State, concurrency, c.BatchSize, cmp.Or(c.LastResult, "AWS does not say"))
	return row{"consumer", worth(c.State != "Enabled"), detail}
}

func (a alarmsStatus) row() row {
	if a.Error != "" {
		return failed("alarms", a.Error)
	}
	detail := fmt.Sprintf("%d OK", a.OK)
	for _, of := range []struct {
		state string
		names []string
	}{{"ALARM", a.Alarm}, {"INSUFFICIENT_DATA", a.Insufficient}} {
		if len(of.names) > 0 {
			names := strings.ReplaceAll(" "+strings.Join(of.names, ", "), " "+a.Prefix, " ")
			detail += fmt.Sprintf("; %s:%s", of.state, names)
		}
	}
	return row{"alarms", worth(len(a.Alarm) > 0), detail}
}

func (f flagsStatus) row() row {
	switch {
	case f.Error != "":
		return failed("flags", f.Error)
	case f.Deployment == 0:
		return row{"flags", look, f.State}
	}
	detail := fmt.Sprintf("version %s, %s (deployment %d, %.0f %%)", f.Version, f.State, f.Deployment, f.Percent)
	return row{"flags", worth(f.State != "COMPLETE"), detail}
}

// count is a number of a metric. CloudWatch has no data where nothing was counted.
func count(n *float64) string {
	if n == nil {
		return "no"
	}
	return fmt.Sprintf("%.0f", *n)
}

func some(n *float64) bool { return n != nil && *n > 0 }

// ago is a time in the unit that a person would say.
func ago(seconds float64) string {
	switch d := time.Duration(seconds * float64(time.Second)); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", math.Floor(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", math.Floor(d.Hours()))
	default:
		return fmt.Sprintf("%.0f days", math.Floor(d.Hours()/24))
	}
}

// shortest is how much of an error a row has room for.
const shortest = 160

// short is an error for a row: AWS's code with the permission that is missing, or the reason that is at the end of the chain.
func short(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", partTimeout)
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		if call, ok := errors.AsType[*smithy.OperationError](err); ok && strings.HasPrefix(api.ErrorCode(), "AccessDenied") {
			return fmt.Sprintf("%s: needs %s", api.ErrorCode(), actionOf(call.Service(), call.Operation()))
		}
		return cut(api.ErrorCode() + ": " + api.ErrorMessage())
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return cut(oneLine(err))
}

// cut keeps a line short.
func cut(line string) string {
	if runes := []rune(line); len(runes) > shortest {
		return string(runes[:shortest]) + "…"
	}
	return line
}

// printJSON writes a result as one line.
func (a *app) printJSON(result any) error {
	if err := json.NewEncoder(a.Out).Encode(result); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
