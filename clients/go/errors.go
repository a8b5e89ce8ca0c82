package gaitway

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Faults that a program can react to; errors.Is finds them in what the methods of this package return.
var (
	// ErrSessionExpired says that the server has no such session (any more). Open another, and restore a snapshot.
	ErrSessionExpired = errors.New("the session is gone")
	// ErrStepOutOfOrder says that somebody else stepped or reset the session. The session has taken note: step again.
	ErrStepOutOfOrder = errors.New("the session has been stepped by somebody else")
	// ErrStepUncertain says that a step or a reset was not answered, so that it may have been carried out or not.
	// [Session.StepCount] asks the server.
	ErrStepUncertain = errors.New("the step may have been carried out")
	// ErrControlTakenOver says that another controller has attached to the evaluation.
	ErrControlTakenOver = errors.New("another controller has taken over")
	// ErrEvaluationOver says that the evaluation has no episodes left.
	ErrEvaluationOver = errors.New("the evaluation is over")
	// ErrClosed says that the client, the session or the stream was closed.
	ErrClosed = errors.New("it is closed")
)

var sentinels = map[string]error{
	"SESSION_EXPIRED":    ErrSessionExpired,
	"STEP_OUT_OF_ORDER":  ErrStepOutOfOrder,
	"CONTROL_TAKEN_OVER": ErrControlTakenOver,
	"EVALUATION_OVER":    ErrEvaluationOver,
}

// Error is a request that the server refused or that could not be carried out. Its message stands alone: it can be
// shown to a person as it is. errors.Is compares it with the Err... values of this package, and with
// context.DeadlineExceeded and context.Canceled where that is what happened; status.FromError gives the gRPC status.
type Error struct {
	// Code is the canonical status code, such as codes.InvalidArgument.
	Code codes.Code
	// Reason is the server's machine-readable reason, such as "TENSOR_SHAPE_MISMATCH"; empty if the fault arose in the
	// transport or on this side. The contract's ErrorReason lists them.
	Reason string
	// Message says what happened and, where something can be done, what.
	Message string
	// Metadata holds the values of the fault that vary, by name.
	Metadata map[string]string
	// Field is the path of the request's field at fault, such as "controllers[1].mlp.inputs"; empty if none was named.
	Field string
	// RetryDelay is how long the server asks to wait before the next try; 0 if it did not say.
	RetryDelay time.Duration
	// RequestID is the call's name in the server's log; empty if the server never saw the call.
	RequestID string

	status  *status.Status
	trailer metadata.MD
	cause   error
	// Whether an attempt of the call may have been carried out: all that rules it out is the server's refusal, or that
	// no connection was made.
	maybeDone bool
	uncertain bool
}

// Error is the message, with the request's id where there is one.
func (e *Error) Error() string {
	if e.RequestID != "" {
		return e.Message + " [request " + e.RequestID + "]"
	}
	return e.Message
}

// Is makes errors.Is find the Err... values of this package.
func (e *Error) Is(target error) bool {
	return target == ErrStepUncertain && e.uncertain || e.Reason != "" && target == sentinels[e.Reason]
}

// Unwrap is what the fault was learnt from.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus is the status as it came, for status.FromError.
func (e *Error) GRPCStatus() *status.Status {
	if e.status == nil {
		return status.New(e.Code, e.Message)
	}
	return e.status
}

// ArgumentError is an argument that cannot be right whatever the server says. Nothing was sent.
type ArgumentError struct {
	// Name of the argument, such as "controllers[1].layers[0].W".
	Name string
	// Problem says what is wrong with it and what is allowed.
	Problem string
}

// Error names the argument and its problem.
func (e *ArgumentError) Error() string { return e.Name + ": " + e.Problem }

func argument(name, format string, values ...any) error {
	return &ArgumentError{Name: name, Problem: fmt.Sprintf(format, values...)}
}

// DivergedError is a knot that cannot be simulated, of which derivatives were asked.
type DivergedError struct {
	// Knot is the index of the first such knot, 0 to T.
	Knot int
}

// Error says which knot diverges.
func (e *DivergedError) Error() string {
	return fmt.Sprintf("the control step at knot %d diverges, so it has no derivative: its state or action is outside"+
		" what the model can simulate", e.Knot)
}

// unusable is the fault of a server whose answer is not what the contract says.
func unusable(format string, values ...any) error {
	return &Error{
		Code:      codes.Internal,
		Message:   "the server's answer cannot be used: " + fmt.Sprintf(format, values...),
		maybeDone: true,
	}
}

// closedDuring is the fault of a call that was under way when its client was closed.
func closedDuring(operation string) *Error {
	return &Error{
		Code: codes.Canceled, Message: operation + " was cancelled: the client is closed", cause: ErrClosed, maybeDone: true,
	}
}

// givenUp is what comes of a context that ended before anything was sent.
func givenUp(ctx context.Context, message string) *Error {
	return &Error{Code: status.FromContextError(ctx.Err()).Code(), Message: message, cause: ctx.Err()}
}

// attempt is what was tried, for messages.
type attempt struct {
	operation string
	endpoint  *Endpoint
	// started is when the call began; of a failure by time, the message says how long it had.
	started time.Time
}

// translate is the only place where a gRPC status becomes an [*Error]. Where the fault arose in the transport, and so
// carries no details, the message says what a person can do about it.
func translate(ctx context.Context, err error, trailer metadata.MD, a attempt) error {
	if err == nil {
		return nil
	}
	var known *Error
	var wrong *ArgumentError
	var diverged *DivergedError
	if errors.As(err, &known) || errors.As(err, &wrong) || errors.As(err, &diverged) {
		return err
	}
	st := status.Convert(err)
	e := &Error{Code: st.Code(), status: st, trailer: trailer}
	if ids := trailer.Get("gaitway-request-id"); len(ids) > 0 {
		e.RequestID = ids[0]
	}
	ours := false
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			ours = d.GetDomain() == "gaitway"
			e.Reason, e.Metadata = d.GetReason(), d.GetMetadata()
		case *errdetails.BadRequest:
			if violations := d.GetFieldViolations(); len(violations) > 0 {
				e.Field = violations[0].GetField()
			}
		case *errdetails.RetryInfo:
			e.RetryDelay = d.GetRetryDelay().AsDuration()
		}
	}
	if e.Reason == "" && ctx.Err() != nil && (e.Code == codes.Canceled || e.Code == codes.DeadlineExceeded) {
		e.cause = ctx.Err()
	} else if e.Reason == "" && e.Code == codes.DeadlineExceeded {
		e.cause = context.DeadlineExceeded
	} else if e.Code == codes.Canceled {
		// A cancellation that did not come from this side is a server that is going down.
		e.Code = codes.Unavailable
	}
	e.Message = strings.TrimSpace(st.Message())
	if !ours || e.Message == "" {
		e.Message = explain(e, a)
	}
	return e
}

// explain says what a status of the transport means to the caller.
func explain(e *Error, a attempt) string {
	words := e.Message
	where := fmt.Sprintf("(server %s)", a.endpoint)
	switch e.Code {
	case codes.Unavailable:
		return explainUnavailable(words, a)
	case codes.DeadlineExceeded:
		return fmt.Sprintf("%s did not finish within %v %s; give its context more time, or the client by WithTimeout",
			a.operation, time.Since(a.started).Round(time.Millisecond), where)
	case codes.Canceled:
		return fmt.Sprintf("%s was cancelled %s", a.operation, where)
	case codes.Unauthenticated:
		return fmt.Sprintf("%s was refused by the server at %s, which does not know who calls (%s); name the file of a"+
			" token that it takes: ?token_file=FILE behind tls://host:port, or the variable GAITWAY_TOKEN_FILE",
			a.operation, a.endpoint, words)
	case codes.PermissionDenied:
		return fmt.Sprintf("%s is not allowed by the server at %s (%s); ask who runs it for a token that may",
			a.operation, a.endpoint, words)
	case codes.ResourceExhausted:
		return fmt.Sprintf("%s exceeded a limit %s: %s; WithMaxMessageBytes limits answers, the server limits requests",
			a.operation, where, words)
	case codes.Unimplemented:
		return fmt.Sprintf("%s is not offered by the server at %s (%s): is it a Gaitway server of this version?",
			a.operation, a.endpoint, words)
	default:
		return fmt.Sprintf("%s failed %s: %s: %s", a.operation, where, e.Code, words)
	}
}

// What a TLS handshake comes to with a server that speaks something else: it answers in plaintext, or hangs up.
var plaintextForm = regexp.MustCompile(`first record does not look like a TLS handshake|handshake failed: (EOF|.*reset by peer)`)

func explainUnavailable(words string, a attempt) string {
	e := a.endpoint
	switch {
	case e.tls != nil && plaintextForm.MatchString(words):
		return fmt.Sprintf("the server at %s does not speak TLS; write %s without tls://", e, e.address())
	case e.tls != nil && strings.Contains(words, "authentication handshake failed"):
		return fmt.Sprintf("TLS with the server at %s failed (%s); name the certificate of who vouches for it by ?ca=FILE,"+
			" its name by server_name=NAME if that is not the host's, and your own certificate by cert=FILE&key=FILE if"+
			" it asks for one", e, words)
	case strings.Contains(words, "HTTP/1.1 header"):
		return fmt.Sprintf("the server at %s speaks HTTP/1, so it is no Gaitway server, or this is its port of metrics;"+
			" write the port that ./gaitway serve names", e)
	case neverConnected(words):
		return fmt.Sprintf("no Gaitway server answers at %s (%s); %s", e, dialProblem(words), e.startHint())
	}
	return fmt.Sprintf("the connection to the server at %s broke during %s (%s)", e, a.operation, words)
}

// neverSent says whether a call failed because no connection could be made, so that the server cannot have carried it
// out.
func (e *Error) neverSent() bool {
	return e.Code == codes.Unavailable && neverConnected(e.GRPCStatus().Message())
}

func neverConnected(words string) bool {
	return strings.Contains(words, "transport: Error while dialing") || strings.Contains(words, "name resolver error") ||
		strings.Contains(words, "authentication handshake failed")
}

// dialProblem is what package net said, without gRPC's wrapping.
func dialProblem(words string) string {
	if i := strings.LastIndex(words, "dialing: "); i >= 0 {
		words = words[i+len("dialing: "):]
	}
	return strings.Trim(words, `"`)
}
