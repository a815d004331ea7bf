package recipe

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	yaml "go.yaml.in/yaml/v4"

	"tamis/plan"
	"tamis/shards"
	"tamis/step"
)

// Options are what a recipe is compiled with beside its own words.
type Options struct {
	Memory int64        // bytes that the run may hold, in place of the recipe's; 0 is the recipe's
	Steps  []*step.Spec // what a recipe may name; nil is Steps
}

// Compile reads a recipe and answers all its open questions. An error is Problems,
// all there are; file names the recipe in them.
func Compile(file string, data []byte, o Options) (*plan.Plan, error) {
	r, err := Parse(file, data)
	if err != nil {
		return nil, err
	}
	return r.Compile(o)
}

// A compiler turns one Recipe into a plan.
type compiler struct {
	*decoder
	r     *Recipe
	specs []*step.Spec
	plan  *plan.Plan
	steps []*placed
	names names
	sums  map[string]string // of what has been read, by path
}

// Compile answers the open questions of a recipe: it expands globs, reads lists and
// models, gives every value its slot, and cuts the stages. An error is Problems, all
// there are, those of the file's own words included.
func (r *Recipe) Compile(o Options) (*plan.Plan, error) {
	if o.Steps == nil {
		o.Steps = Steps
	}
	d := *r.dec
	d.problems, d.broken = slices.Clone(d.problems), map[place]bool{}
	for _, p := range d.problems {
		d.broken[place{p.Line, p.Column}] = true
	}
	c := &compiler{decoder: &d, r: r, specs: o.Steps, plan: &plan.Plan{Seed: r.Seed}, sums: map[string]string{}}
	c.basics(o)
	c.sources()
	c.placeSteps()
	c.buildSteps()
	c.cutStages()
	c.output()
	c.checkTests()
	if len(c.problems) > 0 {
		slices.SortStableFunc(c.problems, func(a, b *Problem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return nil, c.problems
	}
	c.plan.Settings = c.settings()
	return c.plan, nil
}

// at returns where a value was written: value is a pointer to it. Where nobody
// wrote it, that is the place of what holds it.
func (c *compiler) at(value any, holder *yaml.Node) *yaml.Node {
	if n := c.written[value]; n != nil {
		return n
	}
	return holder
}

// LeastMemory is what any run needs for its buffers.
const LeastMemory = 32 << 20

func (c *compiler) basics(o Options) {
	r, p := c.r, c.plan
	p.Name = r.Name
	if p.Name == "" && c.file == "-" {
		p.Name = "stdin"
	} else if p.Name == "" {
		p.Name = strings.TrimSuffix(filepath.Base(c.file), filepath.Ext(c.file))
	}
	if at := c.at(&r.Name, r.root); strings.ContainsFunc(p.Name, unicode.IsControl) {
		c.fault(at, "", "the name %q has a control character", p.Name)
	} else if r.Output.Dir == "" && !filepath.IsLocal(p.Name) {
		c.fault(at, "give another name, or an output.dir", "the run directory, out/ and the name %q, would lie outside of out/", p.Name)
	}
	p.Memory = int64(r.Memory)
	if n := c.written[&r.Memory]; n != nil && r.Memory < LeastMemory {
		c.fault(n, "give it "+Size(LeastMemory).String()+" or more", "memory of %s is too small to run in", n.Value)
	}
	if o.Memory > 0 {
		p.Memory = o.Memory
	} else if p.Memory == 0 {
		p.Memory = machineMemory() / 2
	}
	p.Errors = plan.Errors{MaxShare: float64(r.Errors.MaxShare), MaxCount: r.Errors.MaxCount}
	if r.Errors.MaxCount < 0 {
		c.fault(c.at(&r.Errors.MaxCount, c.r.root), "", "errors.max_count of %d is impossible: it is 0 or more", r.Errors.MaxCount)
	}
	c.limits()
}

// mostLine leaves room in a block of the spool, which holds 1 GiB, for what travels beside
// a text.
const mostLine = 1000 << 20

// limits bounds the length of a record, of which several copies lie in memory at times.
func (c *compiler) limits() {
	r, p := c.r, c.plan
	most := Size(p.InFlight())
	switch n := c.written[&r.Limits.Line]; {
	case n == nil: // the default does not hang on memory, which changes no output
	case r.Limits.Line < 1<<10 || r.Limits.Line > mostLine:
		c.fault(n, "", "limits.line of %s is impossible: it lies between 1KiB and %s", n.Value, Size(mostLine))
	case r.Limits.Line > most:
		c.fault(n, "give memory of "+(r.Limits.Line*plan.RecordCost).String()+" or more, or a shorter line",
			"limits.line of %s does not fit into memory of %s, in which lines of %s can be worked on", n.Value, Size(p.Memory), most)
	}
	p.Limits = shards.DefaultLimits
	p.Limits.Line = int(r.Limits.Line)
}

// sources lists the files of each source.
func (c *compiler) sources() {
	r := c.r
	if len(r.Sources) == 0 {
		c.fault(c.at(&r.Sources, r.root), "say what to read, e.g. sources: [{name: web, paths: [data/]}]", "the recipe has no sources")
	}
	named, read := map[string]bool{}, map[string]string{} // the latter by real path
	for i := range r.Sources {
		s := &r.Sources[i]
		here := c.at(s, r.root)
		switch {
		case s.Name == "":
			c.fault(c.at(&s.Name, here), "add name: …", "a source without a name")
		case named[s.Name]:
			c.fault(c.at(&s.Name, here), "give each source a name of its own", "there are two sources %q", s.Name)
		case !fileName(s.Name):
			c.fault(c.at(&s.Name, here), "a file in quarantine/ is named after it: leave out slashes and control characters, and keep it short",
				"the name of source %q cannot be that of a file", s.Name)
		}
		named[s.Name] = true
		if !(s.Weight > 0 && s.Weight <= 1) {
			c.fault(c.at(&s.Weight, here), "0.5 uses half of its documents; repeating documents is not supported",
				"weight of source %q is %v, which does not lie between 0 and 1", s.Name, s.Weight)
		}
		c.fields(s, here)
		src := shards.Source{Name: s.Name, Fields: s.mapping(), License: s.License}
		if len(s.Paths) == 0 {
			c.fault(c.at(&s.Paths, here), "add paths: [file, folder/, or glob]", "source %q has no paths", s.Name)
		}
		for j := range s.Paths {
			src.Files = append(src.Files, c.list(s, &s.Paths[j], read)...)
		}
		c.plan.Sources = append(c.plan.Sources, src)
		c.plan.Weights = append(c.plan.Weights, s.Weight)
	}
}

// fileName reports whether a name can be that of a file with an ending, on any system.
func fileName(name string) bool {
	return len(name) <= 200 && !strings.ContainsFunc(name, func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) })
}

// fields sees that a source has one text, or the turns of a conversation, in fields of
// their own.
func (c *compiler) fields(s *Source, here *yaml.Node) {
	f := &s.Fields
	talk := []*string{&f.Messages, &f.Prompt, &f.Response, &f.System, &f.Input}
	at := func() *yaml.Node { // the first that is written
		for _, p := range talk {
			if n := c.written[p]; n != nil {
				return n
			}
		}
		return here
	}
	switch {
	case f.Messages == "" && f.Prompt == "" && (f.Response != "" || f.System != "" || f.Input != ""):
		c.fault(at(), "add prompt: …", "source %q has parts of a conversation but no prompt", s.Name)
	case f.Messages != "" && (f.Prompt != "" || f.Response != "" || f.System != "" || f.Input != ""):
		c.fault(at(), "keep one of them", "source %q has messages, and a prompt or response beside them", s.Name)
	case f.Prompt != "" && f.Response == "":
		c.fault(at(), "add response: …", "source %q has a prompt but no response", s.Name)
	case s.mapping().Conversation() && c.written[&f.Text] != nil:
		c.fault(c.written[&f.Text], "keep one of them", "source %q has a text and a conversation", s.Name)
	case s.mapping().Conversation():
		c.distinct(s, talk, at())
	case f.Text == "":
		c.fault(c.at(&f.Text, here), "", "source %q has no field for the text", s.Name)
	}
}

// distinct refuses one field for two parts of a conversation.
func (c *compiler) distinct(s *Source, fields []*string, here *yaml.Node) {
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[*f] {
			c.fault(c.at(f, here), "", "source %q has %q for two parts of a conversation", s.Name, *f)
		}
		seen[*f] = *f != ""
	}
}

// list returns the files below one path of a source that no other path has named.
func (c *compiler) list(s *Source, path *string, read map[string]string) []shards.File {
	n := c.at(path, c.r.root)
	c.overlap(n, *path)
	listed, err := listPath(*path, s.Format)
	if err != nil {
		c.fault(n, "", "source %q: %s", s.Name, strings.TrimSuffix(err.Error(), ": "+fs.ErrNotExist.Error()))
		return nil
	}
	var files []shards.File
	for _, f := range listed {
		if f.Format == shards.Parquet && f.Path == "-" {
			c.fault(n, "name a file", "source %q: Parquet cannot be read from standard input, since it is read from its end", s.Name)
		} else if f.Format == shards.Parquet {
			if _, err := shards.OpenInputSchema(f, s.mapping()); err != nil {
				c.fault(n, "", "source %q: %v", s.Name, err)
			}
		}
		real := shards.RealPath(f.Path)
		owner, taken := read[real]
		if !taken {
			read[real] = s.Name
			files = append(files, f)
		} else if owner != s.Name {
			c.fault(n, "name each file in one source", "%s is read by source %q already", f.Path, owner)
		}
	}
	return files
}

func (s *Source) mapping() shards.Mapping { return s.Fields.mapping() }

func (f *Fields) mapping() shards.Mapping {
	m := shards.Mapping{Text: f.Text, ID: f.ID, URL: f.URL, Messages: f.Messages,
		System: f.System, Prompt: f.Prompt, Input: f.Input, Response: f.Response}
	if m.Conversation() {
		m.Text = "" // the default
	}
	return m
}

// listPath lists the files that a path means. A file whose format the recipe names
// may have any ending.
func listPath(path string, format Format) ([]shards.File, error) {
	if info, err := os.Stat(path); format != "" && err == nil && info.Mode().IsRegular() {
		f := shards.File{Path: filepath.Clean(path), Size: info.Size(), Modified: info.ModTime().UnixNano()}
		f.Sum, err = shards.Fingerprint(path)
		return format.of([]shards.File{f}), err
	}
	files, err := shards.List([]string{path})
	return format.of(files), err
}

// overlap refuses a path that holds the run directory or lies in it: the run would
// read what it writes.
func (c *compiler) overlap(n *yaml.Node, path string) {
	dir := c.outputDir()
	if path == "-" || dir == "" {
		return
	}
	real, realDir := shards.RealPath(path), shards.RealPath(dir)
	if isDir(path) && (within(dir, path) || within(realDir, real)) || within(path, dir) || within(real, realDir) {
		c.fault(n, "choose an output.dir apart from the sources", "%s and the run directory %s overlap", path, dir)
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// within reports whether path is dir or lies below it.
func within(path, dir string) bool {
	a, errA := filepath.Abs(path)
	b, errB := filepath.Abs(dir)
	if errA != nil || errB != nil {
		return false
	}
	rel, err := filepath.Rel(b, a)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// of gives files the format that a recipe names, if it does; those of no bytes have none.
func (f Format) of(files []shards.File) []shards.File {
	for i := range files {
		if f != "" && files[i].Size != 0 {
			files[i].Format, files[i].Compression = f.parts()
		}
	}
	return files
}

// parts says what a format means to the package shards.
func (f Format) parts() (shards.Format, shards.Compression) {
	switch f {
	case "parquet":
		return shards.Parquet, shards.Plain
	case "jsonl.zst":
		return shards.JSONL, shards.Zstd
	case "jsonl.gz":
		return shards.JSONL, shards.Gzip
	}
	return shards.JSONL, shards.Plain
}

// checkTests holds the verdicts that tests want against the steps there are.
func (c *compiler) checkTests() {
	for i := range c.r.Tests {
		t := &c.r.Tests[i]
		here := c.at(t, c.r.root)
		if t.Name == "" {
			c.fault(c.at(&t.Name, here), "add name: …", "a test without a name")
		}
		if c.written[&t.Want] == nil {
			c.fault(here, "add want: keep, or want: {remove: step.rule}", "test %q does not say what it wants", t.Name)
		}
		if t.Want.Remove != "" {
			c.checkRemove(t)
		}
	}
}

func (c *compiler) checkRemove(t *Test) {
	n := c.at(&t.Want.Remove, c.r.root)
	stepName, rule, hasRule := strings.Cut(t.Want.Remove, ".")
	var known []string
	for _, s := range c.steps {
		known = append(known, s.name)
		if s.name != stepName {
			continue
		}
		var rules []string
		for _, r := range s.rules {
			rules = append(rules, r.Name)
		}
		if hasRule && !slices.Contains(rules, rule) {
			c.fault(n, suggest(rule, rules), "%s has no rule %q", stepName, rule)
		}
		return
	}
	c.fault(n, suggest(stepName, known), "the recipe has no step %q", stepName)
}
