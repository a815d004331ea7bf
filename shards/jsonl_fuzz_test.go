package shards

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"tamis/document"
)

// FuzzJSONL holds for every stream: reader and parser do not panic, every byte is in one
// block, small blocks give the same documents as large ones, exactly the lines
// that jsontext finds valid become documents, and a record without an edit reads as the
// same value.
func FuzzJSONL(f *testing.F) {
	for _, r := range testRecords(5) {
		f.Add([]byte(r + "\n"))
	}
	f.Add([]byte("\ufeff{\"text\":\"a\"}\r\n\n \t\n{\"te\\u0078t\":\"\\ud83d\\ude00\",\"text\":\"b\"}"))
	f.Add([]byte(`{"metadata":{"url":"u"},"metadata":[{"text":1}],"text":"` + strings.Repeat("x", 80) + `"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		const lineLimit = 4000
		docs, bads := fuzzRead(t, data, Limits{Line: lineLimit, Batch: 1 << 20, Segment: 1 << 20})
		small, smallBads := fuzzRead(t, data, Limits{Line: lineLimit, Batch: 16, Segment: 64})
		if !reflect.DeepEqual(docs, small) || !reflect.DeepEqual(bads, smallBads) {
			t.Fatalf("blocks of 16 bytes: %d documents and %d bad records, otherwise %d and %d", len(small), len(smallBads), len(docs), len(bads))
		}
		checkDocuments(t, data, docs, lineLimit)
	})
}

func fuzzRead(t *testing.T, data []byte, l Limits) (docs []seenDoc, bads []int64) {
	src := &stream{Reader: bytes.NewReader(data), plan: File{Path: Stdin}, disk: &counter{}, name: "f"}
	r := &jsonlReader{src: src, limits: l}
	p := NewJSONParser(testFields, l)
	var b Block
	at := int64(0)
	for {
		err := r.Next(&b)
		if err == io.EOF {
			break
		}
		if err != nil || b.At != at || b.End <= at {
			t.Fatalf("block [%d, %d) after byte %d: %v", b.At, b.End, at, err)
		}
		at = b.End
		if err := p.Parse(&b, func(d *document.Document) error {
			d.Fields.Lookup(d, "metadata.url")
			new(Shape).Observe(d)
			docs = append(docs, seenDoc{d.Place.Record, strings.Clone(d.ID), strings.Clone(d.URL), strings.Clone(d.Text()), string(AppendRecord(nil, d))})
			return nil
		}, func(bad Bad) error {
			bads = append(bads, bad.At)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if at != int64(len(data)) {
		t.Fatalf("blocks end at %d of %d", at, len(data))
	}
	return docs, bads
}

// checkDocuments holds the documents against a slow reading of the lines.
func checkDocuments(t *testing.T, data []byte, docs []seenDoc, limit int) {
	at := int64(0)
	for _, line := range bytes.SplitAfter(data, []byte{'\n'}) {
		record := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
		tooLong := len(record) > limit
		record = bytes.Trim(bytes.TrimPrefix(record, byteOrderMark), " \t\r")
		value, err := slowRecord(record)
		if err == nil && !tooLong {
			if len(docs) == 0 || docs[0].record != at {
				t.Fatalf("no document of %q", record)
			}
			again, err := slowRecord([]byte(docs[0].json))
			if err != nil || !reflect.DeepEqual(value, again) || docs[0].text != value["text"] {
				t.Fatalf("%q became %q with text %q (%v)", record, docs[0].json, docs[0].text, err)
			}
			docs = docs[1:]
		}
		at += int64(len(line))
	}
	if len(docs) > 0 {
		t.Fatalf("a document that is none, at byte %d: %q", docs[0].record, docs[0].json)
	}
}

// slowRecord reads a record as encoding/json does, where jsontext finds it valid.
func slowRecord(record []byte) (map[string]any, error) {
	if !validSlow(record) {
		return nil, errors.New("not valid")
	}
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(record))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, ok := v["text"].(string); !ok {
		return nil, errors.New("no text")
	}
	return v, nil
}
