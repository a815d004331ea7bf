package shards

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Stdin is the path of standard input.
const Stdin = "-"

// maxWindow is the largest zstd window that is decompressed: what `zstd --long=27`
// makes. A file can ask for any window, and a decoder holds it in memory.
const maxWindow = 128 << 20

// A stream is a file of the plan, decompressed.
type stream struct {
	io.Reader
	plan    File
	name    string // base name
	file    *os.File
	disk    *counter
	told    int64 // bytes on disk that taken has told of
	members *gzipMembers
	zstd    *zstd.Decoder
}

// counter counts what is read from a file, and keeps its error apart from those of
// decompression.
type counter struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// openStream opens a file of JSONL for reading from a byte of its decompressed form.
func openStream(f File, from int64) (*stream, error) {
	s := &stream{plan: f, name: filepath.Base(f.Path)}
	if f.Path == Stdin {
		s.file, s.name = os.Stdin, "stdin"
		if from > 0 {
			return nil, errors.New("standard input cannot be read a second time: save it to a file, and name that in the recipe")
		}
	} else {
		file, err := os.Open(f.Path)
		if err != nil {
			return nil, err
		}
		s.file = file
	}
	if err := s.begin(from); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *stream) begin(from int64) error {
	if err := s.changed(); err != nil {
		return err
	}
	s.disk = &counter{r: s.file}
	if s.plan.Compression == Plain && s.plan.Path != Stdin {
		s.Reader = s.disk
		_, err := s.file.Seek(from, io.SeekStart)
		return err
	}
	if err := s.decompress(); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, s.Reader, from); err != nil {
		return s.fault(from, err)
	}
	s.told = s.disk.n
	return nil
}

// decompress puts the decoder before the file.
func (s *stream) decompress() error {
	buffered := bufio.NewReaderSize(s.disk, 256<<10)
	kind := s.plan.Compression
	if s.plan.Path == Stdin {
		magic, _ := buffered.Peek(magicSize)
		format, compression, known := sniff(magic)
		if known && format == Parquet {
			return errors.New("standard input is Parquet, which is read from its end: save it to a file, and name that in the recipe")
		}
		kind = compression
	}
	switch kind {
	case Gzip:
		s.members = &gzipMembers{r: buffered}
		s.Reader = s.members
	case Zstd:
		d, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return err
		}
		s.zstd, s.Reader = d, d
	default:
		s.Reader = buffered
	}
	return nil
}

// taken returns the bytes read from disk since it was asked last.
func (s *stream) taken() int64 {
	n := s.disk.n - s.told
	s.told = s.disk.n
	return n
}

// Close closes the file.
func (s *stream) Close() error {
	if s.zstd != nil {
		s.zstd.Close()
	}
	if s.plan.Path == Stdin {
		return nil
	}
	return s.file.Close()
}

// changed compares the file with what the plan saw.
func (s *stream) changed() error {
	if s.plan.Path == Stdin {
		return nil
	}
	now, err := s.file.Stat()
	if err != nil {
		return err
	}
	return s.plan.Unchanged(now)
}

// Unchanged compares a file with what the plan saw. The error wraps ErrChanged.
func (f File) Unchanged(now fs.FileInfo) error {
	what := ""
	switch {
	case now.Size() != f.Size:
		what = fmt.Sprintf("it had %d bytes, now %d", f.Size, now.Size())
	case f.Modified != 0 && now.ModTime().UnixNano() != f.Modified:
		what = "it was written to"
	default:
		return nil
	}
	return fmt.Errorf("%s %w: %s; run again when nothing writes to it", f.Path, ErrChanged, what)
}

// end returns io.EOF if all that the plan saw has been read.
func (s *stream) end() error {
	if err := s.changed(); err != nil {
		return err
	}
	return io.EOF
}

// fault turns the error behind byte at into the caller's: the file was changed, the
// disk cannot be read, or the compressed data is at fault.
func (s *stream) fault(at int64, err error) error {
	if changed := s.changed(); changed != nil {
		return changed
	}
	if s.disk.err != nil {
		return fmt.Errorf("%s: reading on at byte %d: %w", s.plan.Path, s.disk.n, s.disk.err)
	}
	return &Unreadable{Path: s.plan.Path, At: at, Lost: 1, Err: s.explain(err)}
}

// explain says in plain words what is wrong with compressed data. The place on disk is
// where the decoder had got to, a little behind the fault.
func (s *stream) explain(err error) error {
	near := s.disk.n
	switch {
	case errors.Is(err, errNoGzip):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("the compressed data ends too soon: the file was cut off at %d bytes; get it again: %w", near, io.ErrUnexpectedEOF)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		return fmt.Errorf("the compressed data is damaged before byte %d on disk, its checksum says; get the file again: %w", near, err)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return fmt.Errorf("to decompress it takes a window of more than %d MiB; compress it again, with --long=27 at most: %w", maxWindow>>20, err)
	case errors.Is(err, zstd.ErrUnknownDictionary):
		return fmt.Errorf("it was compressed with a dictionary; compress it again without: %w", err)
	case errors.Is(err, zstd.ErrMagicMismatch):
		return fmt.Errorf("before byte %d on disk there is something that is no zstd data; get the file again: %w", near, err)
	}
	return fmt.Errorf("the compressed data is damaged before byte %d on disk; get the file again: %w", near, err)
}

var errNoGzip = errors.New("no gzip data")

// gzipMembers reads a gzip file of any number of members. Zero bytes behind a member
// are passed over, as gzip does: tapes and block devices leave them.
type gzipMembers struct {
	r    *bufio.Reader
	z    *gzip.Reader
	read int // members begun
}

// Read implements io.Reader.
func (g *gzipMembers) Read(p []byte) (int, error) {
	if g.read == 0 {
		if err := g.next(); err != nil {
			return 0, err
		}
	}
	for {
		n, err := g.z.Read(p)
		if err == io.EOF {
			err = g.next()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next begins a member; io.EOF where there is no other.
func (g *gzipMembers) next() error {
	if g.read > 0 {
		if err := g.passZeros(); err != nil {
			return err
		}
	}
	if g.z == nil {
		g.z = new(gzip.Reader)
	}
	err := g.z.Reset(g.r)
	g.z.Multistream(false)
	switch {
	case err == nil:
		g.read++
		return nil
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case errors.Is(err, gzip.ErrHeader) && g.read == 0:
		return fmt.Errorf("the file does not begin like gzip; rename it after what it is, or get it again: %w", errNoGzip)
	case errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("behind the compressed data there is something else; all before it was read: %w", errNoGzip)
	}
	return err
}

func (g *gzipMembers) passZeros() error {
	for {
		c, err := g.r.ReadByte()
		if err != nil {
			return err
		}
		if c != 0 {
			return g.r.UnreadByte()
		}
	}
}
