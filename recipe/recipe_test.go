package recipe

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tamis/plan"
)

// compileIn compiles a recipe in testdata/recipes with the steps of these tests.
func compileIn(t *testing.T, file, data string) (*plan.Plan, error) {
	t.Helper()
	t.Chdir(filepath.Join("testdata", "recipes"))
	return Compile(file, []byte(data), Options{Steps: fakes})
}

// Each fault that a recipe can have has a file whose first line is the message.
func TestBadRecipes(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "recipes"))
	here, _ := os.Getwd()
	files, err := filepath.Glob("bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad recipes", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, _, _ := strings.Cut(string(data), "\n")
			want, ok := strings.CutPrefix(want, "# want: ")
			if !ok {
				t.Fatal("the first line does not begin with # want:")
			}
			_, err = Compile("f", data, Options{Steps: fakes})
			var ps Problems
			if !errors.As(err, &ps) {
				t.Fatalf("got %v, want problems", err)
			}
			if len(ps) != 1 {
				t.Fatalf("got %d problems, want one:\n%v", len(ps), err)
			}
			line, _, _ := strings.Cut(ps[0].Error(), "\n")
			got := strings.ReplaceAll(strings.TrimPrefix(line, "f:"), here, "$DIR")
			if ps[0].Remedy != "" {
				got += ": " + ps[0].Remedy
			}
			if got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestAllProblemsAtOnceInOrder(t *testing.T) {
	_, err := compileIn(t, "web.yaml", `sources: [{name: a, paths: "*.txt"}]
steps:
  - length: {word: {min: 3}}
  - exactly: {}
  - first: {keep: beauty}
output: {format: json}
memory: some
`)
	want := `web.yaml:1:28: source "a": *.txt: the pattern matches nothing; relative patterns begin at the current folder
     1 | sources: [{name: a, paths: "*.txt"}]
       |                            ^^^^^^^
web.yaml:3:14: length has no setting "word"
     3 |   - length: {word: {min: 3}}
       |              ^^^^
  did you mean "words"?
web.yaml:4:5: there is no step "exactly"
     4 |   - exactly: {}
       |     ^^^^^^^
  there are: length, mask, pick, first, tongue
web.yaml:5:19: first.keep: no step measures "beauty"
     5 |   - first: {keep: beauty}
       |                   ^^^^^^
web.yaml:6:18: output.format: there is no format "json"
     6 | output: {format: json}
       |                  ^^^^
  did you mean "jsonl"?
web.yaml:7:9: memory: "some" is no size: one is a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, e.g. 512MiB
     7 | memory: some
       |         ^^^^`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestMarksStandBelowWhatTheyMean(t *testing.T) {
	_, err := compileIn(t, "f", "sources: [{name: a, paths: data/one.jsonl}]\nsteps: []\nname: é\noutput:\n  # ü\n  {dir: \"x y\", format: 'é é'}\n")
	want := "f:6:24: output.format: there is no format \"é é\"\n" +
		"     6 |   {dir: \"x y\", format: 'é é'}\n" +
		"       |                        ^^^^^\n" +
		"  there are: parquet, jsonl.zst, jsonl.gz, jsonl"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// A terminal shows one line and the mark below it, whatever the file holds.
func TestExcerptsFitATerminal(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		source        string
		column, width int
		line, mark    string
	}{
		{"steps: [a]", 8, 3, "steps: [a]", "       ^^^"},
		{"a\x1b[31m\x00\tb", 7, 1, "a\uFFFD[31m\uFFFD\tb", "      ^"},
		{"caf\xe9: 1", 1, 5, "caf\uFFFD: 1", "^^^^^"},
		{long, 1, 5000, long[:160], strings.Repeat("^", 160)},
		{long, 3000, 2, long[:160], strings.Repeat(" ", 60) + "^^"},
		{long, 5000, 1, long[:160], strings.Repeat(" ", 159) + "^"},
		{long, 5001, 1, long[:160], strings.Repeat(" ", 160) + "^"},
		{"", 1, 1, "", ""},
	} {
		p := Problem{File: "f", Line: 1, Column: c.column, Message: "m", source: c.source, width: c.width}
		want := fmt.Sprintf("f:1:%d: m\n     1 | %s\n       | %s", c.column, c.line, c.mark)
		if c.source == "" {
			want = "f:1:1: m"
		}
		if got := p.Error(); got != want {
			t.Errorf("got\n%q\nwant\n%q", got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"min_words", "max_words", "words", "length"}
	for word, want := range map[string]string{
		"min_word": "min_words", "mni_words": "min_words", "lenght": "length", "wrds": "words", "beauty": "", "": "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// distanceSlow tries all ways to the end of both words.
func distanceSlow(a, b string) int {
	switch {
	case a == "" || b == "":
		return len(a) + len(b)
	case a[0] == b[0]:
		return distanceSlow(a[1:], b[1:])
	}
	best := 1 + min(distanceSlow(a[1:], b), distanceSlow(a, b[1:]), distanceSlow(a[1:], b[1:]))
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		best = min(best, 1+distanceSlow(a[2:], b[2:]))
	}
	return best
}

func TestDistanceAgainstAllWays(t *testing.T) {
	var words []string
	for n := range 5 {
		words = append(words, all("abc", n)...)
	}
	for _, a := range words {
		for _, b := range words {
			if got, want := distance([]rune(a), []rune(b)), distanceSlow(a, b); got != want {
				t.Fatalf("distance(%q, %q) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func all(letters string, n int) []string {
	if n == 0 {
		return []string{""}
	}
	var words []string
	for _, w := range all(letters, n-1) {
		for _, l := range letters {
			words = append(words, w+string(l))
		}
	}
	return words
}

func TestSizes(t *testing.T) {
	for in, want := range map[string]Size{"0": 0, "512MiB": 512 << 20, "8GiB": 8 << 30, "1GB": 1e9, "1.5kB": 1500, "64 KiB": 65536, "7": 7, "2TiB": 2 << 40, "3B": 3} {
		var got Size
		if err := got.UnmarshalScalar(in); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", in, got, err, want)
		}
		var again Size
		if err := again.UnmarshalScalar(got.String()); err != nil || again != got {
			t.Errorf("%d is written %q, which is %d, %v", got, got, again, err)
		}
	}
	for _, in := range []string{"", "GiB", "-1", "nan", "9e18GiB", "1 GB B", "1Gb"} {
		if new(Size).UnmarshalScalar(in) == nil {
			t.Errorf("%q passes as a size", in)
		}
	}
}

func TestMemTotal(t *testing.T) {
	if got := memTotal("MemFree: 1 kB\nMemTotal:       16384 kB\n", 5); got != 16<<20 {
		t.Errorf("got %d", got)
	}
	if got := memTotal("MemTotal: many kB\n", 5); got != 5 {
		t.Errorf("got %d", got)
	}
	if machineMemory() <= 0 {
		t.Error("this machine has no memory")
	}
}

var firstLine = regexp.MustCompile(`^f:[1-9][0-9]*:[1-9][0-9]*: .`)

func FuzzRecipe(f *testing.F) {
	files, _ := filepath.Glob("testdata/recipes/bad/*.yaml")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(data)
		}
	}
	f.Add([]byte("sources: [&a {name: a, paths: [*a]}]\nsteps: *a\n"))
	f.Add([]byte("? [a]\n: b\nsteps: [mask: {per: {a: 1}, inner: {limit: 1GiB, rate: 2}}]\n"))
	f.Add([]byte("sources:\n\t- a\r\nsteps: |\n  x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), "/") && strings.Contains(string(data), "path") {
			return // would list the machine's folders
		}
		_, err := Compile("f", data, Options{Steps: fakes})
		if err == nil {
			return
		}
		var ps Problems
		if !errors.As(err, &ps) || len(ps) == 0 {
			t.Fatalf("not problems: %v", err)
		}
		for _, p := range ps {
			if first, _, _ := strings.Cut(p.Error(), "\n"); !firstLine.MatchString(first) {
				t.Errorf("no place in %q", first)
			}
		}
	})
}
