package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"

	"tamis/document"
	"tamis/plan"
	"tamis/shards"
	"tamis/spool"
	"tamis/step"
)

// herdStep is twins whose decisions say more: the best copy is the last one, and
// documents of a cluster stay where their number is even.
type herdStep struct{ twinStep }

func (herdStep) Resolve(_ context.Context, r *step.Resolution) error {
	last, count := map[string]uint64{}, map[string]uint64{}
	err := r.Sketches(func(o uint64, sketch []byte) error {
		last[string(sketch)] = o
		count[string(sketch)]++
		return nil
	})
	if err != nil {
		return err
	}
	r.Note("texts", float64(len(count)))
	r.Note("documents", float64(r.Documents))
	err = r.Save(func(block func([]byte) error) error { return block(spool.Pack(nil, []byte("for later runs"))) })
	if err != nil {
		return err
	}
	return r.Sketches(func(o uint64, sketch []byte) error {
		if count[string(sketch)] < 2 {
			return nil
		}
		d := binary.BigEndian.AppendUint64([]byte{byte(o % 2)}, last[string(sketch)])
		return r.Decide(o, o%2 == 1, binary.BigEndian.AppendUint64(d, count[string(sketch)]))
	})
}

func (herdStep) Member(decision []byte) (step.Membership, bool) {
	if decision == nil {
		return step.Membership{}, false
	}
	return step.Membership{Keeper: binary.BigEndian.Uint64(decision[1:]), Size: binary.BigEndian.Uint64(decision[9:]), Kept: decision[0] == 0, Similarity: 0.5}, true
}

func (herdStep) Apply(_ *document.Document, decision []byte, m *step.Meter) step.Verdict {
	m.Hold(1, 1)
	if decision == nil {
		m.Hold(0, 0)
	} else {
		m.Hold(0, float64(decision[0]))
	}
	return m.Verdict()
}

// herdPlan is the test plan with a step that gathers clusters, and one more stage.
func herdPlan(t *testing.T, in, out string) *plan.Plan {
	p := testPlan(t, in, out)
	p.Stages[0].Global[0].Global = herdStep{}
	return p
}

func readClusters(t *testing.T, dir string) []shards.Cluster {
	t.Helper()
	rows, err := parquet.ReadFile[shards.Cluster](filepath.Join(dir, clustersName))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestClusters(t *testing.T) {
	in, out := corpus(t), filepath.Join(t.TempDir(), "out")
	p := herdPlan(t, in, out)
	if err := curate(p, Options{Workers: 2}, context.Background()); err != nil {
		t.Fatal(err)
	}
	rows := readClusters(t, out)
	// By hand: the copies of the corpus, in its order, and where each begins.
	var ids []string
	places := map[string]string{}
	for f := range 3 {
		name := filepath.Join(in, fmt.Sprintf("in-%d.jsonl", f))
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for _, line := range bytes.SplitAfter(raw, []byte("\n")) {
			if i := bytes.Index(line, []byte(`"id":"c`)); i >= 0 {
				id := string(line[i+6 : i+6+bytes.IndexByte(line[i+6:], '"')])
				ids = append(ids, id)
				places[id] = fmt.Sprint(name, " ", at)
			}
			at += len(line)
		}
	}
	if len(rows) != len(ids) {
		t.Fatalf("%d rows, want %d", len(rows), len(ids))
	}
	kept := 0
	for i, r := range rows {
		want := ids[len(ids)-1] // the best copy comes first, and then the input's order
		if i > 0 {
			want = ids[i-1]
		}
		source := "one"
		if want[1] == '2' {
			source = "two"
		}
		if r.ID != want || r.Keeper != ids[len(ids)-1] || r.Size != int64(len(ids)) || r.Cluster != 1 || r.Step != "twins" || *r.Jaccard != 0.5 ||
			r.Source != source || fmt.Sprint(r.File, " ", r.Record) != places[want] {
			t.Errorf("row %d is %+v, want document %s", i, r, want)
		}
		if r.Kept {
			kept++
		}
	}
	if kept == 0 || kept == len(rows) {
		t.Errorf("%d of %d copies stay", kept, len(rows))
	}
}

// earlierStep is herdStep, for whose documents of even numbers the best copy is one of
// an earlier run.
type earlierStep struct{ herdStep }

func (s earlierStep) Member(decision []byte) (step.Membership, bool) {
	m, ok := s.herdStep.Member(decision)
	if ok && m.Kept {
		m.Keeper, m.Earlier = 1<<63, "long ago"
	}
	return m, ok
}

func TestClustersOfEarlierDocuments(t *testing.T) {
	in, out := corpus(t), filepath.Join(t.TempDir(), "out")
	p := herdPlan(t, in, out)
	p.Stages[0].Global[0].Global = earlierStep{}
	if err := curate(p, Options{Workers: 2}, context.Background()); err != nil {
		t.Fatal(err)
	}
	number := map[bool]int64{false: 1, true: 2}
	seen := map[bool]int{}
	for i, r := range readClusters(t, out) {
		if r.Kept == (r.Keeper != "long ago") || r.Cluster != number[r.Kept] {
			t.Errorf("row %d is %+v", i, r)
		}
		seen[r.Kept]++
	}
	if seen[true] == 0 || seen[false] == 0 {
		t.Errorf("rows of the two clusters: %v", seen)
	}
}

// Clusters and facts are the same for any workers, and after every fourth operation
// on the disk has failed once.
func TestClustersAlwaysTheSame(t *testing.T) {
	in := corpus(t)
	first := filepath.Join(t.TempDir(), "out")
	if err := curate(herdPlan(t, in, first), Options{Workers: 1}, context.Background()); err != nil {
		t.Fatal(err)
	}
	want := tree(t, first)
	if want[clustersName] == "" || want[filepath.Join(savedName, "twins")] == "" {
		t.Fatalf("there is no %s, or nothing is saved", clustersName)
	}
	for n := int64(0); ; n += 4 {
		out := filepath.Join(t.TempDir(), "out")
		p := herdPlan(t, in, out)
		disk := &spool.Failing{Disk: hasty{}, At: n}
		curate(p, Options{Workers: 2, Disk: disk, CommitEvery: 20 << 10}, context.Background())
		if err := curate(p, Options{Workers: 3, Disk: hasty{}, CommitEvery: 20 << 10}, context.Background()); err != nil && !errors.Is(err, ErrFinished) {
			t.Fatalf("after operation %d (%s) failed: %v", n, disk.Hit(), err)
		}
		sameTree(t, fmt.Sprintf("after operation %d (%s) failed", n, disk.Hit()), tree(t, out), want)
		r, err := Open(p, Options{Version: "test"})
		if !errors.Is(err, ErrFinished) {
			t.Fatal(err)
		}
		if f := r.Facts()["twins"]; len(f) != 2 || f[0].Name != "texts" || f[1].Name != "documents" || f[1].Value <= f[0].Value {
			t.Fatalf("facts are %v", f)
		}
		r.Close()
		if disk.Hit() == "" {
			return
		}
	}
}
