package filters

import (
	"encoding/json"
	"testing"
)

// dolmaLengthNames are the attributes of the taggers of lengths, by our rules.
var dolmaLengthNames = map[string][2]string{
	"uniseg_length":              {"uniseg_length_v1", "length"},
	"uniseg_paragraph_length":    {"uniseg_length_paragraphs_with_doc_length_v1", "document"},
	"wordpunct_length":           {"whitespace_tokenizer_v1", "length"},
	"wordpunct_paragraph_length": {"whitespace_tokenizer_with_paragraphs_v1", "document"},
	"not_alphanum_paragraphs":    {"not_alphanum_paragraph_v1", "all_punct"},
	"paragraphs":                 {"whitespace_tokenizer_with_paragraphs_v1", "paragraph"},
}

// Every length is Dolma's.
func TestOracleDolmaLengths(t *testing.T) {
	cases, values := oracleCases(t), 0
	local := built(t, DolmaLengths.New())
	eachLine(t, sharedFile("oracles", "dolma.jsonl.zst"), func(n int, line []byte) {
		var row struct{ Values map[string]json.RawMessage }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c := cases[n]
		got := judgeLocal(&DolmaLengths, local, DolmaLengths.Rules, c.text)
		for ours, theirs := range dolmaLengthNames {
			var attributes map[string]any
			if err := json.Unmarshal(row.Values[theirs[0]], &attributes); err != nil {
				t.Fatal(err)
			}
			values++
			if want := counted(attributes[theirs[1]]); oracleOnlyInParagraph(ours, attributes, want, len(c.text)) != got.values[ours] {
				t.Errorf("%s: %s is %v, Dolma has %v", c.key, ours, got.values[ours], want)
			}
		}
	})
	t.Logf("%d values agree with Dolma's", values)
}

// oracleOnlyInParagraph returns what an attribute counts: a single span over the whole
// text has been recorded as its score.
func oracleOnlyInParagraph(ours string, attributes map[string]any, want float64, size int) float64 {
	if spans, ok := attributes["all_punct"].([]any); ok && spans[0].([]any)[2] == 0.0 {
		return 0 // a span over the whole text says that there is none
	}
	if _, single := attributes["paragraph"].(float64); single && ours == "paragraphs" {
		return 1
	}
	return want
}

func BenchmarkDolmaLengths(b *testing.B) { benchSteps(b, &DolmaLengths) }
