package text

type spacy struct{}

func (v *View) splitSpacy() { v.splitUnicode() }

func (v *View) appendSentencizer(dst []Span, start, end int) []Span {
	return appendUnicodeSentences(dst, v.text, start, end)
}
