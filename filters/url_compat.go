package filters

import (
	"bufio"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"tamis/step"
)

// datatroveURL is the step as datatrove's URLFilter: hosts, pages and words of a URL
// are compared as they are written, and a host below a listed one is not on the list
// unless it is the registered domain.
type datatroveURL struct {
	*urlLists
	listed  *hashSet // lines of the lists, as domains and as URLs
	squeeze []byte
	seen    []string
}

// readRaw takes the lines of lists as they are, but for blanks around them.
func (u *datatroveURL) readRaw(env *step.Env, paths []string) error {
	for _, path := range paths {
		err := eachList(env, path, listNames, func(_ string, r *bufio.Reader) error {
			return listLines(r, func(line string) {
				if line[0] != '#' {
					u.listed.add(line)
				}
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// measure fills in the value of the first rule that removes the URL.
func (u *datatroveURL) measure(url string, values *[urlStrict + 1]float64) {
	registered, host := "", ""
	if u.listsHost(netloc(url)) {
		registered, host = datatroveHost(url)
	}
	switch {
	case registered != "" && u.listed.hasString(registered):
		values[urlDomain] = 1
	case host != "" && u.listed.hasString(host):
		values[urlHost] = 1
	case u.listed.hasString(url):
		values[urlPage] = 1
	}
	values[urlHard] = u.count(u.hard, url)
	values[urlSoft] = u.count(u.soft, url)
	u.squeeze = u.squeeze[:0]
	for _, b := range []byte(url) {
		if isAlnum(b) {
			u.squeeze = append(u.squeeze, b)
		}
	}
	if u.strict != nil && u.strict.contains(u.squeeze) {
		values[urlStrict] = 1
	}
}

// listsHost reports whether a host, or one above it, is on the list. If not, neither the
// registered domain is nor the host: they are such stretches of it.
func (u *datatroveURL) listsHost(host string) bool {
	for more := u.listed.size > 0; more; _, host, more = strings.Cut(host, ".") {
		if u.listed.hasString(host) {
			return true
		}
	}
	return false
}

// count returns how many different words of a set stand in the URL, in its very
// letters.
func (u *datatroveURL) count(set map[string]bool, url string) float64 {
	u.seen = u.seen[:0]
	for i := 0; i < len(url); i++ {
		start := i
		for i < len(url) && isAlnum(url[i]) {
			i++
		}
		if word := url[start:i]; set[word] && !slices.Contains(u.seen, word) {
			u.seen = append(u.seen, word)
		}
	}
	return float64(len(u.seen))
}

// datatroveHost returns registered domain and host as tldextract 5.3 does without
// private suffixes, both "" where there is no known suffix and a name before it.
func datatroveHost(url string) (registered, host string) {
	labels := strings.Split(netloc(url), ".")
	ascii := make([]string, len(labels))
	for i, l := range labels {
		ascii[i] = strings.ToLower(l)
		if mapped, err := idna.Punycode.ToASCII(ascii[i]); err == nil {
			ascii[i] = mapped
		}
	}
	suffix, icann := publicsuffix.PublicSuffix(strings.Join(ascii, "."))
	for !icann {
		_, parent, more := strings.Cut(suffix, ".")
		if !more {
			return "", ""
		}
		suffix, icann = publicsuffix.PublicSuffix(parent)
	}
	at := len(labels) - strings.Count(suffix, ".") - 2
	if at < 0 || labels[at] == "" {
		return "", ""
	}
	registered = strings.Join(labels[at:], ".")
	if below := strings.Join(labels[:at], "."); below != "" {
		return registered, below + "." + registered
	}
	return registered, registered
}

// netloc cuts the host out of a URL as tldextract does.
func netloc(url string) string {
	if slashes := strings.Index(url, "//"); slashes == 0 {
		url = url[2:]
	} else if slashes >= 2 && url[slashes-1] == ':' && isScheme(url[:slashes-1]) {
		url = url[slashes+2:]
	}
	if end := strings.IndexAny(url, "/?#"); end >= 0 {
		url = url[:end]
	}
	url = url[strings.LastIndexByte(url, '@')+1:]
	if colon := strings.IndexByte(url, ':'); colon >= 0 {
		url = url[:colon]
	}
	url = strings.TrimSpace(url)
	if strings.ContainsAny(url, wide) {
		url = wideDots.Replace(url)
	}
	return strings.TrimRight(url, ".")
}

const wide = "\u3002\uff0e\uff61"

var wideDots = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".")

func isScheme(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && strings.IndexByte("+-.", s[i]) < 0 {
			return false
		}
	}
	return true
}
