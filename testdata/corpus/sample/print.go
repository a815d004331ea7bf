package sample

import (
	"fmt"
	"io"
	"slices"
)

// Print shows what was written: documents of each kind by file.
func (c *Corpus) Print(to io.Writer) {
	type counts struct{ web, forum, books, bytes int }
	by, total := map[string]*counts{}, counts{}
	var names []string
	for _, p := range c.pages {
		if by[p.Kind] == nil {
			by[p.Kind] = &counts{}
			names = append(names, p.Kind)
		}
		for _, n := range []*counts{by[p.Kind], &total} {
			n.bytes += len(p.Text)
			switch p.File {
			case "web":
				n.web++
			case "forum":
				n.forum++
			default:
				n.books++
			}
		}
	}
	slices.Sort(names)
	row := func(name string, n counts) {
		fmt.Fprintf(to, "%-18s %5d %5d %5d %5d %8d\n", name, n.web, n.forum, n.books, n.web+n.forum+n.books, n.bytes)
	}
	fmt.Fprintf(to, "%-18s %5s %5s %5s %5s %8s\n", "kind", "web", "forum", "books", "all", "bytes")
	for _, name := range names {
		row(name, *by[name])
	}
	row("all", total)
	languages := map[string]int{}
	for _, p := range c.pages {
		languages[p.Lang]++
	}
	fmt.Fprintln(to, languages) // Go prints maps sorted
}
