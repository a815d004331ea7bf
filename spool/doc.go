// Package spool holds our own files: checksummed blocks, sorted run files, the
// journal, and the one way in which a file gets its final name. It is the only
// package that syncs.
//
// # Block files
//
// The spool, the sketches and the run files of a Sorter are sequences of blocks with
// an end block behind them:
//
//	+--------------+-----------+-----------+-----------------+
//	| packed (u32) | raw (u32) | crc (u32) | body (packed B) |   a block
//	+--------------+-----------+-----------+-----------------+
//	| 0            | ffffffff  | crc (u32) |                     the end block
//	+--------------+-----------+-----------+
//
// All integers are little-endian. The body is the payload of raw bytes, compressed
// as an s2 block where that is shorter (packed < raw) and as it is otherwise
// (packed == raw). crc is CRC-32C of the first 8 bytes and the body. A payload has
// at most 1 GiB and may be empty. Nothing follows the end block; a file without it
// was cut short, or is still being written.
//
// # Run files
//
// The payload of a run file's block is whole records. Records of a fixed size of up
// to 32 bytes stand side by side; all others have their length before them:
//
//	+--------+--------+---      +------------------+--------+------------------+---
//	| record | record |   or    | length (uvarint) | record | length (uvarint) |
//	+--------+--------+---      +------------------+--------+------------------+---
//
// # The journal
//
// A sequence of records, each of them synced before the next one is written:
//
//	+--------------+-----------+-------------------+
//	| length (u32) | crc (u32) | record (length B) |
//	+--------------+-----------+-------------------+
//
// crc is CRC-32C of the length and the record. What follows the last whole record is
// the torn tail of a record that was never acknowledged, and is cut off.
//
// # Whole files
//
// Every other file is written under a temporary name (.name.tmp), flushed, synced,
// closed, renamed, and its folder synced (Dir.WriteWhole, Dir.CreateWhole): whoever
// sees the name sees all of it.
package spool
