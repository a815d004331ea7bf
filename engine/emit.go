package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"path"

	"tamis/document"
	"tamis/shards"
	"tamis/spool"
)

// A shardPlan says which stretch of the last spool becomes one shard. Shards are cut
// by the texts alone, so they are the same whatever format the input had.
type shardPlan struct {
	index     int
	name      string // final name, below the run directory
	at        int64  // of the block in the spool that holds the first document
	skip      int    // documents of that block that belong to the shard before
	documents int
	bytes     int64 // of text
	longest   int64 // text
	part      int   // of a split output
}

// emit writes the shards that are missing, and the manifest.
func (r *Run) emit(ctx context.Context, ev Events) error {
	if r.state.emitted {
		return nil
	}
	last, err := r.shuffle(ctx, len(r.stages)-1, ev)
	if err != nil {
		return err
	}
	plans, err := r.planShards(last)
	if err != nil {
		return err
	}
	schema, err := r.input.settle(r.shape, r.plan.Output.Output)
	if err != nil {
		return err
	}
	if err := r.writeShards(ctx, last, plans, schema, ev); err != nil {
		return err
	}
	if err := r.writeClusters(ctx); err != nil {
		return fmt.Errorf("emit %s: %w", clustersName, err)
	}
	domains, err := r.writeDomains(ctx)
	if err != nil {
		return fmt.Errorf("emit %s: %w", domainsName, err)
	}
	return r.writeManifest(domains)
}

// planShards cuts the last spool into shards.
func (r *Run) planShards(stage int) ([]shardPlan, error) {
	var plans []shardPlan
	out := r.plan.Output
	cut := cutter{parts: r.parts()}
	err := eachBlock(r.work, indexName(stage), func(info *blockInfo) error {
		for i, n := range info.Texts {
			begins := cut.next()
			if begins || full(&plans[len(plans)-1], int64(n), out.ShardSize, out.MaxDocuments) {
				plans = append(plans, shardPlan{index: len(plans), at: info.At, skip: i, part: cut.part})
			}
			p := &plans[len(plans)-1]
			p.documents++
			p.bytes += int64(n)
			p.longest = max(p.longest, int64(n))
		}
		return nil
	})
	nameShards(plans, cut.parts, shards.Ending(out.Format, out.Compression))
	return plans, err
}

// full reports whether a shard has no room for a text of n bytes. The first document
// of a shard always has.
func full(p *shardPlan, n, maxBytes, maxDocuments int64) bool {
	return maxBytes > 0 && p.bytes+n > maxBytes || maxDocuments > 0 && int64(p.documents) >= maxDocuments
}

// writeShards writes shards in parallel, each by one worker.
func (r *Run) writeShards(ctx context.Context, stage int, plans []shardPlan, schema *shards.OutputSchema, ev Events) error {
	folders, err := r.folders(plans)
	if err != nil {
		return err
	}
	total := Progress{Phase: "emit"}
	missing := []*shardPlan{}
	for i := range plans {
		total.Total += int64(plans[i].documents)
		if _, done := r.state.shards[i]; done {
			total.Done += int64(plans[i].documents)
		} else {
			missing = append(missing, &plans[i])
		}
	}
	ev.phase("emit", total.Total)
	next := func() (*shardPlan, error) {
		if len(missing) == 0 {
			return nil, io.EOF
		}
		p := missing[0]
		missing = missing[1:]
		return p, nil
	}
	return inOrder(ctx, r.opts.Workers, r.plan.InFlight(), func(p *shardPlan) int64 { return p.longest }, next,
		func(_ int, p *shardPlan) (emitted, error) {
			s, err := r.writeShard(folders[path.Dir(p.name)], stage, p, schema)
			if err != nil {
				err = fmt.Errorf("emit %s: %w", p.name, err)
			}
			return emitted{p.index, s}, err
		},
		func(e emitted) error {
			total.Done += e.Shard.Rows
			total.Documents, total.Kept, total.Bytes = total.Done, total.Done, total.Bytes+plans[e.Index].bytes
			ev.progress(total)
			return r.note(record{Shard: &e})
		})
}

// writeShard writes one shard whole.
func (r *Run) writeShard(dir *spool.Dir, stage int, p *shardPlan, schema *shards.OutputSchema) (shards.Shard, error) {
	base := path.Base(p.name)
	file, err := dir.CreateWhole(base)
	if err != nil {
		return shards.Shard{}, err
	}
	defer file.Discard()
	sum := &summed{w: file, hash: sha256.New()}
	w, err := schema.NewWriter(sum)
	if err != nil {
		return shards.Shard{}, err
	}
	if err := r.readShard(stage, p, w.Write); err != nil {
		return shards.Shard{}, err
	}
	if err := w.Close(); err != nil {
		return shards.Shard{}, err
	}
	if err := file.Commit(base); err != nil {
		return shards.Shard{}, err
	}
	return shards.Shard{File: p.name, Rows: int64(p.documents), Bytes: sum.n, SHA256: hex.EncodeToString(sum.hash.Sum(nil))}, nil
}

// readShard reads the documents of a shard from the last spool.
func (r *Run) readShard(stage int, p *shardPlan, f func(*document.Document) error) error {
	in, err := r.openDocuments(stage, p.at)
	if err != nil {
		return err
	}
	defer in.close()
	for n := -p.skip; n < p.documents; {
		if err := in.block(); err != nil {
			return err
		}
		for ; n < p.documents; n++ {
			d, err := in.next()
			if err != nil {
				return err
			}
			if d == nil {
				break
			}
			if n < 0 {
				continue
			}
			if err := f(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// summed counts and hashes what goes through it.
type summed struct {
	w    io.Writer
	hash hash.Hash
	n    int64
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.hash.Write(p[:n])
	s.n += int64(n)
	return n, err
}

// writeManifest lists the shards and notes that all are there.
func (r *Run) writeManifest(domains []shards.Domain) error {
	m := shards.Manifest{Version: r.opts.Version, PlanHash: r.plan.Hash(), Shards: r.Shards()}
	if m.Shards == nil {
		m.Shards = []shards.Shard{}
	}
	if err := r.dir.WriteWhole("manifest.json", m.Write); err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return r.note(record{Emitted: &listed{domains}})
}
