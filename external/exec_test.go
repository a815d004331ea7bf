//go:build unix

package external

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
)

// A replacement rebuilds the new text, keeps whole characters, and is no longer than it
// must be.
func FuzzChange(f *testing.F) {
	for _, pair := range [][2]string{{"", ""}, {"", "a"}, {"abc", ""}, {"aaa", "aa"}, {"één", "eén"}, {"\U0001f600x", "\U0001f601x"}, {"中文", "中国文"}, {"abab", "ab"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, from, to string) {
		if !utf8.ValidString(from) || !utf8.ValidString(to) {
			return
		}
		start, end, with := change(from, to)
		if got := from[:start] + with + from[end:]; got != to {
			t.Fatalf("%q becomes %q, not %q", from, got, to)
		}
		if !utf8.ValidString(from[:start]) || !utf8.ValidString(from[start:end]) || !utf8.ValidString(with) {
			t.Fatalf("from %q to %q: a character is cut in bytes %d to %d", from, to, start, end)
		}
		first, _ := utf8.DecodeRuneInString(from[start:end])
		if second, _ := utf8.DecodeRuneInString(with); first == second && start < end && with != "" {
			t.Fatalf("from %q to %q: %q and %q begin alike", from, to, from[start:end], with)
		}
	})
}

// members are the other members of a record.
type members map[string]document.Value

func (f members) Lookup(_ *document.Document, path string) (document.Value, bool) {
	v, ok := f[path]
	return v, ok
}

func TestRequest(t *testing.T) {
	p := newProgram(&execSettings{Fields: []string{"a.b", "n", "big", "yes", "list", "none"}}, &step.Env{Sources: []string{"web"}})
	d := &document.Document{ID: "i\"d", URL: "https://x.org/", Fields: members{
		"a.b": {Kind: document.String, Str: "tab\t"}, "n": {Kind: document.Number, Num: 0.5}, "big": {Kind: document.Number, Num: 1e19, Str: "12345678901234567890"},
		"yes": {Kind: document.Bool, Num: 1}, "list": {Kind: document.Other, Str: "[1,\n \"x\"]"}}}
	d.SetText("two\nlines é")
	want := `{"id":"i\"d","url":"https://x.org/","text":"two\nlines é","source":"web",` +
		`"fields":{"a.b":"tab\t","n":0.5,"big":12345678901234567890,"yes":true,"list":[1,"x"],"none":null}}` + "\n"
	if got := string(p.appendRequest(nil, d)); got != want {
		t.Errorf("the request is\n%swant\n%s", got, want)
	}
}

// running starts the step with a shell script.
func running(t *testing.T, script string) *program {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell here: ", err)
	}
	s := &execSettings{Command: []string{"sh", "-c", script}, Timeout: Duration(time.Minute), BatchTimeout: Duration(time.Minute)}
	built, err := s.Build(&step.Env{Sources: []string{"web"}})
	if err != nil {
		t.Fatal(err)
	}
	p := built.(*program).Fork().(*program)
	t.Cleanup(func() { p.Kill(); p.Close() })
	return p
}

func (p *program) judgeText(id, text string) (step.Verdict, *step.Meter) {
	d := &document.Document{ID: id}
	d.SetText(text)
	m := &step.Meter{}
	m.Reset(Exec.Rules, make([]float64, len(Exec.Rules)), make([]string, len(Exec.Labels)))
	return p.Judge(d, m), m
}

// Nothing is started without consent, nor after the end.
func TestConsent(t *testing.T) {
	made := filepath.Join(t.TempDir(), "made")
	p := running(t, "touch "+made)
	if v, _ := p.judgeText("a", "text"); v.Err == nil || !strings.Contains(v.Err.Error(), "--allow-exec") {
		t.Errorf("the verdict is %+v", v)
	}
	p.Allow()
	p.Kill()
	if v, _ := p.judgeText("a", "text"); v.Err == nil {
		t.Errorf("the verdict is %+v", v)
	}
	if _, err := os.Stat(made); err == nil {
		t.Error("the program was run")
	}
}

// A text longer than any pipe goes through, to a program that answers while it reads.
func TestLongText(t *testing.T) {
	p := running(t, `while IFS= read -r line; do printf '{"id":"a","keep":true,"text":"%s"}\n' "${line#*\"text\":\"}" | sed 's/","source".*"}$/"}/'; done`)
	p.Allow()
	v, m := p.judgeText("a", strings.Repeat("many words ", 1<<17))
	if v.Bad || v.Removed || v.Err != nil || len(m.Edits) != 0 {
		t.Errorf("the verdict is %.300q with %d edits", v.Reason, len(m.Edits))
	}
}

// Where a batch has taken its time, the document under way is at fault, a fresh process is
// not asked for it, and what follows is judged again.
func TestBatchTimeout(t *testing.T) {
	p := running(t, `while read -r line; do case "$line" in *slow*) sleep 1000;; esac; echo '{"id":"a","keep":true}'; done`)
	p.settings.BatchTimeout = Duration(300 * time.Millisecond)
	p.Allow()
	p.Begin()
	for i, text := range []string{"quick", "slow", "quick", "slow", "quick"} {
		v, _ := p.judgeText("a", text)
		want := ""
		if text == "slow" {
			want = "no answer before its batch had taken 300ms"
		}
		if v.Err != nil || v.Bad != (want != "") || v.Reason != want {
			t.Errorf("document %d: the verdict is %+v, want %q", i, v, want)
		}
	}
	if p.restarts != 0 {
		t.Errorf("%d documents were answered by a second process", p.restarts)
	}
}

// An end takes the children of the program along, whatever they do.
func TestNoOrphan(t *testing.T) {
	for name, end := range map[string]func(*program){"kill": (*program).Kill, "close": func(p *program) { p.Close() }} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pid")
			p := running(t, `trap "" INT TERM; sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >`+file+`; read line; echo '{"id":"a","keep":true}'; wait`)
			p.Allow()
			if v, _ := p.judgeText("a", "text"); v.Bad || v.Err != nil {
				t.Fatalf("the verdict is %+v", v)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
			if err != nil {
				t.Fatal(err)
			}
			end(p)
			for i := 0; ; i++ {
				if state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && strings.Contains(string(state), ") Z ") {
					break // dead, and nobody here reaps it
				}
				if syscall.Kill(pid, 0) != nil {
					break
				}
				if i == 500 {
					t.Fatalf("process %d lives on", pid)
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		settings execSettings
		want     string
	}{
		{execSettings{Timeout: 1}, "command: there is no command"},
		{execSettings{Command: []string{"sh"}}, "timeout: a time limit of 0s"},
		{execSettings{Command: []string{"sh"}, Timeout: 2, BatchTimeout: 1}, "batch_timeout: a batch that may take 1ns cannot wait 2ns"},
		{execSettings{Command: []string{"./no-such-file"}, Timeout: 1, BatchTimeout: 1}, `command: no program "./no-such-file"`},
	} {
		if _, err := c.settings.Build(&step.Env{}); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.settings, err, c.want)
		}
	}
	var d Duration
	for _, bad := range []string{"soon", "5", "-1s"} {
		if d.UnmarshalScalar(bad) == nil {
			t.Errorf("%q is taken for a time", bad)
		}
	}
}

// Of several signals beyond the bounds of the document's language the first that the recipe
// names removes it, and one that is null or missing is not measured.
func TestSignalsInOrder(t *testing.T) {
	s := &execSettings{Signals: []string{"c", "a", "b", "none", "missing"}}
	p := newProgram(s, &step.Env{})
	declared, _, _ := s.Declare(nil)
	rules := append(slices.Clone(Exec.Rules), declared...)
	for i := range rules[ownRules:] {
		rules[ownRules+i].Max = 1
	}
	d := &document.Document{ID: "x"}
	a, err := p.read([]byte(`{"id":"x","keep":false,"signals":{"a":2,"b":3,"c":4,"none":null}}`), d)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 { // a map would have another order by then
		m := &step.Meter{}
		m.Reset(rules, make([]float64, len(rules)), make([]string, len(Exec.Labels)))
		if v := p.judged(d, a, m); rules[v.Rule].Name != "c" || v.Value != 4 {
			t.Fatalf("%s removes it", rules[v.Rule].Name)
		}
		if values := m.Values[ownRules:]; values[1] != 2 || values[2] != 3 || !math.IsNaN(values[3]) || !math.IsNaN(values[4]) {
			t.Fatalf("the values are %v", values)
		}
	}
}

// Every turn of a conversation is replaced by what stands in its place, whatever line feeds
// are in it.
func TestTurnsAreReplaced(t *testing.T) {
	contents := []string{"a", "", "a\n", "a\n\n", "\na", "\n\na\n\n\n", "a\n\nb", "\n", "a\n\n\nb", "\n\n"}
	for _, one := range contents {
		for _, two := range contents {
			for _, three := range contents {
				d := &document.Document{ID: "x"}
				for i, s := range []string{one, two, three} {
					d.Say([]document.Role{document.User, document.Assistant}[i%2], s)
				}
				upper, ok := turnsOf(d, strings.ToUpper(d.Text()))
				if want := []string{strings.ToUpper(one), strings.ToUpper(two), strings.ToUpper(three)}; !ok || !slices.Equal(upper, want) {
					t.Fatalf("the turns %q become %q", want, upper)
				}
			}
		}
	}
}

// A text whose turns cannot be told spoils no conversation.
func TestTurnsThatCannotBeTold(t *testing.T) {
	for text, want := range map[string]string{
		"HI\n\nHO":       "HI|HO",
		"hi\n\nho":       "hi|ho",
		"hi there\n\n":   "hi there|",
		"hi ho":          "",
		"hi\n\nho\n\nhu": "",
	} {
		d := &document.Document{ID: "x"}
		d.Say(document.User, "hi")
		d.Say(document.Assistant, "ho")
		m := &step.Meter{}
		m.Reset(Exec.Rules, make([]float64, len(Exec.Rules)), make([]string, len(Exec.Labels)))
		keep := true
		v := newProgram(&execSettings{}, &step.Env{}).judged(d, &answer{Keep: &keep, Text: &text}, m)
		d.Rewrite(m.Edits)
		got := d.Content(0) + "|" + d.Content(1)
		if v.Bad != (want == "") || v.Bad && got != "hi|ho" || !v.Bad && got != want {
			t.Errorf("%q: %q, %+v", text, got, v)
		}
	}
}
