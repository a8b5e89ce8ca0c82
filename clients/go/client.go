package gaitway

import (
	"context"
	"os"
	"regexp"
	"sync"
	"time"

	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
)

// settings are what options change.
type settings struct {
	timeout         time.Duration
	maxMessageBytes int
	account         string
	token           *string
}

// An Option changes how a client connects.
type Option func(*settings)

// WithTimeout sets the time that a call may take if its context has no deadline, to which 1 ms is added for every
// control step asked for; 30 s unless set, 0 for no limit.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.timeout = timeout }
}

// WithMaxMessageBytes sets the size of the largest answer that is taken, bytes; 64 MiB unless set.
func WithMaxMessageBytes(bytes int) Option {
	return func(s *settings) { s.maxMessageBytes = bytes }
}

// WithToken sets the token that says who calls, in place of that of the endpoint or the environment.
func WithToken(token string) Option {
	return func(s *settings) { s.token = &token }
}

// WithAccount has the server count this client's calls under a label: 1 to 64 characters of A-Z a-z 0-9 . _ -.
func WithAccount(name string) Option {
	return func(s *settings) { s.account = name }
}

// Client is a connection to a Gaitway server. It is safe for concurrent use.
type Client struct {
	calls    calls
	mutex    sync.Mutex
	sessions map[*Session]struct{}
}

// Connect makes a client of the server at an endpoint, see [ParseEndpoint]; empty for the one that the variable
// GAITWAY_SERVER names. It connects with its first call. The error is an [*ArgumentError].
func Connect(endpoint string, options ...Option) (*Client, error) {
	if endpoint == "" {
		if endpoint = os.Getenv("GAITWAY_SERVER"); endpoint == "" {
			return nil, argument("endpoint", "it is empty, and GAITWAY_SERVER is not set; name a server such as"+
				" 127.0.0.1:7447, or start one by StartServer or ./gaitway serve")
		}
	}
	parsed, err := ParseEndpoint(endpoint)
	if err != nil {
		return nil, err
	}
	return ConnectTo(parsed, options...)
}

// ConnectTo is [Connect] with an endpoint that was read already.
func ConnectTo(endpoint *Endpoint, options ...Option) (*Client, error) {
	s := settings{timeout: 30 * time.Second, maxMessageBytes: 64 << 20}
	for _, option := range options {
		option(&s)
	}
	if s.token != nil {
		var err error
		if endpoint, err = endpoint.WithToken(*s.token); err != nil {
			return nil, err
		}
	}
	if s.maxMessageBytes < 1 {
		return nil, argument("maxMessageBytes", "it must be at least 1, but is %d", s.maxMessageBytes)
	}
	if s.account != "" {
		if err := checkAccount(s.account); err != nil {
			return nil, err
		}
	}
	c, err := open(endpoint, s)
	if err != nil {
		return nil, err
	}
	return &Client{calls: calls{c, s.account}, sessions: map[*Session]struct{}{}}, nil
}

var accountForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func checkAccount(name string) error {
	if !accountForm.MatchString(name) {
		return argument("account", "it must be 1 to 64 characters of A-Z a-z 0-9 . _ -, but is '%s'", name)
	}
	return nil
}

// Endpoint is where the server is.
func (c *Client) Endpoint() *Endpoint { return c.calls.endpoint }

// Close ends the client's sessions, but for those that were detached, and the connection. Other calls in progress end
// with [ErrClosed].
func (c *Client) Close() error {
	c.mutex.Lock()
	var open []*Session
	for session := range c.sessions {
		open = append(open, session)
	}
	c.mutex.Unlock()
	var wait sync.WaitGroup
	for _, session := range open {
		wait.Go(func() {
			// What fails is left to the lease.
			_ = session.Close()
		})
	}
	wait.Wait()
	c.calls.close()
	return nil
}

// ServerInfo says what the server is: its version, capabilities and limits.
func (c *Client) ServerInfo(ctx context.Context) (*gaitwayv1.GetServerInfoResponse, error) {
	response := &gaitwayv1.GetServerInfoResponse{}
	err := unary(ctx, c.calls, gaitwayv1.CatalogService_GetServerInfo_FullMethodName, plan{operation: "server info"},
		&gaitwayv1.GetServerInfoRequest{}, response)
	return response, err
}

// Environment describes an environment: everything that a client needs to know of it.
type Environment struct {
	// EnvironmentSpec is the contract's description.
	*gaitwayv1.EnvironmentSpec
	// NX is the number of state entries.
	NX int
	// NU is the number of action entries.
	NU int
}

func environment(spec *gaitwayv1.EnvironmentSpec) (*Environment, error) {
	e := &Environment{EnvironmentSpec: spec, NX: len(spec.GetState()), NU: len(spec.GetAction())}
	switch {
	case spec == nil:
		return nil, unusable("the environment is missing")
	case e.NX == 0 || e.NU == 0 || spec.GetHorizon() < 1:
		return nil, unusable("the environment %s has %d state entries, %d actions and a horizon of %d",
			spec.GetId(), e.NX, e.NU, spec.GetHorizon())
	case len(spec.GetInitialState().GetMean()) != e.NX || len(spec.GetInitialState().GetStd()) != e.NX:
		return nil, unusable("the initial state of %s does not have %d entries", spec.GetId(), e.NX)
	}
	return e, nil
}

// Parameters are values of an environment's parameters by name; what is not named keeps its default.
type Parameters map[string]float64

// Environments lists the environments with their default parameters, sorted by id.
func (c *Client) Environments(ctx context.Context) ([]*Environment, error) {
	response := &gaitwayv1.ListEnvironmentsResponse{}
	if err := unary(ctx, c.calls, gaitwayv1.CatalogService_ListEnvironments_FullMethodName,
		plan{operation: "list of environments"}, &gaitwayv1.ListEnvironmentsRequest{}, response); err != nil {
		return nil, err
	}
	var list []*Environment
	for _, spec := range response.GetEnvironments() {
		e, err := environment(spec)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// Environment describes one environment with these parameters. The error's Reason is UNKNOWN_ENVIRONMENT or
// INVALID_PARAMETER if there is none.
func (c *Client) Environment(ctx context.Context, id string, parameters Parameters) (*Environment, error) {
	response := &gaitwayv1.GetEnvironmentResponse{}
	request := &gaitwayv1.GetEnvironmentRequest{Environment: &gaitwayv1.EnvironmentRef{Id: id, Parameters: parameters}}
	if err := unary(ctx, c.calls, gaitwayv1.CatalogService_GetEnvironment_FullMethodName,
		plan{operation: "description of an environment"}, request, response); err != nil {
		return nil, err
	}
	e, err := environment(response.GetEnvironment())
	if err == nil && e.GetId() != id {
		return nil, unusable("it describes %s, but %s was asked for", e.GetId(), id)
	}
	return e, err
}

// Simulator makes the dynamics of an environment with these parameters callable, free of sessions. Its calls insist on
// the model that the server has now: another one is MODEL_DIGEST_MISMATCH.
func (c *Client) Simulator(ctx context.Context, id string, parameters Parameters) (*Simulator, error) {
	e, err := c.Environment(ctx, id, parameters)
	if err != nil {
		return nil, err
	}
	digest := e.GetModelDigest()
	copied := Parameters{}
	for name, value := range parameters {
		copied[name] = value
	}
	ref := &gaitwayv1.EnvironmentRef{Id: id, Parameters: copied, ModelDigest: &digest}
	return &Simulator{calls: c.calls, environment: e, ref: ref}, nil
}

// Usage says what the server has counted for the caller's principal, or for one of its labels; empty for all of them.
func (c *Client) Usage(ctx context.Context, account string) (*gaitwayv1.Usage, error) {
	return c.calls.usage(ctx, account)
}

func (c calls) usage(ctx context.Context, account string) (*gaitwayv1.Usage, error) {
	response := &gaitwayv1.GetUsageResponse{}
	if err := unary(ctx, c, gaitwayv1.UsageService_GetUsage_FullMethodName, plan{operation: "usage"},
		&gaitwayv1.GetUsageRequest{Account: account}, response); err != nil {
		return nil, err
	}
	if response.GetUsage() == nil {
		return nil, unusable("usage is missing")
	}
	return response.GetUsage(), nil
}
