package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// payloads of every kind: empty, short, text that shrinks, noise that does not.
func payloads() [][]byte {
	noise := make([]byte, 3000)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	return [][]byte{{}, []byte("a"), sample(5000), noise, bytes.Repeat([]byte("x"), 70_000)}
}

func TestPack(t *testing.T) {
	for i, want := range payloads() {
		block := Pack([]byte("before"), want)
		if string(block[:6]) != "before" {
			t.Fatal("Pack does not append")
		}
		got, err := Unpack([]byte("here"), block[6:])
		if err != nil || string(got) != "here"+string(want) {
			t.Errorf("payload %d came back with %d bytes: %v", i, len(got), err)
		}
		if n := len(block) - 6; n > len(want)+headerSize {
			t.Errorf("payload %d of %d bytes takes %d", i, len(want), n)
		}
	}
}

// A block that is made where its payload stands is that of a copy, and opens as it does.
func TestBeginAndSeal(t *testing.T) {
	for i, want := range payloads() {
		block := append(Begin([]byte("before")), want...)[6:]
		Seal(block)
		if wrapped := Wrap(nil, want); !bytes.Equal(block, wrapped) {
			t.Errorf("payload %d: another block than Wrap's", i)
		}
		for _, block := range [][]byte{block, Pack(nil, want)} {
			buf := []byte("what was there")
			if got, err := Open(&buf, block); err != nil || !bytes.Equal(got, want) {
				t.Errorf("payload %d came back with %d bytes: %v", i, len(got), err)
			}
		}
	}
}

// TestPackLayout holds a stored block against the bytes of the package's drawing.
func TestPackLayout(t *testing.T) {
	// CRC-32C of "\x01\0\0\0\x01\0\0\0a" and of "\0\0\0\0\xff\xff\xff\xff", computed
	// bit by bit by castagnoliSlow.
	for _, c := range []struct{ got, head []byte }{
		{Pack(nil, []byte("a")), []byte{1, 0, 0, 0, 1, 0, 0, 0}},
		{endBlock, []byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}},
	} {
		body := c.got[headerSize:]
		want := binary.LittleEndian.AppendUint32(bytes.Clone(c.head), castagnoliSlow(append(bytes.Clone(c.head), body...)))
		if !bytes.Equal(c.got[:headerSize], want) {
			t.Errorf("header % x, want % x", c.got[:headerSize], want)
		}
	}
	if got := castagnoliSlow([]byte("123456789")); got != 0xe3069283 { // RFC 3720's check value
		t.Errorf("the slow checksum itself is wrong: %x", got)
	}
}

func castagnoliSlow(b []byte) uint32 {
	crc := ^uint32(0)
	for _, c := range b {
		crc ^= uint32(c)
		for range 8 {
			crc = crc>>1 ^ 0x82f63b78*(crc&1)
		}
	}
	return ^crc
}

// TestUnpackDamage flips every bit of a block: no flip goes unnoticed.
func TestUnpackDamage(t *testing.T) {
	for _, payload := range [][]byte{sample(200), []byte("a"), {}} {
		block := Pack(nil, payload)
		for i := range 8 * len(block) {
			bad := bytes.Clone(block)
			bad[i/8] ^= 1 << (i % 8)
			if got, err := Unpack(nil, bad); err == nil {
				t.Errorf("bit %d flipped unnoticed: %d bytes", i, len(got))
			}
		}
	}
}

// TestUnpackHostile refuses lengths that lie, with checksums that fit.
func TestUnpackHostile(t *testing.T) {
	forge := func(raw uint32, body []byte) []byte {
		b := append(make([]byte, headerSize), body...)
		seal(b, raw)
		return b
	}
	for name, block := range map[string][]byte{
		"longer than any payload":      forge(MaxPayload+1, []byte("abc")),
		"packed longer than raw":       forge(2, []byte("abc")),
		"another length when unpacked": forge(100_000, Pack(nil, sample(5000))[headerSize:]),
		"no s2":                        forge(1000, []byte{0xe8, 7, 0xff, 0xff}),
		"the end block":                endBlock,
	} {
		if got, err := Unpack(nil, block); err == nil {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
}

// readBlocks reads and unpacks all blocks of a file.
func readBlocks(dir *Dir, name string, length int64) ([][]byte, error) {
	r, err := OpenReader(dir, name, length)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var got [][]byte
	for {
		packed, err := r.Next()
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		payload, err := Unpack(nil, packed)
		if err != nil {
			return got, err
		}
		got = append(got, payload)
	}
}

// writeBlocks writes a whole file and returns where each block begins.
func writeBlocks(t testing.TB, dir *Dir, name string, payloads [][]byte) (starts []int64) {
	t.Helper()
	w, err := CreateWriter(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range payloads {
		starts = append(starts, w.Length())
		if err := w.WriteBlock(Pack(nil, p)); err != nil {
			t.Fatal(err)
		}
	}
	starts = append(starts, w.Length())
	if err := errors.Join(w.Finish(), w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	return starts
}

func TestReadBack(t *testing.T) {
	dir, want := tempDir(t), payloads()
	starts := writeBlocks(t, dir, "f", want)
	size, err := dir.Size("f")
	if err != nil {
		t.Fatal(err)
	}
	for i, start := range append(starts, size) {
		n := min(i, len(want))
		if got, err := readBlocks(dir, "f", start); err != nil || !slices.EqualFunc(got, want[:n], bytes.Equal) {
			t.Errorf("the first %d bytes gave %d blocks, want %d: %v", start, len(got), n, err)
		}
	}
	r, err := OpenRange(dir, "f", starts[2], starts[3])
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	packed, err := r.Next()
	if err != nil || r.At() != starts[2] {
		t.Fatalf("block at %d: %v", r.At(), err)
	}
	if got, err := Unpack(nil, packed); err != nil || !bytes.Equal(got, want[2]) {
		t.Errorf("block 2 of a range is not block 2 of the file: %v", err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("behind the range: %v, want EOF", err)
	}
}

// TestCutAnywhere cuts a block file at every byte: the blocks before the cut come, then
// an error with its position, which stays.
func TestCutAnywhere(t *testing.T) {
	dir := tempDir(t)
	starts := writeBlocks(t, dir, "f", [][]byte{[]byte("one"), {}, sample(300), []byte("four")})
	whole, err := dir.ReadFile("f")
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		writeFile(t, dir, "cut", whole[:n])
		intact, _ := slices.BinarySearch(starts, int64(n)+1)
		intact = max(intact-1, 0)
		got, err := readBlocks(dir, "cut", -1)
		var bad *Corrupt
		if !errors.As(err, &bad) || len(got) != intact || bad.At != starts[intact] {
			t.Fatalf("cut at %d: %d blocks, %v; want %d and an error at byte %d", n, len(got), err, intact, starts[intact])
		}
		if _, err := OpenReader(dir, "cut", int64(len(whole))); !errors.As(err, &bad) || bad.At != int64(n) {
			t.Fatalf("cut at %d, all committed: %v", n, err)
		}
	}
}

// TestDamageAnywhere flips a bit of every byte of a block file: the blocks before it
// come, then an error that stays.
func TestDamageAnywhere(t *testing.T) {
	dir := tempDir(t)
	starts := writeBlocks(t, dir, "f", [][]byte{[]byte("one"), sample(300), []byte("three")})
	whole, err := dir.ReadFile("f")
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		bad := bytes.Clone(whole)
		bad[i] ^= 1 << (i % 8)
		writeFile(t, dir, "bad", bad)
		r, err := OpenReader(dir, "bad", -1)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for err == nil {
			if _, err = r.Next(); err == nil {
				n++
			}
		}
		var c *Corrupt
		if !errors.As(err, &c) || c.At != starts[n] || int64(i) < starts[n] {
			t.Fatalf("byte %d damaged: %d blocks, then %v", i, n, err)
		}
		if _, again := r.Next(); again == nil || again.Error() != err.Error() {
			t.Fatalf("byte %d damaged: first %v, then %v", i, err, again)
		}
		r.Close()
	}
	writeFile(t, dir, "long", append(bytes.Clone(whole), 0))
	if _, err := readBlocks(dir, "long", -1); err == nil {
		t.Error("a byte behind the end block went unnoticed")
	}
}

// TestWriterGoesOn resumes a block file behind every block.
func TestWriterGoesOn(t *testing.T) {
	dir, want := tempDir(t), payloads()
	starts := writeBlocks(t, dir, "f", want)
	whole, err := dir.ReadFile("f")
	if err != nil {
		t.Fatal(err)
	}
	for i, start := range starts {
		writeFile(t, dir, "g", whole)
		w, err := OpenWriter(dir, "g", start)
		if err != nil || w.Length() != start {
			t.Fatal(err)
		}
		for _, p := range want[i:] {
			if err := w.WriteBlock(Pack(nil, p)); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Finish(), w.Close()); err != nil {
			t.Fatal(err)
		}
		if got, _ := dir.ReadFile("g"); !bytes.Equal(got, whole) {
			t.Errorf("resumed at %d the file is another one", start)
		}
	}
	if _, err := OpenWriter(dir, "g", int64(len(whole))+1); err == nil {
		t.Error("a file that lost what was committed was opened")
	}
	w, err := OpenWriter(dir, "g", 0)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := w.WriteBlock(endBlock); err == nil {
		t.Error("a closed writer takes blocks")
	}
}

func writeFile(t testing.TB, dir *Dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(dir.Join(name), data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// FuzzReader reads any bytes as a block file and as a journal: blocks or an error, no
// panic, and no more memory than the file and its payloads need.
func FuzzReader(f *testing.F) {
	dir := tempDir(f)
	writeBlocks(f, dir, "f", [][]byte{[]byte("one"), sample(300), {}})
	whole, err := dir.ReadFile("f")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-5])
	f.Fuzz(func(t *testing.T, data []byte) {
		disk := newForgetful()
		dir := &Dir{Disk: disk, Path: "d"}
		disk.names["d/f"] = &content{data: data}
		got, err := readBlocks(dir, "f", -1)
		if err == nil && !bytes.Equal(rewrite(got), data) && stored(data) {
			t.Errorf("%d blocks of a file that is not theirs", len(got))
		}
		readBlocks(dir, "f", int64(len(data)))
		if j, records, err := OpenJournal(dir, "f"); err == nil {
			checkJournal(t, data, records)
			j.Close()
		}
		for _, fixed := range []int{0, 5} {
			o := SortOptions{Record: fixed, Key: 2, Memory: 1 << 20}
			disk.names["d/f"] = &content{data: data}
			merge(dir, []run{{name: "f"}}, &o, func([]byte) error { return nil })
		}
	})
}

// rewrite is the block file of the payloads.
func rewrite(payloads [][]byte) []byte {
	var b []byte
	for _, p := range payloads {
		b = Pack(b, p)
	}
	return append(b, endBlock...)
}

// stored reports whether no block of a sound file is compressed: then there is one way
// to write it, but for payloads that could have been compressed.
func stored(data []byte) bool {
	for len(data) > headerSize {
		packed, raw, err := lengths(data)
		if err != nil || packed != raw || raw > 16 {
			return false
		}
		data = data[headerSize+packed:]
	}
	return true
}

// checkJournal holds the records against the beginning of the data.
func checkJournal(t *testing.T, data []byte, records [][]byte) {
	t.Helper()
	at := 0
	for i, rec := range records {
		if !bytes.Equal(data[at+journalHeader:][:len(rec)], rec) {
			t.Errorf("record %d is not what the file has at byte %d", i, at)
		}
		at += journalHeader + len(rec)
	}
}

func ExampleReader() {
	dir := &Dir{Disk: OS{}, Path: os.TempDir()}
	w, _ := CreateWriter(dir, "example.spool")
	w.WriteBlock(Pack(nil, []byte("hello")))
	w.Finish()
	w.Close()
	defer dir.Remove("example.spool")

	r, _ := OpenReader(dir, "example.spool", -1)
	defer r.Close()
	for {
		packed, err := r.Next()
		if err != nil {
			fmt.Println(err)
			return
		}
		payload, _ := Unpack(nil, packed)
		fmt.Printf("%s\n", payload)
	}
	// Output:
	// hello
	// EOF
}
