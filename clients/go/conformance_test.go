package gaitway_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"

	gaitway "github.com/gaitway/gaitway/clients/go"
	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
	"google.golang.org/grpc/codes"
)

// Files and operations of the kit. A case that is missing, or that was added, changes them: then look whether the runner
// below knows what it asks, and put the new numbers here.
const (
	conformanceFiles      = 19
	conformanceOperations = 182
)

type tree = map[string]any

// errRefused is what a client says of arguments by itself.
var errRefused = errors.New("refused")

func TestConformance(t *testing.T) {
	files, err := filepath.Glob(kit + "/cases/*.json")
	if err != nil || len(files) != conformanceFiles {
		t.Fatalf("%d files of cases instead of %d (%v)", len(files), conformanceFiles, err)
	}
	operations := 0
	for _, file := range files {
		var content struct {
			About      string
			Operations []tree
		}
		readJSON(t, file, &content)
		operations += len(content.Operations)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			run := &runner{
				t: t, client: connect(t), sessions: map[any]*gaitway.Session{}, snapshots: map[any]*gaitway.Snapshot{},
			}
			for i, operation := range content.Operations {
				run.hold(fmt.Sprintf("operation %d (%v)", i, operation["do"]), operation)
			}
		})
	}
	if operations != conformanceOperations {
		t.Errorf("%d operations instead of %d", operations, conformanceOperations)
	}
	t.Logf("%d files, %d operations", len(files), operations)
}

func readJSON(t testing.TB, file string, into any) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// runner carries out the operations of one case.
type runner struct {
	t         *testing.T
	client    *gaitway.Client
	sessions  map[any]*gaitway.Session
	snapshots map[any]*gaitway.Snapshot
}

// hold carries out an operation and holds what came of it against what is expected.
func (r *runner) hold(what string, operation tree) {
	r.t.Helper()
	outcome, err := r.do(operation)
	var failure *gaitway.Error
	var argument *gaitway.ArgumentError
	switch {
	case operation["refused"] == true:
		// Who refuses, the client or the server, is left open.
		if !errors.Is(err, errRefused) && !errors.As(err, &argument) &&
			!(errors.As(err, &failure) && failure.Code == codes.InvalidArgument) {
			r.t.Errorf("%s: %v instead of a refusal", what, err)
		}
	case operation["error"] != nil:
		if !errors.As(err, &failure) {
			r.t.Fatalf("%s: %v instead of the server's error", what, err)
		}
		r.compare(describeError(failure), operation["error"], what)
	case err != nil:
		r.t.Fatalf("%s: %v", what, err)
	default:
		if expected, given := operation["expect"]; given {
			r.compare(outcome, expected, what)
		}
	}
}

// compare holds a value against the expected one; what that does not name does not matter.
func (r *runner) compare(actual, expected any, path string) {
	r.t.Helper()
	switch expected := expected.(type) {
	case []any:
		list := reflect.ValueOf(actual)
		if list.Kind() != reflect.Slice || list.Len() != len(expected) {
			r.t.Errorf("%s is %v instead of a list of %d", path, actual, len(expected))
			return
		}
		for i, entry := range expected {
			r.compare(list.Index(i).Interface(), entry, fmt.Sprintf("%s[%d]", path, i))
		}
	case tree:
		object, ok := actual.(tree)
		if !ok {
			r.t.Errorf("%s is %v instead of an object", path, actual)
			return
		}
		for key, entry := range expected {
			value, has := object[key]
			if !has {
				r.t.Errorf("%s has no %s", path, key)
				continue
			}
			r.compare(value, entry, path+"."+key)
		}
	case float64:
		if number, ok := asNumber(actual); !ok || math.Float64bits(number) != math.Float64bits(expected) {
			r.t.Errorf("%s is %v instead of %v", path, actual, expected)
		}
	case string:
		text := fmt.Sprint(actual)
		if number, ok := actual.(float64); ok {
			text = word(number)
		}
		if text != expected {
			r.t.Errorf("%s is %s instead of %s", path, text, expected)
		}
	default:
		if actual != expected {
			r.t.Errorf("%s is %v instead of %v", path, actual, expected)
		}
	}
}

// word is a number that JSON does not have.
func word(number float64) string {
	switch {
	case math.IsNaN(number):
		return "NaN"
	case math.IsInf(number, 1):
		return "Infinity"
	case math.IsInf(number, -1):
		return "-Infinity"
	default:
		return fmt.Sprint(number)
	}
}

func asNumber(value any) (float64, bool) {
	v := reflect.ValueOf(value)
	switch {
	case v.CanFloat():
		return v.Float(), true
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	}
	return 0, false
}

func (r *runner) do(operation tree) (any, error) {
	switch operation["do"] {
	case "add":
		return r.add(operation)
	case "describe":
		return r.describe(operation)
	case "initial_states":
		return r.initialStates(operation)
	case "rollout":
		return r.rollout(operation)
	case "linearize":
		return r.linearize(operation)
	case "linearize_dynamics":
		return r.linearizeDynamics(operation)
	case "open":
		return r.open(operation)
	case "reset":
		return r.reset(operation)
	case "step":
		return r.step(operation)
	case "stream":
		return r.stream(operation)
	case "snapshot":
		return r.snapshot(operation)
	case "restore":
		return tree{}, r.session(operation).Restore(r.context(), r.snapshots[operation["snapshot"]], ints(operation["indices"])...)
	case "fork":
		return r.fork(operation)
	case "close":
		return tree{}, r.session(operation).Close()
	case "evaluate":
		return r.evaluate(operation)
	}
	r.t.Fatalf("there is no operation '%v'", operation["do"])
	return nil, nil
}

func (r *runner) context() context.Context { return r.t.Context() }

func (r *runner) session(operation tree) *gaitway.Session {
	session := r.sessions[operation["session"]]
	if session == nil {
		r.t.Fatalf("no session '%v' was opened", operation["session"])
	}
	return session
}

func (r *runner) simulator(operation tree) (*gaitway.Simulator, error) {
	return r.client.Simulator(r.context(), operation["environment"].(string), parameters(operation["parameters"]))
}

func (r *runner) add(operation tree) (any, error) {
	robot := ""
	if name, given := operation["robot"].(string); given {
		robot = filepath.Join(robots, name)
	}
	files, err := gaitway.ReadRobot(filepath.Join(robots, operation["task"].(string)), robot)
	if err != nil {
		return nil, err
	}
	padding, _ := operation["padding"].(float64)
	files.Robot.Text += strings.Repeat(" ", int(padding))
	added, err := r.client.AddEnvironment(r.context(), files)
	if err != nil {
		return nil, err
	}
	warnings := []any{}
	for _, warning := range added.Warnings {
		warnings = append(warnings, warning)
	}
	return tree{"environment": added.GetId(), "model_digest": added.GetModelDigest(), "warnings": warnings}, nil
}

func (r *runner) describe(operation tree) (any, error) {
	e, err := r.client.Environment(r.context(), operation["environment"].(string), parameters(operation["parameters"]))
	if err != nil {
		return nil, err
	}
	var states, actions, moved, links []any
	for _, it := range e.GetState() {
		states = append(states, it.GetName())
	}
	for _, it := range e.GetAction() {
		actions = append(actions, it.GetName())
	}
	for _, it := range e.GetGeometry() {
		moved = append(moved, []int32{it.GetXIndex(), it.GetYIndex(), it.GetAngleIndex()})
		shapes := []any{}
		for _, shape := range it.GetShapes() {
			shapes = append(shapes, tree{"radius": shape.GetRadius(), "points": shape.GetPoints()})
		}
		links = append(links, tree{"angle": it.GetAngle(), "shapes": shapes})
	}
	described := tree{
		"version": e.GetVersion(), "model_digest": e.GetModelDigest(), "nx": e.NX, "nu": e.NU, "horizon": e.GetHorizon(),
		"dt": e.GetDt(), "observation": e.GetObservation(), "states": states, "actions": actions,
		"costs": costTerms(e.GetCostTerms()), "terminal_costs": costTerms(e.GetTerminalCostTerms()), "moved_by": moved,
		"rewards": costTerms(e.GetRewardTerms()), "ground_height": e.GetGroundHeight(), "links": links,
		"goal": nil, "first_guess": nil,
	}
	if goal := e.GetGoal(); goal != nil {
		described["goal"] = tree{
			"progress_index": goal.GetProgressIndex(), "target_speed": goal.GetTargetSpeed(),
			"least_share": goal.GetLeastShare(), "most_cost_ratio": goal.GetMostCostRatio(),
		}
	}
	if guess := e.GetFirstGuess(); guess.GetSinusoid() != nil {
		it := guess.GetSinusoid()
		described["first_guess"] = tree{
			"frequency": it.GetFrequency(), "amplitude": it.GetAmplitude(), "phase": it.GetPhase(),
		}
	} else if guess != nil {
		described["first_guess"] = tree{"gait": guess.GetGait()}
	}
	return described, nil
}

func costTerms(terms []*gaitwayv1.CostTerm) []any {
	list := []any{}
	for _, it := range terms {
		penalty := strings.ToLower(strings.TrimPrefix(it.GetPenalty().String(), "PENALTY_"))
		list = append(list, tree{
			"name": it.GetName(), "quantity": it.GetQuantity(), "weight": it.GetWeight(), "target": it.GetTarget(),
			"penalty": strings.ReplaceAll(penalty, "_", "-"), "width": it.GetWidth(),
		})
	}
	return list
}

func (r *runner) initialStates(operation tree) (any, error) {
	seed, err := parseSeed(operation["seed"])
	if err != nil {
		return nil, err
	}
	simulator, err := r.simulator(operation)
	if err != nil {
		return nil, err
	}
	count := int(operation["count"].(float64))
	states, err := simulator.InitialStates(r.context(), seed, 0, count)
	if err != nil {
		return nil, err
	}
	return tree{"states": array(states, count, simulator.Environment().NX)}, nil
}

func (r *runner) rollout(operation tree) (any, error) {
	simulator, err := r.simulator(operation)
	if err != nil {
		return nil, err
	}
	seeds, err := parseSeeds(operation["seeds"])
	if err != nil {
		return nil, err
	}
	var controllers []gaitway.Controller
	for _, node := range list(operation["controllers"]) {
		controllers = append(controllers, controller(node.(tree)))
	}
	rollouts, err := simulator.Rollout(r.context(), gaitway.RolloutRequest{
		Horizon:       int(operation["horizon"].(float64)),
		InitialStates: numbers(operation["initial_states"]),
		Controllers:   controllers,
		Seeds:         seeds,
		StepSizes:     numbers(operation["step_sizes"]),
		DrawnActions:  operation["drawn_actions"] == true,
		Digests:       true,
	})
	if err != nil {
		return nil, err
	}
	var described []any
	for i, it := range rollouts {
		if ours := it.TrajectoryDigest(); ours != it.Digest {
			r.t.Errorf("rollout %d has the digest %s, but the server tells %s", i, ours, it.Digest)
		}
		status := strings.ToLower(strings.TrimPrefix(it.Status.String(), "ROLLOUT_STATUS_"))
		described = append(described, tree{
			"status": status, "steps": it.Steps, "clipped": it.Clipped, "cost": it.Cost, "digest": it.Digest,
		})
	}
	return tree{"rollouts": described}, nil
}

func (r *runner) linearize(operation tree) (any, error) {
	simulator, err := r.simulator(operation)
	if err != nil {
		return nil, err
	}
	hessian := gaitway.Exact
	if operation["cost_hessian"] == "gauss_newton" {
		hessian = gaitway.GaussNewton
	}
	e, err := simulator.Linearize(r.context(), numbers(operation["states"]), numbers(operation["actions"]), hessian)
	if err != nil {
		return nil, err
	}
	nx, nu := simulator.Environment().NX, simulator.Environment().NU
	return tree{
		"fx":  array(e.Fx, e.T, nx, nx),
		"fu":  array(e.Fu, e.T, nx, nu),
		"l":   array(e.L, e.T+1),
		"lx":  array(e.Lx, e.T+1, nx),
		"lu":  array(e.Lu, e.T, nu),
		"lxx": array(e.Lxx, e.T+1, nx, nx),
		"lux": array(e.Lux, e.T, nu, nx),
		"luu": array(e.Luu, e.T, nu, nu),
	}, nil
}

func (r *runner) linearizeDynamics(operation tree) (any, error) {
	simulator, err := r.simulator(operation)
	if err != nil {
		return nil, err
	}
	options := gaitway.DynamicsOptions{}
	if multipliers, given := operation["multipliers"]; given {
		options.Multipliers = numbers(multipliers)
	}
	names, _ := operation["by"].([]any)
	for _, name := range names {
		options.Parameters = append(options.Parameters, name.(string))
	}
	j, err := simulator.LinearizeDynamics(r.context(), numbers(operation["states"]), numbers(operation["actions"]), options)
	if err != nil {
		return nil, err
	}
	n, nx, nu := len(j.Statuses), simulator.Environment().NX, simulator.Environment().NU
	answer := tree{"fx": array(j.Fx, n, nx, nx), "fu": array(j.Fu, n, nx, nu)}
	if j.Curvature != nil {
		answer["curvature"] = array(j.Curvature, n, nx+nu, nx+nu)
	}
	if j.Fp != nil {
		answer["fp"] = array(j.Fp, n, nx, len(names))
	}
	return answer, nil
}

func (r *runner) open(operation tree) (any, error) {
	options := gaitway.SessionOptions{Parameters: parameters(operation["parameters"]), NoRenewal: true}
	switch operation["autoreset"] {
	case "same_step":
		options.Autoreset = gaitway.SameStep
	case "disabled":
		options.Autoreset = gaitway.Disabled
	}
	if operation["bounds"] == "clip" {
		options.Bounds = gaitway.Clip
	}
	if n, given := operation["environments"].(float64); given {
		// The zero value asks for the default: a count of 0 cannot be said.
		if n == 0 {
			return nil, errRefused
		}
		options.Environments = int(n)
	}
	if n, given := operation["max_episode_steps"].(float64); given {
		options.MaxEpisodeSteps = int(n)
	}
	session, err := r.client.OpenSession(r.context(), operation["environment"].(string), options)
	if err != nil {
		return nil, err
	}
	r.sessions[operation["session"]] = session
	return tree{"size": session.Size()}, nil
}

func (r *runner) reset(operation tree) (any, error) {
	session := r.session(operation)
	options := gaitway.ResetOptions{}
	for _, flag := range list(operation["mask"]) {
		options.Mask = append(options.Mask, flag.(bool))
	}
	var err error
	if options.Seeds, err = parseSeeds(operation["seeds"]); err != nil {
		return nil, err
	}
	if operation["states"] != nil {
		options.States = numbers(operation["states"])
	}
	episodes, err := session.Reset(r.context(), options)
	if err != nil {
		return nil, err
	}
	return tree{
		"states": array(episodes.States, session.Size(), session.Environment().NX),
		"seeds":  texts(episodes.Seeds), "episodes": texts(episodes.Episodes),
	}, nil
}

func (r *runner) step(operation tree) (any, error) {
	session := r.session(operation)
	result, err := session.Step(r.context(), numbers(operation["actions"]))
	if err != nil {
		return nil, err
	}
	return describeStep(result, session), nil
}

func describeStep(result *gaitway.StepResult, session *gaitway.Session) any {
	n, nx := session.Size(), session.Environment().NX
	resets := []any{}
	for _, it := range result.Resets {
		reset := tree{"environment": it.Environment, "seed": fmt.Sprint(it.Seed), "episode": fmt.Sprint(it.Episode)}
		if it.FinalState != nil {
			reset["final_state"] = array(it.FinalState, nx)
		}
		resets = append(resets, reset)
	}
	described := tree{
		"step": result.Step, "states": array(result.States, n, nx), "costs": array(result.Costs, n),
		"terminated": result.Terminated, "truncated": result.Truncated, "diverged": result.Diverged,
		"clipped": result.Clipped, "resets": resets,
	}
	if result.Rewards != nil {
		described["rewards"] = array(result.Rewards, n)
	}
	return described
}

// stream sends all steps ahead; with cuts, by a client that attaches to the session over a proxy whose connections break.
func (r *runner) stream(operation tree) (any, error) {
	session := r.session(operation)
	if operation["cuts"] != nil {
		cuts := ints(operation["cuts"])
		proxy := startProxy(r.t, r.client.Endpoint(), cuts...)
		defer func() {
			if proxy.connections() != len(cuts)+1 {
				r.t.Errorf("%d connections instead of %d", proxy.connections(), len(cuts)+1)
			}
		}()
		var err error
		if session, err = connectTo(r.t, proxy.address).Attach(r.context(), session.ID()); err != nil {
			return nil, err
		}
		defer session.Detach()
	}
	stream, err := session.Stream(r.context())
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	var answers []*gaitway.Pending[gaitway.StepResult]
	for _, us := range list(operation["actions"]) {
		answer, err := stream.SendStep(r.context(), numbers(us))
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	results := []any{}
	for _, answer := range answers {
		result, err := answer.Wait(r.context())
		if err != nil {
			return nil, err
		}
		results = append(results, describeStep(result, session))
	}
	return tree{"results": results}, stream.Close()
}

func (r *runner) snapshot(operation tree) (any, error) {
	taken, err := r.session(operation).Snapshot(r.context(), ints(operation["indices"])...)
	if err != nil {
		return nil, err
	}
	data, err := taken.MarshalBinary()
	if err != nil {
		return nil, err
	}
	read := &gaitway.Snapshot{}
	if err := read.UnmarshalBinary(data); err != nil {
		return nil, err
	}
	r.snapshots[operation["snapshot"]] = read
	return tree{"size": read.Size()}, nil
}

func (r *runner) fork(operation tree) (any, error) {
	fork, err := r.session(operation).Fork(r.context(), ints(operation["indices"])...)
	if err != nil {
		return nil, err
	}
	r.sessions[operation["as"]] = fork
	return tree{"size": fork.Size()}, nil
}

func (r *runner) evaluate(operation tree) (any, error) {
	weights, biases := numbers(operation["weights"]), numbers(operation["biases"])
	options := gaitway.EvaluationOptions{ActionDeadline: 60e9}
	if n, given := operation["parallel"].(float64); given {
		options.Parallel = int(n)
	}
	evaluation, err := r.client.CreateEvaluation(r.context(), operation["suite"].(string), "conformance", options)
	if err != nil {
		return nil, err
	}
	nu := len(biases)
	nx := len(weights) / nu
	results, err := r.client.Control(r.context(), evaluation.GetId(), func(round gaitway.Round) ([]float64, error) {
		var us []float64
		for row := 0; row < len(round.States); row += nx {
			for i, sum := range biases {
				for j := range nx {
					// Converted, so that Go does not fuse the two operations: the sum has to round twice.
					sum += float64(weights[i*nx+j] * round.States[row+j])
				}
				us = append(us, sum)
			}
		}
		return us, nil
	})
	if err != nil {
		return nil, err
	}
	sort.Slice(results, func(i, j int) bool { return results[i].GetEpisode() < results[j].GetEpisode() })
	var episodes []any
	for _, it := range results {
		outcome := strings.ToLower(strings.TrimPrefix(it.GetOutcome().String(), "EPISODE_OUTCOME_"))
		episodes = append(episodes, tree{
			"episode": it.GetEpisode(), "outcome": outcome, "steps": it.GetSteps(), "clipped": it.GetClipped(),
			"cost": it.GetCost(), "digest": hex.EncodeToString(it.GetDigest()),
		})
	}
	return tree{"suite_digest": evaluation.GetSuite().GetDigest(), "episodes": episodes}, nil
}

func describeError(failure *gaitway.Error) any {
	metadata := tree{}
	for key, value := range failure.Metadata {
		metadata[key] = value
	}
	code := map[codes.Code]string{
		codes.InvalidArgument: "INVALID_ARGUMENT", codes.NotFound: "NOT_FOUND", codes.OutOfRange: "OUT_OF_RANGE",
		codes.FailedPrecondition: "FAILED_PRECONDITION", codes.Aborted: "ABORTED",
		codes.ResourceExhausted: "RESOURCE_EXHAUSTED",
	}[failure.Code]
	return tree{"code": code, "reason": failure.Reason, "metadata": metadata, "field": failure.Field}
}

func array(values []float64, shape ...int) any {
	hash := sha256.New()
	for _, value := range values {
		var bytes [8]byte
		binary.LittleEndian.PutUint64(bytes[:], math.Float64bits(value))
		hash.Write(bytes[:])
	}
	return tree{"shape": shape, "sha256": hex.EncodeToString(hash.Sum(nil)), "values": values}
}

func controller(node tree) gaitway.Controller {
	if linear, ok := node["linear_gaussian"].(tree); ok {
		return gaitway.LinearGaussian{
			Xs: numbers(linear["reference_states"]), Us: numbers(linear["reference_actions"]),
			Ks: numbers(linear["feedforward"]), Gains: numbers(linear["feedback"]), Noise: numbers(linear["noise_cholesky"]),
		}
	}
	if node["mlp"] == nil {
		return gaitway.OpenLoop{Us: numbers(node["open_loop"])}
	}
	mlp := node["mlp"].(tree)
	m := gaitway.MLP{Inputs: ints(mlp["inputs"]), Std: numbers(mlp["noise_std"])}
	for _, name := range list(mlp["parameters"]) {
		m.Parameters = append(m.Parameters, name.(string))
	}
	for _, node := range list(mlp["layers"]) {
		layer := node.(tree)
		activation, _ := layer["activation"].(string)
		m.Layers = append(m.Layers, gaitway.Layer{
			W: numbers(layer["weights"]), B: numbers(layer["biases"]), Activation: gaitway.Activation(activation),
		})
	}
	if scaling, ok := mlp["scaling"].(tree); ok {
		m.Scaling = &gaitway.Scaling{Offset: numbers(scaling["offset"]), Scale: numbers(scaling["scale"])}
		m.Scaling.Limit, _ = scaling["limit"].(float64)
	}
	if squashing, ok := mlp["squashing"].(tree); ok {
		m.Squashing = &gaitway.Squashing{
			Centre: numbers(squashing["centre"]), HalfRange: numbers(squashing["half_range"]),
		}
	}
	return m
}

func list(node any) []any {
	list, _ := node.([]any)
	return list
}

// numbers are nested lists of numbers, flat; nil of what is not there.
func numbers(node any) []float64 {
	switch node := node.(type) {
	case nil:
		return nil
	case []any:
		flat := []float64{}
		for _, entry := range node {
			flat = append(flat, numbers(entry)...)
		}
		return flat
	case float64:
		return []float64{node}
	default:
		number, err := strconv.ParseFloat(fmt.Sprint(node), 64)
		if err != nil {
			panic(err)
		}
		return []float64{number}
	}
}

func ints(node any) []int {
	var flat []int
	for _, number := range numbers(node) {
		flat = append(flat, int(number))
	}
	return flat
}

func parameters(node any) gaitway.Parameters {
	values := gaitway.Parameters{}
	if object, ok := node.(tree); ok {
		for name, value := range object {
			values[name] = value.(float64)
		}
	}
	return values
}

// parseSeed reads a seed; Go's type refuses what is no unsigned 64-bit number.
func parseSeed(node any) (uint64, error) {
	seed, err := strconv.ParseUint(node.(string), 10, 64)
	if err != nil {
		return 0, errRefused
	}
	return seed, nil
}

func parseSeeds(node any) ([]uint64, error) {
	var seeds []uint64
	for _, it := range list(node) {
		seed, err := parseSeed(it)
		if err != nil {
			return nil, err
		}
		seeds = append(seeds, seed)
	}
	return seeds, nil
}

func texts(values []uint64) []any {
	var list []any
	for _, value := range values {
		list = append(list, fmt.Sprint(value))
	}
	return list
}
