package filters

import (
	"strings"

	"tamis/text"
)

// How lines are judged by those around them. The numbers are those that cut most of
// the marked segments of web pages while 98 % of the text stay.
const (
	shortestProse    = 120 // bytes of a line with which a text begins and ends
	longestAside     = 100 // bytes between lines that go, or of a line behind the prose
	shortestSentence = 25  // bytes of a line with a full stop that is no aside
	cutsAround       = 4   // lines that go before and behind an aside
	cutsBehind       = 3   // lines that go behind the prose, for the others to follow
)

// findProse finds the first and the last line of prose.
func (b *boilerplate) findProse() {
	b.first, b.last = len(b.lines), -1
	for i, l := range b.lines {
		if l.what == boilerKeeps && l.end-l.start >= shortestProse {
			b.first, b.last = min(b.first, i), i
		}
	}
}

// rows finds menus: short lines in a row. What is cut anyway does not part them.
func (b *boilerplate) rows() {
	for i := 0; i < len(b.lines); {
		n, end := 0, i
		for end < len(b.lines) && b.lines[end].what != boilerKeeps {
			if b.lines[end].what == boilerShort {
				n++
			}
			end++
		}
		if n >= b.shortestRow(i, end) {
			if end < len(b.lines) && b.lines[end-1].what == boilerShort {
				end-- // the heading of the text behind the menu
			}
			for j := i; j < end; j++ {
				if b.lines[j].what == boilerShort {
					b.lines[j].what = boilerMenus
				}
			}
		}
		i = end + 1
	}
}

// shortestRow returns how many short lines are a menu among the lines [from, to). A
// text has lists and verses of its own.
func (b *boilerplate) shortestRow(from, to int) int {
	if b.first < from && to <= b.last {
		return 2 * b.menu
	}
	return b.menu
}

// behind cuts what stands with lines that go behind the last line of prose: names of
// other pages, the comments' headings.
func (b *boilerplate) behind() {
	tail, cuts := b.lines[b.last+1:], 0
	for _, l := range tail {
		if l.what < boilerKeeps {
			cuts++
		}
	}
	if b.last < 0 || cuts < cutsBehind {
		return
	}
	for i := range tail {
		if l := &tail[i]; l.stays() && l.end-l.start <= longestAside {
			l.what = boilerAsides
		}
	}
}

// stays reports whether a line that is not blank would stay.
func (l *siteLine) stays() bool { return l.what == boilerKeeps || l.what == boilerShort }

// between cuts what little stands among lines that go.
func (b *boilerplate) between(s string) {
	before, from, to := 0, 0, 0 // the lines [from, to) stay, those before them go
	for i := 0; i < len(b.lines); {
		cuts := 0
		for ; i < len(b.lines) && !b.lines[i].stays(); i++ {
			if b.lines[i].what != boilerBlank {
				cuts++
			}
		}
		if before > 0 && cuts > 0 && before+cuts >= cutsAround && b.isAside(s, from, to) {
			for j := from; j < to; j++ {
				if b.lines[j].stays() {
					b.lines[j].what = boilerAsides
				}
			}
		}
		for from = i; i < len(b.lines) && b.lines[i].what >= boilerKeeps; i++ {
		}
		to, before = i, cuts
	}
}

// isAside reports whether the lines [from, to) are little and no sentences.
func (b *boilerplate) isAside(s string, from, to int) bool {
	size := 0
	for _, l := range b.lines[from:to] {
		n := l.end - l.start
		if l.what == boilerKeeps && n > shortestSentence && strings.HasSuffix(text.TrimSpace(s[l.start:l.end]), ".") {
			return false
		}
		size += n
	}
	return size <= longestAside
}
