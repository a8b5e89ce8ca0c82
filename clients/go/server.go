package gaitway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

const (
	// The first start of the launcher builds the program.
	startTime = 5 * time.Minute
	// Time that a server gets to end by itself.
	stopTime = 5 * time.Second
)

var handshakeForm = regexp.MustCompile(`^gaitway-server\|(\d{1,9})\|(tcp|tls|unix)\|(.+)$`)

// ReadHandshake reads the line that a server prints when it is ready, such as
//
//	gaitway-server|1|unix|/tmp/gaitway-8214/socket
//
// The endpoint is nil for any other line, such as those of a Java that logs to its standard output.
func ReadHandshake(line string) (*Endpoint, error) {
	line = strings.TrimRight(line, "\r\n \t")
	if !strings.HasPrefix(line, "gaitway-server|") {
		return nil, nil
	}
	match := handshakeForm.FindStringSubmatch(line)
	if match == nil {
		return nil, argument("handshake", "'%s' is none; it should be such as gaitway-server|1|tcp|127.0.0.1:43127", line)
	}
	if match[1] != "1" {
		return nil, argument("handshake", "it has version %s, but this client reads version 1; update the older of the two",
			match[1])
	}
	if match[2] == "unix" {
		return ParseEndpoint("unix:" + match[3])
	}
	return ParseEndpoint(match[2] + "://" + match[3])
}

// Server is a server in a process of its own that this one started. It ends when its standard input does, so that it
// never outlives this process, however this one ends.
type Server struct {
	endpoint *Endpoint
	input    io.WriteCloser
	ended    chan struct{}
	process  *os.Process
}

// StartServer starts a server on a Unix socket that no other user of the machine reaches, and waits until it is ready.
// The command is a line as a shell reads it; empty for the variable GAITWAY_COMMAND, else for gaitway on the PATH.
// Flags come in place of --private, for a server that listens elsewhere: --port 0, say. The context is that of the start
// alone, and the error wraps its own if it ended. StartServer needs a POSIX shell: on Windows, connect to a server that
// runs already.
func StartServer(ctx context.Context, command string, flags ...string) (*Server, error) {
	if command == "" {
		command = os.Getenv("GAITWAY_COMMAND")
	}
	if command == "" {
		command = "gaitway"
	}
	if runtime.GOOS == "windows" {
		return nil, argument("command", "StartServer needs a POSIX shell; start gaitway serve yourself and connect to it")
	}
	if len(flags) == 0 {
		flags = []string{"--private"}
	}
	words := []string{"exec", command, "serve", "--until-eof"}
	for _, flag := range flags {
		words = append(words, shellWord(flag))
	}
	process := exec.Command("/bin/sh", "-c", strings.Join(words, " "))
	process.Stderr = os.Stderr
	// Ctrl-C in a terminal is for this process alone, which may have a last word for its server.
	ownGroup(process)
	input, err := process.StdinPipe()
	if err != nil {
		return nil, startProblem(command, err)
	}
	output, err := process.StdoutPipe()
	if err != nil {
		return nil, startProblem(command, err)
	}
	if err := process.Start(); err != nil {
		return nil, startProblem(command, err)
	}
	server := &Server{input: input, ended: make(chan struct{}), process: process.Process}
	type outcome struct {
		endpoint *Endpoint
		err      error
	}
	ready := make(chan outcome, 1)
	go func() {
		lines := bufio.NewReader(output)
		found := false
		for {
			line, err := lines.ReadString('\n')
			if !found {
				if endpoint, problem := ReadHandshake(line); problem != nil || endpoint != nil {
					found = true
					ready <- outcome{endpoint, problem}
				}
			}
			if err != nil {
				break
			}
		}
		state := process.Wait()
		if !found {
			ready <- outcome{nil, fmt.Errorf("it ended before it was ready (%v); what it printed tells why", state)}
		}
		close(server.ended)
	}()
	timer := time.NewTimer(startTime)
	defer timer.Stop()
	var came outcome
	select {
	case came = <-ready:
	case <-ctx.Done():
		came.err = ctx.Err()
	case <-timer.C:
		came.err = fmt.Errorf("it was not ready after %v", startTime)
	}
	if came.err != nil {
		_ = server.Close()
		return nil, startProblem(command, came.err)
	}
	server.endpoint = came.endpoint
	return server, nil
}

func startProblem(command string, cause error) error {
	return &Error{
		Code: codes.Unavailable, cause: cause,
		Message: fmt.Sprintf("no Gaitway server could be started with '%s': %v. Name a running server, or the program by"+
			" GAITWAY_COMMAND", command, cause),
	}
}

// Endpoint is where the server listens.
func (s *Server) Endpoint() *Endpoint { return s.endpoint }

// Close ends the server and waits for its end.
func (s *Server) Close() error {
	_ = s.input.Close()
	select {
	case <-s.ended:
	case <-time.After(stopTime):
		killGroup(s.process)
		<-s.ended
	}
	return nil
}
