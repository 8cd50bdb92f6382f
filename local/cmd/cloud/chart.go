package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html"
	"image/color"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// benchReport is what the chart needs of the benchmark's file.
type benchReport struct {
	LatencyMs float64           `json:"latencyMs"`
	Titles    map[string]string `json:"titles"`
	Rows      []benchRow        `json:"rows"`
	Machine   struct {
		CPUs  int    `json:"cpus"`
		Model string `json:"model"`
	} `json:"machine"`
}

type benchRow struct {
	Impl               string  `json:"impl"`
	Case               string  `json:"case"`
	Batch              int     `json:"batch"`
	Slice              float64 `json:"slice"`
	P50Ms              float64 `json:"p50Ms"`
	CPUMicrosPerRecord float64 `json:"cpuMicrosPerRecord"`
	CallsPerRecord     float64 `json:"callsPerRecord"`
	PeakMiB            float64 `json:"peakMiB"`
	ColdStartMs        float64 `json:"coldStartMs"`
}

// benchPanel is one figure of every implementation.
type benchPanel struct {
	title, unit string
	batch       int
	sliced      bool
	of          func(benchRow) float64
}

var benchPanels = []benchPanel{
	{"Time per batch of 10, median", "ms", 10, false, func(r benchRow) float64 { return r.P50Ms }},
	{"Time per batch of 100, median", "ms", 100, false, func(r benchRow) float64 { return r.P50Ms }},
	{"The same with the CPU of a 512 MB function, 10", "ms", 10, true, func(r benchRow) float64 { return r.P50Ms }},
	{"The same with the CPU of a 512 MB function, 100", "ms", 100, true, func(r benchRow) float64 { return r.P50Ms }},
	{"CPU time per record, batches of 100", "µs", 100, false, func(r benchRow) float64 { return r.CPUMicrosPerRecord }},
	{"DynamoDB calls per record, batches of 100", "", 100, false, func(r benchRow) float64 { return r.CallsPerRecord }},
	{"Peak memory, batches of 100", "MiB", 100, false, func(r benchRow) float64 { return r.PeakMiB }},
	{"Process start to first poll, median", "ms", 10, false, func(r benchRow) float64 { return r.ColdStartMs }},
}

// shows reports whether a row is in the panel.
func (p benchPanel) shows(row benchRow) bool {
	return row.Case == "new" && row.Batch == p.batch && (row.Slice > 0) == p.sliced
}

// panels are those that can be drawn: a machine without control groups has no figures of a slice.
func (r *benchReport) panels() []benchPanel {
	return slices.DeleteFunc(slices.Clone(benchPanels), func(p benchPanel) bool { return p.sliced && !slices.ContainsFunc(r.Rows, p.shows) })
}

// height is that of the whole chart.
func (r *benchReport) height() vg.Length {
	rows := (len(r.panels()) + chartColumns - 1) / chartColumns
	return chartHead + vg.Length(rows)*chartPanel + chartMargin
}

const (
	chartColumns = 2
	chartWidth   = 920 * vg.Length(1)
	chartPanel   = 148 * vg.Length(1) // height
	chartHead    = 58 * vg.Length(1)
	chartMargin  = 16 * vg.Length(1)
	chartTitle   = 32 * vg.Length(1)
	chartNames   = 192 * vg.Length(1)
	chartBar     = 15 * vg.Length(1)
	chartNudge   = 1.5 * vg.Length(1) // from the middle of a text's box to that of its letters
)

var (
	chartInk   = color.Gray{0x22}
	chartPale  = color.Gray{0x60}
	chartOwn   = color.RGBA{0x09, 0x69, 0xda, 0xff}
	chartPeer  = color.RGBA{0xb4, 0xbc, 0xc6, 0xff}
	chartPaper = color.White
)

// chart is the command "chart".
func chart(args []string) error {
	set := flag.NewFlagSet("chart", flag.ContinueOnError)
	from := set.String("from", ".local/bench.json", "`file` of figures that the benchmark wrote")
	to := set.String("to", ".local/bench.svg", "`file` to write")
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	}
	content, err := os.ReadFile(*from)
	if err != nil {
		return fmt.Errorf("read the figures of the benchmark: %w", err)
	}
	var report benchReport
	if err := json.Unmarshal(content, &report); err != nil {
		return fmt.Errorf("read %s: %w", *from, err)
	}
	image, err := report.svg()
	if err != nil {
		return fmt.Errorf("draw %s: %w", *from, err)
	}
	if err := os.WriteFile(*to, image, 0o644); err != nil {
		return fmt.Errorf("write the chart: %w", err)
	}
	fmt.Println("wrote", *to)
	return nil
}

// svg draws the chart. Its font is not embedded: Arial has the same widths, and is named where the drawing library only
// names its own font.
func (r *benchReport) svg() ([]byte, error) {
	canvas := vgsvg.New(chartWidth, r.height())
	said, err := r.draw(draw.New(canvas))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("write the image: %w", err)
	}
	image := strings.ReplaceAll(out.String(), "font-family:Liberation Sans;", "font-family:Liberation Sans,Arial,Helvetica,sans-serif;")
	image = strings.Replace(image, "<svg ", fmt.Sprintf("<svg role=\"img\" aria-label=\"%s\" ", html.EscapeString(said)), 1)
	return []byte(image), nil
}

// draw draws the chart and returns it in words.
func (r *benchReport) draw(c draw.Canvas) (said string, err error) {
	c.SetColor(chartPaper) // on a page of any colour
	c.Fill(c.Path())
	head := func(down vg.Length, size vg.Length, weight font.Weight, ink color.Color, line string) {
		c.FillText(textStyle(size, weight, ink), vg.Point{X: chartMargin, Y: r.height() - down}, line)
		said += line + ". "
	}
	machine := fmt.Sprintf("%d × %s", r.Machine.CPUs, r.Machine.Model)
	head(26, 16, font.WeightBold, chartInk, "This function beside its peers: one run of make bench, new events")
	head(44, 11, font.WeightNormal, chartPale, fmt.Sprintf("Shorter is better; every bar starts at 0. × is how many times this function's figure. "+
		"DynamoDB answers after %s ms; %s", figure(r.LatencyMs), machine))
	width := (chartWidth - 2*chartMargin) / chartColumns
	for i, panel := range r.panels() {
		p, names, words, err := r.plot(panel)
		if err != nil {
			return "", err
		}
		said += words
		left := chartMargin + vg.Length(i%chartColumns)*width
		top := r.height() - chartHead - vg.Length(i/chartColumns)*chartPanel
		c.FillText(textStyle(12, font.WeightBold, chartInk), vg.Point{X: left, Y: top - chartTitle + chartBar/2}, panel.title)
		area := draw.Canvas{Canvas: c, Rectangle: vg.Rectangle{
			Min: vg.Point{X: left + chartNames, Y: top - chartPanel}, Max: vg.Point{X: left + width - chartMargin, Y: top - chartTitle},
		}}
		p.Draw(area)
		data := p.DataCanvas(area)
		_, y := p.Transforms(&data)
		for n, name := range names { // from the left: a reader's font may be wider than the one that is measured here
			style := textStyle(11, font.WeightNormal, chartInk)
			style.YAlign = draw.YCenter
			c.FillText(style, vg.Point{X: left, Y: y(float64(n)) + chartNudge}, name)
		}
	}
	return strings.TrimSpace(said), nil
}

// plot is one panel, the names of its bars from below, and the same in words.
func (r *benchReport) plot(panel benchPanel) (p *plot.Plot, names []string, words string, err error) {
	p = plot.New()
	p.BackgroundColor = nil
	p.HideAxes()
	var own, longest float64
	var figures []string
	rows := slices.DeleteFunc(slices.Clone(r.Rows), func(row benchRow) bool { return !panel.shows(row) })
	slices.Reverse(rows) // the first one on top
	for _, row := range rows {
		if row.Impl == "function" {
			own = panel.of(row)
		}
		longest = max(longest, panel.of(row))
	}
	if own <= 0 || math.IsInf(longest, 0) {
		return nil, nil, "", fmt.Errorf("%s: there is no figure of this function", panel.title)
	}
	for i, row := range rows {
		value := panel.of(row)
		bar, err := plotter.NewBarChart(plotter.Values{value}, chartBar)
		if err != nil {
			return nil, nil, "", fmt.Errorf("draw a bar: %w", err)
		}
		bar.Horizontal, bar.XMin, bar.LineStyle.Width, bar.Color = true, float64(i), 0, chartPeer
		label, style := strings.TrimSpace(figure(value)+" "+panel.unit), textStyle(11, font.WeightNormal, chartInk)
		if row.Impl == "function" {
			bar.Color, style = chartOwn, textStyle(11, font.WeightBold, chartInk)
		} else {
			label += " (" + strconv.FormatFloat(round(value/own, 2), 'f', -1, 64) + "×)"
		}
		labels, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: value, Y: float64(i)}}, Labels: []string{label}})
		if err != nil {
			return nil, nil, "", fmt.Errorf("label a bar: %w", err)
		}
		style.YAlign = draw.YCenter
		labels.TextStyle[0], labels.Offset = style, vg.Point{X: 5, Y: chartNudge}
		p.Add(bar, labels)
		names = append(names, r.Titles[row.Impl])
		figures = append(figures, r.Titles[row.Impl]+" "+label)
	}
	const room = 1.75 // of the longest bar, for the figure behind it
	p.X.Min, p.X.Max = 0, room*longest
	p.Y.Min, p.Y.Max = -0.5, float64(len(rows))-0.5
	slices.Reverse(figures)
	return p, names, panel.title + ": " + strings.Join(figures, ", ") + ". ", nil
}

func textStyle(size vg.Length, weight font.Weight, ink color.Color) text.Style {
	face := plotfont.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: size}
	return text.Style{Color: ink, Font: face, Handler: plot.DefaultTextHandler}
}

// figure is a number with three digits, or as many as it has before the point, in groups.
func figure(v float64) string {
	if v < 1000 {
		return strconv.FormatFloat(round(v, 3), 'f', -1, 64)
	}
	whole := int(math.Round(v))
	return fmt.Sprintf("%d,%03d", whole/1000, whole%1000)
}

// round rounds to significant digits, but never before the point.
func round(v float64, digits int) float64 {
	if v >= math.Pow10(digits) {
		return math.Round(v)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	return rounded
}
