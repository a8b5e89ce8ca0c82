package gaitway_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	gaitway "github.com/gaitway/gaitway/clients/go"
	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
)

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

func TestAStepIsTheSameHoweverItIsAskedFor(t *testing.T) {
	client := connect(t)
	simulator := must[*gaitway.Simulator](t)(client.Simulator(t.Context(), "walker", nil))
	e := simulator.Environment()
	xs := must[[]float64](t)(simulator.InitialStates(t.Context(), 7, 0, 1))
	us := []float64{1, -2, 3, -4, 5, 1e6}
	values := must[*gaitway.KnotValues](t)(simulator.EvaluateContacts(t.Context(), xs, us))
	if values.Statuses[0] != gaitway.KnotClipped || len(values.ContactForces) != 2*len(e.GetContactPoints()) {
		t.Errorf("the knot is %v and has %d forces", values.Statuses, len(values.ContactForces))
	}
	rollouts := must[[]*gaitway.Rollout](t)(simulator.Rollout(t.Context(), gaitway.RolloutRequest{
		Horizon: 1, InitialStates: xs, Controllers: []gaitway.Controller{gaitway.OpenLoop{Us: us}},
	}))
	expansion := must[*gaitway.Expansion](t)(simulator.Linearize(t.Context(), rollouts[0].Xs, us, gaitway.Exact))
	session := must[*gaitway.Session](t)(client.OpenSession(t.Context(), "walker", gaitway.SessionOptions{Bounds: gaitway.Clip}))
	must[*gaitway.Episodes](t)(session.Reset(t.Context(), gaitway.ResetOptions{States: xs}))
	step := must[*gaitway.StepResult](t)(session.Step(t.Context(), us))
	for name, states := range map[string][]float64{
		"a rollout": rollouts[0].Xs[e.NX:], "a linearization": expansion.NextStates, "a session": step.States,
	} {
		if !sameBits(states, values.NextStates) {
			t.Errorf("%s leads to %v instead of %v", name, states, values.NextStates)
		}
	}
	// The entry that was clipped does not move anything.
	for i := range e.NX {
		if expansion.Fu[i*e.NU+5] != 0 {
			t.Errorf("fu[%d, 5] is %v", i, expansion.Fu[i*e.NU+5])
		}
	}
	if _, err := session.Renew(t.Context(), time.Minute); err != nil {
		t.Error(err)
	}
	if plain := must[*gaitway.KnotValues](t)(simulator.Evaluate(t.Context(), xs, us)); plain.ContactForces != nil {
		t.Error("forces came that were not asked for")
	}
	check := must[*gaitwayv1.CheckDerivativesResponse](t)(simulator.CheckDerivatives(t.Context(), 3, 1, false))
	if worst := check.GetErrors()[check.GetWorst()]; worst.GetRelativeError() > 1e-6 {
		t.Errorf("the worst derivative is %v", worst)
	}
}

func TestAKnotThatDiverges(t *testing.T) {
	simulator := must[*gaitway.Simulator](t)(connect(t).Simulator(t.Context(), "swimmer", nil))
	xs := make([]float64, 3*10)
	xs[15] = 1e200
	var diverged *gaitway.DivergedError
	if _, err := simulator.Linearize(t.Context(), xs, make([]float64, 4), gaitway.Exact); !errors.As(err, &diverged) ||
		diverged.Knot != 1 {
		t.Errorf("%v", err)
	}
	if _, err := simulator.LinearizeDynamics(t.Context(), xs, make([]float64, 6), gaitway.DynamicsOptions{}); !errors.As(err, &diverged) ||
		diverged.Knot != 1 {
		t.Errorf("%v", err)
	}
}

func TestAPolicyActsAsInTheSimulator(t *testing.T) {
	client := connect(t)
	policy := must[*gaitway.Policy](t)(gaitway.ReadPolicy(kit + "/policies/good/parameters.json"))
	values := gaitway.Parameters{"target_speed": 1.25, "medium_density": 990, "dt": 0.05}
	simulator := must[*gaitway.Simulator](t)(client.Simulator(t.Context(), "swimmer", values))
	e := simulator.Environment()
	if err := policy.RequireFits(e); err != nil {
		t.Fatal(err)
	}
	xs := must[[]float64](t)(simulator.InitialStates(t.Context(), 3, 0, 500))
	us := must[[]float64](t)(must[*gaitway.Policy](t)(policy.At(values)).Act(xs))
	rollouts := must[[]*gaitway.Rollout](t)(simulator.Rollout(t.Context(), gaitway.RolloutRequest{
		Horizon: 1, InitialStates: xs, Controllers: []gaitway.Controller{policy.Controller(false)}, DrawnActions: true,
	}))
	for i, rollout := range rollouts {
		if !sameBits(rollout.Us, us[i*e.NU:(i+1)*e.NU]) {
			t.Fatalf("in state %d the simulator does %v, the policy %v", i, rollout.Us, us[i*e.NU:(i+1)*e.NU])
		}
	}
	walker := must[*gaitway.Environment](t)(client.Environment(t.Context(), "walker", nil))
	says(t, policy.RequireFits(walker), "it is for swimmer; the environment is walker")
	_, err := policy.At(gaitway.Parameters{"target_speed": 1})
	says(t, err, "give it a finite value")
}

func TestUsageIsCountedByAccount(t *testing.T) {
	client := connect(t)
	simulator := must[*gaitway.Simulator](t)(client.Simulator(t.Context(), "swimmer", nil))
	_, err := simulator.Usage(t.Context())
	says(t, err, "make one by Account(name)")
	name := fmt.Sprintf("go-%d", time.Now().UnixNano())
	counted := must[*gaitway.Simulator](t)(simulator.Account(name))
	must[*gaitway.KnotValues](t)(counted.Evaluate(t.Context(), make([]float64, 30), make([]float64, 6)))
	usage := must[*gaitwayv1.Usage](t)(counted.Usage(t.Context()))
	if usage.GetEvaluatedKnots() != 3 {
		t.Errorf("%v", usage)
	}
	if again := must[*gaitwayv1.Usage](t)(client.Usage(t.Context(), name)); again.GetEvaluatedKnots() != 3 {
		t.Errorf("%v", again)
	}
	_, err = simulator.Account("two words")
	says(t, err, "account: it must be 1 to 64 characters")
}

func TestArgumentsThatCannotBeRight(t *testing.T) {
	client := connect(t)
	simulator := must[*gaitway.Simulator](t)(client.Simulator(t.Context(), "swimmer", nil))
	session := must[*gaitway.Session](t)(client.OpenSession(t.Context(), "swimmer", gaitway.SessionOptions{}))
	rollout := func(controller gaitway.Controller) error {
		_, err := simulator.Rollout(t.Context(), gaitway.RolloutRequest{
			Horizon: 2, InitialStates: make([]float64, 10), Controllers: []gaitway.Controller{controller},
		})
		return err
	}
	for words, err := range map[string]error{
		"Controllers[0]: it must be a controller, but is nil":                   rollout(nil),
		"Controllers[0].Us: it has 3 numbers, but must have the shape (2, 2)":   rollout(gaitway.OpenLoop{Us: make([]float64, 3)}),
		"Controllers[0].Gains: it has 0 numbers, but must have the shape (2, 2": rollout(gaitway.LinearGaussian{Xs: make([]float64, 20), Us: make([]float64, 4), Ks: make([]float64, 4)}),
		"Controllers[0].Layers[0].Activation: there is no 'step'":               rollout(gaitway.MLP{Layers: []gaitway.Layer{{Activation: "step"}}}),
		"Controllers[0].Inputs[0]: it must be an index from 0 on, but is -1":    rollout(gaitway.MLP{Inputs: []int{-1}}),
		"snapshot: it is empty":                  session.Restore(t.Context(), &gaitway.Snapshot{}),
		"snapshot: the bytes are no snapshot":    new(gaitway.Snapshot).UnmarshalBinary([]byte{1, 2, 3}),
		"the environment or its digest is missi": new(gaitway.Snapshot).UnmarshalBinary(nil),
	} {
		says(t, err, words)
		var argument *gaitway.ArgumentError
		if !errors.As(err, &argument) {
			t.Errorf("'%v' is no ArgumentError", err)
		}
	}
	// Rows beyond the horizon are not sent.
	if err := rollout(gaitway.OpenLoop{Us: make([]float64, 6)}); err != nil {
		t.Error(err)
	}
	if _, err := gaitway.ReadHandshake("gaitway-server|2|tcp|127.0.0.1:1"); err == nil {
		t.Error("a handshake of version 2 was read")
	}
	if endpoint, err := gaitway.ReadHandshake("Picked up JAVA_TOOL_OPTIONS"); endpoint != nil || err != nil {
		t.Errorf("%v, %v", endpoint, err)
	}
	secret := connect(t, gaitway.WithToken("s3cret"))
	if shown := fmt.Sprintf("%v %+v %#v", secret, secret, secret); strings.Contains(shown, "s3cret") {
		t.Errorf("a client shows its token: %s", shown)
	}
	_, err := gaitway.StartServer(t.Context(), "no-such-program-anywhere")
	says(t, err, "no Gaitway server could be started with 'no-such-program-anywhere'", "GAITWAY_COMMAND")
}
