package classify

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"tamis/spool"
)

// A file that is read in place gives the model that a copy of it gives.
func TestReadFile(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared(t, "oracles", "fasttext", "models"), "*"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Read(data)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ReadFile(file); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v; want %v", filepath.Base(file), got, err, want)
		}
	}
}

// A classifier that was loaded from a mapped file needs the file no longer.
func TestLoadClassifier(t *testing.T) {
	const text = "how to bake bread, and what to do when the crust is hard"
	files, _ := filepath.Glob(filepath.Join(shared(t, "oracles", "fasttext", "models"), "*"))
	for _, file := range files {
		m, err := ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		data, release, err := spool.Map(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		got, err := LoadClassifier(data)
		if err := release(); err != nil {
			t.Fatal(err)
		}
		if m.Args.Kind != Supervised {
			if err == nil {
				t.Errorf("%s: a model without labels is no classifier", filepath.Base(file))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		want := NewClassifier(m).Scorer().Predict(nil, text, All, 0)
		if labels := got.Scorer().Predict(nil, text, All, 0); !reflect.DeepEqual(labels, want) {
			t.Errorf("%s: %v, want %v", filepath.Base(file), labels, want)
		}
	}
}
