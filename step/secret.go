package step

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Secret is a setting that is used and never shown: plans, reports and journals have
// a digest of it, by which a changed one is noticed.
type Secret string

// String returns the digest; the secret itself is string(s).
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return "secret " + hex.EncodeToString(sum[:8])
}
