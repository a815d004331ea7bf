package classify

import "sync"

// A book holds what training needs of lines: their features and labels as row numbers.
// Words are looked up and n-grams hashed once, however often a line is seen.
type book struct {
	rows    []int32
	labels  []int32
	entries []entry
}

// An entry says where a line's rows and labels end; they begin where those of the
// line before do. tokens are counted as the original counts them.
type entry struct {
	rows   int
	labels int32
	tokens int32
}

// A page is one line of a book.
type page struct {
	rows, labels []int32
	tokens       int32
}

func (b *book) page(i int) page {
	e, start := b.entries[i], entry{}
	if i > 0 {
		start = b.entries[i-1]
	}
	return page{b.rows[start.rows:e.rows], b.labels[start.labels:e.labels], e.tokens}
}

func (b *book) clear() { b.rows, b.labels, b.entries = b.rows[:0], b.labels[:0], b.entries[:0] }

// add appends a line.
func (b *book) add(f *featurer, line string) {
	f.line(line)
	b.rows, b.labels = append(b.rows, f.rows...), append(b.labels, f.labels...)
	b.entries = append(b.entries, entry{len(b.rows), int32(len(b.labels)), int32(f.tokens)})
}

// join appends the lines of another book.
func (b *book) join(c *book) {
	rows, labels := len(b.rows), int32(len(b.labels))
	b.rows, b.labels = append(b.rows, c.rows...), append(b.labels, c.labels...)
	for _, e := range c.entries {
		b.entries = append(b.entries, entry{e.rows + rows, e.labels + labels, e.tokens})
	}
}

// A press makes books of lines, on several goroutines.
type press struct {
	featurers []*featurer
	parts     []book
}

func newPress(m *Model, threads int) *press {
	p := &press{parts: make([]book, threads)}
	for range threads {
		p.featurers = append(p.featurers, newFeaturer(m))
	}
	return p
}

// print appends n lines to b, in their order.
func (p *press) print(b *book, n int, line func(i int) string) {
	var wg sync.WaitGroup
	for w := range p.parts {
		from, to := w*n/len(p.parts), (w+1)*n/len(p.parts)
		wg.Go(func() {
			p.parts[w].clear()
			for i := from; i < to; i++ {
				p.parts[w].add(p.featurers[w], line(i))
			}
		})
	}
	wg.Wait()
	for w := range p.parts {
		b.join(&p.parts[w])
	}
}

// printAll returns a book of all lines, or nil past the limit.
func (p *press) printAll(lines []string, limit int) *book {
	b := &book{}
	for from := 0; from < len(lines); from += chapter {
		part := lines[from:min(from+chapter, len(lines))]
		p.print(b, len(part), func(i int) string { return part[i] })
		if len(b.rows) > limit {
			return nil
		}
	}
	return b
}
