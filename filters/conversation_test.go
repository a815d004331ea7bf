package filters

import (
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
)

// judgeTalk lets Conversation judge turns of the user and the model by turns.
func judgeTalk(t testing.TB, rules []step.Rule, contents ...string) (step.Verdict, []float64) {
	t.Helper()
	built, err := Conversation.New().Build(&step.Env{Rules: rules, Identify: identify})
	if err != nil {
		t.Fatal(err)
	}
	var d document.Document
	for i, c := range contents {
		d.Say([]document.Role{document.User, document.Assistant}[i%2], c)
	}
	m := step.Meter{All: true}
	m.Reset(rules, make([]float64, len(rules)), nil)
	return built.(step.Local).Judge(&d, &m), m.Values
}

func TestEndsOfAnswers(t *testing.T) {
	long := "one two three four five six seven eight nine ten "
	for answer, truncated := range map[string]float64{
		"":                               0,
		"Paris":                          0,
		"Paris,":                         1,
		long:                             0,
		long + "eleven":                  1,
		long + "eleven.":                 0,
		long + "eleven**!**":             0,
		long + "(eleven.)":               0,
		long + "eleven 🎉":                0,
		long + "https://example.org/a":   0,
		long + "x = 11":                  0,
		"First.\n\n1. one\n2. two":       0,
		"First.\n\n| a | b |\n| 1 | 2 |": 0,
		"First.\n\nthen the":             1,
		"# Heading":                      0,
		"```\nx\n```\nand ```y":          1,
		"Пусть будет так, сказал он и ушёл в лес, где его никто не ждал и": 1,
		"这是一个很长的答案，\n但是它没有说完":                                              1,
		"これは長い答えです。\nそして終わります。":                                            0,
		"ఇది ఒక సమాధానం.":                                                  0,
	} {
		if _, values := judgeTalk(t, Conversation.Rules, "Question?", answer); values[talkTruncated] != truncated {
			t.Errorf("%q: truncated is %v", answer, values[talkTruncated])
		}
	}
}

func TestRefusalsInAllTheirLanguages(t *testing.T) {
	for _, refusal := range []string{
		"I cannot assist with that.", "As an AI language model, I do not have a body.", "Es tut mir leid, aber ich kann das nicht tun.",
		"Je suis désolé, mais je ne peux pas faire cela.", "Lo siento, pero no puedo ayudarte con eso.", "Desculpe, mas não posso fazer isso.",
		"Przykro mi, ale nie mogę tego zrobić.", "К сожалению, я не могу этого сделать.", "很抱歉，我不能回答这个问题。",
	} {
		if _, values := judgeTalk(t, Conversation.Rules, "Please.", refusal); values[talkRefusals] != 1 {
			t.Errorf("%q is no refusal", refusal)
		}
	}
	for _, answer := range []string{
		"I can help with that.", "You can't help it.", "Das kannst du nicht wissen.", "La voiture ne peut pas rouler.", "Puedo ayudarte.", "我可以帮助你。",
	} {
		if _, values := judgeTalk(t, Conversation.Rules, "Please.", answer); values[talkRefusals] != 0 {
			t.Errorf("%q is a refusal", answer)
		}
	}
}

// The identifier is neither loaded nor asked where its rule is off.
func TestConversationWithoutTheIdentifier(t *testing.T) {
	rules := append([]step.Rule(nil), Conversation.Rules...)
	rules[talkLanguages].Off = true
	built, err := Conversation.New().Build(&step.Env{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	var d document.Document
	d.Say(document.User, strings.Repeat("A question that goes on. ", 10))
	d.Say(document.Assistant, "An answer.")
	m := step.Meter{All: true}
	m.Reset(rules, make([]float64, len(rules)), nil)
	if v := built.(step.Local).Judge(&d, &m); v.Removed {
		t.Errorf("removed by %s", rules[v.Rule].Name)
	}
}

// An excerpt is judged by the whole conversation.
func TestConversationLooksAtTheWhole(t *testing.T) {
	built, err := Conversation.New().Build(&step.Env{Rules: Conversation.Rules, Identify: identify})
	if err != nil {
		t.Fatal(err)
	}
	var d document.Document
	d.Say(document.User, "A question?")
	d.Say(document.Assistant, "An answer.")
	var parts document.Excerpts
	m := step.Meter{All: true}
	m.Reset(Conversation.Rules, make([]float64, len(Conversation.Rules)), nil)
	if v := built.(step.Local).Judge(parts.Of(&d, document.Response), &m); v.Removed || m.Values[talkTurns] != 2 {
		t.Errorf("verdict %+v of %v turns", v, m.Values[talkTurns])
	}
	local := built.(step.Local)
	if n := testing.AllocsPerRun(20, func() { local.Judge(&d, &m) }); n != 0 {
		t.Errorf("%v allocations for a conversation", n)
	}
}

func TestLongTurns(t *testing.T) {
	long := strings.Repeat("word ", 1<<18)
	if v, values := judgeTalk(t, Conversation.Rules, long, long+"."); v.Removed || values[talkResponseWords] != 1<<18 {
		t.Errorf("verdict %+v, %v words", v, values[talkResponseWords])
	}
}
