package filters

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// C4BadWords removes pages with a word of a list.
var C4BadWords = step.Spec{
	Name: "c4_bad_words",
	Doc: "Removes pages with a word of a list, as C4 did with LDNOOBW, whose folder of lists can be given as it is. The list is that of the document's language, by the label of a `language` step above; without one, " +
		"and for documents whose language has no list, see `default` and `missing`; nb and nn, where they have none, are held to that of no, and tl to that of fil. Case does not count, in the lists neither, where datatrove leaves capitals that nothing can match. A word stands between characters that are no letters, numbers or underscores; " +
		"in Japanese, Thai and Chinese it may stand anywhere. As published, four entries of the Japanese and Chinese lists are allowed in every language. One word is enough, " +
		"which is known to lose medical and legal texts: `nsfw` weighs words instead. Whether a page stays by keep_fraction hangs on the seed and its place alone.",
	Source: "Raffel et al. 2020, JMLR 21(140), section 2.2; datatrove, C4BadWordsFilter in c4_filters.py at a649de79; LDNOOBW, List of Dirty, Naughty, Obscene and Otherwise Bad Words; Dodge et al. 2021, arXiv:2104.08758, for what it loses",
	Rules: []step.Rule{
		badWordsFound:  maxRule("words", "words", 0, "Words of the list in the text, each as often as it stands there."),
		badWordsSpared: openRule("spared", "documents", "1 where a page with such words stays by keep_fraction."),
	},
	New: func() step.Settings { return &badWordsSettings{Default: "en", Missing: "keep"} },
}

// The rules of c4_bad_words by index.
const (
	badWordsFound = iota
	badWordsSpared
)

type badWordsSettings struct {
	Lists        []string `yaml:"lists" doc:"folders with a list for each language, named by its code as LDNOOBW has them, and files, whose name is the code; one word or phrase in a line"`
	Default      string   `yaml:"default" doc:"language of documents without a label"`
	Missing      string   `yaml:"missing" doc:"documents whose language has no list: keep, or default for the list of that language"`
	KeepFraction float64  `yaml:"keep_fraction" doc:"share of the pages with such words that stay"`
}

// allowedWords are common parts of words in languages without spaces; the published
// code takes them from every list.
var allowedWords = []string{"sm", "\u30b0\u30ed", "\u5973\u306e\u5b50", "\u6027"}

// Build reads the lists.
func (s *badWordsSettings) Build(env *step.Env) (any, error) {
	if !(s.KeepFraction >= 0 && s.KeepFraction <= 1) {
		return nil, &step.Fault{Key: "keep_fraction", Err: fmt.Errorf("%v is no share: 0 to 1 are", s.KeepFraction)}
	}
	if s.Missing != "keep" && s.Missing != "default" {
		return nil, &step.Fault{Key: "missing", Err: fmt.Errorf("%q is not possible: keep and default are", s.Missing)}
	}
	b := &badWords{badWordsSettings: *s, lists: map[string]*badWordList{}, slot: -1, seed: env.Seed, name: xxh3.HashString(env.Name)}
	if err := b.read(env); err != nil {
		return nil, &step.Fault{Key: "lists", Err: err}
	}
	if b.lists[s.Default] == nil && (s.Missing == "default" || len(s.Lists) > 0) {
		return nil, &step.Fault{Key: "default", Err: fmt.Errorf("there is no list of %q: there are %s", s.Default, strings.Join(slices.Sorted(maps.Keys(b.lists)), ", "))}
	}
	if slot, ok := env.Label("language.label"); ok {
		b.slot = slot
	}
	return b, nil
}

// sameBytes folds nothing.
var sameBytes = newSameBytes()

func newSameBytes() (same [256]byte) {
	for i := range same {
		same[i] = byte(i)
	}
	return same
}

// A badWordList finds the words of one language.
type badWordList struct {
	find   *automaton
	inside bool // words may stand inside of others
}

// badWords is the step in one worker.
type badWords struct {
	badWordsSettings
	lists map[string]*badWordList
	slot  int // of the label; -1 without one
	seed  uint64
	name  uint64

	// Of the document at hand:
	spared []step.Rule // its rules where it stays by chance
	low    []byte
	found  []occurrence
}

// Fork returns the same step for another worker.
func (b *badWords) Fork() step.Local {
	fork := *b
	fork.spared, fork.low, fork.found = nil, nil, nil
	return &fork
}

// read reads the lists. Of two files for one language both count.
func (b *badWords) read(env *step.Env) error {
	if len(b.Lists) == 0 {
		return errors.New("there is nothing to look for: give a folder with lists, such as LDNOOBW's")
	}
	words := map[string][]string{}
	for _, p := range b.Lists {
		err := eachFile(env, p, ldnoobwNames, func(name string, lines []string) {
			code := strings.TrimSuffix(strings.TrimSuffix(path.Base(name), ".gz"), ".txt")
			for _, line := range lines {
				if !slices.Contains(allowedWords, line) {
					words[code] = append(words[code], string(text.AppendLower(nil, line)))
				}
			}
		})
		if err != nil {
			return err
		}
	}
	for _, code := range slices.Sorted(maps.Keys(words)) {
		list := words[code]
		slices.Sort(list)
		find, err := newAutomaton(slices.Compact(list), &sameBytes)
		if err != nil {
			return fmt.Errorf("%s: %w", code, err)
		}
		b.lists[code] = &badWordList{find: find, inside: code == "ja" || code == "th" || code == "zh"}
	}
	return nil
}

// widerLanguages are the codes under which LDNOOBW has languages that identifiers call
// otherwise.
var widerLanguages = map[string]string{"nb": "no", "nn": "no", "tl": "fil"}

// list returns the list that a document is held to, nil for none.
func (b *badWords) list(d *document.Document) *badWordList {
	code := b.Default
	if b.slot >= 0 && d.Labels[b.slot] != "" {
		code = d.Labels[b.slot]
	}
	l := b.lists[code]
	if l == nil {
		l = b.lists[widerLanguages[code]]
	}
	if l == nil && b.Missing == "default" {
		l = b.lists[b.Default]
	}
	return l
}

// Judge counts the words.
func (b *badWords) Judge(d *document.Document, m *step.Meter) step.Verdict {
	n := 0
	if l := b.list(d); l != nil {
		b.low = text.AppendLower(b.low[:0], d.Text())
		n = b.count(l, unsafe.String(unsafe.SliceData(b.low), len(b.low)))
	}
	spared := n > 0 && b.KeepFraction > 0 && b.draw(d.Place) < b.KeepFraction
	if spared {
		b.spared = append(b.spared[:0], m.Rules...)
		b.spared[badWordsFound].Off = true
		m.Rules = b.spared
	}
	if m.Hold(badWordsFound, float64(n)) {
		m.Hold(badWordsSpared, float64(asInt(spared)))
	}
	return m.Verdict()
}

func (b *badWords) count(l *badWordList, low string) (n int) {
	b.found = l.find.find(b.found[:0], low)
	for _, o := range b.found {
		if l.inside || standsAlone(low, int(o.start), int(o.end)) {
			n++
		}
	}
	return n
}

// standsAlone reports whether no letter, number or underscore touches bytes
// [start, end).
func standsAlone(s string, start, end int) bool {
	before, n := utf8.DecodeLastRuneInString(s[:start])
	after, w := utf8.DecodeRuneInString(s[end:])
	return (n == 0 || !text.IsWordRune(before)) && (w == 0 || !text.IsWordRune(after))
}

// draw returns a number in [0, 1) that hangs on the seed, the step's name and the
// document's place.
func (b *badWords) draw(p document.Place) float64 {
	var key [28]byte
	binary.LittleEndian.PutUint64(key[:], b.seed)
	binary.LittleEndian.PutUint64(key[8:], b.name)
	binary.LittleEndian.PutUint32(key[16:], p.File)
	binary.LittleEndian.PutUint64(key[20:], uint64(p.Record))
	return float64(xxh3.Hash(key[:])>>11) / (1 << 53)
}

// eachFile calls f with the lines of a list, or of those of the names that are in a
// folder.
func eachFile(env *step.Env, p string, names []string, f func(name string, lines []string)) error {
	return eachList(env, p, names, func(name string, r *bufio.Reader) error {
		var lines []string
		err := listLines(r, func(line string) { lines = append(lines, line) })
		if err == nil && len(lines) == 0 {
			err = errors.New("there is no word in it: write one in a line")
		}
		f(name, lines)
		return err
	})
}
