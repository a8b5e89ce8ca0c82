package gaitway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

const (
	// How often a stream attaches again without getting an answer in between.
	attachTries = 6
	// Pause before the first of these; doubled before each further one: 6.3 s in all.
	attachPause = 100 * time.Millisecond
)

// StepStream is steps and resets of a session over one stream, answered in order. [StepStream.Step] awaits each answer
// before the next command, which saves most of a call's cost; [StepStream.SendStep] sends ahead, which lets the round
// trips overlap as well.
//
// A broken connection shows as a pause: the stream attaches to the session again, for up to six seconds without an
// answer, and gets every answer, for the server keeps those of the last [StepStream.Window] commands and carries out
// none twice.
//
// A command that the server refuses ends the stream: the commands before it are answered, those behind it are not
// carried out and fail with the same error, and the session stays. It is safe for concurrent use.
type StepStream struct {
	session *Session
	window  int
	allowed time.Duration
	ctx     context.Context
	cancel  context.CancelFunc
	done    chan struct{}

	mutex sync.Mutex
	// Signalled when anything below changes.
	changed  *sync.Cond
	queue    []*command
	sent     int
	step     uint64
	reset    uint64
	answered struct{ steps, resets uint64 }
	closing  bool
	ended    bool
	failure  error
	patience *time.Timer
	// Set when no answer came in time.
	late bool
}

// command was given and waits for its answer.
type command struct {
	request *gaitwayv1.StepStreamRequest
	// Takes the answer.
	answer func(*gaitwayv1.StepStreamResponse) error
	// Takes a failure.
	fail func(error)
}

// Pending is an answer that will come.
type Pending[T any] struct {
	done  chan struct{}
	value *T
	err   error
}

func newPending[T any]() *Pending[T] { return &Pending[T]{done: make(chan struct{})} }

func (p *Pending[T]) settle(value *T, err error) {
	p.value, p.err = value, err
	close(p.done)
}

// Wait waits for the answer. A context that ends first ends the waiting, and not the command.
func (p *Pending[T]) Wait(ctx context.Context) (*T, error) {
	select {
	case <-p.done:
		return p.value, p.err
	default:
	}
	select {
	case <-p.done:
		return p.value, p.err
	case <-ctx.Done():
		return nil, givenUp(ctx, "nobody waited for the answer to the end; the command goes on")
	}
}

// Stream opens a stream of steps, for many round trips or for steps sent ahead of their answers. One at a time; while
// it is open, steps and resets are its own. The context is that of the whole stream: when it ends, so does the stream.
func (s *Session) Stream(ctx context.Context) (*StepStream, error) {
	opening, done, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := s.requireNoStream(); err != nil {
		return nil, err
	}
	if err := s.settle(opening); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	stream := &StepStream{
		session: s,
		window:  max(1, int(s.message.GetAnswerWindow())),
		allowed: s.calls.allowed(s.Size()),
		ctx:     ctx,
		cancel:  cancel,
		done:    make(chan struct{}),
		step:    s.step,
		reset:   s.resets,
	}
	stream.changed = sync.NewCond(&stream.mutex)
	stream.answered.steps, stream.answered.resets = s.step, s.resets
	if s.calls.timeout > 0 {
		stream.patience = time.AfterFunc(stream.allowed, stream.lookAtTheClock)
	}
	s.stream = stream
	go stream.run()
	return stream, nil
}

// Window is the number of commands that may wait for their answers: those that the session keeps answers of. More wait
// until there is room.
func (t *StepStream) Window() int { return t.window }

// SendStep sends a step of every environment, exactly once, and gives its answer to come. It waits while
// [StepStream.Window] commands are unanswered; if its context ends meanwhile, the step is not sent.
//
// us are actions, shape (N, nu).
func (t *StepStream) SendStep(ctx context.Context, us []float64) (*Pending[StepResult], error) {
	request, err := t.session.stepRequest(us)
	if err != nil {
		return nil, err
	}
	pending := newPending[StepResult]()
	err = t.send(ctx, func() *command {
		number := t.step
		t.step++
		request.ExpectedStep = proto.Uint64(number)
		return &command{
			request: &gaitwayv1.StepStreamRequest{Command: &gaitwayv1.StepStreamRequest_Step{Step: request}},
			fail:    func(err error) { pending.settle(nil, err) },
			answer: func(response *gaitwayv1.StepStreamResponse) error {
				if response.GetStep() == nil {
					return unusable("a step was answered by something else")
				}
				result, err := t.session.result(number, response.GetStep())
				if err == nil {
					t.answered.steps++
					pending.settle(result, nil)
				}
				return err
			},
		}
	})
	return pending, err
}

// SendReset sends a reset, of all environments unless it says otherwise, exactly once, and gives its answer to come. It
// waits as [StepStream.SendStep] does.
func (t *StepStream) SendReset(ctx context.Context, options ResetOptions) (*Pending[Episodes], error) {
	request, err := t.session.resetRequest(options)
	if err != nil {
		return nil, err
	}
	pending := newPending[Episodes]()
	err = t.send(ctx, func() *command {
		request.ExpectedReset = proto.Uint64(t.reset)
		t.reset++
		return &command{
			request: &gaitwayv1.StepStreamRequest{Command: &gaitwayv1.StepStreamRequest_Reset_{Reset_: request}},
			fail:    func(err error) { pending.settle(nil, err) },
			answer: func(response *gaitwayv1.StepStreamResponse) error {
				if response.GetReset_() == nil {
					return unusable("a reset was answered by something else")
				}
				episodes, err := t.session.episodes(request, response.GetReset_())
				if err == nil {
					t.answered.resets++
					pending.settle(episodes, nil)
				}
				return err
			},
		}
	})
	return pending, err
}

// Step sends a step and waits for its answer.
func (t *StepStream) Step(ctx context.Context, us []float64) (*StepResult, error) {
	pending, err := t.SendStep(ctx, us)
	if err != nil {
		return nil, err
	}
	return pending.Wait(ctx)
}

// Reset sends a reset and waits for its answer.
func (t *StepStream) Reset(ctx context.Context, options ResetOptions) (*Episodes, error) {
	pending, err := t.SendReset(ctx, options)
	if err != nil {
		return nil, err
	}
	return pending.Wait(ctx)
}

// Close ends the stream after the commands in flight have been carried out. The session stays and knows its step
// number. The error is what ended the stream before, if anything did.
func (t *StepStream) Close() error {
	t.mutex.Lock()
	if !t.closing {
		t.closing = true
		t.progress()
		t.changed.Broadcast()
	}
	t.mutex.Unlock()
	<-t.done
	return t.failure
}

// over says whether the stream has ended.
func (t *StepStream) over() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// send queues the command that is made once there is room for it.
func (t *StepStream) send(ctx context.Context, make func() *command) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.queue) >= t.window {
		defer context.AfterFunc(ctx, t.wake)()
	}
	for len(t.queue) >= t.window && !t.closing && !t.ended && ctx.Err() == nil {
		t.changed.Wait()
	}
	if ctx.Err() != nil {
		return givenUp(ctx, "the command was not sent: its context ended before there was room for it")
	}
	if t.closing || t.ended {
		if t.failure != nil {
			return t.failure
		}
		return &Error{Code: codes.Canceled, Message: "the stream has ended; open another one", cause: ErrClosed}
	}
	t.queue = append(t.queue, make())
	if len(t.queue) == 1 {
		t.progress()
	}
	t.changed.Broadcast()
	return nil
}

// wake has those who wait look again whether they should.
func (t *StepStream) wake() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.changed.Broadcast()
}

// progress grants the next answer its whole time.
func (t *StepStream) progress() {
	if t.patience != nil {
		t.patience.Reset(t.allowed)
	}
}

func (t *StepStream) lookAtTheClock() {
	t.mutex.Lock()
	late := len(t.queue) > 0 || t.closing
	t.late = t.late || late
	t.mutex.Unlock()
	if late {
		t.cancel()
	}
}

func (t *StepStream) isLate() bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.late
}

// run attaches until the stream has ended.
func (t *StepStream) run() {
	defer context.AfterFunc(t.session.calls.ctx, t.cancel)()
	defer context.AfterFunc(t.ctx, t.wake)()
	tries := 0
	for {
		before := t.commandsAnswered()
		failure := t.attach()
		if t.commandsAnswered() != before {
			tries = 0
		}
		var lost *Error
		again := errors.As(failure, &lost) && lost.Code == codes.Unavailable && tries < attachTries && t.ctx.Err() == nil
		if !again {
			t.end(failure)
			return
		}
		t.mutex.Lock()
		idle := len(t.queue) == 0
		t.mutex.Unlock()
		if !idle {
			t.pause(attachPause << tries)
			tries++
		}
		if !t.awaitCommand() {
			t.end(nil)
			return
		}
	}
}

func (t *StepStream) commandsAnswered() uint64 {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.answered.steps + t.answered.resets
}

func (t *StepStream) pause(duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.ctx.Done():
	}
}

// awaitCommand waits until there is something to send; false if there will be nothing.
func (t *StepStream) awaitCommand() bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for len(t.queue) == 0 && !t.closing && t.ctx.Err() == nil {
		t.changed.Wait()
	}
	return len(t.queue) > 0 || t.ctx.Err() != nil
}

// attach opens a call, sends what is unanswered, and takes answers until the call ends. Nil is the end after Close.
func (t *StepStream) attach() error {
	s := t.session
	started := time.Now()
	ch, ctx, secret, closed := s.calls.acquire(t.ctx, s.calls.account)
	if closed != nil {
		return closed
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var trailer metadata.MD
	err := t.converse(ctx, ch, &trailer)
	err = translate(t.ctx, err, trailer, attempt{"step stream", s.calls.endpoint, started})
	var failure *Error
	errors.As(err, &failure)
	if t.isLate() {
		// The connection may be dead without having been closed.
		s.calls.release(ch, &Error{Code: codes.DeadlineExceeded})
		return err
	}
	s.calls.release(ch, failure)
	if failure != nil && failure.Code == codes.Unauthenticated && s.calls.replacesToken(secret) {
		// With the other token it is as good as a connection that broke.
		return &Error{Code: codes.Unavailable, Message: failure.Message, status: failure.status}
	}
	return err
}

func (t *StepStream) converse(ctx context.Context, ch *channel, trailer *metadata.MD) error {
	desc := &grpc.StreamDesc{StreamName: "StepStream", ServerStreams: true, ClientStreams: true}
	call, err := ch.NewStream(ctx, desc, gaitwayv1.EnvironmentService_StepStream_FullMethodName)
	if err != nil {
		return err
	}
	t.mutex.Lock()
	t.sent = 0
	t.mutex.Unlock()
	over := false // Guarded by the mutex.
	sender := make(chan struct{})
	go func() {
		defer close(sender)
		for {
			t.mutex.Lock()
			for !over && t.sent == len(t.queue) && !t.closing {
				t.changed.Wait()
			}
			if over {
				t.mutex.Unlock()
				return
			}
			if t.sent == len(t.queue) {
				t.mutex.Unlock()
				_ = call.CloseSend()
				return
			}
			request := t.queue[t.sent].request
			t.sent++
			t.mutex.Unlock()
			if call.SendMsg(request) != nil {
				return // What went wrong, RecvMsg says.
			}
		}
	}()
	defer func() {
		t.mutex.Lock()
		over = true
		t.changed.Broadcast()
		t.mutex.Unlock()
		<-sender
		*trailer = call.Trailer()
	}()
	for {
		response := &gaitwayv1.StepStreamResponse{}
		if err := call.RecvMsg(response); err == io.EOF {
			t.mutex.Lock()
			defer t.mutex.Unlock()
			if len(t.queue) > 0 || !t.closing {
				return unusable("the stream ended without an answer to %d commands", len(t.queue))
			}
			return nil
		} else if err != nil {
			return err
		}
		if err := t.accept(response); err != nil {
			// The trailers may be looked at only when the call has ended.
			t.cancel()
			for call.RecvMsg(&gaitwayv1.StepStreamResponse{}) == nil {
			}
			return err
		}
	}
}

func (t *StepStream) accept(response *gaitwayv1.StepStreamResponse) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.sent == 0 {
		return unusable("an answer came that nothing was asked for")
	}
	if err := t.queue[0].answer(response); err != nil {
		return err
	}
	t.queue = t.queue[1:]
	t.sent--
	t.progress()
	t.changed.Broadcast()
	return nil
}

// end tells everybody who waits.
func (t *StepStream) end(failure error) {
	t.cancel()
	t.mutex.Lock()
	if t.patience != nil {
		t.patience.Stop()
	}
	var told *Error
	if errors.As(failure, &told) {
		switch {
		case t.late:
			told = &Error{Code: codes.DeadlineExceeded, cause: context.DeadlineExceeded, Message: fmt.Sprintf(
				"a step stream got no answer within %v (server %s); give the client more time by WithTimeout", t.allowed,
				t.session.calls.endpoint)}
		case t.session.calls.ctx.Err() != nil:
			told = closedDuring("step stream")
		}
		if len(t.queue) > 0 && told.Reason == "" {
			told = asUncertain(told)
		}
		failure = told
	}
	t.ended, t.failure = true, failure
	queue := t.queue
	t.queue = nil
	answered := t.answered
	t.changed.Broadcast()
	t.mutex.Unlock()

	// The session's fields are its own while no stream is open, and close(done) ends this one.
	t.session.step, t.session.resets = answered.steps, answered.resets
	t.session.unsure = failure != nil
	for _, command := range queue {
		err := failure
		if err == nil {
			err = unusable("the stream ended without an answer")
		}
		command.fail(err)
	}
	close(t.done)
}
