//go:build !unix

package gaitway

import (
	"os"
	"os/exec"
)

// StartServer needs a POSIX shell, and so starts nothing here.

func ownGroup(*exec.Cmd) {}

func killGroup(*os.Process) {}
