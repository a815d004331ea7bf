package engine

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"

	"tamis/shards"
)

// What a URL's site is: what was registered, however the address is written.
func TestSite(t *testing.T) {
	for url, want := range map[string]string{
		"https://www.example.org/a/b":           "example.org",
		"http://A.B.Example.co.uk:8080?x":       "example.co.uk",
		"//user:pass@news.example.com./x@y":     "example.com",
		"example.org":                           "example.org",
		"http://192.168.7.1/x":                  "192.168.7.1",
		"http://192.168.7.1:80/x":               "192.168.7.1",
		"http://localhost/":                     "localhost",
		"http://co.uk/":                         "co.uk",
		"https://someone.github.io/page":        "someone.github.io",
		"":                                      "",
		"https:///path":                         "",
		"http://[2001:db8::1]:80/":              "[2001:db8::1]",
		"https://xn--bcher-kva.example/katalog": "xn--bcher-kva.example",
	} {
		if got := site(url); got != want {
			t.Errorf("%q: %q, want %q", url, got, want)
		}
	}
}

// The table adds up what the steps did to each site, the largest first.
func TestDomains(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	p := testPlan(t, corpus(t), out)
	r, err := Open(p, Options{Workers: 3, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Do(context.Background(), Events{}); err != nil {
		t.Fatal(err)
	}
	got, err := parquet.ReadFile[shards.Domain](filepath.Join(out, domainsName))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*shards.Domain{}
	of := func(name string) *shards.Domain {
		if want[name] == nil {
			want[name] = &shards.Domain{Domain: name}
		}
		want[name].Documents++
		return want[name]
	}
	for range 3 {
		for i := range 400 {
			switch {
			case i%50 == 49 || i%7 == 0:
			case i%11 == 0:
				of("copies.org")
			default:
				d := of("site" + string(rune('0'+i%5)) + ".co.uk")
				d.Kept++
			}
		}
	}
	want["copies.org"].Kept = 1
	for name, d := range want {
		step := shards.DomainStep{Step: "stars", Edited: d.Documents}
		if name == "copies.org" {
			step = shards.DomainStep{Step: "twins", Removed: d.Documents - 1}
		}
		d.Steps = []shards.DomainStep{step}
	}
	if len(got) != len(want) || !slices.IsSortedFunc(got, func(a, b shards.Domain) int { return int(b.Documents - a.Documents) }) {
		t.Errorf("%d domains, want %d, the largest first: %+v", len(got), len(want), got)
	}
	for _, g := range got {
		w := *want[g.Domain]
		w.Bytes = g.Bytes
		if !reflect.DeepEqual(g, w) || g.Bytes < 30*g.Documents || g.Bytes > 50*g.Documents {
			t.Errorf("%+v, want %+v", g, w)
		}
	}
	if !reflect.DeepEqual(r.Domains(), got) {
		t.Errorf("the report is given %+v", r.Domains())
	}
}
