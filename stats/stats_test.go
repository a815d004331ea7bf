package stats

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
)

// shape has a local step that removes, one that edits, and a global one.
func shape() Shape {
	return Shape{
		Sources: []string{"forum", "news"},
		Labels:  []string{"language"},
		Samples: 3, Seed: 42,
		Steps: []Step{
			{Name: "length", Signals: 0, Rules: []step.Rule{
				{Name: "words", Min: 3, Max: 40, Scale: step.Log},
				{Name: "share", Min: step.NoMin, Max: 0.8, Scale: step.Share},
			}},
			{Name: "mask", Signals: 2, Rules: []step.Rule{{Name: "digits", Edit: true, Min: step.NoMin, Max: step.NoMax, Scale: step.Log}}},
			{Name: "exact", Global: true, Signals: 3, Rules: []step.Rule{{Name: "copies", Min: step.NoMin, Max: 0, Scale: step.Log}}},
		},
	}
}

// A played document is what the tests let happen to a document, as the engine would.
type played struct {
	place   document.Place
	source  int
	text    string
	drawn   bool
	share   float64
	copies  float64
	sampled bool
}

func play(seed uint64, n int) []played {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]played, n)
	for i := range out {
		p := played{place: document.Place{File: uint32(r.IntN(3)), Record: int64(i)}, source: r.IntN(2)}
		p.text = strings.Repeat("wörd 7 ", 1+r.IntN(25))
		p.drawn, p.share, p.copies, p.sampled = r.IntN(10) > 0, r.Float64(), float64(r.IntN(3)/2), r.IntN(2) == 0
		out[i] = p
	}
	return out
}

func (p *played) words() float64 { return float64(len(strings.Fields(p.text))) }

// edits masks the first two digits.
func (p *played) edits() (edits []document.Edit, after string) {
	after = strings.Replace(p.text, "7", "", 2)
	at := 0
	for range min(2, strings.Count(p.text, "7")) {
		at += strings.Index(p.text[at:], "7")
		edits = append(edits, document.Edit{Start: at, End: at + 1})
		at++
	}
	return edits, after
}

// scan plays the first stage of a document, and reports whether it stays.
func (s *Stats) scan(p *played) bool {
	d := &document.Document{Place: p.place, Source: p.source, ID: fmt.Sprint(p.place), Signals: []float64{p.words(), p.share, 0, math.NaN()}, Labels: []string{"de"}}
	s.Read(p.source, p.text)
	if !p.drawn {
		s.NotDrawn(p.source, p.text)
		return false
	}
	text := p.text
	removed := false
	values := []float64{p.words(), p.share}
	if p.words() > 40 {
		values[1] = math.NaN()
	}
	s.Judged(p.source, 0, text, values)
	switch {
	case p.words() < 3 || p.words() > 40:
		s.Removed(p.source, 0, 0, text)
		removed = true
	case p.share > 0.8:
		s.Removed(p.source, 0, 1, text)
		removed = true
	default:
		edits, after := p.edits()
		d.Signals[2] = float64(len(edits))
		s.Judged(p.source, 1, text, d.Signals[2:3])
		s.Edited(p.source, 1, edits, text, after)
		text = after
	}
	if p.sampled {
		d.SetText(text)
		s.Sample(d, d.Text(), removed)
	}
	return !removed
}

// finish plays the second stage.
func (s *Stats) finish(p *played) {
	_, text := p.edits()
	s.Judged(p.source, 2, text, []float64{p.copies})
	if p.copies > 0 {
		s.Removed(p.source, 2, 0, text)
	} else {
		s.Kept(p.source, text)
	}
}

func whole(docs []played) *Stats {
	s := New(shape())
	var stay []*played
	for i := range docs {
		if s.scan(&docs[i]) {
			stay = append(stay, &docs[i])
		}
	}
	for _, p := range stay {
		s.finish(p)
	}
	return s
}

// TestCounts holds all counts against a recount of the documents, one number at a time.
func TestCounts(t *testing.T) {
	docs := play(1, 500)
	s := whole(docs)
	for source := range 2 {
		var f Funnel
		var first, second, third StepCount
		var wordsRule, shareRule Counts
		for i := range docs {
			p := &docs[i]
			if p.source != source {
				continue
			}
			one := Counts{1, int64(len(p.text)), int64(len(strings.Fields(p.text)))}
			f.Read = f.Read.Add(one)
			if !p.drawn {
				f.NotDrawn, f.Removed = f.NotDrawn.Add(one), f.Removed.Add(one)
				continue
			}
			first.Seen = first.Seen.Add(one)
			if p.words() < 3 || p.words() > 40 {
				wordsRule = wordsRule.Add(one)
				continue
			}
			if p.share > 0.8 {
				shareRule = shareRule.Add(one)
				continue
			}
			second.Seen = second.Seen.Add(one)
			second.Edited++
			_, after := p.edits()
			one = Counts{1, int64(len(after)), int64(len(strings.Fields(after)))}
			third.Seen = third.Seen.Add(one)
			if p.copies > 0 {
				third.Removed = third.Removed.Add(one)
			} else {
				f.Kept = f.Kept.Add(one)
			}
		}
		first.Removed = wordsRule.Add(shareRule)
		f.Removed = f.Removed.Add(first.Removed).Add(third.Removed)
		for name, c := range map[string][2]any{
			"funnel": {s.Funnel(source), f},
			"length": {s.Step(source, 0), first}, "mask": {s.Step(source, 1), second}, "exact": {s.Step(source, 2), third},
			"length.words": {s.Rule(source, 0, 0).Removed, wordsRule}, "length.share": {s.Rule(source, 0, 1).Removed, shareRule},
			"exact.copies": {s.Rule(source, 2, 0).Removed, third.Removed},
		} {
			if !reflect.DeepEqual(c[0], c[1]) {
				t.Errorf("source %d, %s: %+v, want %+v", source, name, c[0], c[1])
			}
		}
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

// TestHistograms holds the histograms against bounds counted document by document.
func TestHistograms(t *testing.T) {
	docs := play(2, 400)
	s := whole(docs)
	want := make([]int64, len(step.Share.Edges())+1)
	edits, edited := int64(0), int64(0)
	for i := range docs {
		p := &docs[i]
		if p.source != 0 || !p.drawn || p.words() > 40 {
			continue
		}
		b := 0
		for b < len(step.Share.Edges()) && p.share >= step.Share.Edges()[b] {
			b++
		}
		want[b]++
		if p.words() >= 3 && p.share <= 0.8 {
			e, _ := p.edits()
			edits += int64(len(e))
			edited++
		}
	}
	if got := s.Rule(0, 0, 1); !slices.Equal(got.Values, want) {
		t.Errorf("shares: %v, want %v", got.Values, want)
	}
	if got := s.Rule(0, 1, 0); got.Edits != edits || got.Edited != edited || got.Cut != edits || got.Added != 0 {
		t.Errorf("%d edits in %d documents, %d bytes cut; want %d in %d", got.Edits, got.Edited, got.Cut, edits, edited)
	}
	read, kept := s.Lengths(1)
	if sum(read) != s.Funnel(1).Read.Documents || sum(kept) != s.Funnel(1).Kept.Documents {
		t.Errorf("lengths of %d and %d documents, the funnel has %+v", sum(read), sum(kept), s.Funnel(1))
	}
}

func sum(a []int64) int64 { return (&RuleCount{Values: a}).Measured() }

// TestMergeInAnyOrder cuts a run in batches, merges them in shuffled orders and shapes,
// through the binary form too, and wants the same bytes as from one pass.
func TestMergeInAnyOrder(t *testing.T) {
	docs := play(3, 600)
	for i := range docs {
		quarantined := docs[i].place.Record%7 == 0
		if quarantined {
			docs[i].sampled = false
		}
	}
	feed := func(s *Stats, p *played) {
		if p.place.Record%7 == 0 {
			s.Quarantined(p.source, p.place, 1+p.place.Record%2, fmt.Sprintf("line of %d bytes after %q", p.place.Record, p.text))
			s.Quarantined(p.source, p.place, 1, "reason "+strings.Repeat("x", int(p.place.Record)))
			return
		}
		if s.scan(p) {
			s.finish(p)
		}
	}
	one := New(shape())
	for i := range docs {
		feed(one, &docs[i])
	}
	want := one.AppendBinary(nil)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 5))
		total, part := New(shape()), New(shape())
		for _, i := range r.Perm(len(docs)) {
			feed(part, &docs[i])
			switch r.IntN(12) {
			case 0:
				total.Merge(part)
				part.Reset()
			case 1:
				again := New(shape())
				if err := again.Decode(part.AppendBinary(nil)); err != nil {
					t.Fatal(err)
				}
				part = again
			}
		}
		part.Merge(total)
		if got := part.AppendBinary(nil); !bytes.Equal(got, want) {
			t.Fatalf("order %d: %d bytes, not the %d of one pass", seed, len(got), len(want))
		}
	}
}

// TestSamples holds the lists against a sort of all that was offered.
func TestSamples(t *testing.T) {
	docs := play(4, 500)
	s := whole(docs)
	var inside, gone []played
	for _, p := range docs {
		if p.source != 1 || !p.drawn || !p.sampled {
			continue
		}
		if p.share <= 0.8 {
			inside = append(inside, p)
		} else if p.words() <= 40 && p.words() >= 3 {
			gone = append(gone, p)
		}
	}
	slices.SortFunc(inside, func(a, b played) int { return int(math.Copysign(1, b.share-a.share)) })
	slices.SortFunc(gone, func(a, b played) int {
		if chance(42, a.place) < chance(42, b.place) {
			return -1
		}
		return 1
	})
	for i, got := range s.Samples(1, 0, 1, Inside) {
		if got.Place != inside[i].place || got.Signals[1] != inside[i].share {
			t.Errorf("inside %d: %v with %v, want %v with %v", i, got.Place, got.Signals[1], inside[i].place, inside[i].share)
		}
	}
	for i, got := range s.Samples(1, 0, 1, Gone) {
		if got.Place != gone[i].place || got.Step != 0 || got.Rule != 1 || got.Text != gone[i].text {
			t.Errorf("gone %d: %+v, want %+v", i, got, gone[i])
		}
	}
	for kind, want := range map[Kind]int{Inside: 3, Outside: 3, Gone: 3, Changed: 0} {
		if got := len(s.Samples(1, 0, 1, kind)); got != want {
			t.Errorf("%d samples of kind %d, want %d", got, kind, want)
		}
	}
	if changed := s.Samples(0, 1, 0, Changed); len(changed) != 3 || changed[0].Labels[0] != "de" {
		t.Errorf("%d documents shown as changed", len(changed))
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("ä", 401)
	for _, c := range []struct {
		text, want string
		cut        bool
	}{{"", "", false}, {long[2:], long[2:], false}, {long, long[2:], true}, {strings.Repeat("a", 400), strings.Repeat("a", 400), false}} {
		if got, cut := begin(c.text); got != c.want || cut != c.cut {
			t.Errorf("%d bytes give %d, cut %v", len(c.text), len(got), cut)
		}
	}
}

func TestCheck(t *testing.T) {
	s := New(shape())
	s.Read(1, "lost on the way")
	err := s.Check()
	if err == nil || !strings.Contains(err.Error(), "source news: 1 documents were read, but 0 kept + 0 removed + 0 quarantined = 0") {
		t.Errorf("a lost document: %v", err)
	}
	s.Kept(1, "lost on the way")
	s.Quarantined(0, document.Place{}, 2, "a reason")
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	if read, bad := s.Total(); read != 3 || bad != 2 {
		t.Errorf("%d read, %d quarantined, want 3 and 2", read, bad)
	}
}

func TestReasons(t *testing.T) {
	s := New(shape())
	for i := range 10 {
		s.Quarantined(0, document.Place{File: uint32(9 - i)}, 2, fmt.Sprintf(`byte %d: want "," found "%d"`, i*1000, i))
	}
	got := s.Reasons(0)
	if len(got) != 1 || got[0].Text != `byte #: want "…" found "…"` || got[0].Records != 20 {
		t.Fatalf("%+v", got)
	}
	if len(got[0].Places) != maxPlaces || got[0].Places[0].File != 0 || got[0].Places[4].File != 4 {
		t.Errorf("places %v", got[0].Places)
	}
}

// TestDecodeDamaged reads every prefix and every flipped byte: counts or an error,
// never a panic, and never counts left behind an error.
func TestDecodeDamaged(t *testing.T) {
	s := whole(play(5, 60))
	s.Quarantined(0, document.Place{File: 1, Record: 7}, 1, "a reason")
	data := s.AppendBinary(nil)
	for n := range data {
		if err := New(shape()).Decode(data[:n]); err == nil {
			t.Fatalf("%d of %d bytes were read as a whole", n, len(data))
		}
		bad := bytes.Clone(data)
		bad[n] ^= 0x41
		again := New(shape())
		if err := again.Decode(bad); err != nil {
			if read, _ := again.Total(); read != 0 {
				t.Fatalf("byte %d damaged: counts are left", n)
			}
		}
	}
	other := shape()
	other.Steps[0].Rules[0].Name = "letters"
	if err := New(other).Decode(data); err == nil {
		t.Error("counts of another plan were read")
	}
}

// wordsSlow says what Words means: Python's str.split.
func wordsSlow(text string) int64 {
	return int64(len(strings.FieldsFunc(text, func(r rune) bool {
		switch {
		case r >= 9 && r <= 13, r >= 28 && r <= 32, r == 0x85, r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200a:
			return true
		}
		return r == 0x2028 || r == 0x2029 || r == 0x202f || r == 0x205f || r == 0x3000
	})))
}

// TestWords tries each code point between letters and in every place of a window of 8
// bytes, then random texts of what is near white space.
func TestWords(t *testing.T) {
	for r := rune(0); r <= 0x3100; r++ {
		for _, text := range []string{string(r), "a" + string(r) + "b", "abcdefg" + string(r) + "hijklmn  o", strings.Repeat(string(r), 9)} {
			if got, want := Words(text), wordsSlow(text); got != want {
				t.Fatalf("%q has %d words, want %d", text, got, want)
			}
		}
	}
	alphabet := []rune("ab \t\n\x1b\x1c\x00\x7f\u0085\u00a0\u00a1é\u1680\u1681\u2003\u200b\u2028\u3000\u3001語\U0001f600")
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var b strings.Builder
		for range rnd.IntN(40) {
			b.WriteRune(alphabet[rnd.IntN(len(alphabet))])
		}
		if got, want := Words(b.String()), wordsSlow(b.String()); got != want {
			t.Fatalf("%q has %d words, want %d", b.String(), got, want)
		}
	}
}

// TestSteadyState counts allocations of a worker that has seen its kind of documents.
func TestSteadyState(t *testing.T) {
	s := New(shape())
	text := strings.Repeat("some words ", 10)
	edits := []document.Edit{{Start: 0, End: 4}}
	values, one := []float64{20, 0.5}, []float64{1}
	batch := func() {
		for range 50 {
			s.Read(0, text)
			s.Judged(0, 0, text, values)
			s.Judged(0, 1, text, one)
			s.Edited(0, 1, edits, text, text)
			s.Kept(0, text)
		}
		s.Reset()
	}
	batch()
	if n := testing.AllocsPerRun(10, batch); n != 0 {
		t.Errorf("%v allocations in a batch", n)
	}
}

func BenchmarkWords(b *testing.B) {
	for name, text := range map[string]string{
		"ascii":    strings.Repeat("The quick brown fox jumps over the lazy dog. ", 2000),
		"cyrillic": strings.Repeat("Съешь ещё этих мягких французских булок. ", 1000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Words(text)
			}
		})
	}
}

// BenchmarkDocument counts one document of 3 kB through two steps.
func BenchmarkDocument(b *testing.B) {
	s := New(shape())
	text := strings.Repeat("some words ", 300)
	values, one := []float64{20, 0.5}, []float64{math.NaN()}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.Read(0, text)
		s.Judged(0, 0, text, values)
		s.Judged(0, 1, text, one)
		s.Kept(0, text)
	}
}
