package dedup

import (
	"slices"
	"strings"
	"testing"

	"tamis/text"
)

// The golden values of datatrove's family, measured with NumPy 1.24.2.
func TestDatatroveFamily(t *testing.T) {
	p := numpyFamily(1, 112, false)
	want := map[uint64]uint64{
		p.a[0]: 775169054918279404, p.a[1]: 1758426461858698313, p.a[2]: 2109959069025162, p.a[111]: 223865076026037746,
		p.b[0]: 1062448801025099917, p.b[1]: 1324811268927594100, p.b[2]: 1217488311597731462, p.b[111]: 1097409548522419201,
	}
	for got, want := range want {
		if got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
}

func TestPublishedFamilies(t *testing.T) {
	type row struct{ A, B []string }
	for name, p := range map[string]pairs{
		"family.jsonl.zst":            numpyFamily(1, 112, false),
		"rpv2-family.jsonl.zst":       numpyFamily(42, 128, true),
		"slimpajama-family.jsonl.zst": numpyFamily(1, 128, true),
	} {
		want := rows[row](t, "oracles", "minhash", name)[0]
		for i := range want.A {
			if p.a[i] != number64(t, want.A[i]) || p.b[i] != number64(t, want.B[i]) {
				t.Fatalf("%s: pair %d is %d, %d, want %s, %s", name, i, p.a[i], p.b[i], want.A[i], want.B[i])
			}
		}
	}
}

// The golden signatures of the reference: SHA-1 shingles of 64 bits.
func TestDatatroveGolden(t *testing.T) {
	s := shape{ngram: 5, unit: unitWords, normalize: "datatrove", hash: "sha1_64"}
	k := family(familyDatatrove, 112, 0, false)
	for _, c := range []struct {
		text     string
		shingles int
		first    uint64
		sig      map[int]uint64
	}{
		{"the quick brown fox jumps", 1, 12313522834835307089,
			map[int]uint64{0: 1926946578595728186, 1: 284080765670708113, 2: 1962021756552065331}},
		{"a b c d e", 1, 1214900226509477255, map[int]uint64{0: 1579576027991400705, 1: 4472124569112051, 2: 889064944675421779}},
		{"the quick brown fox jumps over the lazy dog near the river bank", 9, 12313522834835307089,
			map[int]uint64{0: 197166454002902972, 1: 284080765670708113, 2: 96549057967596277, 3: 226360113463360020, 111: 459059667290475394}},
	} {
		shingles := s.shingler(text.Whitespace)(nil, textDocument(c.text))
		if len(shingles) != c.shingles || shingles[0] != c.first {
			t.Errorf("%q: %d shingles, the first %d", c.text, len(shingles), shingles[0])
		}
		sig := signatureOf(k, 112, shingles)
		for i, want := range c.sig {
			if sig[i] != want {
				t.Errorf("%q: value %d is %d, want %d", c.text, i, sig[i], want)
			}
		}
	}
}

type signatureRow struct {
	ID, Text        string
	Row             int
	Words, Shingles int
	Distinct        int     `json:"distinct_shingles"`
	Simplified      string  `json:"simplified_sha256"`
	Xxh64           *string `json:"sig_sha256_xxh64"`
	Sha1x64         *string `json:"sig_sha256_sha1_64"`
	Xxh32           *string `json:"sig_sha256_xxh32"`
	Sha1x32         *string `json:"sig_sha256_sha1_32"`
	Normalised      string  `json:"normalised_sha256"`
	Signature       *string `json:"signature_sha256"`
	W13             string  `json:"hashvalues_sha256_w13"`
	W6              string  `json:"hashvalues_sha256_w6"`
	F13             int     `json:"features_w13"`
	D13             int     `json:"distinct_w13"`
	F6              int     `json:"features_w6"`
}

// textOf finds the text of a row: a version of terms, or one written for the purpose.
func textOf(id string, versions []string, edges map[string]string, row int) string {
	if strings.HasPrefix(id, "edge") {
		return edges[id]
	}
	return versions[row]
}

// sampled leaves out most of the long real texts: the edges, and one in nine of them.
func sampled(row int, id string) bool {
	return strings.HasPrefix(id, "edge") || row%9 == 0
}

func edgeTexts(rows []signatureRow) map[string]string {
	out := map[string]string{}
	for _, r := range rows {
		if strings.HasPrefix(r.ID, "edge") {
			out[r.ID] = r.Text
		}
	}
	return out
}

// datatrove's own program gave the normalized texts, the shingles and the signatures.
func TestDatatroveSignatures(t *testing.T) {
	versions := termsVersions(t)
	signatures := rows[signatureRow](t, "oracles", "minhash", "datatrove-signatures.jsonl.zst")
	edges := edgeTexts(signatures)
	simplify := newSimplifier()
	for row, r := range signatures {
		if !sampled(row, r.ID) {
			continue
		}
		s := textOf(r.ID, versions, edges, r.Row)
		if got := simplify(nil, s); sha(got) != r.Simplified {
			t.Errorf("%s: simplified to %.80q", r.ID, got)
			continue
		}
		for hash, want := range map[string]*string{"xxh64": r.Xxh64, "sha1_64": r.Sha1x64, "xxh32": r.Xxh32, "sha1_32": r.Sha1x32} {
			narrow := strings.HasSuffix(hash, "32")
			shingles := shape{ngram: 5, unit: unitWords, normalize: "datatrove", hash: hash}.shingler(text.Whitespace)(nil, textDocument(s))
			if len(shingles) != r.Shingles || !narrow && distinct(shingles) != r.Distinct {
				t.Errorf("%s %s: %d shingles, want %d", r.ID, hash, len(shingles), r.Shingles)
			}
			if want == nil {
				if len(shingles) != 0 {
					t.Errorf("%s %s: shingles where the program has none", r.ID, hash)
				}
				continue
			}
			sig := signatureOf(family(familyDatatrove, 112, 0, narrow), 112, shingles)
			each := 8
			if narrow {
				each = 4
			}
			if got := sha(littleEndian(sig, each)); got != *want {
				t.Errorf("%s: signature by %s is another one", r.ID, hash)
			}
		}
	}
}

func TestRedPajamaSignatures(t *testing.T) {
	versions := termsVersions(t)
	edges := edgeTexts(rows[signatureRow](t, "oracles", "minhash", "datatrove-signatures.jsonl.zst"))
	normalize := newRedPajama()
	s := shape{ngram: 13, unit: unitWords, normalize: "redpajama", hash: "sha1_32"}
	k := family(familyRedPajama, 128, 0, true)
	for row, r := range rows[signatureRow](t, "oracles", "minhash", "rpv2-signatures.jsonl.zst") {
		if !sampled(row, r.ID) {
			continue
		}
		in := textOf(r.ID, versions, edges, row)
		if got := normalize(nil, in); sha(got) != r.Normalised {
			t.Errorf("%s: normalized to %.80q", r.ID, got)
			continue
		}
		shingles := s.shingler(text.Whitespace)(nil, textDocument(in))
		if distinct(shingles) != r.Shingles || (r.Signature == nil) != (len(shingles) == 0) {
			t.Errorf("%s: %d distinct shingles, want %d", r.ID, distinct(shingles), r.Shingles)
			continue
		}
		if r.Signature != nil && sha(littleEndian(signatureOf(k, 128, shingles), 4)) != *r.Signature {
			t.Errorf("%s: another signature", r.ID)
		}
	}
}

func TestSlimPajamaSignatures(t *testing.T) {
	versions := termsVersions(t)
	edges := edgeTexts(rows[signatureRow](t, "oracles", "minhash", "datatrove-signatures.jsonl.zst"))
	k := family(familySlimPajama, 128, 0, true)
	for row, r := range rows[signatureRow](t, "oracles", "minhash", "slimpajama-signatures.jsonl.zst") {
		if !sampled(row, r.ID) {
			continue
		}
		in := textOf(r.ID, versions, edges, row)
		for _, w := range []struct {
			width, features int
			want            string
		}{{13, r.F13, r.W13}, {6, r.F6, r.W6}} {
			s := shape{ngram: w.width, unit: unitCharacters, normalize: "slimpajama", hash: "sha1_32"}
			shingles := s.shingler(text.Whitespace)(nil, textDocument(in))
			if len(shingles) != w.features {
				t.Errorf("%s: %d windows of %d characters, want %d", r.ID, len(shingles), w.width, w.features)
				continue
			}
			if sha(littleEndian(signatureOf(k, 128, shingles), 8)) != w.want {
				t.Errorf("%s: another signature of %d characters", r.ID, w.width)
			}
		}
	}
}

// go-minhash is the oracle of the kernel that is named after it.
func TestGoMinhashPush(t *testing.T) {
	h1, h2 := pushHashes(7)
	for _, n := range []int{0, 1, 5, 300} {
		shingles := randomSet(uint64(n), n)
		want := newPushed(h1, h2, 112, shingles)
		if got := signatureOf(doubleHashing(h1, h2), 112, shingles); !slices.Equal(got, want) {
			t.Errorf("%d shingles: another signature than Push", n)
		}
	}
}
