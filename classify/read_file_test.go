package classify

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
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
