"""A method served to its host, by the contract's words."""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
import numpy as np
import programs
import pytest
from grpc_health.v1 import health_pb2
from services import Host, has_ipv6

from gaitway import Layer, Mlp, Simulator, agent, handshake
from gaitway.v1 import agent_pb2, catalog_pb2, dynamics_pb2

A = agent_pb2


class Counting(agent.Training):
    """Counts its iterations, and does what its settings say."""

    closed: list[int] = []  # noqa: RUF012

    def __init__(self, task: agent.Task) -> None:
        self.task = task
        self.count = int(task.checkpoint or 0)

    def iterate(self, iteration: int) -> agent.Iteration:
        task = self.task
        if task.settings["mood"] == "crash":
            raise ZeroDivisionError("by nothing")
        if task.settings["mood"] == "singular":
            np.linalg.inv(np.zeros((2, 2)))
        if task.settings["mood"] == "bare":
            return None  # type: ignore[return-value]
        if task.settings["mood"] == "exit":
            sys.exit("enough")
        if task.settings["mood"] == "hang":
            while True:
                task.note("still here")
                time.sleep(0.01)
        self.count += 1
        task.note("half way", 0.5)
        (hidden,) = task.hidden
        biases = np.zeros(hidden)
        if task.settings["mood"] == "nan":
            biases[0] = np.nan
        layers = [
            Layer(np.ones((hidden, len(task.observation))), biases, task.activation),
            Layer(np.ones((2, hidden + (task.settings["mood"] == "wide"))), np.zeros(2)),
        ]
        noise = [0.0 if task.settings["mood"] == "quiet" else 0.1, 0.2]
        policy = Mlp(task.observation, layers, noise)
        return agent.Iteration(policy, {"count": self.count, "iteration": iteration})

    def save(self) -> bytes:
        return str(self.count).encode() if self.count else b""

    def close(self) -> None:
        self.closed.append(self.count)


class Example(agent.Agent):
    name = "counting"
    summary = "Counts."
    version = "7"
    settings = (
        agent.Setting(
            "mood",
            "What goes wrong.",
            "good",
            alternatives=("good", "crash", "singular", "exit", "hang", "wide", "nan", "quiet", "bare"),
        ),
        agent.Setting("population", "Candidates.", 16, {"paper": 8}, min=2),
        agent.Setting("spread", "First standard deviation.", 0.5, max=2, above=0, unit="m"),
        agent.Setting("fast", "Whether to hurry.", True),
    )
    max_hidden_layers = 1
    activations = ("tanh",)

    def begin(self, task: agent.Task) -> agent.Training:
        if task.environment != "swimmer":
            raise agent.Refused(f"{self.name} swims only, and cannot learn {task.environment}")
        return Counting(task)


@pytest.fixture
def channel() -> Iterator[grpc.Channel]:
    server = agent.AgentServer(Example())
    line = server.start()
    socket = server.address.removeprefix("unix:")
    assert line == f"gaitway-agent|1|unix|{socket}"
    with grpc.insecure_channel(server.address) as opened:
        yield opened
    server.stop()
    assert not os.path.exists(os.path.dirname(socket))


def task(mood: str = "good", **other: Any) -> A.TrainingTask:
    settings = {"mood": mood, "population": "16", "spread": "1", "fast": "false", **other.pop("settings", {})}
    values = {"environment": catalog_pb2.EnvironmentRef(id="swimmer"), "observation": [1, 2, 3], **other}
    values.setdefault("architecture", A.Architecture(hidden=[4], activation=dynamics_pb2.ACTIVATION_TANH))
    return A.TrainingTask(settings=settings, **values)


def test_it_describes_itself(channel: grpc.Channel) -> None:
    describe: Any = channel.unary_unary(
        "/gaitway.v1.AgentService/Describe",
        request_serializer=A.DescribeRequest.SerializeToString,
        response_deserializer=A.DescribeResponse.FromString,
    )
    said = describe(A.DescribeRequest())
    assert (said.name, said.summary, said.version) == ("counting", "Counts.", "7")
    assert list(said.presets) == ["default", "paper"]
    assert said.trainable == A.TrainableNetworks(max_hidden_layers=1, activations=[dynamics_pb2.ACTIVATION_TANH])
    mood, population, spread, fast = said.settings
    assert (mood.type, dict(mood.values)) == (A.SETTING_TYPE_TEXT, {"default": "good", "paper": "good"})
    assert list(mood.alternatives) == ["good", "crash", "singular", "exit", "hang", "wide", "nan", "quiet", "bare"]
    assert (population.type, dict(population.values)) == (A.SETTING_TYPE_INTEGER, {"default": "16", "paper": "8"})
    assert population.min == 2
    assert not population.HasField("max")
    assert (spread.type, spread.values["default"], spread.max, spread.unit) == (A.SETTING_TYPE_NUMBER, "0.5", 2, "m")
    assert spread.above == 0
    assert not population.HasField("above")
    assert (fast.type, fast.values["paper"]) == (A.SETTING_TYPE_BOOLEAN, "true")


def test_it_is_healthy(channel: grpc.Channel) -> None:
    check: Any = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    answer = check(health_pb2.HealthCheckRequest(service="gaitway.v1.AgentService"))
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_commands_are_answered_one_by_one_with_notes_before(channel: grpc.Channel) -> None:
    Counting.closed.clear()
    host = Host(channel)
    begun = host.send(begin=task())
    assert begun.HasField("begun")
    assert not begun.begun.HasField("reference")
    note = host.send(iterate=A.IterateCommand(iteration=1)).note
    assert (note.text, note.fraction) == ("half way", 0.5)
    iterated = host.receive().iterated
    assert [(one.name, one.value) for one in iterated.scalars] == [("count", 1.0), ("iteration", 1.0)]
    network = iterated.policy.mlp
    assert list(network.inputs) == [1, 2, 3]
    activations = [layer.activation for layer in network.layers]
    assert activations == [dynamics_pb2.ACTIVATION_TANH, dynamics_pb2.ACTIVATION_LINEAR]
    assert [list(layer.weights.shape) for layer in network.layers] == [[4, 3], [2, 4]]
    checkpoint = host.send(save=A.SaveCommand()).saved.checkpoint
    assert checkpoint == b"1"
    host.end()
    again = Host(channel)
    again.send(begin=task(checkpoint=checkpoint))
    again.send(iterate=A.IterateCommand(iteration=2))
    assert again.receive().iterated.scalars[0].value == 2
    again.end()
    programs.eventually(lambda: Counting.closed == [1, 2])


def test_settings_arrive_with_their_types() -> None:
    seen: list[agent.Task] = []

    class Looking(Example):
        def begin(self, task: agent.Task) -> agent.Training:
            seen.append(task)
            return Counting(task)

    server = agent.AgentServer(Looking())
    server.start()
    with Simulator("swimmer") as simulator, grpc.insecure_channel(server.address) as channel:
        reference = catalog_pb2.EnvironmentRef(
            id="swimmer", parameters={"links": 4}, model_digest=Simulator("swimmer", {"links": 4}).spec.model_digest
        )
        Host(channel).send(begin=task(environment=reference, server=simulator.address, account="a-1", seed=2**63))
        assert seen[0].settings == {"mood": "good", "population": 16, "spread": 1.0, "fast": False}
        assert type(seen[0].settings["spread"]) is float
        assert seen[0].seed == 2**63
        with seen[0].simulator() as mine:
            assert mine.spec.nu == 3
            mine.step(np.zeros((5, 12)), np.zeros((5, 3)))
            assert mine.usage().evaluated_knots == 5
    server.stop()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (task(environment=catalog_pb2.EnvironmentRef(id="walker")), "counting swims only, and cannot learn walker"),
        (task(settings={"colour": "red"}), "these settings of counting are missing or unknown: colour"),
        (task(settings={"population": "1.5"}), "setting population must be of type int, but is '1.5'"),
        (task(settings={"fast": "1"}), "setting fast must be of type bool, but is '1'"),
        (
            task(architecture=A.Architecture(hidden=[4])),
            "architecture.activation must be one of linear, softplus, tanh, relu, elu, sigmoid, silu, but is number 0",
        ),
        (task(settings={"spread": "wide"}), "setting spread must be of type float, but is 'wide'"),
    ],
)
def test_what_it_refuses_is_an_invalid_argument(channel: grpc.Channel, given: A.TrainingTask, message: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        Host(channel).send(begin=given)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert message in str(refused.value)


def test_the_first_command_must_begin_and_only_the_first(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as early:
        Host(channel).send(save=A.SaveCommand())
    assert "the first must be begin" in str(early.value)
    host = Host(channel)
    host.send(begin=task())
    with pytest.raises(grpc.RpcError) as twice:
        host.send(begin=task())
    assert twice.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("mood", "command", "message"),
    [
        ("crash", {"iterate": A.IterateCommand(iteration=1)}, f"ZeroDivisionError: by nothing ({__file__}, line "),
        ("singular", {"iterate": A.IterateCommand(iteration=1)}, f"LinAlgError: Singular matrix ({__file__}, line "),
        ("bare", {"iterate": A.IterateCommand(iteration=1)}, "iterate() must return a gaitway.agent.Iteration"),
        ("exit", {"iterate": A.IterateCommand(iteration=1)}, "SystemExit: enough"),
        ("wide", {"iterate": A.IterateCommand(iteration=1)}, "layers[1].W has shape (2, 5); it must have (2, 4)"),
        ("nan", {"iterate": A.IterateCommand(iteration=1)}, "the policy's layers[0] holds a number that is not finite"),
        ("quiet", {"iterate": A.IterateCommand(iteration=1)}, "noise_std is [0.0, 0.2]; it must be above 0"),
        ("good", {"save": A.SaveCommand()}, "save() returned nothing"),
    ],
)
def test_a_failure_of_the_method_is_told_by_its_name(
    channel: grpc.Channel, capfd: pytest.CaptureFixture[str], mood: str, command: dict[str, Any], message: str
) -> None:
    host = Host(channel)
    host.send(begin=task(mood))
    with pytest.raises(grpc.RpcError) as failed:
        answer = host.send(**command)
        assert answer.HasField("note")
        host.receive()
    assert failed.value.code() is grpc.StatusCode.UNKNOWN
    assert message in str(failed.value)
    programs.eventually(lambda: "Traceback" in capfd.readouterr().err)


def test_a_host_that_goes_ends_the_training(channel: grpc.Channel) -> None:
    Counting.closed.clear()
    host = Host(channel)
    host.send(begin=task("hang"))
    assert host.send(iterate=A.IterateCommand(iteration=1)).note.text == "still here"
    host.call.cancel()
    programs.eventually(lambda: Counting.closed == [0])
    programs.eventually(lambda: not any(thread.name == "gaitway-iterate" for thread in threading.enumerate()))


def test_a_task_beyond_the_limit_is_not_taken(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        Host(channel).send(begin=task(checkpoint=bytes(70 << 20)))
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_other_users_do_not_reach_it() -> None:
    server = agent.AgentServer(Example())
    directory = os.path.dirname(server.address.removeprefix("unix:"))
    assert stat.S_IMODE(os.stat(directory).st_mode) == 0o700
    server.stop()


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:0", *(["[::1]:0"] if has_ipv6() else [])])
def test_its_address_can_be_read_back(listen: str) -> None:
    server = agent.AgentServer(Example(), listen)
    line = server.start()
    address = handshake.read(line, handshake.AGENT)
    assert str(address) == server.address
    assert str(address).rpartition(":")[0] == listen.rpartition(":")[0]
    with grpc.insecure_channel(address.address.target) as opened:
        test_it_is_healthy(opened)
    server.stop()
