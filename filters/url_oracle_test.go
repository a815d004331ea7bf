package filters

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tamis/step"
)

// verdicts of datatrove by rule.
var datatroveReasons = [...]string{
	urlDomain: "domain", urlHost: "subdomain", urlPage: "url", urlHard: "hard_blacklisted", urlSoft: "soft_blacklisted", urlStrict: "blacklisted_subword",
}

// urlAsDatatrove builds the step with datatrove's words and some lists.
func urlAsDatatrove(t *testing.T, lists map[string]string) *harness {
	t.Helper()
	s := &urlSettings{Compat: "datatrove", Hard: []string{"banned_words.txt"}, Soft: []string{"soft_banned_words.txt"}, Strict: []string{"banned_subwords.txt"}}
	for name := range lists {
		s.Lists = append(s.Lists, name)
	}
	return newHarness(t, &URL, s, step.Env{Open: func(path string) (io.ReadCloser, error) {
		if list, ok := lists[path]; ok {
			return io.NopCloser(strings.NewReader(list)), nil
		}
		return os.Open(filepath.Join("..", "..", "shared", "data", "url-filter-lists", "datatrove", path))
	}})
}

func datatroveVerdict(h *harness, url string) string {
	if v := h.judge("", url); v.Removed {
		return datatroveReasons[v.Rule]
	}
	return "keep"
}

// oracleLists are the lists that datatrove was given.
func oracleLists(t *testing.T) map[string]string {
	lists := map[string]string{}
	sharedRows(t, "oracles/url/lists.jsonl.zst", func(line []byte) {
		var row struct {
			List  string
			Lines []string
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		lists[row.List] = strings.Join(row.Lines, "\n")
	})
	return lists
}

func TestURLAsDatatrove(t *testing.T) {
	listed := oracleLists(t) // skips where there are none
	words, lists := urlAsDatatrove(t, nil), urlAsDatatrove(t, listed)
	sharedRows(t, "oracles/url/adversarial.jsonl.zst", func(line []byte) {
		var row struct {
			URL, FQDN  string
			Words      string `json:"words_only"`
			Lists      string `json:"with_lists"`
			Registered string `json:"registered_domain"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		registered, host := datatroveHost(row.URL)
		if registered != row.Registered || host != row.FQDN {
			t.Errorf("%q: %q and %q, want %q and %q", row.URL, registered, host, row.Registered, row.FQDN)
		}
		if got := datatroveVerdict(words, row.URL); got != row.Words {
			t.Errorf("%q: %s, want %s", row.URL, got, row.Words)
		}
		if got := datatroveVerdict(lists, row.URL); got != row.Lists {
			t.Errorf("%q with lists: %s, want %s", row.URL, got, row.Lists)
		}
	})
}

// fineWebURLs are the addresses of adult sites that FineWeb's filter has.
func fineWebURLs(t *testing.T) []string {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "shared", "data", "url-filter-lists", "fineweb-urls.txt.gz"))
	if err != nil {
		t.Skipf("the shared data are not here: %v", err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var urls []string
	for lines := bufio.NewScanner(z); lines.Scan(); {
		urls = append(urls, lines.Text())
	}
	return urls
}

func TestURLAsDatatroveOnFineWeb(t *testing.T) {
	urls := fineWebURLs(t)
	lists := oracleLists(t)
	delete(lists, "extra_urls")
	lists["fineweb"] = strings.Join(urls, "\n")
	words, listed := urlAsDatatrove(t, nil), urlAsDatatrove(t, lists)
	sum := func(s string) string {
		h := sha256.Sum256([]byte(s))
		return hex.EncodeToString(h[:])
	}
	sharedRows(t, "oracles/url/fineweb-urls.jsonl.zst", func(line []byte) {
		var row struct {
			Row        int
			Words      string `json:"words_only"`
			WordsHTTPS string `json:"words_only_https"`
			List       string `json:"url_list"`
			ListHTTPS  string `json:"url_list_https"`
			Registered string `json:"registered_domain_sha256"`
			FQDN       string `json:"fqdn_sha256"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		url := urls[row.Row]
		if registered, host := datatroveHost(url); sum(registered) != row.Registered || sum(host) != row.FQDN {
			t.Errorf("row %d: host %q, registered domain %q", row.Row, host, registered)
		}
		for _, c := range []struct {
			h         *harness
			url, want string
		}{{words, url, row.Words}, {words, "https://" + url, row.WordsHTTPS}, {listed, url, row.List}, {listed, "https://" + url, row.ListHTTPS}} {
			if got := datatroveVerdict(c.h, c.url); got != c.want {
				t.Errorf("row %d: %s, want %s", row.Row, got, c.want)
			}
		}
	})
	bare, schemed := 0, 0
	for _, url := range urls {
		if datatroveVerdict(listed, url) == "url" {
			bare++
		}
		if datatroveVerdict(listed, "https://"+url) == "url" {
			schemed++
		}
	}
	t.Logf("as datatrove has it, the list finds %d of its %d hosts as they are listed, and %d with https:// before them", bare, len(urls), schemed)
}

// By default every address of a list is found in all the ways to write it.
func TestURLFindsWhatIsListed(t *testing.T) {
	urls := fineWebURLs(t)
	h := newHarness(t, &URL, &urlSettings{Lists: []string{"l"}}, step.Env{Open: opener(map[string]string{"l": strings.Join(urls, "\n")})})
	missed := 0
	for i, url := range urls {
		host, rest, _ := strings.Cut(url, "/")
		ways := []string{"https://" + url, "HTTP://" + strings.ToUpper(url), "//user@" + host + ".:8080/" + rest + "#x"}
		for _, way := range ways {
			if !h.judge("", way).Removed {
				if missed++; missed < 10 {
					t.Errorf("entry %d is not found as %q", i, way)
				}
			}
		}
	}
	if missed > 0 {
		t.Errorf("%d of %d are missed", missed, 3*len(urls))
	}
	t.Logf("%d listed hosts are found with https://, in capitals, and with a user's name, a port and a dot at the end", len(urls))
}
