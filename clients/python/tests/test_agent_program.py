"""A program that serves an agent: its handshake, and its end."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import grpc
import pytest
from services import Host

from gaitway.v1 import agent_pb2, dynamics_pb2

A = agent_pb2


def test_a_process_prints_one_line_and_ends_with_its_input() -> None:
    program = """
        import sys, time
        from gaitway import agent

        class Stubborn(agent.Training):
            def __init__(self, task):
                self.task = task
            def iterate(self, iteration):
                self.task.note("begun")
                while True:
                    time.sleep(1)
            def save(self):
                return b"x"

        class Method(agent.Agent):
            name, summary = "stubborn", "Never returns."
            def begin(self, task):
                return Stubborn(task)

        agent.serve(Method())
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        word, version, kind, address = process.stdout.readline().strip().split("|")
        assert (word, version, kind) == ("gaitway-agent", "1", "unix")
        with grpc.insecure_channel(f"unix:{address}") as channel:
            host = Host(channel)
            host.send(
                begin=A.TrainingTask(
                    architecture=A.Architecture(hidden=[1], activation=dynamics_pb2.ACTIVATION_SOFTPLUS)
                )
            )
            assert host.send(iterate=A.IterateCommand(iteration=1)).note.text == "begun"
            process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.stdin.close()
            assert process.wait(60) == 0
        assert process.stdout.read() == ""
