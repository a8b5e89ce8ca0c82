package gaitway

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	// A lease is renewed so many times within its duration: two renewals may get lost.
	renewalsPerLease = 3
	// The shortest time between two renewals, however short a server makes its leases.
	shortestRenewal = 100 * time.Millisecond
	// A server that does not answer must not keep a program from closing a session.
	closeTime = 5 * time.Second
)

// Autoreset says what a session does with an environment whose episode is over.
type Autoreset = gaitwayv1.AutoresetMode

// The autoreset modes; the zero value is NextStep.
const (
	// NextStep has the next step ignore the environment's action and start its next episode.
	NextStep = gaitwayv1.AutoresetMode_AUTORESET_MODE_NEXT_STEP
	// SameStep has the step that ends the episode also start the next.
	SameStep = gaitwayv1.AutoresetMode_AUTORESET_MODE_SAME_STEP
	// Disabled has steps answer NEEDS_RESET until the environment is reset.
	Disabled = gaitwayv1.AutoresetMode_AUTORESET_MODE_DISABLED
)

// Bounds says what a session does with an action entry outside its bounds.
type Bounds = gaitwayv1.BoundsMode

// The bounds modes; the zero value is Reject.
const (
	// Reject refuses the step with ACTION_OUT_OF_BOUNDS; no environment is stepped.
	Reject = gaitwayv1.BoundsMode_BOUNDS_MODE_REJECT
	// Clip moves the entry to the nearest bound.
	Clip = gaitwayv1.BoundsMode_BOUNDS_MODE_CLIP
)

// SessionOptions says how a session is made. The zero value is one environment with all defaults.
type SessionOptions struct {
	// Parameters are values of the environment's parameters.
	Parameters Parameters
	// Environments is N, the number of environments that are stepped together; 1 if 0.
	Environments int
	// Autoreset is NextStep if 0.
	Autoreset Autoreset
	// Bounds is Reject if 0.
	Bounds Bounds
	// Lease is how long the session lives on the server without being used or renewed; the server's default if 0.
	Lease time.Duration
	// MaxEpisodeSteps is the number of control steps after which an episode is truncated; the environment's horizon if
	// 0.
	MaxEpisodeSteps int
	// NoRenewal says that the lease is not to be renewed in the background.
	NoRenewal bool
}

// Session is N environments that the server holds and steps together. It may be used from several goroutines, one
// command at a time. Its lease is renewed in the background until it is closed or detached.
type Session struct {
	client      *Client
	calls       calls
	message     *gaitwayv1.Session
	environment *Environment

	// Holds a token while a command is under way: one at a time.
	turn   chan struct{}
	stream *StepStream
	// Numbers of the next step and reset, unless that is in doubt.
	step, resets uint64
	unsure       bool

	// Ends the renewal.
	stop    context.CancelFunc
	renewed bool
	// Ended by Close, and with it the command that has the turn.
	life    context.Context
	end     context.CancelFunc
	closing sync.Once
	closed  error
}

// begin waits for the command's turn, and gives its context. The function ends the command.
func (s *Session) begin(ctx context.Context) (context.Context, func(), error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, givenUp(ctx, "the command was not sent: its context ended before its turn came")
	}
	if s.life.Err() != nil {
		<-s.turn
		return nil, nil, &Error{Code: codes.Canceled, Message: "the session is closed; open another", cause: ErrClosed}
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.life, cancel)
	return ctx, func() {
		stop()
		cancel()
		<-s.turn
	}, nil
}

// OpenSession makes a session of an environment. Its environments need a reset before their first step. The error's
// Reason is CAPACITY_REACHED if the server has no room.
func (c *Client) OpenSession(ctx context.Context, id string, options SessionOptions) (*Session, error) {
	size := options.Environments
	for _, it := range []struct {
		name  string
		value int
	}{{"Environments", size}, {"MaxEpisodeSteps", options.MaxEpisodeSteps}} {
		if it.value < 0 || it.value > math.MaxInt32 {
			return nil, argument(it.name, "it must be at least 1, or 0 for the default, but is %d", it.value)
		}
	}
	if options.Lease < 0 {
		return nil, argument("Lease", "it must be above 0, or 0 for the default, but is %v", options.Lease)
	}
	request := &gaitwayv1.CreateSessionRequest{
		Environment:     &gaitwayv1.EnvironmentRef{Id: id, Parameters: options.Parameters},
		NumEnvironments: int32(max(1, size)),
		AutoresetMode:   options.Autoreset,
		BoundsMode:      options.Bounds,
		MaxEpisodeSteps: int32(options.MaxEpisodeSteps),
	}
	if options.Lease > 0 {
		request.Lease = durationpb.New(options.Lease)
	}
	response := &gaitwayv1.CreateSessionResponse{}
	if err := unary(ctx, c.calls, gaitwayv1.EnvironmentService_CreateSession_FullMethodName,
		plan{operation: "new session"}, request, response); err != nil {
		return nil, err
	}
	return c.adopt(response.GetSession(), max(1, size), id, !options.NoRenewal)
}

// Attach takes up a session that is on the server already: after a restart of this program, or of another. Its lease is
// not renewed in the background; it ends with the client unless [Session.Detach] lets go of it.
func (c *Client) Attach(ctx context.Context, sessionID string) (*Session, error) {
	message, err := c.describe(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	return c.adopt(message, int(message.GetNumEnvironments()), message.GetEnvironment().GetId(), false)
}

func (c *Client) describe(ctx context.Context, id string) (*gaitwayv1.Session, error) {
	response := &gaitwayv1.GetSessionResponse{}
	if err := unary(ctx, c.calls, gaitwayv1.EnvironmentService_GetSession_FullMethodName,
		plan{operation: "description of a session"}, &gaitwayv1.GetSessionRequest{SessionId: id}, response); err != nil {
		return nil, err
	}
	if response.GetSession().GetId() != id {
		return nil, unusable("it does not describe the session")
	}
	return response.GetSession(), nil
}

// adopt makes a Session of one that is on the server.
func (c *Client) adopt(message *gaitwayv1.Session, size int, id string, renew bool) (*Session, error) {
	if message.GetId() == "" {
		return nil, unusable("the session has no id")
	}
	ctx, stop := context.WithCancel(context.Background())
	life, end := context.WithCancel(context.Background())
	s := &Session{
		client: c, calls: c.calls, message: message, turn: make(chan struct{}, 1), stop: stop, life: life, end: end,
		step: message.GetStep(), resets: message.GetResets(),
	}
	var err error
	if s.environment, err = environment(message.GetEnvironment()); err == nil &&
		(int(message.GetNumEnvironments()) != size || size < 1 || s.environment.GetId() != id) {
		err = unusable("the session has %d environments of %s, but %d of %s were asked for",
			message.GetNumEnvironments(), s.environment.GetId(), size, id)
	}
	lease := message.GetLease().AsDuration()
	if err == nil && lease <= 0 {
		err = unusable("the lease of the session is %v", lease)
	}
	if err != nil {
		// Nobody will use it; what goes wrong is left to the lease.
		_ = s.delete()
		stop()
		return nil, err
	}
	c.mutex.Lock()
	c.sessions[s] = struct{}{}
	c.mutex.Unlock()
	if renew {
		s.renewed = true
		go s.keepAlive(ctx, max(shortestRenewal, lease/renewalsPerLease))
	}
	return s, nil
}

// keepAlive renews the lease until the session is gone.
func (s *Session) keepAlive(ctx context.Context, period time.Duration) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		// One that gets no answer, over a connection that is dead, leaves time for others. After another failure the
		// next renewal may do better; if none does, the session's next call says so.
		renewal, cancel := context.WithTimeout(ctx, period)
		_, err := s.Renew(renewal, 0)
		cancel()
		if errors.Is(err, ErrSessionExpired) || errors.Is(err, ErrClosed) {
			return
		}
	}
}

// ID is the session's name and key: whoever of its principal knows it may use the session.
func (s *Session) ID() string { return s.message.GetId() }

// Environment is what is simulated, with the parameters in force.
func (s *Session) Environment() *Environment { return s.environment }

// Size is N, the number of environments.
func (s *Session) Size() int { return int(s.message.GetNumEnvironments()) }

// MaxEpisodeSteps is the number of control steps after which an episode is truncated.
func (s *Session) MaxEpisodeSteps() int { return int(s.message.GetMaxEpisodeSteps()) }

// ResetOptions says which environments start new episodes, and how. The zero value resets all to their next episodes.
type ResetOptions struct {
	// Mask says which environments are reset, shape (N); nil for all.
	Mask []bool
	// Seeds are put in force, starting at episode 0; N of them. Nil: each goes on to the next episode of its seed.
	Seeds []uint64
	// States are started from instead of drawn ones, shape (N, nx); rows outside the mask are ignored.
	States []float64
}

// Episodes is where the environments are after a reset.
type Episodes struct {
	// States of every environment, reset or not, shape (N, nx).
	States []float64
	// Seeds in force; N of them.
	Seeds []uint64
	// Episodes are the episodes' numbers; N of them, 2^64 - 1 where there was no reset yet.
	Episodes []uint64
}

// StepResult is what one control step did.
type StepResult struct {
	// Step is the number of steps carried out, this one among them.
	Step uint64
	// States of every environment, shape (N, nx). Where the simulation diverged, the state before the step; where
	// SameStep reset, the new episode's initial state.
	States []float64
	// Costs of the step, a cost and not a reward, not multiplied by dt; shape (N).
	Costs []float64
	// Rewards are the sums of the environment's reward terms, shape (N); nil where it has none, and the reward is minus
	// the cost.
	Rewards []float64
	// Terminated says where the task's failure condition holds, shape (N).
	Terminated []bool
	// Truncated says where the episode ended for another reason, shape (N).
	Truncated []bool
	// Diverged says where the simulation diverged, shape (N).
	Diverged []bool
	// Clipped says where an action entry was clipped, shape (N).
	Clipped []bool
	// Resets are the environments that autoreset put into a new episode.
	Resets []AutoresetEpisode
}

// AutoresetEpisode is an episode that autoreset started.
type AutoresetEpisode struct {
	// Environment is its index.
	Environment int
	// Seed in force.
	Seed uint64
	// Episode is the number of the episode that has started.
	Episode uint64
	// FinalState is the last state of the episode that ended, shape (nx); nil but in SameStep mode.
	FinalState []float64
}

func (s *Session) resetRequest(options ResetOptions) (*gaitwayv1.ResetRequest, error) {
	n := s.Size()
	request := &gaitwayv1.ResetRequest{SessionId: s.ID()}
	if options.Mask != nil {
		if len(options.Mask) != n {
			return nil, argument("Mask", "it has %d flags, but the session has %d environments", len(options.Mask), n)
		}
		request.Mask = encodeFlags(options.Mask)
	}
	if options.Seeds != nil {
		if len(options.Seeds) != n {
			return nil, argument("Seeds", "it has %d seeds, but the session has %d environments", len(options.Seeds), n)
		}
		request.Seeds = append([]uint64(nil), options.Seeds...)
	}
	if options.States != nil {
		var err error
		if request.States, err = EncodeTensor(options.States, "States", n, s.environment.NX); err != nil {
			return nil, err
		}
	}
	return request, nil
}

func (s *Session) stepRequest(us []float64) (*gaitwayv1.StepRequest, error) {
	actions, err := EncodeTensor(us, "us", s.Size(), s.environment.NU)
	return &gaitwayv1.StepRequest{SessionId: s.ID(), Actions: actions}, err
}

func (s *Session) episodes(request *gaitwayv1.ResetRequest, response *gaitwayv1.ResetResponse) (*Episodes, error) {
	n := s.Size()
	states, err := DecodeTensor(response.GetStates(), "states", n, s.environment.NX)
	if err != nil {
		return nil, err
	}
	if len(response.GetSeeds()) != n || len(response.GetEpisodes()) != n {
		return nil, unusable("it has %d seeds and %d episodes of %d environments",
			len(response.GetSeeds()), len(response.GetEpisodes()), n)
	}
	for i, seed := range request.GetSeeds() {
		if mask := request.GetMask(); (mask == nil || mask.GetData()[i] == 1) && response.GetSeeds()[i] != seed {
			return nil, unusable("environment %d has the seed %d, but was given %d", i, response.GetSeeds()[i], seed)
		}
	}
	return &Episodes{States: states, Seeds: response.GetSeeds(), Episodes: response.GetEpisodes()}, nil
}

// result reads the answer to the step of this number.
func (s *Session) result(step uint64, response *gaitwayv1.StepResponse) (*StepResult, error) {
	n, nx := s.Size(), s.environment.NX
	r := &StepResult{Step: response.GetStep()}
	if r.Step != step+1 {
		return nil, unusable("it answers step %d, but step %d was asked for", r.Step, step+1)
	}
	var errs [7]error
	r.States, errs[0] = DecodeTensor(response.GetStates(), "states", n, nx)
	r.Costs, errs[1] = DecodeTensor(response.GetCosts(), "costs", n)
	r.Terminated, errs[2] = decodeFlags(response.GetTerminated(), "terminated", n)
	r.Truncated, errs[3] = decodeFlags(response.GetTruncated(), "truncated", n)
	r.Diverged, errs[4] = optionalFlags(response.GetDiverged(), "diverged", n)
	r.Clipped, errs[5] = optionalFlags(response.GetClipped(), "clipped", n)
	if len(s.environment.GetRewardTerms()) > 0 {
		r.Rewards, errs[6] = DecodeTensor(response.GetRewards(), "rewards", n)
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	for _, reset := range response.GetResets() {
		it := AutoresetEpisode{int(reset.GetEnvironment()), reset.GetSeed(), reset.GetEpisode(), nil}
		if it.Environment < 0 || it.Environment >= n {
			return nil, unusable("it resets environment %d of %d", it.Environment, n)
		}
		if reset.GetFinalState() != nil {
			var err error
			if it.FinalState, err = DecodeTensor(reset.GetFinalState(), "final_state", nx); err != nil {
				return nil, err
			}
		}
		r.Resets = append(r.Resets, it)
	}
	return r, nil
}

// Reset starts new episodes. A reset without seeds or states that fails may have been carried out, and is not repeated:
// it would skip an episode.
func (s *Session) Reset(ctx context.Context, options ResetOptions) (*Episodes, error) {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := s.requireNoStream(); err != nil {
		return nil, err
	}
	request, err := s.resetRequest(options)
	if err != nil {
		return nil, err
	}
	response := &gaitwayv1.ResetResponse{}
	err = unary(ctx, s.calls, gaitwayv1.EnvironmentService_Reset_FullMethodName,
		plan{operation: "reset", steps: s.Size(), repeatable: options.Seeds != nil || options.States != nil}, request, response)
	if err != nil {
		return nil, s.uncertain(err)
	}
	s.resets++
	return s.episodes(request, response)
}

// Step advances every environment by one control step, exactly once: a step that is repeated because the connection
// broke is carried out once.
//
// us are actions, shape (N, nu). The error's Reason is NEEDS_RESET if an environment was never reset, and
// ACTION_OUT_OF_BOUNDS or NON_FINITE_INPUT if an action is refused; nothing has changed then. After [ErrStepUncertain]
// the session asks the server where it is before its next step.
func (s *Session) Step(ctx context.Context, us []float64) (*StepResult, error) {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := s.requireNoStream(); err != nil {
		return nil, err
	}
	request, err := s.stepRequest(us)
	if err != nil {
		return nil, err
	}
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	request.ExpectedStep = proto.Uint64(s.step)
	response := &gaitwayv1.StepResponse{}
	if err := unary(ctx, s.calls, gaitwayv1.EnvironmentService_Step_FullMethodName,
		plan{operation: "step", steps: s.Size(), repeatable: true}, request, response); err != nil {
		return nil, s.uncertain(err)
	}
	result, err := s.result(s.step, response)
	if err != nil {
		return nil, s.uncertain(err)
	}
	s.step = result.Step
	return result, nil
}

// uncertain takes note of a failed command, which may have been carried out.
func (s *Session) uncertain(err error) error {
	var failure *Error
	if !errors.As(err, &failure) {
		return err
	}
	outOfOrder := failure.Reason == "STEP_OUT_OF_ORDER"
	s.unsure = s.unsure || outOfOrder || failure.maybeDone
	if outOfOrder || !failure.maybeDone {
		return err
	}
	return asUncertain(failure)
}

// asUncertain is a failure that says that a command may have been carried out.
func asUncertain(failure *Error) *Error {
	told := *failure
	told.uncertain = true
	told.Message += ". It may have been carried out: StepCount of the session tells"
	return &told
}

// settle asks the server for the session's numbers if they are in doubt.
func (s *Session) settle(ctx context.Context) error {
	if !s.unsure {
		return nil
	}
	message, err := s.client.describe(ctx, s.ID())
	if err != nil {
		return err
	}
	s.step, s.resets, s.unsure = message.GetStep(), message.GetResets(), false
	return nil
}

// StepCount is the number of steps that the session has carried out, as the server tells.
func (s *Session) StepCount(ctx context.Context) (uint64, error) {
	message, err := s.client.describe(ctx, s.ID())
	return message.GetStep(), err
}

func (s *Session) requireNoStream() error {
	if s.stream != nil && !s.stream.over() {
		return &Error{Code: codes.FailedPrecondition,
			Message: "the session has an open stream; use it, or close it before other commands"}
	}
	return nil
}

// Snapshot is everything that the future of some environments depends on. It can be put into any session of the same
// model, on any server, which then continues with the same bits.
type Snapshot struct {
	message *gaitwayv1.EnvironmentSnapshot
}

// Size is the number of environments in the snapshot.
func (s *Snapshot) Size() int { return len(s.message.GetSeeds()) }

// MarshalBinary makes bytes of it, for [Snapshot.UnmarshalBinary].
func (s *Snapshot) MarshalBinary() ([]byte, error) { return proto.Marshal(s.message) }

// UnmarshalBinary reads what [Snapshot.MarshalBinary] wrote. The error is an [*ArgumentError] if the bytes are no
// snapshot.
func (s *Snapshot) UnmarshalBinary(data []byte) error {
	message := &gaitwayv1.EnvironmentSnapshot{}
	if err := proto.Unmarshal(data, message); err != nil {
		return argument("snapshot", "the bytes are no snapshot: %v", err)
	}
	if problem := snapshotProblem(message); problem != "" {
		return argument("snapshot", "the bytes are no snapshot: %s", problem)
	}
	s.message = message
	return nil
}

func snapshotProblem(m *gaitwayv1.EnvironmentSnapshot) string {
	n := len(m.GetSeeds())
	switch {
	case m.GetEnvironmentId() == "" || m.GetModelDigest() == "":
		return "the environment or its digest is missing"
	case n == 0 || len(m.GetEpisodes()) != n || len(m.GetEpisodeSteps()) != n ||
		rowsOf(m.GetStates()) != n || rowsOf(m.GetFinished()) != n:
		return fmt.Sprintf("it has %d seeds, %d episodes, %d step counts, %d states and %d flags", n, len(m.GetEpisodes()),
			len(m.GetEpisodeSteps()), rowsOf(m.GetStates()), rowsOf(m.GetFinished()))
	}
	return ""
}

func indices(values []int) ([]int32, error) {
	var list []int32
	for i, value := range values {
		if value < 0 || value > math.MaxInt32 {
			return nil, argument(fmt.Sprintf("environments[%d]", i), "it must be an index from 0 on, but is %d", value)
		}
		list = append(list, int32(value))
	}
	return list, nil
}

// Snapshot copies out everything that the environments' future depends on: of those with these indices, repeats
// allowed; of all without any.
func (s *Session) Snapshot(ctx context.Context, environments ...int) (*Snapshot, error) {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	list, err := indices(environments)
	if err != nil {
		return nil, err
	}
	response := &gaitwayv1.SnapshotResponse{}
	if err := unary(ctx, s.calls, gaitwayv1.EnvironmentService_Snapshot_FullMethodName, plan{operation: "snapshot"},
		&gaitwayv1.SnapshotRequest{SessionId: s.ID(), Environments: list}, response); err != nil {
		return nil, err
	}
	wanted := len(environments)
	if wanted == 0 {
		wanted = s.Size()
	}
	if problem := snapshotProblem(response.GetSnapshot()); problem != "" {
		return nil, unusable("%s", problem)
	}
	snapshot := &Snapshot{response.GetSnapshot()}
	if snapshot.Size() != wanted {
		return nil, unusable("it has %d environments, but %d were asked for", snapshot.Size(), wanted)
	}
	return snapshot, nil
}

// Restore puts a snapshot into the environments with these indices, in its rows' order; into all without any. The
// session's step number goes on. The error's Reason is SNAPSHOT_MODEL_MISMATCH if the snapshot is of another model.
func (s *Session) Restore(ctx context.Context, snapshot *Snapshot, environments ...int) error {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := s.requireNoStream(); err != nil {
		return err
	}
	list, err := indices(environments)
	if err != nil {
		return err
	}
	if snapshot == nil || snapshot.message == nil {
		return argument("snapshot", "it is empty; take one by Session.Snapshot, or read one by UnmarshalBinary")
	}
	request := &gaitwayv1.RestoreRequest{SessionId: s.ID(), Snapshot: snapshot.message, Environments: list}
	return unary(ctx, s.calls, gaitwayv1.EnvironmentService_Restore_FullMethodName, plan{operation: "restore"}, request,
		&gaitwayv1.RestoreResponse{})
}

// Fork makes a new session that continues from this one, which does not change: for each environment of the new session
// the index of the one it continues from, repeats allowed; all in order without any.
func (s *Session) Fork(ctx context.Context, environments ...int) (*Session, error) {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	list, err := indices(environments)
	if err != nil {
		return nil, err
	}
	response := &gaitwayv1.ForkResponse{}
	if err := unary(ctx, s.calls, gaitwayv1.EnvironmentService_Fork_FullMethodName, plan{operation: "fork"},
		&gaitwayv1.ForkRequest{SessionId: s.ID(), Environments: list}, response); err != nil {
		return nil, err
	}
	size := len(environments)
	if size == 0 {
		size = s.Size()
	}
	return s.client.adopt(response.GetSession(), size, s.environment.GetId(), s.renewed)
}

// Renew renews the lease, with a new duration unless that is 0, and says when the session expires if nobody uses it.
func (s *Session) Renew(ctx context.Context, lease time.Duration) (time.Time, error) {
	request := &gaitwayv1.RenewSessionRequest{SessionId: s.ID()}
	if lease != 0 {
		request.Lease = durationpb.New(lease)
	}
	response := &gaitwayv1.RenewSessionResponse{}
	if err := unary(ctx, s.calls, gaitwayv1.EnvironmentService_RenewSession_FullMethodName,
		plan{operation: "renewal of a session"}, request, response); err != nil {
		return time.Time{}, err
	}
	if response.GetExpireTime() == nil {
		return time.Time{}, unusable("it does not say when the session expires")
	}
	return response.GetExpireTime().AsTime(), nil
}

// Detach lets go of the session without ending it: its lease is no longer renewed, and the client's end does not end
// it. [Client.Attach] takes it up again by its id.
func (s *Session) Detach() {
	s.stop()
	s.client.mutex.Lock()
	delete(s.client.sessions, s)
	s.client.mutex.Unlock()
}

// Close ends the session on the server, and a command or a stream that is under way. A server that cannot be reached is
// no error: the lease will end the session.
func (s *Session) Close() error {
	s.closing.Do(func() {
		s.end()
		s.turn <- struct{}{}
		defer func() { <-s.turn }()
		s.Detach()
		if s.stream != nil {
			s.stream.cancel()
			<-s.stream.done
		}
		s.closed = s.delete()
	})
	return s.closed
}

func (s *Session) delete() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	err := unary(ctx, s.calls, gaitwayv1.EnvironmentService_DeleteSession_FullMethodName,
		plan{operation: "end of a session", attempts: 1},
		&gaitwayv1.DeleteSessionRequest{SessionId: s.ID()}, &gaitwayv1.DeleteSessionResponse{})
	var failure *Error
	if errors.As(err, &failure) {
		switch failure.Code {
		case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
			return nil
		}
	}
	return err
}
