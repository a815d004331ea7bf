package filters

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"

	"tamis/step"
)

// urlLists is what url looks up. It is shared by all workers.
type urlLists struct {
	block, allow addressSet
	hard, soft   map[string]bool
	strictWords  []string
	strict       *automaton // nil where there are no strict words
}

// listNames are the files of a category in a folder of the Université Toulouse 1
// Capitole, and the same compressed.
var listNames = []string{"domains", "urls", "domains.gz", "urls.gz"}

// readAddresses takes the entries of a file, or of a folder with the files of a UT1
// category. Exceptions of Adblock lists go to except, if there is one.
func (u *urlLists) readAddresses(env *step.Env, path string, set, except *addressSet) error {
	return eachList(env, path, listNames, func(_ string, r *bufio.Reader) error {
		found, c := 0, canonical{}
		err := listLines(r, func(line string) {
			found += set.addLine(&c, line, except)
		})
		if err == nil && found == 0 {
			err = errors.New("there is no host and no page in it: write one in a line")
		}
		return err
	})
}

// eachList opens a list, or those of the names that are in a folder, and calls f with
// the content, decompressed if it was.
func eachList(env *step.Env, path string, names []string, f func(name string, r *bufio.Reader) error) error {
	err := readList(env, path, func(r *bufio.Reader) error { return f(path, r) })
	if err == nil || !errors.Is(err, errNotOpened) {
		return err
	}
	found := 0
	for _, name := range names {
		full := strings.TrimSuffix(path, "/") + "/" + name
		inner := readList(env, full, func(r *bufio.Reader) error { return f(name, r) })
		if inner == nil {
			found++
		} else if !errors.Is(inner, errNotOpened) {
			return inner
		}
	}
	if found == 0 {
		return err
	}
	return nil
}

// errNotOpened marks the errors of files that could not be opened.
var errNotOpened = errors.New("not opened")

// readList opens one file and calls f with its content, decompressed if it was.
func readList(env *step.Env, path string, f func(*bufio.Reader) error) (err error) {
	file, err := env.Open(path)
	if err != nil {
		return &notOpened{err}
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	r := bufio.NewReaderSize(file, 1<<16)
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r = bufio.NewReaderSize(z, 1<<16)
	}
	if err := f(r); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// notOpened is the error of a file that could not be opened.
type notOpened struct{ error }

func (e *notOpened) Is(target error) bool { return target == errNotOpened }
func (e *notOpened) Unwrap() error        { return e.error }

// listLines calls f for the lines of a list without blanks around them; a byte order
// mark and empty lines are left out.
func listLines(r io.Reader, f func(string)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 1<<16), 1<<20)
	for lines.Scan() {
		if line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")); line != "" {
			f(line)
		}
	}
	return lines.Err()
}

// addLine takes a line of any of the usual lists and returns how many entries it had:
//
//	example.com             a host and all below it; *.example.com and .example.com, too
//	https://example.com/a   a page, with or without the scheme
//	0.0.0.0 example.com     hosts files; names that a machine has for itself are left out
//	||example.com^$all      Adblock; @@||example.com^ is an exception
func (s *addressSet) addLine(c *canonical, line string, except *addressSet) int {
	if line[0] == '#' || line[0] == '!' || strings.HasPrefix(line, "[Adblock") {
		return 0
	}
	line, _, _ = strings.Cut(line, " #")
	if rule, ok := strings.CutPrefix(line, "@@||"); ok {
		if except == nil {
			return 0
		}
		return except.addRule(c, rule)
	}
	if rule, ok := strings.CutPrefix(line, "||"); ok {
		return s.addRule(c, rule)
	}
	fields := strings.Fields(line)
	if len(fields) > 1 && isHostsAddress(fields[0]) {
		n := 0
		for _, name := range fields[1:] {
			if !isOwnName(name) {
				n += s.addEntry(c, name)
			}
		}
		return n
	}
	if len(fields) != 1 || strings.ContainsAny(line, "^$|") || strings.Contains(line, "##") {
		return 0 // rules of Adblock that name no host
	}
	return s.addEntry(c, line)
}

// isOwnName reports whether a name in a hosts file is one that a machine has for itself.
func isOwnName(name string) bool {
	switch strings.ToLower(name) {
	case "local", "localhost", "localhost.localdomain", "localhost4", "localhost6", "localhost4.localdomain4", "localhost6.localdomain6", "broadcasthost":
		return true
	}
	return strings.HasPrefix(name, "ip6-")
}

// isHostsAddress reports whether a hosts file uses an address for what it blocks.
func isHostsAddress(s string) bool {
	return s == "0.0.0.0" || s == "127.0.0.1" || s == "::" || s == "::1" || s == "0"
}

// addRule takes an Adblock rule behind its two bars: a host up to a caret, with
// options that do not narrow it down.
func (s *addressSet) addRule(c *canonical, rule string) int {
	host, options, _ := strings.Cut(rule, "$")
	host = strings.TrimSuffix(host, "^")
	if strings.ContainsAny(host, "^*|/") || options != "" && options != "all" && options != "document" && options != "important" && options != "popup" {
		return 0
	}
	return s.addEntry(c, host)
}

// addEntry takes a host or a page. Wildcards elsewhere than before a dot at the start
// are no entries.
func (s *addressSet) addEntry(c *canonical, entry string) int {
	entry = strings.TrimPrefix(strings.TrimPrefix(entry, "*"), ".")
	if strings.IndexByte(entry, '*') >= 0 || !c.parse(entry) {
		return 0
	}
	if len(c.rest) > 0 || strings.Contains(entry, "://") {
		s.pages.add(string(c.page))
	} else {
		s.hosts.add(string(c.host))
	}
	return 1
}

// readWords takes the words of the settings.
func (s *urlSettings) readWords(env *step.Env, u *urlLists) error {
	u.hard, u.soft = map[string]bool{}, map[string]bool{}
	if s.Words {
		if err := u.readOwnWords(); err != nil {
			return err
		}
	}
	for _, list := range []struct {
		key   string
		paths []string
	}{{"hard", s.Hard}, {"soft", s.Soft}, {"strict", s.Strict}} {
		for _, path := range list.paths {
			err := readList(env, path, func(r *bufio.Reader) error {
				return listLines(r, func(line string) { u.addWord(list.key, line) })
			})
			if err != nil {
				return &step.Fault{Key: list.key, Err: err}
			}
		}
	}
	return nil
}

// readOwnWords takes the program's own words.
func (u *urlLists) readOwnWords() error {
	f, err := lexiconFiles.Open("lexicon/url.txt")
	if err != nil {
		return err
	}
	class := ""
	return listLines(f, func(line string) {
		if line[0] == '[' {
			class = strings.Trim(line, "[]")
			return
		}
		u.addWord(class, line)
	})
}

// addWord takes a word of a class. Strict words lose their punctuation, as URLs do.
func (u *urlLists) addWord(class, line string) {
	if line[0] == '#' {
		return
	}
	word := strings.ToLower(line)
	switch class {
	case "hard":
		u.hard[word] = true
	case "soft":
		u.soft[word] = true
	case "strict":
		if word = strings.Map(withoutMarks, word); word != "" {
			u.strictWords = append(u.strictWords, word)
		}
	}
}

func withoutMarks(r rune) rune {
	if r < 0x80 && !isURLLetter(byte(r)) {
		return -1
	}
	return r
}

// compile builds the automaton of strict words.
func (u *urlLists) compile() (err error) {
	if len(u.strictWords) > 0 {
		var fold [256]byte
		for b := range fold {
			fold[b] = asciiLower(byte(b))
		}
		u.strict, err = newAutomaton(u.strictWords, &fold)
		u.strictWords = nil
	}
	return err
}
