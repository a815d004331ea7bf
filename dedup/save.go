package dedup

import (
	"encoding/binary"
	"io"

	"tamis/document"
	"tamis/spool"
)

// What is saved of a document is brought together by a sort:
//
//	ordinal (5 B) | 0 | id of the earlier document of which it is a copy
//	ordinal (5 B) | 1 | its own id
//	ordinal (5 B) | 2 | its sketch without the keep key
//
// A document that was removed for an earlier one is saved under that one's id, so that
// the ids in an index are those of documents that somebody has.
const (
	savedEarlier = iota
	savedID
	savedSketch
)

func (u *union) saved(ordinal uint64, kind byte, part []byte) error {
	u.rec = append(append(appendOrdinal(u.rec[:0], ordinal), kind), part...)
	return u.later.Add(u.rec)
}

// inherit saves the id of the earlier document that a decision names.
func (u *union) inherit(ordinal uint64, raw []byte) error {
	if u.later == nil {
		return nil
	}
	c, err := readDecision(raw)
	if err != nil || !c.isEarlier {
		return err
	}
	return u.saved(ordinal, savedEarlier, c.earlier)
}

const textsName = "texts"

// write writes the index of this run.
func (u *union) write() error {
	if u.later == nil {
		return nil
	}
	if u.r.Save == nil {
		return errSave
	}
	has := newBitset(u.r.Documents)
	err := u.r.Sketches(func(o uint64, sketch []byte) error {
		if len(sketch) == 0 || !u.r.Alive(o) {
			return nil
		}
		has.set(o)
		return u.saved(o, savedSketch, u.bare(sketch))
	})
	if err != nil {
		return err
	}
	length, err := u.readTexts(has)
	if err != nil {
		return err
	}
	defer u.r.Dir.Remove(textsName)
	return u.r.Save(func(block func([]byte) error) error { return u.blocks(block, length) })
}

// readTexts saves ids, and puts texts aside.
func (u *union) readTexts(has bitset) (length int64, err error) {
	file, err := spool.CreateWriter(u.r.Dir, textsName)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	out := &indexWriter{block: file.WriteBlock, kind: indexTexts}
	err = u.r.Read(has.has, func(o uint64, d *document.Document) error {
		if err := u.ctx.Err(); err != nil {
			return err
		}
		if err := u.saved(o, savedID, []byte(d.ID)); err != nil || !u.epoch.texts {
			return err
		}
		out.begin()
		out.buf = append(binary.AppendUvarint(out.buf, uint64(len(d.Text()))), d.Text()...)
		return out.next()
	})
	if err == nil {
		err = out.flush()
	}
	if err == nil {
		err = file.Sync()
	}
	return file.Length(), err
}

// blocks writes the blocks of the index.
func (u *union) blocks(block func([]byte) error, length int64) error {
	if err := block(spool.Pack(nil, []byte(string(indexHead)+indexFormat+agreedText(u.shared)))); err != nil {
		return err
	}
	n, err := u.documents(block)
	if err != nil {
		return err
	}
	if err := u.copyTexts(block, length); err != nil {
		return err
	}
	return block(spool.Pack(nil, binary.BigEndian.AppendUint64([]byte{indexFoot}, n)))
}

// documents writes ids and sketches.
func (u *union) documents(block func([]byte) error) (n uint64, err error) {
	out := &indexWriter{block: block, kind: indexDocuments}
	var earlier, id []byte
	err = u.later.Each(func(rec []byte) error {
		o, part := ordinalAt(rec), rec[ordinalBytes+1:]
		switch rec[ordinalBytes] {
		case savedEarlier:
			earlier = append(append(earlier[:0], rec[:ordinalBytes]...), part...)
			return nil
		case savedID:
			id = append(id[:0], part...)
			return nil
		}
		flags := byte(flagKept)
		if u.gone.has(o) {
			flags = 0
		}
		if len(earlier) > 0 && ordinalAt(earlier) == o {
			id = append(id[:0], earlier[ordinalBytes:]...)
		}
		out.begin()
		out.buf = appendPart(appendPart(append(out.buf, flags), id), part)
		n++
		return out.next()
	})
	if err != nil {
		return n, err
	}
	return n, out.flush()
}

// copyTexts moves the texts behind the documents.
func (u *union) copyTexts(block func([]byte) error, length int64) error {
	if length == 0 {
		return nil
	}
	rd, err := spool.OpenReader(u.r.Dir, textsName, length)
	if err != nil {
		return err
	}
	defer rd.Close()
	for {
		packed, err := rd.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := block(packed); err != nil {
			return err
		}
	}
}

// An indexWriter packs records into blocks of one kind.
type indexWriter struct {
	block  func(packed []byte) error
	kind   byte
	buf    []byte
	packed []byte
}

// begin begins a record, and a payload where there is none.
func (w *indexWriter) begin() {
	if len(w.buf) == 0 {
		w.buf = append(w.buf, w.kind)
	}
}

// next ends a record.
func (w *indexWriter) next() error {
	if len(w.buf) < indexBlock {
		return nil
	}
	return w.flush()
}

func (w *indexWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	w.packed = spool.Pack(w.packed[:0], w.buf)
	w.buf = w.buf[:0]
	return w.block(w.packed)
}
