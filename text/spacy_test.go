package text

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// What spaCy 3.8.18 gives for texts of ours, with bars between the words.
var spacyWords = []struct{ text, words string }{
	{"I don't know, can't say; won't tell.",
		"I | do | n't | know | , | ca | n't | say | ; | wo | n't | tell | ."},
	{"We’ll see: they’re (really) \"gone\"!",
		"We | ’ll | see | : | they | ’re | ( | really | ) | \" | gone | \" | !"},
	{"It's 5pm, or 10 a.m. – not 11p.m.!",
		"It | 's | 5 | pm | , | or | 10 | a.m. | – | not | 11 | p.m. | !"},
	{"Mr. Smith of St. Louis, Mo., met Dr. No.",
		"Mr. | Smith | of | St. | Louis | , | Mo. | , | met | Dr. | No | ."},
	{"The U.S.A. and the U.S. agree... mostly.",
		"The | U.S.A. | and | the | U.S. | agree | ... | mostly | ."},
	{"Prices: $5, US$10, 20€, 30%, 5km, 10kg. +3 and 4+ and A$7.",
		"Prices | : | $ | 5 | , | US$ | 10 | , | 20 | € | , | 30 | % | , | 5 | km | , | 10 | kg | . | +3 | and | 4 | + | and | A$ | 7 | ."},
	{"Temperatures of 20°C. and -5°F today.",
		"Temperatures | of | 20 | ° | C | . | and | -5 | ° | F | today | ."},
	{"See www.example.com/a-b?x=1, or (http://example.org/x).",
		"See | www.example.com/a-b?x=1 | , | or | ( | http://example.org/x | ) | ."},
	{"Write to jane.doe@mail.example.co.uk.",
		"Write | to | jane.doe@mail.example.co.uk | ."},
	{"A well-known, state-of-the-art co-op; 2010-2012, 3-4a.",
		"A | well | - | known | , | state | - | of | - | the | - | art | co | - | op | ; | 2010 | - | 2012 | , | 3 | - | 4a | ."},
	{"x=y and a/b, a:b, 1:2, and/or, w/o it.",
		"x | = | y | and | a | / | b | , | a | : | b | , | 1:2 | , | and/or | , | w/o | it | ."},
	{"one,two 1,000 one.Two e.g.this Yes.No",
		"one | , | two | 1,000 | one | . | Two | e.g.this | Yes | . | No"},
	{"Wait--what? No—never. a–b ~c d~e",
		"Wait | -- | what | ? | No | — | never | . | a | – | b | ~c | d | ~ | e"},
	{":) :-( great:) ;-D <3 (see 8) xD o_O",
		":) | :-( | great | :) | ;-D | <3 | ( | see | 8) | xD | o_O"},
	{"rock'n'roll, ma'am, o'clock, 'cause y'all gonna cannot",
		"rock'n'roll | , | ma'am | , | o'clock | , | 'cause | y' | all | gon | na | can | not"},
	{"'single' ‘quoted’ “double” «guillemets» `ticks`",
		"' | single | ' | ‘ | quoted | ’ | “ | double | ” | « | guillemets | » | ` | ticks | `"},
	{"#hashtag @user _under_ *star* &amp; foo_bar <b>bold</b>",
		"# | hashtag | @user | _ | under | _ | * | star | * | & | amp | ; | foo_bar | < | b | > | bold</b | >"},
	{"C++ and C# and .NET and F.",
		"C++ | and | C | # | and | .NET | and | F."},
	{"[1] [a] {x} (b.) c. (d)",
		"[ | 1 | ] | [ | a | ] | { | x | } | ( | b. | ) | c. | ( | d | )"},
	{"Über-große Straße, naïve café. ÉTÉ.",
		"Über | - | große | Straße | , | naïve | café | . | ÉTÉ | ."},
	{"… and more …… or ......",
		"… | and | more | … | … | or | ......"},
	{"192.168.0.1 8.8.8.8 8.8.8.8:80/x-y 1.2.3",
		"192.168.0.1 | 8.8.8.8 | 8.8.8.8:80/x-y | 1.2.3"},
	{"Привет, мир! Это 5км. тест-драйв",
		"Привет | , | мир | ! | Это | 5 | км | . | тест | - | драйв"},
	{"你好，世界。这是 test。",
		"你好，世界。这是 | test | 。"},
	{"日本語のテキスト、です。",
		"日本語のテキスト、です | 。"},
	{"مرحبا، كيف حالك؟ 5كم",
		"مرحبا | ، | كيف | حالك | ؟ | 5 | كم"},
	{"שלום, עולם.",
		"שלום | , | עולם | ."},
	{"नमस्ते दुनिया। ठीक है।",
		"नमस्ते | दुनिया | । | ठीक | है | ।"},
	{"😀😀 ok👍 I❤\ufe0fyou ©2020 Acme®",
		"😀 | 😀 | ok | 👍 | I | ❤ | \ufe0fyou | © | 2020 | Acme | ®"},
	{"Shes Im id well its were Theyve",
		"She | s | I | m | i | d | well | its | were | They | ve"},
	{"10am-5pm 9am 13pm",
		"10am-5pm | 9 | am | 13pm"},
	{"a...b a..b a.b A.B a.B",
		"a | ... | b | a | .. | b | a.b | A.B | a. | B"},
	{"can-don't it's-that 'tis 'em 'S",
		"can | - | don't | it's | - | that | ' | tis | 'em | 'S"},
	{"(((nested))) !!! ?!?! ..",
		"( | ( | ( | nested | ) | ) | ) | ! | ! | ! | ? | ! | ? | ! | .."},
	{"the dogs' bowls, James's hat, the 1990's",
		"the | dogs | ' | bowls | , | James | 's | hat | , | the | 1990 | 's"},
	{"\u00a0nbsp\u00a0between\u2003em\u3000wide",
		"nbsp | between | em | wide"},
	{"tab\tand\x1cfile",
		"tab | and | file"},
	{"5'10\" 6ft 3m² 2lb. 100mb/s 7th",
		"5'10 | \" | 6 | ft | 3 | m² | 2 | lb | . | 100mb | / | s | 7th"},
	{"-5 -a - -- --x x--",
		"-5 | -a | - | -- | --x | x--"},
	{"example.com. Example.COM. foo.bar.baz. ftp://x.y.zz",
		"example.com | . | Example | . | COM | . | foo.bar.baz | . | ftp://x.y.zz"},
	{":P:P foo:P bar:D 10:30 (a.m.) 3-D",
		":P | :P | foo | :P | bar | :D | 10:30 | ( | a.m. | ) | 3 | - | D"},
}

// And its sentencizer, stripped, without what is white space alone.
var spacySentences = []struct {
	text      string
	sentences []string
}{
	{"One. Two! Three?", []string{"One.", "Two!", "Three?"}},
	{"He said \"yes.\" Then left. (Yes.) No", []string{"He said \"yes.\"", "Then left. (", "Yes.)", "No"}},
	{"Wait... what? ok … then. fine", []string{"Wait... what?", "ok … then.", "fine"}},
	{"3.14 is pi. e.g. this. Mr. X.", []string{"3.14 is pi.", "e.g. this.", "Mr. X."}},
	{"a.  b.\tc.\n\"d.\"", []string{"a.  b.\tc.\n\"d.\""}},
	{"你好。 我是。ok", []string{"你好。", "我是。ok"}},
	{"no end", []string{"no end"}},
	{"", []string{}},
	{"!? a", []string{"!?", "a"}},
}

func TestSpacyWords(t *testing.T) {
	v := view(Spacy, "")
	for _, c := range spacyWords {
		v.Reset(c.text)
		var words []string
		for _, w := range v.Words() {
			words = append(words, w.Of(c.text))
			if int(w.Runes) != utf8.RuneCountInString(w.Of(c.text)) || w.Kind != kindSlow(w.Of(c.text)) || w.Hash != Hash(w.Of(c.text)) {
				t.Errorf("word %q of %q is %+v", w.Of(c.text), c.text, w)
			}
		}
		if got := strings.Join(words, " | "); got != c.words {
			t.Errorf("%q is split into\n%s, want\n%s", c.text, got, c.words)
		}
	}
}

func TestSpacySentences(t *testing.T) {
	for _, c := range spacySentences {
		if got := texts(c.text, view(Spacy, c.text).Sentences()); !slices.Equal(got, c.sentences) {
			t.Errorf("sentences of %q are %q, want %q", c.text, got, c.sentences)
		}
	}
}

// Where a chunk stands does not matter to its words: the short ways give what the
// long one gives.
func TestSpacyShortWays(t *testing.T) {
	v, alone := view(Spacy, ""), view(Spacy, "")
	each([]string{"a", "I", "m", "'", ".", ",", "5", "(", ")", "-", ":", "\u00e9"}, 4, func(chunk string) {
		alone.Reset(chunk) // too short for eight bytes at a time
		v.Reset(chunk + " and\n" + chunk + "\nmore of it")
		want := append(append(append(texts(chunk, spans(alone)), "and"), texts(chunk, spans(alone))...), "more", "of", "it")
		if got := texts(v.Text(), spans(v)); !slices.Equal(got, want) {
			t.Fatalf("words of %q are %q, want %q", v.Text(), got, want)
		}
	})
}

func spans(v *View) (out []Span) {
	for _, w := range v.Words() {
		out = append(out, w.Span)
	}
	return out
}
