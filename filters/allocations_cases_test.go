package filters

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// A page is a text with its address.
type page struct{ URL, Text string }

// ordinaryPages are documents of the sample corpus, in eight languages, and, where they
// are, whole web pages, a text in many languages, and sentences with personal data.
func ordinaryPages(t *testing.T) (pages []page) {
	for _, from := range []struct {
		path  string
		every int
	}{
		{filepath.Join("..", "testdata", "corpus", "web.jsonl.zst"), 10},
		{sharedFile("data", "web-pages-raw", "pages.jsonl.zst"), 60},
		{sharedFile("data", "udhr", "udhr.jsonl.zst"), 40},
		{sharedFile("data", "presidio-pii", "generated_large.jsonl.zst"), 60},
	} {
		if _, err := os.Stat(from.path); err != nil && strings.Contains(from.path, "shared") {
			continue
		}
		eachLine(t, from.path, func(n int, line []byte) {
			var p page
			if n%from.every != 0 {
				return
			}
			if err := json.Unmarshal(line, &p); err != nil {
				t.Fatal(err)
			}
			pages = append(pages, p)
		})
	}
	return pages
}

// allocating are the settings with which a step may allocate memory for a document, by
// how the first line of a case begins.
var allocating = []string{
	"pii {compat: ", // the library of patterns has a list for all that it finds
}

// Once its buffers have grown, a step allocates nothing for a document, with any settings
// that a case has.
func TestCasesAllocateNothing(t *testing.T) {
	pages := ordinaryPages(t)
	for _, spec := range caseSteps {
		t.Run(spec.Name, func(t *testing.T) {
			seen := map[string]bool{}
			for _, c := range readCases(t, spec) {
				if !seen[c.head] {
					seen[c.head] = true
					c.allocatesNothing(t, spec, pages)
				}
			}
		})
	}
}

// allocatesNothing judges pages with the settings of a case.
func (c *stepCase) allocatesNothing(t *testing.T, spec *step.Spec, pages []page) {
	t.Helper()
	for _, head := range allocating {
		if strings.HasPrefix(c.head, head) {
			return
		}
	}
	local, head := c.build(t, spec)
	splitter, _ := text.ParseSplitter(head.Splitter)
	fields := members{}
	for name := range head.Document.Fields {
		fields[name], _ = caseFields(head.Document.Fields).Lookup(nil, name)
	}
	d := document.Document{ID: head.Document.ID, Fields: fields, Labels: []string{head.Document.Language}}
	m, values, labels := step.Meter{All: true}, make([]float64, len(c.rules)), make([]string, len(c.labels))
	judge := func(p *page) {
		d.SetText(p.Text)
		d.URL = p.URL
		d.View().Use(splitter)
		m.Reset(c.rules, values, labels)
		if v := local.Judge(&d, &m); !v.Removed {
			d.Rewrite(m.Edits)
		}
	}
	each := func(f func(p *page)) {
		for i := range pages {
			f(&pages[i])
		}
	}
	for range 2 {
		each(func(p *page) { judge(p); judge(p) })
	}
	// What one pass in five allocates is what the collector took from a pool.
	if n := testing.AllocsPerRun(5, func() { each(judge) }); n != 0 {
		t.Errorf("%s: %v allocations", c.head, n)
		each(func(p *page) {
			if n := testing.AllocsPerRun(1, func() { judge(p) }); n != 0 {
				t.Logf("%v allocations for %s %.60q", n, p.URL, p.Text)
			}
		})
	}
}
