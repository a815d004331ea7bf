// Makemodels makes the models that ship in the program, from open texts beside the
// repository and from n-gram counts that a Go module brings:
//
//	go run ./classify/makemodels [-shared DIR] [-check] [quality] [language] [toxicity]
//
// The same inputs give the same bytes. With -check nothing is written; the models
// are made and compared with those in classify/models. Where the texts are absent it
// says so and leaves the models as they are.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"
)

func main() {
	shared := flag.String("shared", filepath.Join("..", "shared"), "folder with data/")
	out := flag.String("out", filepath.Join("classify", "models"), "folder of the models")
	check := flag.Bool("check", false, "compare with the models that are there, write nothing")
	flag.Parse()
	if err := run(context.Background(), filepath.Join(*shared, "data"), *out, *check, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "makemodels:", err)
		os.Exit(1)
	}
}

// makers are the models by name, each with its files.
var makers = []struct {
	name  string
	files []string
	make  func(ctx context.Context, data string) ([][]byte, error)
}{
	{"quality", []string{"quality.ftz.zst"}, makeQuality},
	{"language", []string{"language.bin.zst"}, makeLanguage},
	{"toxicity", []string{"toxicity.ftz.zst", "toxicity.json"}, makeToxicity},
}

func run(ctx context.Context, data, out string, check bool, names []string) error {
	if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) {
		fmt.Printf("the texts are absent (%s): the models stay as they are\n", data)
		return nil
	}
	for _, m := range makers {
		if len(names) > 0 && !slices.Contains(names, m.name) {
			continue
		}
		made, err := m.make(ctx, data)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		for i, file := range m.files {
			if err := settle(filepath.Join(out, file), made[i], check); err != nil {
				return err
			}
		}
	}
	return nil
}

// packed compresses a model.
func packed(b []byte) ([]byte, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return z.EncodeAll(b, nil), nil
}

// one is a model of a single file.
func one(b []byte, err error) ([][]byte, error) { return [][]byte{b}, err }

// settle writes a model, or holds it against the one that is there.
func settle(path string, b []byte, check bool) error {
	old, err := os.ReadFile(path)
	same := err == nil && bytes.Equal(old, b)
	fmt.Printf("%s: %d bytes, same as before: %v\n", path, len(b), same)
	switch {
	case same:
		return nil
	case check:
		return fmt.Errorf("%s is not what these inputs make", path)
	}
	return os.WriteFile(path, b, 0o644)
}
