package classify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The models and predictions of the original program: see the README of the oracle.

type oracleLine struct {
	ID, Set, File, Prepared, SHA256 string
	Row                             int
	Line, Hex                       *string
}

type oracleModel struct {
	Model        string
	Dim, Size    int32
	WordNgrams   int32
	Bucket       int32
	Nwords       int32
	Nlabels      int32
	Minn, Maxn   int32
	Loss         Loss
	Model_kind   Kind
	Ntokens      int64
	Pruneidx     int64 `json:"pruneidx_size"`
	Quant_input  int
	Qout         int
	Input_rows   int64
	Output_rows  int64
	Dict_first   [][3]any
	Labels_first [][3]any
	Label_last   [3]any
}

type oraclePrediction struct {
	Model, ID string
	Line      *string
	K         int
	Threshold float32
	Out       [][]oracleScore
}

type oracleScore struct {
	Label string
	P     float64
}

func (s *oracleScore) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&s.Label, &s.P})
}

// oracleLines returns the text of every line of the oracle by its id.
func oracleLines(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	lines := records[oracleLine](t, shared(t, "oracles", "fasttext", "lines.jsonl.zst"))
	files := map[string][]string{}
	for _, l := range lines {
		var text string
		switch {
		case l.Hex != nil:
			b, err := hex.DecodeString(*l.Hex)
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		case l.Line != nil:
			text = *l.Line
		default:
			if files[l.File] == nil {
				files[l.File] = setTexts(t, l.Set, l.File)
			}
			text = prepare(t, l.Prepared, files[l.File][l.Row])
			sum := sha256.Sum256([]byte(text))
			if got := hex.EncodeToString(sum[:]); got != l.SHA256 {
				t.Fatalf("line %s: %q is not the prepared line", l.ID, text)
			}
		}
		out[l.ID] = text
	}
	return out
}

func setTexts(t testing.TB, set, file string) []string {
	path := shared(t, "data", set, file)
	if strings.HasSuffix(file, ".txt") {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(string(b), "\n")
	}
	var out []string
	for _, r := range records[struct{ Text string }](t, path) {
		out = append(out, r.Text)
	}
	return out
}

func prepare(t testing.TB, how, line string) string {
	switch how {
	case "labels off, tutorial normalisation":
		return cookingLine(line)
	case "labels off, otherwise as is":
		return cookingText(line)
	case "LF and CR to spaces":
		return strings.NewReplacer("\n", " ", "\r", " ").Replace(line)
	}
	t.Fatalf("how to prepare %q?", how)
	return ""
}

func TestOracleModels(t *testing.T) {
	dir := shared(t, "oracles", "fasttext")
	models := records[oracleModel](t, filepath.Join(dir, "models.jsonl.zst"))
	for _, want := range models {
		m := readModel(t, filepath.Join(dir, "models", want.Model))
		a, d := m.Args, &m.dict
		if a.Dim != want.Dim || a.WordNgrams != want.WordNgrams || a.Buckets != want.Bucket || a.MinN != want.Minn || a.MaxN != want.Maxn ||
			a.Loss != want.Loss || a.Kind != want.Model_kind {
			t.Errorf("%s: args %+v", want.Model, a)
		}
		if d.nwords != want.Nwords || d.nlabels != want.Nlabels || d.tokens != want.Ntokens || m.prune.size != want.Pruneidx {
			t.Errorf("%s: %d words, %d labels, %d tokens, %d pruned", want.Model, d.nwords, d.nlabels, d.tokens, m.prune.size)
		}
		if m.quantIn != (want.Quant_input == 1) || m.quantOut != (want.Qout == 1) || m.input.rows != want.Input_rows || m.output.rows != want.Output_rows {
			t.Errorf("%s: matrices %d, %d", want.Model, m.input.rows, m.output.rows)
		}
		for i, e := range want.Dict_first {
			if d.words[i] != e[0] || float64(d.counts[i]) != e[1] {
				t.Errorf("%s: entry %d is %q %d, not %v", want.Model, i, d.words[i], d.counts[i], e)
			}
		}
		if n := len(d.words) - 1; want.Nlabels > 0 && d.words[n] != want.Label_last[0] {
			t.Errorf("%s: last label %q", want.Model, d.words[n])
		}
	}
	if len(models) != 21 {
		t.Errorf("%d models", len(models))
	}
}

func TestOraclePredictions(t *testing.T) {
	worst := 0.0
	for _, file := range []struct {
		name  string
		count int
	}{{"predictions.jsonl.zst", 5973}, {"predictions-threshold.jsonl.zst", 330}} {
		count, far := comparePredictions(t, file.name)
		if count != file.count {
			t.Errorf("%s: %d predictions, not %d", file.name, count, file.count)
		}
		worst = max(worst, far)
	}
	t.Logf("largest difference of a probability: %.2g", worst)
}

// comparePredictions predicts every line of an oracle's file, and returns how many
// there are and the largest difference.
func comparePredictions(t *testing.T, name string) (count int, worst float64) {
	dir := shared(t, "oracles", "fasttext")
	lines := oracleLines(t)
	predictors := map[string]*Predictor{}
	for _, want := range records[oraclePrediction](t, filepath.Join(dir, name)) {
		p := predictors[want.Model]
		if p == nil {
			p = NewPredictor(readModel(t, filepath.Join(dir, "models", want.Model)))
			predictors[want.Model] = p
		}
		text, ok := lines[want.ID]
		if want.Line != nil {
			text, ok = *want.Line, true
		}
		if !ok {
			t.Fatalf("no line %q", want.ID)
		}
		count++
		worst = max(worst, comparePrediction(t, p, want, text))
	}
	return count, worst
}

// comparePrediction predicts each line of text as the program does: a text that has
// an EOS word in it is more than one.
func comparePrediction(t *testing.T, p *Predictor, want oraclePrediction, text string) (worst float64) {
	k := want.K
	if k == 0 {
		k = 3
		if len(want.Out) > 0 && p.m.Labels() == 2 {
			k = 2
		}
	}
	rest := text + "\n"
	for i, out := range want.Out {
		got := p.Predict(nil, rest, k, want.Threshold)
		worst = max(worst, compareScores(t, p, rest, got, out))
		if t.Failed() {
			t.Fatalf("%s %s, line %d of %q: %v, want %v", want.Model, want.ID, i, text, got, out)
		}
		rest = p.f.line(rest)
	}
	if rest != "" {
		t.Errorf("%s %s: %q is left", want.Model, want.ID, rest)
	}
	return worst
}

// compareScores holds labels and probabilities against the original's. Labels of
// equal probability come in any order there, so another label is right where the
// original's is as likely for us.
func compareScores(t *testing.T, p *Predictor, text string, got []Prediction, want []oracleScore) (worst float64) {
	if len(got) != len(want) {
		t.Errorf("%d labels, not %d", len(got), len(want))
		return 0
	}
	for i, g := range got {
		far := math.Abs(float64(g.P) - want[i].P)
		if far > 1e-4 {
			t.Errorf("probability %v, not %v", g.P, want[i].P)
		}
		worst = max(worst, far)
		if label := LabelPrefix + p.m.Label(g.Label); label != want[i].Label && !p.ties(text, g, want[i].Label) {
			t.Errorf("label %s, not %s", label, want[i].Label)
		}
	}
	return worst
}

// ties reports whether another label is exactly as likely, up to the digits printed.
func (p *Predictor) ties(text string, g Prediction, label string) bool {
	for _, other := range p.Predict(nil, text, All, -1) {
		if LabelPrefix+p.m.Label(other.Label) == label {
			return math.Abs(float64(other.P-g.P)) <= 1e-6
		}
	}
	return false
}

func TestWriteGivesTheBytesRead(t *testing.T) {
	dir := shared(t, "oracles", "fasttext", "models")
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 21 {
		t.Fatalf("%d models, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Read(data)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if !bytes.Equal(m.Bytes(), data) {
			t.Errorf("%s: other bytes", file)
		}
	}
}
