package shards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tamis/document"
)

// A talkCase is a record with what becomes of it.
type talkCase struct {
	record string
	text   string
	roles  string // joined by blanks
	bad    string // part of the reason
}

var messages = Mapping{Messages: "messages", ID: "id"}

var talkCases = []struct {
	fields Mapping
	cases  []talkCase
}{
	{messages, []talkCase{
		{record: `{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}`, text: "a\n\nb", roles: "user assistant"},
		{record: `{"messages":[{"from":"system","value":"s"},{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}`, text: "s\n\na\n\nb", roles: "system user assistant"},
		{record: `{ "messages" : [ { "content" : "caf\u00e9\n" , "x" : [1] , "role" : "developer" } ] }`, text: "café\n", roles: "system"},
		{record: `{"messages":[{"role":"user","content":""},{"role":"tool","content":"\ud83d\ude00"}]}`, text: "\n\n😀", roles: "user tool"},
		{record: `{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"x"}]},{"role":"function","content":"1"}]}`, text: "\n\n1", roles: "call tool"},
		{record: `{"messages":[{"role":"assistant","function_call":{"name":"f"}}]}`, roles: "call"},
		{record: `{"messages":7,"messages":[{"role":"user","role":"assistant","content":"b"}]}`, text: "b", roles: "assistant"},
		{record: `{}`, bad: `there is no "messages", which the recipe names as the messages; there is nothing`},
		{record: `{"messages":"a"}`, bad: `"messages" is a string at byte 12, not a list of messages`},
		{record: `{"messages":null}`, bad: `"messages" is null at byte 12`},
		{record: `{"messages":[]}`, bad: `"messages" is an empty list`},
		{record: `{"messages":["a"]}`, bad: `message 1 of "messages" is a string, not an object`},
		{record: `{"messages":[{"role":"user","content":"a"},{"content":"b"}]}`, bad: `message 2 of "messages" has neither "role" nor "from"`},
		{record: `{"messages":[{"role":3,"content":"a"}]}`, bad: `has a "role" that is a number, not a string`},
		{record: `{"messages":[{"role":"narrator","content":"a"}]}`, bad: `has the unknown role "narrator": it is none of system, `},
		{record: `{"messages":[{"role":"user"}]}`, bad: `has no "content"`},
		{record: `{"messages":[{"from":"gpt","content":"x"}]}`, bad: `has no "value"`},
		{record: `{"messages":[{"role":"assistant","content":null,"tool_calls":[ ]}]}`, bad: `has no "content"`},
		{record: `{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]}`, bad: `has a "content" that is a list, not a string`},
	}},
	{Mapping{System: "meta.s", Prompt: "instruction", Input: "input", Response: "output"}, []talkCase{
		{record: `{"instruction":"Add.","input":"1","output":"2"}`, text: "Add.\n\n1\n\n2", roles: "user input assistant"},
		{record: `{"output":"2","meta":{"s":"Be kind."},"input":"","instruction":"Add."}`, text: "Be kind.\n\nAdd.\n\n2", roles: "system user assistant"},
		{record: `{"instruction":"","input":null,"output":""}`, text: "\n\n", roles: "user assistant"},
		{record: `{"instruction":"a","output":null}`, bad: `"output", which the recipe names as the response, is null`},
		{record: `{"instruction":"a"}`, bad: `there is no "output", which the recipe names as the response; there is "instruction"`},
		{record: `{"instruction":["a"],"output":"b"}`, bad: `"instruction", which the recipe names as the prompt, is a list at byte 15, not a string`},
		{record: `{"instruction":"a","input":3,"output":"b"}`, bad: `"input", which the recipe names as the input, is a number`},
	}},
}

// parseTalk reads one record; the document is valid until the next.
func parseTalk(m Mapping, record string) (d *document.Document, reason string) {
	p := NewJSONParser(m, DefaultLimits)
	if err := p.Parse(&Block{Name: "x", Data: []byte(record)},
		func(doc *document.Document) error { d = doc; return nil },
		func(b Bad) error { reason = b.Reason; return nil }); err != nil {
		panic(err)
	}
	return d, reason
}

func rolesOf(d *document.Document) string {
	var roles []string
	for _, t := range d.Turns {
		roles = append(roles, t.Role.String())
	}
	return strings.Join(roles, " ")
}

func TestConversationsInJSON(t *testing.T) {
	for _, of := range talkCases {
		for _, c := range of.cases {
			d, reason := parseTalk(of.fields, c.record)
			switch {
			case c.bad != "":
				if d != nil || !strings.Contains(reason, c.bad) {
					t.Errorf("%s: reason %q, want %q", c.record, reason, c.bad)
				}
			case d == nil:
				t.Errorf("%s: %s", c.record, reason)
			case d.Text() != c.text || rolesOf(d) != c.roles:
				t.Errorf("%s: %q by %s, want %q by %s", c.record, d.Text(), rolesOf(d), c.text, c.roles)
			case string(AppendRecord(nil, d)) != c.record:
				t.Errorf("written as %s, read as %s", AppendRecord(nil, d), c.record)
			}
		}
	}
}

// What a step edits is written in place of what was read, and nothing else changes.
func TestEditedConversations(t *testing.T) {
	d, _ := parseTalk(messages, `{"n":1e2, "messages": [{"role":"user","content":"caf\u00e9 \/"}, {"w":0.10,"content":"b\u0041","role":"gpt"}],"t":"x"}`)
	var x document.Excerpts
	d.Rewrite(x.Back(d, document.Response, []document.Edit{{Start: 1, End: 2, With: "\"é\""}}))
	want := `{"n":1e2, "messages": [{"role":"user","content":"caf\u00e9 \/"}, {"w":0.10,"content":"b\"é\"","role":"gpt"}],"t":"x"}`
	if got := string(AppendRecord(nil, d)); got != want {
		t.Errorf("written as %s, want %s", got, want)
	}
	seen := x.Of(d, document.Prompt)
	for path, want := range map[string]string{"t": "x", "messages": want[22 : len(want)-9]} {
		if v, ok := d.Fields.Lookup(seen, path); !ok || v.Str != want {
			t.Errorf("%s is %q, want %q", path, v.Str, want)
		}
	}
	d, _ = parseTalk(Mapping{Prompt: "p", Response: "r.text"}, `{"r":{"text":"old","id":3},"p":"x"}`)
	d.Rewrite(x.Back(d, document.All, []document.Edit{{Start: 0, End: 1, With: "first"}, {Start: 3, End: 6, With: "new"}}))
	if got, want := string(AppendRecord(nil, d)), `{"r":{"text":"new","id":3},"p":"first"}`; got != want {
		t.Errorf("written as %s, want %s", got, want)
	}
}

// exclaim puts "!" in place of the first letter of every turn that has one.
func exclaim(d *document.Document) {
	var edits []document.Edit
	for _, t := range d.Turns {
		if t.Start < t.End {
			edits = append(edits, document.Edit{Start: t.Start, End: t.Start + 1, With: "!"})
		}
	}
	d.Rewrite(edits)
}

// Files of pyarrow: what cannot be a conversation is told by its row, everything else
// goes out as it came in but for the contents that were edited.
func TestConversationsInParquet(t *testing.T) {
	for name, c := range map[string]struct {
		fields Mapping
		docs   []string // roles: text
		bad    map[int64]string
		json   string // the last document, edited
	}{
		"messages": {Mapping{Messages: "messages", ID: "id"}, []string{
			"system user assistant: Be brief.\n\nWhere is Ulm?\n\nOn the Danube, écrit-on.",
			"user call tool assistant: Rain?\n\n\n\nyes\n\nYes, it rains.",
			"user assistant: \n\nNothing was asked.",
		}, map[int64]string{
			2: `"messages" is null or an empty list`, 3: `"messages" is null or an empty list`, 4: `message 2 of "messages" is null`,
			5: `message 1 of "messages" has no "content"`, 6: `has no "content"`, 7: `has the unknown role "narrator"`, 8: `has no "role"`,
		}, `{"id":9,"messages":[{"role":"user","content":"","weight":null,"tool_calls":null},{"role":"assistant","content":"!othing was asked.","weight":null,"tool_calls":null}],"note":"row 9"}`},
		"sharegpt": {Mapping{Messages: "conversations"}, []string{"user assistant: Hi\n\nHello.", "user: Bye"}, nil,
			`{"conversations":[{"from":"human","value":"!ye"}]}`},
		"columns": {Mapping{Prompt: "instruction", Input: "input", Response: "output"}, []string{
			"user input assistant: Add.\n\n1 and 2\n\n3", "user assistant: Say hello.\n\nHello.", "user assistant: Say.\n\nSo."},
			map[int64]string{2: `the prompt in column "instruction" is null`}, `{"instruction":"!ay.","input":null,"output":"!o."}`},
	} {
		path := filepath.Join("testdata", "talk", name+".parquet")
		for _, whole := range []int64{wholeGroup, -1} {
			docs, bad, last, shard := throughParquet(t, path, c.fields, whole)
			if !reflect.DeepEqual(docs, c.docs) {
				t.Errorf("%s: %q, want %q", name, docs, c.docs)
			}
			if len(bad) != len(c.bad) {
				t.Errorf("%s: bad rows %v", name, bad)
			}
			for row, reason := range c.bad {
				if !strings.Contains(bad[row], reason) {
					t.Errorf("%s: row %d is bad because %q, want %q", name, row, bad[row], reason)
				}
			}
			again := put(t, "again.parquet", shard)
			_, _, written, _ := throughParquet(t, again.Path, c.fields, whole)
			if unedited := strings.Replace(written, "!", "", 1); last != c.json || !strings.Contains(written, "!") || unedited == written {
				t.Errorf("%s: %s, read again %s, want %s", name, last, written, c.json)
			}
		}
	}
}

// throughParquet reads a file, edits every turn, and writes a shard of it.
func throughParquet(t *testing.T, path string, m Mapping, whole int64) (docs []string, bad map[int64]string, last string, shard []byte) {
	t.Helper()
	s, _, err := OpenParquetInput(path, m)
	if err != nil {
		t.Fatal(err)
	}
	forms := &Forms{}
	forms.Add(s)
	o, err := Settle(forms, nil, []Source{{Name: "a", Fields: m}}, Output{Format: Parquet})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := o.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	bad = map[int64]string{}
	rows, err := eachTalkRow(path, s, whole, func(d *document.Document) error {
		docs = append(docs, rolesOf(d)+": "+d.Text())
		exclaim(d)
		json, err := s.AppendJSON(nil, d)
		if err != nil {
			return err
		}
		last = string(json)
		return w.Write(d)
	}, func(b Bad) error { bad[b.At] = b.Reason; return nil })
	if err != nil || rows == 0 {
		t.Fatal(rows, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return docs, bad, last, b.Bytes()
}

func eachTalkRow(path string, s *InputSchema, whole int64, emit func(*document.Document) error, bad func(Bad) error) (blocks int, err error) {
	files, err := List([]string{path})
	if err != nil {
		return 0, err
	}
	rd, err := OpenParquetReader(files[0], s, 0, 0, DefaultLimits)
	if err != nil {
		return 0, err
	}
	defer rd.Close()
	rd.(*parquetReader).whole = whole
	p := NewParquetParser(s, DefaultLimits)
	var b Block
	for rd.Next(&b) == nil {
		blocks++
		if err := p.Parse(&b, emit, bad); err != nil {
			return blocks, err
		}
	}
	return blocks, nil
}

func TestColumnsThatAreNoConversation(t *testing.T) {
	for _, c := range []struct {
		file   string
		fields Mapping
		want   string
	}{
		{"messages", Mapping{Messages: "chat"}, `there is no column "chat" for the messages; the columns are: id (int32), messages (list of struct), note (string)`},
		{"messages", Mapping{Messages: "note"}, `column "note", which the recipe names as the messages, is a string, not a list of structs`},
		{"columns", Mapping{Prompt: "instruction", Response: "answer"}, `there is no column "answer" for the response`},
		{"messages", Mapping{Prompt: "id", Response: "note"}, `column "id", which the recipe names as the prompt, has the type int`},
	} {
		_, _, err := OpenParquetInput(filepath.Join("testdata", "talk", c.file+".parquet"), c.fields)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.fields, err, c.want)
		}
	}
}

// Records of chats and of texts share one output; each has null where the other has
// what it lacks.
func TestConversationsBesideTexts(t *testing.T) {
	shape, docs := &Shape{}, []string{}
	chat, _ := parseTalk(messages, `{"id":"a","messages":[{"role":"user","content":"q"}]}`)
	plain, _ := parseTalk(Mapping{Text: "text"}, `{"id":"b","text":"t"}`)
	exclaim(chat)
	plain.Place.Record = 1
	shape.Observe(chat)
	shape.Observe(plain)
	o, err := Settle(&Forms{}, shape, nil, Output{Format: Parquet})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := o.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*document.Document{chat, plain} {
		if err := w.Write(d); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := put(t, "both.parquet", b.Bytes())
	s, _, err := OpenParquetInput(file.Path, Mapping{Text: "id"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := eachTalkRow(file.Path, s, wholeGroup, func(d *document.Document) error {
		json, err := s.AppendJSON(nil, d)
		docs = append(docs, string(json))
		return err
	}, stopAtBad); err != nil {
		t.Fatal(err)
	}
	want := []string{`{"id":"a","messages":[{"role":"user","content":"!"}],"text":null}`, `{"id":"b","messages":null,"text":"t"}`}
	if !reflect.DeepEqual(docs, want) {
		t.Errorf("%s, want %s", docs, want)
	}
}

// FuzzTalk holds for every record: what is no conversation has a reason; one that no
// step has edited is written byte for byte; an edited one reads as the same value but
// for the contents, which are the edited ones.
func FuzzTalk(f *testing.F) {
	for _, of := range talkCases {
		for _, c := range of.cases {
			f.Add(c.record, of.fields.Messages != "", uint8(len(c.record)))
		}
	}
	f.Fuzz(func(t *testing.T, record string, list bool, at uint8) {
		m := Mapping{System: "meta.s", Prompt: "instruction", Input: "input", Response: "output"}
		if list {
			m = messages
		}
		d, reason := parseTalk(m, strings.ReplaceAll(record, "\n", " "))
		if d == nil {
			if reason == "" && strings.Trim(record, " \t\r\n\ufeff") != "" {
				t.Fatal("neither a document nor a reason")
			}
			return
		}
		before := string(AppendRecord(nil, d))
		if !strings.Contains(strings.ReplaceAll(record, "\n", " "), before) {
			t.Fatalf("read %q, written %q", record, before)
		}
		edit := document.Edit{Start: int(at), End: int(at) + 3, With: "<\"é\\>"}
		if edit.End > len(d.Text()) {
			return
		}
		var x document.Excerpts
		d.Rewrite(x.Back(d, document.All, runes(d.Text(), edit)))
		written := string(AppendRecord(nil, d))
		again, reason := parseTalk(m, written)
		if again == nil || again.Text() != d.Text() || rolesOf(again) != rolesOf(d) {
			t.Fatalf("%q reads as another conversation: %s", written, reason)
		}
		if w, b := blank(t, written), blank(t, before); w != b {
			t.Fatalf("beside the contents: %s, before: %s", w, b)
		}
	})
}

// runes moves an edit to whole characters.
func runes(s string, e document.Edit) []document.Edit {
	for e.Start > 0 && s[e.Start]&0xC0 == 0x80 {
		e.Start--
	}
	for e.End < len(s) && s[e.End]&0xC0 == 0x80 {
		e.End++
	}
	return []document.Edit{e}
}

// blank shows a record with all strings cut to nothing where they may be contents.
func blank(t *testing.T, record string) string {
	var v any
	if err := json.Unmarshal([]byte(record), &v); err != nil {
		t.Skip("a number that the library cannot hold")
	}
	return fmt.Sprint(emptied(v))
}

func emptied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if _, text := x.(string); text && strings.Contains("content value instruction input output s", name) {
				v[name] = ""
			} else {
				v[name] = emptied(x)
			}
		}
	case []any:
		for i := range v {
			v[i] = emptied(v[i])
		}
	}
	return v
}
