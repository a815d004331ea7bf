package classify

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// golden is a model made by hand and measured with the original program: two
// classes, three words, two-word n-grams in four buckets.
func golden(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(`
		ba164f2f 0c000000 02000000 05000000 05000000 01000000 05000000 02000000
		03000000 03000000 04000000 00000000 00000000 64000000 2d431ceb e2361a3f
		05000000 03000000 02000000 0f000000 00000000 ffffffff ffffffff 3c2f733e
		00050000 00000000 0000676f 6f640003 00000000 00000000 62616400 02000000
		00000000 005f5f6c 6162656c 5f5f7000 03000000 00000000 015f5f6c 6162656c
		5f5f6e00 02000000 00000000 01000700 00000000 00000200 00000000 00000000
		00000000 00000000 803f0000 00000000 00000000 803fcdcc cc3dcdcc 4c3e9a99
		993ecdcc ccbd0000 00000000 003fcdcc 4cbecdcc cc3e0002 00000000 00000002
		00000000 00000000 00404000 0040c000 0040c000 004040`), ""))
	if err != nil || len(b) != 279 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	return b
}

func goldenModel(t testing.TB) *Model {
	t.Helper()
	m, err := Read(golden(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The rows and probabilities are those that the original printed.
var goldenLines = []struct {
	text string
	rows []int32
	out  []oracleScore
}{
	{"good good", []int32{1, 1, 0, 3, 4}, []oracleScore{{"p", .940486}, {"n", .0595344}}},
	{"bad", []int32{2, 0, 4}, []oracleScore{{"n", .768535}, {"p", .231485}}},
	{"good bad", []int32{1, 2, 0, 3, 4}, []oracleScore{{"p", .58905}, {"n", .41097}}},
	{"zzz", []int32{0, 3}, []oracleScore{{"n", .574453}, {"p", .425567}}},
	{"bad zzz good", []int32{2, 1, 0, 4, 6, 4}, []oracleScore{{"p", .549844}, {"n", .450176}}},
	{"__label__x good", []int32{1, 0, 4}, []oracleScore{{"p", .942686}, {"n", .0573342}}},
	{"", []int32{0}, []oracleScore{{"p", .50001}, {"n", .50001}}},
}

func TestGolden(t *testing.T) {
	m := goldenModel(t)
	p := NewPredictor(m)
	for _, want := range goldenLines {
		got := p.Predict(nil, want.text, 2, 0)
		if !slices.Equal(p.f.rows, want.rows) {
			t.Errorf("%q: rows %v, want %v", want.text, p.f.rows, want.rows)
		}
		for i, g := range got {
			if m.Label(g.Label) != want.out[i].Label || math.Abs(float64(g.P)-want.out[i].P) > 1e-6 {
				t.Errorf("%q: %s %v, want %v", want.text, m.Label(g.Label), g.P, want.out[i])
			}
		}
	}
	if !bytes.Equal(m.Bytes(), golden(t)) {
		t.Error("the model is written otherwise than it was read")
	}
}

func TestHash(t *testing.T) {
	for word, want := range map[string]uint32{"": 2166136261, "the": 3020861980, "good": 4200608216, "bad": 1622628984,
		"zzz": 2813343901, EOS: 3617362777, "<ca": 1066916747, "é": 1023043777, "café": 1970454601} {
		if got := hashOf(word); got != want {
			t.Errorf("%q: %d, want %d", word, got, want)
		}
	}
}

func TestLetterNgrams(t *testing.T) {
	// With 2^31 - 1 buckets a row is its hash modulo that.
	m := &Model{Version: 12, Args: Args{Buckets: math.MaxInt32, MinN: 1, MaxN: 3}, prune: pruning{size: -1}}
	f := newFeaturer(m)
	f.letterNgrams("né")
	var want []int32 // <n <né n né né> é é>
	for _, hash := range []uint32{1677120655, 3020065143, 3943445553, 166497165, 1382017737, 1023043777, 4247996781} {
		want = append(want, int32(hash%math.MaxInt32))
	}
	if !slices.Equal(f.rows, want) {
		t.Errorf("%v, want %v", f.rows, want)
	}
}

func TestWordNgrams(t *testing.T) {
	m := &Model{Version: 12, Args: Args{Buckets: 2_000_000, WordNgrams: 3}, prune: pruning{size: -1}}
	f := newFeaturer(m)
	f.hashes = []int32{-94359080, 1622628984, -677604519}
	f.wordNgrams()
	if want := []int32{41920, 468889, 1964545}; !slices.Equal(f.rows, want) {
		t.Errorf("%v, want %v", f.rows, want)
	}
}

func TestHuffman(t *testing.T) {
	tree := newHuffman([]int64{10, 5, 3, 3, 1})
	if want := []int32{4, 2, 1, 0}; !slices.Equal(tree.left, want) {
		t.Errorf("left %v, want %v", tree.left, want)
	}
	if want := []int32{3, 5, 6, 7}; !slices.Equal(tree.right, want) {
		t.Errorf("right %v, want %v", tree.right, want)
	}
	want := "[[{3 false}] [{2 false} {3 true}] [{1 false} {2 true} {3 true}] [{0 true} {1 true} {2 true} {3 true}] [{0 false} {1 true} {2 true} {3 true}]]"
	if got := fmt.Sprint(tree.paths()); got != want {
		t.Errorf("paths %s\nwant  %s", got, want)
	}
}

func TestDivisor(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, d := range []uint64{1, 2, 3, 7, 4000, 1 << 20, 2_000_000, math.MaxInt32} {
		v := newDivisor(d)
		for _, n := range []uint64{0, 1, d - 1, d, d + 1, math.MaxUint64, math.MaxUint64 - d, math.MaxUint64 / d * d} {
			if v.mod(n) != n%d {
				t.Errorf("%d mod %d is %d", n, d, v.mod(n))
			}
		}
		for range 10_000 {
			if n := r.Uint64(); v.mod(n) != n%d {
				t.Fatalf("%d mod %d is %d", n, d, v.mod(n))
			}
		}
	}
}

// Every prefix of a model, and every model with one byte changed, is refused or
// read; nothing panics, and what is read can be asked.
func TestDamagedModels(t *testing.T) {
	whole := golden(t)
	for n := range whole {
		if _, err := Read(whole[:n]); err == nil || !strings.Contains(err.Error(), "at byte ") {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if _, err := Read(append(slices.Clone(whole), 0)); err == nil || !strings.Contains(err.Error(), "at byte 279: 1 bytes follow") {
		t.Errorf("with a byte more: %v", err)
	}
	for i := range whole {
		for bit := range 8 {
			b := slices.Clone(whole)
			b[i] ^= 1 << bit
			if m, err := Read(b); err == nil {
				ask(m)
			}
		}
	}
}

// ask predicts with any model that could be read.
func ask(m *Model) {
	if m.Args.Kind == Supervised {
		p := NewPredictor(m)
		p.Predict(nil, "good bad é zzz", 2, 0)
		p.Predict(nil, "", All, -1)
		s := NewClassifier(m).Scorer()
		s.Score("good bad é zzz", 0)
	}
}

func TestErrorsNameTheByte(t *testing.T) {
	edit := func(at int, with ...byte) []byte {
		b := slices.Clone(golden(t))
		copy(b[at:], with)
		return b
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, "at byte 0: the file ends within the magic number"},
		{[]byte("PK\x03\x04"), "at byte 0: this is no fastText model"},
		{edit(4, 13), "at byte 4: version is 13, only 11 to 12 are possible"},
		{edit(8, 0), "at byte 8: dim is 0"},
		{edit(32, 9), "at byte 32: loss is 9"},
		{edit(64, 0xff, 0xff, 0xff, 0x7f), "at byte 64: 2147483647 entries are not 3 words and 2 labels"},
		{edit(64, 0xff, 0xff, 0xff, 0x7f, 0xfd, 0xff, 0xff, 0x7f), "at byte 64: 2147483647 entries, at most"},
		{edit(84, 0, 0, 0, 0, 1, 0, 0, 0), "at byte 173: 4294967296 pruned rows, at most 13"},
	} {
		_, err := Read(c.data)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// A pruned model that kept no n-gram, and one whose buckets are too many for a bit
// each, have no rows for n-grams.
func TestPrunedToNothing(t *testing.T) {
	m := goldenModel(t)
	for _, buckets := range []int32{4, math.MaxInt32} {
		pruned := *m
		pruned.Args.Buckets = buckets
		pruned.prune = pruning{size: 0}
		pruned.prune.index(buckets)
		p := NewPredictor(&pruned)
		p.Predict(nil, "good bad", 2, 0)
		if want := []int32{1, 2, 0}; !slices.Equal(p.f.rows, want) {
			t.Errorf("%d buckets: rows %v, want %v", buckets, p.f.rows, want)
		}
		a, b := NewClassifier(&pruned).Scorer().Score("good bad", 0), p.Predict(nil, "good bad", 1, 0)[0]
		if b.Label == 0 && math.Abs(a-float64(b.P)) > 1e-6 {
			t.Errorf("%v and %v", a, b)
		}
	}
}

// The heap against sorting: every k over scores with many ties.
func TestBest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		n, k := r.IntN(20), 1+r.IntN(8)
		var b best
		b.reset(k)
		var all []scored
		for label := range n {
			s := scored{label, float32(r.IntN(5))}
			all = append(all, s)
			b.add(label, s.score)
		}
		slices.SortStableFunc(all, func(x, y scored) int { return int(y.score - x.score) })
		got := b.list(nil)
		for i := range min(n, k) {
			if got[i].Label != all[i].label {
				t.Fatalf("place %d of %v: %v", i, all, got)
			}
		}
		if len(got) != min(n, k) {
			t.Fatalf("%d of %d, k %d", len(got), n, k)
		}
	}
}
