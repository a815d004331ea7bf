package dedup

import (
	"encoding/binary"
	"errors"
	"math"

	"tamis/step"
)

// The rules that all steps on whole documents have, in this order.
const (
	ruleDuplicate = iota
	ruleClusterSize
)

// A decision is what a step on whole documents says of one that has copies:
//
//	+-------+------------------+---------------+-------------+
//	| flags | Jaccard (float64)| keeper (5 B)  | size (u64)  |
//	+-------+------------------+---------------+-------------+
//
// Integers are big-endian. A document without copies has no decision.
type decision struct {
	removed bool
	// jaccard with the copy that stays; NaN where it was not measured.
	jaccard float64
	keeper  uint64 // ordinal of the copy that stays
	size    uint64 // documents in the cluster; 0 where it is noted with the keeper alone
}

const decisionBytes = 1 + 8 + ordinalBytes + 8

func (c decision) append(dst []byte) []byte {
	flags := byte(0)
	if c.removed {
		flags = 1
	}
	dst = binary.BigEndian.AppendUint64(append(dst, flags), math.Float64bits(c.jaccard))
	return binary.BigEndian.AppendUint64(appendOrdinal(dst, c.keeper), c.size)
}

func readDecision(b []byte) (decision, error) {
	if len(b) != decisionBytes {
		return decision{}, errors.New("a decision of another length than all have")
	}
	return decision{
		removed: b[0]&1 != 0,
		jaccard: math.Float64frombits(binary.BigEndian.Uint64(b[1:])),
		keeper:  ordinalAt(b[9:]),
		size:    binary.BigEndian.Uint64(b[9+ordinalBytes:]),
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

// clusterRules declares the rules of a step on whole documents. What the value of a
// removed document measures is said by doc.
func clusterRules(unit, doc string) []step.Rule {
	return []step.Rule{
		{Name: "duplicate", Unit: unit, Doc: doc, Min: step.NoMin, Max: step.NoMax, Scale: step.Share},
		{Name: "cluster_size", Unit: "documents", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Column: true,
			Doc: "Copies of a document that stays, itself counted; 1 where it has none."},
	}
}

// policy is what the recipe's bounds say of clusters.
type policy struct {
	rules []step.Rule
}

// newPolicy refuses bounds that the step cannot carry out.
func newPolicy(env *step.Env) (policy, error) {
	size := &env.Rules[ruleClusterSize]
	if !size.Off && !size.Keeps(1) {
		return policy{}, &step.Fault{Key: "cluster_size", Err: errors.New("documents without copies have 1, which the bounds must allow")}
	}
	return policy{env.Rules}, nil
}

// decide returns the decision for a document of a cluster, and whether that removes
// it: all copies but the keeper go, and the keeper where its cluster's size is out
// of bounds.
func (p policy) decide(ordinal, keeper, size uint64, jaccard float64) (c decision, dead bool) {
	c = decision{jaccard: jaccard, keeper: keeper, size: size}
	if ordinal != keeper {
		c.removed = !p.rules[ruleDuplicate].Off
		return c, c.removed
	}
	r := &p.rules[ruleClusterSize]
	return c, !r.Off && !r.Keeps(float64(size))
}
