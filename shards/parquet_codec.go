package shards

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// maxPage is the largest page that is read, in bytes after decompression. Writers
// make pages of 1 MiB; some put 100 MB into one.
const maxPage = 512 << 20

// A decompressor opens pages. It writes into the buffer that it is given and never
// beyond, whatever a page claims to hold. It is owned by one goroutine.
type decompressor struct {
	src    bytes.Reader
	zstd   *zstd.Decoder
	stream *zstd.Decoder
	gzip   *gzip.Reader
	brotli *brotli.Reader
}

var errPageLonger = errors.New("page is longer than its header says")

// checkCodec says whether pages of a codec can be read.
func checkCodec(c format.CompressionCodec) error {
	switch c {
	case format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd, format.Lz4Raw:
		return nil
	case format.LZO, format.Lz4:
		return fmt.Errorf("is compressed with %v, which is deprecated and cannot be read safely; rewrite the file with zstd", c)
	default:
		return fmt.Errorf("is compressed with the unknown codec %d", int32(c))
	}
}

// decode fills dst, whose length is the page's size, out of src. For uncompressed
// pages it returns src itself.
func (d *decompressor) decode(codec format.CompressionCodec, dst, src []byte) (page []byte, err error) {
	defer recovered(&err)
	switch codec {
	case format.Uncompressed:
		if len(src) != len(dst) {
			return nil, fmt.Errorf("page has %d bytes, its header says %d", len(src), len(dst))
		}
		return src, nil
	case format.Snappy:
		return d.snappy(dst, src)
	case format.Lz4Raw:
		n, err := lz4.UncompressBlock(src, dst)
		return exactly(dst, n, err)
	case format.Gzip:
		return d.gunzip(dst, src)
	case format.Brotli:
		return d.unbrotli(dst, src)
	case format.Zstd:
		return d.unzstd(dst, src)
	}
	return nil, checkCodec(codec)
}

func exactly(dst []byte, n int, err error) ([]byte, error) {
	if err == nil && n != len(dst) {
		err = fmt.Errorf("page has %d bytes, its header says %d", n, len(dst))
	}
	return dst, err
}

func (d *decompressor) snappy(dst, src []byte) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil || n != len(dst) {
		return exactly(dst, n, err)
	}
	return s2.Decode(dst, src)
}

func (d *decompressor) gunzip(dst, src []byte) (_ []byte, err error) {
	d.src.Reset(src)
	if d.gzip == nil {
		d.gzip, err = gzip.NewReader(&d.src)
	} else {
		err = d.gzip.Reset(&d.src)
	}
	if err != nil {
		return nil, err
	}
	return fill(dst, d.gzip)
}

func (d *decompressor) unbrotli(dst, src []byte) ([]byte, error) {
	d.src.Reset(src)
	if d.brotli == nil {
		d.brotli = brotli.NewReader(&d.src)
	} else if err := d.brotli.Reset(&d.src); err != nil {
		return nil, err
	}
	return fill(dst, d.brotli)
}

// unzstd decodes in one go where the frame says how long it is, as those of all
// writers do, and as a stream otherwise, so that the frame cannot grow on us.
func (d *decompressor) unzstd(dst, src []byte) (_ []byte, err error) {
	var h zstd.Header
	if err := h.Decode(src); err != nil {
		return nil, err
	}
	if h.HasFCS && h.FrameContentSize == uint64(len(dst)) {
		if d.zstd == nil {
			d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage))
			if err != nil {
				return nil, err
			}
		}
		out, err := d.zstd.DecodeAll(src, dst[:0])
		return exactly(dst, len(out), err)
	}
	if d.stream == nil {
		d.stream, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return nil, err
		}
	}
	d.src.Reset(src)
	if err := d.stream.Reset(&d.src); err != nil {
		return nil, err
	}
	return fill(dst, d.stream)
}

// fill reads dst to its end and makes sure that nothing follows.
func fill(dst []byte, r io.Reader) ([]byte, error) {
	if _, err := io.ReadFull(r, dst); err != nil {
		return nil, fmt.Errorf("page is shorter than its header says: %w", err)
	}
	var more [1]byte
	if n, err := r.Read(more[:]); n != 0 {
		return nil, errPageLonger
	} else if err != nil && err != io.EOF {
		return nil, err
	}
	return dst, nil
}

// recovered turns a panic of a library over a malformed file into an error.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("malformed: %v", r)
	}
}
