package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tamis/document"
	"tamis/plan"
	"tamis/shards"
	"tamis/step"
)

// chats writes three files of conversations: the answers of some are equal while their
// prompts differ, and some have stars on both sides.
func chats(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for f := range 3 {
		var b strings.Builder
		for i := range 300 {
			answer := fmt.Sprintf("the answer %d of file %d has * stars *", i, f)
			if i%5 == 0 {
				answer = "an answer that comes again and again"
			}
			who, what := "role", "content"
			if i%2 == 0 {
				who, what = "from", "value"
			}
			fmt.Fprintf(&b, `{"id":"d%d-%d","messages":[{%q:"user",%q:"question %d*"},{%q:"assistant",%q:%q,"n":1e%d}],"x":"\u0041"}`+"\n",
				f, i, who, what, i, who, what, answer, i%9)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("in-%d.jsonl", f)), []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// ofResponses makes all steps of the test plan look at the answers alone.
func ofResponses(p *plan.Plan) {
	for i := range p.Sources {
		p.Sources[i].Fields = shards.Mapping{Messages: "messages", ID: "id"}
	}
	for _, s := range p.Steps {
		s.Of = document.Response
	}
}

func TestStepsLookAtTheResponse(t *testing.T) {
	got := golden(t, chats(t), ofResponses)
	var all strings.Builder
	for name, data := range got {
		if strings.HasPrefix(name, dataName) {
			all.WriteString(data)
		}
	}
	lines := strings.Split(strings.TrimSpace(all.String()), "\n")
	if len(lines) != 900-3*60+1 {
		t.Errorf("%d conversations stay: of those with equal answers one should", len(lines))
	}
	for _, l := range lines {
		if strings.Contains(l, "has *") || !strings.Contains(l, `*"},{`) || !strings.Contains(l, `"x":"\u0041"`) {
			t.Fatalf("the answer alone should be edited: %s", l)
		}
	}
	if want := `{"from":"assistant","value":"the answer 2 of file 0 has star stars star","n":1e2}`; !strings.Contains(all.String(), want) {
		t.Errorf("no conversation has %s", want)
	}
}

// doubtStep sends back what has a 7 in it.
type doubtStep struct{}

func (doubtStep) Judge(d *document.Document, m *step.Meter) step.Verdict {
	m.Hold(0, float64(30-20*min(1, strings.Count(d.Text(), "7"))))
	v := m.Verdict()
	v.Review = v.Removed
	return v
}

// What a step sends back is written whatever the recipe says of rejects, and counted as
// removed.
func TestReview(t *testing.T) {
	got := golden(t, chats(t), func(p *plan.Plan) {
		ofResponses(p)
		p.Stages[0].Local[0].Local = doubtStep{}
		p.Output.Rejects = plan.RejectNone
	})
	lines := strings.Count(got[reviewDir+"/short.jsonl"], "\n")
	if want := `"tamis":{"removed_by":"short.bytes","value":10}`; lines != strings.Count(got[reviewDir+"/short.jsonl"], want) || lines < 100 {
		t.Errorf("%d documents are sent back", lines)
	}
	for name := range got {
		if strings.HasPrefix(name, rejectsDir) {
			t.Errorf("there is %s", name)
		}
	}
}

// Conversations give the same bytes for any number of workers and after any
// interruption, in both formats.
func TestConversationsAreTheSameInEveryRun(t *testing.T) {
	in := chats(t)
	for _, format := range []shards.Format{shards.JSONL, shards.Parquet} {
		change := func(p *plan.Plan) {
			ofResponses(p)
			p.Stages[0].Local[0].Local = doubtStep{}
			p.Output.Format, p.Output.Shuffle = format, true
		}
		want := golden(t, in, change)
		for _, workers := range []int{2, 7} {
			out := filepath.Join(t.TempDir(), "out")
			p := testPlan(t, in, out)
			change(p)
			for n := 0; ; n++ {
				err := interrupted(p, workers, 3+5*n)
				if err == nil {
					break
				}
				if !errors.Is(err, ErrInterrupted) || n > 40 {
					t.Fatal(err)
				}
			}
			sameTree(t, fmt.Sprintf("%d workers", workers), tree(t, out), want)
		}
	}
}

// interrupted runs a plan until some progress has been told.
func interrupted(p *plan.Plan, workers, after int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := Open(p, Options{Workers: workers, Version: "test", CommitEvery: 4 << 10})
	if err != nil {
		r.Close()
		return err
	}
	defer r.Close()
	err = r.Do(ctx, Events{Progress: func(Progress) {
		if after--; after == 0 {
			cancel()
		}
	}})
	if err != nil {
		return err
	}
	return r.Finish()
}
