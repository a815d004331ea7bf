package engine

import (
	"errors"
	"io"

	"tamis/document"
	"tamis/plan"
	"tamis/shards"
)

// An input is all the files of a plan, in order, as the engine sees them.
type input struct {
	plan   *plan.Plan
	files  []inputFile
	forms  shards.Forms
	sample int64 // bytes of each source that are read; 0 is all
}

// An inputFile is one of them.
type inputFile struct {
	shards.File
	source int
	schema *shards.InputSchema // of a Parquet file
}

// newInput reads what must be known of the files before a record is read: the
// schemas of those that are Parquet.
func newInput(p *plan.Plan) (*input, error) {
	in := &input{plan: p}
	for i, s := range p.Sources {
		for _, f := range s.Files {
			file := inputFile{File: f, source: i}
			if f.Format == shards.Parquet {
				schema, err := shards.OpenInputSchema(f, s.Fields)
				if err != nil {
					return nil, err
				}
				file.schema = in.forms.Schema(in.forms.Add(schema))
			}
			in.files = append(in.files, file)
		}
	}
	return in, nil
}

// fields returns what looks up fields of records of a form.
func (in *input) fields(form int) document.Fields { return in.forms.Fields(form) }

// settle fixes the schema of the output.
func (in *input) settle(shape *shards.Shape, out shards.Output) (*shards.OutputSchema, error) {
	return shards.Settle(&in.forms, shape, in.plan.Sources, out)
}

// A parser makes documents of the blocks of all files. It is owned by one worker.
type parser struct {
	in      *input
	parsers map[any]shards.Parser
}

func (in *input) newParser() *parser { return &parser{in, map[any]shards.Parser{}} }

func (p *parser) parse(b *shards.Block, emit func(*document.Document) error, bad func(shards.Bad) error) error {
	f := &p.in.files[b.File]
	var key any = f.source
	if f.schema != nil {
		key = f.schema
	}
	if p.parsers[key] == nil {
		p.parsers[key] = p.in.parserFor(f)
	}
	return p.parsers[key].Parse(b, emit, bad)
}

func (in *input) parserFor(f *inputFile) shards.Parser {
	if f.schema != nil {
		return shards.NewParquetParser(f.schema, in.plan.Limits)
	}
	return shards.NewJSONParser(in.plan.Sources[f.source].Fields, in.plan.Limits)
}

// open opens a file behind a position of it.
func (in *input) open(at position) (shards.Reader, error) {
	f := in.files[at.File]
	if f.schema != nil {
		return shards.OpenParquetReader(f.File, f.schema, at.File, at.At, in.plan.Limits)
	}
	return shards.OpenReader(f.File, at.File, at.At, in.plan.Limits)
}

// A fileFeeder yields the blocks of all files, one file after the other.
type fileFeeder struct {
	in     *input
	at     position
	r      shards.Reader
	size   int64
	source int   // of the last block,
	read   int64 // and the bytes of it that were read
}

func (in *input) feeder(from position) (feeder, error) {
	f := &fileFeeder{in: in, at: from}
	for _, file := range in.files {
		f.size += max(0, file.Size)
	}
	return f, nil
}

func (f *fileFeeder) next(b *batch) error {
	for f.at.File < len(f.in.files) {
		if f.sampled() {
			f.leave()
			continue
		}
		if f.r == nil {
			r, err := f.in.open(f.at)
			if err != nil {
				return err
			}
			f.r = r
		}
		done, err := f.block(b)
		if err != nil || done {
			return err
		}
	}
	return io.EOF
}

// block reads the next block of the file at hand. It reports false where the file has
// no more, and goes on to the next one.
func (f *fileFeeder) block(b *batch) (bool, error) {
	b.lost = nil
	err := f.r.Next(&b.block)
	var lost *shards.Unreadable
	switch {
	case err == nil:
		f.at.At = b.block.End
	case errors.As(err, &lost):
		b.lost = lost
		b.block = shards.Block{File: f.at.File, Data: b.block.Data, Segment: true}
		f.leave()
	case err == io.EOF:
		f.leave()
		return false, nil
	default:
		return false, err
	}
	b.end, b.pause, b.bytes = f.at, b.block.Segment, b.block.Bytes
	f.read += b.bytes
	b.size = max(b.bytes, int64(len(b.block.Data)))
	return true, nil
}

// sampled reports whether enough of the source of the file at hand has been read.
func (f *fileFeeder) sampled() bool {
	if source := f.in.files[f.at.File].source; source != f.source {
		f.source, f.read = source, 0
	}
	return f.in.sample > 0 && f.read >= f.in.sample
}

// leave goes on to the next file.
func (f *fileFeeder) leave() {
	f.close()
	f.at = position{File: f.at.File + 1}
}

func (f *fileFeeder) total() int64 { return f.size }

func (f *fileFeeder) close() {
	if f.r != nil {
		f.r.Close()
		f.r = nil
	}
}

// drawn reports whether the weight of its source lets a document in.
func (in *input) drawn(d *document.Document) bool {
	if in.plan.Weights == nil {
		return true
	}
	w := in.plan.Weights[d.Source]
	return w >= 1 || draw(in.plan.Seed, drawWeight, d.Place) < w
}
