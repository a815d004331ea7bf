package filters

import (
	"strings"

	"tamis/document"
	"tamis/step"
)

// CodeHeader cuts copyright notices and comments at the beginning of source files.
var CodeHeader = step.Spec{
	Name: "code_header",
	Doc: "Cuts what thousands of source files begin with alike. If a file has a comment in /* */, the first one is cut where it speaks of copyright, in any case; " +
		"otherwise the lines before the first that is not empty and does not begin with //, # or --, to the last of the file. Removes no document. " +
		"Follows RedPajama-v1. Dolma's code_copyright_comments_v1 marks the same lines, but its mark ends too early, by a character for each line that is not empty.",
	Source: "RedPajama-v1's rules for code, as in Dolma (code_taggers.py at 669f5348)",
	Rules: []step.Rule{
		headerCopyright: editRule("copyright_comment", "comments", "Comments on copyright in /* */, cut."),
		headerLines:     editRule("comment_lines", "stretches", "Comments and empty lines at the beginning, cut."),
	},
	New: func() step.Settings { return &codeHeaderSettings{} },
}

// The rules of code_header by index.
const (
	headerCopyright = iota
	headerLines
)

type codeHeaderSettings struct{}

// Build makes the step.
func (*codeHeaderSettings) Build(*step.Env) (any, error) { return codeHeader{}, nil }

type codeHeader struct{}

var copyrightPhrase = newPhrases("copyright")

// Judge cuts the header.
func (codeHeader) Judge(d *document.Document, m *step.Meter) step.Verdict {
	m.Hold(headerCopyright, 0)
	m.Hold(headerLines, 0)
	s := d.Text()
	if start, end := blockComment(s); end > 0 {
		if copyrightPhrase.in(s[start:end]) != 0 {
			m.Edit(headerCopyright, start, end, "")
		}
	} else if end := commentedUpTo(s); end > 0 {
		m.Edit(headerLines, 0, end, "")
	}
	return m.Verdict()
}

// blockComment returns where the first comment in /* */ is; end is 0 where none is.
func blockComment(s string) (start, end int) {
	start = strings.Index(s, "/*")
	if start < 0 {
		return 0, 0
	}
	inside := strings.Index(s[start+2:], "*/")
	if inside < 0 {
		return 0, 0
	}
	return start, start + 2 + inside + 2
}

// commentedUpTo returns where the first line begins that is not empty and no comment.
func commentedUpTo(s string) (end int) {
	for line := range strings.Lines(s) {
		if line != "\n" && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "--") {
			break
		}
		end += len(line)
	}
	return end
}
