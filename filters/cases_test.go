package filters

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"tamis/classify"
	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// The cases of a step are in testdata/steps/NAME.txt. A file holds cases with an
// empty line between them:
//
//	# What the case shows, and where the expected values come from.
//	gopher_quality {splitter: whitespace, words: {min: 3}}
//	The text, on as many lines as it has.
//	----
//	words             2  [3, 100000]  OUT
//	…
//	remove: words 2 < 3
//
// The first line is the step as a recipe would have it, in flow style; without a
// splitter it is whitespace. Beside the step's settings it may have
//
//	document: {url: …, id: …, language: …}    what the document has beside its text
//	document: {roles: [user, assistant]}      a conversation: a blank line begins a turn
//	document: {fields: {name: value}}         other members of the record
//	files: {name: content}       what the settings can open
//
// The text is all up to "----", without the last line feed; nothing at all is an
// empty text. It knows the escapes of a Go string, so that \u0301 is a combining
// accent, and <<49 w# >> for 49 times "w# " with the number of the repetition for
// the hash sign (\x23 is a hash sign).
//
// What follows is written by `go test ./filters -run Cases -rewrite`: every rule with
// its value, its bounds, and ok, OUT (beyond them), edits or off; the labels; the
// verdict; and the text, if edits changed it.
var rewrite = flag.Bool("rewrite", false, "write what the steps give into testdata/steps")

// caseSteps are the steps with cases in testdata/steps.
var caseSteps = []*step.Spec{
	&Normalize,
	&Repair,
	&Boilerplate,
	&SymbolLines,
	&NSFW,
	toxicitySpec,
	&URL,
	&PII,
	&Where,
	&Tag,
	&GopherRepetition,
	&GopherQuality,
	&C4,
	&C4BadWords,
	&C4Paragraph,
	&FineWeb,
	&RedPajama,
	&NeMo,
	&NeMoCode,
	&DCLMEdits,
	&DCLM,
	&Dolma,
	&DolmaLengths,
	&DolmaRepetitions,
	&RefinedWebLines,
	&Madlad,
	&Llama3,
	&Unigram,
	&LineLengths,
	&Compression,
	&Code,
	&CodeHeader,
	&Decontaminate,
	&Conversation,
	&Votes,
}

// A stepCase is one case of a file.
type stepCase struct {
	comment, head, raw, want string // as in the file
	text                     string
	rules                    []step.Rule
	labels                   []step.Label
	values                   []float64
	doc                      *document.Document // to be judged in; nil for a new one
}

func TestCases(t *testing.T) {
	for _, spec := range caseSteps {
		t.Run(spec.Name, func(t *testing.T) {
			cases := readCases(t, spec)
			var out strings.Builder
			for i, c := range cases {
				got := c.run(t, spec)
				if got != c.want && !*rewrite {
					t.Errorf("case %d:\n%s%s\n%s\n----\n%s\nwant:\n%s", i+1, c.comment, c.head, c.raw, got, c.want)
				}
				fmt.Fprintf(&out, "%s%s\n%s----\n%s", c.comment, c.head, c.raw, got)
				if i+1 < len(cases) {
					out.WriteByte('\n')
				}
			}
			if *rewrite {
				if err := os.WriteFile(caseFile(spec), []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func caseFile(spec *step.Spec) string {
	return filepath.Join("..", "testdata", "steps", spec.Name+".txt")
}

func readCases(t *testing.T, spec *step.Spec) (cases []*stepCase) {
	t.Helper()
	data, err := os.ReadFile(caseFile(spec))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(data), "\n")
	next := func() string { line := lines[0]; lines = lines[1:]; return line }
	for len(lines) > 0 {
		if strings.TrimSpace(lines[0]) == "" {
			next()
			continue
		}
		c := &stepCase{}
		for len(lines) > 0 && strings.HasPrefix(lines[0], "#") {
			c.comment += next()
		}
		c.head = strings.TrimSuffix(next(), "\n")
		for len(lines) > 0 && lines[0] != "----\n" {
			c.raw += next()
		}
		if len(lines) == 0 {
			t.Fatalf("%s: no ---- after %q", caseFile(spec), c.head)
		}
		next()
		for len(lines) > 0 && lines[0] != "\n" && lines[0] != "" {
			c.want += next()
		}
		c.text = expand(t, strings.TrimSuffix(c.raw, "\n"))
		cases = append(cases, c)
	}
	return cases
}

// expand resolves the escapes and repetitions of a text.
func expand(t *testing.T, raw string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(raw, "<<")
		out.WriteString(unescape(t, before))
		if !ok {
			return out.String()
		}
		inside, after, ok := strings.Cut(rest, ">>")
		count, unit, _ := strings.Cut(inside, " ")
		n, err := strconv.Atoi(count)
		if !ok || err != nil {
			t.Fatalf("<<%s is no repetition: <<3 text>> is", inside)
		}
		for i := range n {
			out.WriteString(unescape(t, strings.ReplaceAll(unit, "#", strconv.Itoa(i+1))))
		}
		raw = after
	}
}

func unescape(t *testing.T, s string) string {
	var out strings.Builder
	for s != "" {
		if s[0] != '\\' {
			out.WriteByte(s[0])
			s = s[1:]
			continue
		}
		r, multibyte, rest, err := strconv.UnquoteChar(s, 0)
		if err != nil {
			t.Fatalf("%q begins with no escape", s)
		}
		if r < 0x80 || multibyte {
			out.WriteRune(r)
		} else {
			out.WriteByte(byte(r))
		}
		s = rest
	}
	return out.String()
}

// A caseHead is what the first line of a case may have beside settings.
type caseHead struct {
	Splitter string
	Document struct {
		URL, ID, Language string
		Roles             []string       // of a conversation, whose turns the text has with blank lines between
		Fields            map[string]any // what other members of the record hold
	}
	Files map[string]string
}

// run judges the text and returns what the case shows.
func (c *stepCase) run(t *testing.T, spec *step.Spec) string {
	t.Helper()
	local, head := c.build(t, spec)
	sp, ok := text.ParseSplitter(head.Splitter)
	if !ok {
		t.Fatalf("%s: no splitter %q", c.head, head.Splitter)
	}
	d := c.doc
	if d == nil {
		d = new(document.Document)
	}
	d.SetTurns(c.text, c.turns(t, head.Document.Roles))
	d.Fields = caseFields(head.Document.Fields)
	d.URL, d.ID = head.Document.URL, head.Document.ID
	d.Labels = []string{head.Document.Language}
	d.View().Use(sp)
	c.values = make([]float64, len(c.rules))
	m := step.Meter{All: true}
	m.Reset(c.rules, c.values, make([]string, len(c.labels)))
	verdict := local.Judge(d, &m)
	c.rules = m.Rules
	var out strings.Builder
	c.writeValues(&out)
	for i, label := range m.Labels {
		fmt.Fprintf(&out, "%s: %s\n", c.labels[i].Name, label)
	}
	if verdict.Removed {
		fmt.Fprintf(&out, "remove: %s\n", c.beyond(verdict))
		return out.String()
	}
	out.WriteString("keep\n")
	if d.Rewrite(m.Edits); d.Text() != c.text {
		fmt.Fprintf(&out, "text: %s\n", shorten(d.Text()))
	}
	return out.String()
}

// turns cuts the text at blank lines into turns of some roles.
func (c *stepCase) turns(t *testing.T, roles []string) []document.Turn {
	if len(roles) == 0 {
		return nil
	}
	var d document.Document
	contents := strings.SplitN(c.text, document.Gap, len(roles))
	if len(contents) != len(roles) {
		t.Fatalf("%s: %d turns in %q", c.head, len(contents), c.text)
	}
	for i, name := range roles {
		role, ok := document.ParseRole(name)
		switch {
		case name == "input":
			role = document.Input
		case name == "call":
			role = document.Call
		case !ok:
			t.Fatalf("%s: no role %q", c.head, name)
		}
		d.Say(role, contents[i])
	}
	return d.Turns
}

// caseFields are the other members of a case's record.
type caseFields map[string]any

func (f caseFields) Lookup(_ *document.Document, path string) (document.Value, bool) {
	v, ok := f[path]
	switch x := v.(type) {
	case nil:
		return document.Value{}, ok
	case bool:
		n := 0.0
		if x {
			n = 1
		}
		return document.Value{Kind: document.Bool, Num: n}, ok
	case string:
		return document.Value{Kind: document.String, Str: x}, ok
	case int:
		return document.Value{Kind: document.Number, Num: float64(x), Str: strconv.Itoa(x)}, ok
	case float64:
		return document.Value{Kind: document.Number, Num: x}, ok
	}
	list, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return document.Value{Kind: document.Other, Str: string(list)}, ok
}

// shorten quotes a text, a long one without its middle.
func shorten(s string) string {
	if len(s) <= 400 {
		return strconv.Quote(s)
	}
	return fmt.Sprintf("%q … %q (%d bytes)", s[:200], s[len(s)-100:], len(s))
}

func (c *stepCase) beyond(v step.Verdict) string {
	r := &c.rules[v.Rule]
	if v.Value < r.Min {
		return fmt.Sprintf("%s %s < %s", r.Name, number(v.Value), number(r.Min))
	}
	return fmt.Sprintf("%s %s > %s", r.Name, number(v.Value), number(r.Max))
}

func (c *stepCase) writeValues(out *strings.Builder) {
	name, value, bounds := 0, 0, 0
	for i := range c.rules {
		name = max(name, len(c.rules[i].Name))
		value = max(value, len(number(c.values[i])))
		bounds = max(bounds, len(boundsOf(&c.rules[i])))
	}
	for i := range c.rules {
		r := &c.rules[i]
		state := "ok"
		switch {
		case r.Off:
			state = "off"
		case r.Edit:
			state = "edits"
		case !r.Keeps(c.values[i]):
			state = "OUT"
		}
		fmt.Fprintf(out, "%-*s  %-*s  %-*s  %s\n", name, r.Name, value, number(c.values[i]), bounds, boundsOf(r), state)
	}
}

func boundsOf(r *step.Rule) string {
	if r.Edit {
		return ""
	}
	return fmt.Sprintf("[%s, %s]", number(r.Min), number(r.Max))
}

// number writes integers without an exponent.
func number(v float64) string {
	switch {
	case math.IsInf(v, -1):
		return "-"
	case math.IsInf(v, 1):
		return "-"
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// build makes the step as the first line of the case says.
func (c *stepCase) build(t *testing.T, spec *step.Spec) (step.Local, caseHead) {
	t.Helper()
	name, flow, _ := strings.Cut(c.head, " ")
	if name != spec.Name {
		t.Fatalf("%q in the cases of %s", c.head, spec.Name)
	}
	head := caseHead{Splitter: text.Whitespace.String()}
	keys := map[string]yaml.Node{}
	for _, into := range []any{&keys, &head} {
		if err := yaml.Unmarshal([]byte(flow), into); flow != "" && err != nil {
			t.Fatalf("%s: %v", c.head, err)
		}
	}
	for _, key := range []string{"splitter", "document", "files"} {
		delete(keys, key)
	}
	c.rules, c.labels = slices.Clone(spec.Rules), spec.Labels
	for i := range c.rules {
		r := &c.rules[i]
		if bounds, ok := keys[r.Name]; ok && (!r.Edit || bounds.Value == "off") {
			c.setBounds(t, r, &bounds)
			delete(keys, r.Name)
		}
	}
	if spec.New == nil {
		if len(keys) > 0 {
			t.Fatalf("%s: no such setting", c.head)
		}
		return step.Table{}, head
	}
	settings := spec.New()
	data, err := yaml.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Load(data, settings, yaml.WithKnownFields()); len(keys) > 0 && err != nil {
		t.Fatalf("%s: %v", c.head, err)
	}
	if own, ok := settings.(step.Declarer); ok {
		rules, labels, err := own.Declare(c.env(spec, head))
		if err != nil {
			t.Fatalf("%s: %v", c.head, err)
		}
		c.rules, c.labels = append(c.rules, rules...), append(c.labels, labels...)
	}
	built, err := settings.Build(c.env(spec, head))
	if err != nil {
		t.Fatalf("%s: %v", c.head, err)
	}
	local := built.(step.Local)
	if f, ok := local.(step.Forker); ok {
		local = f.Fork()
	}
	return local, head
}

func (c *stepCase) env(spec *step.Spec, head caseHead) *step.Env {
	sp, _ := text.ParseSplitter(head.Splitter)
	none := func(string) (int, bool) { return 0, false }
	label := func(name string) (int, bool) { return 0, name == "language.label" && head.Document.Language != "" }
	open := func(path string) (io.ReadCloser, error) {
		content, ok := head.Files[path]
		if !ok {
			return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
		}
		if strings.HasSuffix(path, ".count") {
			content = countsOf(sp, content)
		}
		return io.NopCloser(strings.NewReader(content)), nil
	}
	return &step.Env{
		Name: spec.Name, Rules: c.rules, Splitter: sp, Memory: 1 << 30, Sources: []string{"cases"},
		Signal: none, Label: label, Specs: caseSteps, Open: open, Identify: identify,
		Decode: func(path string, into any) error {
			return yaml.Load([]byte(head.Files[path]), into, yaml.WithKnownFields())
		},
	}
}

// countsOf is the file of word counts of texts, one in a line. A quarter of them may lie
// beyond the bounds of their lengths.
func countsOf(sp text.Splitter, texts string) string {
	c := NewWordCounter(sp, 1000)
	for line := range strings.Lines(texts) {
		c.Add(line)
	}
	for line := range strings.Lines(texts) {
		c.Measure(line)
	}
	var b strings.Builder
	if err := c.Write(&b, 0.25); err != nil {
		panic(err)
	}
	return b.String()
}

// identify names languages as a run does.
func identify() (func(string) string, error) {
	id, err := classify.BuiltinIdentifier()
	if err != nil {
		return nil, err
	}
	r := id.Reader()
	return func(s string) string { return r.Guess(s).Code }, nil
}

func (c *stepCase) setBounds(t *testing.T, r *step.Rule, bounds *yaml.Node) {
	if bounds.Value == "off" {
		r.Off = true
		return
	}
	b := struct{ Min, Max *float64 }{}
	if err := bounds.Decode(&b); err != nil {
		t.Fatalf("%s: %v", c.head, err)
	}
	if b.Min != nil {
		r.Min = *b.Min
	}
	if b.Max != nil {
		r.Max = *b.Max
	}
}
