package shards

import (
	"bufio"
	"io"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tamis/document"
)

// DefaultUnder is the name of the struct or object that holds the run's columns.
const DefaultUnder = "tamis"

// A JSONLWriter writes a shard of JSONL: each record as it was read, with its text as
// it is now and, last, a member with the run's columns:
//
//	{"id":7,"text":"Hello.","tamis":{"source":"web","quality_score":0.93}}
//
// It takes the place of a member of that name, such as an earlier run has written. Without
// columns nothing is added. The same documents give the same bytes.
type JSONLWriter struct {
	out     Output
	sources []string
	forms   *Forms
	w       io.Writer
	close   func() error
	line    []byte
}

// NewJSONLWriter returns a writer of a shard into w. Sources are the names of the plan's
// sources; forms may be nil where all documents are of form 0.
func NewJSONLWriter(w io.Writer, out Output, sources []string, forms *Forms) (*JSONLWriter, error) {
	if out.Under == "" {
		out.Under = DefaultUnder
	}
	j := &JSONLWriter{out: out, sources: sources, forms: forms}
	switch out.Compression {
	case Gzip:
		z := gzip.NewWriter(w)
		j.w, j.close = z, z.Close
	case Zstd:
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		j.w, j.close = z, z.Close
	default:
		b := bufio.NewWriterSize(w, 256<<10)
		j.w, j.close = b, b.Flush
	}
	return j, nil
}

// Write implements Writer.
func (j *JSONLWriter) Write(d *document.Document) error {
	line, err := j.forms.appendRecord(j.line[:0], d)
	if err != nil {
		return err
	}
	if len(j.out.Columns) > 0 {
		if mayHave(d, j.out.Under) {
			line = dropMembers(line, 0, j.out.Under)
		}
		line = j.appendColumns(line, d)
	}
	j.line = append(line, '\n')
	_, err = j.w.Write(j.line)
	return err
}

// Close implements Writer.
func (j *JSONLWriter) Close() error { return j.close() }

// appendRecord appends the JSON object of a document of any form.
func (f *Forms) appendRecord(dst []byte, d *document.Document) ([]byte, error) {
	if d.Form == 0 {
		return AppendRecord(dst, d), nil
	}
	return f.Schema(d.Form).AppendJSON(dst, d)
}

// appendColumns appends the member with the columns to the object that record ends with.
func (j *JSONLWriter) appendColumns(record []byte, d *document.Document) []byte {
	dst := record[:len(record)-1]
	if dst[len(dst)-1] != '{' { // an object of no members has white space at most
		dst = append(dst, ',')
	}
	dst = append(AppendQuote(dst, j.out.Under), ":{"...)
	for i, c := range j.out.Columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendQuote(dst, c.Name), ':')
		dst = j.appendColumn(dst, c, d)
	}
	return append(dst, "}}"...)
}

// appendColumn appends one value; null is what was not measured, and what JSON has no
// number for.
func (j *JSONLWriter) appendColumn(dst []byte, c Column, d *document.Document) []byte {
	switch c.Kind {
	case SourceColumn:
		return AppendQuote(dst, j.sources[d.Source])
	case LabelColumn:
		if s := d.Labels[c.Slot]; s != "" {
			return AppendQuote(dst, s)
		}
	case CountColumn:
		if v := d.Signals[c.Slot]; !math.IsNaN(v) {
			return strconv.AppendInt(dst, wholeNumber(v), 10)
		}
	case TruthColumn:
		if v := d.Signals[c.Slot]; !math.IsNaN(v) {
			return strconv.AppendBool(dst, v != 0)
		}
	case SignalColumn:
		if v := d.Signals[c.Slot]; !math.IsNaN(v) && !math.IsInf(v, 0) {
			return jsontext.AppendFloat(dst, v, 64) // shortest that reads back as the same
		}
	}
	return append(dst, "null"...)
}
