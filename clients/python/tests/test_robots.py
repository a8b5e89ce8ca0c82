"""Robots of one's own, from their files to derivatives, rewards and pictures."""

from __future__ import annotations

import pickle
import re
import shutil
from pathlib import Path
from typing import Any

import grpc
import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from services import answering

import gaitway
from gaitway import RobotWarning, Session, Simulator
from gaitway.gym_env import GaitwayEnv
from gaitway.rendering import BODY, EDGE, GROUND, SKY, Renderer, Scene
from gaitway.vector_env import GaitwayVectorEnv

ROBOTS = Path(__file__).parents[2] / "conformance" / "robots"
TASK = ROBOTS / "sledge.yaml"


@pytest.fixture(scope="module")
def sledge() -> Any:
    with pytest.warns(RobotWarning), Simulator.from_mjcf(None, TASK) as simulator:
        yield simulator


def test_files_become_an_environment(sledge: Simulator) -> None:
    spec = sledge.spec
    assert re.fullmatch(r"sledge@[0-9a-f]{16}", spec.id)
    assert [entry.name for entry in spec.state[:4]] == ["along", "up", "tilt", "swing"]
    assert [(entry.name, entry.lower, entry.upper) for entry in spec.action] == [("swing", -1, 1)]
    assert spec.geometry[0].mass == pytest.approx(500 * 0.4 * 0.2 * 0.24)
    assert [term.name for term in spec.reward_terms] == ["progress", "upright", "control"]
    assert spec.ground_height == 0.5
    flying = np.zeros(spec.nx)
    flying[1] = 1
    e = sledge.linearize_dynamics(flying[None], np.zeros((1, 1)))
    assert e.next_states[0] == pytest.approx([0, 1 - 9.81e-4 / 2, 0, 0, 0, -0.0981, 0, 0], abs=1e-12)
    assert (e.fx.shape, e.fu.shape) == ((1, 8, 8), (1, 8, 1))


def test_parameters_are_those_of_the_task(sledge: Simulator) -> None:
    with pytest.warns(RobotWarning):
        heavy = Simulator.from_mjcf(ROBOTS / "sledge.xml", TASK, {"density": 1000}, sledge.address)
    assert heavy.spec.id == sledge.spec.id
    knob = 500 * 4 / 3 * np.pi * 0.07**3
    assert heavy.spec.geometry[1].mass - sledge.spec.geometry[1].mass == pytest.approx(knob)
    heavy.close()


def test_what_is_left_out_is_a_warning_at_the_line_that_asked(sledge: Simulator) -> None:
    with pytest.warns(RobotWarning) as told:
        first = gaitway.add_environment(None, TASK, sledge.address)
    with pytest.warns(RobotWarning):
        second = gaitway.add_environment(ROBOTS / "sledge.xml", TASK, sledge.address)
    assert re.match(r'sledge\.xml:7: <geom name="floor">: .*contacts; ', str(told[0].message))
    assert {Path(warning.filename) for warning in told} == {Path(__file__)}
    assert first.id == second.id == sledge.spec.id
    assert first.id not in gaitway.environments(sledge.address)


@pytest.mark.parametrize(
    ("robot", "task", "reason", "words"),
    [
        ("ball.xml", "misfit.yaml", "INVALID_ROBOT", r'^ball\.xml:4: <joint name="shoulder">: .*ball'),
        ("outside.xml", "misfit.yaml", "INVALID_ROBOT", r"^outside\.xml:2: <include>: .*not in the robot's folder"),
        ("sledge.xml", "misfit.yaml", "INVALID_TASK", r"^misfit\.yaml, line 5: .*lid"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(
    sledge: Simulator, robot: str, task: str, reason: str, words: str
) -> None:
    with pytest.raises(gaitway.InvalidArgumentError, match=words) as refused:
        Simulator.from_mjcf(ROBOTS / robot, ROBOTS / task, address=sledge.address)
    assert refused.value.reason == reason
    assert refused.value.field == ("robot" if reason == "INVALID_ROBOT" else "task")


def sent(robot: Path | None, task: Path) -> Any:
    """The request that a server gets."""
    requests = []

    def answer(request: Any, context: Any) -> Any:
        requests.append(request)
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "enough")

    with answering({"CatalogService/AddEnvironment": answer}) as port:
        with pytest.raises(gaitway.InvalidArgumentError):
            gaitway.add_environment(robot, task, f"127.0.0.1:{port}")
    return requests[0]


def test_nothing_outside_of_the_robot_s_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_text("<mujoco/>")
    folder = tmp_path / "robots"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "legs.xml").write_text("<mujoco><include file='feet.xml'/><include file='no.xml'/></mujoco>")
    (folder / "parts" / "feet.xml").write_text("<mujoco/>")
    outside = [
        f"{tmp_path}/secret.xml",
        "../secret.xml",
        "parts/../../secret.xml",
        "..\\secret.xml",
        "file:secret.xml",
        "link.xml",
    ]
    (folder / "link.xml").symlink_to(tmp_path / "secret.xml")
    includes = "".join(f"<include file='{name}'/>" for name in [*outside, "./parts//legs.xml", "robot.xml"])
    (folder / "robot.xml").write_text(f"<mujoco>{includes}</mujoco>")
    (folder / "Two Legs.YAML").write_text("dt: 0.01\nrobot: robot.xml  # beside it\n")
    request = sent(None, folder / "Two Legs.YAML")
    assert (request.name, request.robot.name, request.task.name) == ("two-legs", "robot.xml", "Two Legs.YAML")
    assert [file.name for file in request.included] == ["parts/legs.xml", "parts/feet.xml"]


def test_files_that_are_none_are_said(tmp_path: Path) -> None:
    task = tmp_path / "task.yaml"
    with pytest.raises(FileNotFoundError, match="task.yaml"):
        gaitway.add_environment(None, task, "127.0.0.1:1")
    task.write_text("dt: 0.01\n")
    with pytest.raises(ValueError, match="names no robot; add a line such as 'robot: hopper.xml'"):
        gaitway.add_environment(None, task, "127.0.0.1:1")
    with pytest.raises(FileNotFoundError, match="none.xml"):
        gaitway.add_environment(tmp_path / "none.xml", task, "127.0.0.1:1")
    (tmp_path / "robot.xml").write_bytes(b"<mujoco model='\xff'/>")
    with pytest.raises(ValueError, match="robot.xml is not text in UTF-8"):
        gaitway.add_environment(tmp_path / "robot.xml", task, "127.0.0.1:1")
    with pytest.raises(ValueError, match="task is missing"):
        GaitwayEnv(robot=tmp_path / "robot.xml")
    with pytest.raises(ValueError, match="task is missing"):
        gymnasium.make("gaitway/Robot-v0")


def test_too_much_is_refused(tmp_path: Path, sledge: Simulator) -> None:
    shutil.copytree(ROBOTS, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "sledge.xml").open("a") as file:
        file.write(" " * 1_100_000)
    with pytest.raises(gaitway.InvalidArgumentError, match="all files at most 1048576") as refused:
        gaitway.add_environment(None, tmp_path / "sledge.yaml", sledge.address)
    assert refused.value.reason == "FIELD_OUT_OF_RANGE"


def test_an_older_server_says_that_it_takes_no_robots() -> None:
    with answering({}) as port:
        with pytest.raises(gaitway.UnimplementedError, match="adding the environment sledge is not offered"):
            gaitway.add_environment(None, TASK, f"127.0.0.1:{port}")


def test_an_environment_that_is_forgotten_can_be_added_again(sledge: Simulator) -> None:
    with pytest.raises(gaitway.NotFoundError) as unknown:
        Simulator("sledge@0000000000000000", address=sledge.address)
    assert unknown.value.reason == "UNKNOWN_ENVIRONMENT"


def test_rewards_are_the_task_s_own(sledge: Simulator) -> None:
    with Session(sledge.spec.id, address=sledge.address, num_environments=2, cost_terms=True) as session:
        before = session.reset(seeds=[0, 1]).states
        actions = np.array([[0.5], [-1.0]])
        result = session.step(actions)
        progress = 100 * (result.states[:, 0] - before[:, 0])
        control = -0.1 * actions[:, 0] ** 2
        assert result.rewards == pytest.approx(progress + 1 + control, abs=1e-12)
        assert result.reward_terms == pytest.approx(np.stack([progress, np.ones(2), control], 1), abs=1e-12)
    with Session(sledge.spec.id, address=sledge.address) as plain:
        plain.reset(seeds=[0])
        result = plain.step(actions[:1])
        assert result.rewards is not None
        assert result.reward_terms is result.cost_terms is None
    with Session("swimmer", address=sledge.address, cost_terms=True) as swimmer:
        swimmer.reset(seeds=[0])
        result = swimmer.step(np.zeros((1, 2)))
        assert result.rewards is result.reward_terms is None


def make(**arguments: Any) -> Any:
    with pytest.warns(RobotWarning):
        return gymnasium.make("gaitway/Robot-v0", task=TASK, **arguments)


@pytest.mark.filterwarnings("ignore::gaitway.RobotWarning")
def test_gymnasium_makes_a_robot_of_its_files() -> None:
    one, cost = make(), make(robot=ROBOTS / "sledge.xml", reward="cost")
    spec = one.unwrapped.environment
    assert one.observation_space.shape == (spec.nx - 1,)
    one.reset(seed=3)
    cost.reset(seed=3)
    action = np.array([0.25], np.float32)
    _, reward, _, _, info = one.step(action)
    assert reward == pytest.approx(info["x_velocity"] + 1 - 0.1 * 0.25**2)
    assert reward == pytest.approx(sum(info[f"reward_{term.name}"] for term in spec.reward_terms))
    assert info["cost"] == pytest.approx(info["cost_speed"] + info["cost_control"])
    assert cost.step(action)[1] == -info["cost"]
    copy = pickle.loads(pickle.dumps(one.unwrapped))
    assert copy.step(action)[1] == one.step(action)[1]
    for environment in (one, cost, copy):
        environment.close()
    vector: Any = gymnasium.make_vec("gaitway/Robot-v0", 2, task=TASK)
    vector.reset(seed=[3, 4])
    rewards, infos = vector.step(np.full((2, 1), 0.25, np.float32))[1::3]
    assert rewards[0] == reward
    assert infos["reward_progress"][0] == info["reward_progress"]
    vector.close()


@pytest.mark.filterwarnings("ignore::gaitway.RobotWarning")
@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_many_robots_are_as_many_single_ones(mode: str) -> None:
    """Gymnasium's own vectoriser is the oracle, for rewards and what infos tell."""
    from test_gymnasium import _same

    autoreset = gymnasium.vector.AutoresetMode(mode.title().replace("_", ""))
    ours: Any = GaitwayVectorEnv(2, task=TASK, autoreset_mode=autoreset, horizon=3)
    theirs: Any = gymnasium.make_vec(
        "gaitway/Robot-v0",
        2,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": autoreset},
        task=TASK,
        horizon=3,
    )
    ours.action_space.seed(0)
    _same(ours.reset(seed=5), theirs.reset(seed=5))
    for _ in range(8):
        actions = ours.action_space.sample()
        _same(ours.step(actions), theirs.step(actions))
    ours.close()
    theirs.close()


@pytest.mark.filterwarnings("ignore::gaitway.RobotWarning")
def test_gymnasium_s_checker_has_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(gymnasium.logger, "warn", lambda message, *arguments, **_: said.append(message % arguments))
    environment = gymnasium.make("gaitway/Robot-v0", task=TASK, render_mode="rgb_array")
    check_env(environment.unwrapped)
    environment.close()
    assert said == []


def test_shapes_are_drawn_where_they_are(sledge: Simulator) -> None:
    """A box, a turned capsule, a ball at its end and a raised ground; where, is worked out by hand."""
    spec = sledge.spec
    renderer = Renderer(spec, "rgb_array")
    state = np.zeros(spec.nx)
    state[:4] = 2.0, 0.13, 0.0, 0.2  # The box is at 2, 0.62 + 0.13.
    picture = renderer.draw(Scene(state))

    def at(x: float, y: float) -> tuple[int, ...]:
        column, row = renderer.pixel((x, y), state)
        return tuple(picture[int(row), int(column)].tolist())

    for x in (-0.17, 0.17):
        for y in (-0.09, 0.09):
            assert at(2 + x, 0.75 + y) == BODY
        assert at(2 + 1.3 * x, 0.75) not in (BODY, EDGE)
    # MuJoCo's euler about y turns z towards x, the joint about -y back.
    lean = 0.3 - 0.2
    knob = 2 + 0.4 * np.sin(lean), 0.87 + 0.4 * np.cos(lean)
    assert at(*knob) == at(knob[0] + 0.05, knob[1]) == at(knob[0] - 0.05, knob[1]) == BODY
    assert at(knob[0] + 0.085, knob[1]) not in (BODY, EDGE)
    assert at(2 + 0.2 * np.sin(lean), 0.87 + 0.2 * np.cos(lean)) == BODY
    assert at(2.9, 0.48) == GROUND
    assert at(2.9, 0.52) == SKY


@pytest.mark.parametrize("name", ["acrobot", "cartpole", "pendulum"])
def test_a_robot_that_stays_fits_into_its_picture_however_it_swings(name: str) -> None:
    environment: Any = gymnasium.make(f"gaitway/{name.title()}-v0", render_mode="rgb_array")
    environment.reset()
    nx = environment.unwrapped.environment.nx
    pictures = []
    for angle in np.linspace(0, 2 * np.pi, 7):
        state = np.zeros(nx)
        state[nx // 2 - 1 if name == "cartpole" else 0] = angle
        environment.reset(options={"state": state})
        pictures.append(environment.render())
    body = [(picture == BODY).all(-1) | (picture == EDGE).all(-1) for picture in pictures]
    for drawn in body:
        assert drawn.any()
        assert not np.concatenate([drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]]).any()
    assert min(drawn.sum() for drawn in body) > 0.7 * max(drawn.sum() for drawn in body)
    environment.close()
