package dedup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// An index is what a step saves of its documents, so that a later run can compare its
// own with them. It is a block file:
//
//	head       h | "tamis index 1\n" | a line "name=value" for each setting that must agree
//	documents  d | for each document: flags | id | sketch without its keep key
//	texts      t | for each document: its text; only where texts are compared
//	foot       f | documents (u64)
//
// Ids, sketches and texts stand behind their lengths (uvarint); integers are
// big-endian. Documents and texts come in the order of the input.
type index struct {
	path      string
	documents uint64
	texts     bool
	from, to  int64 // where the blocks of documents begin and end
	end       int64 // where those of texts end
}

const (
	indexHead      = 'h'
	indexDocuments = 'd'
	indexTexts     = 't'
	indexFoot      = 'f'

	indexFormat = "tamis index 1\n"
	indexBlock  = 1 << 20 // bytes of a payload, about
	indexFolder = "index" // of a run directory
)

// flagKept is the flag of a document that its run has kept.
const flagKept = 1

// An agreed is a setting that two runs must share for their sketches to be comparable.
type agreed struct{ name, value string }

// agreedText writes settings as the head has them.
func agreedText(settings []agreed) string {
	var b strings.Builder
	for _, s := range settings {
		fmt.Fprintf(&b, "%s=%s\n", s.name, strings.ReplaceAll(s.value, "\n", " "))
	}
	return b.String()
}

// openIndexOf opens the index at a path: a file, or a run directory that holds one of a
// step of that name.
func openIndexOf(path, name string, env *step.Env) (io.ReadCloser, string, error) {
	inside := filepath.Join(path, indexFolder, name)
	if f, err := env.Open(inside); err == nil {
		return f, inside, nil
	}
	f, err := env.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("%s is neither an index nor a run directory with %s; index: true in the earlier run's %s saves one (%w)",
			path, filepath.Join(indexFolder, name), name, err)
	}
	return f, path, nil
}

// readIndex reads an index from its first byte to its last, and refuses one that is
// damaged, or whose settings are not the wanted ones.
func readIndex(path, name string, env *step.Env, want []agreed, texts bool) (*index, error) {
	file, path, err := openIndexOf(path, name, env)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	c := indexChecker{index: index{path: path}, want: want}
	if err := spool.ReadBlocks(path, file, c.block); err != nil {
		return nil, err
	}
	switch {
	case !c.foot:
		return nil, fmt.Errorf("%s: the foot is missing: the file was cut short", path)
	case texts && !c.index.texts && c.documents > 0:
		return nil, fmt.Errorf("%s was saved without texts; verify: true compares them, so save it with verify: true, or set verify: false here", path)
	}
	return &c.index, nil
}

// An indexChecker holds the blocks of an index against its format.
type indexChecker struct {
	index
	want []agreed
	kind byte // of the block before
	foot bool
	seen uint64 // texts
}

func (c *indexChecker) block(at int64, payload []byte) error {
	kind, body := byte(0), payload
	if len(payload) > 0 {
		kind, body = payload[0], payload[1:]
	}
	before := c.kind
	c.kind = kind
	var err error
	switch {
	case before == 0 && kind == indexHead:
		err = c.head(body)
	case before == 0:
		return fmt.Errorf("%s is no index of tamis", c.path)
	case kind == indexDocuments && (before == indexHead || before == indexDocuments):
		err = cutDocuments(body, func(byte, []byte, []byte) error { c.index.documents++; return nil })
	case kind == indexTexts && (before == indexDocuments || before == indexTexts):
		c.index.texts = true
		err = cutTexts(body, func([]byte) error { c.seen++; return nil })
	case kind == indexFoot && before != indexFoot:
		err = c.end(body)
	default:
		err = fmt.Errorf("a block of kind %q behind one of kind %q", kind, before)
	}
	c.bounds(at, kind, before)
	if err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	return nil
}

// bounds notes where the parts of the file begin and end.
func (c *indexChecker) bounds(at int64, kind, before byte) {
	if before == indexHead {
		c.from, c.to, c.index.end = at, at, at
	}
	if kind == indexTexts && before != indexTexts || kind == indexFoot && before == indexDocuments {
		c.to = at
	}
	if kind == indexFoot {
		c.index.end = at
	}
}

// head compares the settings, line by line.
func (c *indexChecker) head(body []byte) error {
	settings, ok := strings.CutPrefix(string(body), indexFormat)
	if !ok {
		first, _, _ := strings.Cut(string(body), "\n")
		return fmt.Errorf("this is %.40q, and %q is what can be read", first, strings.TrimSpace(indexFormat))
	}
	has := map[string]string{}
	for line := range strings.Lines(settings) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		has[name] = value
	}
	for _, w := range c.want {
		if was, ok := has[w.name]; !ok {
			return fmt.Errorf("the index does not say which %s it was made with; save it again", w.name)
		} else if was != strings.ReplaceAll(w.value, "\n", " ") {
			return fmt.Errorf("the index was made with %s: %s, this step has %s; they must agree", w.name, was, w.value)
		}
	}
	return nil
}

func (c *indexChecker) end(body []byte) error {
	c.foot = true
	if len(body) != 8 || binary.BigEndian.Uint64(body) != c.index.documents || c.index.texts && c.seen != c.index.documents {
		return fmt.Errorf("the foot does not fit to %d documents and %d texts", c.index.documents, c.seen)
	}
	return nil
}

var errPart = errors.New("a block ends within a document")

// cutDocuments calls f for the documents of a block.
func cutDocuments(body []byte, f func(flags byte, id, sketch []byte) error) error {
	for len(body) > 0 {
		flags := body[0]
		id, rest, ok := cutPart(body[1:])
		if !ok {
			return errPart
		}
		sketch, rest, ok := cutPart(rest)
		if !ok {
			return errPart
		}
		if err := f(flags, id, sketch); err != nil {
			return err
		}
		body = rest
	}
	return nil
}

// cutTexts calls f for the texts of a block.
func cutTexts(body []byte, f func(text []byte) error) error {
	for len(body) > 0 {
		text, rest, ok := cutPart(body)
		if !ok {
			return errPart
		}
		if err := f(text); err != nil {
			return err
		}
		body = rest
	}
	return nil
}

func cutPart(b []byte) (part, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	return b[size : size+int(n)], b[size+int(n):], true
}

func appendPart(dst, part []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(part))), part...)
}

// each calls f for the payloads, without their kinds, of the blocks in [from, to).
func (x *index) each(disk spool.Disk, from, to int64, f func(body []byte) error) error {
	if from == to {
		return nil
	}
	rd, err := spool.OpenRange(&spool.Dir{Disk: disk, Path: filepath.Dir(x.path)}, filepath.Base(x.path), from, to)
	if err != nil {
		return err
	}
	defer rd.Close()
	return rd.Each(func(payload []byte) error {
		if len(payload) == 0 {
			return fmt.Errorf("%s: an empty block: the file was changed", x.path)
		}
		return f(payload[1:])
	})
}

// eachDocument calls f for all documents in order.
func (x *index) eachDocument(disk spool.Disk, f func(i uint64, flags byte, id, sketch []byte) error) error {
	i := uint64(0)
	err := x.each(disk, x.from, x.to, func(body []byte) error {
		return cutDocuments(body, func(flags byte, id, sketch []byte) error {
			i++
			return f(i-1, flags, id, sketch)
		})
	})
	return x.whole(err, i)
}

// eachText calls f with a document for each text that is wanted.
func (x *index) eachText(disk spool.Disk, want func(i uint64) bool, f func(i uint64, d *document.Document) error) error {
	var d document.Document
	i := uint64(0)
	err := x.each(disk, x.to, x.end, func(body []byte) error {
		return cutTexts(body, func(text []byte) error {
			i++
			if !want(i - 1) {
				return nil
			}
			d.SetText(string(text))
			return f(i-1, &d)
		})
	})
	return x.whole(err, i)
}

func (x *index) whole(err error, n uint64) error {
	if err == nil && n != x.documents {
		return fmt.Errorf("%s: %d documents instead of %d: the file was changed while the run was at work", x.path, n, x.documents)
	}
	return err
}
