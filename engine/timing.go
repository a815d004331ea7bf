package engine

import "time"

// Timing holds nanoseconds of work by name: a step's, or a phase's. It is kept apart
// from all that must be the same in every run.
type Timing map[string]int64

// timeEvery is how many documents go by for one that is timed: two readings of the
// clock for each step of each document would be felt.
const timeEvery = 16

// A stopwatch measures the steps of one worker by timing one document in timeEvery.
type stopwatch struct {
	n     int
	on    bool
	last  time.Time
	spent []int64 // by step of the stage, in nanoseconds of the documents timed
}

func (s *stopwatch) document() {
	s.n++
	if s.on = s.n%timeEvery == 0; s.on {
		s.last = time.Now()
	}
}

// lap gives the time since the last lap to a step.
func (s *stopwatch) lap(i int) {
	if !s.on {
		return
	}
	now := time.Now()
	s.spent[i] += timeEvery * now.Sub(s.last).Nanoseconds()
	s.last = now
}

func (t Timing) add(name string, nanos int64) { t[name] += nanos }
