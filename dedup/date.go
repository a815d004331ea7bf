package dedup

// parseDate reads a date as seconds since 1970 in UTC: 2024-05-01, with or without a
// time behind T or a blank, a fraction and an offset, as ISO 8601 and RFC 3339 write
// it, or without separators, as web archives do: 20240501 or 20240501123000. A time
// without an offset is taken for UTC.
func parseDate(s string) (seconds float64, ok bool) {
	p := dateParser{s: s, ok: true}
	year := p.digits(4)
	dash := p.skip('-')
	month := p.digits(2)
	if dash {
		p.need('-')
	}
	day := p.digits(2)
	hour, minute, second := 0, 0, 0.0
	if p.ok && p.s != "" {
		if sep := p.skip('T') || p.skip('t') || p.skip(' '); sep == dash || sep {
			hour, minute, second = p.clock()
		} else {
			p.ok = false
		}
	}
	offset := p.offset()
	if !p.ok || p.s != "" || month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second >= 61 {
		return 0, false
	}
	return float64(daysSince1970(year, month, day)*86400+hour*3600+minute*60-offset) + second, true
}

// daysSince1970 counts days of the Gregorian calendar, years beginning with March.
func daysSince1970(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468
}

// A dateParser takes a date apart; an error stays.
type dateParser struct {
	s  string
	ok bool
}

func (p *dateParser) digits(n int) (v int) {
	if len(p.s) < n {
		p.ok = false
		return 0
	}
	for _, c := range []byte(p.s[:n]) {
		p.ok = p.ok && '0' <= c && c <= '9'
		v = 10*v + int(c-'0')
	}
	p.s = p.s[n:]
	return v
}

func (p *dateParser) skip(c byte) bool {
	if p.s == "" || p.s[0] != c {
		return false
	}
	p.s = p.s[1:]
	return true
}

func (p *dateParser) need(c byte) { p.ok = p.skip(c) && p.ok }

// clock reads 12:30, 12:30:15, 12:30:15.25 and the same without colons.
func (p *dateParser) clock() (hour, minute int, second float64) {
	hour = p.digits(2)
	colon := p.skip(':')
	minute = p.digits(2)
	if colon && p.skip(':') || !colon && p.s != "" && '0' <= p.s[0] && p.s[0] <= '9' {
		second = float64(p.digits(2))
		if p.skip('.') || p.skip(',') {
			second += p.fraction()
		}
	}
	return hour, minute, second
}

func (p *dateParser) fraction() (v float64) {
	n, unit := 0, 1
	for p.s != "" && '0' <= p.s[0] && p.s[0] <= '9' {
		if unit < 1e9 {
			n, unit = 10*n+int(p.s[0]-'0'), 10*unit
		}
		p.s = p.s[1:]
	}
	return float64(n) / float64(unit)
}

// offset reads Z or +01:00 and returns seconds east of UTC.
func (p *dateParser) offset() int {
	if p.s == "" || p.skip('Z') || p.skip('z') {
		return 0
	}
	sign := 1
	if p.skip('-') {
		sign = -1
	} else {
		p.need('+')
	}
	hours := p.digits(2)
	p.skip(':')
	minutes := 0
	if p.s != "" {
		minutes = p.digits(2)
	}
	return sign * (hours*3600 + minutes*60)
}
