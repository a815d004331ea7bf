package classify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// declarations are the texts of the Universal Declaration of Human Rights that are in
// a language of the model, by its code; the model has never seen them.
var declarations = map[string]string{"af": "afr", "am": "amh", "ar": "arb", "az": "azj_latn", "be": "bel", "bg": "bul", "bn": "ben", "bo": "bod",
	"bs": "bos_latn", "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "dv": "div", "el": "ell_monotonic", "en": "eng", "eo": "epo",
	"es": "spa", "et": "est", "eu": "eus", "fa": "pes_1", "fi": "fin", "fr": "fra", "ga": "gle", "gu": "guj", "he": "heb", "hi": "hin",
	"hr": "hrv", "hu": "hun", "hy": "hye", "id": "ind", "is": "isl", "it": "ita", "ja": "jpn", "ka": "kat", "kk": "kaz", "km": "khm",
	"kn": "kan", "ko": "kor", "la": "lat", "lg": "lug", "lo": "lao", "lt": "lit", "lv": "lav", "mi": "mri", "mk": "mkd", "ml": "mal",
	"mn": "khk", "mr": "mar", "ms": "mly_latn", "my": "mya", "nb": "nob", "nl": "nld", "nn": "nno", "pa": "pan", "pl": "pol",
	"pt": "por_PT", "ro": "ron", "ru": "rus", "sk": "slk", "sl": "slv", "sn": "sna", "so": "som", "sq": "als", "sr": "srp_cyrl",
	"st": "sot", "sv": "swe", "sw": "swh", "ta": "tam", "th": "tha", "tl": "tgl", "tn": "tsn", "tr": "tur", "ts": "tso_MZ",
	"uk": "ukr", "ur": "urd", "vi": "vie", "xh": "xho", "yo": "yor", "zh": "cmn_hans", "zu": "zul"}

func udhr(t testing.TB) map[string]string {
	out := map[string]string{}
	for _, r := range records[struct{ Code, Text string }](t, shared(t, "data", "udhr", "udhr.jsonl.zst")) {
		out[r.Code] = norm.NFC.String(r.Text)
	}
	return out
}

// pieces cuts a text into stretches of at least n characters that end with a word.
func pieces(s string, n int) (out []string) {
	var b strings.Builder
	k := 0
	for _, w := range strings.Fields(s) {
		for k+utf8.RuneCountInString(w) > 2*n { // no blanks between words
			at := 0
			for range n {
				_, size := utf8.DecodeRuneInString(w[at:])
				at += size
			}
			out = append(out, b.String()+w[:at])
			b.Reset()
			w, k = w[at:], 0
		}
		b.WriteString(w + " ")
		if k += utf8.RuneCountInString(w) + 1; k >= n {
			out = append(out, b.String())
			b.Reset()
			k = 0
		}
	}
	return out
}

func reader(t testing.TB) *Reader {
	t.Helper()
	id, err := BuiltinIdentifier()
	if err != nil {
		t.Fatal(err)
	}
	return id.Reader()
}

// The least macro averages that the model card promises.
func TestRealLanguages(t *testing.T) {
	texts, r := udhr(t), reader(t)
	for _, want := range []struct {
		size  int
		least float64
	}{{5, 0.65}, {50, 0.97}, {100, 0.98}, {300, 0.99}} {
		sum, known, wrong, weak := 0.0, 0, map[string]int{}, []string{}
		surely, pieceCount, rightCount, undetermined := 0.0, 0, 0, 0
		for _, code := range slices.Sorted(maps.Keys(declarations)) {
			right, all := 0, pieces(texts[declarations[code]], want.size)
			for _, piece := range all {
				g := r.Guess(piece)
				surely += g.Score
				switch g.Code {
				case code:
					right++
				case Undetermined:
					undetermined++
				default:
					wrong[code+" for "+g.Code]++
				}
			}
			pieceCount, rightCount = pieceCount+len(all), rightCount+right
			share := float64(right) / float64(len(all))
			if share < 0.97 {
				weak = append(weak, fmt.Sprintf("%s %.3f", code, share))
			}
			sum, known = sum+share, known+1
		}
		latin, all := 0, pieces(texts["srp_latn"], want.size)
		for _, piece := range all {
			if r.Guess(piece).Code == "sr" {
				latin++
			}
		}
		t.Logf("%d characters: %d of %d pieces of Serbian in Latin letters", want.size, latin, len(all))
		mean := sum / float64(known)
		t.Logf("%d characters: macro average %.4f of %d languages; score %.4f, right %.4f, undetermined %d of %d; below 0.97: %s", want.size, mean, known,
			surely/float64(pieceCount), float64(rightCount)/float64(pieceCount), undetermined, pieceCount, strings.Join(weak, ", "))
		if mean < want.least {
			t.Errorf("%d characters: macro average %v, want %v; %v", want.size, mean, want.least, wrong)
		}
	}
}

func TestIdentifierKnows(t *testing.T) {
	r := reader(t)
	for _, c := range []struct{ text, want string }{
		{"", Undetermined}, {"1234 5678 -- ++", Undetermined}, {"\xff\xfe", Undetermined},
		{"The quick brown fox jumps over the lazy dog and runs away.", "en"},
		{"Der schnelle braune Fuchs springt über den faulen Hund.", "de"},
		{"Le renard brun saute par-dessus le chien paresseux.", "fr"},
		{"El zorro marrón salta sobre el perro perezoso y se va.", "es"},
		{"A raposa castanha salta por cima do cão preguiçoso.", "pt"},
		{"Szybki brązowy lis przeskakuje nad leniwym psem.", "pl"},
		{"Быстрая коричневая лиса прыгает через ленивую собаку.", "ru"},
		{"Швидка коричнева лисиця стрибає через ледачого пса.", "uk"},
		{"敏捷的棕色狐狸跳过了懒狗。", "zh"}, {"素早い茶色の狐がのろまな犬を飛び越える。", "ja"},
		{"빠른 갈색 여우가 게으른 개를 뛰어넘는다.", "ko"},
		{"THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG", "en"},
		{norm.NFD.String("Le garçon était très fâché parce que l’hôtel dans lequel il voulait passer la nuit était déjà fermé."), "fr"},
	} {
		if g := r.Guess(c.text); g.Code != c.want || !(g.Score >= 0 && g.Score <= 1) {
			t.Errorf("%q: %v, want %s", c.text, g, c.want)
		}
	}
	if n := len(r.id.Languages()); n < 75 {
		t.Errorf("%d languages", n)
	}
}

// Texts of other languages, and noise, are not surely of any language.
func TestRealStrangers(t *testing.T) {
	texts, r := udhr(t), reader(t)
	known := map[string]bool{"deu_1901": true, "por_BR": true, "ron_1953": true, "ron_1993": true, "lat_1": true,
		"pes_2": true, "bos_cyrl": true, "srp_latn": true, "cmn_hant": true, "ell_polytonic": true}
	for _, code := range declarations {
		known[code] = true
	}
	var own, strange []float64
	for code, text := range texts {
		for _, piece := range pieces(text, 300) {
			if score := r.Guess(piece).Score; known[code] {
				own = append(own, score)
			} else {
				strange = append(strange, score)
			}
		}
	}
	sure := func(scores []float64) float64 {
		n := 0
		for _, s := range scores {
			if s >= 0.65 {
				n++
			}
		}
		return float64(n) / float64(len(scores))
	}
	t.Logf("at least 0.65: %.3f of %d pieces in languages of the model, %.3f of %d in other ones", sure(own), len(own), sure(strange), len(strange))
	if sure(own) < 0.97 || sure(strange) > 0.5 {
		t.Error("the score tells nothing of languages that the model does not know")
	}
	for _, noise := range []string{"MAX>'AX>'AX>'AX>'AX>'AX>'AX>'AX>'AX>'AX M<V9P<VQK:F5D8W1Y<6ME9F1G:FMQ", "xkcd qwzzt pfgrk vbnmxz lkjhg wrtzp fghjk xcvbn"} {
		if g := r.Guess(noise); g.Score > 0.3 {
			t.Errorf("%q: %v", noise, g)
		}
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	r := reader(t)
	text := strings.Repeat("The quick brown fox. Быстрая лиса. 敏捷的棕色狐狸。", 50)
	if n := testing.AllocsPerRun(20, func() { r.Guess(text) }); n > 0 {
		t.Errorf("%v allocations per text", n)
	}
}

// What is remembered of words changes nothing: a reader that spells every text finds the
// same costs.
func TestRecentWordsChangeNoCost(t *testing.T) {
	fast, slow := reader(t), reader(t)
	texts := []string{"", "a", "A", "É é", "naïve NAÏVE Naïve", "don't DON'T", "xМoсква", "Москва", "МОСКВА", "a\u0301b ab",
		"日本語 text 한국어", "मानव مانند", "123 !!", "bad \xff\xfe bytes\xe2\x82", strings.Repeat("ab", 11) + " " + strings.Repeat("ab", 12), strings.Repeat("й", 12)}
	for _, text := range udhr(t) {
		texts = append(texts, text[:min(len(text), 4000)], strings.ToUpper(text[:min(len(text), 400)]))
	}
	for range 2 { // what the first round learned is known in the second one
		for _, text := range texts {
			fast.read(text)
			slow.reset()
			slow.spell(text)
			for i, got := range fast.tallies {
				if want := slow.tallies[i]; got.letters != want.letters || !slices.Equal(got.costs, want.costs) {
					t.Fatalf("%s: %v, want %v in %.60q", fast.id.shared[i].name, got, want, text)
				}
			}
			if !slices.Equal(fast.alone, slow.alone) {
				t.Fatalf("alone: %v, want %v in %.60q", fast.alone, slow.alone, text)
			}
		}
	}
}

func BenchmarkGuess(b *testing.B) {
	web, size := benchTexts(b)
	b.Run("english", func(b *testing.B) { benchGuess(b, web, size) })
	declared := udhr(b)
	for _, code := range []string{"bos_latn", "ind", "nob", "fra", "rus", "jpn", "vie"} {
		text := declared[code]
		b.Run(code, func(b *testing.B) { benchGuess(b, []string{text}, int64(len(text))) })
	}
}

func benchGuess(b *testing.B, texts []string, size int64) {
	r := reader(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, t := range texts {
			r.Guess(t)
		}
	}
}
