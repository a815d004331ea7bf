package filters

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"net/netip"
	"strings"
)

// A piiMask says what stands in place of a finding. Pseudonyms and fakes come from a
// keyed hash of the finding in its plainest form: the same one gets the same mask
// throughout a corpus, and without the key none can be told from another.
type piiMask struct {
	way string // placeholder, pseudonym, fake or remove
	key [32]byte
	mac hash.Hash
	sum []byte
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

// with returns what stands in place of a finding.
func (m *piiMask) with(kind int, found string) string {
	switch m.way {
	case "remove":
		return ""
	case "pseudonym":
		m.hash(kind, found)
		return "[" + piiPlaceholders[kind] + "_" + hex.EncodeToString(m.sum[:6]) + "]"
	case "fake":
		if fake := m.fake(kind, found); fake != "" {
			return fake
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
	m.mac.Reset()
	m.mac.Write([]byte{byte(kind)})
	m.mac.Write([]byte(plainest(kind, found)))
	m.sum = m.mac.Sum(m.sum[:0])
}

// plainest writes a finding without what may differ between two ways to write it.
func plainest(kind int, found string) string {
	switch kind {
	case piiKey, piiUsername, piiURL:
		return found
	case piiPhone, piiCard, piiIBAN, piiID:
		found = strings.Map(func(r rune) rune {
			if r < 0x80 && isAlnum(byte(r)) {
				return r
			}
			return -1
		}, found)
	}
	return strings.ToLower(found)
}

// Names of nobody, for fakes.
var (
	fakeFirst = strings.Fields("alex ana ben carla daniel elena felix gina hugo ines jan kim lena marco nora oscar paula robin sara tom uma victor wanda yann")
	fakeLast  = strings.Fields("adler baker costa dubois evans fischer garcia huber ivanov jansen keller lopez meyer novak olsen perez quinn rossi silva turner ulrich vogel weber young")
)

// fake returns something plausible that is nobody's where there are ranges for that:
// example.com, the networks for documentation, 555-01xx; "" where a fake would be of
// no use.
func (m *piiMask) fake(kind int, found string) string {
	m.hash(kind, found)
	n := binary.LittleEndian.Uint64(m.sum)
	switch kind {
	case piiEmail:
		return fmt.Sprintf("%s.%s%d@example.%s", fakeFirst[n%24], fakeLast[n>>8%24], n>>16%100, [...]string{"com", "org", "net"}[n>>32%3])
	case piiIP:
		if addr, err := netip.ParseAddr(found); err == nil && addr.Is6() {
			return fmt.Sprintf("2001:db8::%x:%x", n&0xffff, n>>16&0xffff)
		}
		return fmt.Sprintf("%s.%d", [...]string{"192.0.2", "198.51.100", "203.0.113"}[n>>8%3], n%254+1)
	case piiPhone:
		return m.fakePhone(found)
	case piiCard:
		return m.fakeCard(found)
	case piiIBAN:
		return m.fakeIBAN(found)
	case piiID:
		return m.digits([]byte(found), 0)
	case piiURL:
		return fmt.Sprintf("https://www.example.com/%06d", n%1_000_000)
	case piiUsername:
		return fmt.Sprintf("user%06d", n%1_000_000)
	}
	return ""
}

// digits replaces the digits of s from the n-th on by digits of the hash. Letters stay.
func (m *piiMask) digits(s []byte, n int) string {
	seen := 0
	for i, c := range s {
		if isDigit(c) {
			if seen >= n {
				s[i] = '0' + m.sum[seen%len(m.sum)]%10
			}
			seen++
		}
	}
	return string(s)
}

// fakePhone keeps the form and the area. In numbers of North America the exchange and
// the number are those for fiction.
func (m *piiMask) fakePhone(found string) string {
	plain := plainest(piiPhone, found)
	national := strings.TrimPrefix(plain, "1")
	if len(national) != 10 || national[0] < '2' || strings.HasPrefix(found, "0") {
		return m.digits([]byte(found), len(plain)/2)
	}
	s, last := []byte(found), 7
	fiction := []byte{'5', '5', '5', '0', '1', '0' + m.sum[0]%10, '0' + m.sum[1]%10}
	for i := len(s) - 1; i >= 0 && last > 0; i-- {
		if isDigit(s[i]) {
			last--
			s[i] = fiction[last]
		}
	}
	return string(s)
}

// fakeCard keeps the form; the number begins with 400000, which is for tests, and
// ends with its check digit.
func (m *piiMask) fakeCard(found string) string {
	s := []byte(m.digits([]byte(found), 0))
	number := []byte(plainest(piiCard, string(s)))
	copy(number, "400000")
	number[len(number)-1] = '0'
	number[len(number)-1] = byte('0' + (10-luhnSum(number)%10)%10)
	return fill(s, number)
}

// fakeIBAN keeps form, country and letters, and has the right check digits.
func (m *piiMask) fakeIBAN(found string) string {
	s := []byte(m.digits([]byte(strings.ToUpper(found)), 2))
	number := []byte(strings.ToUpper(plainest(piiIBAN, string(s))))
	number[2], number[3] = '0', '0'
	check := 98 - ibanRest(number)
	number[2], number[3] = byte('0'+check/10), byte('0'+check%10)
	return fill(s, number)
}

// fill writes characters over the letters and digits of s.
func fill(s, with []byte) string {
	next := 0
	for i, c := range s {
		if isAlnum(c) {
			s[i] = with[next]
			next++
		}
	}
	return string(s)
}
