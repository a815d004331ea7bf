package text

import (
	"testing"
	"unicode"
)

func TestSignsOfASCII(t *testing.T) {
	for r := range rune(0x100) {
		if want := unicode.In(r, unicode.P, unicode.S); IsSign(r) != want {
			t.Errorf("%U is a sign: %v, want %v", r, IsSign(r), want)
		}
	}
}
