package recipe

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"tamis/classify"
	"tamis/plan"
	"tamis/shards"
	"tamis/spool"
	"tamis/step"
)

// buildSteps makes the Local or Global of each step whose settings are sound.
func (c *compiler) buildSteps() {
	for i, p := range c.steps {
		if !p.sound {
			continue
		}
		made, err := c.build(i, true)
		if _, isLocal := made.(step.Local); isLocal && c.asksLater(i) {
			// Only a global step can have values of later steps measured early.
			made, err = c.build(i, false)
		}
		if err != nil {
			p.sound = false
			c.refused(p, err)
			continue
		}
		if p.Languages != nil {
			c.boundsByLanguage(p, p.spec.Name+".languages")
		}
		switch x := made.(type) {
		case step.Local:
			p.Local = x
		case step.Global:
			p.Global, p.global = x, true
			c.cuts(p)
			if p.Languages != nil {
				c.fault(p.place("languages"), "", "%s looks at all documents together: bounds of languages are for steps that judge one", p.name)
			}
		default:
			panic(fmt.Sprintf("step %s builds a %T, which is neither local nor global", p.spec.Name, made))
		}
	}
}

// cuts refuses to switch off what a step over all documents is there for.
func (c *compiler) cuts(p *placed) {
	for i := range p.rules {
		if r := &p.rules[i]; r.Edit && r.Off {
			c.fault(p.place(r.Name), "leave out the step", "%s.%s cannot be off: the step is there for these edits", p.name, r.Name)
		}
	}
}

func (c *compiler) asksLater(i int) bool {
	return slices.ContainsFunc(c.steps[i].asks, func(j int) bool { return j > i })
}

// build makes one step; later says whether it may ask for what is measured further down.
func (c *compiler) build(i int, later bool) (any, error) {
	p := c.steps[i]
	p.asks = nil
	if p.settings == nil {
		return step.Table{}, nil
	}
	building := true
	visible := func(j int) bool { return j < i || later && j > i }
	ask := func(n name, ok bool) (int, bool) {
		if ok && building {
			p.asks = append(p.asks, n.owner)
		}
		return n.slot, ok
	}
	made, err := p.settings.Build(c.env(p, visible, ask))
	building = false
	return made, err
}

// env is what a step can know when it is built: the values of the steps that visible
// allows, of which ask hears.
func (c *compiler) env(p *placed, visible func(step int) bool, ask func(name, bool) (int, bool)) *step.Env {
	env := &step.Env{
		Name: p.name, Rules: p.rules, Seed: c.plan.Seed, Planted: float64(c.r.Audit.Planted), Splitter: p.Splitter, Memory: c.plan.Memory, Specs: c.specs,
		Open: c.open, Bytes: c.bytes, Decode: c.decode, Identify: identify,
		Written: p.wrote,
		Signal:  func(want string) (int, bool) { return ask(c.names.signal(want, visible)) },
		Label:   func(want string) (int, bool) { return ask(c.names.label(want, visible)) },
	}
	for _, s := range c.plan.Sources {
		env.Sources = append(env.Sources, s.Name)
	}
	return env
}

// identify returns what names languages for one worker.
func identify() (func(text string) string, error) {
	id, err := classify.BuiltinIdentifier()
	if err != nil {
		return nil, err
	}
	r := id.Reader()
	return func(text string) string { return r.Guess(text).Code }, nil
}

// refused notes why a step could not be built.
func (c *compiler) refused(p *placed, err error) {
	var f *step.Fault
	if !errors.As(err, &f) {
		c.fault(p.here, "", "%s: %v", p.name, err)
		return
	}
	what := p.spec.Name + "." + f.Key
	if p.inShort {
		what = p.spec.Name
	}
	c.fault(p.place(f.Key), "", "%s: %v", what, f.Err)
}

// open opens a list or a model for a step, and notes what it holds. A Parquet file is
// read as lines of JSON.
func (c *compiler) open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%s is a folder, not a file", path)
	}
	sum := sha256.New()
	n := &noted{file: f, tee: io.TeeReader(f, sum), sum: sum, note: func(sum []byte) { c.reads(path, sum) }}
	n.data = io.NopCloser(n.tee)
	if strings.HasSuffix(path, ".parquet") {
		if n.data, err = shards.OpenParquetLines(path); err != nil {
			f.Close()
			return nil, err
		}
	}
	return n, nil
}

// bytes is open for a file that is looked at where it is.
func (c *compiler) bytes(path string) (data []byte, release func() error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if data, release, err = spool.Map(f); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256(data)
	c.reads(path, sum[:])
	return data, release, nil
}

// reads notes that the plan depends on what a file holds.
func (c *compiler) reads(path string, sum []byte) {
	if c.sums[path] == "" {
		c.sums[path] = hex.EncodeToString(sum)
		c.plan.Reads = append(c.plan.Reads, plan.Read{Path: path, Sum: c.sums[path]})
	}
}

// decode reads settings of a step from a file of their own.
func (c *compiler) decode(path string, into any) error {
	f, err := c.open(path)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	d := newDecoder(path, data)
	n, err := d.load(data, "settings are a YAML mapping")
	if err != nil {
		return err
	}
	d.value(resolve(n), reflect.ValueOf(into).Elem(), path)
	if len(d.problems) > 0 {
		return d.problems
	}
	return nil
}

// noted is a file whose whole content has been hashed when it is closed.
type noted struct {
	file *os.File
	tee  io.Reader // of the file, into sum
	sum  hash.Hash
	note func(sum []byte)
	data io.ReadCloser // what the step reads
}

func (n *noted) Read(b []byte) (int, error) { return n.data.Read(b) }

func (n *noted) Close() error {
	_, err := io.Copy(io.Discard, n.tee)
	n.note(n.sum.Sum(nil))
	return errors.Join(err, n.data.Close(), n.file.Close())
}
