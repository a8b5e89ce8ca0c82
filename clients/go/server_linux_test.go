package gaitway_test

import (
	"fmt"
	"syscall"
	"testing"

	gaitway "github.com/gaitway/gaitway/clients/go"
)

// Ctrl-C reaches all processes of a terminal's group.
func TestAServerIsOutOfTheReachOfCtrlC(t *testing.T) {
	// Its handshake names its process group.
	server := must[*gaitway.Server](t)(gaitway.StartServer(t.Context(),
		`sh -c 'read -r _ _ _ _ group _ </proc/self/stat; echo "gaitway-server|1|unix|/tmp/$group"; cat'`))
	defer server.Close()
	if told, ours := server.Endpoint().String(), fmt.Sprint("unix:/tmp/", syscall.Getpgrp()); told == ours {
		t.Errorf("the server is in this process's group: %s", told)
	}
}
