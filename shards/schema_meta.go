package shards

import (
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/parquet-go/parquet-go/format"
)

// Key-value metadata that describes the columns again, for one reader each.
const huggingfaceKey = "huggingface" // the features of the library datasets
const pandasKey = "pandas"           // which columns are the index

// extendMeta returns the metadata of a file whose columns stay, and to which a struct
// column is added, or put in place of another one of the same name.
func extendMeta(meta []format.KeyValue, under string, columns []Column) []format.KeyValue {
	if len(columns) == 0 {
		return meta
	}
	var out []format.KeyValue
	for _, kv := range meta {
		var err error
		switch kv.Key {
		case arrowKey:
			kv.Value, err = replaceArrowField(kv.Value, under, columns)
		case huggingfaceKey:
			kv.Value, err = replaceFeature(kv.Value, under, columns)
		}
		if err == nil { // what cannot be made to fit is left out: readers do without
			out = append(out, kv)
		}
	}
	return out
}

// commonMeta returns the metadata that all schemas share, but for what describes
// columns, which are not theirs any more.
func commonMeta(schemas []*InputSchema) (out []format.KeyValue) {
	for _, kv := range schemas[0].meta {
		if kv.Key == arrowKey || kv.Key == huggingfaceKey || kv.Key == pandasKey {
			continue
		}
		everywhere := true
		for _, s := range schemas[1:] {
			everywhere = everywhere && slices.Contains(s.meta, kv)
		}
		if everywhere {
			out = append(out, kv)
		}
	}
	return out
}

// replaceFeature adds a struct to the features in the metadata of datasets, as the
// last one, in place of one of the same name:
//
//	{"info": {"features": {"text": {"dtype": "string", "_type": "Value"}, …}}}
//
// Metadata of another form has no features and stays as it is.
func replaceFeature(value, under string, columns []Column) (string, error) {
	doc := []byte(value)
	if !jsontext.Value(doc).IsValid() {
		return "", errors.New("no JSON")
	}
	info, ok := find(doc, 0, -1, "info")
	if !ok {
		return value, nil
	}
	features, ok := find(doc, info.start, -1, "features")
	if !ok || doc[features.start] != '{' {
		return value, nil
	}
	typ := []byte("{")
	for i, c := range columns {
		if i > 0 {
			typ = append(typ, ',')
		}
		typ = append(AppendQuote(typ, c.Name), `:{"dtype":"`+c.featureType()+`","_type":"Value"}`...)
	}
	out := append([]byte(nil), doc[:features.start]...)
	out = setMember(out, features.of(doc), under, append(typ, '}'))
	return string(append(out, doc[features.end:]...)), nil
}

// setMember appends an object with a member put at its end, and without others of the
// same name.
func setMember(dst, object []byte, name string, value []byte) []byte {
	dst = append(dst, '{')
	for w := walkMembers(object, 0, -1); ; {
		n, v, ok := w.next()
		if !ok {
			break
		}
		if string(plainName(n.of(object))) == name {
			continue
		}
		dst = append(append(append(dst, '"'), n.of(object)...), `":`...)
		dst = append(append(dst, v.of(object)...), ',')
	}
	dst = append(AppendQuote(dst, name), ':')
	return append(append(dst, value...), '}')
}

func (c Column) featureType() string {
	switch c.Kind {
	case SignalColumn:
		return "float64"
	case CountColumn:
		return "int64"
	case TruthColumn:
		return "bool"
	}
	return "string"
}
