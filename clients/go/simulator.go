package gaitway

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
	"google.golang.org/grpc/codes"
)

// KnotStatus says how the computation at a knot (x, u) went.
type KnotStatus = gaitwayv1.KnotStatus

// How the computation at a knot went.
const (
	// KnotOK is a knot as asked.
	KnotOK = gaitwayv1.KnotStatus_KNOT_STATUS_OK
	// KnotClipped is a knot whose action was clipped to its bounds.
	KnotClipped = gaitwayv1.KnotStatus_KNOT_STATUS_CLIPPED
	// KnotDiverged is a knot whose step left the finite numbers; all its values are NaN.
	KnotDiverged = gaitwayv1.KnotStatus_KNOT_STATUS_DIVERGED
)

// RolloutStatus says how a rollout ended.
type RolloutStatus = gaitwayv1.RolloutStatus

// How a rollout ended.
const (
	// RolloutCompleted is a rollout that ran for the whole horizon.
	RolloutCompleted = gaitwayv1.RolloutStatus_ROLLOUT_STATUS_COMPLETED
	// RolloutTerminated is a rollout in whose last state the task's failure condition was met.
	RolloutTerminated = gaitwayv1.RolloutStatus_ROLLOUT_STATUS_TERMINATED
	// RolloutDiverged is a rollout that left the finite numbers.
	RolloutDiverged = gaitwayv1.RolloutStatus_ROLLOUT_STATUS_DIVERGED
)

// Simulator is one environment's dynamics x' = f(x, u) and cost c(x, u) as functions, free of sessions: what optimisers
// and policy search need. It is safe for concurrent use.
type Simulator struct {
	calls       calls
	environment *Environment
	ref         *gaitwayv1.EnvironmentRef
}

// Environment is what is simulated, with the parameters in force.
func (s *Simulator) Environment() *Environment { return s.environment }

// Account is the same simulator, whose calls the server counts under a label: 1 to 64 characters of A-Z a-z 0-9 . _ -.
func (s *Simulator) Account(name string) (*Simulator, error) {
	if err := checkAccount(name); err != nil {
		return nil, err
	}
	return &Simulator{calls{s.calls.connection, name}, s.environment, s.ref}, nil
}

// KnotValues are the values at B knots.
type KnotValues struct {
	// NextStates are f(x, u), shape (B, nx).
	NextStates []float64
	// Costs are c(x, u), one control step's cost, not multiplied by dt; shape (B).
	Costs []float64
	// Terminated says where the task's failure condition holds in the next state, shape (B).
	Terminated []bool
	// Statuses say how each knot went; B of them.
	Statuses []KnotStatus
	// ContactForces are the ground's, N, shape (B, contact points, 2): along x, then along y. Nil unless asked for.
	ContactForces []float64
}

// Evaluate computes next states and costs of B knots, which need not follow from each other.
//
// xs are states, shape (B, nx); us are actions, shape (B, nu).
func (s *Simulator) Evaluate(ctx context.Context, xs, us []float64) (*KnotValues, error) {
	return s.evaluate(ctx, xs, us, false)
}

// EvaluateContacts is [Simulator.Evaluate] with the ground's forces.
func (s *Simulator) EvaluateContacts(ctx context.Context, xs, us []float64) (*KnotValues, error) {
	return s.evaluate(ctx, xs, us, true)
}

func (s *Simulator) evaluate(ctx context.Context, xs, us []float64, contacts bool) (*KnotValues, error) {
	nx, nu := s.environment.NX, s.environment.NU
	B, err := wholeRows(xs, "xs", nx)
	if err != nil {
		return nil, err
	}
	request := &gaitwayv1.EvaluateRequest{Environment: s.ref, WithContacts: contacts}
	if request.States, err = EncodeTensor(xs, "xs", B, nx); err != nil {
		return nil, err
	}
	if request.Actions, err = EncodeTensor(us, "us", B, nu); err != nil {
		return nil, err
	}
	response := &gaitwayv1.EvaluateResponse{}
	if err = unary(ctx, s.calls, gaitwayv1.DynamicsService_Evaluate_FullMethodName,
		plan{operation: "evaluate", steps: B}, request, response); err != nil {
		return nil, err
	}
	values := &KnotValues{Statuses: response.GetStatuses()}
	if len(values.Statuses) != B {
		return nil, unusable("it has %d statuses of %d knots", len(values.Statuses), B)
	}
	if values.NextStates, err = DecodeTensor(response.GetNextStates(), "next_states", B, nx); err != nil {
		return nil, err
	}
	if values.Costs, err = DecodeTensor(response.GetCosts(), "costs", B); err != nil {
		return nil, err
	}
	if values.Terminated, err = decodeFlags(response.GetTerminated(), "terminated", B); err != nil {
		return nil, err
	}
	if contacts {
		points := len(s.environment.GetContactPoints())
		values.ContactForces, err = DecodeTensor(response.GetContactForces(), "contact_forces", B, points, 2)
	}
	return values, err
}

// Hessian says which second derivative of the cost is meant.
type Hessian = gaitwayv1.CostHessian

// The second derivatives of the cost.
const (
	// Exact is the Hessian itself; it may be indefinite.
	Exact = gaitwayv1.CostHessian_COST_HESSIAN_EXACT
	// GaussNewton is its Gauss-Newton part, which is positive semi-definite.
	GaussNewton = gaitwayv1.CostHessian_COST_HESSIAN_GAUSS_NEWTON
)

// Expansion is the first derivatives of the dynamics and the second-order expansion of the cost along T control steps.
// They are exact derivatives of one whole control step, not differences.
type Expansion struct {
	// T is the number of control steps.
	T int
	// Fx is df/dx, shape (T, nx, nx); entry (t, i, j) is d x'_i / d x_j.
	Fx []float64
	// Fu is df/du, shape (T, nx, nu).
	Fu []float64
	// L are the costs, running, then terminal; shape (T + 1).
	L []float64
	// Lx is dc/dx, terminal last; shape (T + 1, nx).
	Lx []float64
	// Lu is dc/du, shape (T, nu).
	Lu []float64
	// Lxx is d2c/dx2, terminal last; shape (T + 1, nx, nx).
	Lxx []float64
	// Lux is d2c/du dx, shape (T, nu, nx).
	Lux []float64
	// Luu is d2c/du2, shape (T, nu, nu).
	Luu []float64
	// NextStates are f(x, u), shape (T, nx).
	NextStates []float64
	// Statuses are KnotOK or KnotClipped; T of them.
	Statuses []KnotStatus
}

// Linearize computes the derivatives along a trajectory, such as a [Rollout]'s. Where an action is outside its bounds
// they are those with respect to the action as given: the entry's column of Fu, for one, is zero.
//
// xs are states, shape (T + 1, nx), at the last of which the terminal cost is expanded; us are actions, shape (T, nu).
// A knot that diverges is a [*DivergedError].
func (s *Simulator) Linearize(ctx context.Context, xs, us []float64, hessian Hessian) (*Expansion, error) {
	nx, nu := s.environment.NX, s.environment.NU
	T, err := wholeRows(us, "us", nu)
	if err != nil {
		return nil, err
	}
	request := &gaitwayv1.LinearizeRequest{Environment: s.ref, TerminalKnot: true, CostHessian: hessian}
	if request.States, err = EncodeTensor(xs, "xs", T+1, nx); err != nil {
		return nil, err
	}
	if request.Actions, err = EncodeTensor(us, "us", T, nu); err != nil {
		return nil, err
	}
	var receiver *expansionReceiver
	err = serverStream(ctx, s.calls, gaitwayv1.DynamicsService_Linearize_FullMethodName,
		plan{operation: "linearize", steps: T}, request, func() func(*gaitwayv1.LinearizeResponse) error {
			receiver = newExpansionReceiver(T, nx, nu)
			return receiver.accept
		})
	if err != nil {
		return nil, err
	}
	if e := receiver.e; len(e.Statuses) != T || !receiver.terminal {
		return nil, unusable("it ended after %d of %d knots, terminal knot received: %t",
			len(e.Statuses), T, receiver.terminal)
	}
	return &receiver.e, nil
}

type expansionReceiver struct {
	nx, nu   int
	e        Expansion
	terminal bool
}

func newExpansionReceiver(T, nx, nu int) *expansionReceiver {
	return &expansionReceiver{nx: nx, nu: nu, e: Expansion{
		T:          T,
		Fx:         make([]float64, T*nx*nx),
		Fu:         make([]float64, T*nx*nu),
		L:          make([]float64, T+1),
		Lx:         make([]float64, (T+1)*nx),
		Lu:         make([]float64, T*nu),
		Lxx:        make([]float64, (T+1)*nx*nx),
		Lux:        make([]float64, T*nu*nx),
		Luu:        make([]float64, T*nu*nu),
		NextStates: make([]float64, T*nx),
	}}
}

func (r *expansionReceiver) accept(chunk *gaitwayv1.LinearizeResponse) error {
	e, t, n, nx, nu := &r.e, int(chunk.GetFirstKnot()), len(chunk.GetStatuses()), r.nx, r.nu
	terminal := chunk.GetTerminal()
	last := t+n == e.T
	if t != len(e.Statuses) || t+n > e.T || n == 0 && (terminal == nil || !last) || terminal != nil && !last {
		return unusable("%d knots from %d on came where knot %d of %d was next", n, t, len(e.Statuses), e.T)
	}
	var err error
	if e.Statuses, err = appendStatuses(e.Statuses, chunk.GetStatuses()); err != nil {
		return err
	}
	for _, it := range []struct {
		out    []float64
		tensor *gaitwayv1.Tensor
		name   string
		row    []int
	}{
		{e.NextStates, chunk.GetNextStates(), "next_states", []int{nx}},
		{e.L, chunk.GetCosts(), "costs", nil},
		{e.Fx, chunk.GetFx(), "fx", []int{nx, nx}},
		{e.Fu, chunk.GetFu(), "fu", []int{nx, nu}},
		{e.Lx, chunk.GetLx(), "lx", []int{nx}},
		{e.Lu, chunk.GetLu(), "lu", []int{nu}},
		{e.Lxx, chunk.GetLxx(), "lxx", []int{nx, nx}},
		{e.Lux, chunk.GetLux(), "lux", []int{nu, nx}},
		{e.Luu, chunk.GetLuu(), "luu", []int{nu, nu}},
	} {
		if it.name == "lux" && it.tensor == nil {
			continue // Zero in the whole chunk.
		}
		at := t
		for _, size := range it.row {
			at *= size
		}
		if err := decodeInto(it.out[at:], it.tensor, it.name, append([]int{n}, it.row...)...); err != nil {
			return err
		}
	}
	if terminal == nil {
		return nil
	}
	if terminal.GetStatus() != KnotOK {
		return &DivergedError{Knot: e.T}
	}
	r.terminal = true
	e.L[e.T] = terminal.GetCost()
	if err := decodeInto(e.Lx[e.T*nx:], terminal.GetLx(), "terminal.lx", nx); err != nil {
		return err
	}
	return decodeInto(e.Lxx[e.T*nx*nx:], terminal.GetLxx(), "terminal.lxx", nx, nx)
}

// appendStatuses adds those of knots that have derivatives.
func appendStatuses(all, more []KnotStatus) ([]KnotStatus, error) {
	for _, status := range more {
		if status != KnotOK && status != KnotClipped {
			return nil, &DivergedError{Knot: len(all)}
		}
		all = append(all, status)
	}
	return all, nil
}

// Jacobians are the first derivatives of the dynamics at n knots.
type Jacobians struct {
	// Fx is df/dx, shape (n, nx, nx).
	Fx []float64
	// Fu is df/du, shape (n, nx, nu).
	Fu []float64
	// NextStates are f(x, u), shape (n, nx).
	NextStates []float64
	// Statuses are KnotOK or KnotClipped; n of them.
	Statuses []KnotStatus
	// Curvature is the sum over k of multipliers_k d2f_k / d(x, u)2, shape (n, nx + nu, nx + nu), symmetric; nil unless
	// asked for.
	Curvature []float64
	// Fp is df/dp for the P parameters asked for, the action as applied held, shape (n, nx, P); nil unless asked for.
	Fp []float64
}

// DynamicsOptions say what is wanted of the dynamics beside their first derivatives. The zero value is nothing.
type DynamicsOptions struct {
	// Multipliers are weights of the next state's entries, shape (n, nx), for second derivatives: with the gradient of the
	// cost-to-go at the next state, what Newton's method adds to those of the cost.
	Multipliers []float64
	// Parameters are names of the environment's parameters to differentiate by, none of a whole number. The first call for
	// a parameter takes the server a second or so.
	Parameters []string
}

// LinearizeDynamics computes the derivatives of the dynamics alone, at n knots that need not follow from each other;
// with first ones only, half of the bytes of [Simulator.Linearize].
//
// xs are states, shape (n, nx); us are actions, shape (n, nu). A knot that diverges is a [*DivergedError].
func (s *Simulator) LinearizeDynamics(ctx context.Context, xs, us []float64, options DynamicsOptions) (*Jacobians, error) {
	nx, nu := s.environment.NX, s.environment.NU
	n, err := wholeRows(xs, "xs", nx)
	if err != nil {
		return nil, err
	}
	request := &gaitwayv1.LinearizeRequest{Environment: s.ref, DynamicsOnly: true, Parameters: options.Parameters}
	if request.States, err = EncodeTensor(xs, "xs", n, nx); err != nil {
		return nil, err
	}
	if request.Actions, err = EncodeTensor(us, "us", n, nu); err != nil {
		return nil, err
	}
	curvature := options.Multipliers != nil
	if curvature {
		if request.Multipliers, err = EncodeTensor(options.Multipliers, "Multipliers", n, nx); err != nil {
			return nil, err
		}
	}
	nz, P := nx+nu, len(options.Parameters)
	var j *Jacobians
	err = serverStream(ctx, s.calls, gaitwayv1.DynamicsService_Linearize_FullMethodName,
		plan{operation: "linearize", steps: n}, request, func() func(*gaitwayv1.LinearizeResponse) error {
			j = &Jacobians{
				Fx: make([]float64, n*nx*nx), Fu: make([]float64, n*nx*nu), NextStates: make([]float64, n*nx),
			}
			if curvature {
				j.Curvature = make([]float64, n*nz*nz)
			}
			if P > 0 {
				j.Fp = make([]float64, n*nx*P)
			}
			return func(chunk *gaitwayv1.LinearizeResponse) error { return j.accept(chunk, n, nx, nu, P) }
		})
	if err != nil {
		return nil, err
	}
	if len(j.Statuses) != n {
		return nil, unusable("it ended after %d of %d knots", len(j.Statuses), n)
	}
	return j, nil
}

func (j *Jacobians) accept(chunk *gaitwayv1.LinearizeResponse, all, nx, nu, P int) error {
	t, n := int(chunk.GetFirstKnot()), len(chunk.GetStatuses())
	if t != len(j.Statuses) || t+n > all || n == 0 && all > 0 {
		return unusable("%d knots from %d on came where knot %d of %d was next", n, t, len(j.Statuses), all)
	}
	var err error
	if j.Statuses, err = appendStatuses(j.Statuses, chunk.GetStatuses()); err != nil {
		return err
	}
	if err := decodeInto(j.NextStates[t*nx:], chunk.GetNextStates(), "next_states", n, nx); err != nil {
		return err
	}
	if err := decodeInto(j.Fx[t*nx*nx:], chunk.GetFx(), "fx", n, nx, nx); err != nil {
		return err
	}
	if err := decodeInto(j.Fu[t*nx*nu:], chunk.GetFu(), "fu", n, nx, nu); err != nil {
		return err
	}
	if nz := nx + nu; j.Curvature != nil {
		if err := decodeInto(j.Curvature[t*nz*nz:], chunk.GetCurvature(), "curvature", n, nz, nz); err != nil {
			return err
		}
	}
	if j.Fp == nil {
		return nil
	}
	return decodeInto(j.Fp[t*nx*P:], chunk.GetFp(), "fp", n, nx, P)
}

// RolloutRequest is rollouts to run in one call: every initial state, controller, noise seed and step size, in that
// nesting order, the step size fastest.
type RolloutRequest struct {
	// Horizon is T, the number of control steps; at least 1.
	Horizon int
	// InitialStates has shape (S, nx), S at least 1.
	InitialStates []float64
	// Controllers are at least one.
	Controllers []Controller
	// Seeds of the noise; none for one rollout without noise.
	Seeds []uint64
	// StepSizes are factors on the feed-forward terms of linear-Gaussian controllers; none for 1.
	StepSizes []float64
	// DrawnActions says whether trajectories hold the actions as the controllers drew them instead of as applied.
	DrawnActions bool
	// Digests says whether the server is to tell each rollout's digest.
	Digests bool
	// Summary says whether only the outcome is wanted: states, actions and costs stay nil.
	Summary bool
}

// Rollout is the result of one rollout, which completed n steps.
type Rollout struct {
	// Xs are the states, shape (n + 1, nx).
	Xs []float64
	// Us are the actions as applied, or as drawn if that was asked for; shape (n, nu).
	Us []float64
	// Costs are the running costs, then the terminal cost with the charge for every step that termination left out,
	// +Inf if the rollout diverged; shape (n + 1).
	Costs []float64
	// Steps is n, the control steps completed.
	Steps int
	// Status says how it ended.
	Status RolloutStatus
	// Clipped is the number of steps in which an action entry was clipped to its bounds.
	Clipped int
	// Cost is the sum of all costs; +Inf if it diverged.
	Cost float64
	// Digest is the SHA-256 (hex) that the server computed of states, actions and costs; empty unless asked for.
	Digest string
}

// TrajectoryDigest is the SHA-256 (hex) over the bits of states, actions and costs in this order, each as little-endian
// float64: equal digests mean equal bits. It equals [Rollout.Digest].
func (r *Rollout) TrajectoryDigest() string {
	hash := sha256.New()
	for _, array := range [][]float64{r.Xs, r.Us, r.Costs} {
		for _, value := range array {
			var bytes [8]byte
			binary.LittleEndian.PutUint64(bytes[:], math.Float64bits(value))
			hash.Write(bytes[:])
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Rollout runs rollouts in one call. One that diverges is a result, not an error.
func (s *Simulator) Rollout(ctx context.Context, request RolloutRequest) ([]*Rollout, error) {
	nx, nu, T := s.environment.NX, s.environment.NU, request.Horizon
	if T < 1 || T > math.MaxInt32 {
		return nil, argument("Horizon", "it must be at least 1, but is %d", T)
	}
	S, err := wholeRows(request.InitialStates, "InitialStates", nx)
	if err != nil {
		return nil, err
	}
	if S == 0 {
		return nil, argument("InitialStates", "it must have at least one row of %d numbers, but is empty", nx)
	}
	if len(request.Controllers) == 0 {
		return nil, argument("Controllers", "there must be at least one, but there is none")
	}
	message := &gaitwayv1.RolloutRequest{
		Environment:  s.ref,
		Horizon:      int32(T),
		Seeds:        request.Seeds,
		StepSizes:    request.StepSizes,
		Detail:       gaitwayv1.RolloutDetail_ROLLOUT_DETAIL_TRAJECTORY,
		WithDigest:   request.Digests,
		DrawnActions: request.DrawnActions,
	}
	if request.Summary {
		message.Detail = gaitwayv1.RolloutDetail_ROLLOUT_DETAIL_SUMMARY
	}
	if message.InitialStates, err = EncodeTensor(request.InitialStates, "InitialStates", S, nx); err != nil {
		return nil, err
	}
	for i, controller := range request.Controllers {
		name := fmt.Sprintf("Controllers[%d]", i)
		if controller == nil {
			return nil, argument(name, "it must be a controller, but is nil")
		}
		encoded, err := controller.encode(name, T, nx, nu)
		if err != nil {
			return nil, err
		}
		message.Controllers = append(message.Controllers, encoded)
	}
	count := S * len(request.Controllers) * max(1, len(request.Seeds)) * max(1, len(request.StepSizes))
	var receiver *rolloutReceiver
	err = serverStream(ctx, s.calls, gaitwayv1.DynamicsService_Rollout_FullMethodName,
		plan{operation: "rollout", steps: count * T}, message, func() func(*gaitwayv1.RolloutResponse) error {
			receiver = &rolloutReceiver{request: &request, count: count, nx: nx, nu: nu, next: &Rollout{}}
			return receiver.accept
		})
	if err != nil {
		return nil, err
	}
	if len(receiver.rollouts) != count {
		return nil, unusable("it ended after %d of %d rollouts", len(receiver.rollouts), count)
	}
	return receiver.rollouts, nil
}

// rolloutReceiver puts rollouts together from the parts in which they come.
type rolloutReceiver struct {
	request  *RolloutRequest
	count    int
	nx, nu   int
	rollouts []*Rollout
	// The rollout whose parts come, and the rows that it has so far.
	next *Rollout
	rows int
}

func (r *rolloutReceiver) accept(response *gaitwayv1.RolloutResponse) error {
	for _, part := range response.GetParts() {
		index, rows := len(r.rollouts), rowsOf(part.GetStates())
		if int(part.GetIndex()) != index || index >= r.count || int(part.GetFirstRow()) != r.rows ||
			rows < 1 && part.GetSummary() == nil {
			return unusable("row %d of rollout %d came where row %d of rollout %d of %d was next",
				part.GetFirstRow(), part.GetIndex(), r.rows, index, r.count)
		}
		if r.rows += rows; r.rows > r.request.Horizon+1 {
			return unusable("rollout %d has more than %d steps", index, r.request.Horizon)
		}
		if rows > 0 {
			if err := r.append(part, rows); err != nil {
				return err
			}
		}
		if summary := part.GetSummary(); summary != nil {
			if err := r.finish(summary); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *rolloutReceiver) append(part *gaitwayv1.RolloutPart, rows int) error {
	xs, err := DecodeTensor(part.GetStates(), "states", rows, r.nx)
	if err != nil {
		return err
	}
	actions := rows
	if part.GetSummary() != nil {
		actions--
	}
	var us []float64
	if actions > 0 || part.GetActions() != nil {
		if us, err = DecodeTensor(part.GetActions(), "actions", actions, r.nu); err != nil {
			return err
		}
	}
	costs, err := DecodeTensor(part.GetCosts(), "costs", rows)
	if err != nil {
		return err
	}
	r.next.Xs = append(r.next.Xs, xs...)
	r.next.Us = append(r.next.Us, us...)
	r.next.Costs = append(r.next.Costs, costs...)
	return nil
}

func (r *rolloutReceiver) finish(summary *gaitwayv1.RolloutSummary) error {
	index, steps, T := len(r.rollouts), int(summary.GetSteps()), r.request.Horizon
	if steps < 0 || steps > T || summary.GetStatus() == RolloutCompleted && steps != T {
		return unusable("rollout %d of %d steps is %v after %d", index, T, summary.GetStatus(), steps)
	}
	rows, bytes := steps+1, 0
	if r.request.Summary {
		rows = 0
	}
	if r.request.Digests {
		bytes = sha256.Size
	}
	if r.rows != rows {
		return unusable("rollout %d has %d states after %d steps", index, r.rows, steps)
	}
	if len(summary.GetDigest()) != bytes {
		return unusable("the digest of rollout %d has %d bytes", index, len(summary.GetDigest()))
	}
	it := r.next
	it.Steps, it.Status = steps, summary.GetStatus()
	it.Clipped, it.Cost = int(summary.GetClipped()), summary.GetTotalCost()
	it.Digest = hex.EncodeToString(summary.GetDigest())
	r.rollouts = append(r.rollouts, it)
	r.next, r.rows = &Rollout{}, 0
	return nil
}

// InitialStates draws initial states from the environment's distribution: those of the count episodes of the seed from
// episode first on, shape (count, nx).
func (s *Simulator) InitialStates(ctx context.Context, seed, first uint64, count int) ([]float64, error) {
	if count < math.MinInt32 || count > math.MaxInt32 {
		return nil, argument("count", "it must be a 32-bit number, but is %d", count)
	}
	// Whether none is too few, and how many are too many, is the server's to say.
	response := &gaitwayv1.SampleInitialStatesResponse{}
	request := &gaitwayv1.SampleInitialStatesRequest{
		Environment: s.ref, Seed: seed, FirstEpisode: first, Count: int32(count),
	}
	if err := unary(ctx, s.calls, gaitwayv1.DynamicsService_SampleInitialStates_FullMethodName,
		plan{operation: "initial states", steps: max(0, count)}, request, response); err != nil {
		return nil, err
	}
	return DecodeTensor(response.GetStates(), "states", count, s.environment.NX)
}

// CheckDerivatives has the server compare its derivatives with independent high-order differences at sampled knots,
// drawn with a seed; corners moves the knots to where formulas change.
func (s *Simulator) CheckDerivatives(
	ctx context.Context, samples int, seed uint64, corners bool,
) (*gaitwayv1.CheckDerivativesResponse, error) {
	if samples < 1 || samples > math.MaxInt32 {
		return nil, argument("samples", "it must be at least 1, but is %d", samples)
	}
	response := &gaitwayv1.CheckDerivativesResponse{}
	request := &gaitwayv1.CheckDerivativesRequest{
		Environment: s.ref, Samples: int32(samples), Seed: seed, Corners: corners,
	}
	// A sample costs the server about a hundred control steps.
	err := unary(ctx, s.calls, gaitwayv1.DynamicsService_CheckDerivatives_FullMethodName,
		plan{operation: "check of the derivatives", steps: 100 * samples}, request, response)
	if err != nil {
		return nil, err
	}
	if worst := int(response.GetWorst()); worst < 0 || worst >= len(response.GetErrors()) {
		return nil, unusable("the worst of %d errors is number %d", len(response.GetErrors()), worst)
	}
	return response, nil
}

// Usage is what the server has counted under this simulator's account; without one it is an [*Error].
func (s *Simulator) Usage(ctx context.Context) (*gaitwayv1.Usage, error) {
	if s.calls.account == "" {
		return nil, &Error{Code: codes.FailedPrecondition, Message: "the simulator has no account; make one by Account(name)"}
	}
	return s.calls.usage(ctx, s.calls.account)
}
