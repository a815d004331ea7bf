package main

import (
	"cmp"
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"tamis/classify"
	"tamis/plan"
)

//go:embed evalpage.html
var evalPageSource string

var evalPage = template.Must(template.New("evaluation").Funcs(template.FuncMap{
	"inc":     func(i int) int { return i + 1 },
	"four":    func(x float64) string { return fmt.Sprintf("%.4f", x) },
	"percent": func(x float64) string { return fmt.Sprintf("%.4g %%", 100*x) },
	"nan":     math.IsNaN,
}).Parse(evalPageSource))

// An evaluationPage is what the template shows.
type evaluationPage struct {
	Title    string
	E        *classify.Evaluation
	Labels   []classify.LabelEvaluation // the commonest ones
	More     int                        // others
	Curves   []classify.LabelEvaluation // those that plots show
	Plots    []plot
	Matrix   confusionMatrix
	Deciding []classify.Deciding
	Pairs    bool
	Wrong    []pageWrong
}

type pageWrong struct {
	Label string
	P     float64
	Text  string
}

// A plot has both axes from 0 to 1.
type plot struct {
	Title, Across, Up string
	Diagonal          bool // what chance gives, or a perfect calibration
	Grid              []gridLine
	Lines             []plotLine
}

type gridLine struct {
	X, Y  float64
	Label string
}

type plotLine struct {
	Name, Points string
	Dots         []plotDot
}

type plotDot struct {
	X, Y, R float64
	Title   string
}

const plottedLabels = 5

// writeEvaluation writes the page of an evaluation.
func writeEvaluation(w io.Writer, m *classify.Model, e *classify.Evaluation, lines []string, deciding []classify.Deciding, show evaluationShown, title string) error {
	p := evaluationPage{Title: title, E: e, Labels: e.Labels, Deciding: deciding, Pairs: m.Args.WordNgrams > 1}
	if show.labels > 0 && len(p.Labels) > show.labels {
		p.Labels, p.More = p.Labels[:show.labels], len(p.Labels)-show.labels
	}
	p.Curves = e.Labels[:min(plottedLabels, len(e.Labels))]
	p.Plots = plots(p.Curves, e.Calibration)
	p.Matrix = matrixOf(e)
	for _, wrong := range e.Wrong {
		p.Wrong = append(p.Wrong, pageWrong{wrong.Label, wrong.P, shortLine(lines[wrong.Line])})
	}
	return evalPage.Execute(w, p)
}

func plots(labels []classify.LabelEvaluation, bins []classify.Bin) []plot {
	roc := plot{Title: "Found against let through", Across: "share of the others that stay", Up: "share of the label's that stay", Diagonal: true}
	right := plot{Title: "Precision and recall", Across: "recall", Up: "precision"}
	kept := plot{Title: "Precision of what stays", Across: "share of all examples that stay", Up: "precision"}
	for _, l := range labels {
		if len(l.Curve) == 0 {
			continue
		}
		roc.Lines = append(roc.Lines, lineOver(l, true, func(t classify.Threshold) (x, y float64) { return t.False, t.Recall }))
		right.Lines = append(right.Lines, lineOver(l, false, func(t classify.Threshold) (x, y float64) { return t.Recall, t.Precision }))
		kept.Lines = append(kept.Lines, lineOver(l, false, func(t classify.Threshold) (x, y float64) { return t.Share, t.Precision }))
	}
	out := []plot{roc, right, kept, calibrationPlot(bins)}
	for i := range out {
		for n := 0; n <= 10; n += 2 {
			share := float64(n) / 10
			out[i].Grid = append(out[i].Grid, gridLine{across(share), up(share), fmt.Sprintf("%.1f", share)})
		}
	}
	return slices.DeleteFunc(out, func(p plot) bool { return len(p.Lines) == 0 })
}

// lineOver draws a label's curve, from the corner where nothing stays if that is on it.
func lineOver(l classify.LabelEvaluation, origin bool, at func(classify.Threshold) (x, y float64)) plotLine {
	var b strings.Builder
	if origin {
		fmt.Fprintf(&b, "%.2f,%.2f ", across(0), up(0))
	}
	for _, t := range l.Curve {
		x, y := at(t)
		fmt.Fprintf(&b, "%.2f,%.2f ", across(x), up(y))
	}
	return plotLine{Name: l.Label, Points: strings.TrimSpace(b.String())}
}

func calibrationPlot(bins []classify.Bin) plot {
	p := plot{Title: "Calibration", Across: "mean probability of the likeliest label", Up: "share that is right", Diagonal: true}
	most := 1
	for _, b := range bins {
		most = max(most, b.Lines)
	}
	line := plotLine{Name: "likeliest label"}
	for _, b := range bins {
		x, y := across(min(b.Mean, 1)), up(b.Right)
		line.Points += fmt.Sprintf("%.2f,%.2f ", x, y)
		line.Dots = append(line.Dots, plotDot{x, y, math.Round(100*(2+6*math.Sqrt(float64(b.Lines)/float64(most)))) / 100,
			fmt.Sprintf("%s: probability %.3f, right %.3f", plan.Count(b.Lines, "example"), b.Mean, b.Right)})
	}
	if len(bins) > 0 {
		p.Lines = []plotLine{line}
	}
	return p
}

// across and up place shares in the plot's box, to a hundredth.
func across(share float64) float64 { return math.Round(100*(45+240*share)) / 100 }
func up(share float64) float64     { return math.Round(100*(230-220*share)) / 100 }

// A confusionMatrix shows the labels that are confused most.
type confusionMatrix struct {
	Names []string
	Rows  []confusionRow
}

type confusionRow struct {
	Name  string
	Cells []confusionCell
}

type confusionCell struct {
	N       int
	Class   string
	Percent int // of the row's
}

const confusedLabels = 20

func matrixOf(e *classify.Evaluation) confusionMatrix {
	lost, right := map[string]int{}, map[string]int{}
	pairs := map[[2]string]int{}
	for _, c := range e.Confused {
		pairs[[2]string{c.Gold, c.Predicted}] = c.Lines
		lost[c.Gold] += c.Lines
		lost[c.Predicted] += c.Lines
	}
	var names []string
	for _, l := range e.Labels {
		right[l.Label] = l.Right
		names = append(names, l.Label)
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(lost[b], lost[a]) })
	m := confusionMatrix{Names: names[:min(confusedLabels, len(names))]}
	for _, gold := range m.Names {
		row := confusionRow{Name: gold}
		sum := 0
		for _, said := range m.Names {
			cell := confusionCell{N: pairs[[2]string{gold, said}], Class: "miss"}
			if said == gold {
				cell = confusionCell{N: right[gold], Class: "hit"}
			}
			sum += cell.N
			row.Cells = append(row.Cells, cell)
		}
		for i := range row.Cells {
			if c := &row.Cells[i]; c.Class == "miss" {
				c.Percent = 100 * c.N / max(sum, 1)
			}
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}
