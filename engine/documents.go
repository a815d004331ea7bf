package engine

import (
	"encoding/binary"
	"errors"

	"tamis/document"
	"tamis/spool"
)

// The last stage has nothing to do but to say which documents of the spool before stay,
// and to edit some. So its own spool does not hold their texts a second time:
//
//	block:     where the block of the spool before begins, uvarint; documents
//	document:  its number in that block, from 1, uvarint; signals and labels
//	           0, uvarint; the form of document.Append, where its text was edited
//
// Only a first stage that is the last one, and the spool in which documents were shuffled,
// hold all of them.

// counts reports whether the spool of a stage has a document's words (uvarint) before each
// document: another stage counts it again.
func (r *Run) counts(stage int) bool { return stage < len(r.stages)-1 }

// decodeCounted decodes a document behind its words.
func decodeCounted(src []byte, d *document.Document, carried []int) (rest []byte, err error) {
	_, n := binary.Uvarint(src)
	if n <= 0 {
		return nil, errKept
	}
	return document.Decode(src[n:], d, carried)
}

// refers reports whether the spool of a stage refers to the one before.
func (r *Run) refers(stage int) bool { return stage > 0 && stage == len(r.stages)-1 }

// documents reads the documents of a spool, block by block. It is owned by one goroutine.
type documents struct {
	run    *Run
	doc    *document.Document
	spool  *spool.Reader
	rest   []byte // of the block, behind the document at hand
	before *spoolBefore
	// counted documents stand behind their words.
	counted bool
}

// A spoolBefore is the spool that another one refers to.
type spoolBefore struct {
	spool *spool.Reader
	rest  []byte // of the block at hand
	n     uint64 // documents of the block so far
}

// openDocuments reads the spool of a stage from the block that begins at a byte of it.
func (r *Run) openDocuments(stage int, at int64) (*documents, error) {
	x := &documents{run: r, doc: r.newDocument(), counted: r.counts(stage)}
	var err error
	if x.spool, err = spool.OpenRange(r.work, spoolName(stage), at, -1); err != nil || !r.refers(stage) {
		return x, err
	}
	x.before = &spoolBefore{}
	if x.before.spool, err = spool.OpenReader(r.work, spoolName(stage-1), -1); err != nil {
		x.spool.Close()
	}
	return x, err
}

// block goes on to the next block; io.EOF behind the last one.
func (x *documents) block() error {
	var err error
	if x.rest, err = x.spool.Payload(); err != nil || x.before == nil {
		return err
	}
	at, n := binary.Uvarint(x.rest)
	if n <= 0 {
		return errKept
	}
	x.rest = x.rest[n:]
	return x.before.block(int64(at))
}

// next returns the next document of the block, valid until the call after it, or nil.
func (x *documents) next() (*document.Document, error) {
	if len(x.rest) == 0 {
		return nil, nil
	}
	err := x.decode()
	x.doc.Fields = x.run.input.fields(x.doc.Form)
	return x.doc, err
}

func (x *documents) decode() (err error) {
	carried := x.run.plan.Carried
	if x.before != nil {
		n, k := binary.Uvarint(x.rest)
		if k <= 0 {
			return errKept
		}
		x.rest = x.rest[k:]
		if n > 0 {
			if err := x.before.document(n, x.doc, carried); err != nil {
				return err
			}
			x.rest, err = document.DecodeValues(x.rest, x.doc, carried)
			return err
		}
	}
	if x.counted {
		x.rest, err = decodeCounted(x.rest, x.doc, carried)
	} else {
		x.rest, err = document.Decode(x.rest, x.doc, carried)
	}
	return err
}

func (x *documents) close() {
	x.spool.Close()
	if x.before != nil {
		x.before.spool.Close()
	}
}

// block goes to a block.
func (b *spoolBefore) block(at int64) (err error) {
	b.spool.SkipTo(at)
	b.rest, err = b.spool.Payload()
	b.n = 0
	return err
}

// document decodes a document of the block, by its number.
func (b *spoolBefore) document(number uint64, d *document.Document, carried []int) (err error) {
	for b.n < number {
		if b.rest, err = decodeCounted(b.rest, d, carried); err != nil {
			return err
		}
		b.n++
	}
	return nil
}

var errKept = errors.New("the spool of a stage is damaged: run with --restart")
