package spool

import (
	"errors"
	"fmt"
)

// SortOptions say what a Sorter sorts and what it may use.
type SortOptions struct {
	// Record is the length of all records, which are then ordered by all their bytes.
	// 0 lets each record have its own length; they are ordered by their first Key
	// bytes, and equal keys by the order in which they were added.
	Record int
	Key    int
	Memory int64 // bytes, about; the largest record and a few KiB always fit
	FanIn  int   // run files that are read at a time at most; 0 is 24
	Plain  bool  // run files are not compressed: it would take longer than the disk does
	Expect int64 // records that will come at least, about, where that is known: room is made at once
	// Check, where not nil, is called now and then while Each prepares; its error
	// ends the sort. It lets a long merge be interrupted.
	Check func() error
}

// A Sorter sorts records that may outgrow memory: what does not fit is sorted and
// written to run files, which are merged in as many passes as the fan-in asks for.
// It is owned by one goroutine. Its files need not survive the process.
type Sorter struct {
	dir    *Dir
	name   string
	o      SortOptions
	pool   pool
	runs   []run
	made   int // run files so far, for their names
	n      int64
	sealed bool
	err    error
}

// A pool holds records in memory until they are sorted.
type pool interface {
	// add copies a record, or reports that the pool is full and it has not.
	add(rec []byte) bool
	sort()
	// each calls f in order; the record is valid during the call.
	each(f func(rec []byte) error) error
	size() int
	reset()
}

// A run is a sorted run file.
type run struct {
	name string
	cost int64 // bytes of memory that reading it takes at most
}

// NewSorter sorts with run files in dir whose names begin with name.
func NewSorter(dir *Dir, name string, o SortOptions) *Sorter {
	if o.FanIn == 0 {
		o.FanIn = 24
	}
	if o.FanIn < 2 || o.Record < 0 || o.Key < 0 || o.Record == 0 && o.Key == 0 {
		panic(fmt.Sprintf("spool: a sorter cannot work with %+v", o))
	}
	if o.Record > 0 {
		o.Key = o.Record
	}
	return &Sorter{dir: dir, name: name, o: o, pool: newPool(o)}
}

func newPool(o SortOptions) pool {
	switch {
	case o.Record == 0 || o.Record > 32:
		return newHeap(o)
	case o.Record <= 8:
		return newRows[[1]uint64](o)
	case o.Record <= 16:
		return newRows[[2]uint64](o)
	case o.Record <= 24:
		return newRows[[3]uint64](o)
	}
	return newRows[[4]uint64](o)
}

// fixed is the length of records that stand side by side in run files, or 0.
func (o *SortOptions) fixed() int {
	if o.Record > 32 {
		return 0
	}
	return o.Record
}

// block is the payload of a run file's block: fan-in times two of them fit in half of
// the memory.
func (o *SortOptions) block() int {
	return int(min(max(o.Memory/int64(4*o.FanIn), 4<<10), 256<<10))
}

func (o *SortOptions) check() error {
	if o.Check == nil {
		return nil
	}
	return o.Check()
}

// Len returns how many records were added.
func (s *Sorter) Len() int64 { return s.n }

// Add adds a record; it is copied.
func (s *Sorter) Add(rec []byte) error {
	if s.err != nil {
		return s.err
	}
	if err := s.fits(rec); err != nil {
		return err
	}
	if !s.pool.add(rec) {
		if s.err = s.spill(); s.err != nil {
			return s.err
		}
		s.pool.add(rec)
	}
	s.n++
	return nil
}

// fits refuses what cannot be sorted.
func (s *Sorter) fits(rec []byte) error {
	switch {
	case s.sealed:
		return fmt.Errorf("sort %s: a record was added behind Each", s.name)
	case s.o.Record > 0 && len(rec) != s.o.Record:
		return fmt.Errorf("sort %s: a record of %d bytes, all have %d", s.name, len(rec), s.o.Record)
	case len(rec) < s.o.Key:
		return fmt.Errorf("sort %s: a record of %d bytes, its key has %d", s.name, len(rec), s.o.Key)
	case len(rec) > MaxPayload-16:
		return fmt.Errorf("sort %s: a record of %d bytes, at most %d are possible", s.name, len(rec), MaxPayload-16)
	}
	return nil
}

// spill sorts what is in memory and writes it to a run file.
func (s *Sorter) spill() error {
	if err := s.o.check(); err != nil {
		return err
	}
	s.pool.sort()
	r, err := s.write(s.pool.each)
	if err != nil {
		return err
	}
	s.pool.reset()
	s.runs = append(s.runs, r)
	return nil
}

// write makes a run file of what each yields.
func (s *Sorter) write(each func(func([]byte) error) error) (run, error) {
	name := fmt.Sprintf("%s-%06d.run", s.name, s.made)
	s.made++
	w, err := newRunWriter(s.dir, name, &s.o)
	if err != nil {
		return run{}, err
	}
	if err := each(w.add); err != nil {
		return run{}, errors.Join(err, w.w.Close(), s.dir.Remove(name))
	}
	if err := w.finish(); err != nil {
		return run{}, errors.Join(err, s.dir.Remove(name))
	}
	return run{name: name, cost: w.cost}, nil
}

// Each calls f for all records in ascending order; the record is valid during the
// call. It may be called again, but no record may be added any more.
func (s *Sorter) Each(f func(rec []byte) error) error {
	if s.err != nil {
		return s.err
	}
	if s.err = s.seal(); s.err != nil {
		return s.err
	}
	if s.pool != nil {
		return s.pool.each(f)
	}
	return merge(s.dir, s.runs, &s.o, f)
}

// seal sorts what is in memory, or, where there are run files, sees to it that they
// can be merged in one last pass.
func (s *Sorter) seal() error {
	if s.sealed {
		return nil
	}
	s.sealed = true
	if len(s.runs) == 0 {
		s.pool.sort()
		return nil
	}
	if s.pool.size() > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.pool = nil
	for s.group(s.runs) < len(s.runs) {
		if err := s.pass(); err != nil {
			return err
		}
	}
	return nil
}

// pass merges neighbouring run files in groups, which keeps equal keys in the order
// in which they were added.
func (s *Sorter) pass() error {
	var merged []run
	for rest := s.runs; len(rest) > 0; {
		n := s.group(rest)
		r, err := s.join(rest[:n])
		if err != nil {
			s.runs = append(merged, rest...) // what Close has to remove
			return err
		}
		merged, rest = append(merged, r), rest[n:]
	}
	s.runs = merged
	return nil
}

// join merges run files into one and removes them.
func (s *Sorter) join(runs []run) (run, error) {
	if len(runs) == 1 {
		return runs[0], nil
	}
	r, err := s.write(func(f func([]byte) error) error { return merge(s.dir, runs, &s.o, f) })
	if err != nil {
		return run{}, err
	}
	for _, old := range runs {
		err = errors.Join(err, s.dir.Remove(old.name))
	}
	if err != nil {
		return run{}, errors.Join(err, s.dir.Remove(r.name))
	}
	return r, nil
}

// group returns how many of the runs can be merged at a time: two at least, and else
// as many as fan-in and memory allow.
func (s *Sorter) group(runs []run) int {
	sum, n := int64(0), 0
	for n < len(runs) && n < s.o.FanIn {
		sum += runs[n].cost
		if n >= 2 && sum > s.o.Memory {
			break
		}
		n++
	}
	return n
}

// Close gives the memory free and removes the run files.
func (s *Sorter) Close() error {
	var err error
	for _, r := range s.runs {
		err = errors.Join(err, s.dir.Remove(r.name))
	}
	s.runs, s.pool = nil, nil
	s.sealed = true
	if s.err == nil {
		s.err = fmt.Errorf("sort %s: the sorter is closed", s.name)
	}
	return err
}
