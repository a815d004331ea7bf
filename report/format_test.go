package report

import "testing"

func TestFormat(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{whole(0), "0"}, {whole(-1234), "-1,234"}, {whole(999), "999"}, {whole(1_234_567), "1,234,567"}, {whole(-999), "-999"},
		{short(999), "999"}, {short(1000), "1.00k"}, {short(12_345), "12.3k"}, {short(999_999), "1.00M"}, {short(123_456_789), "123M"},
		{size(0), "0 B"}, {size(1500), "1.50 kB"}, {size(999_950), "1.00 MB"}, {size(7_300_000_000), "7.30 GB"},
		{percent(0, 0), "–"}, {percent(0, 10), "0.0 %"}, {percent(1, 100_000), "<0.1 %"}, {percent(10, 10), "100.0 %"},
		{percent(99_999, 100_000), ">99.9 %"}, {percent(1, 3), "33.3 %"},
		{seconds(0), "–"}, {seconds(0.25), "250 ms"}, {seconds(59.96), "60.0 s"}, {seconds(125), "2 min 05 s"}, {seconds(7300), "2.0 h"},
		{value(0.1), "0.1"}, {value(100000), "100,000"}, {value(12345.678), "12,345.7"}, {value(1.0 / 3), "0.333333"}, {value(-2.5), "-2.5"}, {value(1e-9), "1e-09"},
		{tickLabel(1000), "1k"}, {tickLabel(0.02), "0.02"}, {tickLabel(1e9), "1G"}, {tickLabel(-20), "-20"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestBound(t *testing.T) {
	lo, hi := 3.0, 10.5
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{Rule{Min: &lo, Max: &hi}, "3 to 10.5"}, {Rule{Min: &lo}, "at least 3"}, {Rule{Max: &hi}, "at most 10.5"}, {Rule{}, "any value"},
		{Rule{Min: &lo, Off: true}, "off"}, {Rule{Edit: true}, "edits, removes nothing"},
	} {
		if got := bound(&c.rule); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
