package trace

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

// TestPlainObject holds what lines are taken for plain, and what is left to jsontext.
func TestPlainObject(t *testing.T) {
	for _, line := range []string{
		`{}`, `{"a":1}`, `{"seq":12,"tid":-7,"ret":0}`, `{"a": null, "b": true, "c": false}`, `{"observes":[]}`,
		`{"args":{"lpUid":null,"ulFlags":"0x0"},"observes":["MAPI","entry"]}`, `{"a":[[{}]]}`,
	} {
		require.True(t, plainObject([]byte(line)), line)
	}
	for _, line := range []string{
		``, ` {}`, `{} `, `{}{}`, `[]`, `"a"`, `{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":01}`, `{"a":-}`, `{"a":1.5}`, `{"a":1e3}`, `{"a":nul}`,
		`{"a":"\n"}`, `{"a":"ä"}`, "{\"a\":\"\x00\"}", "{\"a\":\"\t\"}", `{"a":  1}`, `{"a" :1}`, `{ "a":1}`, `{"a":1 }`, `{a:1}`, `{"a":[1}`, `{"a":[1,]}`,
		`{"a":{"b":1]}`, `{"a":"b`, `{"a`, `{"a":[[[[]]]]}`, `{"a":+1}`, `{"a":truefalse}`, `{"a":"\u0041"}`,
	} {
		require.False(t, plainObject([]byte(line)), line)
	}
}

// FuzzPlainObject: whatever is taken for plain is one JSON object for jsontext too, and nothing but that.
func FuzzPlainObject(f *testing.F) {
	f.Add([]byte(`{"call":"MAPILogonEx","id":3,"args":{"flFlags":"0x22","p":null},"x":[-1,true]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if plainObject(line) && (!jsontext.Value(line).IsValid(jsontext.AllowDuplicateNames(true)) || jsontext.Value(line).Kind() != '{') {
			t.Fatalf("taken for a JSON object: %q", line)
		}
	})
}
