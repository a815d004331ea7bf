package main

import (
	"archive/zip"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// The n-gram counts of lingua-go (Apache-2.0, © Peter M. Stahl), which the module
// proxy brings. A file of it holds, for n-grams of one length, the chance of the last
// letter after the ones before, as protocol buffers.
const linguaModule = "github.com/pemistahl/lingua-go@v1.4.0"

// linguaFolder returns the folder of the language models, fetched by the go command
// in a module that is thrown away.
func linguaFolder(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp("", "makemodels")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module fetch\n\ngo 1.26\n"), 0o644); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", linguaModule)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", linguaModule, err)
	}
	var got struct{ Dir string }
	if err := json.Unmarshal(out, &got); err != nil {
		return "", fmt.Errorf("fetch %s: %w", linguaModule, err)
	}
	return filepath.Join(got.Dir, "language-models"), nil
}

// A gram is up to five letters, 12 bits each, the last one lowest. The numbers of
// letters begin at 1.
type gram uint64

const letterBits = 12

func (g gram) length() (n int) {
	for ; g > 0; g >>= letterBits {
		n++
	}
	return n
}

// tail is g without its first letter.
func (g gram) tail() gram { return g & (1<<(letterBits*(g.length()-1)) - 1) }

// counts are how often a language has each n-gram, in its order.
type counts struct {
	code  string
	total float64 // letters counted
	grams []gram
	n     []float64
}

// of returns the count of a gram, 0 where it was never seen.
func (c *counts) of(g gram) float64 {
	if i, ok := slices.BinarySearch(c.grams, g); ok {
		return c.n[i]
	}
	return 0
}

var linguaFiles = []string{"unigrams", "bigrams", "trigrams", "quadrigrams", "fivegrams"}

// rarest is how often a letter must come, of all letters of a language, to count.
const rarest = 3e-6

// commonLetters numbers the letters of some languages, the commonest first.
func commonLetters(folder string, codes []string) (map[rune]gram, error) {
	shares := map[rune]float64{}
	for _, code := range codes {
		err := readGrams(filepath.Join(folder, code, linguaFiles[0]+".pb.bin.zip"), func(s string, p float64) {
			if r, _ := utf8.DecodeRuneInString(s); p >= rarest {
				shares[r] += p
			}
		})
		if err != nil {
			return nil, err
		}
	}
	order := slices.SortedFunc(maps.Keys(shares), func(a, b rune) int {
		return cmp.Or(cmp.Compare(shares[b], shares[a]), cmp.Compare(a, b))
	})
	letters := map[rune]gram{}
	for i, r := range order {
		letters[r] = gram(i + 1)
	}
	return letters, nil
}

// foreign are letters that a language does not have: what the counts say of them was seen
// in English notices on its web pages, such as that JavaScript is not enabled.
var foreign = map[string]string{"mi": "bcdfjlqsvxyz"}

// serbianLatin are the Latin letters of Serbian's Cyrillic ones.
var serbianLatin = map[rune]string{'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'ђ': "đ", 'е': "e", 'ж': "ž", 'з': "z", 'и': "i", 'ј': "j", 'к': "k", 'л': "l", 'љ': "lj", 'м': "m",
	'н': "n", 'њ': "nj", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'ћ': "ć", 'у': "u", 'ф': "f", 'х': "h", 'ц': "c", 'ч': "č", 'џ': "dž", 'ш': "š"}

// readSerbianLatin makes of the counts of Serbian in Cyrillic letters those of the same
// text in Latin ones, which write it letter by letter. What is n letters long stands for
// the n letters up to the end of its last one, and up to its middle where it is two.
func readSerbianLatin(folder string, letters map[rune]gram) (*counts, error) {
	cyrillic, err := commonLetters(folder, []string{"sr"})
	if err != nil {
		return nil, err
	}
	c, err := readCounts(folder, "sr", cyrillic)
	if err != nil {
		return nil, err
	}
	spelling := make([]string, len(cyrillic)+1)
	for r, g := range cyrillic {
		spelling[g] = serbianLatin[r]
	}
	sums := map[gram]float64{}
	for i, g := range c.grams {
		var latin []rune
		n, last := g.length(), 0
		for at := n - 1; at >= 0; at-- {
			letter := []rune(spelling[g>>(letterBits*at)&(1<<letterBits-1)])
			latin, last = append(latin, letter...), len(letter)
		}
		for end := len(latin) - last + 1; last > 0 && end <= len(latin); end++ {
			if to, ok := gramOf(letters, string(latin[max(0, end-n):end])); ok && end >= n {
				sums[to] += c.n[i]
			}
		}
	}
	latin := &counts{code: c.code, total: c.total}
	for _, g := range slices.Sorted(maps.Keys(sums)) {
		latin.grams, latin.n = append(latin.grams, g), append(latin.n, sums[g])
	}
	return latin, nil
}

// readCounts reads a language. The counts of n letters are the product of the chances
// along them; that of the rarest letter is taken for one.
func readCounts(folder, code string, letters map[rune]gram) (*counts, error) {
	c, before := &counts{code: code}, map[gram]float64{}
	type entry struct {
		g gram
		p float64
	}
	var all []entry
	for n, file := range linguaFiles {
		now, least := map[gram]float64{}, 1.0
		err := readGrams(filepath.Join(folder, code, file+".pb.bin.zip"), func(s string, p float64) {
			if n == 0 {
				least = min(least, p)
			}
			if strings.ContainsAny(s, foreign[code]) {
				return
			}
			if g, ok := gramOf(letters, s); ok && (n == 0 || before[g>>letterBits] > 0) {
				if n > 0 {
					p *= before[g>>letterBits]
				}
				now[g] = p
			}
		})
		if err != nil {
			return nil, err
		}
		if n == 0 {
			c.total = min(1/least, 2e8)
		}
		for g, p := range now {
			all = append(all, entry{g, p})
		}
		before = now
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.g, b.g) })
	for _, e := range all {
		c.grams, c.n = append(c.grams, e.g), append(c.n, e.p*c.total)
	}
	return c, nil
}

func gramOf(letters map[rune]gram, s string) (g gram, ok bool) {
	for _, r := range s {
		n, ok := letters[r]
		if !ok {
			return 0, false
		}
		g = g<<letterBits | n
	}
	return g, true
}

// readGrams calls f for each n-gram of a file, in its order.
func readGrams(path string, f func(s string, p float64)) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer z.Close()
	r, err := z.File[0].Open()
	if err != nil {
		return err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := message(b)
	for len(m) > 0 {
		field, body := m.next()
		if field != 4 {
			continue
		}
		var p float64
		var grams []string
		for set := message(body); len(set) > 0; {
			switch field, body := set.next(); field {
			case 1:
				p = math.Float64frombits(binary.LittleEndian.Uint64(body))
			case 2:
				grams = append(grams, string(body))
			}
		}
		for _, s := range grams {
			f(s, p)
		}
	}
	return nil
}

// A message is what is left of a protocol buffer.
type message []byte

// next takes a field off the front; numbers have no body.
func (m *message) next() (field uint64, body []byte) {
	tag := m.varint()
	switch tag & 7 {
	case 0:
		m.varint()
	case 1:
		body, *m = (*m)[:8], (*m)[8:]
	case 2:
		n := m.varint()
		body, *m = (*m)[:n], (*m)[n:]
	}
	return tag >> 3, body
}

func (m *message) varint() uint64 {
	v, n := binary.Uvarint(*m)
	*m = (*m)[n:]
	return v
}
