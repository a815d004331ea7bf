package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tamis/stats"
)

var update = flag.Bool("update", false, "accept the output as golden")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is another one: go test ./report -update, and read the diff", path)
	}
}

func TestGroupsOfSettings(t *testing.T) {
	got := groups([]Setting{{"seed", "1"}, {"limits.line", "2"}, {"sources", "a"}, {"sources.a.weight", "3"}, {"steps.c4.words.min", "4"}, {"steps.c4.as", "5"}})
	want := []settingGroup{
		{"", []Setting{{"seed", "1"}, {"sources", "a"}}},
		{"limits", []Setting{{"line", "2"}}},
		{"sources › a", []Setting{{"weight", "3"}}},
		{"steps › c4", []Setting{{"words.min", "4"}, {"as", "5"}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// written returns the three forms of a run's report.
func written(t *testing.T, run *Run) (stats, page, funnel []byte) {
	t.Helper()
	rep := Build(run)
	var a, b, c bytes.Buffer
	if err := rep.WriteJSON(&a); err != nil {
		t.Fatal(err)
	}
	if err := rep.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	if err := PrintFunnel(&c, run.Stats, run.Timing); err != nil {
		t.Fatal(err)
	}
	return a.Bytes(), b.Bytes(), c.Bytes()
}

func TestGolden(t *testing.T) {
	stats, page, funnel := written(t, madeRun(240, "commoncrawl", "forum"))
	golden(t, "stats.json", stats)
	golden(t, "report.html", page)
	golden(t, "funnel.txt", funnel)
}

// TestNames holds stats.json against the names that other programs read.
func TestNames(t *testing.T) {
	data, _, _ := written(t, madeRun(100, "commoncrawl", "forum"))
	var got struct {
		Sources []map[string]any
		Steps   []map[string]any
		Timing  map[string]any
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields("name read kept removed quarantined bytes_read bytes_kept") {
		if _, ok := got.Sources[0][name]; !ok {
			t.Errorf("a source has no %q", name)
		}
	}
	for _, name := range strings.Fields("name in removed rules") {
		if _, ok := got.Steps[0][name]; !ok {
			t.Errorf("a step has no %q", name)
		}
	}
	rule := got.Steps[2]["rules"].([]any)[0].(map[string]any)
	if rule["name"] != "words" || rule["removed"] == nil || got.Timing == nil {
		t.Errorf("rule %v, timing %v", rule, got.Timing)
	}
}

// TestTimingAlone makes the report of the same counts with other times: all but the
// object timing stays.
func TestTimingAlone(t *testing.T) {
	run := madeRun(100, "commoncrawl")
	first, _, _ := written(t, run)
	run.Timing = map[string]int64{"scan": 5e9}
	second, _, _ := written(t, run)
	if bytes.Equal(first, second) {
		t.Error("the times are not in stats.json")
	}
	cut := func(b []byte) string { return string(b[:bytes.Index(b, []byte(`"timing"`))]) }
	if cut(first) != cut(second) || strings.Contains(cut(first), "seconds") {
		t.Error("times changed more than the object timing")
	}
}

// TestSums adds up the report by other ways than it was made.
func TestSums(t *testing.T) {
	run := madeRun(500, "a", "b", "c")
	r := Build(run)
	total := r.Total()
	if total.Read != 500 || total.Kept+total.Removed+total.Quarantined != 500 {
		t.Errorf("the sources add up to %+v", total)
	}
	removed := int64(0)
	for _, s := range r.Steps {
		byRule, bySource := int64(0), int64(0)
		for _, rule := range s.Rules {
			byRule += rule.Removed
			shown, counted := int64(0), int64(0)
			for _, n := range rule.Histogram.Counts {
				shown += n
			}
			for _, src := range rule.Sources {
				for _, n := range src.Histogram.Counts {
					counted += n
				}
			}
			if shown != rule.Measured || counted != rule.Measured {
				t.Errorf("%s.%s: histograms of %d and %d documents, %d were measured", s.Name, rule.Name, shown, counted, rule.Measured)
			}
		}
		for _, c := range s.Sources {
			bySource += c.Removed
		}
		if byRule != s.Removed || bySource != s.Removed {
			t.Errorf("%s removed %d, its rules %d, its sources %d", s.Name, s.Removed, byRule, bySource)
		}
		removed += s.Removed
	}
	if removed != total.Removed {
		t.Errorf("the steps removed %d, the sources lost %d", removed, total.Removed)
	}
	for i := 1; i < len(r.Steps); i++ {
		if r.Steps[i].In != r.Steps[i-1].In-r.Steps[i-1].Removed {
			t.Errorf("%s met %d, %s left %d", r.Steps[i].Name, r.Steps[i].In, r.Steps[i-1].Name, r.Steps[i-1].In-r.Steps[i-1].Removed)
		}
	}
}

// TestFromJSON makes the page from stats.json alone.
func TestFromJSON(t *testing.T) {
	run := madeRun(200, "a", hostile)
	data, page, _ := written(t, run)
	r, err := ReadJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := r.WriteHTML(&again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), page) {
		t.Error("the page made from stats.json is another one")
	}
	var back bytes.Buffer
	if err := r.WriteJSON(&back); err != nil || !bytes.Equal(back.Bytes(), data) {
		t.Errorf("stats.json written again is another one: %v", err)
	}
}

// TestReadJSONRefuses reads files that would break the page.
func TestReadJSONRefuses(t *testing.T) {
	good, _, _ := written(t, madeRun(60, "a"))
	for name, change := range map[string]func(m map[string]any){
		"scale":     func(m map[string]any) { m["scales"].(map[string]any)["log"] = []any{2.0, 1.0} },
		"no scale":  func(m map[string]any) { delete(m["scales"].(map[string]any), "log") },
		"bucket":    func(m map[string]any) { m["lengths"].(map[string]any)["read"].(map[string]any)["first"] = 500 },
		"documents": func(m map[string]any) { m["documents"] = []any{} },
		"sources":   func(m map[string]any) { m["sources"] = []any{} },
	} {
		var m map[string]any
		if err := json.Unmarshal(good, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		bad, _ := json.Marshal(m)
		if _, err := ReadJSON(bytes.NewReader(bad)); err == nil {
			t.Errorf("%s: read without an error", name)
		}
	}
	if _, err := ReadJSON(strings.NewReader(`{"sources": [`)); err == nil {
		t.Error("a torn file was read")
	}
	if _, err := ReadJSON(bytes.NewReader(good)); err != nil {
		t.Error(err)
	}
}

// TestEmpty writes the report of a run that saw nothing.
func TestEmpty(t *testing.T) {
	for _, s := range []*stats.Stats{stats.New(stats.Shape{}), stats.New(stats.Shape{Sources: []string{"a"}, Steps: steps, Samples: 1})} {
		data, page, funnel := written(t, &Run{Stats: s})
		if len(data) == 0 || len(page) == 0 || len(funnel) == 0 || bytes.Contains(page, []byte("NaN")) || bytes.Contains(data, []byte("null,\n  \"rules\"")) {
			t.Error("the report of nothing is broken")
		}
	}
}

// TestHostile lets names and texts try to break out of the page: whatever a browser
// would parse, it finds only elements and attributes that the page itself has, and no
// address but those within it.
func TestHostile(t *testing.T) {
	_, harmless, _ := written(t, madeRun(300, "a", "b"))
	run := madeRun(300, hostile, "b")
	run.Name, run.Version, run.PlanHash = hostile, hostile, hostile
	run.Settings = []Setting{{hostile, hostile}}
	run.Reads = []Read{{hostile, hostile}}
	for i := range run.Sources[0].Files {
		run.Sources[0].Files[i].Path = hostile
	}
	_, page, _ := written(t, run)
	want, got := vocabularyOf(t, harmless), vocabularyOf(t, page)
	for name := range got {
		if !want[name] {
			t.Errorf("the page has %s", name)
		}
	}
	if !strings.Contains(string(page), "&lt;script&gt;alert(") {
		t.Error("the hostile text is not shown at all")
	}
}

// vocabularyOf lists the elements and attributes of a page, and checks what is in them.
func vocabularyOf(t *testing.T, page []byte) map[string]bool {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		found["<"+n.Data+">"] = true
		for _, a := range n.Attr {
			found["<"+n.Data+" "+a.Key+">"] = true
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" {
				t.Errorf("<%s> has %s", n.Data, a.Key)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("a link leads to %q", a.Val)
			}
		}
	}
	for _, name := range []string{"<script>", "<img>", "<iframe>", "<link>", "<object>", "<form>"} {
		if found[name] {
			t.Errorf("the page has %s", name)
		}
	}
	if css := string(page); strings.Contains(css, "url(") || strings.Contains(css, "@import") {
		t.Error("the page loads something")
	}
	return found
}

// TestLinks follows every link within the page.
func TestLinks(t *testing.T) {
	_, page, _ := written(t, madeRun(300, "a", "b"))
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	ids, links := map[string]int{}, []string{}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch a.Key {
			case "id":
				ids[a.Val]++
			case "href":
				links = append(links, strings.TrimPrefix(a.Val, "#"))
			}
		}
	}
	for _, l := range links {
		if ids[l] != 1 {
			t.Errorf("a link leads to %q, which the page has %d times", l, ids[l])
		}
	}
	if len(links) < 30 {
		t.Errorf("%d links", len(links))
	}
}

// TestFunnelHostile prints names that would move the cursor.
func TestFunnelHostile(t *testing.T) {
	s := stats.New(stats.Shape{Sources: []string{"a\x1b[2J\r\u009bb"}})
	var b bytes.Buffer
	if err := PrintFunnel(&b, s, nil); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\r\u009b") {
		t.Errorf("%q", b.String())
	}
}

// TestDeterministic builds the same report ten times.
func TestDeterministic(t *testing.T) {
	first := Build(madeRun(150, "a", "b"))
	for range 10 {
		if !reflect.DeepEqual(Build(madeRun(150, "a", "b")), first) {
			t.Fatal("the same run gives another report")
		}
	}
}
