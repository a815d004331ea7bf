package filters

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"tamis/step"
)

// A presidioRow is a sentence with marked spans, in code points.
type presidioRow struct {
	Text  string
	Spans []struct {
		Type       string
		Start, End int
	}
}

func presidioRows(t *testing.T) (rows []presidioRow) {
	sharedRows(t, "data/presidio-pii/generated_large.jsonl.zst", func(line []byte) {
		var row presidioRow
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	})
	return rows
}

// byteOffsets returns where each code point begins, and the length.
func byteOffsets(s string) (offsets []int) {
	for i := range s {
		offsets = append(offsets, i)
	}
	return append(offsets, len(s))
}

// Precision and recall of the types that have patterns, by strict spans and by spans that
// overlap, and what is missed, as shapes: A stands for letters and 0 for digits.
func TestPIIOnPresidio(t *testing.T) {
	s := PII.New().(*piiSettings)
	s.Types = piiTypes[:piiListed]
	h := newHarness(t, &PII, s, step.Env{})
	kinds := map[string]int{
		"EMAIL_ADDRESS": piiEmail, "IP_ADDRESS": piiIP, "PHONE_NUMBER": piiPhone, "CREDIT_CARD": piiCard, "IBAN_CODE": piiIBAN, "US_SSN": piiID, "DOMAIN_NAME": piiURL,
	}
	var right, near, found, marked [piiFound]float64
	missed := map[string]int{}
	for _, row := range presidioRows(t) {
		h.judge(row.Text, "")
		got := h.step.(*pii).found
		for _, f := range got {
			found[f.kind]++
		}
		offsets := byteOffsets(row.Text)
		for _, span := range row.Spans {
			if kind, ok := kinds[span.Type]; ok {
				marked[kind]++
				want := piiFinding{kind, offsets[span.Start], offsets[span.End]}
				if slices.Contains(got, want) {
					right[kind]++
				} else {
					missed[piiTypes[kind]+" "+shapeOf(row.Text[want.start:want.end])]++
				}
				if slices.ContainsFunc(got, func(f piiFinding) bool { return f.kind == kind && f.start < want.end && want.start < f.end }) {
					near[kind]++
				}
			}
		}
	}
	f1 := func(kinds ...int) float64 {
		var r, f, m float64
		for _, k := range kinds {
			r, f, m = r+right[k], f+found[k], m+marked[k]
		}
		return 2 * r / (f + m)
	}
	for kind := range piiFound {
		if marked[kind]+found[kind] > 0 {
			t.Logf("%s: precision %.3f, recall %.3f by strict spans; %.3f, %.3f by overlap; %v marked", piiTypes[kind],
				right[kind]/found[kind], right[kind]/marked[kind], near[kind]/found[kind], near[kind]/marked[kind], marked[kind])
		}
	}
	for _, shape := range slices.Sorted(maps.Keys(missed)) {
		t.Logf("missed: %d × %s", missed[shape], shape)
	}
	if v := f1(piiEmail, piiIP, piiCard, piiIBAN, piiURL); v < 0.95 {
		t.Errorf("F1 of e-mail, IP, card, IBAN and URL is %.3f, at least 0.95 is wanted", v)
	}
	if v := f1(piiPhone, piiID); v < 0.85 {
		t.Errorf("F1 of phone and SSN is %.3f, at least 0.85 is wanted", v)
	}
}

// shapeOf writes 0 for each digit and A for each letter.
func shapeOf(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			return '0'
		case unicode.IsLetter(r):
			return 'A'
		}
		return r
	}, s)
}

// A piiRow has what datatrove and Dolma did with a text.
type piiRow struct {
	ID, Text string
	Row      int
	Out      string `json:"datatrove_out"`
	OutSum   string `json:"datatrove_out_sha256"`
	Dolma    map[string]json.RawMessage
}

// eachPIIRow calls f for the 237 texts of the oracle.
func eachPIIRow(t *testing.T, f func(row piiRow)) {
	var presidio []presidioRow
	sharedRows(t, "oracles/pii/spans.jsonl.zst", func(line []byte) {
		var row piiRow
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		if row.OutSum != "" {
			if presidio == nil {
				presidio = presidioRows(t)
			}
			row.Text = presidio[row.Row].Text
		}
		f(row)
	})
}

func TestPIIAsDatatrove(t *testing.T) {
	s := PII.New().(*piiSettings)
	s.Compat = "datatrove"
	h := newHarness(t, &PII, s, step.Env{})
	eachPIIRow(t, func(row piiRow) {
		h.judge(row.Text, "")
		sum := sha256.Sum256([]byte(h.doc.Text()))
		if row.OutSum != "" && row.OutSum != hex.EncodeToString(sum[:]) || row.OutSum == "" && row.Out != h.doc.Text() {
			t.Errorf("%s: %q becomes %q, want %q", row.ID, row.Text, h.doc.Text(), row.Out)
		}
	})
}

func TestPIIAsDolma(t *testing.T) {
	s := PII.New().(*piiSettings)
	s.Compat = "dolma"
	h := newHarness(t, &PII, s, step.Env{})
	names := [...]string{piiEmail: "EMAIL_ADDRESS", piiIP: "IP_ADDRESS", piiPhone: "PHONE_NUMBER"}
	eachPIIRow(t, func(row piiRow) {
		var spans [][4]any
		if err := json.Unmarshal(row.Dolma["pii_regex_v2"], &spans); err != nil {
			t.Fatal(err)
		}
		offsets := byteOffsets(row.Text)
		var want, got []string
		for _, span := range spans {
			if name := span[2].(string); !strings.HasPrefix(name, "doc") {
				want = append(want, fmt.Sprint(name, offsets[int(span[0].(float64))], "-", offsets[int(span[1].(float64))]))
			}
		}
		h.judge(row.Text, "")
		for _, f := range h.step.(*pii).found {
			got = append(got, fmt.Sprint(names[f.kind], f.start, "-", f.end))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q: %v, want %v", row.ID, row.Text, got, want)
		}
	})
}

// What pii makes of a text is what datatrove's formatter makes of it, with replacements
// that begin anew in each text.
func TestOraclePIITexts(t *testing.T) {
	cases, s := oracleCases(t), PII.New().(*piiSettings)
	s.Compat = "datatrove"
	texts := 0
	eachLine(t, sharedFile("oracles", "datatrove.jsonl.zst"), func(n int, line []byte) {
		var row struct{ Values struct{ PII *digest } }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		texts++
		c := cases[n]
		got := textDigest(judgeLocal(&PII, built(t, s), PII.Rules, c.text).text)
		want := row.Values.PII
		if want != nil && want.Len == 0 {
			want = nil // as textDigest has it
		}
		if !sameDigest(got, want) {
			t.Errorf("%s: %v is left, datatrove has %v", c.key, got, want)
		}
	})
	t.Logf("%d texts agree with datatrove's", texts)
}
