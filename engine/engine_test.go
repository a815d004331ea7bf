package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tamis/document"
	"tamis/plan"
	"tamis/shards"
	"tamis/spool"
	"tamis/step"
	"tamis/text"
)

// The steps of these tests: the engine knows none of the product's.

// short removes texts of fewer than 20 bytes.
var short = step.Spec{Name: "short", Rules: []step.Rule{{Name: "bytes", Min: 20, Max: step.NoMax, Scale: step.Log, Column: true,
	Measure: func(v *text.View) float64 { return float64(len(v.Text())) }}}}

// stars replaces every "*" by "star".
var stars = step.Spec{Name: "stars", Rules: []step.Rule{{Name: "stars", Edit: true, Min: step.NoMin, Max: step.NoMax, Scale: step.Log}}}

type starStep struct{}

func (starStep) Judge(d *document.Document, m *step.Meter) step.Verdict {
	for i, c := range []byte(d.Text()) {
		if c == '*' {
			m.Edit(0, i, i+1, "star")
		}
	}
	return m.Verdict()
}

// twins removes all but the first of equal texts; the first learns how many there are.
var twins = step.Spec{Name: "twins", Rules: []step.Rule{
	{Name: "copy", Min: step.NoMin, Max: 0, Scale: step.Log},
	{Name: "size", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Column: true}}}

type twinStep struct{}

func (t twinStep) Sketcher() step.Sketcher                      { return t }
func (twinStep) Edits() bool                                    { return false }
func (twinStep) Sketch(dst []byte, d *document.Document) []byte { return append(dst, d.Text()...) }

func (twinStep) Resolve(_ context.Context, r *step.Resolution) error {
	count, seen := map[string]uint64{}, map[string]bool{}
	alive := func(f func(o uint64, sketch []byte) error) error {
		return r.Sketches(func(o uint64, sketch []byte) error {
			if !r.Alive(o) {
				return nil
			}
			return f(o, sketch)
		})
	}
	err := alive(func(_ uint64, sketch []byte) error {
		count[string(sketch)]++
		return nil
	})
	if err != nil {
		return err
	}
	return alive(func(o uint64, sketch []byte) error {
		n := count[string(sketch)]
		if n < 2 {
			return nil
		}
		again := seen[string(sketch)]
		seen[string(sketch)] = true
		if again {
			return r.Decide(o, true, nil)
		}
		return r.Decide(o, false, binary.AppendUvarint(nil, n))
	})
}

// Apply tells three cases apart: no decision, a copy that goes (no bytes), the one
// that stays (how many there are).
func (twinStep) Apply(_ *document.Document, decision []byte, m *step.Meter) step.Verdict {
	n, _ := binary.Uvarint(decision)
	goes := 0.0
	if decision != nil && len(decision) == 0 {
		goes = 1
	}
	m.Hold(1, max(1, float64(n)))
	m.Hold(0, goes)
	return m.Verdict()
}

// corpus writes three files of records: good ones, short ones, copies, stars, and
// some that cannot be read.
func corpus(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for f := range 3 {
		var b bytes.Buffer
		for i := range 400 {
			switch {
			case i%50 == 49:
				fmt.Fprintf(&b, "{\"text\": broken %d\n", i)
			case i%7 == 0:
				fmt.Fprintf(&b, `{"text":"short %d","n":%d}`+"\n", i, i)
			case i%11 == 0:
				fmt.Fprintf(&b, `{"id":"c%d-%d","text":"the same text comes again and again","n":%d,"url":"https://Copies.org/%d"}`+"\n", f, i, i, i)
			default:
				fmt.Fprintf(&b, `{"id":"d%d-%d","text":"document %d of file %d has * stars *","n":%d, "big":12345678901234567890,"url":"http://u@www.site%d.co.uk:80/p"}`+"\n", f, i, i, f, i, i%5)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("in-%d.jsonl", f)), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// testPlan curates a corpus into out.
func testPlan(t *testing.T, in, out string) *plan.Plan {
	t.Helper()
	files, err := shards.List([]string{in})
	if err != nil {
		t.Fatal(err)
	}
	p := &plan.Plan{
		Name: "test", Seed: 7, Memory: 64 << 20,
		Sources: []shards.Source{{Name: "one", Files: files[:2], Fields: shards.Mapping{Text: "text", ID: "id", URL: "url"}},
			{Name: "two", Files: files[2:], Fields: shards.Mapping{Text: "text", ID: "id", URL: "url"}}},
		Limits: shards.Limits{Line: 1 << 20, Batch: 2 << 10, Segment: 8 << 10},
		Errors: plan.Errors{MaxShare: 0.5, MaxCount: 1000},
		Audit:  plan.Audit{SampleRate: 0.1, Samples: 3},
	}
	p.Stages = []plan.Stage{
		{Local: []*plan.Step{addStep(p, "short", &short, step.Table{}, nil)}, Global: []*plan.Step{addStep(p, "twins", &twins, nil, twinStep{})}},
		{Local: []*plan.Step{addStep(p, "stars", &stars, starStep{}, nil)}},
	}
	p.Carried = []int{0, 2}
	p.Output = plan.Output{Dir: out, ShardSize: 8 << 10, Rejects: plan.RejectAll,
		Output: shards.Output{Format: shards.JSONL, Under: "tamis", Columns: []shards.Column{
			{Name: "source", Kind: shards.SourceColumn}, {Name: "short_bytes", Kind: shards.CountColumn, Slot: 0}, {Name: "twins_size", Kind: shards.CountColumn, Slot: 2}}}}
	p.Settings = []plan.Setting{{Key: "steps.short.bytes.min", Value: "20"}}
	return p
}

// addStep gives a plan one more step, which is in no stage yet.
func addStep(p *plan.Plan, name string, s *step.Spec, local step.Local, global step.Global) *plan.Step {
	ps := &plan.Step{Name: name, Spec: s, Rules: s.Rules, Local: local, Global: global, Signals: len(p.Signals)}
	for _, r := range s.Rules {
		p.Signals = append(p.Signals, name+"."+r.Name)
	}
	p.Steps = append(p.Steps, ps)
	return ps
}

// curate runs a plan to its end.
func curate(p *plan.Plan, o Options, ctx context.Context) error {
	o.Version = "test"
	r, err := Open(p, o)
	if err != nil {
		r.Close()
		return err
	}
	defer r.Close()
	if err := r.Do(ctx, Events{}); err != nil {
		return err
	}
	return r.Finish()
}

// tree returns all files of a run directory that must be the same in every run.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == journalName || e.Name() == lockName {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameTree compares run directories.
func sameTree(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(mapKeys(got, want)) {
		if got[name] != want[name] {
			t.Fatalf("%s: %s differs: %d bytes, want %d", what, name, len(got[name]), len(want[name]))
		}
	}
}

func mapKeys(ms ...map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		seen := map[string]bool{}
		for _, m := range ms {
			for k := range m {
				if !seen[k] && !yield(k) {
					return
				}
				seen[k] = true
			}
		}
	}
}

// golden runs the corpus once without any disturbance.
func golden(t *testing.T, in string, change func(*plan.Plan)) map[string]string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	p := testPlan(t, in, out)
	if change != nil {
		change(p)
	}
	if err := curate(p, Options{Workers: 1}, context.Background()); err != nil {
		t.Fatal(err)
	}
	return tree(t, out)
}

func TestRunCurates(t *testing.T) {
	in := corpus(t)
	out := filepath.Join(t.TempDir(), "out")
	p := testPlan(t, in, out)
	r, err := Open(p, Options{Workers: 2, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Do(context.Background(), Events{}); err != nil {
		t.Fatal(err)
	}
	files := tree(t, out)
	var all strings.Builder
	for name, data := range files {
		if strings.HasPrefix(name, "data/") {
			all.WriteString(data)
		}
	}
	lines := strings.Split(strings.TrimSpace(all.String()), "\n")
	want, copies := 0, 0
	for range 3 {
		for i := range 400 {
			switch {
			case i%50 == 49 || i%7 == 0:
			case i%11 == 0:
				copies++
			default:
				want++
			}
		}
	}
	want++ // one of the copies
	if len(lines) != want {
		t.Errorf("%d documents were kept, want %d", len(lines), want)
	}
	if !strings.Contains(all.String(), `document 1 of file 0 has star stars star`) {
		t.Error("the edit is missing")
	}
	if !strings.Contains(all.String(), fmt.Sprintf(`"twins_size":%d`, copies)) {
		t.Errorf("the copy that stays does not say that there were %d", copies)
	}
	if !strings.Contains(all.String(), `"big":12345678901234567890`) {
		t.Error("a large integer has changed")
	}
	if n := strings.Count(files["quarantine/one.jsonl"]+files["quarantine/two.jsonl"], "\n"); n != 24 {
		t.Errorf("%d records in quarantine, want 24", n)
	}
}

func TestSameBytesForAnyWorkersAndMemory(t *testing.T) {
	in := corpus(t)
	copies := &shards.Column{Name: "copies", Kind: shards.CountColumn, Slot: 2}
	for _, order := range []plan.Output{{}, {Shuffle: true}, {Split: copies}} {
		want := golden(t, in, func(p *plan.Plan) { p.Output.Shuffle, p.Output.Split = order.Shuffle, order.Split })
		for _, workers := range []int{1, 2, 7} {
			for _, memory := range []int64{1 << 20, 1 << 30} {
				out := filepath.Join(t.TempDir(), "out")
				p := testPlan(t, in, out)
				p.Output.Shuffle, p.Output.Split, p.Memory = order.Shuffle, order.Split, memory
				if err := curate(p, Options{Workers: workers}, context.Background()); err != nil {
					t.Fatal(err)
				}
				sameTree(t, fmt.Sprintf("shuffle %v, split %v, %d workers, %d bytes of memory", order.Shuffle, order.Split != nil, workers, memory), tree(t, out), want)
			}
		}
	}
}

// Every operation on the disk fails once; the same command then goes on to the same
// bytes. Of two global steps in a row the second one must not see what the first one has
// removed, though the run was interrupted between them.
func TestEveryOperationFailsOnce(t *testing.T) {
	in := corpus(t)
	change := func(p *plan.Plan) {
		again := addStep(p, "again", &twins, nil, twinStep{})
		p.Stages[0].Global = append(p.Stages[0].Global, again)
		p.Carried = append(p.Carried, again.Signals+1)
		p.Output.Columns = append(p.Output.Columns, shards.Column{Name: "again_size", Kind: shards.CountColumn, Slot: again.Signals + 1})
		p.Output.Shuffle, p.Output.Split = true, &shards.Column{Kind: shards.CountColumn, Slot: 2}
	}
	want := golden(t, in, change)
	for n := int64(0); ; n++ {
		out := filepath.Join(t.TempDir(), "out")
		p := testPlan(t, in, out)
		change(p)
		disk := &spool.Failing{Disk: hasty{}, At: n}
		err := curate(p, Options{Workers: 2, Disk: disk, CommitEvery: 48 << 10}, context.Background())
		checkNothingPartial(t, out, want)
		if disk.Hit() == "" {
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d operations, each of which has failed once", n)
			return
		}
		err = curate(p, Options{Workers: 2, Disk: hasty{}, CommitEvery: 48 << 10}, context.Background())
		if err != nil && !errors.Is(err, ErrFinished) {
			t.Fatalf("after operation %d (%s) failed: %v", n, disk.Hit(), err)
		}
		sameTree(t, fmt.Sprintf("after operation %d (%s) failed", n, disk.Hit()), tree(t, out), want)
	}
}

// A hasty disk waits for no sync: what is lost with the power is not asked here.
type hasty struct{ spool.OS }

func (hasty) SyncDir(string) error { return nil }

func (d hasty) OpenFile(name string, flag int, perm fs.FileMode) (spool.File, error) {
	f, err := d.OS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return hastyFile{f}, nil
}

type hastyFile struct{ spool.File }

func (hastyFile) Sync() error { return nil }

// checkNothingPartial holds every shard that has its final name against the golden one.
func checkNothingPartial(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if _, err := os.Stat(dir); err != nil {
		return
	}
	for name, data := range tree(t, dir) {
		if strings.HasPrefix(name, "data/") && strings.Contains(name, "/train-") && want[name] != data {
			t.Fatalf("%s is not whole", name)
		}
	}
}

func TestInterruptedRunGoesOn(t *testing.T) {
	in := corpus(t)
	want := golden(t, in, nil)
	out := filepath.Join(t.TempDir(), "out")
	p := testPlan(t, in, out)
	stops := 0
	for {
		ctx, cancel := context.WithCancel(context.Background())
		r, err := Open(p, Options{Workers: 2, Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		commits := 0
		err = r.Do(ctx, Events{Progress: func(Progress) {
			if commits++; commits == 3 {
				cancel()
			}
		}})
		if err == nil {
			err = r.Finish()
		}
		r.Close()
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, ErrInterrupted) {
			t.Fatal(err)
		}
		if stops++; stops > 1000 {
			t.Fatal("no progress in 1000 runs")
		}
	}
	if stops < 5 {
		t.Errorf("interrupted only %d times", stops)
	}
	sameTree(t, "after interruptions", tree(t, out), want)
}

func TestFinishedChangedAndForeign(t *testing.T) {
	in := corpus(t)
	out := filepath.Join(t.TempDir(), "out")
	p := testPlan(t, in, out)
	if err := curate(p, Options{}, context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := curate(p, Options{}, context.Background()); !errors.Is(err, ErrFinished) {
		t.Errorf("again: %v", err)
	}
	other := testPlan(t, in, out)
	other.Settings[0].Value = "30"
	err := curate(other, Options{}, context.Background())
	if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), "steps.short.bytes.min was 20, is 30") {
		t.Errorf("with another bound: %v", err)
	}
	if err := curate(other, Options{Restart: true}, context.Background()); err != nil {
		t.Errorf("restart: %v", err)
	}
	foreign := t.TempDir()
	os.WriteFile(filepath.Join(foreign, "thesis.tex"), nil, 0o666)
	err = curate(testPlan(t, in, foreign), Options{Restart: true}, context.Background())
	if err == nil || !strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("in a foreign folder: %v", err)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	in, out := corpus(t), filepath.Join(t.TempDir(), "out")
	r, err := Open(testPlan(t, in, out), Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var busy *spool.InUse
	if err := curate(testPlan(t, in, out), Options{}, context.Background()); !errors.As(err, &busy) {
		t.Errorf("got %v", err)
	}
}

func TestOverBudgetStops(t *testing.T) {
	p := testPlan(t, corpus(t), filepath.Join(t.TempDir(), "out"))
	p.Errors = plan.Errors{MaxShare: 0.001, MaxCount: 3}
	if err := curate(p, Options{}, context.Background()); !errors.Is(err, ErrOverBudget) {
		t.Fatalf("got %v", err)
	}
	p.Errors.MaxCount = 100
	if err := curate(p, Options{}, context.Background()); err != nil {
		t.Errorf("with a larger budget the run does not go on: %v", err)
	}
}

// A trial reads the beginning of each source and no more than it is asked for.
func TestSample(t *testing.T) {
	p := testPlan(t, corpus(t), filepath.Join(t.TempDir(), "out"))
	r, err := Open(p, Options{Version: "test", Sample: 3 << 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Do(context.Background(), Events{}); err != nil {
		t.Fatal(err)
	}
	for i, s := range p.Sources {
		// Blocks of 2 KiB; a record has 30 to 130 bytes.
		if n := r.Stats().Funnel(i).Read.Documents; n < 3<<10/130 || n > 6<<10/30 {
			t.Errorf("source %s: %d documents read", s.Name, n)
		}
	}
}
