package filters

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// rpLineNames are the signals of lines, by what we hold of a line.
var rpLineNames = map[string]func(l *rpLine) float64{
	"rps_lines_ending_with_terminal_punctution_mark": func(l *rpLine) float64 { return float64(asInt(l.terminal)) },
	"rps_lines_javascript_counts":                    func(l *rpLine) float64 { return float64(l.scripts) },
	"rps_lines_num_words":                            func(l *rpLine) float64 { return float64(l.words) },
	"rps_lines_numerical_chars_fraction":             func(l *rpLine) float64 { return step.Ratio(int(l.numbers), int(l.normalRunes)) },
	"rps_lines_start_with_bulletpoint":               func(l *rpLine) float64 { return float64(asInt(l.bullet)) },
	"rps_lines_uppercase_letter_fraction":            func(l *rpLine) float64 { return step.Ratio(int(l.upper), int(l.runes)) },
}

// nearRounded reports whether want is got rounded to 8 decimals.
func nearRounded(got, want float64) bool { return math.Abs(got-want) <= 0.5e-8+1e-12 }

// openShared opens files beside a checkout.
func openShared(path string) (io.ReadCloser, error) { return os.Open(path) }

// stopWordLists is the file of the package stopwords-json, version 1.2.0, which has the
// lists that RedPajama takes.
var stopWordLists = flag.String("stopwords", "", "stopwords-all.json of the package stopwords-json")

// With RedPajama's own lists of stop words the shares are RedPajama's, too.
func TestOracleStopWordLists(t *testing.T) {
	if *stopWordLists == "" {
		t.Skip("needs -stopwords FILE: stopwords-all.json of the package stopwords-json 1.2.0")
	}
	data, err := os.ReadFile(*stopWordLists)
	if err != nil {
		t.Fatal(err)
	}
	var lists map[string][]string
	if err := json.Unmarshal(data, &lists); err != nil {
		t.Fatal(err)
	}
	cases, values := oracleCases(t), 0
	for suffix, lang := range map[string]string{"": "en", ".fr": "fr", ".it": "it", ".es": "es", ".de": "de"} {
		local, err := (&redpajamaSettings{StopWords: lang}).Build(&step.Env{Open: opener(map[string]string{lang: strings.Join(lists[lang], "\n")})})
		if err != nil {
			t.Fatal(err)
		}
		eachLine(t, sharedFile("oracles", "redpajama.jsonl.zst"), func(n int, line []byte) {
			var row struct{ Values map[string]any }
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatal(err)
			}
			want, ok := row.Values["rps_doc_stop_word_fraction"+suffix].(float64)
			if !ok {
				return // no words
			}
			values++
			if got := judgeLocal(&RedPajama, local.(step.Local), RedPajama.Rules, cases[n].text).values["doc_stop_word_fraction"]; !nearRounded(got, want) {
				t.Errorf("%s: %v of the words are stop words of %s, RedPajama has %v", cases[n].key, got, lang, want)
			}
		})
	}
	t.Logf("%d shares agree with RedPajama's", values)
}

// Every value is RedPajama's: of documents, of lines and of the normalized text, and
// the bad words of five languages. Where the original has no value, for want of
// words, ours is 0. The stop words are another list, TestRedPajamaStopWords.
func TestOracleRedPajama(t *testing.T) {
	cases := oracleCases(t)
	locals := map[string]*redpajama{}
	for _, lang := range []string{"en", "fr", "it", "es", "de"} {
		settings := &redpajamaSettings{BadWords: sharedFile("data", "profanity-lists", "ldnoobw", lang+".txt")}
		built, err := settings.Build(&step.Env{Open: openShared})
		if err != nil {
			t.Skip(err)
		}
		locals[lang] = built.(*redpajama)
	}
	values, missing := 0, 0
	eachLine(t, sharedFile("oracles", "redpajama.jsonl.zst"), func(n int, line []byte) {
		var row struct{ Values map[string]any }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c, r := cases[n], locals["en"]
		got := judgeLocal(&RedPajama, r, RedPajama.Rules, c.text)
		for i := range RedPajama.Rules {
			name := RedPajama.Rules[i].Name
			want, ok := row.Values["rps_"+name]
			if name == "ccnet_length" {
				want, ok = row.Values["length"]
			}
			if !ok || name == "doc_stop_word_fraction" || strings.HasPrefix(name, "lines") {
				continue
			}
			w, ok := want.(float64) // null where there are no words
			if values++; !ok {
				missing++
			}
			if !nearRounded(got.values[name], w) {
				t.Errorf("%s: %s is %v, RedPajama has %v", c.key, name, got.values[name], want)
			}
		}
		checkRPLines(t, c.key, r, row.Values, &values)
		normal := row.Values["normalized_content"].(map[string]any)
		sum := sha256.Sum256(r.normalized)
		if normal["sha256"] != hex.EncodeToString(sum[:]) || normal["len"] != float64(utf8.RuneCount(r.normalized)) {
			t.Errorf("%s: the normalized text is another: %.200q", c.key, r.normalized)
		}
		if row.Values["num_raw_words"] != float64(r.rawWords) {
			t.Errorf("%s: %d raw words, RedPajama has %v", c.key, r.rawWords, row.Values["num_raw_words"])
		}
		for _, lang := range []string{"fr", "it", "es", "de"} {
			values++
			if got, want := float64(locals[lang].bad.count(&r.normal)), row.Values["rps_doc_ldnoobw_words."+lang]; got != want {
				t.Errorf("%s: %v bad words of %s, RedPajama has %v", c.key, got, lang, want)
			}
		}
	})
	t.Logf("%d values agree with RedPajama's, %d of them 0 where the original has none", values, missing)
}

func checkRPLines(t *testing.T, key string, r *redpajama, want map[string]any, values *int) {
	spans := want["line_spans"].([]any)
	if len(spans) != len(r.lines) {
		t.Errorf("%s: %d lines, RedPajama has %d", key, len(r.lines), len(spans))
		return
	}
	for name, measure := range rpLineNames {
		list := want[name].([]any)
		if len(r.lines) == 0 {
			continue // [] or [[0,0,null]]
		}
		for i := range r.lines {
			*values++
			if got := measure(&r.lines[i]); !nearRounded(got, list[i].(float64)) {
				t.Errorf("%s, line %d: %s is %v, RedPajama has %v", key, i, name, got, list[i])
			}
		}
	}
}

// judgeLocal judges a text, all values measured, with a step that has been built.
func judgeLocal(spec *step.Spec, local step.Local, rules []step.Rule, s string) judged {
	return judgeSplit(spec, local, rules, text.Unicode, s)
}

func judgeSplit(spec *step.Spec, local step.Local, rules []step.Rule, sp text.Splitter, s string) judged {
	var d document.Document
	d.SetText(s)
	d.View().Use(sp)
	m := step.Meter{All: true}
	m.Reset(rules, make([]float64, len(rules)), make([]string, len(spec.Labels)))
	out := judged{verdict: local.Judge(&d, &m), values: map[string]float64{}}
	for i := range rules {
		out.values[rules[i].Name] = m.Values[i]
	}
	if out.verdict.Removed {
		out.rule = rules[out.verdict.Rule].Name
		return out
	}
	d.Rewrite(m.Edits)
	out.text = d.Text()
	return out
}

var rawWord = regexp.MustCompile(`[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s\x{1C}-\x{1F}\x{0B}\x{85}\p{Z}]+`)

// The stop words are those raw words that a regular expression finds, too.
func TestRedPajamaStopWords(t *testing.T) {
	list := []string{"the", "be", "to", "of", "and", "that", "have", "with"}
	built, err := (&redpajamaSettings{}).Build(&step.Env{})
	if err != nil {
		t.Fatal(err)
	}
	check := func(key, s string) {
		words, stop := rawWord.FindAllString(s, -1), 0
		for _, w := range words {
			for _, l := range list {
				stop += asInt(w == l)
			}
		}
		got := judgeLocal(&RedPajama, built.(*redpajama), RedPajama.Rules, s)
		want := step.Ratio(stop, len(words))
		if got.values["doc_stop_word_fraction"] != want {
			t.Errorf("%s: stop words %v, the expression finds %v", key, got.values["doc_stop_word_fraction"], want)
		}
	}
	check("made", "The cat and the dog, that's \"with\" of_to to-be \u00e9the the\u0301")
	if _, err := os.Stat(sharedFile("oracles")); err == nil {
		for _, c := range oracleCases(t) {
			check(c.key, c.text)
		}
	}
}

// A phrase is found as often as its words follow one another.
func TestPhraseSet(t *testing.T) {
	p := newPhraseSet([]string{"a b", "a", "a", "b c d", "c  d", "\u00e9"})
	var v text.View
	v.Use(text.Whitespace)
	for s, want := range map[string]int{
		"": 0, "a": 1, "a b": 2, "ab": 0, "a b c d": 3, "a bc": 1, "c d": 0, "b c d": 1, "b c": 0, "\u00e9 a": 2, "a a a": 3,
	} {
		v.Reset(s)
		if got := p.count(&v); got != want {
			t.Errorf("%q has %d entries, want %d", s, got, want)
		}
	}
}

// The logarithm is that of package math to the last digits.
func TestLogOf(t *testing.T) {
	for n := 1; n < 1<<30; n += 1 + n/7 {
		if got, want := logOf(n), math.Log(float64(n)); math.Abs(got-want) > 4e-16*max(1, want) {
			t.Errorf("ln %d is %v, want %v", n, got, want)
		}
	}
}

// Words are counted as a map counts them.
func TestWordCounts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var c wordCounts
	var v text.View
	v.Use(text.Whitespace)
	for range 200 {
		var s strings.Builder
		for range random.IntN(300) {
			s.WriteString(strings.Repeat(string(rune('a'+random.IntN(5))), 1+random.IntN(12)) + " ")
		}
		v.Reset(s.String())
		counts := map[string]int{}
		for _, w := range strings.Fields(s.String()) {
			counts[w]++
		}
		entropy, all := 0.0, float64(len(v.Words()))
		for _, n := range counts {
			entropy -= float64(n) / all * math.Log(float64(n)/all)
		}
		unique, got := c.measure(v.Words())
		if unique != step.Ratio(len(counts), len(v.Words())) || math.Abs(got-entropy) > 1e-12 {
			t.Errorf("%d words: %v unique, entropy %v, want %d and %v", len(v.Words()), unique, got, len(counts), entropy)
		}
	}
}

// A list that cannot be read is a fault of its setting.
func TestRedPajamaLists(t *testing.T) {
	open := func(path string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("\n \n")), nil }
	for key, s := range map[string]*redpajamaSettings{"bad_words": {BadWords: "x"}, "stop_words": {StopWords: "x"}, "ut1": {UT1: []string{"x"}}} {
		_, err := s.Build(&step.Env{Open: open})
		var fault *step.Fault
		if !errors.As(err, &fault) || fault.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func BenchmarkRedPajama(b *testing.B) { benchSteps(b, &RedPajama) }
