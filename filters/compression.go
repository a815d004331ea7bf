package filters

import (
	"unsafe"

	"github.com/klauspost/compress/flate"

	"tamis/document"
	"tamis/step"
)

// Compression removes texts that compress too well.
var Compression = step.Spec{
	Name: "compression",
	Doc: "Removes texts that compress too well: they repeat themselves. The value is bytes of UTF-8 divided by bytes of Deflate, always at level 6, zlib's default, and by one implementation: " +
		"at another level, or by another program, the same bound would mean something else, and two machines would not agree. It grows with the length of a text up to the window of 32 KiB, and it hangs on the script, " +
		"so that bounds go with a kind of text and are best taken from the histogram of a run. English prose lies between 1.4 and 3.3; texts of 1,000 bytes and more below 1.35 are mostly encoded data, but short texts are there, too, " +
		"which is why there is no lower bound to begin with.",
	Source: "the measure: Radford et al. 2022 (Whisper), arXiv:2212.04356, section 4.5, which takes 2.4 in stretches of 30 seconds of speech; the bound: ours, above all but one in a thousand of raw web pages",
	Rules: []step.Rule{
		{Name: "ratio", Unit: "bytes per byte", Min: step.NoMin, Max: 6, Scale: step.Log,
			Doc: "Bytes of the text for each byte of its compressed form; 0 for an empty text."},
	},
	New: func() step.Settings { return &compressionSettings{} },
}

// deflateLevel is part of the definition of the rule.
const deflateLevel = 6

type compressionSettings struct{}

// Build makes the step.
func (*compressionSettings) Build(*step.Env) (any, error) { return newCompression(), nil }

// compression is the step in one worker.
type compression struct {
	writer *flate.Writer
	size   byteCount
}

// A byteCount counts what is written to it.
type byteCount int

// Write counts.
func (c *byteCount) Write(b []byte) (int, error) {
	*c += byteCount(len(b))
	return len(b), nil
}

func newCompression() *compression {
	c := &compression{}
	w, err := flate.NewWriter(&c.size, deflateLevel)
	if err != nil {
		panic(err) // there is no such level
	}
	c.writer = w
	return c
}

// Fork returns the same step for another worker.
func (*compression) Fork() step.Local { return newCompression() }

// Judge compresses the text and forgets it.
func (c *compression) Judge(d *document.Document, m *step.Meter) step.Verdict {
	m.Hold(0, step.Ratio(len(d.Text()), c.compressed(d.Text())))
	return m.Verdict()
}

// compressed returns the bytes of s in Deflate.
func (c *compression) compressed(s string) int {
	c.size = 0
	c.writer.Reset(&c.size)
	if _, err := c.writer.Write(unsafe.Slice(unsafe.StringData(s), len(s))); err != nil {
		panic(err) // a byteCount takes everything
	}
	if err := c.writer.Close(); err != nil {
		panic(err)
	}
	return int(c.size)
}
