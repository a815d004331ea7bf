package filters

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A piiMask says what stands in place of a finding. Pseudonyms and fakes come from a
// keyed hash of the finding in its plainest form: the same one gets the same mask
// throughout a corpus, and without the key none can be told from another.
type piiMask struct {
	way   string // placeholder, pseudonym, fake or remove
	key   [32]byte
	mac   hash.Hash
	sum   []byte
	plain []byte // scratch
	out   []byte // the masks of the document at hand, one behind the other
}

// newPIIMask returns nil for a way that there is not.
func newPIIMask(way, key string, seed uint64) *piiMask {
	m := &piiMask{way: way}
	switch way {
	case "placeholder", "pseudonym", "fake", "remove":
	default:
		return nil
	}
	if key == "" {
		key = fmt.Sprint("seed ", seed)
	}
	m.key = sha256.Sum256([]byte(key))
	return m.fork()
}

// fork returns the same mask for another worker.
func (m *piiMask) fork() *piiMask {
	return &piiMask{way: m.way, key: m.key, mac: hmac.New(sha256.New, m.key[:])}
}

var piiPlaceholders = [...]string{
	piiEmail: "EMAIL", piiIP: "IP", piiPhone: "PHONE", piiCard: "CARD", piiIBAN: "IBAN", piiID: "ID", piiKey: "KEY", piiCrypto: "CRYPTO", piiUsername: "USERNAME", piiURL: "URL", piiListed: "LISTED",
}

// begin forgets the masks of the document before.
func (m *piiMask) begin() { m.out = m.out[:0] }

// with returns what stands in place of a finding, until the next document begins.
func (m *piiMask) with(kind int, found string) string {
	from := len(m.out)
	switch m.way {
	case "remove":
		return ""
	case "pseudonym":
		m.hash(kind, found)
		m.out = append(append(append(m.out, '['), piiPlaceholders[kind]...), '_')
		m.out = append(hex.AppendEncode(m.out, m.sum[:6]), ']')
		return asString(m.out[from:])
	case "fake":
		if m.fake(kind, found); len(m.out) > from {
			return asString(m.out[from:])
		}
	}
	return piiBracketed[kind]
}

// piiBracketed are the placeholders as they stand in a text.
var piiBracketed = func() (all [len(piiPlaceholders)]string) {
	for kind, name := range piiPlaceholders {
		all[kind] = "[" + name + "]"
	}
	return all
}()

// hash puts the keyed hash of a finding into sum.
func (m *piiMask) hash(kind int, found string) {
	m.plain = appendPlainest(append(m.plain[:0], byte(kind)), kind, found)
	m.mac.Reset()
	m.mac.Write(m.plain)
	m.sum = m.mac.Sum(m.sum[:0])
}

// appendPlainest writes a finding without what may differ between two ways to write it.
func appendPlainest(dst []byte, kind int, found string) []byte {
	switch kind {
	case piiKey, piiUsername, piiURL:
		return append(dst, found...)
	case piiPhone, piiCard, piiIBAN, piiID:
		for i := range len(found) {
			if isAlnum(found[i]) {
				dst = append(dst, asciiLower(found[i]))
			}
		}
		return dst
	}
	for _, r := range found {
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
	}
	return dst
}

// Names of nobody, for fakes.
var (
	fakeFirst = strings.Fields("alex ana ben carla daniel elena felix gina hugo ines jan kim lena marco nora oscar paula robin sara tom uma victor wanda yann")
	fakeLast  = strings.Fields("adler baker costa dubois evans fischer garcia huber ivanov jansen keller lopez meyer novak olsen perez quinn rossi silva turner ulrich vogel weber young")
)

// fake writes something plausible that is nobody's where there are ranges for that:
// example.com, the networks for documentation, 555-01xx; nothing where a fake would be of
// no use.
func (m *piiMask) fake(kind int, found string) {
	m.hash(kind, found)
	n := binary.LittleEndian.Uint64(m.sum)
	switch kind {
	case piiEmail:
		m.out = append(append(append(m.out, fakeFirst[n%24]...), '.'), fakeLast[n>>8%24]...)
		m.out = append(strconv.AppendUint(m.out, n>>16%100, 10), "@example."...)
		m.out = append(m.out, [...]string{"com", "org", "net"}[n>>32%3]...)
	case piiIP:
		m.fakeIP(n, found)
	case piiPhone:
		m.fakePhone(found)
	case piiCard:
		m.fakeCard(found)
	case piiIBAN:
		m.fakeIBAN(found)
	case piiID:
		m.fakeID(found)
	case piiURL:
		m.out = appendSixDigits(append(m.out, "https://www.example.com/"...), n)
	case piiUsername:
		m.out = appendSixDigits(append(m.out, "user"...), n)
	}
}

// appendSixDigits writes the last six digits of a number.
func appendSixDigits(dst []byte, n uint64) []byte {
	for ten := uint64(100_000); ten > 0; ten /= 10 {
		dst = append(dst, byte('0'+n/ten%10))
	}
	return dst
}

// fakeIP writes an address of a network for documentation.
func (m *piiMask) fakeIP(n uint64, found string) {
	if addr, err := netip.ParseAddr(found); err == nil && addr.Is6() {
		m.out = strconv.AppendUint(append(m.out, "2001:db8::"...), n&0xffff, 16)
		m.out = strconv.AppendUint(append(m.out, ':'), n>>16&0xffff, 16)
		return
	}
	m.out = append(append(m.out, [...]string{"192.0.2", "198.51.100", "203.0.113"}[n>>8%3]...), '.')
	m.out = strconv.AppendUint(m.out, n%254+1, 10)
}

// digits replaces the digits that out has beyond the masks before, from the n-th on, by
// digits of the hash. Letters stay. It returns what was added.
func (m *piiMask) digits(out []byte, n int) (added []byte) {
	added, m.out = out[len(m.out):], out
	seen := 0
	for i, c := range added {
		if isDigit(c) {
			if seen >= n {
				added[i] = '0' + m.sum[seen%len(m.sum)]%10
			}
			seen++
		}
	}
	return added
}

// fakeID keeps the form, and the letters but for those of an Italian tax code, which
// begins with consonants of its holder's names.
func (m *piiMask) fakeID(found string) {
	s := m.digits(append(m.out, found...), 0)
	if len(s) == 16 && isASCIILetter(s[0]) {
		for i := range 6 {
			s[i] = s[i]&0x20 | 'A' + m.sum[len(m.sum)-1-i]%26
		}
	}
}

// fakePhone keeps the form and the area. In numbers of North America the exchange and
// the number are those for fiction.
func (m *piiMask) fakePhone(found string) {
	m.plain = appendPlainest(m.plain[:0], piiPhone, found)
	national := bytes.TrimPrefix(m.plain, []byte("1"))
	if len(national) != 10 || national[0] < '2' || strings.HasPrefix(found, "0") {
		m.digits(append(m.out, found...), len(m.plain)/2)
		return
	}
	from, last := len(m.out), 7
	m.out = append(m.out, found...)
	fiction := [...]byte{'5', '5', '5', '0', '1', '0' + m.sum[0]%10, '0' + m.sum[1]%10}
	for i := len(m.out) - 1; i >= from && last > 0; i-- {
		if isDigit(m.out[i]) {
			last--
			m.out[i] = fiction[last]
		}
	}
}

// fakeCard keeps the form; the number begins with 400000, which is for tests, and
// ends with its check digit.
func (m *piiMask) fakeCard(found string) {
	s := m.digits(append(m.out, found...), 0)
	m.plain = appendPlainest(m.plain[:0], piiCard, asString(s))
	number := m.plain
	copy(number, "400000")
	number[len(number)-1] = '0'
	number[len(number)-1] = byte('0' + (10-luhnSum(number)%10)%10)
	fill(s, number)
}

// fakeIBAN keeps form, country and letters, and has the right check digits.
func (m *piiMask) fakeIBAN(found string) {
	out := m.out
	for _, r := range found {
		out = utf8.AppendRune(out, unicode.ToUpper(r))
	}
	s := m.digits(out, 2)
	m.plain = appendPlainest(m.plain[:0], piiIBAN, asString(s))
	number := m.plain
	for i, c := range number {
		number[i] = asciiUpper(c)
	}
	number[2], number[3] = '0', '0'
	check := 98 - ibanRest(number)
	number[2], number[3] = byte('0'+check/10), byte('0'+check%10)
	fill(s, number)
}

// fill writes characters over the letters and digits of s.
func fill(s, with []byte) {
	next := 0
	for i, c := range s {
		if isAlnum(c) {
			s[i] = with[next]
			next++
		}
	}
}
