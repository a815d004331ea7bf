package filters

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// freshTexts are texts of four sets, whole and altered, none longer than 20 kB: spaCy is
// slow.
func freshTexts(t *testing.T) (texts []string) {
	random := rand.New(rand.NewPCG(11, 29))
	for _, set := range []string{"web-pages-raw/pages", "c4-en-sample/c4", "20-newsgroups/train", "wikipedia-passages/passages"} {
		all := sharedTexts(t, "data/"+set+".jsonl.zst")
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		n := 0
		for _, s := range all {
			if n == 250 {
				break
			}
			if len(s) <= 20_000 {
				texts = append(texts, s, altered(random, s))
				n++
			}
		}
	}
	return texts
}

// altered changes a text in one of the ways that rules look at.
func altered(random *rand.Rand, s string) string {
	lines, words := strings.Split(s, "\n"), strings.Split(s, " ")
	line, word := random.IntN(len(lines)), random.IntN(len(words))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	switch random.IntN(7) {
	case 0:
		return string([]rune(s)[:random.IntN(len([]rune(s))+1)])
	case 1:
		return strings.Join(lines[:line+1], "\n") + strings.Repeat("\n"+lines[line], 1+random.IntN(8)) + "\n" + strings.Join(lines[line:], "\n")
	case 2:
		return strings.ReplaceAll(s, "\n", pick("\r\n", "\r", "\u2028", "\u0085", "\n\n", "\n \n", "\v"))
	case 3:
		end := min(len(words), word+1+random.IntN(12))
		return strings.Join(words[:end], " ") + strings.Repeat(" "+strings.Join(words[word:end], " "), 1+random.IntN(6)) + " " + strings.Join(words[end:], " ")
	case 4:
		return strings.ReplaceAll(s, ".", pick("...", "\u2026", "!?", "\u3002", `."`, ".'", " ."))
	case 5:
		return pick("- ", "\u2022 ", "* ", "  - ", "# ") + strings.ReplaceAll(s, "\n", "\n"+pick("- ", "\u2022 ", "* ", "  - ", "# "))
	}
	for range 1 + len(words)/50 {
		words[random.IntN(len(words))] += pick(" [12]", "[edit]", " {", " #", "\u2026", " javascript", " lorem ipsum", " Terms of Use", "\u200b", "\u00a0", "\u3000", "e\u0301", "\u6771\u4eac", "\U0001f600")
	}
	return strings.Join(words, " ")
}

// What datatrove from PyPI says of texts that nobody has looked at, beside what we say:
// every verdict, the rule behind it, and the text that is left. Empty texts are left out,
// which its releases judge in one way and another.
func TestRealVerdicts(t *testing.T) {
	python := os.Getenv("DATATROVE_PYTHON")
	if python == "" {
		t.Skip("make verdicts runs it")
	}
	texts := freshTexts(t)
	reasons := maps.Clone(repetitionNames)
	for _, more := range []map[string]string{qualityReasons, fineWebReasons, c4Reasons, {"< 3 paragraphs": "third_longest_line"}} {
		maps.Copy(reasons, more)
	}
	lines := &c4Settings{Definition: "datatrove", Split: "lines", MinWords: 3, MaxWordLength: 1000}
	sentences := &c4Settings{Definition: "datatrove", Split: "sentences", TerminalPunctuation: true, MinWords: 3, MaxWordLength: 1000}
	steps := map[string]struct {
		spec     *step.Spec
		settings step.Settings
	}{"gopher_repetition": {&GopherRepetition, nil}, "gopher_quality": {&GopherQuality, nil}, "c4": {&C4, nil}, "c4 without marks": {&C4, lines},
		"c4 by sentences": {&C4, sentences}, "fineweb": {&FineWeb, nil}, "c4_paragraph": {&C4Paragraph, nil}}

	verdicts, removed := 0, 0
	var d document.Document
	eachVerdict(t, python, texts, func(i int, theirs map[string]map[string][2]*string) {
		for splitter, filters := range theirs {
			sp, _ := text.ParseSplitter(splitter)
			for name, want := range filters {
				got := judgeWith(t, &d, steps[name].spec, steps[name].settings, steps[name].spec.Rules, sp, texts[i])
				sum := sha256.Sum256([]byte(got.text))
				same := *want[0] == "keep" && !got.verdict.Removed && *want[1] == hex.EncodeToString(sum[:]) || got.verdict.Removed && reasons[*want[0]] == got.rule
				verdicts++
				removed += asInt(got.verdict.Removed)
				if !same && texts[i] != "" {
					t.Errorf("%s, %s: datatrove says %s of %q, we have removed by %q", name, splitter, *want[0], shorten(texts[i]), got.rule)
				}
			}
		}
	})
	t.Logf("%d verdicts on %d texts are datatrove's, %d of them remove", verdicts, len(texts), removed)
}

// eachVerdict calls f with what the program says of each text.
func eachVerdict(t *testing.T, python string, texts []string, f func(i int, theirs map[string]map[string][2]*string)) {
	t.Helper()
	var records bytes.Buffer
	for _, s := range texts {
		if err := json.NewEncoder(&records).Encode(map[string]string{"text": s}); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(python, filepath.Join("..", ".ci", "verdicts.py"))
	cmd.Stdin, cmd.Stderr = &records, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := json.NewDecoder(out)
	for i := range texts {
		var theirs map[string]map[string][2]*string
		if err := r.Decode(&theirs); err != nil {
			t.Fatalf("text %d of %d: %v", i+1, len(texts), err)
		}
		f(i, theirs)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}
