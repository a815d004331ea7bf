package recipe

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tamis/document"
	"tamis/text"
)

// A Size is a number of bytes, written as 512MiB, 8GiB, 1GB or plainly as a number.
type Size int64

// The units of sizes, the longer ones first so that a suffix is found whole.
var units = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// UnmarshalScalar reads a size as a recipe writes it.
func (s *Size) UnmarshalScalar(v string) error {
	number, unit := v, 1.0
	for _, u := range units {
		if cut, ok := strings.CutSuffix(v, u.name); ok {
			number, unit = strings.TrimSpace(cut), u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no size: one is a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, e.g. 512MiB", v)
	case math.IsNaN(n) || n < 0:
		return fmt.Errorf("a size of %s is impossible: it is 0 or more", v)
	case n*unit >= math.MaxInt64:
		return fmt.Errorf("a size of %s is impossible: it is more than 8 EiB", v)
	}
	*s = Size(math.Round(n * unit))
	return nil
}

// String writes a size in the largest binary unit that divides it.
func (s Size) String() string {
	for _, u := range units[:4] {
		if n := int64(u.bytes); s != 0 && int64(s)%n == 0 && int64(s)/n < 1024 {
			return strconv.FormatInt(int64(s)/n, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// A Share is a number from 0 to 1; 1% is 0.01.
type Share float64

// UnmarshalScalar reads a share as a recipe writes it.
func (s *Share) UnmarshalScalar(v string) error {
	number, unit := v, 1.0
	if cut, ok := strings.CutSuffix(v, "%"); ok {
		number, unit = strings.TrimSpace(cut), 100
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return fmt.Errorf("%q is no share: one is a number from 0 to 1, or a percentage", v)
	}
	if !(n/unit >= 0 && n/unit <= 1) {
		return fmt.Errorf("a share of %s is impossible: one lies between 0 and 1", v)
	}
	*s = Share(n / unit)
	return nil
}

// A Splitter is the name of a text.Splitter.
type Splitter string

var splitters = text.Splitters()

// UnmarshalScalar reads the name of a splitter.
func (s *Splitter) UnmarshalScalar(v string) error {
	*s = Splitter(v)
	return oneOf("splitter", v, splitters)
}

func (s Splitter) splitter() text.Splitter {
	out, _ := text.ParseSplitter(string(s)) // a bad name has been noted
	return out
}

// A Part is the name of a document.Part.
type Part string

var parts = []string{document.All.String(), document.Prompt.String(), document.Response.String()}

// UnmarshalScalar reads all, prompt or response.
func (p *Part) UnmarshalScalar(v string) error {
	*p = Part(v)
	return oneOf("part of a conversation", v, parts)
}

func (p Part) part() document.Part {
	return document.Part(max(0, slices.Index(parts, string(p)))) // a bad name has been noted
}

// oneOf reports a word that is none of a few.
func oneOf(what, word string, words []string) error {
	for _, w := range words {
		if w == word {
			return nil
		}
	}
	return &unknownWord{what, word, words}
}

// An unknownWord is a word that is none of a few; its remedy names the nearest.
type unknownWord struct {
	what, word string
	words      []string
}

func (u *unknownWord) Error() string { return fmt.Sprintf("there is no %s %q", u.what, u.word) }
