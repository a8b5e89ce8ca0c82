package gaitway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// How long a server may take to begin to speak TLS.
const probeTime = 2 * time.Second

// connection is what all calls of a client share. It makes them with deadlines and repetitions, and turns their ends
// into values and errors.
type connection struct {
	endpoint *Endpoint
	options  []grpc.DialOption
	timeout  time.Duration
	// Whether the server has ever answered.
	answered atomic.Bool
	// Ends every call when the client is closed.
	ctx    context.Context
	cancel context.CancelFunc

	mutex   sync.Mutex
	channel *channel
	secret  string
}

// channel is a gRPC channel with the calls that use it: one that was replaced is closed after the last of them.
type channel struct {
	*grpc.ClientConn
	users    int
	replaced bool
}

func open(endpoint *Endpoint, settings settings) (*connection, error) {
	secret, err := endpoint.secret()
	if err != nil {
		return nil, err
	}
	transport, err := transportCredentials(endpoint)
	if err != nil {
		return nil, err
	}
	network, address := endpoint.dial()
	ctx, cancel := context.WithCancel(context.Background())
	c := &connection{
		endpoint: endpoint,
		timeout:  settings.timeout,
		ctx:      ctx,
		cancel:   cancel,
		secret:   secret,
		options: []grpc.DialOption{
			grpc.WithTransportCredentials(transport),
			// Addresses are Go's, among them sockets and the zones of IPv6.
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
				var dialer net.Dialer
				return dialer.DialContext(ctx, network, address)
			}),
			// Repetitions are made here: gRPC's own do not repeat a stream that broke behind its first message, and
			// give an address that nobody listens at all five attempts.
			grpc.WithDisableRetry(),
			grpc.WithDisableServiceConfig(),
			// A client finds its server again soon, however long that was gone.
			grpc.WithConnectParams(grpc.ConnectParams{
				Backoff: backoff.Config{
					BaseDelay: 50 * time.Millisecond, Multiplier: 2, Jitter: jitter, MaxDelay: time.Second,
				},
				MinConnectTimeout: 20 * time.Second,
			}),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(settings.maxMessageBytes), grpc.MaxCallSendMsgSize(1<<31-1)),
			grpc.WithUserAgent("gaitway-go/" + Version),
		},
	}
	if endpoint.tls == nil { // With TLS it is the name in the certificate.
		c.options = append(c.options, grpc.WithAuthority(authority(endpoint)))
	}
	if c.channel, err = c.newChannel(); err != nil {
		cancel()
		return nil, err
	}
	return c, nil
}

func (c *connection) newChannel() (*channel, error) {
	conn, err := grpc.NewClient("passthrough:///gaitway", c.options...)
	if err != nil {
		return nil, argument("endpoint", "%v", err)
	}
	return &channel{ClientConn: conn}, nil
}

func authority(e *Endpoint) string {
	if e.socket != "" {
		return "localhost"
	}
	return e.address()
}

func transportCredentials(e *Endpoint) (credentials.TransportCredentials, error) {
	if e.tls == nil {
		return insecure.NewCredentials(), nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: e.tls.ServerName}
	if config.ServerName == "" {
		config.ServerName = e.host
	}
	if e.tls.CA != "" {
		pem, err := os.ReadFile(e.tls.CA)
		if err != nil {
			return nil, argument("ca", "'%s' cannot be read (%v); name a file with PEM certificates", e.tls.CA, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, argument("ca", "'%s' has no PEM certificate; name the file of who vouches for the server", e.tls.CA)
		}
	}
	if e.tls.Cert != "" {
		pair, err := tls.LoadX509KeyPair(e.tls.Cert, e.tls.Key)
		if err != nil {
			return nil, argument("cert", "'%s' with the key '%s' cannot be used (%v); name a PEM certificate and its key",
				e.tls.Cert, e.tls.Key, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return credentials.NewTLS(config), nil
}

// acquire takes the channel for a call, with the headers of the call; release gives it back.
func (c *connection) acquire(ctx context.Context, account string) (*channel, context.Context, string, *Error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.ctx.Err() != nil {
		return nil, nil, "", &Error{Code: codes.Canceled, Message: "the client is closed; connect again", cause: ErrClosed}
	}
	c.channel.users++
	if account != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "gaitway-account", account)
	}
	if c.secret != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+c.secret)
	}
	return c.channel, ctx, c.secret, nil
}

// release gives a channel back; the outcome of the call says whether the channel is still good.
func (c *connection) release(ch *channel, failure *Error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	ch.users--
	switch {
	case failure == nil:
		c.answered.Store(true)
	case failure.Reason == "" && (failure.Code == codes.DeadlineExceeded || failure.neverSent()):
		// The connection may be dead without having been closed; or there is none, and gRPC would pause before it looks
		// again, and answer with the old failure meanwhile.
		if !ch.replaced && c.ctx.Err() == nil {
			if next, err := c.newChannel(); err == nil {
				ch.replaced, c.channel = true, next
			}
		}
	case failure.Code != codes.Unavailable && failure.Code != codes.Canceled:
		c.answered.Store(true)
	}
	if ch.users == 0 && ch.replaced {
		ch.Close()
	}
}

// replacesToken reads the token again after the server refused this one; true if there is another now.
func (c *connection) replacesToken(refused string) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if secret, err := c.endpoint.secret(); err == nil && secret != "" {
		c.secret = secret
	}
	return c.secret != refused
}

func (c *connection) close() {
	c.cancel()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.channel.Close()
}

// bounded is ctx with the time that a call of so many control steps may take, unless ctx has a deadline of its own, and
// with an end when the client is closed.
func (c *connection) bounded(ctx context.Context, steps int) (context.Context, context.CancelFunc) {
	_, has := ctx.Deadline()
	var cancel context.CancelFunc
	if has || c.timeout <= 0 {
		ctx, cancel = context.WithCancel(ctx)
	} else {
		ctx, cancel = context.WithTimeout(ctx, c.allowed(steps))
	}
	stop := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

func (c *connection) allowed(steps int) time.Duration {
	return c.timeout + time.Duration(steps)*time.Millisecond
}

// calls makes calls under an account.
type calls struct {
	*connection
	account string
}

// plan says what a call is called in messages, and how much it may take.
type plan struct {
	// Such as "linearize".
	operation string
	// Control steps that it asks for.
	steps int
	// Whether this call may be made twice although the contract does not say so of its method.
	repeatable bool
	// Most attempts; 0 for the policy's.
	attempts int
}

// unary makes a call with one answer.
func unary[Q, R proto.Message](
	ctx context.Context, c calls, method string, p plan, request Q, response R,
) error {
	return c.tries(ctx, method, p, func(ctx context.Context, ch *channel, trailer *metadata.MD) error {
		return ch.Invoke(ctx, method, request, response, grpc.Trailer(trailer))
	})
}

// serverStream makes a call with any number of answers, each handed to a receiver as it comes; a repetition of the call
// gets a new receiver. A receiver's error ends the call, and is what comes of it.
func serverStream[Q proto.Message, R any, PR interface {
	*R
	proto.Message
}](ctx context.Context, c calls, method string, p plan, request Q, receiver func() func(PR) error) error {
	return c.tries(ctx, method, p, func(ctx context.Context, ch *channel, trailer *metadata.MD) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := ch.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
		if err != nil {
			return err
		}
		if err := stream.SendMsg(request); err != nil && err != io.EOF {
			return err
		}
		if err := stream.CloseSend(); err != nil {
			return err
		}
		// Once a RecvMsg has failed, and not before.
		defer func() { *trailer = stream.Trailer() }()
		accept := receiver()
		for {
			response := PR(new(R))
			if err := stream.RecvMsg(response); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
			if err := accept(response); err != nil {
				cancel()
				for stream.RecvMsg(PR(new(R))) == nil {
				}
				return err
			}
		}
	})
}

// tries makes a call, and again after a pause if the server was not reached, or refused it for now: see [pauseAfter]. A
// token that the server refuses is read again, once.
func (c calls) tries(
	ctx context.Context, method string, p plan, call func(context.Context, *channel, *metadata.MD) error,
) error {
	started := time.Now()
	ctx, cancel := c.bounded(ctx, p.steps)
	defer cancel()
	most := p.attempts
	if most == 0 {
		most = policy.maxAttempts
	}
	renewed, maybeDone := false, false
	for made := 1; ; made++ {
		ch, callCtx, secret, err := c.acquire(ctx, c.account)
		if err != nil {
			err.maybeDone = maybeDone
			return err
		}
		var trailer metadata.MD
		fault := translate(ctx, call(callCtx, ch, &trailer), trailer, attempt{p.operation, c.endpoint, started})
		var failure *Error
		errors.As(fault, &failure)
		c.release(ch, failure)
		if failure == nil {
			return fault
		}
		if c.ctx.Err() != nil {
			return closedDuring(p.operation)
		}
		maybeDone = maybeDone || failure.Reason == "" && !failure.neverSent()
		failure.maybeDone = maybeDone
		if failure.Code == codes.Unauthenticated && !renewed {
			if renewed = c.replacesToken(secret); renewed {
				made--
				continue
			}
		}
		if made >= most {
			return c.explained(failure)
		}
		if err := c.beforeAnother(ctx, failure, made, repeatable[method] || p.repeatable); err != nil {
			return err
		}
	}
}

// beforeAnother waits before another attempt, if the failure of the last allows it; else it is what to return.
func (c *connection) beforeAnother(ctx context.Context, failure *Error, made int, repeatable bool) error {
	pause, again := pauseAfter(failure, made, repeatable, c.answered.Load())
	if deadline, has := ctx.Deadline(); !again || has && time.Until(deadline) < pause {
		return c.explained(failure)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		told := *c.explained(failure)
		told.cause = ctx.Err()
		if c.ctx.Err() != nil {
			told.cause = ErrClosed
		}
		return &told
	}
}

// explained is a failure, or what is known of a server that never said a word.
func (c *connection) explained(failure *Error) *Error {
	if c.answered.Load() || failure.Code != codes.Unavailable || failure.Reason != "" || c.endpoint.tls != nil ||
		c.endpoint.socket != "" || failure.neverSent() {
		return failure
	}
	// Nothing is sent: it only matters whether it shakes hands.
	network, address := c.endpoint.dial()
	dialer := &net.Dialer{Timeout: probeTime}
	probe, err := tls.DialWithDialer(dialer, network, address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec
	if err != nil {
		return failure
	}
	probe.Close()
	told := *failure
	told.Message = "the server at " + c.endpoint.String() + " speaks TLS; write tls://" + c.endpoint.address() +
		", and ?ca=FILE behind it if its certificate is not from a public authority"
	return &told
}
