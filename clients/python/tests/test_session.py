"""Sessions: what they answer, and what they survive."""

from __future__ import annotations

import pickle
import queue
import time
from typing import Any

import numpy as np
import pytest
from services import Relay, answering

import gaitway
from gaitway import OpenLoop, Session, Simulator
from gaitway.v1 import environment_pb2


def test_a_session_steps_as_a_rollout_does(walker: Simulator) -> None:
    actions = np.random.default_rng(0).uniform(-50, 50, (10, 6))
    starts = walker.initial_states(9, 2)
    with Session("walker", num_environments=2) as session:
        episodes = session.reset(seeds=[9, 9])
        assert (episodes.seeds, episodes.episodes) == ((9, 9), (0, 0))
        np.testing.assert_array_equal(episodes.states, [starts[0], starts[0]])
        assert session.reset().episodes == (1, 1)
        states = [session.step(np.stack([u, 0 * u])).states[0] for u in actions]
        assert session.steps == 10
    rollout = walker.rollout(OpenLoop(actions), starts[1], horizon=10)[0]
    assert rollout.states is not None
    np.testing.assert_array_equal(states, rollout.states[1:])


def test_resets_take_masks_and_states() -> None:
    with Session("swimmer", num_environments=3) as session:
        before = session.reset(seeds=[1, 2, 3])
        start = np.arange(30.0).reshape(3, 10) / 100
        after = session.reset(mask=[False, True, False], states=start)
        assert after.episodes == (0, 1, 0)
        np.testing.assert_array_equal(after.states[1], start[1])
        np.testing.assert_array_equal(after.states[[0, 2]], before.states[[0, 2]])
        for arguments, message in [
            ({"seeds": [1]}, "seeds must have 3 entries, one for every environment, but has 1"),
            ({"mask": [1, 0, 1]}, "mask has type int64"),
            ({"states": np.zeros((3, 9))}, r"states has shape \(3, 9\)"),
            ({"seeds": [0, -1, 0]}, r"seeds\[1\] must be a whole number from 0 to 2\*\*64 - 1, but is -1"),
        ]:
            with pytest.raises(ValueError, match=message):
                session.reset(**arguments)  # type: ignore[arg-type]


def test_bounds_are_rejected_or_clipped() -> None:
    beyond = np.full((1, 2), 1e3)
    with Session("swimmer") as strict:
        strict.reset()
        with pytest.raises(gaitway.InvalidArgumentError) as refused:
            strict.step(beyond)
        assert refused.value.reason == "ACTION_OUT_OF_BOUNDS"
        assert strict.steps == 0
        strict.step(np.zeros((1, 2)))  # A refusal ends the stream, not the session.
    with Session("swimmer", bounds="clip") as lenient:
        lenient.reset()
        clipped = lenient.step(beyond).clipped
        assert clipped is not None
        assert clipped[0]


def test_a_step_before_a_reset_is_refused() -> None:
    with Session("swimmer") as session:
        with pytest.raises(gaitway.FailedPreconditionError) as early:
            session.step(np.zeros((1, 2)))
        assert early.value.reason == "NEEDS_RESET"
        session.reset()
        with pytest.raises(gaitway.InvalidArgumentError) as nan:
            session.step(np.full((1, 2), np.nan))
        assert nan.value.reason == "NON_FINITE_INPUT"


def test_another_client_s_steps_are_noticed() -> None:
    with Session("swimmer") as session:
        session.reset()
        other = pickle.loads(pickle.dumps(session))
        for _ in range(3):
            other.step(np.ones((1, 2)))
        other.close()
        with pytest.raises(gaitway.StepOutOfOrderError):
            session.step(np.zeros((1, 2)))
        assert session.steps == 3
        session.step(np.zeros((1, 2)))


def test_snapshots_travel_and_forks_continue() -> None:
    random = np.random.default_rng(0)
    with Session("swimmer", num_environments=2, max_episode_steps=3) as session:
        session.reset(seeds=[1, 2])
        session.step(random.normal(size=(2, 2)))
        snapshot = pickle.loads(pickle.dumps(session.snapshot()))
        with session.fork([1, 0]) as fork:
            actions = [random.normal(size=(2, 2)) for _ in range(4)]
            first = [session.step(u) for u in actions]
            second = [fork.step(u[::-1]) for u in actions]
        session.restore(snapshot)
        third = [session.step(u) for u in actions]
        for a, b, c in zip(first, second, third, strict=True):
            np.testing.assert_array_equal(a.states, b.states[::-1])
            np.testing.assert_array_equal(a.states, c.states)
        assert [r.truncated.all() for r in first] == [False, True, False, False]
        assert [(r.environment, r.episode) for r in first[2].resets] == [(0, 1), (1, 1)]
        with Session("walker", num_environments=2) as walker, pytest.raises(gaitway.FailedPreconditionError) as other:
            walker.restore(snapshot)
        assert other.value.reason == "SNAPSHOT_MODEL_MISMATCH"


def test_leases_are_renewed_in_the_background(swimmer: Simulator) -> None:
    """The server's lease is long, so that a busy machine cannot miss it; the client is told of a short one."""
    answers = Relay(swimmer.address).answers()
    create, renew = answers["EnvironmentService/CreateSession"], answers["EnvironmentService/RenewSession"]
    renewed: queue.SimpleQueue[str] = queue.SimpleQueue()

    def created(request: Any, context: Any) -> Any:
        answer = create(request, context)
        answer.session.lease.FromMilliseconds(300)
        return answer

    def renews(request: Any, context: Any) -> Any:
        renewed.put(request.session_id)
        return renew(request, context)

    answers |= {"EnvironmentService/CreateSession": created, "EnvironmentService/RenewSession": renews}
    with answering(answers) as port:
        with Session("swimmer", address=f"127.0.0.1:{port}") as kept:
            assert [renewed.get(timeout=60) for _ in range(3)] == [kept.id] * 3
            kept.reset()
            assert kept.renew(lease=50.0) == pytest.approx(time.time() + 50, abs=30)


def test_a_session_that_is_not_renewed_ends() -> None:
    made = Session("swimmer", lease=0.2)
    made._holding._stopped.set()  # As if its process had been killed.
    with pytest.raises(gaitway.SessionExpiredError):
        while True:
            time.sleep(0.5)
            made.reset()


def test_a_closed_session_is_gone() -> None:
    session = Session("swimmer")
    session.close()
    session.close()
    with pytest.raises(gaitway.CancelledError, match="step needs an open session, but this one is closed"):
        session.step(np.zeros((1, 2)))
    with pytest.raises(gaitway.SessionExpiredError):
        Session.attach(session.id)


def test_creation_checks_its_arguments() -> None:
    for arguments, message in [
        ({"autoreset": "never"}, "autoreset must be one of 'next_step', 'same_step', 'disabled', but is 'never'"),
        ({"bounds": "wrap"}, "bounds must be one of 'reject', 'clip', but is 'wrap'"),
        ({"lease": 0}, "lease must be above 0 s and below 1e9 s, but is 0"),
        ({"timeout": 0}, "timeout must be above 0 s, or None for no limit, but is 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            Session("swimmer", **arguments)  # type: ignore[arg-type]
    with pytest.raises(gaitway.InvalidArgumentError) as many:
        Session("swimmer", num_environments=100_000)
    assert many.value.field == "num_environments"


def test_a_lost_answer_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream breaks after the step was carried out: the retry gets its answer, and steps no further."""
    with Session("swimmer", num_environments=2) as session, Session("swimmer", num_environments=2) as undisturbed:
        for each in (session, undisturbed):
            each.reset(seeds=[1, 2])
            each.step(np.ones((2, 2)))
        stream = session._holding.stream
        assert stream is not None
        exchange, lost = stream.exchange, []

        def losing(command: environment_pb2.StepStreamRequest, operation: str) -> Any:
            lost.append(exchange(command, operation))
            stream.end()
            raise gaitway.UnavailableError("lost")

        monkeypatch.setattr(stream, "exchange", losing)
        again, expected = session.step(np.ones((2, 2))), undisturbed.step(np.ones((2, 2)))
        assert len(lost) == 1
        np.testing.assert_array_equal(again.states, expected.states)
        assert session.steps == 2
