package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"tamis/document"
	"tamis/shards"
	"tamis/spool"
	"tamis/step"
)

// While documents stream by with their decisions, a row is noted for each that has
// copies. When all stages are through, the rows are sorted by cluster, the best copy
// first, so that each can be given that copy's id.

const (
	clusterRows  = "clusters"
	clustersName = "clusters.parquet"
)

// A row is, behind its length (uvarint), with integers in big-endian order:
//
//	+----------------------- key: 19 B ------------------------+
//	| step (u16) | keeper (u64) | is not the keeper | ordinal (u64) |
//	+------+------------+------------------+--------------+------------+--------------+----------------+----+---------+
//	| kept | size (u64) | similarity (f64) | source (u16) | file (u32) | record (u64) | estimate (f64), band (u16)
//	| id, bytes (u32)| id | earlier |
//	+------+------------+------------------+--------------+------------+--------------+----------------+----+---------+
//
// Earlier is the id of the best copy where that is no document of this run.
const (
	rowKey  = 2 + 8 + 1 + 8
	rowHead = rowKey + 1 + 8 + 8 + 2 + 4 + 8 + 8 + 2 + 4
)

// member notes a row where d is in a cluster.
func (w *worker) member(d *document.Document, j *judge, ordinal uint64, decision []byte) {
	c, ok := j.Global.(step.Clusterer)
	if !ok {
		return
	}
	m, ok := c.Member(decision)
	if !ok {
		return
	}
	b := binary.AppendUvarint(w.members, uint64(rowHead+len(d.ID)+len(m.Earlier)))
	b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint16(b, uint16(j.index)), m.Keeper)
	b = binary.BigEndian.AppendUint64(append(b, flag(m.Keeper != ordinal)), ordinal)
	b = binary.BigEndian.AppendUint64(append(b, flag(m.Kept)), m.Size)
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(m.Similarity))
	b = binary.BigEndian.AppendUint16(b, uint16(d.Source))
	b = binary.BigEndian.AppendUint32(b, d.Place.File)
	b = binary.BigEndian.AppendUint64(b, uint64(d.Place.Record))
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint64(b, math.Float64bits(m.Estimate)), uint16(m.Band))
	b = binary.BigEndian.AppendUint32(b, uint32(len(d.ID)))
	w.members = append(append(b, d.ID...), m.Earlier...)
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// clusters reports whether a step of the plan gathers documents into clusters.
func (r *Run) clusters() bool {
	for _, s := range r.plan.Steps {
		if _, ok := s.Global.(step.Clusterer); ok {
			return true
		}
	}
	return false
}

// writeClusters writes clusters.parquet: the documents that have copies, by cluster.
func (r *Run) writeClusters(ctx context.Context) error {
	if !r.clusters() {
		return nil
	}
	dir, err := r.work.Sub("resolve")
	if err != nil {
		return err
	}
	defer dir.RemoveAll()
	if err := dir.Clear(); err != nil {
		return err
	}
	memory := int64(float64(r.plan.Memory) * resolveShare)
	sorter := spool.NewSorter(dir, "clusters", spool.SortOptions{Key: rowKey, Memory: memory, Check: ctx.Err})
	defer sorter.Close()
	if err := r.logRows(clusterRows, sorter.Add); err != nil {
		return err
	}
	return r.dir.WriteWhole(clustersName, func(out io.Writer) error {
		w := &clusterWriter{run: r, out: shards.NewClusterWriter(out)}
		return errors.Join(sorter.Each(w.add), w.out.Close())
	})
}

// logRows calls f for the rows of a log that were committed.
func (r *Run) logRows(name string, f func(row []byte) error) error {
	length := r.state.scan.Lengths[name]
	if length == 0 {
		return nil
	}
	rd, err := spool.OpenReader(r.work, name, length)
	if err != nil {
		return err
	}
	defer rd.Close()
	return rd.Each(func(block []byte) error { return eachBytes(block, f) })
}

// A clusterWriter turns sorted rows into those of the file.
type clusterWriter struct {
	run     *Run
	out     *shards.ClusterWriter
	cluster [rowKey - 9]byte // step and keeper
	keeper  string
	number  int64
}

var errRow = errors.New("a row on a cluster or domain is damaged: run with --restart")

func (w *clusterWriter) add(row []byte) error {
	if len(row) < rowHead {
		return errRow
	}
	n := uint64(binary.BigEndian.Uint32(row[rowHead-4:]))
	if n > uint64(len(row)-rowHead) {
		return errRow
	}
	id, earlier := string(row[rowHead:rowHead+n]), string(row[rowHead+n:])
	switch same := string(w.cluster[:]) == string(row[:len(w.cluster)]); {
	case row[len(w.cluster)] == 0: // the best copy comes first
		w.begin(row, id)
	case earlier != "" && !same: // the best copy is not here
		w.begin(row, earlier)
	case !same:
		return errRow
	}
	f := row[rowKey:]
	similarity := math.Float64frombits(binary.BigEndian.Uint64(f[9:]))
	c := shards.Cluster{
		Step: w.run.plan.Steps[binary.BigEndian.Uint16(row)].Name, ID: id, Source: w.run.plan.Sources[binary.BigEndian.Uint16(f[17:])].Name,
		File: w.run.input.files[binary.BigEndian.Uint32(f[19:])].Path, Record: int64(binary.BigEndian.Uint64(f[23:])),
		Cluster: w.number, Size: int64(binary.BigEndian.Uint64(f[1:])), Kept: f[0] == 1, Keeper: w.keeper,
	}
	if !math.IsNaN(similarity) {
		c.Jaccard = &similarity
	}
	if band := int32(binary.BigEndian.Uint16(f[39:])); band > 0 {
		estimate := math.Float64frombits(binary.BigEndian.Uint64(f[31:]))
		c.Estimate, c.Band = &estimate, &band
	}
	return w.out.Write(&c)
}

// begin begins another cluster.
func (w *clusterWriter) begin(row []byte, keeper string) {
	w.keeper = keeper
	w.number++
	copy(w.cluster[:], row)
}
