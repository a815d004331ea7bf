package dedup

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tamis/step"
)

// fixture is a file that testdata/vectors/make.py has written.
func fixture(name string) string { return filepath.Join("testdata", "vectors", name) }

func fixtureJSON(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(fixture(name))
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What numpy has saved, in three widths, is what numpy printed.
func TestReadMatrix(t *testing.T) {
	var want [][]float64
	fixtureJSON(t, "rows.json", &want)
	for name, within := range map[string]float64{"rows-f2.npy": 1e-3, "rows-f4.npy": 1e-7, "rows-f8.npy": 1e-7} {
		raw, err := os.ReadFile(fixture(name))
		if err != nil {
			t.Fatal(err)
		}
		m, err := newMatrixReader(bytes.NewReader(raw))
		if err != nil || m.rows != 6 || m.columns != 3 {
			t.Fatalf("%s: %+v, %v", name, m, err)
		}
		for i, row := range want {
			got, err := m.next(nil)
			if err != nil {
				t.Fatal(err)
			}
			for j, x := range row {
				if math.Abs(float64(got[j])-x) > within*max(1, math.Abs(x)) {
					t.Errorf("%s: row %d is %v, want %v", name, i, got, row)
				}
			}
		}
		if _, err := m.next(nil); err != io.EOF {
			t.Errorf("%s: %v behind the last row", name, err)
		}
		// Cut short at any byte, it is refused.
		for n := range raw {
			m, err := newMatrixReader(bytes.NewReader(raw[:n]))
			if err == nil {
				err = m.end()
			}
			if err == nil {
				t.Errorf("%s: %d of %d bytes were read", name, n, len(raw))
			}
		}
	}
}

// npy is a .npy file with a header of one's own.
func npy(version byte, header, data string) string {
	return npyMagic + string([]byte{version, 0, byte(len(header)), byte(len(header) >> 8)}) + header + data
}

func TestForeignMatrix(t *testing.T) {
	head := func(shape string) string {
		return "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }\n"
	}
	cases := map[string]string{
		"stored by columns":                             "rows-fortran.npy",
		`numbers of type "'>f4'"`:                       "rows-big.npy",
		"a matrix of shape (18,)":                       "rows-flat.npy",
		"this is no .npy file":                          "make.py",
		"version 9 of .npy":                             npy(9, "", ""),
		"a header of 4294967295 bytes":                  npyMagic + "\x02\x00\xff\xff\xff\xff",
		"numbers of type \"\"":                          npy(1, "{}", ""),
		"shape (9223372036854775807, 3)":                npy(1, head("(9223372036854775807, 3)"), ""),
		"shape (3, 0)":                                  npy(1, head("(3, 0)"), ""),
		"shape (1, 2, 3)":                               npy(1, head("(1, 2, 3)"), ""),
		"the file ends in row 1 of 4611686018427387":    npy(1, head("(4611686018427387, 1)"), "1234"),
		"bytes follow the 1 rows":                       npy(1, head("(1, 1)"), "12345"),
		"the file ends within its header":               npy(1, head("(1, 1)"), "")[:20],
		"has 6 rows, testdata/vectors/tokens.txt has 1": "rows-f4.npy",
	}
	for want, file := range cases {
		ids := ""
		if strings.HasPrefix(want, "has 6 rows") {
			ids = fixture("tokens.txt")
		}
		env := fileEnv(&Semantic)
		if strings.HasPrefix(file, npyMagic) {
			env.Open = func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(file)), nil }
		}
		_, err := openRows(fixture(file), ids, env)
		if err == nil || !strings.Contains(filepath.ToSlash(err.Error()), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// Every half is what its definition says, and bfloat16 is the upper half of float32.
func TestHalves(t *testing.T) {
	for h := range 1 << 16 {
		sign, e, f := 1.0, h>>10&0x1f, float64(h&0x3ff)
		if h>>15 != 0 {
			sign = -1
		}
		want := sign * math.Ldexp(f, -24)
		switch {
		case e == 31 && f != 0:
			want = math.NaN()
		case e == 31:
			want = math.Inf(int(sign))
		case e > 0:
			want = sign * math.Ldexp(1+f/1024, e-15)
		}
		got := float64(fromHalf(uint16(h)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != math.Signbit(want) && !math.IsNaN(want) {
			t.Fatalf("half %04x is %v, want %v", h, got, want)
		}
	}
	if got := bfloat16.appendAll(nil, []byte{0x80, 0x3f, 0x20, 0xc0}); !slices.Equal(got, []float32{1, -2.5}) {
		t.Errorf("bfloat16: %v", got)
	}
}

// writeNpy writes vectors as numpy does; nil is a row of zeros.
func writeNpy(t *testing.T, vectors [][]float64, dim int) string {
	t.Helper()
	data := npy(1, fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }\n", len(vectors), dim), "")
	raw := []byte(data)
	for _, v := range vectors {
		for i := range dim {
			x := float32(0)
			if v != nil {
				x = float32(v[i])
			}
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		}
	}
	name := filepath.Join(t.TempDir(), "rows.npy")
	if err := os.WriteFile(name, raw, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// Vectors of a .npy file, in the order of the input or by ids in any order, give what
// the same vectors give in a field of the records, with any memory.
func TestRowVectors(t *testing.T) {
	c, vectors := vectorCorpus(900, 6, 30, 0.1)
	c.dead[13], c.dead[500] = true, true
	settings := func(source, ids string) step.Settings {
		return semanticSettings(func(s *SemanticSettings) { s.Vectors, s.IDs, s.Clusters, s.Copies = source, ids, 5, 2 })
	}
	want := c.run(t, build(t, &Semantic, settings("field:vector", ""), nil), 1<<30)
	if len(want.removed) < 100 {
		t.Fatalf("only %d are removed", len(want.removed))
	}
	inOrder := writeNpy(t, vectors, 6)
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(vectors))
	var mixed [][]float64
	var ids bytes.Buffer
	for _, i := range order {
		if vectors[i] == nil {
			continue
		}
		mixed = append(mixed, vectors[i])
		fmt.Fprintln(&ids, i)
	}
	// An id that no document has, and a second row of one, change nothing.
	mixed = append(mixed, vectors[0], vectors[0])
	fmt.Fprintf(&ids, "nobody\n%d\n", order[1])
	list := filepath.Join(t.TempDir(), "ids.txt")
	if err := os.WriteFile(list, ids.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	byID := writeNpy(t, mixed, 6)
	for _, memory := range []int64{128 << 10, 1 << 30} {
		sameResult(t, "in order", want, c.run(t, build(t, &Semantic, settings("file:"+inOrder, ""), fileEnv(&Semantic)), memory))
		sameResult(t, "by ids", want, c.run(t, build(t, &Semantic, settings("file:"+byID, list), fileEnv(&Semantic)), memory))
	}
	var left [][]float64 // without rows for what a step before has removed
	for i, v := range vectors {
		if !c.dead[uint64(i)] {
			left = append(left, v)
		}
	}
	alive := writeNpy(t, left, 6)
	sameResult(t, "in order, living ones", want, c.run(t, build(t, &Semantic, settings("file:"+alive, ""), fileEnv(&Semantic)), 1<<20))
	// Without ids, there is a row for each document.
	g := build(t, &Semantic, settings("file:"+writeNpy(t, vectors[1:], 6), ""), fileEnv(&Semantic))
	if err := c.try(t, g); err == nil || !strings.Contains(err.Error(), "has 899 rows, and 898 documents reach this step") {
		t.Errorf("one row too few: %v", err)
	}
}

// Texts have the vectors that model2vec gives them, whatever the numbers' width and
// however the vocabulary is written.
func TestStaticEmbeddings(t *testing.T) {
	type row struct {
		Text   string
		Vector []float64
	}
	var want []row
	fixtureJSON(t, "encoded.json", &want)
	for file, vocabulary := range map[string]string{"static-f32.safetensors": "tokenizer.json", "static-f16.safetensors": "tokens.txt", "static-f64.safetensors": "tokenizer.json"} {
		table, err := openStatic(fixture(file), fixture(vocabulary), fileEnv(&Semantic))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if got := encode(tableEncoder(table), w.Text); math.Abs(cosine(got, w.Vector)-1) > 1e-5 {
				t.Errorf("%s: %q is %v, want %v", file, w.Text, got, w.Vector)
			}
		}
		if v, ok := tableEncoder(table)(nil, textDocument("zebra")); ok {
			t.Errorf("a word that no pieces make up has %v", v)
		}
	}
}

func TestForeignStatic(t *testing.T) {
	file := func(header, data string) string {
		return string(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))) + header + data
	}
	one := func(kind, shape, offsets string) string {
		return fmt.Sprintf(`{"m":{"dtype":%q,"shape":%s,"data_offsets":%s}}`, kind, shape, offsets)
	}
	whole := file(one("F32", "[2,1]", "[0,8]"), "\x00\x00\x80\x3f\x00\x00\x80\x3f")
	read := func(data string) error {
		table := &wordTable{at: map[string]int32{}}
		_, err := table.readTensor(strings.NewReader(data), 1<<20)
		return err
	}
	if err := read(whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if read(whole[:n]) == nil {
			t.Errorf("%d of %d bytes were read", n, len(whole))
		}
	}
	for want, data := range map[string]string{
		"is no safetensors file":                strings.Repeat("x", 50),
		"the header is no JSON":                 file("{", ""),
		"there is no matrix in it":              file(`{"__metadata__":{"a":"b"},"v":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}`, strings.Repeat("x", 12)),
		`numbers of type "I64"`:                 file(one("I64", "[1,1]", "[0,8]"), "12345678"),
		"a matrix of 0 x 4":                     file(one("F32", "[0,4]", "[0,0]"), ""),
		"4294967296 x 4294967296":               file(one("F32", "[4294967296,4294967296]", "[0,0]"), ""),
		"does not lie in bytes [0 9]":           file(one("F32", "[2,1]", "[0,9]"), "123456789"),
		"does not lie in bytes [8 0]":           file(one("F32", "[2,1]", "[8,0]"), ""),
		"the vectors take more than":            file(one("F32", "[1000000,1000]", "[0,4000000000]"), ""),
		"row 1 has a number that is none":       file(one("F32", "[2,1]", "[0,8]"), "\x00\x00\x80\x3f\x00\x00\xc0\x7f"),
		"the file ends before the matrix":       file(one("F32", "[2,1]", "[99,107]"), "12345678"),
		`tensor "m": json: cannot unmarshal`:    file(`{"m":7}`, ""),
		"shape":                                 file(one("F32", "[-1,4]", "[0,0]"), ""),
		"it holds the matrices a, b; call the ": mustRead(t, fixture("static-two.safetensors")),
	} {
		if err := read(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	if _, err := openStatic(fixture("static-f32.safetensors"), "", fileEnv(&Semantic)); err == nil || !strings.Contains(err.Error(), "vocabulary") {
		t.Errorf("without a vocabulary: %v", err)
	}
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestVocabularies(t *testing.T) {
	for text, want := range map[string]string{
		"a\nb\r\nc\n":                               "a b c",
		`{"model":{"vocab":{"b":1,"a":0}}}`:         "a b",
		`{"vocab":{"b":1,"a":0}}`:                   "a b",
		`{"model":{"vocab":[["a",-1],["b",-2.5]]}}`: "a b",
		`{"model":{"vocab":{"b":1,"a":1}}}`:         "error: the 2 tokens do not have the rows 0 to 1, each once",
		`{"model":{"vocab":{"b":7}}}`:               "error: the 1 tokens do not have the rows 0 to 0, each once",
		`{"model":{"vocab":[[1,2]]}}`:               "error: entry 0 of model.vocab is no token with its score",
		`{"model":{"vocab":[[]]}}`:                  "error: entry 0 of model.vocab is no token with its score",
		`{"model":{}}`:                              "error: there is no vocabulary in it: model.vocab is looked for",
		`{"model":`:                                 "error: unexpected end of JSON input",
	} {
		tokens, err := tokensOf([]byte(text))
		got := strings.Join(tokens, " ")
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	table := &wordTable{at: map[string]int32{}}
	if err := table.readVocabulary(strings.NewReader("a\n\u2581mill\n"), 2); err != nil || !slices.Equal(table.find(nil, []byte("mill")), []int32{1}) {
		t.Errorf("a token at the beginning of a word: %v, %v", table, err)
	}
	if err := table.readVocabulary(strings.NewReader("a\n"), 2); err == nil {
		t.Error("fewer tokens than rows were read")
	}
}

// The share that stays, and which documents these are, is what a sort of all
// similarities with the only centroid gives; nothing depends on memory.
func TestPrototypes(t *testing.T) {
	c, vectors := vectorCorpus(64, 5, 9, 0.1) // k-means looks at 64 of a cluster
	c.dead[4] = true
	for _, stay := range []string{"farthest", "nearest"} {
		settings := func(share float64) step.Settings {
			return semanticSettings(func(s *SemanticSettings) {
				s.Vectors, s.Clusters, s.Prototypes, s.Stay, s.Epsilon = "field:vector", 1, share, stay, 0.02
			})
		}
		all := c.run(t, build(t, &Semantic, settings(1), nil), 1<<30)
		centre := make([]float64, 5)
		for i, v := range vectors {
			if v == nil || c.dead[uint64(i)] {
				continue
			}
			length := math.Sqrt(cosineless(v, v))
			for j, x := range v {
				centre[j] += x / length
			}
		}
		type placed struct {
			doc uint64
			s   float64
		}
		if len(all.removed) < 5 {
			t.Fatalf("only %d are copies", len(all.removed))
		}
		var left []placed
		for i, v := range vectors {
			if o := uint64(i); v != nil && !c.dead[o] && !all.removed[o] {
				left = append(left, placed{o, cosine(v, centre)})
			}
		}
		slices.SortFunc(left, func(a, b placed) int {
			if stay == "farthest" {
				a, b = b, a
			}
			return -compareFloats(a.s, b.s)
		})
		want := maps.Clone(all.removed)
		n := int(math.Ceil(0.4 * float64(len(left))))
		for _, p := range left[n:] {
			want[p.doc] = true
		}
		for _, memory := range []int64{64 << 10, 1 << 30} {
			g := build(t, &Semantic, settings(0.4), nil)
			got := c.run(t, g, memory)
			if !maps.Equal(got.removed, want) {
				t.Fatalf("%s, %d bytes: %d documents are removed, want %d", stay, memory, len(got.removed), len(want))
			}
			if got.fact(t, factLeft) != float64(len(left)) || got.fact(t, factPrototypes) != float64(len(left)-n) {
				t.Errorf("facts are %v", got.facts)
			}
			verdicts, values := c.apply(g, Semantic.Rules, got)
			for _, p := range left {
				v := verdicts[p.doc]
				if v.Removed != want[p.doc] || v.Removed && (v.Rule != rulePrototype || math.Abs(values[p.doc][rulePrototype]-p.s) > 1e-4) {
					t.Errorf("document %d at %v: %+v", p.doc, p.s, v)
				}
			}
		}
	}
}

func cosineless(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// With keep: [hard], of two copies the one farther from the centroid stays, with [easy]
// the nearer one, as SemDeDup's program has it.
func TestHardAndEasy(t *testing.T) {
	vectors := [][]float64{{1, 0}, {0.98, 0.2}, {0.8, 0.6}, {0.79, 0.61}, {0, 1}}
	c := corpusOf("a", "b", "c", "d", "e")
	path := writeNpy(t, vectors, 2)
	for keep, want := range map[string]map[uint64]bool{
		// The centroid is near (0.83, 0.56).
		"hard": {1: true, 2: true},
		"easy": {0: true, 3: true},
	} {
		s := semanticSettings(func(s *SemanticSettings) {
			s.Vectors, s.Clusters, s.Keep, s.Epsilon = "file:"+path, 1, []string{keep, "first"}, 0.03
		})
		got := c.run(t, build(t, &Semantic, s, fileEnv(&Semantic)), 1<<20)
		if !maps.Equal(got.removed, want) {
			t.Errorf("%s: removed are %v, want %v", keep, got.removed, want)
		}
	}
}

// Word vectors of fastText models make the vectors of texts.
func TestModelVectors(t *testing.T) {
	path := filepath.Join("..", "..", "shared", "oracles", "fasttext", "models", "sg-wiki.bin")
	if _, err := os.Stat(path); err != nil {
		t.Skip("no models beside the checkout: ", err)
	}
	m, _, err := openModel(path, fileEnv(&Semantic))
	if err != nil {
		t.Fatal(err)
	}
	e := modelEncoder(m)
	a, b := encode(e, "the river runs to the sea"), encode(e, "The River runs, to the sea!")
	if c := cosine(a, b); math.Abs(c-1) > 1e-6 {
		t.Errorf("the same words have a cosine of %v", c)
	}
	if v := encode(e, "rivverlike"); math.IsNaN(cosine(v, a)) {
		t.Error("a word out of the vocabulary has no vector")
	}
	env := fileEnv(&Semantic)
	env.Memory = 1 << 10
	if _, _, err := openModel(path, env); err == nil || !strings.Contains(err.Error(), "the vectors take more than") {
		t.Errorf("a model beyond the budget: %v", err)
	}
}
