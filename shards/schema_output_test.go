package shards

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tamis/document"
)

// A testInput is a source: a file of Parquet, or lines of JSON.
type testInput struct {
	text  string
	file  string
	lines string
}

// settleAndWrite writes the documents of sources as one shard.
func settleAndWrite(t *testing.T, out Output, inputs ...testInput) ([]byte, error) {
	t.Helper()
	forms, shape := &Forms{}, &Shape{}
	var sources []Source
	each := func(f func(*document.Document) error) {
		for i, in := range inputs {
			m := sources[i].Fields
			g := func(d *document.Document) error {
				d.Source, d.Signals, d.Labels = i, []float64{0.5, 3}, []string{"de"}
				return f(d)
			}
			if in.file != "" {
				s, _, err := OpenParquetInput(in.file, m)
				if err != nil {
					t.Fatal(err)
				}
				eachRow(t, in.file, forms.Schema(forms.Add(s)), g)
				continue
			}
			b := &Block{File: i, Data: []byte(in.lines)}
			if err := NewJSONParser(m, DefaultLimits).Parse(b, g, stopAtBad); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, in := range inputs {
		sources = append(sources, Source{Name: string(rune('a' + i)), Fields: Mapping{Text: in.text, ID: "id", URL: "url"}})
	}
	each(func(d *document.Document) error { shape.Observe(d); return nil })
	out.Format = Parquet
	o, err := Settle(forms, shape, sources, out)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := o.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	each(func(d *document.Document) error {
		if err := w.Write(d); err != nil {
			t.Fatal(err)
		}
		return nil
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), nil
}

// rowsAsJSON reads a shard back: its columns with their types, then its rows.
func rowsAsJSON(t *testing.T, shard []byte, text string) (columns string, rows []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shard.parquet")
	if err := os.WriteFile(path, shard, 0o666); err != nil {
		t.Fatal(err)
	}
	m := Mapping{Text: text}
	s, _, err := OpenParquetInput(path, m)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := readParquetRows(path, m, 0, wholeGroup, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range got {
		rows = append(rows, r.json+r.bad)
	}
	return s.columns(), rows
}

// writeInput writes JSON lines as a file of Parquet, to be an input.
func writeInput(t *testing.T, text, lines string) string {
	t.Helper()
	shard, err := settleAndWrite(t, Output{}, testInput{text: text, lines: lines})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "in.parquet")
	if err := os.WriteFile(path, shard, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// Each case is worked out by hand from the rules at OutputSchema.
func TestSettle(t *testing.T) {
	for _, c := range []struct {
		name    string
		out     Output
		inputs  []testInput
		text    string
		columns string
		rows    string
	}{
		{
			name:    "JSON alone: types of members, the text where it is",
			inputs:  []testInput{{text: "doc.body", lines: `{"n":1,"f":1,"doc":{"body":"A","lang":"en"},"b":true,"none":null}` + "\n" + `{"f":0.5,"doc":{"body":"B"},"l":[1,null],"o":[{"x":"1"},{"y":[]}]}`}},
			text:    "doc.body",
			columns: "n (int64), f (double), doc.body (string), doc.lang (string), b (boolean), none (string), l (list of int64), o (list of struct)",
			rows: `{"n":1,"f":1,"doc":{"body":"A","lang":"en"},"b":true,"none":null,"l":null,"o":null}
{"n":null,"f":0.5,"doc":{"body":"B","lang":null},"b":null,"none":null,"l":[1,null],"o":[{"x":"1","y":null},{"x":null,"y":[]}]}`,
		},
		{
			name: "values without a type in common are JSON",
			inputs: []testInput{{text: "t", lines: `{"t":"A","m":1,"big":12345678901234567890,"empty":{},"i":9007199254740993}` + "\n" +
				`{"t":"B","m":"x","i":0.5}` + "\n" + `{"m":{"a": [1]},"t":"C"}`}},
			text:    "t",
			columns: "t (string), m (string), big (string), empty (string), i (string)",
			rows: `{"t":"A","m":"1","big":"12345678901234567890","empty":"{}","i":"9007199254740993"}
{"t":"B","m":"\"x\"","big":null,"empty":null,"i":"0.5"}
{"t":"C","m":"{\"a\": [1]}","big":null,"empty":null,"i":null}`,
		},
		{
			name:    "texts of different names meet, what has the name already gives way",
			inputs:  []testInput{{text: "content", lines: `{"content":"A","text":"summary"}`}, {text: "doc.text", lines: `{"doc":{"text":"B","lang":"de"}}`}, {text: "doc.text", lines: `{"doc":{"text":"C"}}`}},
			text:    "text",
			columns: "text (string), text_ (string), doc.lang (string)",
			rows: `{"text":"A","text_":"summary","doc":null}
{"text":"B","text_":null,"doc":{"lang":"de"}}
{"text":"C","text_":null,"doc":{"lang":null}}`,
		},
		{
			name:    "and takes no other column's name",
			inputs:  []testInput{{text: "content", lines: `{"content":"A","text":"summary","text_":7}`}, {text: "body", lines: `{"body":"B","text__":1}`}},
			text:    "text",
			columns: "text (string), text___ (string), text_ (int64), text__ (int64)",
			rows: `{"text":"A","text___":"summary","text_":7,"text__":null}
{"text":"B","text___":null,"text_":null,"text__":1}`,
		},
		{
			name:    "what is text here may be something else there",
			inputs:  []testInput{{text: "a", lines: `{"a":"A","b":[1]}`}, {text: "b", lines: `{"a":"other","b":"B"}`}},
			text:    "text",
			columns: "text (string), a (string), b (list of int64)",
			rows: `{"text":"A","a":null,"b":[1]}
{"text":"B","a":"other","b":null}`,
		},
		{
			name: "Parquet and JSON: widened numbers, nested columns that agree, the rest as JSON",
			inputs: []testInput{{text: "text", file: "testdata/v1-snappy.parquet"},
				{text: "text", lines: `{"text":"Z","double":3,"int64":4,"bool":1,"structs":[{"a":1,"b":"x"}],"lists":[[1]],"map":{"k":2},"metadata":{"url":"u"},"new":[]}`}},
			text:    "text",
			columns: "id (string), text (string), bool (string), int64 (int64), double (double), fixed (fixed_len_byte_array), lists (string), structs (list of struct), map (string), metadata (string), new (list of string)",
			rows: `{"id":"doc-1","text":"lamp","bool":"false","int64":9223372036854775806,"double":0.14285714285714285,"fixed":"AQEBAQE=","lists":"[[0]]","structs":[{"a":0,"b":"b0"}],"map":"{\"k0\":null}","metadata":"{\"url\":\"http://example.org/1\",\"lang\":\"de\",\"scores\":{\"a\":0.3333333333333333,\"b\":null}}","new":null}
{"id":null,"text":"Z","bool":"1","int64":4,"double":3,"fixed":null,"lists":"[[1]]","structs":[{"a":1,"b":"x"}],"map":"{\"k\":2}","metadata":"{\"url\":\"u\"}","new":[]}`,
		},
		{
			name:    "ids of numbers and of strings",
			inputs:  []testInput{{text: "text", lines: `{"id":7,"text":"A"}`}, {text: "text", file: "testdata/duckdb.parquet"}, {text: "text", lines: `{"id":"x","text":"B"}`}},
			text:    "text",
			columns: "id (string), text (string), l (list of int), s.a (double), s.b (date), d (decimal(18,3))",
			rows: `{"id":"0","text":"row 0","l":[0,null],"s":{"a":0,"b":"2020-02-29"},"d":"0.000"}
{"id":"7","text":"A","l":null,"s":null,"d":null}
{"id":"x","text":"B","l":null,"s":null,"d":null}`,
		},
		{
			name:    "the run's own columns, in place of older ones",
			out:     Output{Columns: testColumns},
			inputs:  []testInput{{text: "text", lines: `{"text":"A","tamis":{"old":1},"id":1}`}},
			text:    "text",
			columns: "text (string), id (int64), tamis.score (double), tamis.copies (int64), tamis.lang (string), tamis.source (string)",
			rows:    `{"text":"A","id":1,"tamis":{"score":0.5,"copies":3,"lang":"de","source":"a"}}`,
		},
		{
			name:    "no documents",
			out:     Output{Columns: testColumns[3:], Under: "run"},
			inputs:  []testInput{{text: "text"}},
			text:    "text",
			columns: "text (string), run.source (string)",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			shard, err := settleAndWrite(t, c.out, c.inputs...)
			if err != nil {
				t.Fatal(err)
			}
			columns, rows := rowsAsJSON(t, shard, c.text)
			if columns != c.columns {
				t.Errorf("columns\n%s, want\n%s", columns, c.columns)
			}
			var want []string
			if c.rows != "" {
				want = strings.Split(c.rows, "\n")
			}
			for _, w := range want {
				if !strings.Contains("\n"+strings.Join(rows, "\n")+"\n", "\n"+w+"\n") {
					t.Errorf("no row %s in\n%s", w, strings.Join(rows, "\n"))
				}
			}
			if len(want) == 0 && len(rows) > 0 {
				t.Errorf("rows %s", rows)
			}
		})
	}
}

// A column of integers that are exact as doubles joins one of doubles, others do not.
func TestSettleNumbers(t *testing.T) {
	ints := writeInput(t, "text", `{"text":"A","n":9007199254740993}`)
	for _, c := range []struct{ file, lines, want string }{
		{ints, `{"text":"B","n":0.5}`, "n (string)"},
		{ints, `{"text":"B","n":5}`, "n (int64)"},
		{ints, `{"text":"B","n":null}`, "n (int64)"},
		{writeInput(t, "text", `{"text":"A","n":0.5}`), `{"text":"B","n":5}`, "n (double)"},
		{writeInput(t, "text", `{"text":"A","n":0.5}`), `{"text":"B","n":9007199254740993}`, "n (string)"},
	} {
		shard, err := settleAndWrite(t, Output{}, testInput{text: "text", file: c.file}, testInput{text: "text", lines: c.lines})
		if err != nil {
			t.Fatal(err)
		}
		if columns, _ := rowsAsJSON(t, shard, "text"); columns != "text (string), "+c.want {
			t.Errorf("%s: %s, want %s", c.lines, columns, c.want)
		}
	}
}

// The struct of the run's own columns cannot have the name of the text.
func TestSettleRefuses(t *testing.T) {
	file := writeInput(t, "tamis", `{"tamis":"A"}`)
	for _, in := range []testInput{{text: "tamis", lines: `{"tamis":"A"}`}, {text: "tamis", file: file}} {
		if _, err := settleAndWrite(t, Output{Columns: testColumns}, in); err == nil || !strings.Contains(err.Error(), `"tamis"`) {
			t.Errorf("%+v: %v", in, err)
		}
	}
}

// Steps find fields of every kind in rows of Parquet.
func TestParquetLookup(t *testing.T) {
	const path = "testdata/kinds.parquet"
	s, _, err := OpenParquetInput(path, fixtureFields(path))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]document.Value{
		"id":                {Kind: document.String, Str: "doc-3"},
		"bool":              {Kind: document.Bool, Num: 1},
		"int8":              {Kind: document.Number, Num: -27},
		"uint32":            {Kind: document.Number, Num: 1<<32 - 4},
		"int64":             {Kind: document.Number, Num: 1 << 63, Str: "9223372036854775804"},
		"uint64":            {Kind: document.Number, Num: 1 << 64, Str: "18446744073709551612"},
		"float16":           {Kind: document.Number, Num: -2.625},
		"double":            {Kind: document.Number, Num: math.NaN()},
		"text":              {Kind: document.String, Str: "bridge stone чай"},
		"binary":            {Kind: document.String, Str: "A/wA"},
		"decimal9":          {Kind: document.String, Str: "-0.27"},
		"date":              {Kind: document.String, Str: "1908-03-17"},
		"ts_utc":            {Kind: document.String, Str: "1948-09-26T00:00:03.703701Z"},
		"nothing":           {},
		"list":              {Kind: document.Other, Str: "[0,1,2]"},
		"map":               {Kind: document.Other, Str: "{}"},
		"metadata.url":      {Kind: document.String, Str: "http://example.org/3"},
		"metadata.scores":   {Kind: document.Other, Str: `{"a":1,"b":null}`},
		"metadata.scores.b": {},
		"fixed_list":        {Kind: document.Other, Str: "[1.5,0.75]"},
	}
	eachRow(t, path, s, func(d *document.Document) error {
		if d.Place.Record != 3 {
			return nil
		}
		for field, w := range want {
			got, ok := d.Fields.Lookup(d, field)
			if !ok || got.Kind != w.Kind || got.Str != w.Str ||
				got.Num != w.Num && !(math.IsNaN(got.Num) && math.IsNaN(w.Num)) {
				t.Errorf("%s: %+v, %v, want %+v", field, got, ok, w)
			}
		}
		if v, ok := d.Fields.Lookup(d, "metadata.nowhere"); ok {
			t.Errorf("what is not there is %+v", v)
		}
		return nil
	})
}
