package gaitway_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gaitway "github.com/gaitway/gaitway/clients/go"
	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// says checks that an error's message has these words.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("the error is '%v', which does not say '%s'", err, word)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	listener := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	address := listener.Addr().String()
	listener.Close()
	started := time.Now()
	_, err := connectTo(t, address).ServerInfo(t.Context())
	says(t, err, "no Gaitway server answers at "+address, "connection refused", "./gaitway serve --host 127.0.0.1 --port")
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("it took %v to say that nobody listens", took)
	}
	_, err = connectTo(t, "unix:"+filepath.Join(t.TempDir(), "s")).ServerInfo(t.Context())
	says(t, err, "no Gaitway server answers at unix:", "./gaitway serve --unix")
	// In the pause before the second attempt.
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err = connectTo(t, address).ServerInfo(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that is cancelled between two attempts ends with %v", err)
	}
}

func TestDeadlinesAndCancelling(t *testing.T) {
	client := connect(t)
	// So many steps in a control step take seconds, however late the time limit passes on a busy machine.
	steps := gaitway.Parameters{"substeps": 30}
	simulator := must[*gaitway.Simulator](t)(client.Simulator(t.Context(), "walker", steps))
	e := simulator.Environment()
	long := gaitway.RolloutRequest{
		Horizon: 2000, InitialStates: slices.Repeat(e.GetInitialState().GetMean(), 2000), Summary: true,
		Controllers: []gaitway.Controller{gaitway.OpenLoop{Us: make([]float64, 2000*e.NU)}},
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := simulator.Rollout(ctx, long)
	if !errors.Is(err, context.DeadlineExceeded) || status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("a rollout beyond its deadline ends with %v", err)
	}
	says(t, err, "rollout did not finish within", "WithTimeout")
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err = simulator.Rollout(ctx, long); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled rollout ends with %v", err)
	}
	brief := connect(t, gaitway.WithTimeout(time.Nanosecond))
	if _, err = brief.ServerInfo(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call beyond the client's time ends with %v", err)
	}
	brief.Close()
	if _, err = brief.ServerInfo(t.Context()); !errors.Is(err, gaitway.ErrClosed) {
		t.Errorf("a call of a closed client ends with %v", err)
	}
}

func TestRefusalsNameTheRequest(t *testing.T) {
	_, err := connect(t).Environment(t.Context(), "eel", nil)
	var failure *gaitway.Error
	if !errors.As(err, &failure) || failure.Reason != "UNKNOWN_ENVIRONMENT" || failure.RequestID == "" {
		t.Fatalf("%+v", failure)
	}
	says(t, err, failure.RequestID, "swimmer")
	if status.Convert(err).Code() != codes.NotFound {
		t.Errorf("as a status it is %v", status.Convert(err))
	}
}

func openSwimmers(t *testing.T, client *gaitway.Client) *gaitway.Session {
	t.Helper()
	session := must[*gaitway.Session](t)(client.OpenSession(t.Context(), "swimmer", gaitway.SessionOptions{Environments: 2}))
	must[*gaitway.Episodes](t)(session.Reset(t.Context(), gaitway.ResetOptions{Seeds: []uint64{1, 2}}))
	return session
}

func TestASteppedSessionSurvivesAnOutage(t *testing.T) {
	server := must[*gaitway.Server](t)(sharedServer())
	proxy := startProxy(t, server.Endpoint())
	session := openSwimmers(t, connectTo(t, proxy.address))
	us := []float64{1, 2, 3, 4}
	must[*gaitway.StepResult](t)(session.Step(t.Context(), us))
	proxy.setGone(true)
	time.AfterFunc(500*time.Millisecond, func() { proxy.setGone(false) })
	if result := must[*gaitway.StepResult](t)(session.Step(t.Context(), us)); result.Step != 2 {
		t.Errorf("step %d", result.Step)
	}
	stream := must[*gaitway.StepStream](t)(session.Stream(t.Context()))
	must[*gaitway.StepResult](t)(stream.Step(t.Context(), us))
	if _, err := session.Step(t.Context(), us); err == nil {
		t.Error("a session with an open stream was stepped")
	} else {
		says(t, err, "open stream")
	}
	proxy.setGone(true)
	time.AfterFunc(500*time.Millisecond, func() { proxy.setGone(false) })
	var answers []*gaitway.Pending[gaitway.StepResult]
	// More than the window: sending waits for room.
	for range stream.Window() + 3 {
		answers = append(answers, must[*gaitway.Pending[gaitway.StepResult]](t)(stream.SendStep(t.Context(), us)))
	}
	for i, answer := range answers {
		if result := must[*gaitway.StepResult](t)(answer.Wait(t.Context())); result.Step != uint64(4+i) {
			t.Errorf("answer %d is of step %d", i, result.Step)
		}
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
	if _, err := stream.SendStep(t.Context(), us); !errors.Is(err, gaitway.ErrClosed) {
		t.Errorf("a closed stream says %v", err)
	}
	result := must[*gaitway.StepResult](t)(session.Step(t.Context(), us))
	if count := must[uint64](t)(session.StepCount(t.Context())); count != result.Step {
		t.Errorf("the server counts %d steps, the client %d", count, result.Step)
	}
}

func TestALostAnswerLeavesAStepUncertain(t *testing.T) {
	server := must[*gaitway.Server](t)(sharedServer())
	proxy := startProxy(t, server.Endpoint())
	session := openSwimmers(t, connectTo(t, proxy.address))
	us := []float64{1, 2, 3, 4}
	proxy.setFrozen(true)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := session.Step(ctx, us)
	if !errors.Is(err, gaitway.ErrStepUncertain) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a step without an answer ends with %v", err)
	}
	says(t, err, "StepCount")
	proxy.setFrozen(false)
	// The dead connection is replaced, and the session asks where it is.
	ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	result := must[*gaitway.StepResult](t)(session.Step(ctx, us))
	if count := must[uint64](t)(session.StepCount(t.Context())); count != result.Step {
		t.Errorf("the server counts %d steps, the client %d", count, result.Step)
	}
}

func TestAStreamWithoutAnswersIsGivenUp(t *testing.T) {
	server := must[*gaitway.Server](t)(sharedServer())
	proxy := startProxy(t, server.Endpoint())
	session := openSwimmers(t, connectTo(t, proxy.address, gaitway.WithTimeout(3*time.Second)))
	us := []float64{1, 2, 3, 4}
	stream := must[*gaitway.StepStream](t)(session.Stream(t.Context()))
	must[*gaitway.StepResult](t)(stream.Step(t.Context(), us))
	proxy.setFrozen(true)
	for range stream.Window() {
		must[*gaitway.Pending[gaitway.StepResult]](t)(stream.SendStep(t.Context(), us))
	}
	// There is room for no more.
	brief, cancelBrief := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancelBrief()
	started := time.Now()
	if _, err := stream.Step(brief, us); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, gaitway.ErrStepUncertain) {
		t.Errorf("a step that waits for room ends with %v", err)
	} else if took := time.Since(started); took > time.Second {
		t.Errorf("a step that waits for room ends after %v", took)
	}
	_, err := stream.Step(t.Context(), us)
	if !errors.Is(err, gaitway.ErrStepUncertain) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a stream without an answer ends with %v", err)
	}
	says(t, err, "no answer within 3.002s")
	if err := stream.Close(); err == nil {
		t.Error("a stream that failed closes without an error")
	}
	proxy.setFrozen(false)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	must[*gaitway.StepResult](t)(session.Step(ctx, us))
}

func TestSomebodyElseSteps(t *testing.T) {
	client := connect(t)
	session := openSwimmers(t, client)
	other := must[*gaitway.Session](t)(client.Attach(t.Context(), session.ID()))
	other.Detach()
	us := []float64{1, 2, 3, 4}
	must[*gaitway.StepResult](t)(other.Step(t.Context(), us))
	if _, err := session.Step(t.Context(), []float64{0, 0, 0, 0}); !errors.Is(err, gaitway.ErrStepOutOfOrder) {
		t.Errorf("a step out of order ends with %v", err)
	}
	if result := must[*gaitway.StepResult](t)(session.Step(t.Context(), us)); result.Step != 2 {
		t.Errorf("the step afterwards is %d", result.Step)
	}
	session.Close()
	if _, err := session.Step(t.Context(), us); !errors.Is(err, gaitway.ErrClosed) {
		t.Errorf("a step of a closed session ends with %v", err)
	}
	if _, err := other.Step(t.Context(), us); !errors.Is(err, gaitway.ErrSessionExpired) {
		t.Errorf("a step of a session that was ended ends with %v", err)
	}
	if _, err := client.Attach(t.Context(), "no-such-session"); !errors.Is(err, gaitway.ErrSessionExpired) {
		t.Errorf("attaching to nothing ends with %v", err)
	}
}

func TestClosingEndsWhatIsUnderWay(t *testing.T) {
	server := must[*gaitway.Server](t)(sharedServer())
	proxy := startProxy(t, server.Endpoint())
	session := openSwimmers(t, connectTo(t, proxy.address))
	proxy.setFrozen(true)
	stepped := make(chan error, 1)
	go func() {
		_, err := session.Step(context.Background(), []float64{1, 2, 3, 4})
		stepped <- err
	}()
	time.Sleep(200 * time.Millisecond)
	started := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := session.Step(ctx, []float64{1, 2, 3, 4}); !errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, gaitway.ErrStepUncertain) {
		t.Errorf("a step that waits for its turn ends with %v", err)
	}
	go session.Close()
	if err := <-stepped; !errors.Is(err, context.Canceled) || !errors.Is(err, gaitway.ErrStepUncertain) {
		t.Errorf("a step of a session that is closed meanwhile ends with %v", err)
	}
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestLeasesAreRenewed(t *testing.T) {
	client := connect(t)
	held := must[*gaitway.Session](t)(client.OpenSession(t.Context(), "swimmer", gaitway.SessionOptions{Lease: 3 * time.Second}))
	dropped := must[*gaitway.Session](t)(client.OpenSession(t.Context(), "swimmer",
		gaitway.SessionOptions{Lease: 3 * time.Second, NoRenewal: true}))
	server := must[*gaitway.Server](t)(sharedServer())
	proxy := startProxy(t, server.Endpoint())
	unplugged := must[*gaitway.Session](t)(connectTo(t, proxy.address).OpenSession(t.Context(), "swimmer",
		gaitway.SessionOptions{Lease: 3 * time.Second}))
	// The first renewal gets no answer.
	proxy.setFrozen(true)
	time.Sleep(1500 * time.Millisecond)
	proxy.setFrozen(false)
	time.Sleep(3500 * time.Millisecond)
	must[uint64](t)(held.StepCount(t.Context()))
	must[*gaitway.Session](t)(client.Attach(t.Context(), unplugged.ID())).Detach()
	if _, err := dropped.StepCount(t.Context()); !errors.Is(err, gaitway.ErrSessionExpired) {
		t.Errorf("a session that nobody renewed says %v", err)
	}
}

func TestAnotherControllerTakesOver(t *testing.T) {
	client := connect(t)
	evaluation := must[*gaitwayv1.Evaluation](t)(client.CreateEvaluation(t.Context(), "swimmer-still", "go test",
		gaitway.EvaluationOptions{ActionDeadline: 30 * time.Second}))
	first := make(chan error, 1)
	attached := make(chan struct{})
	release := make(chan struct{})
	go func() {
		waiting := false
		_, err := client.Control(t.Context(), evaluation.GetId(), func(round gaitway.Round) ([]float64, error) {
			if !waiting {
				waiting = true
				close(attached)
				<-release
			}
			return make([]float64, len(round.Episodes)*round.Environment.NU), nil
		})
		first <- err
	}()
	<-attached
	gaveUp := errors.New("gave up")
	if _, err := client.Control(t.Context(), evaluation.GetId(), func(gaitway.Round) ([]float64, error) {
		return nil, gaveUp
	}); !errors.Is(err, gaveUp) {
		t.Errorf("a controller that gives up ends with %v", err)
	}
	close(release)
	if err := <-first; !errors.Is(err, gaitway.ErrControlTakenOver) {
		t.Errorf("the controller before ends with %v", err)
	}
}

// catalog is a server that refuses at first.
type catalog struct {
	gaitwayv1.UnimplementedCatalogServiceServer
	calls  atomic.Int32
	refuse func(ctx context.Context, call int32) error
}

func (c *catalog) GetServerInfo(
	ctx context.Context, _ *gaitwayv1.GetServerInfoRequest,
) (*gaitwayv1.GetServerInfoResponse, error) {
	if err := c.refuse(ctx, c.calls.Add(1)); err != nil {
		return nil, err
	}
	return &gaitwayv1.GetServerInfoResponse{Server: "fake"}, nil
}

func serve(t *testing.T, refuse func(context.Context, int32) error) (*catalog, string) {
	t.Helper()
	listener := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	server := grpc.NewServer()
	fake := &catalog{refuse: refuse}
	gaitwayv1.RegisterCatalogServiceServer(server, fake)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return fake, listener.Addr().String()
}

func TestCallsAreRepeatedAsTheServerAsks(t *testing.T) {
	for _, it := range []struct {
		name     string
		code     codes.Code
		pushback string
		calls    int32
		fails    bool
	}{
		{"lost", codes.Unavailable, "", 2, false},
		{"not again", codes.Unavailable, "-1", 1, true},
		{"later", codes.ResourceExhausted, "50", 2, false},
		{"full", codes.ResourceExhausted, "", 1, true},
		{"refused", codes.InvalidArgument, "", 1, true},
	} {
		t.Run(it.name, func(t *testing.T) {
			fake, address := serve(t, func(ctx context.Context, call int32) error {
				if call > 1 {
					return nil
				}
				if it.pushback != "" {
					_ = grpc.SetTrailer(ctx, metadata.Pairs("grpc-retry-pushback-ms", it.pushback))
				}
				return status.Error(it.code, "not now")
			})
			_, err := connectTo(t, address).ServerInfo(t.Context())
			if (err != nil) != it.fails || fake.calls.Load() != it.calls {
				t.Errorf("after %d calls instead of %d: %v", fake.calls.Load(), it.calls, err)
			}
		})
	}
}

// sessions is a server with one session, which goes away at the first step.
type sessions struct {
	gaitwayv1.UnimplementedEnvironmentServiceServer
	spec *gaitwayv1.EnvironmentSpec
	step func()
}

func (s *sessions) CreateSession(
	context.Context, *gaitwayv1.CreateSessionRequest,
) (*gaitwayv1.CreateSessionResponse, error) {
	return &gaitwayv1.CreateSessionResponse{Session: &gaitwayv1.Session{
		Id: "one", Environment: s.spec, NumEnvironments: 1, Lease: durationpb.New(time.Hour),
	}}, nil
}

func (s *sessions) Step(ctx context.Context, _ *gaitwayv1.StepRequest) (*gaitwayv1.StepResponse, error) {
	s.step()
	<-ctx.Done()
	return nil, ctx.Err()
}

// The first attempt may have been carried out, though the last was never sent.
func TestAStepWhoseServerGoesAwayIsUncertain(t *testing.T) {
	listener := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	server := grpc.NewServer()
	gaitwayv1.RegisterEnvironmentServiceServer(server, &sessions{
		spec: must[*gaitway.Environment](t)(connect(t).Environment(t.Context(), "swimmer", nil)).EnvironmentSpec,
		step: func() { go server.Stop() },
	})
	go func() { _ = server.Serve(listener) }()
	session := must[*gaitway.Session](t)(connectTo(t, listener.Addr().String()).OpenSession(t.Context(), "swimmer",
		gaitway.SessionOptions{NoRenewal: true}))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err := session.Step(ctx, []float64{0, 0})
	if !errors.Is(err, gaitway.ErrStepUncertain) {
		t.Errorf("a step whose server goes away ends with %v", err)
	}
	says(t, err, "no Gaitway server answers")
}

func TestATokenThatIsRefusedIsReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("old")
	fake, address := serve(t, func(ctx context.Context, call int32) error {
		told, _ := metadata.FromIncomingContext(ctx)
		if slices.Equal(told.Get("authorization"), []string{"Bearer new"}) {
			return nil
		}
		return status.Error(codes.Unauthenticated, "who are you")
	})
	client := connectTo(t, "tcp://"+address+"?token_file="+file)
	_, err := client.ServerInfo(t.Context())
	says(t, err, "does not know who calls", "token_file=FILE")
	if fake.calls.Load() != 1 {
		t.Errorf("%d calls with one token", fake.calls.Load())
	}
	write("new")
	if _, err := client.ServerInfo(t.Context()); err != nil || fake.calls.Load() != 3 {
		t.Errorf("after %d calls: %v", fake.calls.Load(), err)
	}
	if _, err := connectTo(t, address, gaitway.WithToken("new")).ServerInfo(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := gaitway.Connect("10.0.0.1:1", gaitway.WithToken("s3cret")); err == nil ||
		strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a token for plaintext elsewhere: %v", err)
	}
}

func TestTLS(t *testing.T) {
	folder := t.TempDir()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gaitway test"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	certificate := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	private := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(key))
	files := map[string]string{}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: certificate}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		files[name] = filepath.Join(folder, name)
		if err := os.WriteFile(files[name], pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := must[*gaitway.Server](t)(gaitway.StartServer(t.Context(), "", "--port", "0",
		"--tls-certificate", files["cert.pem"], "--tls-key", files["key.pem"]))
	defer server.Close()
	// A certificate for the handshake's endpoint is for people to name.
	address := must[*gaitway.Endpoint](t)(gaitway.ParseEndpoint(server.Endpoint().String())).String()
	address = strings.TrimPrefix(strings.TrimPrefix(address, "tls://"), "tcp://")
	address, _, _ = strings.Cut(address, "?")
	trusted := "tls://" + address + "?ca=" + files["cert.pem"] + "&server_name=localhost"
	must[*gaitwayv1.GetServerInfoResponse](t)(connectTo(t, trusted).ServerInfo(t.Context()))
	_, err := connectTo(t, "tls://"+address).ServerInfo(t.Context())
	says(t, err, "TLS with the server at tls://"+address+" failed", "?ca=FILE")
	_, err = connectTo(t, address).ServerInfo(t.Context())
	says(t, err, "the server at "+address+" speaks TLS; write tls://"+address)
	plain := must[*gaitway.Server](t)(sharedServer()).Endpoint().String()
	_, err = connectTo(t, "tls://"+plain).ServerInfo(t.Context())
	says(t, err, "the server at tls://"+plain+" does not speak TLS; write "+plain)
	_, err = gaitway.Connect("tls://" + plain + "?ca=" + filepath.Join(folder, "none.pem"))
	says(t, err, "none.pem' cannot be read")
}

func TestHTTP1(t *testing.T) {
	listener := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	defer listener.Close()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = client.Read(make([]byte, 1024))
			_, _ = client.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
			client.Close()
		}
	}()
	_, err := connectTo(t, listener.Addr().String()).ServerInfo(t.Context())
	says(t, err, "speaks HTTP/1", "the port that ./gaitway serve names")
}

func TestAServerThatIsNeverReadyIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	started := time.Now()
	// What it started holds its output.
	_, err := gaitway.StartServer(ctx, "sh -c 'sleep 60; :'")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a server that is not ready in time ends with %v", err)
	}
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("it took %v to give a server up", took)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	must[*gaitway.Server](t)(sharedServer())
	before := runtime.NumGoroutine()
	for range 3 {
		client := connect(t)
		session := openSwimmers(t, client)
		stream := must[*gaitway.StepStream](t)(session.Stream(t.Context()))
		must[*gaitway.StepResult](t)(stream.Step(t.Context(), []float64{1, 2, 3, 4}))
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left of %d", runtime.NumGoroutine(), before)
		}
	}
}

func TestExamples(t *testing.T) {
	server := must[*gaitway.Server](t)(sharedServer())
	example := func(name string, arguments ...string) *exec.Cmd {
		binary := filepath.Join(t.TempDir(), name)
		if out, err := exec.Command("go", "build", "-o", binary, "./examples/"+name).CombinedOutput(); err != nil {
			t.Fatalf("%s does not build: %v\n%s", name, err, out)
		}
		return exec.Command(binary, arguments...)
	}
	out, err := example("rollout", server.Endpoint().String()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "a step against the gradient") {
		t.Errorf("rollout: %v\n%s", err, out)
	}
	client := connect(t)
	evaluation := must[*gaitwayv1.Evaluation](t)(client.CreateEvaluation(t.Context(), "swimmer-still", "a file",
		gaitway.EvaluationOptions{ActionDeadline: 30 * time.Second}))
	controller := example("controller", kit+"/policies/good/affine.json")
	controller.Env = append(os.Environ(), "GAITWAY_EVALUATION_SERVER="+server.Endpoint().String(),
		"GAITWAY_EVALUATION="+evaluation.GetId())
	out, err = controller.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "episodes controlled") {
		t.Errorf("controller: %v\n%s", err, out)
	}
	described := must[*gaitwayv1.GetEvaluationResponse](t)(client.Evaluation(t.Context(), evaluation.GetId()))
	if described.GetEvaluation().GetEndTime() == nil || len(described.GetEpisodes()) == 0 {
		t.Errorf("the evaluation has not ended: %v", described.GetEvaluation())
	}
	board := must[[]*gaitwayv1.Evaluation](t)(client.Leaderboard(t.Context(), "swimmer-still"))
	if len(board) == 0 || len(must[[]*gaitwayv1.Suite](t)(client.Suites(t.Context()))) == 0 {
		t.Error("the leaderboard or the list of suites is empty")
	}
}

// The program in the README is built and run as it is there, but for the server's address.
func TestReadme(t *testing.T) {
	readme := string(must[[]byte](t)(os.ReadFile("README.md")))
	_, rest, _ := strings.Cut(readme, "```go\n")
	program, _, found := strings.Cut(rest, "```")
	if !found || strings.Contains(rest[len(program)+3:], "```go\n") {
		t.Fatal("the README does not have exactly one program")
	}
	const address = "127.0.0.1:7447"
	server := must[*gaitway.Server](t)(sharedServer())
	file := filepath.Join(t.TempDir(), "main.go")
	text := strings.Replace(program, address, server.Endpoint().String(), 1)
	if text == program {
		t.Fatalf("the README's program does not connect to %s", address)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "run", file).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "df/dx has 14400 entries") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := exec.Command("gofmt", "-l", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("the README's program is not formatted: %v %s", err, out)
	}
}
