package gaitway_test

import (
	"os"
	"path/filepath"
	"testing"

	gaitway "github.com/gaitway/gaitway/clients/go"
)

// What is read is written so that it is read again; anything else is an error, and never a panic.
func FuzzParseEndpoint(f *testing.F) {
	for _, text := range []string{"[::1%eth0]:1", "unix:a?b", "tls://h:1?ca=%C3%BC&token_file=t", "tcp://127.0.0.1:1?token_file=%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		endpoint, err := gaitway.ParseEndpoint(text)
		if err != nil {
			return
		}
		again, err := gaitway.ParseEndpoint(endpoint.String())
		if err != nil || gaitway.Parts(again) != gaitway.Parts(endpoint) {
			t.Errorf("%q is written as %q, which is read as %v (%v)", text, endpoint, again, err)
		}
	})
}

// A file is a policy that acts, or an error, and never a panic.
func FuzzParsePolicy(f *testing.F) {
	files, err := filepath.Glob(kit + "/policies/*/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		if content, err := os.ReadFile(file); err == nil && len(content) < 4096 {
			f.Add(content)
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		policy, err := gaitway.ParsePolicy(content, "it")
		if (policy == nil) == (err == nil) {
			t.Fatal(policy, err)
		}
		if policy != nil && len(policy.Parameters()) == 0 {
			if us, err := policy.Act(make([]float64, 2*len(policy.States))); err != nil || len(us) != 2*len(policy.Actions) {
				t.Fatal(us, err)
			}
		}
	})
}
