package engine

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tamis/document"
	"tamis/plan"
	"tamis/shards"
)

// errFound ends a search.
var errFound = errors.New("found")

// Find reads the sources of a plan until a document has the id, and explains it. It
// knows the document before any step has edited it.
func Find(ctx context.Context, p *plan.Plan, id string) (Explanation, error) {
	var ex Explanation
	err := eachDocument(ctx, p, func(d *document.Document) error {
		if d.ID != id {
			return nil
		}
		ex = Explain(p, d)
		return errFound
	})
	switch {
	case errors.Is(err, errFound):
		return ex, nil
	case err == nil:
		err = fmt.Errorf("no document of the sources has the id %q", id)
	}
	return ex, err
}

// eachDocument calls f for every document of the sources, in order and before any
// step; records that cannot be read are passed over.
func eachDocument(ctx context.Context, p *plan.Plan, f func(*document.Document) error) error {
	in, err := newInput(p)
	if err != nil {
		return err
	}
	feed, err := in.feeder(position{})
	if err != nil {
		return err
	}
	defer feed.close()
	ps := in.newParser()
	var b batch
	for ctx.Err() == nil {
		if err := feed.next(&b); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if b.lost != nil {
			continue
		}
		source := in.files[b.block.File].source
		err := ps.parse(&b.block, func(d *document.Document) error {
			d.Place.File, d.Source, d.Fields = uint32(b.block.File), source, in.fields(d.Form)
			return f(d)
		}, func(shards.Bad) error { return nil })
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
