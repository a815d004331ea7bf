package shards

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tamis/document"
)

var testFields = Mapping{Text: "text", ID: "id", URL: "metadata.url"}

// parsed is what a parser makes of a block, as text: a line for each document or
// bad record.
func parsed(t *testing.T, p Parser, b *Block) []string {
	t.Helper()
	var out []string
	err := p.Parse(b, func(d *document.Document) error {
		out = append(out, fmt.Sprintf("%d: id=%s url=%s text=%q", d.Place.Record, d.ID, d.URL, d.Text()))
		return nil
	}, func(bad Bad) error {
		out = append(out, fmt.Sprintf("%d: BAD %s", bad.At, bad.Reason))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parseString(t *testing.T, s string) []string {
	t.Helper()
	return parsed(t, NewJSONParser(testFields, DefaultLimits), &Block{Name: "web.jsonl", At: 1000, Data: []byte(s)})
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", `{"id":"a","text":"Hello.","metadata":{"url":"http://x/"}}`, `1000: id=a url=http://x/ text="Hello."`},
		{"escapes", `{"id":"\u0061\n","text":"\"a\\\/\u00e9\ud83d\ude00\"","metadata":{"url":"\u0078"}}`, "1000: id=a\n url=x text=\"\\\"a\\\\/é😀\\\"\""},
		{"escaped names", `{"\u0069d":"a","te\u0078t":"t","met\u0061data":{"\u0075rl":"u"}}`, `1000: id=a url=u text="t"`},
		{"number as id", `{"id":12345678901234567890,"text":"t"}`, `1000: id=12345678901234567890 url= text="t"`},
		{"negative number as id", `{"id":-1.50,"text":"t"}`, `1000: id=-1.50 url= text="t"`},
		{"no id", `{"text":"t"}`, `1000: id=web.jsonl:1000 url= text="t"`},
		{"null id", `{"id":null,"text":"t"}`, `1000: id=web.jsonl:1000 url= text="t"`},
		{"empty id", `{"id":"","text":"t"}`, `1000: id=web.jsonl:1000 url= text="t"`},
		{"list as id", `{"id":["a"],"text":"t"}`, `1000: id=web.jsonl:1000 url= text="t"`},
		{"url no string", `{"id":"a","text":"t","metadata":{"url":7}}`, `1000: id=a url= text="t"`},
		{"metadata no object", `{"id":"a","text":"t","metadata":"url"}`, `1000: id=a url= text="t"`},
		{"dotted name", `{"id":"a","text":"t","metadata.url":"u"}`, `1000: id=a url=u text="t"`},
		{"text empty", `{"id":"a","text":""}`, `1000: id=a url= text=""`},
		{"last of equal names", `{"id":"a","id":"b","text":"s","text":"t","metadata":{"url":"u"},"metadata":{"url":"v"}}`, `1000: id=b url=v text="t"`},
		{"last of equal objects has none", `{"id":"a","text":"t","metadata":{"url":"u"},"metadata":{}}`, `1000: id=a url= text="t"`},
		{"nested text is another", `{"id":"a","x":{"text":"no"},"text":"t","y":[{"text":"no"}]}`, `1000: id=a url= text="t"`},
		{"white space", " \t{ \"id\" :\t\"a\" , \"text\"\r: \"t\" } \r", `1000: id=a url= text="t"`},
		{"byte order mark", "\uFEFF" + `{"id":"a","text":"t"}`, `1000: id=a url= text="t"`},
		{"blank", " \t\r", ``},
		{"empty", ``, ``},
		{"control character as escape", `{"id":"a","text":"\u0000\u007f"}`, "1000: id=a url= text=\"\\x00\\x7f\""},

		{"no JSON", `{"text" "t"}`, `1000: BAD no JSON at byte 8: expected ":" after a name, found "\""`},
		{"cut off", `{"text":"t`, `1000: BAD no JSON at byte 10: expected the closing quote of a string, found the end of the line`},
		{"two objects", `{"text":"t"}{"text":"u"}`, `1000: BAD no JSON at byte 12: expected nothing more after the object, found "{"`},
		{"comma at the end", `{"text":"t",}`, `1000: BAD no JSON at byte 12: expected a name in quotes, found "}"`},
		{"NaN", `{"text":"t","x":NaN}`, `1000: BAD no JSON at byte 16: expected a value, found "N"`},
		{"leading zero", `{"text":"t","x":01}`, `1000: BAD no JSON at byte 17: expected "," or "}", found "1"`},
		{"raw control character", "{\"text\":\"a\tb\"}", `1000: BAD no JSON at byte 10: character U+0009 in a string must be written as an escape`},
		{"unknown escape", `{"text":"\q"}`, `1000: BAD no JSON at byte 10: expected one of "\/bfnrtu after a backslash, found "q"`},
		{"broken word", `{"text":"t","x":trüe}`, `1000: BAD no JSON at byte 18: expected true, found "ü"`},
		{"list", `["text"]`, `1000: BAD no object but a list: JSONL has one object on each line`},
		{"string", `"text"`, `1000: BAD no object but a string: JSONL has one object on each line`},
		{"number", `17`, `1000: BAD no object but a number: JSONL has one object on each line`},
		{"prose", `Once upon a time`, `1000: BAD no JSON at byte 0: expected an object, found "O"`},
		{"UTF-16", "\xff\xfe{\x00\"\x00", `1000: BAD no UTF-8: this looks like UTF-16; convert the file`},
		{"no text", `{"id":"a","Text":"t"}`, `1000: BAD there is no "text", which the recipe names as the text; there is "id", "Text"`},
		{"nothing", `{}`, `1000: BAD there is no "text", which the recipe names as the text; there is nothing`},
		{"many names", `{"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1}`, `1000: BAD there is no "text", which the recipe names as the text; there is "1", "2", "3", "4", "5", "6", "7", "8", …`},
		{"null text", `{"text":null}`, `1000: BAD "text" is null at byte 8, not a string`},
		{"number as text", `{"text": 7}`, `1000: BAD "text" is a number at byte 9, not a string`},
		{"list as text", `{"text":["a"]}`, `1000: BAD "text" is a list at byte 8, not a string`},
		{"invalid UTF-8", "{\"text\":\"caf\xe9 au lait\"}", `1000: BAD invalid UTF-8 after "{\"text\":\"caf": byte 0xE9 at byte 12`},
		{"invalid UTF-8 elsewhere", "{\"text\":\"t\",\"x\":\"\xff\"}", `1000: BAD invalid UTF-8 after "{\"text\":\"t\",\"x\":\"": byte 0xFF at byte 17`},
		{"lone surrogate", `{"text":"a\ud83d"}`, `1000: BAD lone surrogate \ud83d at byte 10`},
		{"lone low surrogate", `{"text":"a\uDE00\ud83d"}`, `1000: BAD lone surrogate \uDE00 at byte 10`},
		{"surrogate and letter", `{"text":"\ud83d\u0041"}`, `1000: BAD lone surrogate \ud83d at byte 9`},
		{"too deep", `{"text":"t","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`, `1000: BAD nested deeper than 10000 at byte 10015`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(parseString(t, c.in), "\n"); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
			}
		})
	}
}

func TestParseLines(t *testing.T) {
	got := parseString(t, "\n{\"text\":\"a\"}\r\n\r\nx\n\uFEFF{\"text\":\"b\"}\n{\"text\":\"c\"}")
	want := []string{
		`1001: id=web.jsonl:1001 url= text="a"`,
		`1017: BAD no JSON at byte 0: expected an object, found "x"`,
		`1019: id=web.jsonl:1019 url= text="b"`,
		`1035: id=web.jsonl:1035 url= text="c"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestParseStopsAtAnError(t *testing.T) {
	stop := errors.New("stop")
	p := NewJSONParser(testFields, DefaultLimits)
	for _, in := range []string{"{\"text\":\"a\"}\n{\"text\":\"b\"}", "x\n{\"text\":\"b\"}"} {
		calls := 0
		err := p.Parse(&Block{Data: []byte(in)},
			func(*document.Document) error { calls++; return stop },
			func(Bad) error { calls++; return stop })
		if err != stop || calls != 1 {
			t.Errorf("%q: %v after %d calls, want the callback's own error after one", in, err, calls)
		}
	}
}

// The raw bytes of a bad record are shown, but not without end.
func TestBadRecordIsCut(t *testing.T) {
	p := NewJSONParser(testFields, DefaultLimits)
	long := strings.Repeat("x", 1<<20)
	p.Parse(&Block{Data: []byte(long)}, nil, func(b Bad) error {
		if len(b.Raw) != RawLimit || b.Lost != 1 {
			t.Errorf("%d bytes are shown, %d records lost", len(b.Raw), b.Lost)
		}
		return nil
	})
}

// All that is not text travels as it was, byte for byte.
func TestRestTravels(t *testing.T) {
	for _, in := range []string{
		`{"text":"t"}`,
		` {"text":"t"} `,
		`{ "big" : 12345678901234567890123 , "text" :  "t"  , "x":1.10, "x":1e5,"e":"\u00e9\/" }`,
		`{"text":"first","a":[{"text":"no"}],"text":"t"}`,
		`{"a":{"b":{"text":"t","c":[]}}, "text":"t"}`,
	} {
		p := NewJSONParser(testFields, DefaultLimits)
		err := p.Parse(&Block{Data: []byte(in)}, func(d *document.Document) error {
			if got, want := string(AppendRecord(nil, d)), strings.TrimSpace(in); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			d.SetText("new \"text\"\n")
			want := strings.TrimSpace(in)
			cut := strings.LastIndex(want, `"t"`)
			want = want[:cut] + `"new \"text\"\n"` + want[cut+3:]
			if got := string(AppendRecord(nil, d)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			return nil
		}, func(b Bad) error { return errors.New(b.Reason) })
		if err != nil {
			t.Error(err)
		}
	}
}

func TestFields(t *testing.T) {
	in := `{"s":"x\ty","p":"plain","n":-1.5e3,"b":true,"f":false,"z":null,"o":{"a":{"b":"deep"},"l":[1,"]"]},
		"c":{"body":"TEXT","k":1},"a.b":"dotted","d":1,"d":2,"big":1e999,"\u00e9":"é"}`
	in = strings.ReplaceAll(in, "\n", "")
	p := NewJSONParser(Mapping{Text: "c.body"}, DefaultLimits)
	err := p.Parse(&Block{Data: []byte(in)}, func(d *document.Document) error {
		d.SetText("edited")
		for _, c := range []struct{ path, want string }{
			{"s", `{3 0 "x\ty"}`}, {"p", `{3 0 "plain"}`}, {"n", `{2 -1500 "-1.5e3"}`}, {"b", `{1 1 ""}`}, {"f", `{1 0 ""}`},
			{"z", `{0 0 ""}`}, {"o", `{4 0 "{\"a\":{\"b\":\"deep\"},\"l\":[1,\"]\"]}"}`}, {"o.a.b", `{3 0 "deep"}`},
			{"o.l", `{4 0 "[1,\"]\"]"}`}, {"c.body", `{3 0 "edited"}`}, {"c", `{4 0 "{\"body\":\"edited\",\"k\":1}"}`}, {"c.k", `{2 1 "1"}`},
			{"a.b", `{3 0 "dotted"}`}, {"d", `{2 2 "2"}`}, {"big", `{2 +Inf "1e999"}`}, {"é", `{3 0 "é"}`},
			{"missing", "none"}, {"o.missing", "none"}, {"p.x", "none"}, {"", "none"}, {"o.", "none"},
		} {
			got := "none"
			if v, ok := d.Fields.Lookup(d, c.path); ok {
				got = fmt.Sprintf("{%d %v %q}", v.Kind, v.Num, v.Str)
			}
			if got != c.want {
				t.Errorf("%s: got %s, want %s", c.path, got, c.want)
			}
		}
		return nil
	}, func(b Bad) error { return errors.New(b.Reason) })
	if err != nil {
		t.Error(err)
	}
}

// In steady state nothing is allocated.
func TestParseAllocatesNothing(t *testing.T) {
	p := NewJSONParser(testFields, DefaultLimits)
	b := &Block{Name: "web.jsonl", Data: []byte(strings.Repeat(`{"id":"a\n","text":"some \"text\" here","metadata":{"url":"u"},"n":1}`+"\n", 100))}
	emit := func(d *document.Document) error { d.Fields.Lookup(d, "n"); return nil }
	bad := func(b Bad) error { return errors.New(b.Reason) }
	if n := testing.AllocsPerRun(20, func() {
		if err := p.Parse(b, emit, bad); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations for 100 documents", n)
	}
}
