package gaitway_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	gaitway "github.com/gaitway/gaitway/clients/go"
)

// proxy is a TCP proxy on loopback whose connections break.
type proxy struct {
	address  string
	listener net.Listener
	target   string

	mutex  sync.Mutex
	cuts   []int
	count  int
	gone   bool
	open   map[net.Conn]bool
	frozen bool
}

// startProxy makes a proxy whose first connection breaks after so many bytes of answers, the second, and so on.
func startProxy(t testing.TB, to *gaitway.Endpoint, cuts ...int) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{
		address: listener.Addr().String(), listener: listener, target: to.String(), cuts: cuts, open: map[net.Conn]bool{},
	}
	go p.serve()
	t.Cleanup(func() {
		listener.Close()
		p.setGone(true)
	})
	return p
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mutex.Lock()
		if p.gone {
			p.mutex.Unlock()
			client.Close()
			continue
		}
		p.count++
		most := -1
		if len(p.cuts) > 0 {
			most, p.cuts = p.cuts[0], p.cuts[1:]
		}
		p.open[client] = true
		p.mutex.Unlock()
		go p.pass(client, most)
	}
}

func (p *proxy) pass(client net.Conn, most int) {
	network, address := "tcp", p.target
	if path, ok := strings.CutPrefix(p.target, "unix:"); ok {
		network, address = "unix", path
	}
	server, err := net.Dial(network, address)
	if err != nil {
		client.Close()
		return
	}
	go func() {
		_, _ = io.Copy(server, p.slow(client))
		server.Close()
	}()
	if most < 0 {
		_, _ = io.Copy(client, p.slow(server))
	} else {
		_, _ = io.CopyN(client, server, int64(most))
	}
	client.Close()
	server.Close()
}

// slow reads nothing more once the proxy is frozen, though both ends stay open.
func (p *proxy) slow(from net.Conn) io.Reader { return frozenReader{p, from} }

type frozenReader struct {
	proxy *proxy
	from  net.Conn
}

func (r frozenReader) Read(buffer []byte) (int, error) {
	n, err := r.from.Read(buffer)
	r.proxy.mutex.Lock()
	frozen := r.proxy.frozen
	r.proxy.mutex.Unlock()
	if frozen && err == nil {
		select {} // A connection that is dead without having been closed.
	}
	return n, err
}

// setFrozen has connections stop for good with what they read next; those made after it is over work.
func (p *proxy) setFrozen(frozen bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.frozen = frozen
}

// setGone breaks every connection until further notice.
func (p *proxy) setGone(gone bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.gone = gone
	if gone {
		for client := range p.open {
			client.Close()
		}
		clear(p.open)
	}
}

func (p *proxy) connections() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.count
}
