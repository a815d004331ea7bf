package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// whole writes an integer with commas between thousands.
func whole(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Plural writes a number of things: 1 shard, 12,034 documents.
func Plural(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return whole(n) + " " + thing
}

// short writes a count in three digits: 950, 12.3k, 4.56M.
func short(n int64) string {
	v, unit := float64(n), ""
	for _, u := range []string{"k", "M", "G", "T"} {
		if math.Abs(v) < 999.5 {
			break
		}
		v, unit = v/1000, u
	}
	if unit == "" {
		return strconv.FormatInt(n, 10)
	}
	return digits(v) + unit
}

// size writes bytes in three digits with decimal units.
func size(n int64) string {
	v, unit := float64(n), "B"
	for _, u := range []string{"kB", "MB", "GB", "TB", "PB"} {
		if math.Abs(v) < 999.5 {
			break
		}
		v, unit = v/1000, u
	}
	if unit == "B" {
		return strconv.FormatInt(n, 10) + " B"
	}
	return digits(v) + " " + unit
}

// digits writes three significant digits of a number below 1000.
func digits(v float64) string {
	switch a := math.Abs(v); {
	case a < 9.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case a < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// percent writes a share of a whole; what is not all is not written as all, and what is
// not nothing not as nothing.
func percent(part, of int64) string {
	if of == 0 {
		return "–"
	}
	p := 100 * float64(part) / float64(of)
	switch {
	case part != 0 && p < 0.05:
		return "<0.1 %"
	case part != of && p > 99.9 && p < 100:
		return ">99.9 %"
	}
	return fmt.Sprintf("%.1f %%", p)
}

// seconds writes a time.
func seconds(s float64) string {
	switch {
	case s < 0.0005:
		return "–"
	case s < 1:
		return fmt.Sprintf("%.0f ms", 1000*s)
	case s < 99.95:
		return fmt.Sprintf("%.1f s", s)
	case s < 7200:
		return fmt.Sprintf("%.0f min %02.0f s", math.Floor(s/60), math.Floor(math.Mod(s, 60)))
	}
	return fmt.Sprintf("%.1f h", s/3600)
}

// value writes a measured value or a bound in at most six significant digits, with
// commas where it is large.
func value(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return whole(int64(v))
	}
	s := strconv.FormatFloat(v, 'g', 6, 64)
	if strings.Contains(s, "e") {
		return s
	}
	if i := strings.IndexByte(s, '.'); i > 4 {
		n, _ := strconv.ParseInt(s[:i], 10, 64)
		return whole(n) + s[i:]
	}
	return s
}

// bound writes what a rule allows.
func bound(r *Rule) string {
	switch {
	case r.Edit:
		return "edits, removes nothing"
	case r.Off:
		return "off"
	case r.Min == nil && r.Max == nil:
		return "any value"
	case r.Min == nil:
		return "at most " + value(*r.Max)
	case r.Max == nil:
		return "at least " + value(*r.Min)
	}
	return value(*r.Min) + " to " + value(*r.Max)
}
