package filters

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The parts of an example whose n-grams can count.
const (
	partQuestion   = "question"
	partAnswer     = "answer"
	partStraddling = "straddling" // n-grams with words of the question and of the answer
	partChoices    = "choices"    // the answers that are wrong
)

var partNames = []string{partQuestion, partAnswer, partStraddling, partChoices}

// parts says which parts count.
type parts struct{ question, answer, straddling, choices bool }

func newParts(names []string) parts {
	has := func(name string) bool { return slices.Contains(names, name) }
	return parts{has(partQuestion), has(partAnswer), has(partStraddling), has(partChoices)}
}

// has reports whether the n-gram [start, end) counts where the answer begins at border.
func (p parts) has(start, end, border int) bool {
	switch {
	case end <= border:
		return p.question
	case start >= border:
		return p.answer
	}
	return p.straddling
}

// EvaluationFields say where the records of evaluation sets have what counts.
type EvaluationFields struct {
	ID       string   `yaml:"id" doc:"field of an example's name; without one it is named by its line"`
	Question []string `yaml:"question" doc:"fields of the question: all that a record has, one after the other"`
	Answer   []string `yaml:"answer" doc:"fields of the answer, likewise; of a list of answers each counts, the first one behind the question"`
	Choices  string   `yaml:"choices" doc:"field of the list of answers to choose from"`
	Gold     string   `yaml:"gold" doc:"field that says which of the choices is right: a number from 0, or a letter from A"`
}

// A question is what one record of an evaluation set has.
type question struct {
	id, text string
	answers  []string
	wrong    []string // choices that are not the answer
}

// read takes a record apart.
func (f *EvaluationFields) read(record map[string]any, line int) (q question, ok bool) {
	q.id = strings.Join(stringsAt(record, f.ID), "")
	if q.id == "" {
		q.id = "line " + strconv.Itoa(line)
	}
	var texts []string
	for _, path := range f.Question {
		texts = append(texts, stringsAt(record, path)...)
	}
	q.text = strings.Join(texts, "\n")
	choices := stringsAt(record, f.Choices)
	if gold, ok := goldOf(record, f.Gold); ok && gold < len(choices) {
		q.answers = []string{choices[gold]}
		q.wrong = slices.Delete(choices, gold, gold+1)
	} else {
		q.wrong = choices
		q.answers = f.answersOf(record)
	}
	return q, q.text != "" || len(q.answers) > 0
}

// answersOf returns the accepted answers; several fields make one.
func (f *EvaluationFields) answersOf(record map[string]any) []string {
	if len(f.Answer) == 1 {
		return stringsAt(record, f.Answer[0])
	}
	var texts []string
	for _, path := range f.Answer {
		texts = append(texts, stringsAt(record, path)...)
	}
	if len(texts) == 0 {
		return nil
	}
	return []string{strings.Join(texts, "\n")}
}

// valueAt finds a member by its path.
func valueAt(record map[string]any, path string) any {
	var value any = record
	for name := range strings.SplitSeq(path, ".") {
		members, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = members[name]
	}
	return value
}

// stringsAt returns the texts of a member, of a list all of them.
func stringsAt(record map[string]any, path string) []string {
	switch v := valueAt(record, path).(type) {
	case string:
		return []string{v}
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	case []any:
		var out []string
		for _, item := range v {
			if s, ok := item.(string); ok {
				out = append(out, s)
			} else if n, ok := item.(float64); ok {
				out = append(out, strconv.FormatFloat(n, 'f', -1, 64))
			}
		}
		return out
	}
	return nil
}

// goldOf returns the place of the right choice.
func goldOf(record map[string]any, path string) (place int, ok bool) {
	switch v := valueAt(record, path).(type) {
	case float64:
		return int(v), v >= 0 && v < 1<<20
	case string:
		if len(v) == 1 && 'A' <= v[0]&^0x20 && v[0]&^0x20 <= 'Z' {
			return int(v[0]&^0x20 - 'A'), true
		}
		n, err := strconv.Atoi(v)
		return n, err == nil && n >= 0
	}
	return 0, false
}

// setNames names evaluation sets by their files, without folders where that is enough
// to tell them apart, and without endings.
func setNames(paths []string) []string {
	short, count := make([]string, len(paths)), map[string]int{}
	for i, path := range paths {
		short[i] = withoutEndings(path[strings.LastIndexAny(path, `/\`)+1:])
		count[short[i]]++
	}
	for i, path := range paths {
		if count[short[i]] > 1 {
			short[i] = withoutEndings(path)
		}
	}
	return short
}

func withoutEndings(path string) string {
	for _, ending := range []string{".zst", ".gz", ".jsonl", ".ndjson", ".json"} {
		path = strings.TrimSuffix(path, ending)
	}
	return path
}

// maxRecord is the length of the longest line of a set, in bytes.
const maxRecord = 64 << 20

// eachRecord calls f for the records of a JSONL file.
func eachRecord(open func(string) (io.ReadCloser, error), path string, f func(record map[string]any, line int) error) error {
	return withFile(open, path, func(r io.Reader) error {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(make([]byte, 1<<16), maxRecord)
		for line := 1; scanner.Scan(); line++ {
			b := bytes.TrimSpace(bytes.TrimPrefix(scanner.Bytes(), []byte("\ufeff")))
			if len(b) == 0 {
				continue
			}
			var record map[string]any
			if err := json.Unmarshal(b, &record, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
				if scanner.Err() != nil {
					break // the file ends in this line, and not where it should
				}
				return fmt.Errorf("%s: line %d is no JSON object: %w", path, line, err)
			}
			if err := f(record, line); err != nil {
				return fmt.Errorf("%s: line %d: %w", path, line, err)
			}
		}
		if errors.Is(scanner.Err(), bufio.ErrTooLong) {
			return fmt.Errorf("%s: a line of more than %d bytes", path, maxRecord)
		}
		if scanner.Err() != nil {
			return fmt.Errorf("%s: %w", path, scanner.Err())
		}
		return nil
	})
}

// withFile calls f with what a file holds when it is unpacked, as its ending says.
func withFile(open func(string) (io.ReadCloser, error), path string, f func(r io.Reader) error) (err error) {
	file, err := open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var r io.Reader = bufio.NewReaderSize(file, 1<<16)
	switch {
	case strings.HasSuffix(path, ".zst"):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		defer z.Close()
		r = z
	case strings.HasSuffix(path, ".gz"):
		z, err := gzip.NewReader(r)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r = z
	}
	return f(r)
}

// addSet adds the examples of one file to the index.
func (b *gramBuilder) addSet(open func(string) (io.ReadCloser, error), path, name string, fields *EvaluationFields, count parts) error {
	b.set(name)
	before, read, first := len(b.index.examples), 0, map[string]any{}
	err := eachRecord(open, path, func(record map[string]any, line int) error {
		if read++; read == 1 {
			first = record
		}
		if q, ok := fields.read(record, line); ok {
			b.example(q.id)
			b.addQuestion(q, count)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case read == 0:
		return fmt.Errorf("%s has no records", path)
	case len(b.index.examples) == before:
		return fmt.Errorf("no record of %s has a question or an answer: set fields; its first record has %s",
			path, strings.Join(slices.Sorted(maps.Keys(first)), ", "))
	}
	return nil
}

// addQuestion adds the n-grams of the example that was begun last.
func (b *gramBuilder) addQuestion(q question, count parts) {
	b.words.read(b.index.folding, q.text)
	joined := slices.Clone(b.words.hashes)
	border := len(joined)
	if len(q.answers) > 0 {
		b.words.read(b.index.folding, q.answers[0])
		joined = append(joined, b.words.hashes...)
	}
	b.add(joined, border, count)
	for _, more := range q.answers[min(1, len(q.answers)):] {
		b.words.read(b.index.folding, more)
		b.add(b.words.hashes, 0, count)
	}
	if count.choices {
		for _, wrong := range q.wrong {
			b.words.read(b.index.folding, wrong)
			b.add(b.words.hashes, 0, parts{answer: true})
		}
	}
}
