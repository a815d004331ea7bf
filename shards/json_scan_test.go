package shards

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// validSlow says what the scan functions accept.
func validSlow(b []byte) bool {
	return jsontext.Value(b).IsValid(jsontext.AllowDuplicateNames(true))
}

func validFast(b []byte) bool {
	i := skipSpace(b, 0)
	end, err := scanValue(b, i, 0)
	return err == nil && skipSpace(b, end) == len(b)
}

// compareValid holds the scanner against jsontext.
func compareValid(t *testing.T, b []byte) {
	t.Helper()
	if fast, slow := validFast(b), validSlow(b); fast != slow {
		t.Fatalf("%q: valid %v, jsontext says %v", b, fast, slow)
	}
}

// All strings of up to five tokens, one or more of each class that JSON tells apart.
func TestScanAgreesWithJSONText(t *testing.T) {
	tokens := []string{`{`, `}`, `[`, `]`, `,`, `:`, ` `, `"`, `\`, `u`, `a`, `0`, `1`, `-`, `.`, `e`, `true`, `null`, `"a"`,
		"\x1f", "é", "\xff", `\ud83d`, `\ude00`, `\n`}
	if testing.Short() {
		tokens = tokens[:18]
	}
	count := 0
	var grow func(b []byte, left int)
	grow = func(b []byte, left int) {
		compareValid(t, b)
		count++
		if left == 0 {
			return
		}
		for _, tok := range tokens {
			grow(append(b[:len(b):len(b)], tok...), left-1)
		}
	}
	grow(nil, 4)
	if count < 100_000 {
		t.Errorf("%d strings were compared, expected more", count)
	}
}

// Valid records with one byte changed, at every byte.
func TestScanAgreesOnMutants(t *testing.T) {
	records := []string{
		`{"a": [1, -2.5e+10, true, null, {"b": "x\u00e9\"\\\/\b\f\n\r\t"}], "é日本語🎉": "Ж\ud83d\ude00"}`,
		`{"long": "` + strings.Repeat("abcdefgh", 4) + `日本` + strings.Repeat("xyz é", 5) + `", "n": 0.0e-0}`,
	}
	values := []byte("\x00\x1f \"\\{}[],:09-+.eEuabtfn/\x7f\x80\xbf\xc0\xc2\xe0\xe2\xed\xf0\xf4\xf5\xff")
	for _, r := range records {
		compareValid(t, []byte(r))
		for i := range r {
			for _, v := range values {
				b := []byte(r)
				b[i] = v
				compareValid(t, b)
			}
			compareValid(t, []byte(r[:i]))
			compareValid(t, []byte(r[:i]+r[i+1:]))
		}
	}
}

// All two- to four-byte sequences around the edges of UTF-8.
func TestScanUTF8(t *testing.T) {
	edges := []byte{'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff}
	for _, a := range edges {
		for _, b := range edges {
			for _, c := range edges {
				for _, d := range edges {
					compareValid(t, []byte{'"', a, b, c, d, '"'})
				}
			}
		}
	}
}

func TestScanDepth(t *testing.T) {
	for _, depth := range []int{9_999, 10_000, 10_001, 1_000_000} {
		compareValid(t, []byte(strings.Repeat("[", depth)+strings.Repeat("]", depth)))
		compareValid(t, []byte(strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth)))
	}
}

// Strings of random characters are quoted as jsontext quotes them, and come back.
func TestQuoteAgreesWithJSONText(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	classes := []string{"a", "hello world ", "\"", "\\", "\n", "\t", "\x00", "\x1f", "\x7f", "é", "日", "🎉", "\u2028", "/", "<"}
	for range 20_000 {
		var s strings.Builder
		for range random.IntN(20) {
			s.WriteString(classes[random.IntN(len(classes))])
		}
		want, _ := jsontext.AppendQuote(nil, s.String())
		got := AppendQuote(nil, s.String())
		if !bytes.Equal(got, want) {
			t.Fatalf("%q is quoted as %s, jsontext quotes it as %s", s.String(), got, want)
		}
		if back := unquote(nil, got[1:len(got)-1]); string(back) != s.String() {
			t.Fatalf("%s is unquoted as %q", got, back)
		}
	}
}

// Escapes of any form mean what jsontext says they mean.
func TestUnquoteAgreesWithJSONText(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	tokens := []string{`a`, `\n`, `\"`, `\\`, `\/`, `\b`, `\f`, `\r`, `\t`, `\u0041`, `\u00e9`, `\uFFFF`, `\ud83d\ude00`, `\uDBFF\uDFFF`, `é`, `日`, `\u0000`}
	for range 20_000 {
		s := `"`
		for range random.IntN(12) {
			s += tokens[random.IntN(len(tokens))]
		}
		s += `"`
		want, err := jsontext.AppendUnquote(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := unquote(nil, []byte(s[1:len(s)-1])); !bytes.Equal(got, want) {
			t.Fatalf("%s is unquoted as %q, jsontext says %q", s, got, want)
		}
	}
}

// Invalid UTF-8 becomes U+FFFD, one for each byte.
func TestQuoteRepairsUTF8(t *testing.T) {
	if got, want := string(AppendQuote(nil, "a\xff\xc3b\xe6\x97")), `"a��b��"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
