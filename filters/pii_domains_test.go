package filters

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// The last label says of a host what the list of public suffixes says of all of it.
func TestTopDomainsAsTheList(t *testing.T) {
	p, known := &pii{tops: topDomains{}}, 0
	check := func(host string) {
		want := hasPublicSuffix(strings.ToLower(host))
		known += asInt(want)
		if got := p.isDomain(host); got != want {
			t.Errorf("%s: has a public suffix is %v, by the list %v", host, got, want)
		}
	}
	random := rand.New(rand.NewPCG(2, 9))
	labels := strings.Fields("com org net de uk co ac gov jp kobe city kawasaki ck www br nom ar bd er fk kh mm np pg amazonaws s3 compute us-east-1 dualstack " +
		"github io blogspot appspot dyndns xn--p1ai xn--55qx5d cn onion local localhost test example invalid arpa in-addr txt png html COM Uk 1 22 4 255 8 0 a b \u017fe")
	for range 30_000 {
		host := labels[random.IntN(len(labels))]
		for range 1 + random.IntN(4) {
			host += "." + labels[random.IntN(len(labels))]
		}
		check(host)
	}
	if known < 10_000 {
		t.Errorf("%d hosts have a public suffix", known)
	}
	file, err := os.Open(sharedFile("data", "url-filter-lists", "fineweb-urls.txt.gz"))
	if err != nil {
		return
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(unpacked); lines.Scan(); {
		if host := lines.Text(); strings.Contains(host, ".") {
			check(host)
		}
	}
}

// Four numbers are the address that the library reads in them.
func TestIPv4AsTheLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	parts := []string{"0", "1", "9", "00", "01", "010", "10", "99", "100", "199", "249", "255", "256", "300", "999"}
	for range 20_000 {
		pick := func() string { return parts[random.IntN(len(parts))] }
		s := fmt.Sprintf("%s.%s.%s.%s", pick(), pick(), pick(), pick())
		want, err := netip.ParseAddr(s)
		if got, ok := ipv4(s); ok != (err == nil) || got != want {
			t.Fatalf("%s is %v, %v; the library says %v, %v", s, got, ok, want, err)
		}
	}
}

// What is no UTF-8 becomes one replacement for each stretch of it, or nothing.
func TestInvalidBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 1))
	pieces := []string{"a", "é", "\xff", "\xc3", "\x80", "漢", "\xe6\xbc", "\ufffd", "😀", "\xf0\x9f", " "}
	for range 20_000 {
		s := ""
		for range random.IntN(6) {
			s += pieces[random.IntN(len(pieces))]
		}
		var tag tagged
		if got, want := tag.keep(s), strings.ToValidUTF8(s, "\ufffd"); got != want {
			t.Fatalf("%q is kept as %q, want %q", s, got, want)
		}
		if got, want := string(appendValid(nil, s)), strings.ToValidUTF8(s, ""); got != want {
			t.Fatalf("%q without what is no UTF-8 is %q, want %q", s, got, want)
		}
	}
}
