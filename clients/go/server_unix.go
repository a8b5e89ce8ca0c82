//go:build unix

package gaitway

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup has a command and all that it starts be a process group of their own.
func ownGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends a command and all that it has started.
func killGroup(process *os.Process) { _ = syscall.Kill(-process.Pid, syscall.SIGKILL) }
