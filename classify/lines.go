package classify

import (
	"strings"

	"github.com/zeebo/xxh3"
)

// Line writes an example as training reads it: the labels with their prefix, then
// the text prepared, on one line. White space in a label becomes a hyphen; words of
// the text that look like labels would be taken for some, so their prefix goes.
func Line(labels []string, text string, how Preparation) string {
	var b strings.Builder
	for _, label := range labels {
		b.WriteString(LabelPrefix)
		b.WriteString(strings.Join(strings.Fields(strings.TrimPrefix(label, LabelPrefix)), "-"))
		b.WriteByte(' ')
	}
	p := preparer{how: how}
	text = oneLine.Replace(p.text(text))
	for strings.Contains(text, LabelPrefix) {
		text = strings.ReplaceAll(text, LabelPrefix, " ")
	}
	b.WriteString(text)
	return b.String()
}

// oneLine takes out what would end a line before its time.
var oneLine = strings.NewReplacer("\n", " ", "\r", " ", EOS, " ")

// Split parts lines into those to train on and a share that is held out, by a hash of
// the text without its labels: copies of a text are on the same side, whatever the
// order of the lines and whatever other lines there are.
func Split(lines []string, share float64, seed uint64) (train, held []string) {
	for _, line := range lines {
		text := line
		for strings.HasPrefix(text, LabelPrefix) {
			_, text, _ = strings.Cut(text, " ")
		}
		if float64(xxh3.HashStringSeed(text, seed)>>11)/(1<<53) < share {
			held = append(held, line)
		} else {
			train = append(train, line)
		}
	}
	return train, held
}
