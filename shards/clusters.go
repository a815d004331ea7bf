package shards

import (
	"io"

	"github.com/parquet-go/parquet-go"
)

// A Cluster is a row of clusters.parquet: a document that has copies.
type Cluster struct {
	Step    string   `parquet:"step,dict"`
	ID      string   `parquet:"id"`
	Source  string   `parquet:"source,dict"`
	File    string   `parquet:"file,dict"`
	Record  int64    `parquet:"record"`  // byte of the decompressed file, or row
	Cluster int64    `parquet:"cluster"` // from 1
	Size    int64    `parquet:"size"`    // documents in the cluster
	Kept    bool     `parquet:"kept"`
	Keeper  string   `parquet:"keeper"`           // id of the best copy, which can be a document of an earlier run
	Jaccard *float64 `parquet:"jaccard,optional"` // with the best copy; null where it was not measured
}

// clusterRows is how many rows a row group of clusters.parquet has.
const clusterRows = 100_000

// A ClusterWriter writes clusters.parquet. The same rows give the same bytes.
type ClusterWriter struct {
	w   *parquet.GenericWriter[Cluster]
	row [1]Cluster
	n   int
}

// NewClusterWriter returns a writer into w.
func NewClusterWriter(w io.Writer) *ClusterWriter {
	return &ClusterWriter{w: parquet.NewGenericWriter[Cluster](w, parquet.DataPageVersion(1),
		parquet.Compression(&parquet.Zstd), parquet.CreatedBy("tamis", "1", "1"))}
}

// Write writes a row.
func (w *ClusterWriter) Write(c *Cluster) error {
	w.row[0] = *c
	if _, err := w.w.Write(w.row[:]); err != nil {
		return err
	}
	if w.n++; w.n%clusterRows == 0 {
		return w.w.Flush()
	}
	return nil
}

// Close writes the end of the file; the writer beneath stays open.
func (w *ClusterWriter) Close() error { return w.w.Close() }
