package trace

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"mapilife/model"
)

// Fingerprint knows a fault again in another recording of the same software: 32 hexadecimal digits, made of the rule, who broke it, the call,
// what kind of object it was about, and the operation that the object was born in. Lines, addresses, times and the name of the trace do
// not count, so that a recording may be made again, longer, or under another name.
func Fingerprint(f *model.Finding) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Rule.ID, f.Party.String(), f.Call, f.Kind, f.Birth}, "\n")))
	return hex.EncodeToString(sum[:16])
}
