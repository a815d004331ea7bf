package filters

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tamis/step"
)

// piiFound lists the findings in a text as type and content.
func piiFindings(h *harness, text string) string {
	h.judge(text, "")
	var all []string
	for _, f := range h.step.(*pii).found {
		all = append(all, piiTypes[f.kind]+" "+text[f.start:f.end])
	}
	return strings.Join(all, "; ")
}

// What is found, and what is not. Numbers with check digits are the examples of those
// who issue them, or were made with the check digits of their definitions.
func TestPIIFinds(t *testing.T) {
	settings := PII.New().(*piiSettings)
	h := newHarness(t, &PII, settings, step.Env{})
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"No data of anybody.", ""},

		// E-mail addresses.
		{"mail a.b+c@x.co.uk, ok", "email a.b+c@x.co.uk"},
		{"(x@y.com) <X@Y.COM> mailto:x@y.com.", "email x@y.com; email X@Y.COM; email x@y.com"},
		{"'quoted'@x.com müller@müller.de user@例え.jp", "email quoted'@x.com; email müller@müller.de; email user@例え.jp"},
		{"邮箱bob@example.com网站www.example.org，微信123456@qq.com。", "email bob@example.com; email 123456@qq.com"},
		{"メールはbob@example.co.jpです。サーバーbob@example.com.へ 用户@例子.中国", "email bob@example.co.jp; email bob@example.com; email 用户@例子.中国"},
		{"이메일은bob@example.com으로, 홍길동@example.kr로", "email bob@example.com; email 홍길동@example.kr"},
		{"x@[1.2.3.4] x@[IPv6:2001:db8::1]", "email x@[1.2.3.4]; email x@[IPv6:2001:db8::1]"},
		{"a@b.com,c@d.com;e@f.com", "email a@b.com; email c@d.com; email e@f.com"},
		{"x@localhost a@b-.com foo@bar..com @handle a@b.c icon@2x.png a..b@c.com", ""},
		{"https://user:secret@host.com/x ftp://me@host.com", "username user:secret; username me"},

		// IP addresses.
		{"ping 8.8.8.8 and http://81.2.69.142:80/", "ip 8.8.8.8; ip 81.2.69.142"},
		{"10.0.0.1 127.0.0.1 192.168.1.1 192.0.2.1 169.254.1.1 100.64.0.1 198.18.0.1 224.0.0.1 255.255.255.255", ""},
		{"v1.2.3.4 version 1.2.3.4 Firefox/3.6.13.1 lib-1.2.3.4 1.2.3.4.5 256.1.1.1 1.2.3.456 999.8.8.8.8 08.8.8.8 1.2.3.4a", ""},
		{"Firefox 2.0.0.16, Hide IP tool 4.4.2.8; server 1.2.3.4 answers, 2.200.0.16 too", "ip 4.4.2.8; ip 1.2.3.4; ip 2.200.0.16"},
		{"2606:4700:4700::1111 and 2001:4860:4860:0:0:0:0:8888.", "ip 2606:4700:4700::1111; ip 2001:4860:4860:0:0:0:0:8888"},
		{"::1 fe80::1 2001:db8::1 fd00::1 std::dead::beef 12:30:45 a::b ff02::1", ""},

		// Phone numbers.
		{"+49 30 901820, +1 (202) 555-0143 or +44 20 7946 0958", "phone +49 30 901820; phone +1 (202) 555-0143; phone +44 20 7946 0958"},
		{"(978)645-9740 978-645-9740 978.645.9740", "phone (978)645-9740; phone 978-645-9740; phone 978.645.9740"},
		{"Tel. 030/226 343-0, Fax: 069 / 920 77 00", "phone 030/226 343-0; phone 069 / 920 77 00"},
		{"01 23 45 67 89", "phone 01 23 45 67 89"},
		{"(030 1234567) or (030 1234567, Mr X)", "phone (030 1234567); phone (030 1234567"},
		{"Extent: (-180.000000, -90.000000) - (180.000000, 83.623596)", ""},
		{"call 785 8949 x12 now", "phone 785 8949 x12"},
		{"电话：13812345678", "phone 13812345678"},
		{"0049 30 901820", "phone 0049 30 901820"},
		{"on 2024-05-06, 01.02.2003, 1990-2000, 12:30, 3.14159, 1.234.567, 10 000 000, 12345-6789", ""},
		{"call me on 01.02.2003 or 1990 - 2000", ""},
		{"Tel Aviv 300.000 people; ISBN 978-3-16-148410-0; order no. 978 645 97", ""},
		{"Tel. 6533 6002, Mo-Fr 8.30-12.30, Mo - Fr 9.00 - 13.00", "phone 6533 6002"},
		{"at 17:13:04.031886, JAMA. 2000;284:1677-82, 06/11/20230, Tel:069/297 89 22", "phone 069/297 89 22"},
		{"978-645-97401 A978-645-9740 1978-645-9740", ""},

		// Cards.
		{"4111 1111 1111 1111 4111111111111111 4111-1111-1111-1111", "card 4111 1111 1111 1111; card 4111111111111111; card 4111-1111-1111-1111"},
		{"378282246310005 3782 822463 10005 5555555555554444 6011111111111117 30569309025904 2223003122003222 3530111333300000",
			"card 378282246310005; card 3782 822463 10005; card 5555555555554444; card 6011111111111117; card 30569309025904; card 2223003122003222; card 3530111333300000"},
		{"4111 1111 1111 1112 4111-1111 1111-1111 9999999999999995 0000000000000000 41111111111111111 x4111111111111111", ""},
		{"https://site.com/posts/4111111111111111", ""},

		// Bank accounts.
		{"IBAN: DE89 3704 0044 0532 0130 00, GB82WEST12345698765432 and fr1420041010050500013m02606",
			"iban DE89 3704 0044 0532 0130 00; iban GB82WEST12345698765432; iban fr1420041010050500013m02606"},
		{"DE88 3704 0044 0532 0130 00 XX89370400440532013000 GB82WEST1234569876543 ADE89370400440532013000", ""},

		// National numbers.
		{"123-45-6789, SSN 123 45 6789", "national_id 123-45-6789; national_id 123 45 6789"},
		{"000-45-6789 666-45-6789 912-45-6789 123-00-6789 123-45-0000", ""},
		{"AB123456C AB 12 34 56 D", "national_id AB123456C; national_id AB 12 34 56 D"},
		{"GB123456C AB123456E DA123456C", ""},
		{"86 095 742 719 Steuer-ID 86095742719", "national_id 86 095 742 719; national_id 86095742719"},
		{"86 095 742 718", ""},
		{"12345678Z X1234567L 12345678-Z 12345678A", "national_id 12345678Z; national_id X1234567L; national_id 12345678-Z"},
		{"RSSMRA85T10A562S RSSMRA85T10A562T", "national_id RSSMRA85T10A562S"},
		{"BSN 111222333, 111222333", "national_id 111222333; national_id 111222333"},
		{"PESEL: 44051401359", "national_id 44051401359"},
		{"PESEL: 44051401358", ""},
		{"111.444.777-35 111.444.777-36 CPF 11144477735", "national_id 111.444.777-35; national_id 11144477735"},
		{"2 55 08 14 168 025 38", "national_id 2 55 08 14 168 025 38"},
		{"2 55 08 14 168 025 39", ""},
		{"2341 2341 2346 ABCPE1234F", "national_id 2341 2341 2346; national_id ABCPE1234F"},
		{"2341 2341 2347 2019 2020 2021 ABCDE1234F", ""},
		{"NHS number 943 476 5919", "national_id 943 476 5919"},

		// Keys and crypto addresses. The keys are put together so that no scanner takes them for real ones.
		{"AKIA" + "IOSFODNN7EXAMPL3 and AKIASHORT1", "key AKIA" + "IOSFODNN7EXAMPL3"},
		{"token=ghp_" + "0123456789abcdefghijABCDEFGHIJ012345", "key ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"},
		{"sk-" + "learn-is-a-well-known-library-for-python-3-users", ""},
		{"eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlMQ", "key eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlMQ"},
		{"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n", "key -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"},
		{"-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n", ""},
		{"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "crypto 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
		{"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "crypto bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		{"0x52908400098527886E0F7030069857D2E4169EE7 0x5290840009852788", "crypto 0x52908400098527886E0F7030069857D2E4169EE7"},

		// User names in URLs.
		{"https://twitter.com/some_body/status/1 https://www.linkedin.com/in/some-body-1/", "username some_body; username some-body-1"},
		{"https://twitter.com/search?q=x https://github.com/ https://example.org/some_body", ""},
	} {
		if got := piiFindings(h, c.text); got != c.want {
			t.Errorf("%q:\n %s\nwant\n %s", c.text, got, c.want)
		}
	}
}

func TestPIILists(t *testing.T) {
	s := PII.New().(*piiSettings)
	s.Lists = []string{"names"}
	h := newHarness(t, &PII, s, step.Env{Open: opener(map[string]string{"names": "# people\nErika  Mustermann\n\xad\nÖzil\n"})})
	want := "listed erika mustermann; listed Özil; listed Erika\nMustermann"
	if got := piiFindings(h, "Here erika mustermann met Özil, but no Özils. Erika\nMustermann, or Erika\n\nMustermann."); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestPIITypes(t *testing.T) {
	s := PII.New().(*piiSettings)
	s.Types = []string{"url", "phone"}
	h := newHarness(t, &PII, s, step.Env{})
	want := "url https://x.org/a?b=1; phone +49 30 901820"
	if got := piiFindings(h, "See https://x.org/a?b=1, a@b.com, 8.8.8.8, +49 30 901820."); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A URL goes as a whole, with the key in it.
func TestPIIKeyInURL(t *testing.T) {
	s := PII.New().(*piiSettings)
	s.Types = []string{"url", "key"}
	h := newHarness(t, &PII, s, step.Env{})
	key := "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
	want := "url https://x.org/?k=" + key + "&u=me; key " + key
	if got := piiFindings(h, "https://x.org/?k="+key+"&u=me "+key); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

const piiSample = "jane.doe@example.org or Jane.Doe@EXAMPLE.org, 81.2.69.142, 2606:4700:4700::1111, (202) 555-0143, +49 30 901820, " +
	"4111 1111 1111 1111, DE89 3704 0044 0532 0130 00, 123-45-6789, https://github.com/some_body, 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"

func masked(t *testing.T, way, key string, seed uint64, text string) string {
	s := PII.New().(*piiSettings)
	s.Mask, s.Key = way, step.Secret(key)
	h := newHarness(t, &PII, s, step.Env{Seed: seed})
	h.judge(text, "")
	return strings.Clone(h.doc.Text())
}

func TestPIIMasks(t *testing.T) {
	if got, want := masked(t, "placeholder", "", 1, piiSample), "[EMAIL] or [EMAIL], [IP], [IP], [PHONE], [PHONE], [CARD], [IBAN], [ID], https://github.com/[USERNAME], [CRYPTO]"; got != want {
		t.Errorf("placeholders:\n%s\nwant\n%s", got, want)
	}
	if got, want := masked(t, "remove", "", 1, piiSample), " or , , , , , , , , https://github.com/, "; got != want {
		t.Errorf("removed:\n%s\nwant\n%s", got, want)
	}
}

// One person has one pseudonym, whatever the form, and another one under another key.
func TestPIIPseudonyms(t *testing.T) {
	fields := strings.Split(masked(t, "pseudonym", "k", 1, piiSample), ", ")
	one, other, _ := strings.Cut(fields[0], " or ")
	if one != other || !strings.HasPrefix(one, "[EMAIL_") || len(one) != len("[EMAIL_]")+12 {
		t.Errorf("one address becomes %s and %s", one, other)
	}
	if a, b := masked(t, "pseudonym", "k", 2, piiSample), masked(t, "pseudonym", "k", 1, piiSample); a != b {
		t.Error("with a key, the seed changes pseudonyms")
	}
	if a, b := masked(t, "pseudonym", "", 1, piiSample), masked(t, "pseudonym", "", 2, piiSample); a == b {
		t.Error("without a key, the seed does not change pseudonyms")
	}
	if a, b := masked(t, "pseudonym", "k", 1, "4111 1111 1111 1111"), masked(t, "pseudonym", "k", 1, "4111-1111-1111-1111"); a != b {
		t.Errorf("one card becomes %s and %s", a, b)
	}
	if a, b := masked(t, "pseudonym", "k", 1, "a@b.com"), masked(t, "pseudonym", "k", 1, "a@b.org"); a == b {
		t.Errorf("two addresses become %s", a)
	}
}

// Fakes are of the form of what they replace, and of ranges that are nobody's.
func TestPIIFakes(t *testing.T) {
	fake := masked(t, "fake", "k", 1, piiSample)
	f := strings.Split(fake, ", ")
	email, _, _ := strings.Cut(f[0], " or ")
	if !strings.Contains(email, "@example.") {
		t.Errorf("e-mail address %s", email)
	}
	for i, prefix := range []string{2: "2001:db8::", 3: "(202) 555-01", 4: "+49 3", 5: "4000 00", 6: "DE", 8: "https://github.com/user", 9: "[CRYPTO]"} {
		if !strings.HasPrefix(f[i], prefix) {
			t.Errorf("fake %q does not begin with %q", f[i], prefix)
		}
	}
	if !luhn([]byte(strings.ReplaceAll(f[5], " ", ""))) || !isIBAN([]byte(strings.ReplaceAll(f[6], " ", ""))) {
		t.Errorf("check digits of %s and %s are wrong", f[5], f[6])
	}
	if len(f[7]) != len("123-45-6789") || f[7] == "123-45-6789" {
		t.Errorf("number %s", f[7])
	}
	if code := masked(t, "fake", "k", 1, "RSSMRA85T10A562S"); len(code) != 16 || code[:6] == "RSSMRA" || code[8] != 'T' {
		t.Errorf("tax code %s", code)
	}
	if again := masked(t, "fake", "k", 9, piiSample); again != fake {
		t.Error("fakes differ between two runs with one key")
	}
}

func TestPIIRefuses(t *testing.T) {
	for want, change := range map[string]func(*piiSettings){
		`key: the secret would be "off"`:   func(s *piiSettings) { s.Key = "off" },
		`mask: "hide" is no way to mask`:   func(s *piiSettings) { s.Mask = "hide" },
		`types: "name" is no type`:         func(s *piiSettings) { s.Types = []string{"name"} },
		`regions: "XX" is no country`:      func(s *piiSettings) { s.Regions = []string{"XX"} },
		`compat: "presidio" is no program`: func(s *piiSettings) { s.Compat = "presidio" },
		"lists: absent is not there":       func(s *piiSettings) { s.Lists = []string{"absent"} },
	} {
		s := PII.New().(*piiSettings)
		change(s)
		if _, err := s.Build(&step.Env{Open: opener(nil)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// checkPII judges a text and checks its findings: in order, apart, between code
// points, and each of them counted.
func checkPII(t *testing.T, h *harness, text string) {
	t.Helper()
	h.judge(text, "")
	last, counts := 0, map[int]float64{}
	for _, e := range h.meter.Edits {
		if e.Start < last || e.End <= e.Start || e.End > len(text) {
			t.Fatalf("%q: edit [%d, %d) after byte %d", text, e.Start, e.End, last)
		}
		if !utf8.RuneStart(text[e.Start]) || e.End < len(text) && !utf8.RuneStart(text[e.End]) && utf8.ValidString(text) {
			t.Fatalf("%q: edit [%d, %d) cuts a code point", text, e.Start, e.End)
		}
		last = e.End
		counts[e.Rule]++
	}
	for i := range piiFound {
		if h.vals[i] != counts[i] {
			t.Fatalf("%q: %s is %v, but there are %v edits", text, piiTypes[i], h.vals[i], counts[i])
		}
	}
	if h.vals[piiFound] < float64(len(h.meter.Edits)) {
		t.Fatalf("%q: found %v, %d edits", text, h.vals[piiFound], len(h.meter.Edits))
	}
}

func FuzzPII(f *testing.F) {
	f.Add(piiSample, uint8(0))
	f.Add("Tel. 030/226 343-0 x12 (+49 (0)30) 12.34.56.78 ::1 a@[1.2.3.4] eyJ0.0.0 0x", uint8(1))
	var hs []*harness
	for i, compat := range []string{"", "datatrove", "dolma", ""} {
		s := PII.New().(*piiSettings)
		s.Compat, s.Types = compat, piiTypes[:piiListed]
		if i == 3 {
			s.Mask = "fake"
		}
		hs = append(hs, newHarness(f, &PII, s, step.Env{}))
	}
	f.Fuzz(func(t *testing.T, text string, which uint8) { checkPII(t, hs[int(which)%len(hs)], text) })
}

// No text takes time out of proportion: the worst ones are judged like any other at
// 10 kB, 100 kB and 1 MB, where anything but linear time would not end.
func TestPIILongTexts(t *testing.T) {
	for _, compat := range []string{"", "datatrove", "dolma"} {
		s := PII.New().(*piiSettings)
		s.Compat = compat
		h := newHarness(t, &PII, s, step.Env{})
		for _, unit := range []string{"1", "1 ", "1.", "1-", "12 ", "+", "(0", "@", "a@", "a@b.", "a.", ":", "::", "1:", "a1", "a-1", "://", "://@", "https://x.com/",
			"-----BEGIN PRIVATE KEY-----\n", "eyJ1111111111111111111.", "0x", "DE89 3704 ", "01 23 45 67 89 ", "4111 ", "x", " \n", "é@", "call 1"} {
			for _, size := range []int{10_000, 100_000, 1_000_000} {
				checkPII(t, h, strings.Repeat(unit, size/len(unit)))
			}
		}
	}
}

func BenchmarkPII(b *testing.B) {
	for _, path := range []string{"data/wikipedia-passages/passages.jsonl.zst", "data/web-pages-raw/pages.jsonl.zst", "data/20-newsgroups/train.jsonl.zst"} {
		b.Run(strings.Split(path, "/")[1], func(b *testing.B) {
			texts := sharedTexts(b, path)
			benchTexts(b, newHarness(b, &PII, nil, step.Env{}), texts[:min(len(texts), 2000)])
		})
	}
}
