package plan

import "testing"

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 1234: "1.23 kB", 999_499: "999 kB", 999_500: "1 MB",
		64 << 20: "67.1 MB", 1 << 62: "4.61 EB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d bytes are written %q, want %q", n, got, want)
		}
	}
}

// The sum of a list or a model is part of the hash, the place of the list is not.
func TestHashOfReads(t *testing.T) {
	hash := func(path, sum string) string {
		return (&Plan{Reads: []Read{{Path: path, Sum: sum}}}).Hash()
	}
	if hash("a", "1") != hash("b", "1") {
		t.Error("another path changes the hash")
	}
	if hash("a", "1") == hash("a", "2") {
		t.Error("another content does not change the hash")
	}
}
