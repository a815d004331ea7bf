package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tamis/classify"
	"tamis/plan"
	"tamis/spool"
)

// evaluationShown says what of an evaluation is shown.
type evaluationShown struct {
	k, wrong, labels int
	features         int    // that decide, for each label
	page             string // file of the HTML page; empty for none
}

func (a *app) evalCommand() *cobra.Command {
	var x exampleSet
	show := evaluationShown{}
	c := &cobra.Command{
		Use: "eval MODEL [INPUT …]", Short: "Measure a classifier on labelled examples",
		Long: "Asks a model in fastText's format, .bin or .ftz, about examples whose labels are known, in the forms that tamis train reads:\n" +
			"precision and recall of the k likeliest labels, counted as fastText's own test does; for each label precision, recall,\n" +
			"F1, the area under the ROC curve, average precision, and the bounds at which what stays is right as often as wanted;\n" +
			"calibration, the commonest confusions, the examples it is most wrong about, and the words that decide. With --html all of it\n" +
			"goes to a page with plots that needs no other file.",
		Args: args(cobra.MinimumNArgs(1)),
	}
	c.RunE = func(c *cobra.Command, given []string) error {
		if show.k < 1 || show.wrong < 0 || show.labels < 0 || show.features < 0 {
			return usage(c, errors.New("-k is at least 1, --wrong, --labels and --features at least 0"))
		}
		if err := x.from(a, given[1:]); err != nil {
			return err
		}
		m, err := readModel(given[0])
		if err != nil {
			return err
		}
		lines, err := x.read(c.Context())
		if err != nil {
			return err
		}
		return a.evaluation(m, lines, show, fmt.Sprintf("%s: %v", given[0], m))
	}
	x.flags(c)
	c.Flags().IntVarP(&show.k, "k", "k", 5, "likeliest labels to count")
	c.Flags().IntVar(&show.wrong, "wrong", 5, "examples to show of those it is most wrong about")
	c.Flags().IntVar(&show.features, "features", 8, "words to show that decide for each label, and as many against it")
	c.Flags().StringVar(&show.page, "html", "", "write a page with plots to this file, too")
	c.Flags().IntVar(&show.labels, "labels", 20, "labels to show, the commonest; --json has all")
	return c
}

func readModel(path string) (*classify.Model, error) {
	m, err := classify.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", path, bare(err))
	}
	if m.Args.Kind != classify.Supervised {
		return nil, fmt.Errorf("model %s: it holds word vectors and no labels", path)
	}
	return m, nil
}

// evaluation measures a model and shows the result.
func (a *app) evaluation(m *classify.Model, lines []string, show evaluationShown, title string) error {
	e := classify.Evaluate(m, lines, classify.EvaluationOptions{K: show.k, Wrong: show.wrong})
	if e.Lines == 0 {
		return fmt.Errorf("none of %s has a label of the model, which knows %s", plan.Count(len(lines), "example"), labelsOf(m))
	}
	deciding := decide(m, e, lines, show)
	if show.page != "" {
		err := writeFile(show.page, func(w io.Writer) error { return writeEvaluation(w, m, e, lines, deciding, show, title) })
		if err != nil {
			return err
		}
	}
	switch {
	case a.json:
		return a.printJSON(evaluationJSON(e, lines, deciding))
	case a.quiet:
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(a.out, title)
	fmt.Fprintf(a.out, "%s; %d without a label that the model knows, or without a feature\n\n", plan.Count(e.Lines, "example"), e.Skipped)
	fmt.Fprintln(w, "k\tprecision\trecall\t")
	for k, at := range e.At {
		fmt.Fprintf(w, "%d\t%.4f\t%.4f\t\n", k+1, at.Precision(), at.Recall())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nlabel\texamples\tprecision\trecall\tF1\tAUC\taverage precision\tbound for 0.9\tof which stay\t")
	shown := e.Labels
	if show.labels > 0 {
		shown = shown[:min(show.labels, len(shown))]
	}
	for _, l := range shown {
		fmt.Fprintf(w, "%s\t%d\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%s\t\n", l.Label, l.Gold, l.Precision(), l.Recall(), l.F1(), l.AUC, l.AveragePrecision, boundFor(l, 0.9))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if more := len(e.Labels) - len(shown); more > 0 {
		fmt.Fprintf(a.out, "and %s more\n", plan.Count(more, "label"))
	}
	a.mistakes(e, lines)
	for _, d := range deciding {
		fmt.Fprintf(a.out, "for %s: %s; against: %s\n", d.Label, wordsOf(d.For), wordsOf(d.Against))
	}
	return nil
}

// decide asks for the features that decide for the labels that are shown.
func decide(m *classify.Model, e *classify.Evaluation, lines []string, show evaluationShown) []classify.Deciding {
	if show.features == 0 {
		return nil
	}
	var labels []int
	for _, l := range e.Labels[:min(len(e.Labels), cmp.Or(show.labels, len(e.Labels)))] {
		i, _ := m.LabelIndex(l.Label)
		labels = append(labels, i)
	}
	return classify.Decide(m, lines, labels, show.features)
}

func wordsOf(features []classify.Feature) string {
	words := make([]string, len(features))
	for i, f := range features {
		words[i] = f.Text
	}
	return strings.Join(words, ", ")
}

// writeFile writes a file that appears whole.
func writeFile(file string, write func(io.Writer) error) error {
	dir, err := spool.OpenDir(spool.OS{}, filepath.Dir(file))
	if err != nil {
		return err
	}
	return dir.WriteWhole(filepath.Base(file), write)
}

// boundFor is the bound at which what stays is right as often as wanted, and the
// share that stays.
func boundFor(l classify.LabelEvaluation, precision float64) string {
	for _, t := range l.Thresholds {
		if t.Wanted == precision && !math.IsNaN(t.Score) {
			return fmt.Sprintf("%.4f\t%.1f %%", t.Score, 100*t.Share)
		}
	}
	return "none\t"
}

// mistakes shows calibration, confusions and the worst examples.
func (a *app) mistakes(e *classify.Evaluation, lines []string) {
	fmt.Fprintf(a.out, "\nsure of its likeliest label, and right:")
	for _, b := range e.Calibration {
		fmt.Fprintf(a.out, "  %.2f %.2f (%d)", b.Mean, b.Right, b.Lines)
	}
	fmt.Fprintln(a.out)
	for _, c := range e.Confused[:min(5, len(e.Confused))] {
		fmt.Fprintf(a.out, "%d of %s were called %s\n", c.Lines, c.Gold, c.Predicted)
	}
	for _, wrong := range e.Wrong {
		fmt.Fprintf(a.out, "%s %.4f: %s\n", wrong.Label, wrong.P, shortLine(lines[wrong.Line]))
	}
}

func shortLine(s string) string {
	if r := []rune(s); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return s
}

func labelsOf(m *classify.Model) string {
	var names []string
	for i := range min(m.Labels(), 10) {
		names = append(names, m.Label(i))
	}
	if m.Labels() > 10 {
		names = append(names, fmt.Sprintf("and %d more", m.Labels()-10))
	}
	return strings.Join(names, ", ")
}

// A jsonThreshold has no score where no bound does what is wanted.
type jsonThreshold struct {
	Wanted    float64  `json:"wanted"`
	Precision float64  `json:"precision"`
	Score     *float64 `json:"score"`
	Recall    float64  `json:"recall"`
	Share     float64  `json:"share"`
}

type jsonLabel struct {
	Label            string          `json:"label"`
	Examples         int             `json:"examples"`
	Predicted        int             `json:"predicted"`
	Right            int             `json:"right"`
	Precision        float64         `json:"precision"`
	Recall           float64         `json:"recall"`
	F1               float64         `json:"f1"`
	AUC              float64         `json:"auc"`
	AveragePrecision float64         `json:"average_precision"`
	Thresholds       []jsonThreshold `json:"thresholds"` // by wanted precision
	Shares           []jsonThreshold `json:"shares"`     // by wanted share
}

type jsonDeciding struct {
	Label   string             `json:"label"`
	For     []classify.Feature `json:"for"`
	Against []classify.Feature `json:"against"`
}

type jsonWrong struct {
	Example   string  `json:"example"`
	Predicted string  `json:"predicted"`
	P         float64 `json:"p"`
}

// evaluationJSON is an evaluation for machines.
func evaluationJSON(e *classify.Evaluation, lines []string, deciding []classify.Deciding) any {
	type at struct {
		K         int     `json:"k"`
		Precision float64 `json:"precision"`
		Recall    float64 `json:"recall"`
	}
	type bin struct {
		From  float64 `json:"from"`
		Lines int     `json:"examples"`
		Mean  float64 `json:"mean_probability"`
		Right float64 `json:"right"`
	}
	type confusion struct {
		Gold      string `json:"label"`
		Predicted string `json:"predicted"`
		Lines     int    `json:"examples"`
	}
	out := struct {
		Examples    int            `json:"examples"`
		Skipped     int            `json:"skipped"`
		At          []at           `json:"at"`
		Labels      []jsonLabel    `json:"labels"`
		Calibration []bin          `json:"calibration"`
		Confused    []confusion    `json:"confused"`
		Wrong       []jsonWrong    `json:"wrong"`
		Deciding    []jsonDeciding `json:"deciding"`
	}{Examples: e.Lines, Skipped: e.Skipped}
	for k, p := range e.At {
		out.At = append(out.At, at{k + 1, p.Precision(), p.Recall()})
	}
	for _, l := range e.Labels {
		out.Labels = append(out.Labels, jsonOfLabel(l))
	}
	for _, b := range e.Calibration {
		out.Calibration = append(out.Calibration, bin(b))
	}
	for _, c := range e.Confused {
		out.Confused = append(out.Confused, confusion(c))
	}
	for _, w := range e.Wrong {
		out.Wrong = append(out.Wrong, jsonWrong{lines[w.Line], w.Label, w.P})
	}
	for _, d := range deciding {
		out.Deciding = append(out.Deciding, jsonDeciding(d))
	}
	return out
}

func jsonOfLabel(l classify.LabelEvaluation) jsonLabel {
	return jsonLabel{l.Label, l.Gold, l.Predicted, l.Right, l.Precision(), l.Recall(), l.F1(), l.AUC, l.AveragePrecision,
		jsonThresholds(l.Thresholds), jsonThresholds(l.Shares)}
}

func jsonThresholds(list []classify.Threshold) []jsonThreshold {
	out := []jsonThreshold{}
	for _, t := range list {
		j := jsonThreshold{Wanted: t.Wanted, Precision: t.Precision, Recall: t.Recall, Share: t.Share}
		if !math.IsNaN(t.Score) {
			j.Score = &t.Score
		}
		out = append(out, j)
	}
	return out
}
