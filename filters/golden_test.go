package filters

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"tamis/step"
	"tamis/text"
)

// A goldenShare is what five programs say of the n-grams of one text, to four decimals,
// by their formulas carried out by hand: the characters of the most frequent n-gram, and
// those of duplicate n-grams. No value is one that the program does not have, or that
// nobody has worked out.
type goldenShare struct {
	text                                    string
	n                                       int
	datatrove, redpajama, dclm, dolma, nemo topDup
}

type topDup struct{ top, dup float64 }

var none = math.NaN()

var goldenShares = func() []goldenShare {
	fox := "red fox ran far away red fox ran far away red fox ran far away and slept"
	abc := "a b c a b c a b c a b c"
	cat := "the cat sat on the mat and the cat sat on the rug"
	return []goldenShare{
		// On the first text DCLM takes the longest of equally frequent n-grams, RedPajama the first.
		{fox, 2, topDup{.2917, .4444}, topDup{.3214, .8571}, topDup{.3750, .8571}, topDup{.3214, .8558}, topDup{none, .5694}},
		{fox, 3, topDup{.4583, .3889}, topDup{.4821, .8571}, topDup{.5357, .8571}, topDup{.4821, .8493}, topDup{none, .5694}},
		{fox, 5, topDup{.8333, .4444}, topDup{.8571, .8571}, topDup{.8571, .8571}, topDup{.8571, .8381}, topDup{none, .5694}},
		{abc, 2, topDup{.5217, .3478}, topDup{.6667, 1}, topDup{.6667, 1}, topDup{.6667, 1}, topDup{none, .7391}},
		{abc, 5, topDup{1.1739, .2174}, topDup{1.25, 1}, topDup{1.25, 1}, topDup{1.25, 1}, topDup{none, none}},
		{cat, 2, topDup{.2857, .2245}, topDup{.3243, .7568}, topDup{.3243, .7568}, topDup{.3243, .6471}, topDup{none, .3673}},
		{cat, 3, topDup{.4490, .1837}, topDup{.4865, .7568}, topDup{.4865, .7568}, topDup{.4865, .5376}, topDup{none, none}},
		{cat, 5, topDup{.7347, .2857}, topDup{.7568, .7568}, topDup{.7568, .7568}, topDup{.7568, .2188}, topDup{none, none}},
	}
}()

// The steps have the golden values wherever they have a rule for so many words, and the
// measures behind the rules have those of all n.
func TestGoldenShares(t *testing.T) {
	definitions := map[string]step.Local{}
	for _, name := range []string{"datatrove", "mask", "dolma", "nemo"} {
		definitions[name] = built(t, &gopherRepetitionSettings{Definition: name})
	}
	for _, g := range goldenShares {
		same := func(what string, got, want float64) {
			if !math.IsNaN(want) && math.Abs(got-want) > 5e-5 {
				t.Errorf("%.20q, n = %d: %s is %.4f, want %.4f", g.text, g.n, what, got, want)
			}
		}
		top, dup := fmt.Sprintf("top_%d_gram", g.n), fmt.Sprintf("duplicate_%d_grams", g.n)
		for name, want := range map[string]topDup{"datatrove": g.datatrove, "mask": g.dclm, "dolma": g.dolma, "nemo": g.nemo} {
			values := judgeSplit(&GopherRepetition, definitions[name], GopherRepetition.Rules, text.Whitespace, g.text).values
			for rule, want := range map[string]float64{top: want.top, dup: want.dup} {
				if got, ok := values[rule]; ok {
					same("gopher_repetition."+rule+" of "+name, got, want)
				}
			}
		}
		values := judgeSplit(&RedPajama, built(t, &redpajamaSettings{}), RedPajama.Rules, text.Whitespace, g.text).values
		for rule, want := range map[string]float64{"doc_frac_chars_top_%dgram": g.redpajama.top, "doc_frac_chars_dupe_%dgrams": g.redpajama.dup} {
			if got, ok := values[fmt.Sprintf(rule, g.n)]; ok {
				same("redpajama."+rule, got, want)
			}
		}
		values = judgeSplit(&NeMo, built(t, NeMo.New()), NeMo.Rules, text.Whitespace, g.text).values
		if got, ok := values[fmt.Sprintf("repeating_dup_%dgram", g.n)]; ok {
			same("nemo.repeating_dup", got, g.nemo.dup)
		}

		var v text.View
		v.Use(text.Whitespace)
		v.Reset(g.text)
		same("top of datatrove", step.Ratio(v.TopGram(g.n).Count*v.TopGram(g.n).Runes, v.Runes()), g.datatrove.top)
		same("dup of datatrove", step.Ratio(v.DuplicateGrams(g.n), v.Runes()), g.datatrove.dup)
		var c text.Coverage
		v.Cover(&c)
		same("top of RedPajama and Dolma", step.Ratio(c.Top[g.n]*c.TopRunes[g.n], c.Runes), g.redpajama.top)
		same("top of DCLM", step.Ratio(c.Top[g.n]*c.TopLongest[g.n], c.Runes), g.dclm.top)
		same("dup of RedPajama and DCLM", step.Ratio(c.Covered[g.n], c.Runes), g.redpajama.dup)
		same("dup of Dolma", step.Ratio(c.Repeated[g.n], c.All[g.n]), g.dolma.dup)
		same("dup of NeMo Curator", step.Ratio(c.Later[g.n], v.Runes()), g.nemo.dup)
	}
}

// A trap is a text on which programs, or readings of a definition, differ.
type trap struct {
	name string
	head string // of a case, as in testdata/steps
	text string // with the escapes and repetitions of a case
	want string // lines that the case has, without the blanks between columns
}

// goldenTraps are the golden vectors and the differences between programs that are known,
// each under the program that it is of.
var goldenTraps = []trap{
	// The first of two equal lines is a copy to the mask, not to datatrove.
	{"copies", "gopher_repetition", `x\nyy\nx\nzzz\nx`, "duplicate_lines 0.4 [-, 0.3] OUT"},
	{"copies", "gopher_repetition {definition: mask}", `x\nyy\nx\nzzz\nx`, "duplicate_lines 0.6 [-, 0.3] OUT"},
	{"copies", "gopher_repetition {definition: dolma}", `x\nyy\nx\nzzz\nx`, "duplicate_lines 0.6 [-, 0.3] OUT"},
	{"copies", "gopher_repetition {definition: nemo}", `x\nyy\nx\nzzz\nx`, "duplicate_lines 0.4 [-, 0.3] OUT"},
	// A line feed at either end is an empty line, and the second of them a copy.
	{"blank lines", "gopher_repetition", `\n\n\n`, "duplicate_lines 0.5 [-, 0.3] OUT"},
	// Characters with white space (datatrove) and of words alone (mask).
	{"denominator", "gopher_repetition", "aa b aa b", "top_2_gram 0.8888888888888888 [-, 0.2] OUT"},
	{"denominator", "gopher_repetition {definition: mask}", "aa b aa b", "top_2_gram 1 [-, 0.2] OUT"},
	// The most frequent n-gram need not occur twice to datatrove, and must to the mask.
	{"once", "gopher_repetition", "one two", "top_2_gram 1 [-, 0.2] OUT"},
	{"once", "gopher_repetition {definition: mask}", "one two", "top_2_gram 0 [-, 0.2] ok"},
	{"once", "gopher_repetition {definition: dolma}", "one two", "top_2_gram 1 [-, 0.2] OUT"},
	// Fewer than n words: nothing to datatrove, all of the text to NeMo Curator.
	{"too few words", "gopher_repetition", "one two", "top_3_gram 0 [-, 0.18] ok|duplicate_5_grams 0 [-, 0.15] ok"},
	{"too few words", "gopher_repetition {definition: nemo}", "one two", "top_3_gram 1 [-, 0.18] OUT|duplicate_5_grams 1 [-, 0.15] OUT"},
	// datatrove joins n-grams without a separator: "ab c" is "a bc".
	{"joined", "gopher_repetition", "ab c d e f a bc d e f", "duplicate_5_grams 0.2857142857142857 [-, 0.15] OUT"},

	// Bounds belong to what is kept, in all programs.
	{"on the bound", "gopher_quality", `<<48 the >>be to`, "words 50 [50, 100000] ok"},
	{"on the bound", "gopher_quality {definition: nemo}", `<<49 the >>#`, "words 50 [50, 100000] ok"},
	// Mean and median of 1, 1 and 10 characters.
	{"mean or median", "gopher_quality", "a b cccccccccc", "mean_word_length 4 [3, 10] ok"},
	{"mean or median", "gopher_quality {definition: dolma}", "a b cccccccccc", "mean_word_length 1 [3, 10] OUT"},
	// Stop words: different ones, occurrences, and in any case.
	{"stop words", "gopher_quality", "the the The", "stop_words 1 [2, -] OUT"},
	{"stop words", "gopher_quality {definition: dolma}", "the the The", "stop_words 2 [2, -] ok"},
	{"stop words", "gopher_quality {definition: nemo}", "the the The", "stop_words 2 [2, -] ok"},
	{"stop words", "gopher_quality {definition: dclm}", "the the The the,", "stop_words 3 [2, -] ok"},
	// A word count hangs on who finds the words.
	{"tokenizer", "gopher_quality {splitter: whitespace}", "<<48 the >>don't", "words 49 [50, 100000] OUT"},
	{"tokenizer", "gopher_quality {splitter: spacy}", "<<48 the >>don't", "words 50 [50, 100000] ok"},
	{"word count", "gopher_quality {definition: dclm}", "(one two - three", "words 2 [50, 100000] OUT"},
	{"word count", "gopher_quality {definition: dolma}", "(one two - three", "words 4 [50, 100000] OUT"},
	{"word count", "gopher_quality", "(one two - three", "words 3 [50, 100000] OUT"},
	// The bullet is no punctuation to datatrove: it counts as a word.
	{"bullet", "gopher_quality", `\u2022 word`, "words 2 [50, 100000] OUT|bullet_lines 1 [-, 0.9] OUT"},
	{"bullet", "gopher_quality", `* word`, "words 1 [50, 100000] OUT|bullet_lines 0 [-, 0.9] ok"},
	{"bullet", "gopher_quality", ` - word`, "bullet_lines 1 [-, 0.9] OUT"},
	{"bullet", "gopher_quality {definition: dolma}", `\u2022 word`, "bullet_lines 0 [-, 0.9] ok"},
	{"bullet", "gopher_quality {definition: dolma}", ` - word`, "bullet_lines 0 [-, 0.9] ok"},
	{"bullet", "gopher_quality {definition: dolma}", `* word`, "bullet_lines 1 [-, 0.9] OUT"},
	{"bullet", "gopher_quality {definition: dclm}", `\u25CF word`, "bullet_lines 1 [-, 0.9] OUT"},
	{"bullet", "gopher_quality {definition: nemo}", `\u2023 word`, "bullet_lines 1 [-, 0.9] OUT"},
	{"bullet", "gopher_quality {definition: nemo}", `- word`, "bullet_lines 0 [-, 0.9] ok"},
	// Three full stops and the sign for them.
	{"ellipsis", "gopher_quality", `a...\nb\u2026\nc`, "ellipses_per_word 0.6666666666666666 [-, 0.1] OUT|ellipsis_lines 0.6666666666666666 [-, 0.3] OUT"},
	{"ellipsis", "gopher_quality {definition: dolma}", `a...\nb\u2026\nc`, "hashes_per_word 0.3333333333333333 [-, 0.1] OUT|ellipsis_lines 0.3333333333333333 [-, 0.3] OUT"},
	{"ellipsis", "gopher_quality {definition: dclm}", `a . . .\nb\u2026\nc`, "ellipsis_lines 0.6666666666666666 [-, 0.3] OUT"},
	{"ellipsis", "gopher_quality {definition: nemo}", `a read more\nb [...]\nc\nd`, "ellipsis_lines 0.5 [-, 0.3] OUT"},
	// Hash signs: in the text, words that have one, words that are one.
	{"hash signs", "gopher_quality", "##a b", "hashes_per_word 1 [-, 0.1] OUT"},
	{"hash signs", "gopher_quality {definition: dolma}", "##a b", "hashes_per_word 0.5 [-, 0.1] OUT"},
	{"hash signs", "gopher_quality {definition: nemo}", "# ## #### b", "hashes_per_word 0.25 [-, 0.1] OUT"},
	{"hash signs", "gopher_quality {definition: dclm}", "#a ... b c", "hashes_per_word 0.5 [-, 0.1] OUT"},
	// Letters are letters, to NeMo Curator all that is alphabetic.
	{"alphabetic", "gopher_quality", `\u2163 \u24D0`, "alphabetic_words 0 [0.8, -] OUT"},
	{"alphabetic", "gopher_quality {definition: nemo}", `\u2163 \u24D0`, "alphabetic_words 1 [0.8, -] ok"},

	// The two numbers of C4, swapped between the paper and the published code.
	{"C4's numbers", "c4", "<<5 One two three. >>", "sentences 5 [5, -] ok"},
	{"C4's numbers", "c4 {definition: tfds}", "One two three.", "few_word_lines 1 edits|sentences 0 [3, -] OUT"},
	{"C4's numbers", "c4 {definition: tfds}", "<<3 One two three four five. >>", "few_word_lines 0 edits|sentences 3 [3, -] ok"},
	{"C4's numbers", "c4", "<<3 One two three four five. >>", "sentences 3 [5, -] OUT"},
	{"C4's marks", "c4", "one two three'", "unpunctuated_lines 0 edits"},
	{"C4's marks", "c4 {definition: tfds}", "one two three'", "unpunctuated_lines 1 edits"},
	{"C4's marks", "c4", "one two three...", "unpunctuated_lines 1 edits"},
	{"C4's citations", "c4 {sentences: off}", `He won.[12] Then[edit] left [citation needed].`, `text: "He won. Then left ."`},
	{"C4's citations", "c4 {sentences: off, terminal_punctuation: false, min_words: 0}", `x[]y [a]`, `text: "xy [a]"`},
	{"C4 counts citations as words", "c4 {sentences: off}", `one two [3].`, `few_word_lines 0 edits|text: "one two ."`},
	// What is dropped before does not condemn the page.
	{"C4's order", "c4 {sentences: off}", `short {\nOne two three.`, `curly_brackets 0 [-, 0] ok|text: "One two three."`},
	{"C4's order", "c4 {sentences: off}", `With javascript and {.\nOne two three.`, `curly_brackets 0 [-, 0] ok|javascript_lines 1 edits`},
	{"C4's order", "c4 {sentences: off}", `Lorem ipsum dolor\nOne two three.`, `lorem_ipsum 0 [-, 0] ok`},
	{"C4's order", "c4 {sentences: off}", `Lorem ipsum dolor.\nOne two three.`, `lorem_ipsum 1 [-, 0] OUT`},

	// FineWeb: 0.01 in the code, 0.1 in the paper.
	{"FineWeb's copies", "fineweb", `<<40 aaaa#\n>>aaaa1\n`, "duplicate_line_characters 0.0211864406779661 [-, 0.01] OUT"},
	{"FineWeb's copies", "fineweb {duplicate_line_characters: {max: 0.1}}", `<<40 aaaa#\n>>aaaa1\n`, "duplicate_line_characters 0.0211864406779661 [-, 0.1] ok"},
	{"FineWeb's lines", "fineweb", ` \n\t\n`, "lines 0 [1, -] OUT"},
	{"FineWeb's marks", "fineweb", `A sentence. \nA quotation."\nA sentence.\n`, "punctuated_lines 0.3333333333333333 [0.12, -] ok"},
	{"FineWeb's short lines", "fineweb", `<<30 x>>\n<<31 y>>\n`, "short_lines 0.5 [-, 0.67] ok"},

	// Addresses as datatrove writes and reads them, and as they are meant.
	{"case of words in addresses", `url {compat: datatrove, hard: [h], files: {h: xxx}, document: {url: "https://Example.com/XXX-video/"}}`, "", "hard_words 0 [-, 0] ok"},
	{"case of words in addresses", `url {compat: datatrove, hard: [h], files: {h: video}, document: {url: "https://Example.com/XXX-video/"}}`, "", "hard_words 1 [-, 0] OUT"},
	{"case of words in addresses", `url {hard: [h], files: {h: xxx}, document: {url: "https://Example.com/XXX-video/"}}`, "", "hard_words 1 [-, 0] OUT"},
	{"squeezed address", `url {compat: datatrove, strict: [h], files: {h: comxxxvideo}, document: {url: "https://example.com/xxx-video/"}}`, "", "strict_words 1 [-, 0] OUT"},
	{"squeezed address", `url {compat: datatrove, strict: [h], files: {h: sexfree}, document: {url: "https://exfree.org/"}}`, "", "strict_words 1 [-, 0] OUT"},
	{"squeezed address", `url {compat: datatrove, strict: [h], files: {h: sexfree}, document: {url: "http://exfree.org/"}}`, "", "strict_words 0 [-, 0] ok"},
	{"case of hosts", `url {compat: datatrove, lists: [h], files: {h: blocked.com}, document: {url: "http://BLOCKED.com/"}}`, "", "domain 0 [-, 0] ok"},
	{"case of hosts", `url {lists: [h], files: {h: blocked.com}, document: {url: "http://BLOCKED.com/"}}`, "", "domain 1 [-, 0] OUT"},
	{"hosts that are no names", `url {compat: datatrove, lists: [h], files: {h: 1.2.3.4}, document: {url: "http://1.2.3.4/"}}`, "", "domain 0 [-, 0] ok"},
	{"hosts that are no names", `url {lists: [h], files: {h: 1.2.3.4}, document: {url: "http://1.2.3.4/"}}`, "", "domain 1 [-, 0] OUT"},
	{"private suffixes", `url {compat: datatrove, lists: [h], files: {h: foo.blogspot.com}, document: {url: "http://foo.blogspot.com/"}}`, "", "host 1 [-, 0] OUT"},

	// Personal data.
	{"e-mail", "pii {compat: datatrove}", "mail a.b+c@x.co.uk, ok", `text: "mail email@example.com, ok"`},
	{"e-mail", "pii {compat: datatrove}", "(x@y.com)", `text: "(email@example.com)"`},
	{"e-mail", "pii {compat: datatrove}", "tel:foo@bar.com.", `text: "tel:email@example.com."`},
	{"e-mail", "pii {compat: datatrove}", "'quoted'@x.com", `text: "'email@example.com"`},
	{"e-mail", "pii {compat: datatrove}", "a..b@c.com", `text: "a..email@example.com"`},
	{"e-mail", "pii {compat: datatrove}", "a@b.c", `text: "email@example.com"`},
	{"e-mail", "pii {compat: datatrove}", "x@[1.2.3.4]", `text: "email@example.com"`},
	{"e-mail", "pii {compat: datatrove}", "http://u:p@host.com/x", `text: "http://u:email@example.com/x"`},
	{"no e-mail", "pii {compat: datatrove}", "x@localhost a@b-.com foo@bar..com müller@x.de user@例え.jp @handle", "email 0 edits"},
	{"public IPv4", "pii {compat: datatrove}", "8.8.8.8", `text: "22.214.171.124"`},
	{"other IPv4", "pii {compat: datatrove}", "10.0.0.1 127.0.0.1 192.0.2.1 169.254.1.1 100.64.0.1 198.18.0.1", "ip 0 edits"},
	{"other IPv4", "pii {compat: datatrove}", "08.8.8.8", "ip 0 edits"},
	{"public by Python 3.11", "pii {compat: datatrove}", "192.0.0.9 192.88.99.1", "ip 2 edits"},
	{"public by Python 3.11", "pii {compat: datatrove}", "192.0.0.1 192.0.0.170", "ip 0 edits"},
	{"IPv4 in numbers", "pii {compat: datatrove}", "v1.2.3.4", `text: "v22.214.171.124"`},
	{"IPv4 in numbers", "pii {compat: datatrove}", "1.2.3.4.5", `text: "22.214.171.124.5"`},
	{"IPv4 in numbers", "pii {compat: datatrove}", "256.1.1.1", `text: "222.214.171.124"`},
	{"IPv4 in numbers", "pii {compat: datatrove}", "1.2.3.456", `text: "22.214.171.1246"`},
	{"IPv4 in numbers", "pii {compat: datatrove}", "999.8.8.8.8", `text: "922.214.171.124.8"`},
	{"IPv4 in numbers", "pii", "v1.2.3.4 1.2.3.4.5 256.1.1.1 1.2.3.456 999.8.8.8.8 08.8.8.8", "ip 0 edits"},
	{"Dolma's e-mail", "pii {compat: dolma}", "mail x@y.com", "email 0 edits"},
	{"Dolma's e-mail", "pii {compat: dolma}", "mail x@y.com now", "email 1 edits"},
	{"Dolma's phones", "pii {compat: dolma}", "call 978 645 9740, http://x.org", "phone 1 edits"},

	// DCLM removes addresses where a text begins with a top-level domain, as "The" does.
	{"DCLM's guard", "dclm_edits", "The site http://x.org is gone.", "urls 1 edits"},
	{"DCLM's guard", "dclm_edits", "Xq site http://x.org is gone.", "urls 0 edits"},
	{"DCLM's guard", "dclm_edits", "The site http://X.ORG is gone.", "urls 0 edits"},
	{"DCLM's guard", "dclm_edits", "The file.name is gone.", "urls 1 edits"},
	{"counters", "refinedweb_lines", `A line of many words that stay.\n1 like\n2 likes`, "counter_lines 1 edits"},

	// NeMo Curator counts spaces among what is not alphanumeric.
	{"NeMo's spaces", "nemo", "ab cd", "alpha_numeric 0.2 [-, 0.25] ok"},
	{"NeMo's too few words", "nemo", "one", "repeating_top_2grams 1 [-, 0.2] OUT"},

	// RedPajama's digits are all numbers.
	{"numbers", "redpajama", `½五Ⅳx`, "lines_numerical_chars_fraction_mean 0.75 [-, -] ok"},
	{"stop words as they are written", "redpajama", `The the`, "doc_stop_word_fraction 0.5 [-, -] ok"},
	{"ASCII letters", "redpajama", `été Москва x`, "doc_frac_no_alph_words 0.33333333333333337 [-, -] ok"},

	// Correct Chinese and Japanese stay as they are; ftfy's defaults would change them.
	{"full-width marks", "repair", `你好！真的？好，是：对。`, "keep"},
}

// Each golden vector comes out, and each difference is there, under the definition that
// has it.
func TestGoldenTraps(t *testing.T) {
	specs := map[string]*step.Spec{}
	for _, spec := range caseSteps {
		specs[spec.Name] = spec
	}
	for _, trap := range goldenTraps {
		name, _, _ := strings.Cut(trap.head, " ")
		c := &stepCase{head: trap.head, text: expand(t, trap.text)}
		got := c.run(t, specs[name])
		lines := map[string]bool{}
		for line := range strings.Lines(got) {
			lines[strings.Join(strings.Fields(line), " ")] = true
		}
		for want := range strings.SplitSeq(trap.want, "|") {
			if !lines[want] {
				t.Errorf("%s: %s on %q has no line %q:\n%s", trap.name, trap.head, trap.text, want, got)
			}
		}
		if trap.want == "keep" && strings.Contains(got, "text: ") {
			t.Errorf("%s: %s changes %q", trap.name, trap.head, trap.text)
		}
	}
}

// C4 joins its lines, so that FineWeb's share of line feeds is another one after it.
func TestNewlinesAfterC4(t *testing.T) {
	page := strings.Repeat("One two three four.\n\n\n", 5)
	before := judgeLocal(&FineWeb, built(t, FineWeb.New()), FineWeb.Rules, page).values["newlines_per_word"]
	after := judgeLocal(&FineWeb, built(t, FineWeb.New()), FineWeb.Rules, judgeLocal(&C4, built(t, C4.New()), C4.Rules, page).text).values["newlines_per_word"]
	if before != 15.0/20 || after != 4.0/20 {
		t.Errorf("%v line feeds per word before C4 and %v after it, want 0.75 and 0.2", before, after)
	}
}
