package filters

import (
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// Conversation holds the form of conversations against what training on them needs.
var Conversation = step.Spec{
	Name: "conversation",
	Doc: "Removes conversations that are out of form: roles out of order, empty or repeated turns, an answer that breaks off or refuses, languages that change. " +
		"It looks at all turns, whatever `of` says. A document with a text instead of turns has the value 0 for every rule and stays, whatever the bounds.",
	Source: "own rules, on the message formats of OpenAI and ShareGPT",
	Rules: []step.Rule{
		{Name: "turns", Unit: "turns", Min: 2, Max: step.NoMax, Scale: step.Log, Doc: "Turns of the conversation."},
		{Name: "role_order", Unit: "turns", Min: step.NoMin, Max: 0, Scale: step.Log,
			Doc: "Turns that cannot follow the one before: a conversation begins with the system or the user, the user's input follows an instruction, " +
				"the model answers the user or a tool, a tool answers the model; and one more where the last turn is not the model's."},
		{Name: "empty_turns", Unit: "turns", Min: step.NoMin, Max: 0, Scale: step.Log,
			Doc: "Turns of nothing but white space. A call of a tool that says nothing is none."},
		{Name: "repeated_turns", Unit: "turns", Min: step.NoMin, Max: 0, Scale: step.Log,
			Doc: "Turns of ten characters or more that an earlier turn has word for word, letter case and white space aside."},
		{Name: "truncated_answer", Unit: "0 or 1", Min: step.NoMin, Max: 0, Scale: step.Share,
			Doc: "1 where the model's last answer breaks off: within a code block, or, where it is longer than a line of ten words, " +
				"within what is neither a sentence, a list item, a table, a heading, an address nor a formula."},
		{Name: "refusals", Unit: "turns", Min: step.NoMin, Max: 0, Scale: step.Log,
			Doc: "Answers of the model that refuse in their first 200 bytes, by phrases in English, German, French, Spanish, Portuguese, Polish, Russian and Chinese."},
		{Name: "other_language", Unit: "turns", Min: step.NoMin, Max: 0, Scale: step.Log,
			Doc: "Turns of the user and the model in another language than the first of them, by the identifier in the program; " +
				"code blocks and turns shorter than language_bytes do not count. Switch it off for translations."},
		{Name: "prompt_words", Unit: "words", Min: 1, Max: step.NoMax, Scale: step.Log, Doc: "Words of the user's turns."},
		{Name: "response_words", Unit: "words", Min: 1, Max: step.NoMax, Scale: step.Log, Doc: "Words of the model's turns."},
	},
	New: func() step.Settings { return &conversationSettings{LanguageBytes: 60} },
}

// Places of the rules of Conversation.
const (
	talkTurns = iota
	talkRoles
	talkEmpty
	talkRepeated
	talkTruncated
	talkRefusals
	talkLanguages
	talkPromptWords
	talkResponseWords
)

type conversationSettings struct {
	LanguageBytes int `yaml:"language_bytes" doc:"bytes, without code blocks, from which on the language of a turn can be told"`
}

// Build makes the step; the identifier is loaded where its rule is on.
func (s *conversationSettings) Build(env *step.Env) (any, error) {
	c := &conversation{settings: *s, splitter: env.Splitter}
	if !env.Rules[talkLanguages].Off {
		if _, err := env.Identify(); err != nil {
			return nil, err
		}
		c.newIdentify = env.Identify
	}
	return c.Fork(), nil
}

// conversation is the step in one worker.
type conversation struct {
	settings    conversationSettings
	splitter    text.Splitter
	newIdentify func() (func(string) string, error)
	identify    func(string) string
	view        text.View // of one turn
	head        []byte
	folded      []byte
	hashes      []uint64 // of the turns before
}

// Fork returns the same step for another worker.
func (c *conversation) Fork() step.Local {
	fork := &conversation{settings: c.settings, splitter: c.splitter, newIdentify: c.newIdentify}
	if c.newIdentify != nil {
		identify, err := c.newIdentify()
		if err != nil {
			panic(err) // it was loaded by Build
		}
		fork.identify = identify
	}
	return fork
}

// Judge measures the rules in order until one fails.
func (c *conversation) Judge(d *document.Document, m *step.Meter) step.Verdict {
	d = d.Whole()
	if len(d.Turns) == 0 {
		clear(m.Values)
		return step.Verdict{}
	}
	for i := range m.Rules {
		if m.Rules[i].Off && (!m.All || i == talkLanguages) {
			continue
		}
		if !m.Hold(i, c.measure(i, d)) {
			break
		}
	}
	return m.Verdict()
}

func (c *conversation) measure(rule int, d *document.Document) float64 {
	switch rule {
	case talkTurns:
		return float64(len(d.Turns))
	case talkRoles:
		return float64(outOfOrder(d.Turns))
	case talkEmpty:
		return count(d, func(i int) bool {
			return d.Turns[i].Role != document.Call && strings.TrimSpace(d.Content(i)) == ""
		})
	case talkRepeated:
		return c.repeated(d)
	case talkTruncated:
		return truncatedAnswer(d)
	case talkRefusals:
		return count(d, func(i int) bool {
			return d.Turns[i].Role == document.Assistant && c.refuses(d.Content(i))
		})
	case talkLanguages:
		return c.otherLanguages(d)
	case talkPromptWords:
		return c.words(d, document.User, document.Input)
	}
	return c.words(d, document.Assistant, document.Assistant)
}

// count returns the number of turns for which is holds.
func count(d *document.Document, is func(turn int) bool) float64 {
	n := 0.0
	for i := range d.Turns {
		if is(i) {
			n++
		}
	}
	return n
}

// follows says which roles may follow one.
var follows = [...][]document.Role{
	document.System:    {document.System, document.User},
	document.User:      {document.Input, document.Assistant, document.Call},
	document.Input:     {document.Assistant, document.Call},
	document.Assistant: {document.User, document.Tool},
	document.Call:      {document.Tool},
	document.Tool:      {document.Tool, document.Assistant, document.Call},
}

// outOfOrder counts turns that cannot follow the one before, and an end that is not the
// model's.
func outOfOrder(turns []document.Turn) (n int) {
	may := follows[document.System] // at the beginning
	for _, t := range turns {
		ok := false
		for _, r := range may {
			ok = ok || r == t.Role
		}
		if !ok {
			n++
		}
		may = follows[t.Role]
	}
	if last := turns[len(turns)-1].Role; last != document.Assistant && last != document.Call {
		n++
	}
	return n
}

// leastRepeated is how many characters a turn has that counts as repeated: fewer, such
// as "yes", may well come twice.
const leastRepeated = 10

func (c *conversation) repeated(d *document.Document) float64 {
	c.hashes = c.hashes[:0]
	return count(d, func(i int) bool {
		c.folded = fold(c.folded[:0], d.Content(i))
		if utf8.RuneCountInString(asString(c.folded)) < leastRepeated {
			return false
		}
		h := xxh3.Hash(c.folded)
		for _, before := range c.hashes {
			if before == h {
				return true
			}
		}
		c.hashes = append(c.hashes, h)
		return false
	})
}

// fold appends a text in small letters with one blank between words.
func fold(dst []byte, s string) []byte {
	start, gap := len(dst), false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			gap = len(dst) > start
			continue
		case r == '’':
			r = '\''
		}
		if gap {
			dst, gap = append(dst, ' '), false
		}
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
	}
	return dst
}

// words counts the words of turns of two roles.
func (c *conversation) words(d *document.Document, a, b document.Role) float64 {
	n := 0
	for i, t := range d.Turns {
		if t.Role != a && t.Role != b {
			continue
		}
		c.view.Reset(d.Content(i))
		c.view.Use(c.splitter)
		n += len(c.view.Words())
	}
	return float64(n)
}

// otherLanguages counts turns of the user and the model whose language is not that of
// the first.
func (c *conversation) otherLanguages(d *document.Document) float64 {
	first := ""
	return count(d, func(i int) bool {
		if r := d.Turns[i].Role; r != document.User && r != document.Input && r != document.Assistant {
			return false
		}
		c.folded = withoutCode(c.folded[:0], d.Content(i))
		if len(c.folded) < c.settings.LanguageBytes || len(c.folded) == 0 {
			return false
		}
		code := c.identify(unsafe.String(unsafe.SliceData(c.folded), len(c.folded)))
		if code == "und" {
			return false
		}
		if first == "" {
			first = code
		}
		return code != first
	})
}
