package dedup

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"tamis/step"
)

const fewFiles = "TAMIS_TEST_FEW_FILES"

// What compares all documents decides the same with 64 open files and so little memory
// that every sort spills.
func TestFewOpenFiles(t *testing.T) {
	if os.Getenv(fewFiles) != "" {
		fmt.Println(decided(t, 96<<10))
		return
	}
	if runtime.GOOS == "windows" {
		t.Skip("the limit is set by a POSIX shell")
	}
	c := exec.Command("sh", "-c", `ulimit -n 64 && exec "$0" -test.run='^TestFewOpenFiles$'`, os.Args[0])
	c.Env = append(os.Environ(), fewFiles+"=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if want := decided(t, 256<<20); !strings.Contains(string(out), want) {
		t.Errorf("with few files and little memory:\n%s\nelse %s", out, want)
	}
}

// decided is a hash of all that the steps decide of a corpus with the memory given, or
// the least that they work with.
func decided(t *testing.T, memory int64) string {
	texts := nearCopies(1200, 11)
	texts = append(texts, texts[:200]...)
	for i := range texts {
		texts[i] += fmt.Sprintf("\nthe line number %d of all lines", i%300)
	}
	sum := sha256.New()
	for _, s := range []struct {
		spec     *step.Spec
		settings step.Settings
		least    int64
	}{
		{&Exact, exactSettings(), 0},
		{&MinHash, defaults(func(s *MinHashSettings) { s.Bands, s.Rows, s.Copies = 30, 4, 2 }), 0},
		{&Lines, lineSettings(), 0},
		{&Lines, lineSettings(func(s *LinesSettings) { s.Preset = "dolma" }), 16 << 20},
		{&Sentences, &SentenceSettings{Span: 1, Unit: unitLines, Normalize: "space", Keep: []string{"first"}}, 0},
		{&Paragraphs, paragraphSettings(func(s *ParagraphSettings) { s.MinNgram, s.MaxNgram, s.Threshold = 2, 3, 0.3 }), 72 << 20},
		{&Substring, substringSettings(12, "first"), 0},
		{&Semantic, semanticSettings(func(s *SemanticSettings) { s.Clusters, s.Dimensions, s.Epsilon = 8, 64, 0.3 }), 0},
	} {
		r := corpusOf(texts...).run(t, build(t, s.spec, s.settings, nil), max(memory, s.least))
		n := 0
		for o := range uint64(len(texts)) {
			if d, ok := r.decisions[o]; ok {
				fmt.Fprintln(sum, s.spec.Name, o, r.removed[o], d)
				n++
			}
		}
		if n < 100 {
			t.Errorf("%s decided %d documents", s.spec.Name, n)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}
