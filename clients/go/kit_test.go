package gaitway_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gaitway "github.com/gaitway/gaitway/clients/go"
)

// Rows of the kit, so that none is lost unseen.
const (
	endpointRows = 24
	refusedRows  = 33
	goodPolicies = 42
	badPolicies  = 185
)

func TestEndpoints(t *testing.T) {
	var table struct {
		Endpoints []struct {
			Text, Host, Socket, Ca, Cert, Key string
			Written                           *string
			Port                              int
			TLS                               bool
			ServerName                        string `json:"server_name"`
			TokenFile                         string `json:"token_file"`
			TakesToken                        bool   `json:"takes_token"`
		}
		Refused []struct{ Text, Says string }
	}
	readJSON(t, kit+"/endpoints.json", &table)
	if len(table.Endpoints) != endpointRows || len(table.Refused) != refusedRows {
		t.Errorf("%d and %d rows instead of %d and %d", len(table.Endpoints), len(table.Refused), endpointRows, refusedRows)
	}
	for _, row := range table.Endpoints {
		endpoint, err := gaitway.ParseEndpoint(row.Text)
		if err != nil {
			t.Errorf("%s: %v", row.Text, err)
			continue
		}
		written := row.Text
		if row.Written != nil {
			written = *row.Written
		}
		if endpoint.String() != written {
			t.Errorf("%s is written as %s instead of %s", row.Text, endpoint, written)
		}
		again := must[*gaitway.Endpoint](t)(gaitway.ParseEndpoint(written))
		if again.String() != written {
			t.Errorf("%s is read and written again as %s", written, again)
		}
		actual := gaitway.Parts(endpoint)
		expected := gaitway.EndpointParts{Host: row.Host, Port: row.Port, Socket: row.Socket, TokenFile: row.TokenFile}
		if row.TLS {
			expected.TLS = gaitway.TLS{CA: row.Ca, Cert: row.Cert, Key: row.Key, ServerName: row.ServerName}
			expected.HasTLS = true
		}
		if actual != expected {
			t.Errorf("%s is %+v instead of %+v", row.Text, actual, expected)
		}
		if endpoint.TakesToken() != row.TakesToken {
			t.Errorf("%s takes a token: %t", row.Text, endpoint.TakesToken())
		}
		const secret = "s3cret.Token"
		with, err := endpoint.WithToken(secret)
		if row.TakesToken != (err == nil) {
			t.Errorf("%s with a token: %v", row.Text, err)
		}
		for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s", with, with, with, with), fmt.Sprint(err)} {
			if strings.Contains(shown, secret) {
				t.Errorf("%s shows its token: %s", row.Text, shown)
			}
		}
	}
	for _, row := range table.Refused {
		if endpoint, err := gaitway.ParseEndpoint(row.Text); err == nil {
			t.Errorf("%s is read as %s, but was to be refused", row.Text, endpoint)
		} else if !strings.Contains(err.Error(), row.Says) {
			t.Errorf("%s is refused by '%s', which does not say '%s'", row.Text, err, row.Says)
		} else if strings.Contains(row.Text, "s3cret") && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s is refused by '%s', which shows a token", row.Text, err)
		}
	}
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	for _, entry := range must[[]os.DirEntry](t)(os.ReadDir(kit + "/policies/" + folder)) {
		names = append(names, entry.Name())
	}
	return names
}

func keys[V any](table map[string]V) []string {
	var list []string
	for key := range table {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

func TestPolicies(t *testing.T) {
	var good map[string]struct {
		Parameters      gaitway.Parameters
		States, Actions any
	}
	readJSON(t, kit+"/policies/good.json", &good)
	if len(good) != goodPolicies || !slices.Equal(names(t, "good"), keys(good)) {
		t.Errorf("%d good policies instead of %d, or others than there are files", len(good), goodPolicies)
	}
	for name, told := range good {
		policy, err := gaitway.ReadPolicy(filepath.Join(kit, "policies", "good", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if len(policy.Parameters()) != len(told.Parameters) {
			t.Errorf("%s reads %v instead of %v", name, policy.Parameters(), told.Parameters)
		}
		if len(told.Parameters) > 0 {
			if _, err := policy.Act(numbers(told.States)); err == nil {
				t.Errorf("%s acts without its parameters", name)
			}
		}
		at := must[*gaitway.Policy](t)(policy.At(told.Parameters))
		actions := must[[]float64](t)(at.Act(numbers(told.States)))
		expected := numbers(told.Actions)
		if len(actions) != len(expected) {
			t.Errorf("%s has %d action entries instead of %d", name, len(actions), len(expected))
			continue
		}
		for i := range actions {
			if math.Float64bits(actions[i]) != math.Float64bits(expected[i]) {
				t.Errorf("%s: action entry %d is %v instead of %v", name, i, actions[i], expected[i])
				break
			}
		}
	}
	var bad map[string]string
	readJSON(t, kit+"/policies/bad.json", &bad)
	if len(bad) != badPolicies || !slices.Equal(names(t, "bad"), keys(bad)) {
		t.Errorf("%d bad policies instead of %d, or others than there are files", len(bad), badPolicies)
	}
	for name, says := range bad {
		path := filepath.Join(kit, "policies", "bad", name)
		_, err := gaitway.ReadPolicy(path)
		if err == nil {
			t.Errorf("%s was to be refused", name)
		} else if !strings.Contains(err.Error(), path+" is not a policy file: "+says) {
			t.Errorf("%s is refused by '%s' instead of '%s'", name, err, says)
		}
	}
}

// The copy in this package must be the contract's; ./check holds the files against each other too.
func TestServiceConfig(t *testing.T) {
	ours := must[[]byte](t)(os.ReadFile("service_config.json"))
	theirs := must[[]byte](t)(os.ReadFile("../../proto/service-config.json"))
	if string(ours) != string(theirs) {
		t.Error("service_config.json is not proto/service-config.json; run ./check generate")
	}
	if !json.Valid(ours) {
		t.Error("service_config.json is no JSON")
	}
	gaitway.CheckIdempotency(t)
}
