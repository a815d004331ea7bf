//go:build ignore

// Generate writes the sample corpus from the texts beside it and prints what it wrote:
//
//	go run testdata/corpus/generate.go
//
// It is run from the root of the repository and writes the same bytes every time.
package main

import (
	"log"
	"os"

	"tamis/testdata/corpus/sample"
)

const root = "testdata/corpus"

func main() {
	log.SetFlags(0)
	if _, err := os.Stat(root + "/texts"); err != nil {
		log.Fatalf("%v: run this from the root of the repository", err)
	}
	c := sample.Make(root)
	c.Write()
	c.Print(os.Stdout)
}
