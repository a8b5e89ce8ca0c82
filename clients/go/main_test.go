package gaitway_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	gaitway "github.com/gaitway/gaitway/clients/go"
)

// The kit that clients in every language run, see docs/write-a-client.md.
const kit = "../conformance"

// The server that all tests share: on a port of loopback, since some put a proxy before it.
var shared struct {
	once   sync.Once
	server *gaitway.Server
	err    error
}

func TestMain(m *testing.M) {
	for _, name := range []string{"GAITWAY_SERVER", "GAITWAY_TOKEN", "GAITWAY_TOKEN_FILE"} {
		os.Unsetenv(name)
	}
	if os.Getenv("GAITWAY_COMMAND") == "" {
		os.Setenv("GAITWAY_COMMAND", "../../gaitway")
	}
	code := m.Run()
	if shared.server != nil {
		shared.server.Close()
	}
	os.Exit(code)
}

func sharedServer() (*gaitway.Server, error) {
	shared.once.Do(func() {
		shared.server, shared.err = gaitway.StartServer(context.Background(), "", "--port", "0")
	})
	return shared.server, shared.err
}

// connect makes a client of the shared server, which ends with the test.
func connect(t testing.TB, options ...gaitway.Option) *gaitway.Client {
	t.Helper()
	server, err := sharedServer()
	if err != nil {
		t.Fatal(err)
	}
	return connectTo(t, server.Endpoint().String(), options...)
}

func connectTo(t testing.TB, endpoint string, options ...gaitway.Option) *gaitway.Client {
	t.Helper()
	client, err := gaitway.Connect(endpoint, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func ExampleParseEndpoint() {
	endpoint, err := gaitway.ParseEndpoint("tls://sim.example.org:7447?token_file=t&ca=lab/ca.pem")
	fmt.Println(endpoint, err)
	_, err = gaitway.ParseEndpoint("localhost")
	fmt.Println(err)
	// Output:
	// tls://sim.example.org:7447?ca=lab/ca.pem&token_file=t <nil>
	// endpoint: the address must be host:port with a port from 1 to 65535, but is 'localhost'; write 127.0.0.1:7447, [::1]:7447 or unix:/path/to/socket, with TLS tls://host:port
}
