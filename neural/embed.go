package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// embed writes the vector of each document of in as a row of a matrix of numpy, and
// where ids names a file, the documents' ids as its lines.
func embed(m *model, in io.Reader, vectors, ids string) error {
	matrix, err := os.Create(vectors + ".part") // the name is given to the whole file
	if err != nil {
		return err
	}
	defer matrix.Close()
	var names strings.Builder
	w := bufio.NewWriter(matrix)
	w.WriteString(npyHeader(0, 0)) // its place; the number of rows is known at the end
	rows, columns := 0, 0
	err = eachWindow(in, func(window []record) error {
		all, err := m.run(texts(window))
		if err != nil {
			return err
		}
		for i, d := range window {
			if strings.Contains(d.ID, "\n") {
				return fmt.Errorf("the id %q has a line feed: the list of ids has one in a line", d.ID)
			}
			names.WriteString(d.ID + "\n")
			rows, columns = rows+1, len(all[i])
			if err := binary.Write(w, binary.LittleEndian, all[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && rows == 0 {
		err = errors.New("there are no documents")
	}
	if err != nil {
		return errors.Join(err, os.Remove(vectors+".part"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if _, err := matrix.WriteAt([]byte(npyHeader(rows, columns)), 0); err != nil {
		return err
	}
	if ids != "" {
		if err := os.WriteFile(ids, []byte(names.String()), 0o666); err != nil {
			return err
		}
	}
	return errors.Join(matrix.Close(), os.Rename(vectors+".part", vectors))
}

// npyHeader is what numpy.save writes before the numbers, 128 bytes for any shape.
func npyHeader(rows, columns int) string {
	shape := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, columns)
	return "\x93NUMPY\x01\x00\x76\x00" + fmt.Sprintf("%-117s\n", shape)
}
