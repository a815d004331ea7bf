package shards

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"tamis/document"
)

func writeOne(t *testing.T, out Output, record string, edit func(*document.Document)) string {
	t.Helper()
	var b bytes.Buffer
	w, err := NewJSONLWriter(&b, out, []string{"web", "a \"forum\""}, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = NewJSONParser(testFields, DefaultLimits).Parse(&Block{Data: []byte(record)}, func(d *document.Document) error {
		edit(d)
		return w.Write(d)
	}, stopAtBad)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteColumns(t *testing.T) {
	columns := []Column{{"source", SourceColumn, 0}, {"score", SignalColumn, 0}, {"size", CountColumn, 1}, {"lang", LabelColumn, 0}}
	for _, c := range []struct {
		name, record string
		score, size  float64
		label, want  string
	}{
		{"all", `{"text":"t","n":1}`, 0.1, 3, "en", `{"text":"t","n":1,"tamis":{"source":"a \"forum\"","score":0.1,"size":3,"lang":"en"}}`},
		{"none", `{"text":"t"}`, math.NaN(), math.NaN(), "", `{"text":"t","tamis":{"source":"a \"forum\"","score":null,"size":null,"lang":null}}`},
		{"no number", `{"text":"t"}`, math.Inf(1), 0, "x", `{"text":"t","tamis":{"source":"a \"forum\"","score":null,"size":0,"lang":"x"}}`},
		{"shortest", `{"text":"t" }`, 1e21, 9007199254740992, "é\n", `{"text":"t" ,"tamis":{"source":"a \"forum\"","score":1e+21,"size":9007199254740992,"lang":"é\n"}}`},
		{"small", `{"text":"t"}`, -1.5e-7, -1, "x", `{"text":"t","tamis":{"source":"a \"forum\"","score":-1.5e-7,"size":-1,"lang":"x"}}`},
		{"name taken", `{"tamis":1,"text":"t"}`, 5, 1, "x", `{"text":"t","tamis":{"source":"a \"forum\"","score":5,"size":1,"lang":"x"}}`},
	} {
		got := writeOne(t, Output{Columns: columns}, c.record, func(d *document.Document) {
			d.Source, d.Signals, d.Labels = 1, []float64{c.score, c.size}, []string{c.label}
		})
		if got != c.want+"\n" {
			t.Errorf("%s:\n got %swant %s", c.name, got, c.want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s: no JSON", c.name)
		}
	}
	got := writeOne(t, Output{Columns: columns[:1], Under: "my \"own\""}, `{"text":"t"}`, func(*document.Document) {})
	if want := `{"text":"t","my \"own\"":{"source":"web"}}` + "\n"; got != want {
		t.Errorf("got %s", got)
	}
}

// A member goes with its comma; all other bytes stay.
func TestDropMembers(t *testing.T) {
	for _, c := range []struct{ name, record, want string }{
		{"a", `{"a":1,"b":2}`, `{"b":2}`},
		{"a", `{"b":2,"a":1}`, `{"b":2}`},
		{"a", `{ "b" : 2 , "a" : {"a":[1,"}"]} , "c" : 3 }`, `{ "b" : 2 , "c" : 3 }`},
		{"a", `{"a":1,"b":2,"a":3,"c":4,"a":5}`, `{"b":2,"c":4}`},
		{"a", `{"a":1 , "a":2, "b":3 }`, `{"b":3 }`},
		{"a", `{"a":1}`, `{}`},
		{"a", `{}`, `{}`},
		{"a", `{"b":{"a":1},"c":"\"a\":1","A":"a"}`, `{"b":{"a":1},"c":"\"a\":1","A":"a"}`},
		{"é", `{"\u00e9":1,"é":2,"e":3}`, `{"e":3}`},
		{"q\"", `{"q\"":1,"q":2}`, `{"q":2}`},
		{"\n", `{"\u000A":1,"n":2}`, `{"n":2}`},
	} {
		if got := string(dropMembers([]byte("before"+c.record), 6, c.name)); got != "before"+c.want {
			t.Errorf("%s without %q: %s, want %s", c.record, c.name, got, c.want)
		}
	}
}

// What is appended to a record takes the place of what an earlier run has appended.
func TestAppendWithReplaces(t *testing.T) {
	for record, want := range map[string]string{
		`{"tamis":{"source":"old"},"text":"t"}`:                      `{"text":"t","tamis":{"new":1}}`,
		`{"text":"\"tamis\"","x":{"tamis":1},"y":"tamis","tamis":2}`: `{"text":"\"tamis\"","x":{"tamis":1},"y":"tamis","tamis":{"new":1}}`,
	} {
		err := NewJSONParser(testFields, DefaultLimits).Parse(&Block{Data: []byte(record)}, func(d *document.Document) error {
			got, err := (*Forms)(nil).AppendWith(nil, d, DefaultUnder, []byte(`{"new":1}`))
			if string(got) != want {
				t.Errorf("%s became %s, want %s", record, got, want)
			}
			return err
		}, stopAtBad)
		if err != nil {
			t.Error(err)
		}
	}
}

// Numbers read back as what they were.
func TestColumnsRoundTrip(t *testing.T) {
	for _, v := range []float64{0, 0.1, 1.0 / 3, 5e-324, math.MaxFloat64, 123456789.123456789, 1e-6, 9.999999e-7, 1e20, 1e22} {
		got := writeOne(t, Output{Columns: []Column{{"v", SignalColumn, 0}}}, `{"text":"t"}`, func(d *document.Document) { d.Signals = []float64{v} })
		var r struct{ Tamis struct{ V float64 } }
		if err := json.Unmarshal([]byte(got), &r); err != nil || r.Tamis.V != v {
			t.Errorf("%v became %s (%v)", v, strings.TrimSpace(got), err)
		}
	}
}

// An edited text is written; all that is beside it stays.
func TestWriteEditedText(t *testing.T) {
	got := writeOne(t, Output{}, `{"a":"\u00e9", "text":"\u00e9 b", "n":1.0}`, func(d *document.Document) {
		d.Rewrite([]document.Edit{{Start: 2, End: 3, With: "\"\\\n\x01"}})
	})
	if want := `{"a":"\u00e9", "text":"é\"\\\n\u0001b", "n":1.0}` + "\n"; got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

// full is a disk with room for n bytes.
type full struct{ n int }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// A full disk is noticed, at Close at the latest.
func TestWriteToAFullDisk(t *testing.T) {
	for _, c := range []Compression{Plain, Gzip, Zstd} {
		for _, room := range []int{0, 1, 1000} {
			w, err := NewJSONLWriter(&full{room}, Output{Compression: c}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			records := strings.Join(testRecords(200), "\n")
			err = NewJSONParser(testFields, DefaultLimits).Parse(&Block{Data: []byte(records)}, w.Write, stopAtBad)
			if err == nil {
				err = w.Close()
			}
			if !errors.Is(err, errFull) {
				t.Errorf("%v with room for %d bytes: %v", compressionNames[c], room, err)
			}
		}
	}
}
