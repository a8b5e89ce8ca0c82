"""Run directories, read while and after they are written, and their way to TensorBoard."""

from __future__ import annotations

import gzip
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboardX.proto.event_pb2 import Event

from gaitway import local_server
from gaitway.runs import Experiment, Run, RunError, find, read_table
from gaitway.runs.__main__ import main
from gaitway.runs.tensorboard import Export, export

ITERATIONS = 4


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, with the events that were written while it went on."""
    folder = tmp_path_factory.mktemp("runs")
    follow = [sys.executable, "-m", "gaitway.runs", "tensorboard", "runs/one", "--logdir", "board", "--follow"]
    follower = subprocess.Popen([*follow, "--interval", "0.05"], cwd=folder, stdout=subprocess.PIPE, text=True)
    train = [*local_server.command(), "train", "vgps", "swimmer", "--hidden", "1", "--iterations", str(ITERATIONS)]
    subprocess.run([*train, "--evaluation-rollouts", "3", "--out", "runs/one"], cwd=folder, check=True)
    said, _ = follower.communicate(timeout=120)
    assert follower.returncode == 0
    folder.joinpath("said").write_text(said)
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Run:
    """A copy to change."""
    return Run(shutil.copytree(trained / "runs" / "one", tmp_path / "one"))


def scalars(logdir: Path) -> dict[str, dict[int, float]]:
    """What TensorBoard would show: of every tag the last value at every step, purged where a file says so."""
    shown: dict[str, dict[int, float]] = {}
    for file in sorted(logdir.glob("events.*")):
        content = file.read_bytes()
        while len(content) > 16 and len(content) >= 16 + int.from_bytes(content[:8], "little"):
            length = int.from_bytes(content[:8], "little")
            event = Event.FromString(content[12 : 12 + length])
            content = content[16 + length :]
            if event.session_log.status == event.session_log.START:
                for steps in shown.values():
                    for step in [step for step in steps if step >= event.step]:
                        del steps[step]
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    shown.setdefault(value.tag, {})[event.step] = value.simple_value
    return shown


def test_a_run_is_read_into_arrays_and_a_frame(trained: Path) -> None:
    run = Run(trained / "runs" / "one")
    assert run.complete
    assert "vgps on swimmer, 1 hidden units, seed 0, 4 of 4 iterations" in repr(run)
    metrics = run.metrics()
    lines = [json.loads(line) for line in (run.directory / "metrics.jsonl").read_text().splitlines()]
    np.testing.assert_array_equal(metrics["iteration"], [1, 2, 3, 4])
    np.testing.assert_array_equal(metrics["stochastic_cost"], [line["stochastic_cost"] for line in lines])
    np.testing.assert_array_equal(metrics["stochastic_costs"], [line["stochastic_costs"] for line in lines])
    np.testing.assert_array_equal(metrics["usage.rollout_steps"], [line["usage"]["rollout_steps"] for line in lines])
    np.testing.assert_array_equal(metrics["noise_std.joint2_torque"], [line["noise_std"][1] for line in lines])
    np.testing.assert_array_equal(metrics["success_share"], [line["successes"] / 3 for line in lines])
    np.testing.assert_array_equal(metrics["falls"], np.zeros(4))
    frame = run.frame()
    assert list(frame.index) == [1, 2, 3, 4]
    assert frame["agent.beta"].iloc[-1] == lines[-1]["agent"]["beta"]
    motions = run.trajectories()
    assert motions["learned"].states.shape == (401, 10)
    assert motions["learned"].actions.shape == (400, 2)
    assert motions["ddp"].contact_forces is None
    assert motions["ddp"].costs.sum() == pytest.approx(lines[0]["ddp_cost"])
    assert run.policy().environment == "swimmer"


def test_a_run_that_is_written_is_read_as_far_as_it_is(run: Run) -> None:
    file = run.directory / "metrics.jsonl"
    content = file.read_bytes()
    ends = [i + 1 for i, byte in enumerate(content) if byte == ord("\n")]
    for size in (0, 1, ends[0] - 1, ends[0], ends[1] + 100, len(content) - 1):
        file.write_bytes(content[:size])
        whole = sum(end <= size for end in ends)
        assert len(run.lines()) == whole
        assert not run.complete
        assert len(run.metrics().get("iteration", [])) == whole
        assert len(run.frame()) == whole
    file.unlink()
    assert run.metrics() == {}
    for name, read in (("trajectories.json", run.trajectories), ("policy.json", run.policy)):
        (run.directory / name).unlink()
        with pytest.raises(RunError, match=f"{name} is not there yet"):
            read()


def test_what_diverged_is_infinite(run: Run) -> None:
    line = run.lines()[0]
    line.update(stochastic_cost=None, stochastic_costs=[None, 50.0, 60.0], iteration=5)
    line["agent"]["beta"] = None
    with (run.directory / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    metrics = run.metrics()
    assert metrics["stochastic_cost"][-1] == np.inf
    np.testing.assert_array_equal(metrics["stochastic_costs"][-1], [np.inf, 50, 60])
    assert np.isnan(metrics["agent.beta"][-1])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", b"{", "config.json is damaged"),
        ("config.json", b"[]", "config.json is damaged: it is not a JSON object"),
        ("config.json", b'{"format": 3}', "has format 3, and this version of the package reads 5"),
        ("metrics.jsonl", b"{}\n{}\n", "metrics.jsonl, line 1 is not a JSON object with an iteration; gaitway train"),
        ("trajectories.json", b"{}", "trajectories.json is damaged"),
    ],
)
def test_damage_is_named(run: Run, name: str, content: bytes, message: str) -> None:
    (run.directory / name).write_bytes(content)
    with pytest.raises(RunError, match=message):
        again = Run(run.directory)
        again.metrics()
        again.trajectories()


def test_runs_are_found(trained: Path, run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.directory, tmp_path / "swimmer-vgps" / "default-h1-s1")
    (tmp_path / "empty").mkdir()
    found = find(tmp_path, run.directory)
    assert [one.directory.relative_to(tmp_path).as_posix() for one in found] == ["one", "swimmer-vgps/default-h1-s1"]
    assert find(tmp_path / "empty") == []
    with pytest.raises(RunError, match="is not a directory"):
        find(tmp_path / "nowhere")
    with pytest.raises(RunError, match=r"is not a run directory: it has no config\.json"):
        Run(tmp_path)


def test_tensorboard_gets_a_run_while_it_goes_on(trained: Path) -> None:
    said = trained.joinpath("said").read_text().splitlines()
    assert sum(int(line.split(": ")[1].split()[0]) for line in said) == ITERATIONS
    shown = scalars(trained / "board" / "one")
    metrics = Run(trained / "runs" / "one").metrics()
    for tag, name in [
        ("cost/stochastic", "stochastic_cost"),
        ("cost/ddp", "ddp_cost"),
        ("agent/beta", "agent.beta"),
        ("usage/rollout_steps", "usage.rollout_steps"),
        ("noise_std/joint1_torque", "noise_std.joint1_torque"),
        ("policy/success_share", "success_share"),
    ]:
        np.testing.assert_allclose([shown[tag][i] for i in (1, 2, 3, 4)], metrics[name], rtol=1e-6)


def test_iterations_that_are_done_again_are_purged(run: Run, tmp_path: Path) -> None:
    file = run.directory / "metrics.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    one = Export(run, tmp_path / "board")
    assert one.update() == 4
    assert one.update() == 0
    # As after kill -9: the last two are cut off, and the third comes out otherwise.
    file.write_bytes(b"".join(lines[:2]))
    assert one.update() == 0
    deadline = time.monotonic() + 60
    while set(scalars(tmp_path / "board").get("cost/stochastic", {})) != {1, 2}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    again = json.loads(lines[2])
    again["stochastic_cost"] = 12.5
    file.write_bytes(b"".join(lines[:2]) + json.dumps(again).encode() + b"\n" + lines[3][:40])
    assert one.update() == 1
    one.close()
    shown = scalars(tmp_path / "board")["cost/stochastic"]
    assert set(shown) == {1, 2, 3}
    assert shown[3] == 12.5


def test_what_was_written_of_a_run_stays_when_the_run_is_removed(run: Run, tmp_path: Path) -> None:
    one = Export(run, tmp_path / "board")
    assert one.update() == 4
    shutil.rmtree(run.directory)
    assert one.update() == 0
    one.close()
    assert set(scalars(tmp_path / "board")["cost/stochastic"]) == {1, 2, 3, 4}


def test_an_export_may_be_repeated(run: Run, tmp_path: Path) -> None:
    for _ in range(2):
        assert export([run.directory], tmp_path / "board", say=lambda words: None) == 1
    assert set(scalars(tmp_path / "board" / "one")["cost/stochastic"]) == {1, 2, 3, 4}


def test_the_command_says_what_is_wrong(tmp_path: Path, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", str(trained / "runs")]) == 0
    assert "vgps on swimmer, h1, seed 0  4/4 iterations  cost stochastic" in capsys.readouterr().out
    for arguments, message in [
        (["list", str(tmp_path / "nowhere")], "nowhere is not a directory"),
        (["tensorboard", str(tmp_path), "--logdir", str(tmp_path / "board")], "there is no run in"),
    ]:
        assert main(arguments) == 1
        said = capsys.readouterr().err
        assert said.startswith("python -m gaitway.runs: ")
        assert message in said
    with pytest.raises(SystemExit):
        main(["tensorboard", "x", "--logdir", "y", "--interval", "0"])
    assert "must be seconds from 0.01 to 3600, but is '0'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "call", "extra"),
    [("pandas", lambda run: run.frame(), "runs"), ("tensorboardX", lambda run: Export(run, "x"), "tensorboard")],
)
def test_what_is_missing_is_named(
    run: Run, module: str, call: Any, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf'{module} is missing, .*; run: pip install "gaitway\[{extra}\]"'):
        call(run)


TABLE = """agent,environment,hidden,preset,state,set.kappa,set.mode,seed,iteration,stochastic_cost,fault
vgps,swimmer,10,default,complete,1.5,a,9223372036854775809,1,50.5,
vgps,swimmer,10,default,complete,1.5,a,0,2,Infinity,
'=odd,swimmer,64x64-tanh,default,failed,3,b,0,0,,"it broke, at once"
gps,swimmer,10,default,failed,3,b,1,0,,"' - at least it began"
"""


@pytest.mark.parametrize("packed", [False, True])
def test_tables_have_numbers_and_words(tmp_path: Path, packed: bool) -> None:
    file = tmp_path / ("iterations.csv.gz" if packed else "iterations.csv")
    file.write_bytes(gzip.compress(TABLE.encode()) if packed else TABLE.encode())
    frame = read_table(file)
    assert list(frame["agent"]) == ["vgps", "vgps", "=odd", "gps"]
    assert list(frame["seed"]) == [2**63 + 1, 0, 0, 1]
    assert frame["iteration"].dtype == np.int64
    assert list(frame["hidden"]) == ["10", "10", "64x64-tanh", "10"]
    assert list(frame["set.kappa"]) == [1.5, 1.5, 3.0, 3.0]
    assert list(frame["set.mode"]) == ["a", "a", "b", "b"]
    assert frame["stochastic_cost"].iloc[1] == np.inf
    assert np.isnan(frame["stochastic_cost"].iloc[2])
    assert list(frame["fault"])[2:] == ["it broke, at once", " - at least it began"]
    experiment = Experiment(tmp_path)
    assert len(experiment.iterations()) == 2
    assert experiment.runs() == []
    with pytest.raises(RunError, match=r"has no runs\.csv"):
        experiment.status()


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"is not an experiment: it has no iterations\.csv"):
        Experiment(tmp_path)
    file = tmp_path / "iterations.csv"
    file.write_text(TABLE.replace("50.5", "half"))
    with pytest.raises(RunError, match="is damaged: .*half"):
        read_table(file)
    packed = tmp_path / "iterations.csv.gz"
    whole = gzip.compress(TABLE.encode())
    for content in (TABLE.encode(), whole[:-20], whole[:20] + b"\xff" * 20 + whole[40:]):
        packed.write_bytes(content)
        with pytest.raises(RunError, match=r"iterations\.csv\.gz is damaged: "):
            read_table(packed)


def test_a_directory_of_runs_is_followed_until_somebody_says_stop(run: Run, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gaitway.runs", "tensorboard", ".", "--logdir", "board", "--follow"]
    follower = subprocess.Popen([*command, "--interval", "0.05"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert follower.stdout is not None
    assert follower.stdout.readline() == "one: 4 iterations written to board/one\n"
    shutil.copytree(run.directory, tmp_path / "two")
    assert follower.stdout.readline() == "two: 4 iterations written to board/two\n"
    follower.send_signal(signal.SIGINT)
    assert follower.wait(60) == 130
    follower.stdout.close()
