package shards

// Ending returns how the name of a shard ends.
func Ending(f Format, c Compression) string {
	switch {
	case f == Parquet:
		return ".parquet"
	case c == Gzip:
		return ".jsonl.gz"
	case c == Zstd:
		return ".jsonl.zst"
	}
	return ".jsonl"
}
