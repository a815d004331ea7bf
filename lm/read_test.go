package lm

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// small is a sound bigram model.
const small = "\\data\\\nngram 1=4\nngram 2=2\n\n\\1-grams:\n-1\t<unk>\n0\t<s>\t-0.5\n-1\t</s>\n-0.5\ta\t-0.25\n\n" +
	"\\2-grams:\n-0.25\t<s> a\n-0.5\ta </s>\n\n\\end\\\n"

func TestReadPacked(t *testing.T) {
	plain, err := Read(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{small, string(plain.image)} {
		var gz, zs bytes.Buffer
		g := gzip.NewWriter(&gz)
		z, err := zstd.NewWriter(&zs)
		if err != nil {
			t.Fatal(err)
		}
		g.Write([]byte(content))
		z.Write([]byte(content))
		g.Close()
		z.Close()
		for _, packed := range [][]byte{gz.Bytes(), zs.Bytes(), []byte(strings.ReplaceAll(small, "\n", "\r\n"))} {
			m, err := Read(bytes.NewReader(packed))
			if err != nil {
				t.Fatal(err)
			}
			if got, words := m.Line("a"); got != -0.75 || words != 2 {
				t.Errorf("%v, %d words", got, words)
			}
		}
		for _, packed := range [][]byte{gz.Bytes(), zs.Bytes()} {
			for _, n := range []int{1, 8, len(packed) / 2, len(packed) - 1} {
				if _, err := Read(bytes.NewReader(packed[:n])); err == nil {
					t.Errorf("%d of %d bytes were read as a model", n, len(packed))
				}
			}
		}
	}
}

func TestARPARefused(t *testing.T) {
	for _, c := range []struct{ old, with, want string }{
		{"\\data\\", "data", `line 1: "data": this is neither ARPA text, which begins with \data\, nor a KenLM file`},
		{"ngram 1=4\nngram 2=2\n", "", `line 2: no counts of n-grams follow \data\`},
		{"ngram 2=2", "ngram 3=2", "line 3: the count of 3-grams, where that of 2-grams has to be"},
		{"ngram 2=2", "ngram 2:2", `line 3: "ngram 2:2" is not like "ngram 1=1000"`},
		{"ngram 2=2", "ngram 2=-2", `line 3: "ngram 2=-2" is not like`},
		{"ngram 2=2", "ngram 2=99999999", "line 4: 99999999 2-grams do not fit the"},
		{"ngram 1=4", "ngram 1=281474976710655", "line 4: 281474976710655 1-grams do not fit the"},
		{"ngram 2=2", "ngram 2=3", `line 15: "\\end\\" is no 2-gram`},
		{"ngram 2=2", "ngram 2=1", `line 13: "-0.5\ta </s>", where \end\ has to be`},
		{"ngram 1=4", "ngram 1=5", `line 11: "\\2-grams:" is no 1-gram`},
		{"\\1-grams:", "\\2-grams:", `line 5: "\\2-grams:", where \1-grams: has to be`},
		{"-1\t<unk>", "nan\t<unk>", `line 6: "nan" is no logarithm of a probability`},
		{"-1\t<unk>", "-inf\t<unk>", `line 6: "-inf" is no logarithm of a probability`},
		{"-1\t<unk>", "-1000001\t<unk>", `line 6: "-1000001" is no logarithm of a probability`},
		{"-1\t<unk>", "1\t<unk>", "line 6: a probability of 10^1 is more than 1"},
		{"-0.5\ta\t-0.25", "-0.5\t</s>", `line 9: the word "</s>" is there twice`},
		{"0\t<s>\t-0.5", "0\tb", "line 9: the words <s> and </s>, which begin and end a sentence, are not among the 1-grams"},
		{"-0.25\t<s> a", "-0.25\t<s> b", `line 12: the word "b" is not among the 1-grams`},
		{"-0.25\t<s> a", "-0.25\t<s>", `line 12: "-0.25\t<s>" is no 2-gram`},
		{"-0.25\t<s> a", "-0.25\t<s> a -1", "line 12: a backoff of -1, where no longer n-gram follows"},
		{"-0.25\t<s> a", "-0.25\ta </s>", "line 13: the 2-gram is there twice, or has the key of another"},
		{"\\end\\\n", "", `line 14: the file ends where \end\ has to be`},
		{"\\end\\\n", "\\end\\\n\nmore", `line 17: "more" follows \end\`},
	} {
		_, err := Read(strings.NewReader(strings.Replace(small, c.old, c.with, 1)))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.with, err, c.want)
		}
	}
	pruned := string(readTestFile(t, "pruned.arpa"))
	for _, c := range []struct{ old, with, want string }{
		{"-0.125\t<s> a b\t-0.15625", "-0.125\tb a b", "line 27: the context of this 3-gram is not among the 2-grams"},
		{"ngram 2=9", "ngram 2=8", `line 24: "-1\ta a", where \3-grams: has to be`},
	} {
		_, err := Read(strings.NewReader(strings.Replace(pruned, c.old, c.with, 1)))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.with, err, c.want)
		}
	}
}

func TestBinaryRefused(t *testing.T) {
	image := readTestModel(t, "pruned.arpa").image
	put := func(at int, v uint32) []byte {
		b := bytes.Clone(image)
		binary.LittleEndian.PutUint32(b[at:], v)
		return b
	}
	for want, b := range map[string][]byte{
		"at byte 60: the file ends within its header":  image[:60],
		"at byte 110: the file ends within its header": image[:110],
		"at byte 49: this is no KenLM file of version 5": func() []byte {
			b := bytes.Clone(image)
			b[49] = '4'
			return b
		}(),
		`at byte 96: a KenLM file of kind "trie", only plain probing`: put(96, 2),
		`at byte 96: a KenLM file of kind "probing with rest costs"`:  put(96, 1),
		"at byte 96: no kind of KenLM file has the number 6":          put(96, 6),
		"at byte 88: an order of 200":                                 put(88, 200),
		"at byte 92: a table has NaN buckets":                         put(92, math.Float32bits(float32(math.NaN()))),
		"at byte 104: tables of version 1":                            put(104, 1),
		"at byte 108: n-grams of [4294967295 9 2 1] do not fit":       put(108, math.MaxUint32),
		"at byte 108: n-grams of [6 9 2 1] do not fit the 400 bytes":  image[:400],
	} {
		_, err := readBinary(b)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	l, _ := newLayout([]uint64{6, 9, 2, 1}, 1.5)
	unigrams := int(l.header + vocabHeader + l.vocab*vocabStride)
	full := bytes.Clone(image)
	for i := unigrams + int(l.words)*weight; i < int(l.total); i += 4 {
		if binary.LittleEndian.Uint32(full[i:]) == 0 {
			full[i] = 1
		}
	}
	for want, b := range map[string][]byte{
		"a vocabulary of version 3, known is 0":  put(int(l.header), 3),
		"99 words, where 6 unigrams are":         put(int(l.header)+4, 99),
		"the vocabulary: a word has the number ": put(int(l.header)+4, 2),
		"NaN is no logarithm of a probability":   put(unigrams+8, math.MaxUint32),
		"-Inf is no logarithm of a probability":  put(unigrams+4, 0xff800000),
		"has no free bucket":                     full,
	} {
		if _, err := readBinary(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// ask scores what could go astray.
func ask(m *Model) {
	for _, s := range []string{"", "a b a c", "<s> a </s> <unk> b", strings.Repeat("a b c ", 20)} {
		if v, _ := m.Line(s); math.IsNaN(float64(v)) {
			panic("a score is no number")
		}
	}
}

// FuzzARPA holds that any text is refused or read, that what was read can be asked, and
// that its image is a KenLM file that answers the same.
func FuzzARPA(f *testing.F) {
	f.Add([]byte(small))
	f.Add(readTestFile(f, "pruned.arpa"))
	f.Add(readTestFile(f, "nounk.arpa"))
	f.Add([]byte("\\data\\\nngram 1=3\n\n\\1-grams:\n-1\t<s>\n-1\t</s>\n-0.5\ta\n\n\\end\\\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := readARPA(data)
		if err != nil {
			return
		}
		if len(m.image) > 8*len(data)+1000 {
			t.Errorf("%d bytes of text became %d", len(data), len(m.image))
		}
		ask(m)
		if m.Order() == 1 {
			return
		}
		again, err := readBinary(m.image)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"a b a c", "a a b"} {
			if a, _ := m.Line(s); a != first(again.Line(s)) {
				t.Errorf("%q: the file says otherwise", s)
			}
		}
	})
}

func first(v float32, _ int) float32 { return v }

// FuzzKenLM holds that any bytes behind the magic ones are refused or read, and that
// what was read can be asked.
func FuzzKenLM(f *testing.F) {
	for _, name := range []string{"pruned.arpa", "nounk.arpa"} {
		f.Add(readTestModel(f, name).image[sanityLength:])
	}
	m, err := Read(strings.NewReader(small))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.image[sanityLength:])
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := readBinary(append(bytes.Clone(sanity), data...)); err == nil {
			ask(m)
		}
	})
}
