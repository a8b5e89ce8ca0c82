"""Pictures show the robot where its geometry says it is."""

from __future__ import annotations

import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled

from gaitway.rendering import BODY, DRIVE, EDGE, FORCE, GROUND, SKY, Frame, Renderer, Scene
from gaitway.simulator import Simulator
from gaitway.tensors import Floats
from gaitway.vector_env import GaitwayVectorEnv


def complex_capsules(simulator: Simulator, state: Floats) -> list[tuple[complex, complex]]:
    """The links' axes by complex numbers, after the contract's words and apart from the renderer."""
    frames: list[tuple[complex, complex]] = []
    axes = []
    for g in simulator.spec.geometry:
        moved = [state[index] if index >= 0 else 0.0 for index in (g.x_index, g.y_index, g.angle_index)]
        parent, facing = frames[g.parent] if g.parent >= 0 else (0j, 1 + 0j)
        origin = parent + facing * complex(g.hinge_x + moved[0], g.hinge_y + moved[1])
        direction = facing * complex(np.exp(1j * (g.angle + g.axis * moved[2])))
        frames.append((origin, direction))
        start, end = (origin + direction * complex(*point) for point in g.shapes[0].points)
        axes.append((start, end))
    return axes


@pytest.mark.parametrize("name", ["swimmer", "walker"])
def test_every_link_is_where_it_should_be(name: str) -> None:
    with Simulator(name) as simulator:
        state = simulator.initial_states(0, 1)[0].copy()
        state[0] += 3.7  # The camera follows.
        state[2:9] += np.linspace(0.3, -0.4, 7)
        renderer = Renderer(simulator.spec, "rgb_array")
        picture = renderer.draw(Scene(state))
        assert picture.shape == (renderer.height, renderer.width, 3)
        assert picture.dtype == np.uint8
        drawn = np.zeros(picture.shape[:2], bool)
        rows, columns = np.mgrid[: renderer.height, : renderer.width] + 0.5
        for (start, end), link in zip(complex_capsules(simulator, state), simulator.spec.geometry, strict=True):
            c0, r0 = renderer.pixel((start.real, start.imag), state)
            c1, r1 = renderer.pixel((end.real, end.imag), state)
            # Distance of every pixel from the axis, in pixels.
            along = np.array([c1 - c0, r1 - r0])
            share = np.clip(((columns - c0) * along[0] + (rows - r0) * along[1]) / (along @ along), 0, 1)
            distance = np.hypot(columns - c0 - share * along[0], rows - r0 - share * along[1])
            radius = link.shapes[0].radius * renderer.scale
            drawn |= distance < radius + 2
            inside = picture[distance < radius - 3].reshape(-1, 3)
            body = (np.abs(inside.astype(int) - BODY).sum(-1) == 0).mean()
            assert body > 0.5, f"{link.name}: only {body:.0%} of its pixels have its colour"
        outside = picture[~drawn].reshape(-1, 3).astype(int)
        for colour in (BODY, EDGE):
            assert (np.abs(outside - colour).sum(-1) > 30).all(), "a link is drawn where there is none"


def test_the_ground_lies_at_zero(walker: Simulator) -> None:
    state = walker.spec.initial_mean.copy()
    renderer = Renderer(walker.spec, "rgb_array")
    picture = renderer.draw(Scene(state))
    _, row = renderer.pixel((0.0, 0.0), state)
    assert tuple(picture[int(row) + 5, 5]) == GROUND
    assert tuple(picture[int(row) - 5, 5]) == SKY


def test_one_length_has_one_scale_and_up_is_up(swimmer: Simulator) -> None:
    renderer = Renderer(swimmer.spec, "rgb_array")
    state = swimmer.spec.initial_mean
    x0, y0 = renderer.pixel((0.0, 0.0), state)
    assert renderer.pixel((1.0, 0.0), state) == pytest.approx((x0 + renderer.scale, y0))
    assert renderer.pixel((0.0, 1.0), state) == pytest.approx((x0, y0 - renderer.scale))


def count(picture: Frame, colour: tuple[int, int, int]) -> int:
    """Pixels of a colour."""
    return int((np.abs(picture.astype(int) - colour).sum(-1) < 12).sum())


def test_forces_torques_time_and_speed_are_drawn(walker: Simulator) -> None:
    renderer = Renderer(walker.spec, "rgb_array")
    state = walker.spec.initial_mean
    still = renderer.draw(Scene(state))
    assert count(still, FORCE) == count(still, DRIVE) == 0
    forces = np.zeros((len(walker.spec.contact_points), 2))
    legend = count(renderer.draw(Scene(state, contact_forces=forces)), FORCE)
    forces[-1] = (0.0, 700.0)
    assert count(renderer.draw(Scene(state, contact_forces=forces)), FORCE) > legend + 50
    weak, strong = (
        count(renderer.draw(Scene(state, actions=share * walker.spec.action_upper)), DRIVE) for share in (0.05, 0.9)
    )
    assert strong > weak + 50
    timed = renderer.draw(Scene(state, time=1.25, speed=0.5))
    assert (timed[:40, 400:] != still[:40, 400:]).any()
    assert (timed[100:] == still[100:]).all()


def test_an_episode_s_picture_has_the_forces_of_its_last_step() -> None:
    environment = gymnasium.make("gaitway/Walker-v0", render_mode="rgb_array")
    environment.reset(seed=0)
    first = environment.render()
    for _ in range(8):
        environment.step(np.full(6, 0.1, np.float32))
    later: Any = environment.render()
    assert count(first, FORCE) == 0  # type: ignore[arg-type]
    assert count(later, FORCE) > 50
    assert count(later, DRIVE) > 50
    vector = GaitwayVectorEnv(2, "walker", render_mode="rgb_array", horizon=9)
    vector.reset(seed=[0, 1])
    for _ in range(8):
        vector.step(np.full((2, 6), 0.1, np.float32))
    pictures = vector.render()
    assert pictures is not None
    np.testing.assert_array_equal(pictures[0], later)
    vector.step(np.zeros((2, 6), np.float32))
    vector.step(np.zeros((2, 6), np.float32))  # A new episode, in which nothing has moved yet.
    pictures = vector.render()
    assert pictures is not None
    assert count(pictures[0], FORCE) == 0
    environment.close()
    vector.close()


def test_a_vector_draws_each_of_its_environments() -> None:
    vector = GaitwayVectorEnv(2, "swimmer", render_mode="rgb_array")
    vector.reset(options={"states": np.array([np.zeros(10), np.full(10, 0.5)])})
    frames = vector.render()
    assert frames is not None
    assert len(frames) == 2
    assert (frames[0] != frames[1]).any()
    vector.close()


def test_a_window_shows_the_steps() -> None:
    environment = gymnasium.make("gaitway/Swimmer-v0", render_mode="human")
    environment.reset(seed=0)
    environment.step(np.zeros(2, np.float32))
    import pygame

    window = pygame.display.get_surface()
    assert window is not None
    assert len(np.unique(pygame.surfarray.array2d(window))) > 3
    environment.close()
    assert not pygame.display.get_init()


def test_without_pygame_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, swimmer: Simulator) -> None:
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(DependencyNotInstalled, match=r'pip install "gaitway\[render\]"'):
        Renderer(swimmer.spec, "rgb_array")
