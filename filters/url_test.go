package filters

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tamis/step"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ url, host, rest string }{
		{"https://example.com/", "example.com", ""},
		{"example.com", "example.com", ""},
		{"//example.com/a", "example.com", "/a"},
		{"HTTPS://EXAMPLE.com./A/B/?Q=X#frag", "example.com", "/a/b?q=x"},
		{"http://user:pass@example.com:8080/a", "example.com", "/a"},
		{"http://trusted.org@example.com/", "example.com", ""},
		{"http://ex%61mple.com/%41%2562", "example.com", "/ab"},
		{"http://www.example.com", "example.com", ""},
		{"http://www.com", "www.com", ""},
		{"http://bücher.de/ä", "xn--bcher-kva.de", "/ä"},
		{"http://XN--BCHER-KVA.de", "xn--bcher-kva.de", ""},
		{"http://BÜCHER.de", "xn--bcher-kva.de", ""},
		{"http://b%C3%BCcher.de", "xn--bcher-kva.de", ""},
		{"http://example。com/", "example.com", ""},
		{"http://ｅｘａｍｐｌｅ.com/", "example.com", ""},
		{"http://[2001:DB8::1]:80/x", "2001:db8::1", "/x"},
		{"http://1.2.3.4:80/x", "1.2.3.4", "/x"},
		{"http:/\\example.com\\a", "example.com", "/a"},
		{"http:///example.com/a", "example.com", "/a"},
		{" http://example.com/a/./b/../c//d/ ", "example.com", "/a/c/d"},
		{"http://example.com/../../a", "example.com", "/a"},
		{"http://exam\nple.com/", "example.com", ""},
		{"http://example.com/100%/%zz", "example.com", "/100%/%zz"},
		{"localhost:8080/x", "localhost", "/x"},
		{"ftp://example.com/", "example.com", ""},
		{"http://example.com?x", "example.com", "?x"},
		{"http://...example.com...", "example.com", ""},
		{"", "", ""},
		{"https://", "", ""},
		{"http://@/", "", ""},
	} {
		var k canonical
		if ok := k.parse(c.url); ok != (c.host != "") || string(k.host) != c.host || string(k.rest) != c.rest {
			t.Errorf("%q: %q and %q, want %q and %q", c.url, k.host, k.rest, c.host, c.rest)
		}
	}
}

func TestRegistered(t *testing.T) {
	for host, want := range map[string]string{
		"example.com": "example.com", "a.b.example.com": "example.com", "a.example.co.uk": "example.co.uk",
		"foo.blogspot.com": "blogspot.com", "a.user.github.io": "github.io", "co.uk": "co.uk", "com": "com",
		"localhost": "localhost", "1.2.3.4": "1.2.3.4", "2001:db8::1": "2001:db8::1", "a.b.unknowntld": "b.unknowntld",
		"a.b.c.kawasaki.jp": "b.c.kawasaki.jp", "x.city.kawasaki.jp": "city.kawasaki.jp", "www.ck": "www.ck", "a.foo.ck": "a.foo.ck",
		"x.xn--e1afmkfd.xn--p1ai": "xn--e1afmkfd.xn--p1ai",
	} {
		var k canonical
		k.host = []byte(host)
		if got := host[k.registered():]; got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

const blockList = `# a list
blocked.com
*.star.com
.dot.com
UPPER.com
bücher.de
sub.parent.com
1.2.3.4
2001:db8::1
localhost
com.net
foo.blogspot.com
https://page.com/Bad?q=1
page.org/bad/
page.com/öde
page.com/%ff
https://root.com
0.0.0.0 hosts.com www.hosts2.com # both
127.0.0.1 localhost.localdomain ip6-localhost
0.0.0.0 localadverts.com
||adblock.com^
||adblock2.com^$all
||path.com/ads^
||image.com^$image
@@||good.blocked.com^
example.com##.ad
/regex/$script
`

// Every usual way around a list ends at it.
func TestURLLists(t *testing.T) {
	env := step.Env{Open: opener(map[string]string{"block": blockList, "allow": "https://blocked.com/fine\nfine.upper.com\n"})}
	h := newHarness(t, &URL, &urlSettings{Lists: []string{"block"}, Allow: []string{"allow"}}, env)
	for _, c := range []struct{ url, want string }{
		{"", ""},
		{"http://free.com/", ""},
		{"http://blocked.com/", "domain"},
		{"HTTP://BLOCKED.COM", "domain"},
		{"http://blocked.com:8443/x", "domain"},
		{"http://blocked.com./", "domain"},
		{"http://user@blocked.com/", "domain"},
		{"http://free.com@blocked.com/", "domain"},
		{"http://blocked.com@free.com/", ""},
		{"http://bl%6fcked.com/", "domain"},
		{"http://a.b.blocked.com/", "domain"},
		{"http://www.blocked.com/", "domain"},
		{"http://notblocked.com/", ""},
		{"http://blocked.com.evil.org/", ""},
		{"http://blocked。com/", "domain"},
		{"blocked.com", "domain"},
		{"//blocked.com/x", "domain"},
		{"http://blocked.com/fine", ""},
		{"http://good.blocked.com/", ""},
		{"http://x.good.blocked.com/", ""},
		{"http://star.com/", "domain"},
		{"http://x.dot.com/", "domain"},
		{"http://upper.com/", "domain"},
		{"http://fine.upper.com/", ""},
		{"http://xn--bcher-kva.de/", "domain"},
		{"http://B%C3%9CCHER.de/", "domain"},
		{"http://sub.parent.com/", "host"},
		{"http://a.sub.parent.com/", "host"},
		{"http://parent.com/", ""},
		{"http://1.2.3.4/x", "domain"},
		{"http://11.2.3.4/", ""},
		{"http://[2001:db8::1]/", "domain"},
		{"http://[2001:DB8:0:0::1]:80/", "domain"},
		{"http://localhost/", "domain"},
		{"http://foo.blogspot.com/", "host"},
		{"http://bar.blogspot.com/", ""},
		{"http://x.com.net/", "domain"},
		{"https://page.com/bad?q=1", "page"},
		{"https://page.com/%C3%96de", "page"},
		{"https://page.com/%FF", "page"},
		{"https://page.com/%FE", ""},
		{"http://www.page.com/BAD?q=1#x", "page"},
		{"http://page.com/b%61d?q=1", "page"},
		{"http://page.com/bad", ""},
		{"http://page.org/bad", "page"},
		{"http://page.org/x/../bad/", "page"},
		{"http://page.org/bad/deeper", ""},
		{"http://root.com/", "page"},
		{"http://root.com/x", ""},
		{"http://hosts.com/", "domain"},
		{"http://hosts2.com/", "domain"},
		{"http://localhost.localdomain/", ""},
		{"http://localadverts.com/", "domain"},
		{"http://adblock.com/", "domain"},
		{"http://adblock2.com/", "domain"},
		{"http://path.com/ads", ""},
		{"http://image.com/", ""},
		{"http://example.com/", ""},
	} {
		v, got := h.judge("text", c.url), ""
		if v.Removed {
			got = URL.Rules[v.Rule].Name
		}
		if got != c.want {
			t.Errorf("%q: removed by %q, want %q", c.url, got, c.want)
		}
	}
}

func TestURLWords(t *testing.T) {
	env := step.Env{Open: opener(map[string]string{"hard": "Forbidden\n# x\n", "soft": "maybe\nperhaps\n", "strict": "bad-word\n"})}
	h := newHarness(t, &URL, &urlSettings{Words: true, Hard: []string{"hard"}, Soft: []string{"soft"}, Strict: []string{"strict"}}, env)
	for _, c := range []struct{ url, want string }{
		{"http://example.com/forbidden", "hard_words"},
		{"http://FORBIDDEN.com/", "hard_words"},
		{"http://example.com/?q=%46orbidden", "hard_words"},
		{"http://example.com/%D0%9F%D0%9E%D0%A0%D0%9D%D0%9E/", "hard_words"},
		{"http://xn--h1acbxfam.example/", ""},          // русский
		{"http://xn--m1abbbg.xn--p1ai/", "hard_words"}, // порно.рф
		{"http://free.Порно.example/", "hard_words"},
		{"http://forbidden@example.com/", ""},
		{"http://example.com/#forbidden", ""},
		{"http://example.com/forbiddenfruit", ""},
		{"http://example.com/maybe", ""},
		{"http://example.com/maybe/maybe", ""},
		{"http://example.com/maybe-perhaps", "soft_words"},
		{"http://example.com/ba.dwo_rd", "strict_words"},
		{"http://thebadwords.com/", "strict_words"},
		{"http://example.com/bad/wor", ""},
		{"https://exfree.example/", ""}, // the s of https joins nothing
		{"https://example.com/porn/1", "hard_words"},
		{"https://free-p%6Frn-video.example/", "hard_words"},
		{"https://www.essex.ac.uk/sussex", ""},
		{"https://scunthorpe.gov.uk/cockermouth", ""},
		{"https://hot-girls.example/", "soft_words"},
		{"https://example.com/hot-meals", ""},
		{"https://myxvideosclub.example/", "strict_words"},
		{"https://therapist.example/analytics?button=title", ""},
		{"https://penisland.example/", ""},
	} {
		v, got := h.judge("text", c.url), ""
		if v.Removed {
			got = URL.Rules[v.Rule].Name
		}
		if got != c.want {
			t.Errorf("%q: removed by %q, want %q", c.url, got, c.want)
		}
	}
	off := newHarness(t, &URL, &urlSettings{}, step.Env{})
	if v := off.judge("", "https://porn.example/"); v.Removed {
		t.Error("words count though they are off")
	}
}

func TestURLListFiles(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprintln(w, "zipped.com")
	w.Close()
	files := map[string]string{
		"adult/domains": "one.com\n", "adult/urls": "two.com/x\n", "zip.gz": z.String(), "dating/domains.gz": z.String(),
		"empty": "# nothing\n", "cut.gz": z.String()[:20], "bom": "\ufeffbom.com\r\n",
	}
	for path, want := range map[string]string{
		"adult": "http://two.com/x", "adult/": "http://one.com/", "zip.gz": "http://zipped.com", "dating": "http://zipped.com", "bom": "http://bom.com",
	} {
		h := newHarness(t, &URL, &urlSettings{Lists: []string{path}}, step.Env{Open: opener(files)})
		if !h.judge("", want).Removed || h.judge("", "http://other.com").Removed {
			t.Errorf("%s: does not block %s alone", path, want)
		}
	}
	for path, want := range map[string]string{"empty": "lists: empty: there is no host", "cut.gz": "cut.gz: unexpected EOF", "absent": "lists: absent is not there"} {
		_, err := (&urlSettings{Lists: []string{path}}).Build(&step.Env{Open: opener(files)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func TestURLRefuses(t *testing.T) {
	for want, s := range map[string]*urlSettings{
		`compat: "dolma" is no program`:               {Compat: "dolma"},
		"allow: datatrove has no lists of what stays": {Compat: "datatrove", Allow: []string{"x"}},
		"hard: absent is not there":                   {Hard: []string{"absent"}},
		"lists: absent is not there":                  {Compat: "datatrove", Lists: []string{"absent"}},
		"strict: absent is not there":                 {Compat: "datatrove", Strict: []string{"absent"}},
	} {
		if _, err := s.Build(&step.Env{Open: opener(nil)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestHashSet(t *testing.T) {
	var s hashSet
	if s.has([]byte("x")) {
		t.Error("an empty set has something")
	}
	for i := range 10_000 {
		s.add(fmt.Sprint("key", i))
		s.add(fmt.Sprint("key", i/2))
	}
	for i := range 20_000 {
		if got := s.has([]byte(fmt.Sprint("key", i))); got != (i < 10_000) {
			t.Fatalf("key%d: %v", i, got)
		}
	}
	if s.size != 10_000 || len(s.slots) != 16384 {
		t.Errorf("%d entries in %d slots", s.size, len(s.slots))
	}
}

// What blocks 19,587 addresses of adult sites blocks all of them, and few pages of
// ordinary ones.
func TestURLOnLists(t *testing.T) {
	h := newHarness(t, &URL, nil, step.Env{})
	removed, all := 0, 0
	sharedRows(t, "data/web-pages-raw/pages.jsonl.zst", func(line []byte) {
		var row struct{ URL string }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		all++
		if v := h.judge("", row.URL); v.Removed {
			removed++
			t.Logf("%s removes %s", URL.Rules[v.Rule].Name, row.URL)
		}
	})
	if removed > all/200 {
		t.Errorf("the program's own words remove %d of %d ordinary pages", removed, all)
	}
}

func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://example.com/", "HTTP://u:p@EX%61mple.com.:80/../a?b#c", "http://[::1]:80", "http://bücher。de", "xn--a.com"} {
		f.Add(s)
	}
	h := newHarness(f, &URL, nil, step.Env{})
	f.Fuzz(func(t *testing.T, url string) {
		var a, b canonical
		h.judge("", url)
		if !a.parse(url) {
			return
		}
		if r := a.registered(); r < 0 || r > len(a.host) || r > 0 && a.host[r-1] != '.' {
			t.Fatalf("%q: registered domain at %d of %q", url, r, a.host)
		}
		// A canonical page is its own canonical form, unless it decodes to more escapes
		// or marks than a URL may have.
		if bytes.ContainsAny(a.page, "%?#@\\[]: \t\r\n") || !bytes.Equal(bytes.TrimFunc(a.page, isURLBlank), a.page) || bytes.Contains(a.host, []byte("/")) {
			return
		}
		if !b.parse(string(a.page)) || !bytes.Equal(a.page, b.page) {
			t.Fatalf("%q becomes %q, and then %q", url, a.page, b.page)
		}
	})
}

func BenchmarkURL(b *testing.B) {
	var list strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&list, "host%d.example.com\n", i)
	}
	h := newHarness(b, &URL, &urlSettings{Lists: []string{"l"}}, step.Env{Open: opener(map[string]string{"l": list.String()})})
	words := newHarness(b, &URL, nil, step.Env{})
	urls := make([]string, 1000)
	for i := range urls {
		urls[i] = fmt.Sprintf("https://www.blog.site%d.co.uk/2020/05/some-article-about-things.html?id=%d", i, i)
	}
	for name, h := range map[string]*harness{"lists": h, "words": words} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				h.judge("", urls[i%len(urls)])
			}
		})
	}
}
