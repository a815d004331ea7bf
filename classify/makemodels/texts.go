package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"
)

// A text is one document of an open set. Family groups what must not be on both
// sides of the split: a host, a title, an article.
type text struct {
	family string
	body   string
	score  float64 // fineweb-legal only
}

// record has the members of all sets that are used here.
type record struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	URL      string   `json:"url"`
	Title    string   `json:"title"`
	Family   any      `json:"family"`
	Language string   `json:"html_lang"`
	Code     string   `json:"code"`
	Score    float64  `json:"score"`
	Main     []string `json:"main_segments"`
}

func readRecords(parts ...string) ([]record, error) {
	return readJSON[record](filepath.Join(parts...))
}

// readJSON decodes every line of a .jsonl.zst file.
func readJSON[T any](path string) ([]T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var out []T
	dec := json.NewDecoder(bufio.NewReader(z))
	for {
		var r T
		err := dec.Decode(&r)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: record %d: %w", path, len(out), err)
		}
		out = append(out, r)
	}
}

// A part of the families of texts: three fifths train, one calibrates, one tests.
type part int

const (
	tested part = iota
	calibrated
	trained
)

// side returns the part that a family belongs to, by its hash.
func side(family string) part { return min(part(xxh3.HashString(family)%5), trained) }
