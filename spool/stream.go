package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// WriteBlocks makes a block file that appears whole or not at all: write is given what
// appends a block that Pack made. The end block is added behind the last one.
func (d *Dir) WriteBlocks(name string, write func(block func(packed []byte) error) error) error {
	return d.WriteWhole(name, func(w io.Writer) error {
		err := write(func(packed []byte) error {
			_, err := w.Write(packed)
			return err
		})
		if err != nil {
			return err
		}
		_, err = w.Write(endBlock)
		return err
	})
}

// ReadBlocks reads a whole block file from a stream and calls f for the payload of each
// block, which begins at the byte given and is valid during the call. Every checksum is
// checked, and so is the end block; a *Corrupt says where the file is torn or damaged.
func ReadBlocks(path string, r io.Reader, f func(at int64, payload []byte) error) error {
	at := int64(0)
	var block bytes.Buffer
	var raw []byte
	for {
		done, err := nextBlock(r, &block)
		if err == nil && done {
			return nil
		}
		if err == nil {
			raw, err = Unpack(raw[:0], block.Bytes())
		}
		if err != nil {
			return &Corrupt{Path: path, At: at, Err: err}
		}
		if err := f(at, raw); err != nil {
			return err
		}
		at += int64(block.Len())
	}
}

// nextBlock reads a block, or reports that it was the end block. It takes memory for
// what the stream has, not for what a header says.
func nextBlock(r io.Reader, block *bytes.Buffer) (end bool, err error) {
	block.Reset()
	switch n, err := io.CopyN(block, r, headerSize); {
	case n == 0 && err == io.EOF:
		return false, errors.New("the end block is missing: the file was cut short")
	case err == io.EOF:
		return false, fmt.Errorf("a header is cut short: %d bytes are left", n)
	case err != nil:
		return false, err
	}
	if isEnd(block.Bytes()) {
		return true, streamEnd(r, block.Bytes())
	}
	packed, _, err := lengths(block.Bytes())
	if err != nil {
		return false, err
	}
	n, err := io.CopyN(block, r, int64(packed))
	if err == io.EOF {
		return false, fmt.Errorf("a block of %d bytes is cut short: %d are left", packed, n)
	}
	return false, err
}

// streamEnd checks the end block and that nothing follows it.
func streamEnd(r io.Reader, block []byte) error {
	if !bytes.Equal(block, endBlock) {
		return errors.New("the end block is damaged")
	}
	if n, _ := io.CopyN(io.Discard, r, 1); n != 0 {
		return errors.New("bytes follow the end block")
	}
	return nil
}
