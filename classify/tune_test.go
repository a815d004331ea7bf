package classify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Tuning finds settings that learn where the given ones do not, the same ones with any
// number of threads, and ends when its time is over.
func TestTune(t *testing.T) {
	train, valid := Split(toyLines(), 0.3, 1)
	o := DefaultTraining()
	o.Dim, o.Epochs, o.Rate = 4, 1, 0.01
	var first []byte
	var told string
	for _, threads := range []int{1, 3} {
		o.Threads = threads
		var log strings.Builder
		m, best, err := Tune(context.Background(), train, valid, o, TuneOptions{Trials: 16, Memory: 1 << 20,
			Tried: func(x Trial) { fmt.Fprintln(&log, x) }})
		if err != nil {
			t.Fatal(err)
		}
		if p := precision(m, valid); p < 0.9 || best.Dim != m.Args.Dim {
			t.Errorf("precision %v with %+v\n%s", p, best, &log)
		}
		if first == nil {
			first, told = m.Bytes(), log.String()
		}
		if !bytes.Equal(first, m.Bytes()) || told != log.String() || strings.Count(told, "\n") != 16 {
			t.Errorf("%d threads tune otherwise:\n%s\n%s", threads, told, &log)
		}
	}
	if _, _, err := Tune(context.Background(), train, valid, o, TuneOptions{Budget: time.Nanosecond}); err == nil || !strings.Contains(err.Error(), "more time") {
		t.Errorf("%v", err)
	}
	if _, _, err := Tune(context.Background(), train, nil, o, TuneOptions{Trials: 1}); err == nil {
		t.Error("nothing to validate on, and no error")
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, _, err := Tune(ctx, train, valid, o, TuneOptions{Trials: 1, Budget: time.Hour}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Rows that are left after a cut learn what those that are gone knew; what is written
// reads back.
func TestRetrain(t *testing.T) {
	var lines []string
	for i := range uint64(600) { // each class has 150 words of its own
		c := 'a' + i%4
		lines = append(lines, fmt.Sprintf("%s%c %c%d %c%d %c%d", LabelPrefix, c, c, mix(i, 1)%150, c, mix(i, 2)%150, c, mix(i, 3)%150))
	}
	o := DefaultTraining()
	o.Dim, o.Epochs, o.Rate, o.WordNgrams, o.Buckets, o.Threads = 4, 3, 0.5, 2, 5000, 2
	m, err := Train(context.Background(), lines, o)
	if err != nil {
		t.Fatal(err)
	}
	before := m.Bytes()
	loss := map[string]float64{}
	for _, c := range []struct {
		name   string
		epochs int32
	}{{"cut", 0}, {"retrained", 20}} {
		o.Epochs = c.epochs
		o.Progress = nil
		r, err := Retrain(context.Background(), m, 300, lines, o)
		if err != nil {
			t.Fatal(err)
		}
		q, err := Quantise(r, QuantiseOptions{Width: 1})
		if err != nil {
			t.Fatal(err)
		}
		if q.input.rows != 300 {
			t.Errorf("%d rows", q.input.rows)
		}
		back, err := Read(q.Bytes())
		if err != nil || !bytes.Equal(back.Bytes(), q.Bytes()) {
			t.Fatalf("%s: %v", c.name, err)
		}
		p := NewPredictor(back)
		for _, line := range lines {
			for _, got := range p.Predict(nil, line, All, 0) {
				if strings.HasPrefix(line, LabelPrefix+back.Label(got.Label)+" ") {
					loss[c.name] -= log(float64(got.P))
				}
			}
		}
	}
	if !(loss["retrained"] < 0.5*loss["cut"]) {
		t.Errorf("losses %v", loss)
	}
	if !bytes.Equal(before, m.Bytes()) {
		t.Error("the model itself has changed")
	}
	if _, err := Retrain(context.Background(), &Model{Args: Args{Kind: SkipGram}}, 1, lines, o); err == nil {
		t.Error("a model without labels is trained again")
	}
}
