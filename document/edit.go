package document

import (
	"fmt"
	"unsafe"
)

// An Edit replaces bytes [Start, End) of a text by With. Rule is the index of the
// step's rule that asked for it.
type Edit struct {
	Start, End int
	With       string
	Rule       int
}

// Rewrite applies edits to the text. They are in ascending order and do not
// overlap, and those of a conversation lie each within one turn (see Excerpts.Back); a
// violation is a bug and panics.
func (d *Document) Rewrite(edits []Edit) {
	if len(edits) == 0 {
		return
	}
	d.cur ^= 1
	out, last := d.bufs[d.cur][:0], 0
	for _, e := range edits {
		if e.Start < last || e.End < e.Start || e.End > len(d.text) {
			panic(fmt.Sprintf("edit [%d, %d) after byte %d of a text of %d bytes", e.Start, e.End, last, len(d.text)))
		}
		out = append(append(out, d.text[last:e.Start]...), e.With...)
		last = e.End
	}
	out = append(out, d.text[last:]...)
	d.bufs[d.cur] = out
	d.SetText(unsafe.String(unsafe.SliceData(out), len(out)))
	if len(d.Turns) > 0 {
		d.move(edits)
	}
}
