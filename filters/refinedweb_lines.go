package filters

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// RefinedWebLines drops lines that are no prose, and pages that lose much by it.
var RefinedWebLines = step.Spec{
	Name: "refinedweb_lines",
	Doc: "RefinedWeb's line-wise corrections, as DCLM has them: drops lines of capitals, of digits, counters and lines of one word, cuts three phrases of menus, and removes pages that lose more " +
		"than a share of their words. The rules meet the lines one after the other, each the whole page; lines lie between newlines and empty ones stay. The page is stripped after each rule but the one for short lines. " +
		"Phrases are found in any case of ASCII letters. A page of which nothing is left has lost everything.",
	Source: "Penedo et al. 2023, arXiv:2306.01116, appendix G.2; DCLM, baselines/mappers/modifiers.py and dclm_baseline_refinedweb.yaml at 361714bd",
	Rules: []step.Rule{
		rwCapitals: editRule("uppercase_lines", "lines", "Lines dropped of which more than half of the characters are capitals."),
		rwNumbers:  editRule("numeric_lines", "lines", "Lines dropped that are nothing but digits."),
		rwCounters: editRule("counter_lines", "lines", "Lines dropped that are a number and a word such as likes, shares, comments or followers."),
		rwShort:    editRule("short_lines", "lines", "Lines dropped that have less than two words."),
		rwCart:     editRule("items_in_cart", "stretches", "\"items in cart\" cut from lines of at most ten words, or the lines if nothing else is in them."),
		rwReadMore: editRule("read_more", "stretches", "\"Read more\" and three more characters cut from the end of lines of at most ten words."),
		rwSignIn:   editRule("sign_in", "stretches", "\"Sign-in\" cut from the beginning of lines of at most ten words."),
		rwSpaces:   editRule("spaces", "stretches", "White space cut at the ends of the page."),
		rwRemoved:  shareAtMost("removed_words", "share of words", 0.05, "Words that the other rules took away; words begin with a letter or number."),
	},
	New: func() step.Settings { return &refinedWebSettings{} },
}

// The rules of refinedweb_lines by index.
const (
	rwCapitals = iota
	rwNumbers
	rwCounters
	rwShort
	rwCart
	rwReadMore
	rwSignIn
	rwSpaces
	rwRemoved
)

type refinedWebSettings struct{}

// Build makes the step.
func (*refinedWebSettings) Build(*step.Env) (any, error) { return &refinedWeb{}, nil }

// refinedWeb is the step in one worker.
type refinedWeb struct {
	lines   []rwLine
	rebuilt []byte // lines without phrases that were inside of them
	low     []byte
}

// An rwLine is a line and what is left of it.
type rwLine struct {
	text.Span        // in the text
	left      string // "" if it is gone or empty
	gone      bool
	rule      int // that dropped or changed it
	from      int // where left begins in the line; -1 if it is no part of it
}

// Fork returns the same step for another worker.
func (*refinedWeb) Fork() step.Local { return &refinedWeb{} }

// Judge corrects the lines, then judges what that left of the page.
func (c *refinedWeb) Judge(d *document.Document, m *step.Meter) step.Verdict {
	s := d.View().Text()
	c.lines, c.rebuilt = c.lines[:0], c.rebuilt[:0]
	for _, l := range d.View().Lines() {
		c.lines = append(c.lines, rwLine{Span: l.Span, left: l.Of(s)})
	}
	for rule := rwCapitals; rule < rwSpaces; rule++ {
		if !m.Rules[rule].Off {
			c.correct(rule)
		}
		if rule != rwShort && !m.Rules[rwSpaces].Off {
			c.strip()
		}
	}
	before, after := properTokens(s), 0
	for i := range c.lines {
		if !c.lines[i].gone {
			after += properTokens(c.lines[i].left)
		}
	}
	for i := range rwRemoved {
		m.Hold(i, 0)
	}
	c.edit(m)
	m.Hold(rwRemoved, ratioOrOne(before-after, before))
	return m.Verdict()
}

// correct applies one rule to all lines.
func (c *refinedWeb) correct(rule int) {
	for i := range c.lines {
		l := &c.lines[i]
		if l.gone || l.left == "" {
			continue
		}
		drop := false
		switch rule {
		case rwCapitals:
			drop = 2*countIf(l.left, text.IsUpper) > utf8.RuneCountInString(l.left)
		case rwNumbers:
			n := utf8.RuneCountInString(l.left)
			drop = float64(countIf(l.left, text.IsDigit))/float64(n) > 0.999999
		case rwCounters:
			drop = c.isCounter(l.left)
		case rwShort:
			drop = !hasWords(l.left, 2)
		default:
			// The original drops lines of white space, too, if the rules before left any.
			drop = !hasWords(l.left, 11) && (c.cutPhrase(l, rule) || text.TrimSpace(l.left) == "")
		}
		if drop {
			l.gone, l.rule, l.left = true, rule, ""
		}
	}
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func countIf(s string, is func(rune) bool) (n int) {
	for _, r := range s {
		n += asInt(is(r))
	}
	return n
}

// rwNouns are what counters count.
var rwNouns = map[string]bool{
	"likes": true, "shares": true, "comments": true, "retweets": true, "reposts": true, "quotes": true,
	"bookmarks": true, "upvotes": true, "downvotes": true, "downloads": true, "views": true, "followers": true,
}

// isCounter reports whether a line is a number, perhaps with one of the letters k, m
// and b, and one of the nouns, whatever marks are around them.
func (c *refinedWeb) isCounter(line string) bool {
	isMark := func(r rune) bool { return !text.IsWordRune(r) }
	line = strings.TrimLeftFunc(line, isMark)
	if line == "" || !unicode.IsDigit(firstRune(line)) {
		return false
	}
	c.low = text.AppendLower(c.low[:0], line)
	rest := strings.TrimLeftFunc(asString(c.low), func(r rune) bool { return r == ',' || r == '.' || unicode.IsDigit(r) })
	if rest != "" && (rest[0] == 'k' || rest[0] == 'm' || rest[0] == 'b') {
		rest = rest[1:]
	}
	noun := strings.TrimLeftFunc(rest, text.IsSpace)
	if len(noun) == len(rest) {
		return false
	}
	return rwNouns[strings.TrimRightFunc(noun, isMark)]
}

// cutPhrase cuts the phrase of a rule from a line and reports whether nothing is left.
func (c *refinedWeb) cutPhrase(l *rwLine, rule int) bool {
	switch rule {
	case rwCart:
		return c.cutInside(l, "items in cart")
	case rwReadMore:
		return l.cutEnd("read more")
	}
	return l.cutBeginning("sign-in")
}

// cutInside cuts a phrase wherever it is, with one space before it.
func (c *refinedWeb) cutInside(l *rwLine, phrase string) bool {
	at := indexFolded(l.left, phrase)
	if at < 0 {
		return false
	}
	start, rest := len(c.rebuilt), l.left
	for ; at >= 0; at = indexFolded(rest, phrase) {
		c.rebuilt = append(c.rebuilt, withoutLastSpace(rest[:at])...)
		rest = rest[at+len(phrase):]
	}
	c.rebuilt = append(c.rebuilt, rest...)
	l.left, l.rule, l.from = asString(c.rebuilt[start:]), rwCart, -1
	return text.TrimSpace(l.left) == ""
}

func indexFolded(s, phrase string) int {
	for i := 0; i+len(phrase) <= len(s); i++ {
		if equalFolded(s[i:i+len(phrase)], phrase) {
			return i
		}
	}
	return -1
}

func withoutLastSpace(s string) string {
	if r, n := utf8.DecodeLastRuneInString(s); n > 0 && text.IsSpace(r) {
		return s[:len(s)-n]
	}
	return s
}

// cutEnd cuts a phrase and the three characters at the end behind it, with one space
// before it.
func (l *rwLine) cutEnd(phrase string) bool {
	end := len(l.left)
	for range 3 {
		_, n := utf8.DecodeLastRuneInString(l.left[:end])
		end -= n
	}
	start := end - len(phrase)
	if start < 0 || !equalFolded(l.left[start:end], phrase) {
		return false
	}
	l.left, l.rule = withoutLastSpace(l.left[:start]), rwReadMore
	return text.TrimSpace(l.left) == ""
}

// cutBeginning cuts a phrase at the beginning, with one space behind it.
func (l *rwLine) cutBeginning(phrase string) bool {
	if len(l.left) < len(phrase) || !equalFolded(l.left[:len(phrase)], phrase) {
		return false
	}
	n := len(phrase)
	if n < len(l.left) {
		n += text.SpaceAt(l.left, n)
	}
	l.dropBytes(n, rwSignIn)
	return text.TrimSpace(l.left) == ""
}

// dropBytes drops the first n bytes of what is left.
func (l *rwLine) dropBytes(n, rule int) {
	l.left, l.rule = l.left[n:], rule
	if l.from >= 0 {
		l.from += n
	}
}

// strip strips the page.
func (c *refinedWeb) strip() {
	for i := range c.lines {
		if l := &c.lines[i]; !l.gone {
			if stripped := strings.TrimLeftFunc(l.left, text.IsSpace); stripped != "" {
				if n := len(l.left) - len(stripped); n > 0 {
					l.dropBytes(n, rwSpaces)
				}
				break
			}
			l.gone, l.rule, l.left = true, rwSpaces, ""
		}
	}
	for i := len(c.lines) - 1; i >= 0; i-- {
		if l := &c.lines[i]; !l.gone {
			if stripped := strings.TrimRightFunc(l.left, text.IsSpace); stripped != "" {
				if len(stripped) < len(l.left) {
					l.left, l.rule = stripped, rwSpaces
				}
				return
			}
			l.gone, l.rule, l.left = true, rwSpaces, ""
		}
	}
}

// edit asks for the edits that leave what is left of the lines that stay.
func (c *refinedWeb) edit(m *step.Meter) {
	stays := false // a line before stays
	for i := range c.lines {
		l := &c.lines[i]
		start, end := int(l.Start), int(l.End)
		if l.gone {
			if stays {
				start--
			} else if i+1 < len(c.lines) {
				end++
			}
			if start < end {
				m.Edit(l.rule, start, end, "")
			}
			continue
		}
		stays = true
		if l.from < 0 {
			m.Edit(l.rule, start, end, l.left)
			continue
		}
		if l.from > 0 {
			m.Edit(l.rule, start, start+l.from, "")
		}
		if kept := start + l.from + len(l.left); kept < end {
			m.Edit(l.rule, kept, end, "")
		}
	}
}
