package shards

import (
	"encoding/binary"
	"io"
	"os"

	"github.com/zeebo/xxh3"
)

// A fingerprint reads these stretches: the head, the tail, and as many in between.
const (
	stretch   = 64 << 10
	stretches = 18
)

// Fingerprint returns a number that changes with the file at path, as far as a glance
// shows: XXH3 of its size (8 bytes, little-endian) and of 18 stretches of 64 KiB, the head, the
// tail, and the others evenly between them. Smaller files are read whole.
func Fingerprint(path string) (uint64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return fingerprint(file, info.Size())
}

func fingerprint(file io.ReaderAt, size int64) (uint64, error) {
	h := xxh3.New()
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(size)))
	if size <= stretch*stretches {
		_, err := io.Copy(h, io.NewSectionReader(file, 0, size))
		return h.Sum64(), err
	}
	for k := range int64(stretches) {
		// The last stretch ends with the file. Division first keeps it within 64 bits.
		room := size - stretch
		at := room/(stretches-1)*k + room%(stretches-1)*k/(stretches-1)
		if _, err := io.Copy(h, io.NewSectionReader(file, at, stretch)); err != nil {
			return 0, err
		}
	}
	return h.Sum64(), nil
}

// magicSize is how many bytes sniff wants to see.
const magicSize = 64

// sniff tells by its first bytes what a file is. Skippable frames may come before
// those of zstd.
func sniff(b []byte) (f Format, c Compression, known bool) {
	if len(b) >= 4 && string(b[:4]) == "PAR1" {
		return Parquet, Plain, true
	}
	if len(b) >= 2 && b[0] == 0x1F && b[1] == 0x8B {
		return JSONL, Gzip, true
	}
	if len(b) >= 4 {
		magic := binary.LittleEndian.Uint32(b)
		if magic == 0xFD2FB528 || magic&^0xF == 0x184D2A50 {
			return JSONL, Zstd, true
		}
	}
	for i, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n':
		case '{':
			return JSONL, Plain, true
		case 0xEF, 0xBB, 0xBF:
			if i > 2 {
				return 0, 0, false
			}
		default:
			return 0, 0, false
		}
	}
	return 0, 0, false
}
