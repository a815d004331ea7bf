package filters

import (
	"bytes"
	"crypto/sha256"
	"strings"
)

// A keyShape is what keys of one service look like: a prefix and so many letters,
// digits and marks behind it.
type keyShape struct {
	prefix   string
	min, max int
}

// keyShapes are the prefixes that services publish so that keys can be found.
var keyShapes = []keyShape{
	{"AKIA", 16, 16}, {"ASIA", 16, 16}, {"AIza", 35, 35}, {"ghp_", 36, 255}, {"gho_", 36, 255}, {"ghu_", 36, 255}, {"ghs_", 36, 255}, {"ghr_", 36, 255},
	{"github_pat_", 50, 255}, {"glpat-", 20, 255}, {"glptt-", 40, 255}, {"xoxb-", 20, 255}, {"xoxp-", 20, 255}, {"xoxa-", 20, 255}, {"xoxr-", 20, 255}, {"xoxs-", 20, 255},
	{"sk_live_", 16, 255}, {"rk_live_", 16, 255}, {"sk_test_", 16, 255}, {"rk_test_", 16, 255}, {"whsec_", 24, 255}, {"sk-", 32, 255}, {"npm_", 36, 36}, {"pypi-", 50, 255},
	{"hf_", 30, 60}, {"dckr_pat_", 20, 255}, {"dop_v1_", 64, 64}, {"shpat_", 32, 32}, {"shpss_", 32, 32}, {"shpca_", 32, 32}, {"sq0atp-", 22, 22}, {"sq0csp-", 43, 43},
	{"key-", 32, 32}, {"rubygems_", 48, 48}, {"lin_api_", 40, 40}, {"AGE-SECRET-KEY-1", 58, 58}, {"PMAK-", 50, 64}, {"figd_", 40, 255}, {"NRAK-", 27, 27}, {"SK", 32, 32},
}

// keyAt looks for a key in the token.
func (p *pii) keyAt(start, end int) bool {
	s := p.text[start:end]
	if len(s) < 20 {
		return false
	}
	if strings.HasPrefix(s, "eyJ") {
		return p.webTokenAt(start, end)
	}
	for _, shape := range keyShapes {
		rest, ok := strings.CutPrefix(s, shape.prefix)
		if ok && len(rest) >= shape.min && len(rest) <= shape.max && looksRandom(rest) {
			p.add(piiKey, start, end)
			return true
		}
	}
	return false
}

// looksRandom reports whether s has a stretch of 16 letters and digits, both of them
// in it, as no words joined by hyphens have.
func looksRandom(s string) bool {
	run, letters, digits := 0, false, false
	for i := range len(s) {
		switch {
		case isDigit(s[i]):
			digits = true
		case isASCIILetter(s[i]):
			letters = true
		default:
			run, letters, digits = 0, false, false
			continue
		}
		if run++; run >= 16 && letters && digits {
			return true
		}
	}
	return false
}

// webTokenAt looks for a JSON web token, whose first part is the token: three parts
// with dots between, the first two of them JSON in base64.
func (p *pii) webTokenAt(start, end int) bool {
	for range 2 {
		if p.at(end) != '.' || !isTokenByte(p.at(end+1)) {
			return false
		}
		end++
		for end < len(p.text) && isTokenByte(p.text[end]) {
			end++
		}
	}
	p.add(piiKey, start, end)
	p.done = end
	return true
}

// privateKeyAt looks for a private key in PEM, whose first line begins at i.
func (p *pii) privateKeyAt(i int) {
	head := p.text[i:min(len(p.text), i+80)]
	line := strings.IndexByte(head, '\n')
	if line < 0 || !strings.Contains(head[:line], "PRIVATE KEY") {
		return
	}
	rest := p.text[i : i+min(len(p.text)-i, 1<<14)]
	end := strings.Index(rest, "-----END ")
	if end < 0 {
		return
	}
	if dashes := strings.Index(rest[end+9:], "-----"); dashes >= 0 {
		p.add(piiKey, i, i+end+9+dashes+5)
	}
}

// cryptoAt looks for an address of a crypto currency in the token.
func (p *pii) cryptoAt(start, end int) bool {
	s := p.text[start:end]
	if !isEthereum(s) && !isBitcoin(s) && !isSegwit(s) {
		return false
	}
	p.add(piiCrypto, start, end)
	return true
}

// isEthereum reports whether s is 0x and 40 hexadecimal digits, not all the same.
func isEthereum(s string) bool {
	if len(s) != 42 || s[0] != '0' || s[1] != 'x' {
		return false
	}
	for i := 2; i < len(s); i++ {
		if hexValue(s[i]) < 0 {
			return false
		}
	}
	return !allSame([]byte(s[2:]))
}

// isBitcoin checks an address in base 58: 21 bytes and the first four of their double
// SHA-256.
func isBitcoin(s string) bool {
	if len(s) < 26 || len(s) > 35 || s[0] != '1' && s[0] != '3' {
		return false
	}
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	var b [25]byte
	for i := range len(s) {
		carry := strings.IndexByte(alphabet, s[i])
		if carry < 0 {
			return false
		}
		for k := len(b) - 1; k >= 0; k-- {
			carry += 58 * int(b[k])
			b[k] = byte(carry)
			carry >>= 8
		}
		if carry > 0 {
			return false
		}
	}
	once := sha256.Sum256(b[:21])
	twice := sha256.Sum256(once[:])
	return bytes.Equal(twice[:4], b[21:])
}

// isSegwit checks an address in Bech32 or Bech32m (BIP 173 and 350).
func isSegwit(s string) bool {
	if len(s) < 14 || len(s) > 74 || !hasPrefixFold(s, "bc1") || s != strings.ToLower(s) && s != strings.ToUpper(s) {
		return false
	}
	check := uint32(1)
	for _, v := range []byte{3, 3, 0, 2, 3} { // "bc"
		check = bech32Step(check, v)
	}
	for _, c := range []byte(strings.ToLower(s[3:])) {
		v := strings.IndexByte("qpzry9x8gf2tvdw0s3jn54khce6mua7l", c)
		if v < 0 {
			return false
		}
		check = bech32Step(check, byte(v))
	}
	return check == 1 || check == 0x2bc830a3
}

func bech32Step(check uint32, v byte) uint32 {
	top := check >> 25
	check = check&0x1ffffff<<5 ^ uint32(v)
	for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 != 0 {
			check ^= g
		}
	}
	return check
}
