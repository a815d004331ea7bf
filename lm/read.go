package lm

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Read reads a model: ARPA text or a KenLM file with probing hash tables, either of
// them plain, or packed with gzip or zstd. The error names the byte, or the line of ARPA
// text, at which the file stops making sense. No more memory is taken than a small
// multiple of the unpacked file.
func Read(r io.Reader) (*Model, error) {
	data, err := unpacked(r)
	if err != nil {
		return nil, err
	}
	if isBinary(data) {
		return readBinary(data)
	}
	return readARPA(data)
}

// unpacked reads all of r, whatever it is packed with.
func unpacked(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(data, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		return readAll("gzip", z)
	case bytes.HasPrefix(data, []byte("\x28\xb5\x2f\xfd")):
		z, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		defer z.Close()
		return readAll("zstd", z)
	}
	return data, nil
}

func readAll(name string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(r)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%s: the file ends too early, behind %d bytes of content", name, len(data))
	case err != nil:
		return nil, fmt.Errorf("%s: behind %d bytes of content: %w", name, len(data), err)
	}
	return data, nil
}
