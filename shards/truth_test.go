package shards

import (
	"math"
	"testing"

	"tamis/document"
)

// Truths are written as such, in JSON and in Parquet.
func TestTruthColumn(t *testing.T) {
	column := Column{"yes", TruthColumn, 0}
	for _, c := range []struct {
		value float64
		want  string
	}{{1, "true"}, {0, "false"}, {math.NaN(), "null"}} {
		set := func(d *document.Document) { d.Signals = []float64{c.value} }
		if got, want := writeOne(t, Output{Columns: []Column{column}}, `{"text":"t"}`, set), `{"text":"t","tamis":{"yes":`+c.want+"}}\n"; got != want {
			t.Errorf("%v is written as %s", c.value, got)
		}
		d := &document.Document{Signals: []float64{c.value}}
		v := columnValue(column, d, nil)
		if null := math.IsNaN(c.value); v.IsNull() != null || !null && v.Boolean() != (c.value == 1) {
			t.Errorf("%v becomes %v in Parquet", c.value, v)
		}
	}
}
