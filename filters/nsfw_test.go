package filters

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"tamis/step"
)

// sharedRows calls f for each line of a file of the shared data, and skips the test
// where it is absent.
func sharedRows(t testing.TB, path string, f func(line []byte)) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "shared", filepath.FromSlash(path)))
	if err != nil {
		t.Skipf("the shared data are not here: %v", err)
	}
	defer file.Close()
	z, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		f(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// sharedTexts returns the member text of all rows.
func sharedTexts(t testing.TB, path string) (texts []string) {
	sharedRows(t, path, func(line []byte) {
		var row struct{ Text string }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, row.Text)
	})
	return texts
}

// opener opens files that are in memory.
func opener(files map[string]string) func(string) (io.ReadCloser, error) {
	return func(path string) (io.ReadCloser, error) {
		content, ok := files[path]
		if !ok {
			return nil, errors.New(path + " is not there")
		}
		return io.NopCloser(strings.NewReader(content)), nil
	}
}

const (
	adultPage = "Free porn videos every day. Horny milfs and hot girls, blowjobs, cumshots and gangbangs, tight pussy " +
		"and big cocks in hardcore xxx movies. Watch naked pornstars on live sex cams, no sign up, and come back for more."
	medicalPage = "The penis and the scrotum are examined by a urologist. Pain during erection or ejaculation is a symptom that patients " +
		"should tell their doctor. Infections of the vagina, the vulva or the anus need treatment; so does bleeding from the rectum. " +
		"Testicles that are swollen may be a sign of cancer, and semen is tested at a clinic where intercourse has not led to a pregnancy."
	sexEducation = "Sex education in schools explains puberty, contraception and consent. Pupils learn what an orgasm is, why masturbation is harmless, " +
		"that sexual intercourse can lead to pregnancy, and how condoms prevent infections when people have oral sex or anal sex."
	newsPage = "A man was convicted of rape yesterday. The court heard that he had sexually assaulted two women; the victims told police of the abuse " +
		"in May. The rapist, who had molested a colleague before, was sentenced to nine years. Prosecutors said that sexual assault is under-reported."
	names = "Scunthorpe and Penistone are in England, as are Essex, Sussex and Clitheroe. Dick Cheney met Mr Hancock and Ms Cummings in Cockermouth. " +
		"Philip K. Dick wrote of a peacock. Assess the class, pass the bass; analysts in Middlesex assassinate nobody. Moby Dick is a whale."
)

// What stays and what goes by default.
func TestNSFWVerdicts(t *testing.T) {
	h := newHarness(t, &NSFW, nil, step.Env{})
	for _, c := range []struct {
		name, text string
		removed    bool
	}{
		{"adult page", adultPage, true},
		{"medical page", medicalPage, false},
		{"sex education", sexEducation, false},
		{"news about assault", newsPage, false},
		{"names", names, false},
		{"one swear word", "Oh shit, I forgot my keys again.", false},
		{"one strong word", "It was fucking cold up there, but the view was great.", false},
		{"a swear word many times", strings.Repeat("What the fuck? ", 50), false},
		{"abuse", "You stupid bitch, shut up, you dumb cunt. Fuck off and kill yourself, you worthless whore.", true},
		{"poultry", "The cock crowed and the hen laid. A cock and a bull and a great tit met an ass and a booby on the beach.", false},
		{"lingerie shop", "Lingerie, thongs and panties for every size. Our sensual lace sets ship free. Order now and pay later, returns within thirty days.", false},
		{"german", "Geile Fotzen, Titten und Muschi: kostenlose Pornofilme, Fickbilder und Sexcams.", true},
		{"french", "Vidéos porno gratuites : grosse bite, salope, fellation, sodomie et partouzes.", true},
		{"spanish", "Vídeos porno gratis: putas calientes, tetas grandes, mamadas y folladas.", true},
		{"portuguese", "Vídeos pornô grátis: novinhas safadas, boquetes, bucetas e putaria.", true},
		{"polish", "Darmowe porno: mokra cipka, cycki, obciąganie kutasa i ruchanie.", true},
		{"russian", "Бесплатное порно: МИНЕТ, мокрая киска, трахает шлюху, порнозвезды и сиськи.", true},
		{"chinese", "免费黄片，三级片，色情网站，约炮，裸聊，群交，成人电影在线看", true},
		{"chinese news", "进出口交易额上升，女优秀运动员代表性交流活动在北京举行。", false},
		{"dick alone", "Dick told Dick that Dick had a cock and two tits in the aviary.", false},
	} {
		if v := h.judge(c.text, ""); v.Removed != c.removed {
			t.Errorf("%s: removed is %v, %v", c.name, v.Removed, h.vals)
		}
	}
}

func TestNSFWFinds(t *testing.T) {
	list := "porn|s\nsex\nfuck|ed|ing\nass\nboob|s\nslut*\n*phobe\nblow job\ncafé\nпорно\n色情\nหี\np0rnz\ndick"
	lex := &lexicon{known: map[string]bool{}}
	for _, line := range strings.Split(list, "\n") {
		lex.add(line, nsfwTerm{weight: 3})
	}
	if err := lex.compile(); err != nil {
		t.Fatal(err)
	}
	n := newNSFW(lex)
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"porn", "porn"},
		{"PORN Porns", "porn porn"},
		{"pornography porned xporn", ""},
		{"(porn), porn's; _porn_ porn-free", "porn porn porn porn"},
		{"Essex sexton sex", "sex"},
		{"fucking fuckings", "fuck"},
		{"slutty slut", "slut slut"},
		{"homophobe phobes", "phobe"},
		{"blow job, blow-job, blow\njob, blow_job, blowjob, blow  job", "blow job blow job blow job blow job"},
		{"CAFÉ cafés café", "café café"},
		{"порно ПОРНО Порно порнография", "порно порно порно"},
		{"看色情片", "色情"},
		{"看porn片", "porn"},
		{"คำว่าหีนี้", "หี"},
		// Digits and signs for letters.
		{"p0rn b00bs fuck3d f*ck pr0n", "boob fuck porn"},
		{"55 455 a55 A55 5ex s3x", ""},
		{"s3x3", ""},
		{"p0rnz", "p0rnz"},
		{"fu(k $ex", ""},
		{"d!ck d1ck", "dick dick"},
		// Stretched.
		{"fuuuuck", "fuck"},
		{"ppppooorrrnnn", "porn"},
		{"boooobs boobs", "boob boob"},
		{"assss", "ass"},
		{"aaa www zzz", ""},
		// Spaced out.
		{"f u c k", "fuck"},
		{"F.U.C.K!", "fuck"},
		{"f-u-c-k p_o_r_n s e x", "fuck porn sex"},
		{"f u c k e r s", ""},
		{"a s s e s s", ""},
		{"A S S", "ass"},
		{"xf u c k", ""},
		{"f u c kx", ""},
		{"U S A and F B I", ""},
		// Other scripts and nothing visible between.
		{"pоrn", "porn"}, // Cyrillic о
		{"ѕех sеx", "sex"},
		{"ｐｏｒｎ p\u200bo\u200brn po\u00adrn", "porn porn"},
		{"f\u200bu\u200bc\u200bk\u200bs", ""},
	} {
		n.text = c.text
		n.search()
		n.longest()
		var got []string
		for _, hit := range n.hits {
			got = append(got, n.terms[hit.term].text)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %q, want %q", c.text, strings.Join(got, " "), c.want)
		}
	}
}

// The slow twin of the search for disguises looks closely everywhere.
func checkDisguised(t *testing.T, n *nsfw, text string) {
	t.Helper()
	n.text, n.done, n.hits = text, 0, n.hits[:0]
	n.disguised()
	got := slices.Clone(n.hits)
	n.done, n.hits = 0, n.hits[:0]
	n.lookAll(0, len(text))
	if !slices.Equal(got, n.hits) {
		t.Fatalf("%q: %v, want %v", text, got, n.hits)
	}
	for _, h := range got {
		if !runeBoundary(text, int(h.start)) || !runeBoundary(text, int(h.end)) {
			t.Fatalf("%q: hit [%d, %d) cuts a code point", text, h.start, h.end)
		}
	}
}

func TestNSFWDisguises(t *testing.T) {
	n := newHarness(t, &NSFW, nil, step.Env{}).step.(*nsfw)
	for _, word := range []string{"f u c k", "F.U.C.K", "fuuuck", "pоrn", "p\u200born", "ｐｏｒｎ", "a s s", "boooobs", "plain", "été"} {
		for pad := range 20 {
			for _, fill := range []string{"x", " ", "é", "я ", "a b "} {
				checkDisguised(t, n, strings.Repeat(fill, pad)+" "+word+" "+strings.Repeat(fill, pad))
			}
		}
	}
	every([]string{"f", "u", ".", " ", "о", "\u200b"}, 6, func(s string) { checkDisguised(t, n, "fu"+s+"ck and more of it") })
}

func FuzzNSFW(f *testing.F) {
	f.Add("f u c k the p0rn and seeex, pоrn")
	f.Add(adultPage)
	h := newHarness(f, &NSFW, nil, step.Env{})
	f.Fuzz(func(t *testing.T, text string) {
		checkDisguised(t, h.step.(*nsfw), text)
		h.judge(text, text)
		for i, v := range h.vals {
			if v < 0 {
				t.Fatalf("%s is %v", NSFW.Rules[i].Name, v)
			}
		}
	})
}

// A strict term removes by one hit, whatever excuses it, and nothing says which it was.
func TestNSFWStrict(t *testing.T) {
	env := step.Env{Open: opener(map[string]string{"strict.txt": "# a comment\nsecret word\nsex education\n"})}
	h := newHarness(t, &NSFW, &nsfwSettings{Languages: lexiconLanguages, ListClass: "sexual", ListWeight: 3, Strict: []string{"strict.txt"}}, env)
	var notes []string
	h.meter.Note = func(s string) { notes = append(notes, s) }
	for _, text := range []string{"a secret word here", "A S3CRET-WORD", "lessons of sex education at school", adultPage + " secret word"} {
		if v := h.judge(text, ""); !v.Removed || v.Rule != nsfwStrict || v.Value != 1 {
			t.Errorf("%q: %+v", text, v)
		}
	}
	for _, note := range notes {
		if note != "different strict terms, not shown: 1" {
			t.Errorf("it says %q", note)
		}
	}
	notes = nil
	if v := h.judge("no secrets and no words", ""); v.Removed {
		t.Errorf("removed by %+v", v)
	}
	h.judge(adultPage, "")
	if len(notes) == 0 {
		t.Error("explain hears nothing of a text without strict terms")
	}
}

func TestNSFWURLWords(t *testing.T) {
	h := newHarness(t, &NSFW, nil, step.Env{})
	for url, want := range map[string]float64{
		"":                                     0,
		"https://example.org/articles/1":       0,
		"https://example.org/porn/xxx":         2,
		"https://EXAMPLE.org/%50orn":           1,
		"https://porn4u.example":               1,
		"https://example.org/pornography":      1,
		"https://sussex.example/sex-education": 0,
		"https://scunthorpe.example/essex":     0,
		"https://example.org/p0rn":             0,
		"https://example.org/dick-cheney":      0,
	} {
		h.meter.All = true
		h.judge("Nothing to see.", url)
		if got := h.vals[nsfwURL]; got != want {
			t.Errorf("%q: %v, want %v", url, got, want)
		}
	}
}

func TestNSFWLists(t *testing.T) {
	files := map[string]string{
		"plain":        "foo\r\n\r\nBar baz\n",
		"folder/en":    "foo\n",
		"folder/zh":    "测试词\n",
		"other/de.txt": "foo\n",
		"a.csv":        "text,severity_rating,class\n\"foo, bar\",2.6,abuse\nqux,9,\n",
		"bad.csv":      "a,b\n1,2\n",
		"empty":        "# nothing\n",
	}
	for _, c := range []struct {
		path  string
		terms int
		fault string
	}{
		{"plain", 2, ""}, {"folder", 2, ""}, {"folder/", 2, ""}, {"other", 1, ""}, {"a.csv", 2, ""},
		{"bad.csv", 0, "bad.csv: there is no column text, term, word or phrase, but a, b"},
		{"empty", 0, "empty: there is no term in it"},
		{"absent", 0, "absent is not there"},
	} {
		s := &nsfwSettings{Languages: []string{}, Lists: []string{c.path}, ListClass: "sexual", ListWeight: 3}
		built, err := s.Build(&step.Env{Open: opener(files)})
		if c.fault != "" {
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%s: %v, want %q", c.path, err, c.fault)
			}
		} else if err != nil {
			t.Errorf("%s: %v", c.path, err)
		} else if n := built.(*nsfw); len(n.terms) != c.terms {
			t.Errorf("%s: %d terms, want %d", c.path, len(n.terms), c.terms)
		}
	}
	built, err := (&nsfwSettings{Lists: []string{"a.csv"}, Languages: []string{}, ListClass: "sexual", ListWeight: 3}).Build(&step.Env{Open: opener(files)})
	if err != nil {
		t.Fatal(err)
	}
	if terms := built.(*nsfw).terms; terms[0].weight != 2 || terms[0].class != classAbuse || terms[1].weight != 3 || terms[1].class != classSexual {
		t.Errorf("terms of the CSV file are %+v", terms)
	}
}

func TestNSFWRefuses(t *testing.T) {
	for want, s := range map[string]*nsfwSettings{
		`languages: there is no lexicon for "xx"`: {Languages: []string{"xx"}, ListClass: "sexual", ListWeight: 3},
		"list_weight: 9 is outside 1 to 5":        {ListClass: "sexual", ListWeight: 9},
		`list_class: "rude" is no class`:          {ListClass: "rude", ListWeight: 1},
		"there is nothing to look for":            {Languages: []string{}, ListClass: "abuse", ListWeight: 1},
	} {
		if _, err := s.Build(&step.Env{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for text, want := range map[string]string{
		"word":                   "x:1: a term before the first heading",
		"[sexual]":               "x:1: heading",
		"[rude 3]":               `x:1: "rude" is no class`,
		"#\n[sexual 0]":          `x:2: weight "0"`,
		"[sexual 2 excusable]\n": `x:1: "excusable"`,
	} {
		l := &lexicon{known: map[string]bool{}}
		if err := l.read("x", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// The lexicon's files are in order: no line twice, all languages there.
func TestNSFWLexicon(t *testing.T) {
	for _, language := range lexiconLanguages {
		data, err := lexiconFiles.ReadFile("lexicon/nsfw." + language + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i, line := range strings.Split(string(data), "\n") {
			if line == "" || line[0] == '#' {
				continue
			}
			if seen[line] && line[0] != '[' {
				t.Errorf("%s:%d: %q stands there twice", language, i+1, line)
			}
			seen[line] = true
		}
	}
}

// No text takes time out of proportion: 1 MB of the worst is judged like any other.
func TestNSFWLongTexts(t *testing.T) {
	h := newHarness(t, &NSFW, nil, step.Env{})
	for _, unit := range []string{"sex education ", "a.b.c.", "f u c k ", "a", "aaa ", "pоrn", "fuck ", "cock robin cock ", "\u200b", "a\u200b", "色", "ass", "sex"} {
		h.judge(strings.Repeat(unit, 1<<20/len(unit)), "")
		for i, v := range h.vals {
			if v < 0 {
				t.Errorf("%q: %s is %v", unit, NSFW.Rules[i].Name, v)
			}
		}
	}
}

// Clean texts are left alone.
func TestNSFWOnCleanTexts(t *testing.T) {
	h := newHarness(t, &NSFW, nil, step.Env{})
	for path, most := range map[string]int{
		"data/wikipedia-passages/passages.jsonl.zst": 23, // 0.3 %
		"data/c4-en-sample/c4-truncated.jsonl.zst":   4,
		"data/udhr/udhr.jsonl.zst":                   0,
	} {
		t.Run(path, func(t *testing.T) {
			texts := sharedTexts(t, path)
			removed := 0
			for _, text := range texts {
				if h.judge(text, "").Removed {
					removed++
				}
			}
			t.Logf("%d of %d removed", removed, len(texts))
			if removed > most {
				t.Errorf("%d of %d texts are removed, at most %d should be", removed, len(texts), most)
			}
		})
	}
}

func BenchmarkNSFW(b *testing.B) {
	for _, path := range []string{"data/wikipedia-passages/passages.jsonl.zst", "data/web-pages-raw/pages.jsonl.zst", "data/fineweb-legal/docs.jsonl.zst"} {
		b.Run(strings.Split(path, "/")[1], func(b *testing.B) {
			texts := sharedTexts(b, path)
			benchTexts(b, newHarness(b, &NSFW, nil, step.Env{}), texts[:min(len(texts), 2000)])
		})
	}
}
