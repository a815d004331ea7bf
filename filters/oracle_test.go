package filters

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// An oracleCase is one input with what datatrove's own code said of it.
type oracleCase struct {
	key, text string
	got       map[string]tokenized // by tokenizer
}

type tokenized struct {
	Words      digest       `json:"words"`
	Repetition oracleResult `json:"gopher_repetition"`
	Quality    oracleResult `json:"gopher_quality"`
	C4         oracleC4     `json:"c4_quality"`
	C4FineWeb  oracleC4     `json:"c4_quality_fineweb"`
	C435       oracleC4     `json:"c4_quality_3_5"`
	C4Off      oracleC4     `json:"c4_quality_all_off"`
	C4Parts    oracleC4     `json:"c4_quality_sentences"`
	FineWeb    oracleResult `json:"fineweb_quality"`
}

type oracleResult struct {
	Keep   *bool          `json:"keep"` // nil where the original crashed
	Reason string         `json:"reason"`
	Stats  map[string]any `json:"stats"`
}

type oracleC4 struct {
	Keep      *bool          `json:"keep"`
	Reason    string         `json:"reason"`
	Lines     map[string]int `json:"lines"`
	Sentences int            `json:"sentences"`
	Text      digest         `json:"text"`
}

type digest struct {
	N      int    `json:"n"`
	Len    int    `json:"len"`
	SHA256 string `json:"sha256"`
}

func sharedFile(parts ...string) string {
	return filepath.Join(append([]string{"..", "..", "shared"}, parts...)...)
}

// eachLine calls f for the lines of a compressed file.
func eachLine(t testing.TB, file string, f func(n int, line []byte)) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := zstd.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	scanner := bufio.NewScanner(z)
	scanner.Buffer(make([]byte, 1<<20), 1<<28)
	for n := 0; scanner.Scan(); n++ {
		f(n, scanner.Bytes())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
}

var oracle struct {
	once  sync.Once
	cases []oracleCase
}

// oracleCases reads the inputs and the results, once.
func oracleCases(t testing.TB) []oracleCase {
	if _, err := os.Stat(sharedFile("oracles", "inputs.jsonl.zst")); err != nil {
		t.Skip("no recorded results of datatrove at", sharedFile("oracles"))
	}
	oracle.once.Do(func() { oracle.cases = readOracle(t) })
	if len(oracle.cases) == 0 {
		t.Fatal("no recorded results could be read")
	}
	return oracle.cases
}

func readOracle(t testing.TB) []oracleCase {
	type input struct {
		Key, Set, File, SHA256, Text string
		Row                          int
	}
	var inputs []input
	wanted := map[string]map[int][]int{} // rows of each file, and whose texts they are
	eachLine(t, sharedFile("oracles", "inputs.jsonl.zst"), func(n int, line []byte) {
		var in input
		if err := json.Unmarshal(line, &in); err != nil {
			t.Fatal(err)
		}
		if in.Set != "" {
			file := sharedFile("data", in.Set, in.File)
			if wanted[file] == nil {
				wanted[file] = map[int][]int{}
			}
			wanted[file][in.Row] = append(wanted[file][in.Row], n)
		}
		inputs = append(inputs, in)
	})
	for file, rows := range wanted {
		eachLine(t, file, func(n int, line []byte) {
			var record struct{ Text string }
			if len(rows[n]) == 0 {
				return
			}
			if err := json.Unmarshal(line, &record); err != nil {
				t.Fatal(err)
			}
			for _, i := range rows[n] {
				inputs[i].Text = record.Text
			}
		})
	}
	cases := make([]oracleCase, len(inputs))
	eachLine(t, sharedFile("oracles", "datatrove.jsonl.zst"), func(n int, line []byte) {
		in := inputs[n]
		if sum := sha256.Sum256([]byte(in.Text)); in.SHA256 != "" && hex.EncodeToString(sum[:]) != in.SHA256 {
			t.Fatalf("%s: the text is not the one that was judged", in.Key)
		}
		var row struct {
			Key    string
			Values map[string]json.RawMessage
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c := oracleCase{key: row.Key, text: in.Text, got: map[string]tokenized{}}
		for _, name := range []string{"ws", "spacy"} {
			var r tokenized
			if err := json.Unmarshal(row.Values[name], &r); err != nil {
				t.Fatal(err)
			}
			c.got[name] = r
		}
		cases[n] = c
	})
	return cases
}

// judged is what a step of ours says of a text.
type judged struct {
	verdict step.Verdict
	rule    string
	values  map[string]float64
	text    string // after the edits, if it stays
}

// judgeWith judges a text with all values measured, in a document that may have held
// others.
func judgeWith(t testing.TB, d *document.Document, spec *step.Spec, settings step.Settings, rules []step.Rule, sp text.Splitter, s string) judged {
	t.Helper()
	var local step.Local = step.Table{}
	if spec.New != nil {
		if settings == nil {
			settings = spec.New()
		}
		built, err := settings.Build(&step.Env{Name: spec.Name, Rules: rules, Splitter: sp})
		if err != nil {
			t.Fatal(err)
		}
		local = built.(step.Local)
	}
	if f, ok := local.(step.Forker); ok {
		local = f.Fork()
	}
	d.SetText(s)
	d.View().Use(sp)
	m := step.Meter{All: true}
	m.Reset(rules, make([]float64, len(rules)), make([]string, len(spec.Labels)))
	out := judged{verdict: local.Judge(d, &m), values: map[string]float64{}}
	for i := range rules {
		out.values[rules[i].Name] = m.Values[i]
	}
	if out.verdict.Removed {
		out.rule = rules[out.verdict.Rule].Name
	} else {
		d.Rewrite(m.Edits)
		out.text = d.Text()
	}
	return out
}

// Names of ours for the statistics and the reasons of the original.
var (
	repetitionNames = map[string]string{
		"dup_para_frac": "duplicate_paragraphs", "dup_para_char_frac": "duplicate_paragraph_characters",
		"dup_line_frac": "duplicate_lines", "dup_line_char_frac": "duplicate_line_characters",
		"top_2_gram": "top_2_gram", "top_3_gram": "top_3_gram", "top_4_gram": "top_4_gram",
		"duplicated_5_n_grams": "duplicate_5_grams", "duplicated_6_n_grams": "duplicate_6_grams", "duplicated_7_n_grams": "duplicate_7_grams",
		"duplicated_8_n_grams": "duplicate_8_grams", "duplicated_9_n_grams": "duplicate_9_grams", "duplicated_10_n_grams": "duplicate_10_grams",
	}
	qualityNames = map[string]string{
		"non_symbol_words": "words", "mean_word_length": "mean_word_length", "hash_ratio": "hashes_per_word",
		"ellipsis_ratio": "ellipses_per_word", "bullet_lines_ratio": "bullet_lines", "ellipsis_lines_ratio": "ellipsis_lines",
		"alpha_words_ratio": "alphabetic_words", "stop_words": "stop_words",
	}
	qualityReasons = map[string]string{
		"gopher_short_doc": "words", "gopher_long_doc": "words", "gopher_below_avg_threshold": "mean_word_length",
		"gopher_above_avg_threshold": "mean_word_length", "gopher_too_many_hashes": "hashes_per_word",
		"gopher_too_many_ellipsis": "ellipses_per_word", "gopher_too_many_bullets": "bullet_lines",
		"gopher_too_many_end_ellipsis": "ellipsis_lines", "gopher_below_alpha_threshold": "alphabetic_words",
		"gopher_enough_stop_words": "stop_words",
	}
	fineWebNames = map[string]string{
		"line_punct_ratio": "punctuated_lines", "short_line_ratio": "short_lines",
		"char_dup_ratio": "duplicate_line_characters", "list_ratio": "newlines_per_word",
	}
	fineWebReasons = map[string]string{
		"empty": "lines", "line_punct_ratio": "punctuated_lines", "short_line_ratio": "short_lines",
		"char_dup_ratio": "duplicate_line_characters", "list_ratio": "newlines_per_word",
	}
	c4Reasons = map[string]string{"lorem_ipsum": "lorem_ipsum", "curly_bracket": "curly_brackets", "too_few_sentences": "sentences"}
	c4Counts  = map[string]string{
		"line-filter-too_long_word": "long_word_lines", unpunctuated: "unpunctuated_lines",
		"line-filter-too_few_words": "few_word_lines", "line-filter-javascript": "javascript_lines", "line-filter-policy": "policy_lines",
	}
)

const unpunctuated = "line-filter-no_terminal_punc"

// undefined are the texts that datatrove's repetition filter divides by zero on; ours
// keeps them with the value 0 everywhere.
var undefined = map[string]bool{"edge-empty": true, "udhr-00240": true}

// compared counts what has been compared.
type compared struct {
	t        *testing.T
	values   int
	verdicts int
}

func (c *compared) result(key string, want oracleResult, got judged, names, reasons map[string]string) (ok bool) {
	ok = true
	for theirs, ours := range names {
		w, measured := want.Stats[theirs].(float64)
		if !measured {
			continue // they have no value: fewer than n words, or nothing to divide by
		}
		c.values++
		if g := got.values[ours]; !(math.Abs(g-w) <= 1e-12) {
			ok = false
			c.t.Errorf("%s: %s is %v, datatrove has %v", key, ours, g, w)
		}
	}
	return c.verdict(key, want.Keep, want.Reason, got, reasons) && ok
}

func (c *compared) verdict(key string, keep *bool, reason string, got judged, reasons map[string]string) bool {
	if keep == nil {
		if !undefined[key] || got.verdict.Removed {
			c.t.Errorf("%s: removed by %q, and the original crashed", key, got.rule)
		}
		return true
	}
	c.verdicts++
	if *keep == got.verdict.Removed || reasons[reason] != got.rule {
		c.t.Errorf("%s: removed by %q, datatrove says %q", key, got.rule, reason)
		return false
	}
	return true
}

func (c *compared) c4(key string, want oracleC4, got judged) {
	if !c.verdict(key, want.Keep, want.Reason, got, c4Reasons) || want.Keep == nil {
		return
	}
	if *want.Keep {
		sum := sha256.Sum256([]byte(got.text))
		if hex.EncodeToString(sum[:]) != want.Text.SHA256 || utf8.RuneCountInString(got.text) != want.Text.Len {
			c.t.Errorf("%s: the text that is left has %d characters, datatrove's has %d", key, utf8.RuneCountInString(got.text), want.Text.Len)
		}
	} else if want.Reason != "too_few_sentences" {
		return // the original stopped there
	}
	for theirs, ours := range c4Counts {
		c.values++
		if got.values[ours] != float64(want.Lines[theirs]) {
			c.t.Errorf("%s: %s is %v, datatrove has %d", key, ours, got.values[ours], want.Lines[theirs])
		}
	}
	c.values++
	if got.values["sentences"] != float64(want.Sentences) {
		c.t.Errorf("%s: %v sentences, datatrove has %d", key, got.values["sentences"], want.Sentences)
	}
}

// withRules returns rules of spec after change has seen each by name.
func withRules(spec *step.Spec, change func(r *step.Rule)) []step.Rule {
	rules := append([]step.Rule(nil), spec.Rules...)
	for i := range rules {
		change(&rules[i])
	}
	return rules
}

// Every value, every verdict and every rewritten text is datatrove's, with words
// between white space and with those of spaCy.
func TestOracle(t *testing.T) {
	t.Run("whitespace", func(t *testing.T) { compareAll(t, "ws", text.Whitespace) })
	t.Run("spacy", func(t *testing.T) { compareAll(t, "spacy", text.Spacy) })
}

func compareAll(t *testing.T, name string, sp text.Splitter) {
	cases := oracleCases(t)
	if len(cases) != 1058 {
		t.Fatalf("%d inputs, want 1058", len(cases))
	}
	count := &compared{t: t}
	three := withRules(&C4, func(r *step.Rule) {
		if r.Name == "sentences" {
			r.Min = 3
		}
	})
	off := withRules(&C4, func(r *step.Rule) { r.Off = r.Name != "citations" && r.Name != "spaces" })
	var v text.View
	var d document.Document
	v.Use(sp)
	for _, c := range cases {
		want := c.got[name]
		judge := func(spec *step.Spec, s step.Settings, rules []step.Rule) judged {
			return judgeWith(t, &d, spec, s, rules, sp, c.text)
		}
		v.Reset(c.text)
		if got := digestWords(&v); got != want.Words {
			t.Errorf("%s: %d words, not the %d of the original", c.key, got.N, want.Words.N)
		}
		count.result(c.key, want.Repetition, judge(&GopherRepetition, nil, GopherRepetition.Rules), repetitionNames, repetitionNames)
		count.result(c.key, want.Quality, judge(&GopherQuality, nil, GopherQuality.Rules), qualityNames, qualityReasons)
		count.result(c.key, want.FineWeb, judge(&FineWeb, nil, FineWeb.Rules), fineWebNames, fineWebReasons)
		count.c4(c.key, want.C4, judge(&C4, nil, C4.Rules))
		count.c4(c.key+" (fineweb)", want.C4FineWeb, judge(&C4, &c4Settings{Definition: "datatrove", Split: "lines", MinWords: 3, MaxWordLength: 1000}, C4.Rules))
		count.c4(c.key+" (tfds)", want.C435, judge(&C4, &c4Settings{Definition: "datatrove", Split: "lines", TerminalPunctuation: true, MinWords: 5, MaxWordLength: 1000}, three))
		parts := judge(&C4, &c4Settings{Definition: "datatrove", Split: "sentences", TerminalPunctuation: true, MinWords: 3, MaxWordLength: 1000}, C4.Rules)
		want.C4Parts.Sentences = want.C4Parts.Lines["line-kept"] // recorded are all, counted those that stay
		if dropped := want.C4Parts.Lines[unpunctuated] - int(parts.values["unpunctuated_lines"]); dropped == 1 {
			want.C4Parts.Lines[unpunctuated]-- // an empty sentence at the end: there is nothing to cut
		}
		count.c4(c.key+" (sentences)", want.C4Parts, parts)
		want.C4Off.Sentences = int(judge(&C4, nil, off).values["sentences"]) // the original does not count them here
		count.c4(c.key+" (off)", want.C4Off, judge(&C4, nil, off))
	}
	t.Logf("%d values and %d verdicts agree with datatrove's", count.values, count.verdicts)
}

// All n are measured alike, also those that no rule of the paper has.
func TestOracleGrams(t *testing.T) {
	names := map[string]func(v *text.View, n int) int{
		"top_%d_gram":           func(v *text.View, n int) int { top := v.TopGram(n); return top.Count * top.Runes },
		"duplicated_%d_n_grams": (*text.View).DuplicateGrams,
	}
	var v text.View
	for tokenizer, sp := range map[string]text.Splitter{"ws": text.Whitespace, "spacy": text.Spacy} {
		v.Use(sp)
		for _, c := range oracleCases(t) {
			v.Reset(c.text)
			for n := text.MinGram; n <= text.MaxGram; n++ {
				for name, measure := range names {
					key := fmt.Sprintf(name, n)
					want, measured := c.got[tokenizer].Repetition.Stats[key].(float64)
					if got := step.Ratio(measure(&v, n), v.Runes()); measured && math.Abs(got-want) > 1e-12 {
						t.Errorf("%s, %s: %s is %v, datatrove has %v", c.key, tokenizer, key, got, want)
					}
				}
			}
		}
	}
}

// digestWords sums up words as the recorded results do.
func digestWords(v *text.View) digest {
	h := sha256.New()
	for i, w := range v.Words() {
		if i > 0 {
			h.Write([]byte{'\n'})
		}
		h.Write([]byte(w.Of(v.Text())))
	}
	return digest{N: len(v.Words()), SHA256: hex.EncodeToString(h.Sum(nil))}
}
