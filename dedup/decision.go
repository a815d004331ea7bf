package dedup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"tamis/spool"
	"tamis/step"
)

// The rules that all steps on whole documents have, in this order.
const (
	ruleDuplicate = iota
	ruleClusterSize
	rulePrototype // of semantic alone
)

// A decision is what a step on whole documents says of one that has copies:
//
//	+-------+------------------+---------------+-------------+-----------+---------+
//	| flags | Jaccard (float64)| keeper (5 B)  | size (u64)  | via (u32) | earlier |
//	+-------+------------------+---------------+-------------+-----------+---------+
//
// Integers are big-endian. A document without copies has no decision. Where the keeper
// is a document of an earlier run, a flag says so, and its id is at the end.
type decision struct {
	removed bool
	// jaccard with the best copy; NaN where it was not measured.
	jaccard float64
	keeper  uint64 // ordinal of the best copy
	size    uint64 // documents in the cluster
	via     via
	// earlier is the keeper's id where that is a document of an earlier run, whose
	// ordinal is one among those.
	earlier   []byte
	isEarlier bool
	// prototype is set where the document goes for its distance from a centroid;
	// jaccard is then its similarity with that.
	prototype bool
}

// Flags of a decision.
const (
	flagRemoved = 1 << iota
	flagEarlier
	flagPrototype
)

const decisionBytes = 1 + 8 + ordinalBytes + 8 + 4

// A via says how a document came into its cluster: the band, from 1, in which it met the
// first of its copies, and how many bands it shares with the best one. 0 is unknown.
type via uint32

func newVia(band, shared int) via { return via(band<<16 | shared) }
func (v via) band() int           { return int(v >> 16) }
func (v via) shared() int         { return int(v & 0xffff) }

func (c decision) append(dst []byte) []byte {
	flags := byte(0)
	if c.removed {
		flags = flagRemoved
	}
	if c.isEarlier {
		flags |= flagEarlier
	}
	if c.prototype {
		flags |= flagPrototype
	}
	dst = binary.BigEndian.AppendUint64(append(dst, flags), math.Float64bits(c.jaccard))
	dst = binary.BigEndian.AppendUint64(appendOrdinal(dst, c.keeper), c.size)
	return append(binary.BigEndian.AppendUint32(dst, uint32(c.via)), c.earlier...)
}

func readDecision(b []byte) (decision, error) {
	if len(b) < decisionBytes || len(b) > decisionBytes && b[0]&flagEarlier == 0 {
		return decision{}, errors.New("a decision of another length than all have")
	}
	return decision{
		removed:   b[0]&flagRemoved != 0,
		jaccard:   math.Float64frombits(binary.BigEndian.Uint64(b[1:])),
		keeper:    ordinalAt(b[9:]),
		size:      binary.BigEndian.Uint64(b[9+ordinalBytes:]),
		via:       via(binary.BigEndian.Uint32(b[9+ordinalBytes+8:])),
		earlier:   b[decisionBytes:],
		isEarlier: b[0]&flagEarlier != 0,
		prototype: b[0]&flagPrototype != 0,
	}, nil
}

// applyDecision carries out a decision.
func applyDecision(b []byte, m *step.Meter) step.Verdict {
	if len(b) == 0 {
		m.Hold(ruleClusterSize, 1)
		return m.Verdict()
	}
	c, err := readDecision(b)
	if err != nil {
		panic(err) // the engine has lost what Resolve gave it
	}
	if !c.removed {
		m.Hold(ruleClusterSize, float64(c.size))
		return m.Verdict()
	}
	m.Hold(ruleDuplicate, c.jaccard)
	return step.Verdict{Removed: true, Rule: ruleDuplicate, Value: c.jaccard}
}

// memberOf is what a decision tells of a document's cluster.
func (p policy) memberOf(b []byte) (step.Membership, bool) {
	if len(b) == 0 {
		return step.Membership{}, false
	}
	c, err := readDecision(b)
	if err != nil {
		panic(err) // the engine has lost what Resolve gave it
	}
	if c.size < 2 { // it has a decision for another reason
		return step.Membership{}, false
	}
	m := step.Membership{Keeper: c.keeper, Size: c.size, Kept: !c.removed && !p.tooLarge(c.size), Similarity: c.jaccard,
		Band: c.via.band()}
	if c.isEarlier {
		m.Keeper, m.Earlier = c.keeper|1<<63, string(c.earlier)
	}
	return m, true
}

// clusterRules declares the rules of a step on whole documents. What the value of a
// removed document measures is said by doc.
func clusterRules(unit, doc string) []step.Rule {
	return []step.Rule{
		{Name: "duplicate", Unit: unit, Doc: doc, Min: step.NoMin, Max: step.NoMax, Scale: step.Share},
		{Name: "cluster_size", Unit: "documents", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Column: true,
			Doc: "Copies of a document that stays, itself counted; 1 where it has none."},
	}
}

// policy is what the recipe says of clusters.
type policy struct {
	rules  []step.Rule
	copies uint64 // of a cluster that stay
}

// newPolicy refuses what the step cannot carry out.
func newPolicy(env *step.Env, copies int) (policy, error) {
	for i := range env.Rules {
		if r := &env.Rules[i]; i != ruleClusterSize && !r.Off && (r.Min != step.NoMin || r.Max != step.NoMax) {
			return policy{}, &step.Fault{Key: r.Name, Err: errors.New("it says why a document was removed and has no bounds; it can be switched off")}
		}
	}
	size := &env.Rules[ruleClusterSize]
	switch {
	case !size.Off && !size.Keeps(1):
		return policy{}, &step.Fault{Key: "cluster_size", Err: errors.New("documents without copies have 1, which the bounds must allow")}
	case copies < 0 || copies > 1_000_000_000:
		return policy{}, &step.Fault{Key: "keep_copies", Err: fmt.Errorf("%d copies; 0 removes all, 1 keeps the best one", copies)}
	}
	return policy{env.Rules, uint64(copies)}, nil
}

// tooLarge reports whether a cluster's size is out of bounds: none of it stays then.
func (p policy) tooLarge(size uint64) bool {
	r := &p.rules[ruleClusterSize]
	return !r.Off && !r.Keeps(float64(size))
}

// stays reports whether a copy is among those that stay; the best one has rank 0.
func (p policy) stays(rank uint64) bool { return rank < p.copies || p.rules[ruleDuplicate].Off }

// decide returns the decision for a document of a cluster, and whether that removes
// it: copies that do not stay go, and all of them where their cluster's size is out of
// bounds.
func (p policy) decide(keeper, size uint64, jaccard float64, stays bool) (c decision, dead bool) {
	c = decision{removed: !stays, jaccard: jaccard, keeper: keeper, size: size}
	return c, c.removed || p.tooLarge(size)
}

// The decisions of a step on whole documents are sorted by ordinal before they are
// noted:
//
//	ordinal (5 B) | keeper (5 B) | size (u64) | Jaccard (float64) | via (u32) | stays
const verdictBytes = 2*ordinalBytes + 8 + 8 + 4 + 1

func appendVerdict(dst []byte, ordinal, keeper, size uint64, jaccard float64, through via, stays bool) []byte {
	dst = appendUint64(appendOrdinal(appendOrdinal(dst, ordinal), keeper), size)
	flag := byte(0)
	if stays {
		flag = 1
	}
	return append(binary.BigEndian.AppendUint32(appendUint64(dst, math.Float64bits(jaccard)), uint32(through)), flag)
}

// decideAll notes the decisions of a sorter's records.
func decideAll(sorter *spool.Sorter, r *step.Resolution, p policy) error {
	var out []byte
	return sorter.Each(func(rec []byte) error {
		size := binary.BigEndian.Uint64(rec[2*ordinalBytes:])
		jaccard := math.Float64frombits(binary.BigEndian.Uint64(rec[2*ordinalBytes+8:]))
		c, dead := p.decide(ordinalAt(rec[ordinalBytes:]), size, jaccard, rec[verdictBytes-1] == 1)
		c.via = via(binary.BigEndian.Uint32(rec[verdictBytes-5:]))
		out = c.append(out[:0])
		return r.Decide(ordinalAt(rec), dead, out)
	})
}
