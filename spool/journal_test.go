package spool

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

// journalOf writes records and returns the file and where each record ends.
func journalOf(t *testing.T, dir *Dir, records ...string) (data []byte, ends []int) {
	t.Helper()
	j, old, err := OpenJournal(dir, "j")
	if err != nil || len(old) != 0 {
		t.Fatalf("%d records in a new journal: %v", len(old), err)
	}
	for _, rec := range records {
		if err := j.Append([]byte(rec)); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, int(j.Length()))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	data, err = dir.ReadFile("j")
	if err != nil {
		t.Fatal(err)
	}
	return data, ends
}

// TestJournalTorn cuts a journal at every byte, and leaves garbage of a torn write
// there: whole records come back, the rest is cut off, and the next one follows them.
func TestJournalTorn(t *testing.T) {
	dir := tempDir(t)
	data, ends := journalOf(t, dir, "first", "", "a third one, longer", "4")
	for n := 0; n <= len(data); n++ {
		for _, tail := range [][]byte{nil, make([]byte, 3), bytes.Repeat([]byte{0xff}, 40)} {
			writeFile(t, dir, "j", append(bytes.Clone(data[:n]), tail...))
			whole := 0
			for _, end := range ends {
				if end <= n {
					whole++
				}
			}
			j, records, err := OpenJournal(dir, "j")
			if err != nil || len(records) != whole {
				t.Fatalf("cut at %d: %d records, want %d: %v", n, len(records), whole, err)
			}
			if err := errors.Join(j.Append([]byte("next")), j.Close()); err != nil {
				t.Fatal(err)
			}
			_, again, err := OpenJournal(dir, "j")
			if err != nil || len(again) != whole+1 || string(again[whole]) != "next" {
				t.Fatalf("cut at %d: %q after one more, %v", n, again, err)
			}
		}
	}
}

// TestJournalDamaged flips a bit of every byte: damage before a whole record is
// reported, damage of the last one is like a torn tail, and nothing wrong comes back.
func TestJournalDamaged(t *testing.T) {
	dir := tempDir(t)
	want := []string{"first", "second", "third"}
	data, ends := journalOf(t, dir, want...)
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x10
		writeFile(t, dir, "j", bad)
		_, records, err := OpenJournal(dir, "j")
		var c *Corrupt
		switch inLength := i < 4 || i >= ends[0] && i < ends[0]+4; {
		case errors.As(err, &c):
			if i >= ends[1] || c.At > int64(i) {
				t.Errorf("byte %d damaged: %v", i, err)
			}
		case err != nil:
			t.Fatal(err)
		case i < ends[1] && !inLength:
			t.Errorf("byte %d damaged unnoticed", i)
		}
		for k, rec := range records {
			if string(rec) != want[k] {
				t.Errorf("byte %d damaged: record %d is %q", i, k, rec)
			}
		}
	}
}

// TestJournalFaults fails every operation once: after an error the journal takes
// nothing more, and what is opened anew has all that was acknowledged.
func TestJournalFaults(t *testing.T) {
	for n := int64(0); ; n++ {
		disk := &Failing{Disk: OS{}, At: n}
		dir := &Dir{Disk: disk, Path: t.TempDir()}
		j, _, err := OpenJournal(dir, "j")
		acknowledged := 0
		for i := 0; err == nil && i < 4; i++ {
			write := j.Append
			if i > 1 {
				write = j.Replace
			}
			if err = write(fmt.Appendf(nil, "%d", i)); err == nil {
				acknowledged = min(acknowledged+1, 2)
			} else if j.Append([]byte("x")) != err {
				t.Errorf("operation %d: the error did not stay", n)
			}
		}
		if disk.Hit() == "" {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		if err == nil {
			t.Fatalf("operation %d (%s) failed unnoticed", n, disk.Hit())
		}
		_, records, err := OpenJournal(&Dir{Disk: OS{}, Path: dir.Path}, "j")
		if err != nil || len(records) < acknowledged {
			t.Errorf("operation %d (%s): %d records, %d acknowledged: %v", n, disk.Hit(), len(records), acknowledged, err)
		}
	}
}

// BeginJournal takes the place of a journal, a damaged one too; where an operation fails,
// the old one or the new one is there.
func TestBeginJournal(t *testing.T) {
	for n := int64(0); ; n++ {
		disk := &Failing{Disk: OS{}, At: n, Dead: true}
		dir := &Dir{Disk: disk, Path: t.TempDir()}
		old, _ := journalOf(t, &Dir{Disk: OS{}, Path: dir.Path}, "first", "second")
		err := BeginJournal(dir, "j", []byte("new"))
		_, records, openErr := OpenJournal(&Dir{Disk: OS{}, Path: dir.Path}, "j")
		if openErr != nil || len(records) == 0 || string(records[0]) != "new" && len(records) != 2 {
			t.Fatalf("operation %d (%s): %q, %v", n, disk.Hit(), records, openErr)
		}
		if err != nil {
			continue
		}
		old[journalHeader] ^= 1
		dir.Disk = OS{}
		writeFile(t, dir, "j", old)
		_, _, openErr = OpenJournal(dir, "j")
		var damaged *Corrupt
		if !errors.As(openErr, &damaged) || BeginJournal(dir, "j", []byte("new")) != nil {
			t.Fatalf("the damaged journal: %v", openErr)
		}
		if _, records, err := OpenJournal(dir, "j"); err != nil || len(records) != 1 {
			t.Errorf("in the place of a damaged one: %q, %v", records, err)
		}
		return
	}
}
