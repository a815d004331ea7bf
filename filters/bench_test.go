package filters

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// prose returns documents of at least n bytes together: real ones where they are,
// made ones otherwise.
func prose(b *testing.B, n int) (docs []string, size int64) {
	file := sharedFile("data", "fineweb-legal", "docs.jsonl.zst")
	if _, err := os.Stat(file); err != nil {
		return madeProse(n)
	}
	eachLine(b, file, func(_ int, line []byte) {
		var record struct{ Text string }
		if err := json.Unmarshal(line, &record); err != nil {
			b.Fatal(err)
		}
		if size < int64(n) {
			docs = append(docs, record.Text)
			size += int64(len(record.Text))
		}
	})
	return docs, size
}

// madeProse makes sentences of invented words whose frequencies fall like those of a
// language.
func madeProse(n int) (docs []string, size int64) {
	random := rand.New(rand.NewPCG(7, 7))
	words := []string{"the", "of", "and", "to", "that", "with", "be", "have"}
	for len(words) < 5000 {
		word := ""
		for range 1 + random.IntN(4) {
			word += string("bdfgklmnprstvz"[random.IntN(14)]) + string("aeiou"[random.IntN(5)])
		}
		words = append(words, word)
	}
	for size < int64(n) {
		var doc strings.Builder
		for range 5 + random.IntN(40) {
			for range 6 + random.IntN(15) {
				doc.WriteString(words[int(float64(len(words))*random.Float64()*random.Float64()*random.Float64())])
				doc.WriteByte(' ')
			}
			doc.WriteString("done.")
			doc.WriteByte(" \n"[random.IntN(2)])
		}
		docs = append(docs, doc.String())
		size += int64(doc.Len())
	}
	return docs, size
}

// A benched is a step and the memory that the engine would lend it.
type benched struct {
	local step.Local
	meter step.Meter
	rules []step.Rule
	vals  []float64
}

func newBenched(b *testing.B, spec *step.Spec) *benched {
	s := &benched{local: step.Table{}, rules: spec.Rules, vals: make([]float64, len(spec.Rules))}
	if spec.New != nil {
		built, err := spec.New().Build(&step.Env{Name: spec.Name, Rules: spec.Rules, Identify: identify})
		if err != nil {
			b.Fatal(err)
		}
		s.local = built.(step.Local)
	}
	if f, ok := s.local.(step.Forker); ok {
		s.local = f.Fork()
	}
	return s
}

func (s *benched) judge(d *document.Document) {
	s.meter.Reset(s.rules, s.vals, nil)
	s.local.Judge(d, &s.meter)
}

// The steps do not stop at the first rule that fails a text: every document passes
// all of them, as in a corpus that is kept.
func benchSteps(b *testing.B, specs ...*step.Spec) {
	docs, size := prose(b, 4<<20)
	for _, sp := range []text.Splitter{text.Whitespace, text.Unicode, text.Spacy} {
		b.Run(sp.String(), func(b *testing.B) {
			var steps []*benched
			for _, spec := range specs {
				s := newBenched(b, spec)
				s.meter.All = true
				steps = append(steps, s)
			}
			var d document.Document
			pass := func() {
				for _, s := range docs {
					d.SetText(s)
					d.View().Use(sp)
					for _, step := range steps {
						step.judge(&d)
					}
					if len(specs) == 0 {
						d.View().Words()
					}
				}
			}
			pass() // buffers grow
			b.SetBytes(size)
			b.ReportAllocs()
			start := cpuSeconds()
			for b.Loop() {
				pass()
			}
			if used := cpuSeconds() - start; used > 0 {
				b.ReportMetric(float64(size)*float64(b.N)/1e6/used, "MB/cpu-s")
			}
		})
	}
}

// benchTexts judges texts, and counts the processor's time: other work may go on.
func benchTexts(b *testing.B, h *harness, texts []string) {
	size := 0
	for _, t := range texts {
		size += len(t)
		h.judge(t, "") // buffers grow
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	start := cpuSeconds()
	for b.Loop() {
		for _, t := range texts {
			h.judge(t, "")
		}
	}
	if used := cpuSeconds() - start; used > 0 {
		b.ReportMetric(float64(size)*float64(b.N)/1e6/used, "MB/cpu-s")
	}
}

func BenchmarkWords(b *testing.B)            { benchSteps(b) }
func BenchmarkGopherQuality(b *testing.B)    { benchSteps(b, &GopherQuality) }
func BenchmarkGopherRepetition(b *testing.B) { benchSteps(b, &GopherRepetition) }
func BenchmarkC4(b *testing.B)               { benchSteps(b, &C4) }
func BenchmarkFineWeb(b *testing.B)          { benchSteps(b, &FineWeb) }
func BenchmarkFour(b *testing.B) {
	benchSteps(b, &GopherRepetition, &GopherQuality, &C4, &FineWeb)
}
