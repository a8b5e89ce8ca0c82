package gaitway

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"time"

	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Suites lists the suites, fixed sets of episodes, sorted by id.
func (c *Client) Suites(ctx context.Context) ([]*gaitwayv1.Suite, error) {
	response := &gaitwayv1.ListSuitesResponse{}
	err := unary(ctx, c.calls, gaitwayv1.EvaluationService_ListSuites_FullMethodName, plan{operation: "list of suites"},
		&gaitwayv1.ListSuitesRequest{}, response)
	return response.GetSuites(), err
}

// EvaluationOptions are settings of a new evaluation.
type EvaluationOptions struct {
	// Description of the controller, for people; at most 1000 characters.
	Description string
	// ActionDeadline is the time that the controller has for the answer to a round; a second if 0.
	ActionDeadline time.Duration
	// Parallel is the greatest number of episodes in a round; all of them if 0.
	Parallel int
}

// CreateEvaluation opens an evaluation of a controller, whose name the leaderboard shows (1 to 64 printable
// characters), in a suite. No episode begins before somebody takes control. The error's Reason is UNKNOWN_SUITE if
// there is none.
func (c *Client) CreateEvaluation(
	ctx context.Context, suite, controller string, options EvaluationOptions,
) (*gaitwayv1.Evaluation, error) {
	if options.Parallel < 0 || options.Parallel > math.MaxInt32 {
		return nil, argument("Parallel", "it must be at least 1, or 0 for all, but is %d", options.Parallel)
	}
	request := &gaitwayv1.CreateEvaluationRequest{
		Suite: suite, Controller: controller, Description: options.Description, Parallel: int32(options.Parallel),
	}
	if options.ActionDeadline != 0 {
		request.ActionDeadline = durationpb.New(options.ActionDeadline)
	}
	response := &gaitwayv1.CreateEvaluationResponse{}
	if err := unary(ctx, c.calls, gaitwayv1.EvaluationService_CreateEvaluation_FullMethodName,
		plan{operation: "new evaluation"}, request, response); err != nil {
		return nil, err
	}
	if actual := response.GetEvaluation().GetSuite().GetId(); actual != suite {
		return nil, unusable("it evaluates in '%s', but %s was asked for", actual, suite)
	}
	return response.GetEvaluation(), nil
}

// Evaluation gives an evaluation and the episodes that it has finished so far, by number.
func (c *Client) Evaluation(ctx context.Context, id string) (*gaitwayv1.GetEvaluationResponse, error) {
	response := &gaitwayv1.GetEvaluationResponse{}
	if err := unary(ctx, c.calls, gaitwayv1.EvaluationService_GetEvaluation_FullMethodName,
		plan{operation: "description of an evaluation"}, &gaitwayv1.GetEvaluationRequest{EvaluationId: id}, response); err != nil {
		return nil, err
	}
	if response.GetEvaluation().GetId() != id {
		return nil, unusable("it describes another evaluation than %s", id)
	}
	return response, nil
}

// RemoveEvaluation removes an evaluation that has ended; only for an admin.
func (c *Client) RemoveEvaluation(ctx context.Context, id string) error {
	return unary(ctx, c.calls, gaitwayv1.EvaluationService_RemoveEvaluation_FullMethodName,
		plan{operation: "removal of an evaluation"}, &gaitwayv1.RemoveEvaluationRequest{EvaluationId: id},
		&gaitwayv1.RemoveEvaluationResponse{})
}

// Leaderboard lists finished evaluations by suite, the best first; of all suites if the suite is empty.
func (c *Client) Leaderboard(ctx context.Context, suite string) ([]*gaitwayv1.Evaluation, error) {
	var found []*gaitwayv1.Evaluation
	asked := map[string]bool{}
	for token := ""; ; {
		if asked[token] {
			return nil, unusable("the leaderboard does not end: a page was given twice")
		}
		asked[token] = true
		response := &gaitwayv1.ListEvaluationsResponse{}
		if err := unary(ctx, c.calls, gaitwayv1.EvaluationService_ListEvaluations_FullMethodName,
			plan{operation: "leaderboard"}, &gaitwayv1.ListEvaluationsRequest{Suite: suite, PageToken: token}, response); err != nil {
			return nil, err
		}
		found = append(found, response.GetEvaluations()...)
		if token = response.GetNextPageToken(); token == "" {
			return found, nil
		}
	}
}

// Round is states of n episodes that ask for actions.
type Round struct {
	// States has shape (n, nx).
	States []float64
	// Episodes are the episodes' numbers, ascending; n of them.
	Episodes []int32
	// Steps are control steps since each episode's start; 0 tells a controller with memory to clear it. N of them.
	Steps []int32
	// Environment is what is controlled, with the parameters of the suite's first variant.
	Environment *Environment
	// Evaluation is the evaluation, as it was when this controller attached.
	Evaluation *gaitwayv1.Evaluation
}

// Act is a controller under evaluation: actions, shape (n, nu), for a round of states. Entries out of bounds are
// clipped; one that is not finite costs the episode, and so does an answer that comes too late. An error gives control
// up.
type Act func(Round) ([]float64, error)

// Control runs a controller in an evaluation until its last episode has ended, and gives the episodes that ended
// meanwhile, in the order in which they did. When the connection breaks it attaches again, and is asked for the same
// round again. The context ends the control; the evaluation stays, for another attachment. It needs no deadline.
//
// The error is [ErrControlTakenOver] if somebody else has attached, [ErrEvaluationOver] if no episodes are left, has
// the Reason CONTROLLER_FAULT if the controller was at fault, and is what act returned if that failed.
func (c *Client) Control(ctx context.Context, evaluation string, act Act) ([]*gaitwayv1.EpisodeResult, error) {
	control := &control{calls: c.calls, act: act, latest: -1}
	for {
		err := control.attach(ctx, evaluation)
		var failure *Error
		if err == nil || !errors.As(err, &failure) || failure == control.fault {
			return control.results, err
		}
		control.tried++
		if err := c.calls.beforeAnother(ctx, failure, control.tried, true); err != nil {
			return control.results, err
		}
	}
}

// Evaluate runs a controller in the evaluation that the variables GAITWAY_EVALUATION_SERVER and GAITWAY_EVALUATION
// name: for programs that gaitway evaluate --controller-command starts. See [Client.Control].
func Evaluate(ctx context.Context, act Act) ([]*gaitwayv1.EpisodeResult, error) {
	server, id := os.Getenv("GAITWAY_EVALUATION_SERVER"), os.Getenv("GAITWAY_EVALUATION")
	if server == "" || id == "" {
		return nil, argument("GAITWAY_EVALUATION", "no evaluation is named; start this program with gaitway evaluate"+
			" --controller-command, or set GAITWAY_EVALUATION_SERVER and GAITWAY_EVALUATION")
	}
	client, err := Connect(server)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return client.Control(ctx, id, act)
}

// control is one controller's way through an evaluation.
type control struct {
	calls   calls
	act     Act
	results []*gaitwayv1.EpisodeResult
	// Attempts since the last new round.
	tried  int
	latest int64
	// Whether the token has been read again.
	renewed bool
	// What the controller itself returned, if that is an *Error.
	fault *Error
}

func (c *control) attach(ctx context.Context, id string) error {
	ch, callCtx, secret, closed := c.calls.acquire(ctx, c.calls.account)
	if closed != nil {
		return closed
	}
	callCtx, cancel := context.WithCancel(callCtx)
	defer cancel()
	defer context.AfterFunc(c.calls.ctx, cancel)()
	var trailer metadata.MD
	acted, err := c.converse(callCtx, cancel, ch, id, &trailer)
	if acted {
		c.calls.release(ch, nil)
		errors.As(err, &c.fault)
		return err
	}
	err = translate(ctx, err, trailer, attempt{"control of an evaluation", c.calls.endpoint, time.Now()})
	var failure *Error
	errors.As(err, &failure)
	c.calls.release(ch, failure)
	if c.calls.ctx.Err() != nil && failure != nil {
		return closedDuring("control of an evaluation")
	}
	if failure != nil && failure.Code == codes.Unauthenticated && !c.renewed && c.calls.replacesToken(secret) {
		c.renewed = true
		return c.attach(ctx, id)
	}
	return err
}

// converse answers rounds until the call ends; acted says that the error is the controller's.
func (c *control) converse(
	ctx context.Context, cancel context.CancelFunc, ch *channel, id string, trailer *metadata.MD,
) (acted bool, err error) {
	desc := &grpc.StreamDesc{StreamName: "Control", ServerStreams: true, ClientStreams: true}
	call, err := ch.NewStream(ctx, desc, gaitwayv1.EvaluationService_Control_FullMethodName)
	if err != nil {
		return false, err
	}
	attach := &gaitwayv1.ControlRequest_Attach{Attach: &gaitwayv1.Attachment{EvaluationId: id}}
	if err := call.SendMsg(&gaitwayv1.ControlRequest{Message: attach}); err != nil && err != io.EOF {
		return false, err
	}
	defer func() {
		if acted {
			cancel()
			for call.RecvMsg(&gaitwayv1.ControlResponse{}) == nil {
			}
		}
		*trailer = call.Trailer()
	}()
	round := Round{}
	for {
		response := &gaitwayv1.ControlResponse{}
		if err := call.RecvMsg(response); err == io.EOF {
			return false, nil
		} else if err != nil {
			return false, err
		}
		switch message := response.GetMessage().(type) {
		case *gaitwayv1.ControlResponse_Task:
			if round.Environment, err = environment(message.Task.GetEnvironment()); err != nil {
				return true, err
			}
			round.Evaluation = message.Task.GetEvaluation()
		case *gaitwayv1.ControlResponse_Result:
			c.results = append(c.results, message.Result)
		case *gaitwayv1.ControlResponse_States:
			answer, err := c.answer(round, message.States)
			if err != nil {
				return true, err
			}
			// What went wrong with the call, RecvMsg says.
			_ = call.SendMsg(&gaitwayv1.ControlRequest{Message: &gaitwayv1.ControlRequest_Actions{Actions: answer}})
		}
	}
}

func (c *control) answer(round Round, states *gaitwayv1.RoundStates) (*gaitwayv1.RoundActions, error) {
	if states.GetRound() != c.latest {
		c.tried, c.latest = 0, states.GetRound()
	}
	n := len(states.GetEpisodes())
	if round.Environment == nil || n == 0 || len(states.GetSteps()) != n {
		return nil, unusable("it asks for actions in %d episodes and %d steps, and has described the task: %t",
			n, len(states.GetSteps()), round.Environment != nil)
	}
	var err error
	if round.States, err = DecodeTensor(states.GetStates(), "states", n, round.Environment.NX); err != nil {
		return nil, err
	}
	round.Episodes, round.Steps = states.GetEpisodes(), states.GetSteps()
	us, err := c.act(round)
	if err != nil {
		return nil, err
	}
	actions, err := EncodeTensor(us, "actions", n, round.Environment.NU)
	return &gaitwayv1.RoundActions{Round: states.GetRound(), Actions: actions}, err
}
