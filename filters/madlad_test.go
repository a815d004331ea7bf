package filters

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// The expressions as they are published.
var publishedCurses = []string{
	" \u2116", "\ufffd\ufffd\ufffd", `\|\s*$`, ` nr\.$`, "aute irure dolor ", " sunt in culpa qui ", "orem ipsum ", " quis nostrud ",
	" adipisicing ", " dolore eu ", " cupidatat ", "autem vel eum", "wisi enim ad", " sex ", " porn ", "\u9ec4\u8272\u7535\u5f71", "mp3", "ownload",
	`Vol\.`, ` Ep\.`, "Episode", ` г\.\s*$`, ` кг\.\s*$`, ` шт\.`, "Develop", "Facebook", " crusher ", " xxx ",
	" ... ... ... ... ... ... ... ... ...", " .... .... .... .... .... .... .... .... ....",
	" [^ ] [^ ] [^ ] [^ ] [^ ] [^ ] [^ ] [^ ] [^ ]", ", ..,,? ..,,? ..,,? ..,,?",
}

// Sentences put together by chance from what the expressions look for are cursed
// where one of the expressions matches.
func TestCursedAgainstExpressions(t *testing.T) {
	var expressions []*regexp.Regexp
	for _, e := range publishedCurses {
		expressions = append(expressions, regexp.MustCompile(e))
	}
	if len(expressions) != 32 {
		t.Fatalf("%d expressions", len(expressions))
	}
	pieces := append([]string{" ", " ", " a", " b", " ab", " abc", " abcd", " é", " éab", "a", ", ", ",,", "ab,", " ab,,", " ab,", "|", " nr.", " г.", " кг.", "mp3", "MP3", "episode", "\ufffd"}, cursedStrings...)
	random := rand.New(rand.NewPCG(1, 2))
	hits := map[int]int{}
	for range 200_000 {
		var b strings.Builder
		few := pieces
		if random.IntN(2) == 0 { // a row of equal ones now and then
			few = []string{pieces[random.IntN(22)], pieces[random.IntN(22)]}
		}
		for range 1 + random.IntN(14) {
			b.WriteString(few[random.IntN(len(few))])
		}
		s := strings.TrimRight(b.String(), " ")
		want := false
		for i, e := range expressions {
			if e.MatchString(s) {
				hits[i]++
				want = true
			}
		}
		may, marks := cursedPhrases.mayHave(s)
		if got := isCursed(s, may, marks); got != want {
			t.Fatalf("%q: cursed is %v, the expressions say %v", s, got, want)
		}
	}
	for i := range expressions {
		if hits[i] == 0 {
			t.Errorf("no sentence matches %q", publishedCurses[i])
		}
	}
}

// What is counted of a sentence is what the obvious way counts.
func TestMadladCounts(t *testing.T) {
	danger := regexp.MustCompile(`[0-9{}+/()>]`)
	for _, s := range []string{"", "a", "Alpha beta Ünder ǅ 1(2)+3 {>} /", "  two\u3000Words\u00a0Here ", "\xffA b", "ÉA É"} {
		c := countMadlad(s)
		words := strings.FieldsFunc(s, unicode.IsSpace)
		capitals := 0
		for _, w := range words {
			if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) || unicode.IsTitle(r) {
				capitals++
			}
		}
		want := madladCount{utf8.RuneCountInString(s), len(words), capitals, len(danger.FindAllString(s, -1))}
		if c != want {
			t.Errorf("%q: %+v, want %+v", s, c, want)
		}
	}
}

// Viramas are those of the scripts that have one, and no other marks.
func TestViramas(t *testing.T) {
	for _, r := range "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u0e3a\u0f84\u1039\u103a\u17d2" {
		if !viramas[r] {
			t.Errorf("%U is no virama", r)
		}
	}
	for _, r := range "\u0301\u093f\u093c\u0e34a" {
		if viramas[r] {
			t.Errorf("%U is a virama", r)
		}
	}
}

func BenchmarkMadlad(b *testing.B) { benchSteps(b, &Madlad) }
