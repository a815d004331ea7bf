package dedup

import (
	"sync"
	"unsafe"

	"tamis/document"
)

// batchText is about how many bytes of text are worked on in parallel at a time. It
// is the same in every run.
const batchText = 4 << 20

// A textBatch is copies of documents' texts, gathered while they are read again one
// at a time.
type textBatch struct {
	ordinals []uint64
	texts    [][]byte // more than ordinals: the buffers are used again
	size     int
}

// add copies a text and reports whether the batch is full.
func (b *textBatch) add(ordinal uint64, s string) (full bool) {
	if len(b.ordinals) == len(b.texts) {
		b.texts = append(b.texts, nil)
	}
	i := len(b.ordinals)
	b.texts[i] = append(b.texts[i][:0], s...)
	b.ordinals = append(b.ordinals, ordinal)
	b.size += len(s)
	return b.size >= batchText
}

// reset begins another batch. The buffers of long texts are not kept.
func (b *textBatch) reset() {
	if b.size > 2*batchText {
		b.texts = nil
	}
	b.ordinals, b.size = b.ordinals[:0], 0
}

// each calls work for all texts on as many goroutines as there are workers, and
// returns when all is done. Worker w has the documents w, w+n, …
func (b *textBatch) each(workers []*document.Document, work func(worker, i int, d *document.Document)) {
	var wait sync.WaitGroup
	for w, d := range workers {
		wait.Go(func() {
			for i := w; i < len(b.ordinals); i += len(workers) {
				d.SetText(unsafe.String(unsafe.SliceData(b.texts[i]), len(b.texts[i])))
				work(w, i, d)
			}
		})
	}
	wait.Wait()
}

// newDocuments makes a document for each worker.
func newDocuments(workers int) []*document.Document {
	out := make([]*document.Document, max(1, workers))
	for i := range out {
		out[i] = new(document.Document)
	}
	return out
}
