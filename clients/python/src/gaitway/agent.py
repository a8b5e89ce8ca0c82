"""Agents in Python, trained by ``gaitway train --agent "python my_agent.py" ENVIRONMENT``.

An :class:`Agent` describes itself, and its :meth:`Agent.begin` makes a :class:`Training`, which improves one policy
iteration by iteration. The agent's program ends with

    gaitway.agent.serve(MyAgent())

The program that trains it, the host, does everything else: measuring, checkpoints, progress, reports; see
``agent.proto``.
"""

from __future__ import annotations

import abc
import json
import os
import queue
import signal
import socket
import sys
import sysconfig
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import grpc
import numpy as np
import numpy.typing as npt
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from gaitway import address as addresses
from gaitway import endpoint as endpoints
from gaitway import handshake
from gaitway.connection import MAX_MESSAGE_BYTES
from gaitway.controllers import ACTIVATIONS, Mlp
from gaitway.simulator import Simulator
from gaitway.tensors import Floats, floats, pack
from gaitway.v1 import agent_pb2, catalog_pb2

__all__ = [
    "Agent",
    "Iteration",
    "Reference",
    "Refused",
    "Setting",
    "Task",
    "Training",
    "TrainingEnded",
    "serve",
]

SERVICE = "gaitway.v1.AgentService"

#: Largest message that is taken from a host, bytes: the largest checkpoint that a host takes, and a task around it.
_MAX_MESSAGE_BYTES = MAX_MESSAGE_BYTES + (1 << 20)
#: Bytes of a temporary directory's path below which a socket has room.
_LONGEST_DIRECTORY = 70

Value: TypeAlias = float | int | bool | str


class Refused(Exception):  # noqa: N818 - it is a verdict on a task, not an error of a program.
    """The agent refuses a task or a checkpoint; the message is for people."""


class TrainingEnded(Exception):  # noqa: N818
    """The host has ended the training, and no longer waits for a result."""


@dataclass(frozen=True)
class Setting:
    """A setting of an agent. The type of ``default`` (bool, int, float or str) is that of its values.

    Attributes:
        name: lower-case letters, digits and underscores.
        description: what it does, one sentence.
        default: its value in the preset ``default``, and in every other that has none of its own.
        presets: its values in other presets, by their names.
        min: least value allowed; None for no such limit.
        max: greatest value allowed; None for no such limit.
        above: values must be greater than this; None for no such limit.
        unit: SI unit; empty for counts and ratios.
        alternatives: the texts allowed; empty for any.
    """

    name: str
    description: str
    default: Value
    presets: Mapping[str, Value] = field(default_factory=dict)
    min: float | None = None
    max: float | None = None
    above: float | None = None
    unit: str = ""
    alternatives: Sequence[str] = ()

    def message(self, presets: Sequence[str]) -> agent_pb2.AgentSetting:
        """The contract's message."""
        return agent_pb2.AgentSetting(
            name=self.name,
            description=self.description,
            type=_TYPES[type(self.default)],
            values={preset: _write(self.presets.get(preset, self.default)) for preset in presets},
            min=self.min,
            max=self.max,
            above=self.above,
            unit=self.unit,
            alternatives=self.alternatives,
        )

    def read(self, text: str) -> Value:
        """A value of this setting as the host writes it."""
        if isinstance(self.default, str):
            return text
        try:
            value = json.loads(text)
            if isinstance(self.default, bool) and isinstance(value, bool):
                return value
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                if isinstance(self.default, float):
                    return float(value)
                if not isinstance(self.default, bool) and value == int(value):
                    return int(value)
        except (ValueError, OverflowError):
            pass
        raise Refused(f"setting {self.name} must be of type {type(self.default).__name__}, but is {text!r}")


_TYPES: dict[type, agent_pb2.SettingType] = {
    bool: agent_pb2.SETTING_TYPE_BOOLEAN,
    int: agent_pb2.SETTING_TYPE_INTEGER,
    float: agent_pb2.SETTING_TYPE_NUMBER,
    str: agent_pb2.SETTING_TYPE_TEXT,
}


def _write(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class Task:
    """What is to be learned.

    Attributes:
        environment: catalog name.
        parameters: values by name.
        model_digest: of the environment; empty if the host does not say.
        server: address of the server that simulates it.
        account: under which the server counts this training's calls.
        observation: state indices that the policy sees, in order.
        hidden: units of each hidden layer of the network that is asked for, from the inputs on.
        activation: what follows each of them, such as ``"softplus"``; the last layer is to be linear.
        seed: the only source of randomness: equal tasks must give equal policies.
        iterations: number of iterations that will be asked for.
        horizon: control steps over which policies are measured, from the mean initial state.
        settings: every setting's value, by name.
        checkpoint: the state to continue from, as :meth:`Training.save` returned it; empty, from the start.
        note: shows the host's user a line while a command runs, with the fraction that is done, 0 to 1, if
            known; raises :class:`TrainingEnded` if the host has ended the training meanwhile.
    """

    environment: str
    parameters: Mapping[str, float]
    model_digest: str
    server: str
    account: str
    observation: tuple[int, ...]
    hidden: tuple[int, ...]
    activation: str
    seed: int
    iterations: int
    horizon: int
    settings: Mapping[str, Value]
    checkpoint: bytes
    note: Note

    def simulator(self) -> Simulator:
        """The environment, on the host's server, with this training's account.

        Raises:
            GaitwayError: as :class:`gaitway.Simulator`.
        """
        return Simulator(
            self.environment,
            self.parameters,
            self.server,
            account=self.account or None,
            model_digest=self.model_digest or None,
        )


Note: TypeAlias = Callable[..., None]
"""``note(text, fraction=None)``"""


@dataclass(frozen=True)
class Reference:
    """A trajectory that learning starts from and is compared with; T is the task's horizon.

    Attributes:
        states: shape (T + 1, nx).
        actions: shape (T, nu).
        costs: running costs and, last, the terminal cost, shape (T + 1,).
    """

    states: npt.ArrayLike
    actions: npt.ArrayLike
    costs: npt.ArrayLike


@dataclass(frozen=True)
class Iteration:
    """The result of an iteration.

    Attributes:
        policy: a network that reads nothing but entries of ``Task.observation``. Noise, if there is some,
            is above 0 for every action. ``Task.hidden`` is what was asked for, not a condition.
        scalars: numbers to record, in the order in which they are to be shown.
    """

    policy: Mlp
    scalars: Mapping[str, float] = field(default_factory=dict)


class Training(abc.ABC):
    """The training of one policy."""

    def reference(self) -> Reference | None:
        """The solution that learning starts from; None for the one that the built-in agents start from."""
        return None

    @abc.abstractmethod
    def iterate(self, iteration: int) -> Iteration:
        """Runs an iteration, whose number begins at 1."""

    @abc.abstractmethod
    def save(self) -> bytes:
        """Everything that the training's future depends on, including random states; never empty."""

    def close(self) -> None:  # noqa: B027 - not every training holds something.
        """Called once, however the training ends."""


class Agent(abc.ABC):
    """A way to learn a policy.

    Attributes:
        name: lower-case letters, digits and dashes.
        summary: one sentence.
        version: of the agent's program.
        settings: in the order in which they are to be shown.
        max_hidden_layers: most hidden layers of a network that it can train; None for any number.
        activations: activations of hidden layers that it can train; empty for all.
    """

    name: str
    summary: str
    version: str = "1"
    settings: Sequence[Setting] = ()
    max_hidden_layers: int | None = None
    activations: Sequence[str] = ()

    @abc.abstractmethod
    def begin(self, task: Task) -> Training:
        """Begins a training, from the start or from ``task.checkpoint``.

        Raises:
            Refused: for a task or a checkpoint that the agent cannot work with.
        """


class AgentServer:
    """Serves an agent to its host."""

    def __init__(self, agent: Agent, address: str | None = None) -> None:
        """Listens.

        Args:
            agent: what is served.
            address: ``host:port``, with port 0 for any that is free, which other users of this machine reach too; by
                default a Unix socket that they do not reach, or a loopback port where there are none.

        Raises:
            RuntimeError: if nothing can listen there.
        """
        self._agent = agent
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "Describe": grpc.unary_unary_rpc_method_handler(
                self._describe,
                request_deserializer=agent_pb2.DescribeRequest.FromString,
                response_serializer=agent_pb2.DescribeResponse.SerializeToString,
            ),
            "Train": grpc.stream_stream_rpc_method_handler(
                self._train,
                request_deserializer=agent_pb2.TrainRequest.FromString,
                response_serializer=agent_pb2.TrainResponse.SerializeToString,
            ),
        }
        options = [("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES), ("grpc.max_send_message_length", -1)]
        self._server = grpc.server(futures.ThreadPoolExecutor(8, "gaitway-agent"), options=options)
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        self._health = health.HealthServicer()
        self._health.set(SERVICE, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        if address is None and hasattr(socket, "AF_UNIX"):
            # Nobody else can enter it; and a socket's path must not be long.
            short = len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_DIRECTORY
            self._directory = tempfile.TemporaryDirectory(prefix="gaitway-", dir=None if short else "/tmp")
            self.address = f"unix:{self._directory.name}/socket"
            self._server.add_insecure_port(self.address)
        else:
            wanted = address or "127.0.0.1:0"
            host, _, _ = wanted.rpartition(":")
            self.address = str(addresses.parse(f"{host}:{self._server.add_insecure_port(wanted)}"))

    def start(self) -> str:
        """Begins to serve; returns the line that tells the host."""
        self._server.start()
        return handshake.line(handshake.AGENT, endpoints.parse(self.address))

    def stop(self) -> None:
        """Ends all calls at once."""
        self._health.enter_graceful_shutdown()
        self._server.stop(None).wait()
        if self._directory is not None:
            self._directory.cleanup()

    def _describe(
        self, request: agent_pb2.DescribeRequest, context: grpc.ServicerContext
    ) -> agent_pb2.DescribeResponse:
        agent = self._agent
        presets = list(dict.fromkeys(["default", *(name for one in agent.settings for name in one.presets)]))
        return agent_pb2.DescribeResponse(
            name=agent.name,
            summary=agent.summary,
            version=agent.version,
            settings=[setting.message(presets) for setting in agent.settings],
            presets=presets,
            trainable=agent_pb2.TrainableNetworks(
                max_hidden_layers=agent.max_hidden_layers or 0,
                activations=[ACTIVATIONS[word] for word in agent.activations],
            ),
        )

    def _train(
        self, requests: Iterator[agent_pb2.TrainRequest], context: grpc.ServicerContext
    ) -> Iterator[agent_pb2.TrainResponse]:
        call = _TrainCall(self._agent)
        context.add_callback(call.end)
        try:
            for request in requests:
                yield from call.carry_out(request)
        except Refused as refusal:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
        except TrainingEnded:
            return
        except GeneratorExit:
            raise
        except BaseException as failure:  # Also sys.exit() in a training: the call would never end.
            if not context.is_active():
                return  # The host has gone; that is no failure.
            traceback.print_exception(failure)
            context.abort(grpc.StatusCode.UNKNOWN, f"{type(failure).__name__}: {failure}{_where(failure)}")
        finally:
            call.end()


def _where(failure: BaseException) -> str:
    """The agent's own file and line that failed, or that called what failed; empty where none is the agent's."""
    package = os.path.dirname(__file__) + os.sep
    libraries = ("<", *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")))
    frames = [frame for frame in traceback.extract_tb(failure.__traceback__) if not frame.filename.startswith(package)]
    own = [frame for frame in frames if not frame.filename.startswith(libraries)] or frames[:1]
    return f" ({own[-1].filename}, line {own[-1].lineno})" if own else ""


class _TrainCall:
    """One call of Train: commands run on a thread of their own, so that notes pass while they do."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._ended = threading.Event()
        self._training: Training | None = None
        self._task: Task | None = None
        self._nu = 0
        self._running = False
        self._lock = threading.Lock()
        #: Notes, then a result or what was raised; None when the host has ended the call.
        self._said: queue.SimpleQueue[agent_pb2.TrainResponse | BaseException | None] = queue.SimpleQueue()

    def carry_out(self, request: agent_pb2.TrainRequest) -> Iterator[agent_pb2.TrainResponse]:
        """The answers to a command: notes, and its result."""
        command = request.WhichOneof("command")
        if (command == "begin") != (self._task is None):
            raise Refused(f"the command is {command or 'missing'}; the first must be begin, and only the first")
        with self._lock:
            if self._ended.is_set():
                raise TrainingEnded
            self._running = True
        threading.Thread(target=self._run, args=(request,), name=f"gaitway-{command}", daemon=True).start()
        while True:
            said = self._said.get()
            if said is None:
                raise TrainingEnded
            if isinstance(said, BaseException):
                raise said
            yield said
            if said.WhichOneof("message") != "note":
                return

    def end(self) -> None:
        """The host has ended the call, or it failed; may be called more than once."""
        with self._lock:
            self._ended.set()
            running = self._running
        self._said.put(None)
        if not running:
            self._close()

    def _run(self, request: agent_pb2.TrainRequest) -> None:
        try:
            self._said.put(self._result(request))
        except BaseException as failure:
            self._said.put(failure)
        with self._lock:
            self._running = False
            ended = self._ended.is_set()
        if ended:
            self._close()

    def _close(self) -> None:
        training, self._training = self._training, None
        if training is not None:
            training.close()

    def _result(self, request: agent_pb2.TrainRequest) -> agent_pb2.TrainResponse:
        command = request.WhichOneof("command")
        if command == "begin":
            return agent_pb2.TrainResponse(begun=self._begin(request.begin))
        assert self._training is not None
        if command == "iterate":
            return agent_pb2.TrainResponse(iterated=self._iterated(self._training.iterate(request.iterate.iteration)))
        checkpoint = self._training.save()
        if not checkpoint:
            raise ValueError("save() returned nothing; an empty checkpoint would begin from the start")
        return agent_pb2.TrainResponse(saved=agent_pb2.TrainingSaved(checkpoint=checkpoint))

    def _begin(self, message: agent_pb2.TrainingTask) -> agent_pb2.TrainingBegun:
        self._task = self._read(message)
        self._training = self._agent.begin(self._task)
        reference = self._training.reference()
        if reference is None:
            return agent_pb2.TrainingBegun()
        T = self._task.horizon
        return agent_pb2.TrainingBegun(
            reference=agent_pb2.ReferenceTrajectory(
                states=pack(floats("the reference's states", reference.states, (T + 1, "nx"))),
                actions=pack(floats("the reference's actions", reference.actions, (T, "nu"))),
                costs=pack(floats("the reference's costs", reference.costs, (T + 1,))),
            )
        )

    def _read(self, message: agent_pb2.TrainingTask) -> Task:
        known = {setting.name: setting for setting in self._agent.settings}
        if set(known) != set(message.settings):
            wrong = ", ".join(sorted(set(known) ^ set(message.settings)))
            raise Refused(f"these settings of {self._agent.name} are missing or unknown: {wrong}")
        environment: catalog_pb2.EnvironmentRef = message.environment
        return Task(
            environment=environment.id,
            parameters=dict(environment.parameters),
            model_digest=environment.model_digest,
            server=message.server,
            account=message.account,
            observation=tuple(message.observation),
            hidden=tuple(message.architecture.hidden),
            activation=self._activation(message.architecture.activation),
            seed=message.seed,
            iterations=message.iterations,
            horizon=message.horizon,
            settings={name: setting.read(message.settings[name]) for name, setting in known.items()},
            checkpoint=message.checkpoint,
            note=self._note,
        )

    @staticmethod
    def _activation(value: int) -> str:
        for word, number in ACTIVATIONS.items():
            if number == value:
                return word
        raise Refused(f"architecture.activation must be one of {', '.join(ACTIVATIONS)}, but is number {value}")

    def _note(self, text: str, fraction: float | None = None) -> None:
        if self._ended.is_set():
            raise TrainingEnded
        self._said.put(agent_pb2.TrainResponse(note=agent_pb2.TrainingNote(text=text, fraction=fraction)))

    def _iterated(self, iteration: Iteration) -> agent_pb2.IterationResult:
        assert self._task is not None
        if not isinstance(iteration, Iteration):
            raise TypeError(f"iterate() must return a gaitway.agent.Iteration, but returned {type(iteration).__name__}")
        policy = _checked(iteration.policy, self._task)
        return agent_pb2.IterationResult(
            policy=policy.message(0, _outputs(policy)),
            scalars=[agent_pb2.Scalar(name=name, value=value) for name, value in iteration.scalars.items()],
        )


def _outputs(policy: Mlp) -> int:
    return len(_array(policy.layers[-1].b))


def _array(value: npt.ArrayLike) -> Floats:
    return np.asarray(value, np.float64)


def _checked(policy: Mlp, task: Task) -> Mlp:
    """The policy, if it has the form that the host wants."""
    other = sorted(set(policy.inputs) - set(task.observation))
    if other:
        raise ValueError(f"the policy reads {other}; it may read {list(task.observation)}")
    width = len(policy.inputs)
    for i, layer in enumerate(policy.layers):
        W, b = _array(layer.W), _array(layer.b)
        if W.shape != (len(b), width):
            raise ValueError(f"the policy's layers[{i}].W has shape {W.shape}; it must have {(len(b), width)}")
        if not np.isfinite(W).all() or not np.isfinite(b).all():
            raise ValueError(f"the policy's layers[{i}] holds a number that is not finite")
        width = len(b)
    if policy.noise_std is not None and not (_array(policy.noise_std) > 0).all():
        raise ValueError(f"the policy's noise_std is {policy.noise_std}; it must be above 0 for every action, or None")
    return policy


def serve(agent: Agent) -> None:
    """Serves an agent until standard input ends, then ends the process, whatever else runs in it.

    Prints the line that the host waits for; what the program prints from then on is the host's log. Ctrl-C
    is the host's to handle: in a terminal it reaches this process too, and must not end it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = AgentServer(agent)
    print(server.start(), flush=True)
    while sys.stdin.buffer.read(4096):
        pass
    server.stop()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # A command may be running, and nobody waits for it.
