package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A wordPiece is the tokenizer of BERT and its kin, from a tokenizer.json: words are cut
// at spaces and marks, and each into the longest pieces that the vocabulary has, from
// its beginning. Behaviour is that of Hugging Face's tokenizers, files
// normalizers/bert.rs, pre_tokenizers/bert.rs and models/wordpiece/mod.rs, but for one
// thing: what is written like a special token in a text is text.
type wordPiece struct {
	pieces        map[string]int64
	unknown       int64
	prefix        string // of a piece that goes on with a word
	mostRunes     int    // of a word; a longer one is unknown
	clean         bool   // control characters are left out
	chinese       bool   // each ideograph is a word
	accents       bool   // marks stay on letters
	cased         bool
	before, after []int64 // [CLS] and [SEP]
}

// A tokenizerFile is what is read of a tokenizer.json.
type tokenizerFile struct {
	Normalizer *struct {
		Type    string `json:"type"`
		Clean   bool   `json:"clean_text"`
		Chinese bool   `json:"handle_chinese_chars"`
		Strip   *bool  `json:"strip_accents"` // as lowercase where it is null
		Lower   bool   `json:"lowercase"`
	} `json:"normalizer"`
	PreTokenizer *struct {
		Type string `json:"type"`
	} `json:"pre_tokenizer"`
	PostProcessor *struct {
		Type   string            `json:"type"`
		CLS    []json.RawMessage `json:"cls"` // the token and its id, where the type is BertProcessing
		SEP    []json.RawMessage `json:"sep"`
		Single []struct {
			Special *struct {
				ID string `json:"id"`
			} `json:"SpecialToken"`
		} `json:"single"`
		Specials map[string]struct {
			IDs []int64 `json:"ids"`
		} `json:"special_tokens"`
	} `json:"post_processor"`
	Model struct {
		Type      string          `json:"type"`
		Unknown   string          `json:"unk_token"`
		Prefix    string          `json:"continuing_subword_prefix"`
		MostRunes int             `json:"max_input_chars_per_word"`
		Pieces    json.RawMessage `json:"vocab"` // of another type, it is no map
	} `json:"model"`
}

// readTokenizer reads a tokenizer.json.
func readTokenizer(path string) (*wordPiece, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var f tokenizerFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t, err := f.tokenizer()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func (f *tokenizerFile) tokenizer() (*wordPiece, error) {
	switch {
	case f.Model.Type != "WordPiece":
		return nil, fmt.Errorf("a tokenizer of the type %q; WordPiece, as BERT has it, is the one that is known", f.Model.Type)
	case f.Normalizer == nil || f.Normalizer.Type != "BertNormalizer":
		return nil, errors.New("its normalizer is not BertNormalizer, the one that is known")
	case f.PreTokenizer == nil || f.PreTokenizer.Type != "BertPreTokenizer":
		return nil, errors.New("its pre_tokenizer is not BertPreTokenizer, the one that is known")
	}
	var pieces map[string]int64
	if err := json.Unmarshal(f.Model.Pieces, &pieces); err != nil {
		return nil, fmt.Errorf("its vocabulary: %w", err)
	}
	unknown, ok := pieces[f.Model.Unknown]
	if !ok {
		return nil, fmt.Errorf("its vocabulary lacks the piece for what is unknown, %q", f.Model.Unknown)
	}
	n := f.Normalizer
	t := &wordPiece{pieces: pieces, unknown: unknown, prefix: f.Model.Prefix, mostRunes: f.Model.MostRunes,
		clean: n.Clean, chinese: n.Chinese, cased: !n.Lower, accents: !n.Lower}
	if n.Strip != nil {
		t.accents = !*n.Strip
	}
	return t, f.frame(t)
}

// frame finds the tokens before and behind a text.
func (f *tokenizerFile) frame(t *wordPiece) error {
	p := f.PostProcessor
	if p == nil {
		return nil
	}
	switch p.Type {
	case "BertProcessing":
		if len(p.CLS) != 2 || len(p.SEP) != 2 {
			return errors.New("its post_processor lacks cls or sep")
		}
		t.before, t.after = []int64{0}, []int64{0}
		return errors.Join(json.Unmarshal(p.CLS[1], &t.before[0]), json.Unmarshal(p.SEP[1], &t.after[0]))
	case "TemplateProcessing":
		side := &t.before
		for _, part := range p.Single {
			if part.Special == nil { // the text
				side = &t.after
				continue
			}
			*side = append(*side, p.Specials[part.Special.ID].IDs...)
		}
		return nil
	}
	return fmt.Errorf("its post_processor is %q; BertProcessing and TemplateProcessing are known", p.Type)
}

// encode returns the tokens of a text, no more than most of them: what is behind them is
// cut off, not looked at.
func (t *wordPiece) encode(text string, most int) []int64 {
	ids := append([]int64(nil), t.before...)
	most -= len(t.after)
	for word := range t.words(text) {
		if len(ids) >= most {
			break
		}
		ids = t.appendPieces(ids, word)
	}
	return append(ids[:min(len(ids), max(most, 0))], t.after...)
}

// appendPieces appends the pieces of a word, or the one for what is unknown.
func (t *wordPiece) appendPieces(ids []int64, word string) []int64 {
	if utf8.RuneCountInString(word) > t.mostRunes {
		return append(ids, t.unknown)
	}
	from, prefix := len(ids), ""
	for word != "" {
		id, n := t.longest(prefix, word)
		if n == 0 {
			return append(ids[:from], t.unknown)
		}
		ids, word, prefix = append(ids, id), word[n:], t.prefix
	}
	return ids
}

// longest finds the longest piece that a word begins with.
func (t *wordPiece) longest(prefix, word string) (id int64, n int) {
	for n := len(word); n > 0; {
		if id, ok := t.pieces[prefix+word[:n]]; ok {
			return id, n
		}
		_, last := utf8.DecodeLastRuneInString(word[:n])
		n -= last
	}
	return 0, 0
}

// words yields the words of a text and the marks between them.
func (t *wordPiece) words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for field := range strings.FieldsFuncSeq(text, t.isSpace) {
			if t.clean {
				field = strings.Map(keepUnlessControl, field)
			}
			for part := range apart(field, func(r rune) bool { return t.chinese && isIdeograph(r) }) {
				for word := range apart(t.normal(part), isMark) {
					if !yield(word) {
						return
					}
				}
			}
		}
	}
}

// apart yields each rune for which alone holds, and what is between them.
func apart(s string, alone func(rune) bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		from := 0
		for i, r := range s {
			if !alone(r) {
				continue
			}
			if from < i && !yield(s[from:i]) {
				return
			}
			from = i + utf8.RuneLen(r)
			if !yield(s[i:from]) {
				return
			}
		}
		if from < len(s) {
			yield(s[from:])
		}
	}
}

// normal takes accents and capitals from a word.
func (t *wordPiece) normal(word string) string {
	if !t.accents {
		word = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, norm.NFD.String(word))
	}
	if !t.cased {
		word = strings.ToLower(word)
	}
	return word
}

func (t *wordPiece) isSpace(r rune) bool {
	return unicode.IsSpace(r) && !(t.clean && keepUnlessControl(r) < 0)
}

// keepUnlessControl returns -1 for what clean_text leaves out. Tabs and line ends stay:
// they are spaces.
func keepUnlessControl(r rune) rune {
	if r == '\t' || r == '\n' || r == '\r' {
		return r
	}
	if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co) {
		return -1
	}
	return r
}

func isMark(r rune) bool {
	return unicode.IsPunct(r) || r < utf8.RuneSelf && unicode.IsSymbol(r)
}

func isIdeograph(r rune) bool { return unicode.Is(ideographs, r) }

// ideographs are the characters that BERT takes for Chinese.
var ideographs = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x3400, Hi: 0x4DBF, Stride: 1}, {Lo: 0x4E00, Hi: 0x9FFF, Stride: 1}, {Lo: 0xF900, Hi: 0xFAFF, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x20000, Hi: 0x2A6DF, Stride: 1}, {Lo: 0x2A700, Hi: 0x2B73F, Stride: 1}, {Lo: 0x2B740, Hi: 0x2B81F, Stride: 1},
		{Lo: 0x2B920, Hi: 0x2CEAF, Stride: 1}, {Lo: 0x2F800, Hi: 0x2FA1F, Stride: 1}},
}
