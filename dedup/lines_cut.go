package dedup

import (
	"encoding/binary"
	"strings"

	"tamis/document"
	"tamis/step"
)

// A cutList is a decision on lines: the numbers of those that go, ascending, each as
// the distance to the one behind the number before (uvarint).
type cutList struct {
	buf  []byte
	next uint64
	n    int
}

func (c *cutList) reset() { c.buf, c.next, c.n = c.buf[:0], 0, 0 }

func (c *cutList) add(line uint64) {
	c.buf = binary.AppendUvarint(c.buf, line-c.next)
	c.next, c.n = line+1, c.n+1
}

// cuts reads a cutList.
type cuts struct {
	buf  []byte
	next int
}

func (c *cuts) line() (number int, ok bool) {
	if len(c.buf) == 0 {
		return 0, false
	}
	skip, n := binary.Uvarint(c.buf)
	if n <= 0 {
		panic("dedup: a damaged decision on lines")
	}
	c.buf = c.buf[n:]
	number = c.next + int(skip)
	c.next = number + 1
	return number, true
}

// totals returns how many lines go, and the number of the last one of total that
// stays, or -1.
func (c cuts) totals(total int) (gone, last int) {
	last = total - 1
	tail := -2 // last number so far
	for {
		n, ok := c.line()
		if !ok {
			break
		}
		if gone++; n != tail+1 {
			last = n - 1 // if all behind it go
		}
		tail = n
	}
	if tail != total-1 {
		last = total - 1
	}
	return gone, last
}

// applyLines asks for the edits that leave the other lines, joined by line feeds.
func applyLines(d *document.Document, decision []byte, m *step.Meter) step.Verdict {
	s := d.Text()
	total := 1 + strings.Count(s, "\n")
	c := cuts{buf: decision}
	gone, last := c.totals(total)
	cutLines(s, c, last, last == total-1, m)
	m.Values[ruleLinesRemoved] = float64(gone)
	if m.Hold(ruleLinesLeft, float64(total-gone)) {
		m.Hold(ruleShareRemoved, step.Ratio(gone, total))
	}
	return m.Verdict()
}

// cutLines cuts each line together with the line feed behind it; behind the last line
// that stays all is cut with the line feed before it, unless it is the text's last.
//
//	kept\n gone\n kept\n gone\n gone
//	       ^^^^^^     ^^^^^^^^^^^^^^
func cutLines(s string, c cuts, last int, whole bool, m *step.Meter) {
	at, number := 0, 0
	for {
		line, ok := c.line()
		if !ok || line > last {
			break
		}
		for ; number < line; number++ {
			at += lineLength(s[at:])
		}
		end := at + lineLength(s[at:])
		m.Edit(ruleLinesRemoved, at, end, "")
		at, number = end, number+1
	}
	if whole {
		return
	}
	for ; number <= last; number++ {
		at += lineLength(s[at:])
	}
	if last >= 0 {
		at--
	}
	if at < len(s) {
		m.Edit(ruleLinesRemoved, at, len(s), "")
	}
}

// lineLength is the length of the first line with its line feed.
func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i + 1
	}
	return len(s)
}
