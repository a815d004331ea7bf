package shards

import "io"

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
	// Estimate is of the same by the signatures alone, and Band the band in which the
	// document met its first copy, from 1; null where none was compared.
	Estimate *float64 `parquet:"estimate,optional"`
	Band     *int32   `parquet:"band,optional"`
}

// A ClusterWriter writes clusters.parquet.
type ClusterWriter struct{ tableWriter[Cluster] }

// NewClusterWriter returns a writer into w.
func NewClusterWriter(w io.Writer) *ClusterWriter {
	return &ClusterWriter{newTableWriter[Cluster](w)}
}
