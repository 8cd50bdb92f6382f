package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
)

// panel is one figure, with a bar for every implementation.
type panel struct {
	title string
	bars  []bar
}

// bar is one implementation's figure.
type bar struct {
	label string
	value float64
	text  string
	own   bool
}

// The chart's measures, in pixels. It is as wide as a README is.
const (
	chartWidth  = 840
	chartMargin = 16
	columns     = 2
	columnGap   = 32
	panelGap    = 22
	headHeight  = 56
	titleHeight = 26
	barHeight   = 16
	barGap      = 8
	axisHeight  = 18
	labelWidth  = 160
	valueWidth  = 62
	panelWidth  = (chartWidth - 2*chartMargin - (columns-1)*columnGap) / columns
	plotWidth   = panelWidth - labelWidth - valueWidth
)

// style follows the reader's theme: in a README the image is drawn by the browser, which knows it.
const style = `
text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #59636e }
.head { font-size: 15px; font-weight: 600; fill: #1f2328 }
.title { font-weight: 600; fill: #1f2328 }
.own { font-weight: 600; fill: #1f2328 }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.decade { font-size: 10px }
.peer-bar { fill: #a8b1bb }
.own-bar { fill: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #9198a1 }
.head, .title, .own { fill: #f0f6fc }
.grid { stroke: #3d444d }
.peer-bar { fill: #656c76 }
.own-bar { fill: #4493f8 }
}
`

// Chart draws the report as an SVG image: small panels of horizontal bars, each on a logarithmic axis whose decades are
// marked, because the figures are up to a hundred times apart.
func (r *Report) Chart(w io.Writer) error {
	panels := r.panels()
	if len(panels) == 0 {
		return fmt.Errorf("draw the chart: there are no rows to draw")
	}
	var body strings.Builder
	y := float64(headHeight)
	for i := 0; i < len(panels); i += columns {
		tallest := 0.0
		for column := range columns {
			if i+column < len(panels) {
				x := chartMargin + column*(panelWidth+columnGap)
				tallest = max(tallest, panels[i+column].draw(&body, float64(x), y))
			}
		}
		y += tallest + panelGap
	}
	height := y - panelGap + chartMargin
	headline := fmt.Sprintf("New events of 2 KB, a DynamoDB that answers after %s ms, %d cores", figure(r.LatencyMs), r.Machine.CPUs)
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %.0f" width="%d" height="%.0f" role="img" aria-label="%s">
<style>%s</style>
<text class="head" x="%d" y="26">%s</text>
<text x="%d" y="44">Shorter is better. The axes are logarithmic.</text>
%s</svg>
`, chartWidth, height, chartWidth, height, escape(r.summary(panels)), style, chartMargin, escape(headline), chartMargin, body.String())
	if err != nil {
		return fmt.Errorf("draw the chart: %w", err)
	}
	return nil
}

// panels are the figures worth a picture, those of new events.
func (r *Report) panels() []panel {
	coldStart := func(row Row) float64 { return row.ColdStartMs }
	candidates := []panel{
		r.panel("Batch of 10, p50", 10, " ms", p50),
		r.panel("Batch of 100, p50", 100, " ms", p50),
		r.panel("CPU per event, batch of 100", 100, " µs", cpu),
		r.panel("DynamoDB calls per event, batch of 100", 100, "", calls),
		r.panel("Peak memory, batch of 100", 100, " MiB", peak),
		r.panel("Process start to first poll", 100, " ms", coldStart),
	}
	var drawn []panel
	for _, p := range candidates {
		if len(p.bars) > 0 {
			drawn = append(drawn, p)
		}
	}
	return drawn
}

// panel collects one figure of every implementation that has it.
func (r *Report) panel(title string, batch int, unit string, of func(Row) float64) panel {
	p := panel{title: title}
	for _, row := range r.Rows {
		if row.Case != newEvents || row.Batch != batch || of(row) <= 0 {
			continue
		}
		p.bars = append(p.bars, bar{label: r.title(row.Impl), value: of(row), text: figure(of(row)) + unit, own: row.Impl == function})
	}
	return p
}

// draw writes the panel with its upper left corner at x, y and returns its height.
func (p panel) draw(w io.Writer, x, y float64) (height float64) {
	low, high := p.decades()
	plot := x + labelWidth
	position := func(v float64) float64 { return plotWidth * (math.Log10(v) - low) / (high - low) }
	fmt.Fprintf(w, `<text class="title" x="%.1f" y="%.1f">%s</text>`+"\n", x, y+14, escape(p.title))
	top := y + titleHeight
	bottom := top + float64(len(p.bars)*(barHeight+barGap)-barGap)
	for decade := low; decade <= high; decade++ {
		at := plot + position(math.Pow(10, decade))
		fmt.Fprintf(w, `<line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", at, top-4, at, bottom+4)
		fmt.Fprintf(w, `<text class="decade" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", at, bottom+axisHeight-2, figure(math.Pow(10, decade)))
	}
	for i, b := range p.bars {
		line := top + float64(i*(barHeight+barGap))
		textClass, barClass := "", "peer-bar"
		if b.own {
			textClass, barClass = ` class="own"`, "own-bar"
		}
		length := position(b.value)
		fmt.Fprintf(w, `<text%s x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", textClass, plot-8, line+12, escape(b.label))
		fmt.Fprintf(w, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%d" rx="2"/>`+"\n", barClass, plot, line, length, barHeight)
		fmt.Fprintf(w, `<text%s x="%.1f" y="%.1f">%s</text>`+"\n", textClass, plot+length+6, line+12, escape(b.text))
	}
	return bottom + axisHeight - y
}

// decades are the powers of ten between which the panel's axis runs: from clearly below the shortest bar, so that it can
// be seen, to the end of the longest.
func (p panel) decades() (low, high float64) {
	smallest, largest := p.bars[0].value, p.bars[0].value
	for _, b := range p.bars {
		smallest, largest = min(smallest, b.value), max(largest, b.value)
	}
	const clearly = 1.5
	low = math.Floor(math.Log10(smallest / clearly))
	return low, max(math.Log10(largest), low+1)
}

// summary is the chart in words, for those who can't see it.
func (r *Report) summary(panels []panel) string {
	var said []string
	for _, p := range panels {
		var figures []string
		for _, b := range p.bars {
			figures = append(figures, b.label+" "+b.text)
		}
		said = append(said, p.title+": "+strings.Join(figures, ", "))
	}
	return strings.Join(said, ". ")
}

// escape makes a text safe inside XML.
func escape(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		return "" // a builder does not fail
	}
	return b.String()
}
