// Package shards reads other people's files and writes ours: JSONL and Parquet,
// read in segments and blocks, written in shards.
package shards

import (
	"errors"
	"math"
	"strconv"

	"tamis/document"
)

// A Format is how records lie in a file.
type Format uint8

// The formats.
const (
	JSONL Format = iota
	Parquet
)

// A Compression is what is around a JSONL file. Parquet compresses its own pages.
type Compression uint8

// The compressions.
const (
	Plain Compression = iota
	Gzip
	Zstd
)

// A File is one input file as the plan knows it.
type File struct {
	Path        string // as opened; "-" is standard input
	Format      Format
	Compression Compression
	Size        int64  // bytes on disk; -1 for standard input
	Sum         uint64 // fingerprint: of the size and of stretches of the content (see Fingerprint)
	// Modified is when the file was last written, in nanoseconds since 1970, so that
	// a change while it is read is noticed; 0 is not known. It changes no plan's hash.
	Modified int64
}

// Mapping says which fields hold what a document needs: paths of names joined by dots.
// A document has a text, or it is a conversation and has messages, or a prompt and a
// response.
type Mapping struct {
	Text, ID, URL                   string
	Messages                        string // a list of {role, content} or {from, value}
	System, Prompt, Input, Response string // strings, of which System and Input may be missing
}

// A Source is the files of one source and what their fields mean.
type Source struct {
	Name    string
	Files   []File
	Fields  Mapping
	License string // of its documents, for the dataset card; "" is unknown
}

// Limits keep hostile input from exhausting memory.
type Limits struct {
	Line    int   // bytes of a JSONL line; longer ones are quarantined
	Batch   int   // bytes of a block, about
	Segment int64 // bytes of a segment of JSONL, about
}

// DefaultLimits are what a recipe gets that says nothing.
var DefaultLimits = Limits{Line: 64 << 20, Batch: 1 << 20, Segment: 64 << 20}

// A Block is the raw material of one batch: a reader fills it, a worker parses it.
// Blocks are reused.
type Block struct {
	File     int    // index over all files of the plan
	Name     string // base name of the file, for the ids of records that have none
	At, End  int64  // records that begin in [At, End): bytes of the decompressed file, or rows
	Bytes    int64  // bytes on disk that it stands for, for the progress line
	Segment  bool   // the block ends its segment: the run may be committed behind it
	Data     []byte
	long     int64 // JSONL: bytes of the one line, over the limit, whose head Data is; 0 otherwise
	rowGroup int   // Parquet: where the worker finds the rows
	rows     any   // Parquet: rows decoded by the reader, where a row group is too large for one worker
}

// A Reader finds boundaries and hands over blocks; it does not look into records.
type Reader interface {
	// Next fills b with the next block. It returns io.EOF behind the last one, a
	// *Unreadable where the rest of the file cannot be read, which ends the segment
	// too, and an error that wraps ErrChanged where the file is no longer what the
	// plan saw: then no block of it can be trusted.
	Next(b *Block) error
	Close() error
}

// A Parser makes documents of blocks. It is owned by one worker.
type Parser interface {
	// Parse calls emit for every document of the block, in order, and bad for every
	// record that cannot become one. The document is valid during the call; its
	// Source is the caller's to set. An error of emit or bad ends the parse and is returned.
	Parse(b *Block, emit func(*document.Document) error, bad func(Bad) error) error
}

// ErrChanged says that a file is not what it was when the plan was made.
var ErrChanged = errors.New("changed while it was read")

// Unreadable says from where on a file cannot be read.
type Unreadable struct {
	Path string
	At   int64 // byte of the decompressed file, or row
	Lost int64 // records that are known to be lost, at least 1
	Err  error
}

func (u *Unreadable) Error() string { return u.Path + ": " + u.Err.Error() }
func (u *Unreadable) Unwrap() error { return u.Err }

// A Bad record is one that cannot become a document.
type Bad struct {
	At     int64  // byte of the decompressed file, or row
	Lost   int64  // records that it stands for: 1, or the rows of a page that cannot be read
	Raw    []byte // the record, cut to 64 KiB; nil where there is nothing to show
	Reason string
}

// A Column is a value that the run adds to each document, below the output's
// struct or object.
type Column struct {
	Name string // e.g. "quality_score"
	Kind ColumnKind
	Slot int // of document.Document.Signals or Labels
}

// A ColumnKind says where a Column's value is found and what type it has.
type ColumnKind uint8

// The kinds of columns.
const (
	SignalColumn ColumnKind = iota // float64, null where not measured
	CountColumn                    // int64 out of Signals: wholeNumber of them
	LabelColumn                    // string out of Labels, null where empty
	SourceColumn                   // the name of the source
	TruthColumn                    // true or false out of Signals, null where not measured
)

// wholeNumber cuts a number at its point; one beyond 64 bits becomes the nearest of them,
// on every processor.
func wholeNumber(v float64) int64 {
	switch {
	case v >= 0x1p63:
		return math.MaxInt64
	case v < -0x1p63:
		return math.MinInt64
	}
	return int64(v)
}

// Output says how shards are written.
type Output struct {
	Format      Format
	Compression Compression // of JSONL; Parquet is zstd
	Columns     []Column
	Under       string // name of the struct or object that holds the columns; default "tamis"
	RowGroup    int64  // bytes of text in a row group, default 32 MiB
}

// A Shard is one output file as the manifest lists it.
type Shard struct {
	File   string `json:"file"` // relative to the run directory
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// A Writer writes one shard. It is owned by one goroutine.
type Writer interface {
	Write(d *document.Document) error
	// Close ends the file, not the io.Writer below it.
	Close() error
}

// PlaceID appends the id of a record that has none: the file's base name and the
// record's place, such as "web-007.jsonl:1048576".
func PlaceID(dst []byte, name string, record int64) []byte {
	return strconv.AppendInt(append(append(dst, name...), ':'), record, 10)
}
