package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tamis/configs"
	"tamis/engine"
	"tamis/recipe"
	"tamis/report"
)

// inFolderWithData changes into a folder with the data that recipes to begin with read.
func inFolderWithData(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.Mkdir("data", 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("data", "one.jsonl"), []byte(`{"text":"one"}`+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestShippedRecipes(t *testing.T) {
	for _, r := range configs.All() {
		t.Run(r.Name, func(t *testing.T) {
			if r.About == "" || strings.Contains(r.About, "name:") {
				t.Errorf("the first line does not say what it is for: %q", r.About)
			}
			if r.Name == "quickstart" || r.Name == "chat" {
				t.Chdir(filepath.Join("..", ".."))
			} else {
				inFolderWithData(t)
			}
			data, err := configs.Read(r.Name)
			if err != nil {
				t.Fatal(err)
			}
			checkRecipe(t, r.Name+".yaml", data)
		})
	}
}

// Every recipe runs as it stands where it finds a folder data/, here with the web pages of
// the sample corpus, and ends with the funnel.
func TestShippedRecipesRun(t *testing.T) {
	pages, err := os.ReadFile(filepath.Join("..", "..", "testdata", "corpus", "web.jsonl.zst"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range configs.All() {
		if r.Name == "quickstart" || r.Name == "chat" {
			continue // they name what they read, and have tests of their own
		}
		t.Run(r.Name, func(t *testing.T) {
			inFolderWithData(t)
			data, err := configs.Read(r.Name)
			if err != nil {
				t.Fatal(err)
			}
			for name, content := range map[string][]byte{filepath.Join("data", "web.jsonl.zst"): pages, "recipe.yaml": data} {
				if err := os.WriteFile(name, content, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), []string{"run", "recipe.yaml"}, nil, &stdout, &stderr); code != 0 {
				t.Fatalf("exit status %d:\n%s%s", code, &stdout, &stderr)
			}
			if !strings.Contains(strings.Join(strings.Fields(stdout.String()), " "), "web 484") {
				t.Errorf("it has not read the 484 pages:\n%s%s", &stdout, &stderr)
			}
		})
	}
}

// checkRecipe compiles a recipe and runs its tests.
func checkRecipe(t *testing.T, name string, data []byte) {
	t.Helper()
	r, err := recipe.Parse(name, data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Compile(recipe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var a app
	for i := range r.Tests {
		if err := a.test(p, &r.Tests[i]); err != nil {
			t.Errorf("%s: %v", r.Place(&r.Tests[i]), err)
		}
	}
}

// stepsOf returns the lines of a recipe's steps.
func stepsOf(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "configs", name))
	if err != nil {
		t.Fatal(err)
	}
	_, steps, ok := strings.Cut(string(data), "\nsteps:\n")
	steps, _, found := strings.Cut(steps, "\noutput:")
	if !ok || !found {
		t.Fatalf("%s: no steps", name)
	}
	return steps
}

func TestRealRunsTheStepsOfWebEnglish(t *testing.T) {
	if got, want := stepsOf(t, "real.yaml"), stepsOf(t, "web-english.yaml"); got != want {
		t.Errorf("configs/real.yaml has\n%s\nconfigs/web-english.yaml has\n%s", got, want)
	}
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// Every recipe that these pages show is one.
func TestRecipesOfPages(t *testing.T) {
	for _, name := range []string{"README.md", "docs/scores.md"} {
		t.Run(name, func(t *testing.T) {
			page, err := os.ReadFile(filepath.Join("..", "..", name))
			if err != nil {
				t.Fatal(err)
			}
			inFolderWithData(t)
			blocks := yamlBlock.FindAllSubmatch(page, -1)
			if len(blocks) == 0 {
				t.Error("no recipe")
			}
			for _, b := range blocks {
				checkRecipe(t, name, b[1])
			}
		})
	}
}

// funnelOfQuickstart runs the quickstart and returns the funnel it ends with, without
// the times.
func funnelOfQuickstart(t *testing.T) string {
	t.Helper()
	t.Chdir(filepath.Join("..", ".."))
	data, err := configs.Read("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	p, err := recipe.Compile("quickstart.yaml", data, recipe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p.Output.Dir = t.TempDir()
	r, err := engine.Open(p, engine.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Do(t.Context(), engine.Events{}); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := report.PrintFunnel(&b, r.Stats(), nil); err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(b.String(), "\n")
	from := strings.Index(first, "  time")
	var out strings.Builder
	steps := true
	for line := range strings.Lines(b.String()) {
		steps = steps && line != "\n"
		if runes := []rune(line); steps && from >= 0 && len(runes) > from+6 {
			line = string(runes[:from]) + string(runes[from+6:])
		}
		out.WriteString(strings.TrimRight("    "+line, " \n") + "\n")
	}
	return out.String()
}

// The funnel that the README shows is what the quickstart ends with.
func TestFunnelOfTheReadme(t *testing.T) {
	const begin, end = "ends like this:\n\n", "\nAfter that"
	funnel := funnelOfQuickstart(t)
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), begin)
	shown, after, found := strings.Cut(rest, end)
	if !ok || !found {
		t.Fatal("the README shows no funnel")
	}
	if shown == funnel {
		return
	}
	if !*update {
		t.Fatalf("the README shows\n%s\nthe quickstart ends with\n%s\naccept it with: go test ./cmd/tamis -update", shown, funnel)
	}
	if err := os.WriteFile("README.md", []byte(before+begin+funnel+end+after), 0o666); err != nil {
		t.Fatal(err)
	}
}

// The problem that the README shows is what tamis says.
func TestProblemOfTheReadme(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	inFolderWithData(t)
	_, err = recipe.Compile("web.yaml", []byte("sources: [{name: a, paths: data/}]\nsteps:\n  - gopher_quality: {bulet_lines: off}\n"), recipe.Options{})
	if err == nil {
		t.Fatal("no problem")
	}
	want := "    " + strings.ReplaceAll(err.Error(), "\n", "\n    ")
	if !strings.Contains(string(page), want) {
		t.Errorf("the README does not have\n%s", want)
	}
}
