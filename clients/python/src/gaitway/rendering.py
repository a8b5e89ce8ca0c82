"""Pictures of a robot, from the links' geometry, in the manner of a report's player.

A picture shows the robot, the path that it came along, time and speed, the actions, and where the robot can touch the
ground, the ground's forces. The camera follows the robot; the lines of the grid are a round distance apart. Needs
pygame: ``pip install "gaitway[render]"``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from gymnasium.error import DependencyNotInstalled

from gaitway.extras import missing
from gaitway.spec import EnvironmentSpec, LinkGeometry
from gaitway.tensors import Floats

if TYPE_CHECKING:
    import pygame

Frame = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

SKY = (255, 255, 255)
GRID = (237, 237, 234)
GROUND = (237, 237, 234)
HORIZON = (185, 182, 171)
BODY = (143, 176, 234)
EDGE = (44, 95, 184)
PATH = (31, 95, 214)
FORCE = (194, 87, 26)
DRIVE = (138, 63, 176)
INK = (90, 96, 107)

#: Pictures are drawn this much larger and then reduced, which smooths the edges.
_OVERSAMPLING = 2
_EDGE_PIXELS = 1.75
_TEXT_PIXELS = 17
_GRAVITY = 9.81

#: Forces below this share of the weight are not drawn, nor are actions below this share of their bounds.
_LEAST_SHARE = 0.02

#: Angle that an action at its bound is drawn as, rad.
_FULL_TURN = 1.6 * math.pi


@dataclass(frozen=True)
class Scene:
    """What a picture shows.

    Attributes:
        state: shape (nx,).
        time: since the episode's start, s; None to leave it out.
        speed: along x, m/s; None to leave it out.
        actions: of the step that led here, as applied, in the units of ``spec.action``, shape (nu,); None for none.
        contact_forces: the ground's, in that step, along x and y, N, shape (C, 2); None for none.
        trail: the path that the robot came along, m.
    """

    state: Floats
    time: float | None = None
    speed: float | None = None
    actions: Floats | None = None
    contact_forces: Floats | None = None
    trail: Sequence[tuple[float, float]] = ()


class Trail:
    """The path of a robot in an episode: of its root where there is ground, else of its centre of mass."""

    def __init__(self, spec: EnvironmentSpec) -> None:
        self._spec = spec
        self.points: list[tuple[float, float]] = []

    def start(self, state: Floats) -> None:
        """Begins anew at a state."""
        self.points = [place(self._spec, state)]

    def add(self, state: Floats) -> None:
        """Goes on to the next state."""
        self.points.append(place(self._spec, state))

    @property
    def speed(self) -> float | None:
        """Along x in the last step, m/s; None before the first."""
        if len(self.points) < 2:
            return None
        return (self.points[-1][0] - self.points[-2][0]) / self._spec.dt


def place(spec: EnvironmentSpec, state: Floats) -> tuple[float, float]:
    """Where a robot is, m: its root where there is ground, else its centre of mass."""
    if not spec.geometry:
        return 0.0, 0.0
    origins, angles = frames(spec.geometry, state)
    masses = np.array([link.mass for link in spec.geometry])
    if spec.contact_points or masses.sum() <= 0:
        return float(origins[0, 0]), float(origins[0, 1])
    centres = [
        origin + _rotation(angle) @ (link.com_x, link.com_y)
        for link, origin, angle in zip(spec.geometry, origins, angles, strict=True)
    ]
    x, y = masses @ np.array(centres) / masses.sum()
    return float(x), float(y)


def frames(geometry: tuple[LinkGeometry, ...], state: Floats) -> tuple[Floats, Floats]:
    """Where the links' frames are: origins, shape (links, 2), m, and absolute angles, shape (links,)."""
    origins = np.zeros((len(geometry), 2))
    angles = np.zeros(len(geometry))
    for i, link in enumerate(geometry):
        hinge = np.array([link.hinge_x + _entry(state, link.x_index), link.hinge_y + _entry(state, link.y_index)])
        angles[i] = link.angle + link.axis * _entry(state, link.angle_index)
        if link.parent < 0:
            origins[i] = hinge
        else:
            origins[i] = origins[link.parent] + _rotation(angles[link.parent]) @ hinge
            angles[i] += angles[link.parent]
    return origins, angles


def _entry(state: Floats, index: int) -> float:
    return float(state[index]) if index >= 0 else 0.0


def shapes(geometry: tuple[LinkGeometry, ...], state: Floats) -> list[tuple[Floats, float]]:
    """Points in the world, shape (n, 2), and radius of every shape, m."""
    origins, angles = frames(geometry, state)
    return [
        (origin + np.array(shape.points) @ _rotation(angle).T, shape.radius)
        for link, origin, angle in zip(geometry, origins, angles, strict=True)
        for shape in link.shapes
    ]


def _rotation(angle: float) -> Floats:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])


def _extent(spec: EnvironmentSpec) -> tuple[float, float]:
    """Width and height of the robot in its mean initial state, at least 1 cm, m."""
    drawn = shapes(spec.geometry, spec.initial_mean)
    if not drawn:
        return 1.0, 1.0
    most = np.max([(points + radius).max(0) for points, radius in drawn], 0)
    least = np.min([(points - radius).min(0) for points, radius in drawn], 0)
    width, height = (most - least).clip(0.01)
    return float(width), float(height)


def _swing(spec: EnvironmentSpec) -> float:
    """The greatest distance from the root's origin that the robot can have, with all links in line, m."""
    hinges: list[float] = []
    most = 0.0
    for link in spec.geometry:
        before = 0.0 if link.parent < 0 else hinges[link.parent] + math.hypot(link.hinge_x, link.hinge_y)
        hinges.append(before)
        most = max(
            [
                most,
                *(before + max(math.hypot(*point) for point in shape.points) + shape.radius for shape in link.shapes),
            ]
        )
    return most


def _round_step(least: float) -> float:
    """1, 2 or 5 times a power of ten, at least ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def _drives(spec: EnvironmentSpec) -> list[tuple[int, bool] | None]:
    """For each action the link that it drives, and whether it turns it; None where the names do not tell.

    An action is named after the state's entry that it drives: ``knee_torque`` after ``knee_angle``, ``knee`` after
    ``knee``, ``force`` not.
    """
    found: list[tuple[int, bool] | None] = []
    for action in spec.action:
        driven = None
        for i, link in enumerate(spec.geometry):
            if link.angle_index >= 0 and _stems(spec.state[link.angle_index].name) & _stems(action.name):
                driven = (i, True)
        if driven is None and action.unit == "N" and spec.geometry and spec.geometry[0].x_index >= 0:
            driven = (0, False)
        found.append(driven)
    return found


def _stems(name: str) -> set[str]:
    """A name, and what is in front of its last word."""
    return {name, name.rpartition("_")[0]} - {""}


class Renderer:
    """Draws scenes of one environment; in ``human`` mode into a window, at the robot's own speed."""

    def __init__(self, spec: EnvironmentSpec, mode: str, width: int = 640, height: int = 400) -> None:
        """Prepares the picture.

        Args:
            spec: of the environment.
            mode: ``"rgb_array"`` or ``"human"``.
            width: of the picture, pixels.
            height: of the picture, pixels.

        Raises:
            DependencyNotInstalled: if pygame is missing.
        """
        try:
            import pygame
            import pygame.font
        except ImportError as error:
            raise DependencyNotInstalled(missing("pygame", "draws the robot", "render")) from error
        self._pygame = pygame
        self._spec = spec
        self._fps = 1 / spec.dt
        self.width, self.height = width, height
        extent = _extent(spec)
        root = spec.geometry[0] if spec.geometry else None
        #: Whether the camera follows the robot up and down, or the root, which stays at its height.
        self._floats = root is None or root.y_index >= 0
        reach = max(*extent, 0.0 if self._floats else 2 * _swing(spec))
        #: Pixels per metre.
        self.scale = min(height / (1.4 * reach), width / (2.4 * reach))
        self._grounded = bool(spec.contact_points)
        self._weight = _GRAVITY * sum(link.mass for link in spec.geometry)
        self._metres_per_newton = 0.2 * extent[1] / max(self._weight, 1e-9)
        self._drives = _drives(spec)
        self._strongest = max((max(abs(a.lower), abs(a.upper)) for a in spec.action), default=0.0)
        self._canvas = pygame.Surface((width * _OVERSAMPLING, height * _OVERSAMPLING))
        pygame.font.init()
        self._font = pygame.font.Font(None, _TEXT_PIXELS * _OVERSAMPLING)
        self._window: Any = None
        self._clock: Any = None
        if mode == "human":
            pygame.display.init()
            self._window = pygame.display.set_mode((width, height))
            pygame.display.set_caption(f"gaitway {spec.id}")
            self._clock = pygame.time.Clock()

    def centre(self, state: Floats) -> tuple[float, float]:
        """What is in the middle of the picture, m: ahead of the robot, and above a ground that stays in its place."""
        x, y = place(self._spec, state) if self._floats else frames(self._spec.geometry, state)[0][0]
        if self._grounded:
            y = self._spec.ground_height + 0.27 * self.height / self.scale
        return x + 0.1 * self.width / self.scale, y

    def pixel(self, point: npt.ArrayLike, state: Floats) -> tuple[float, float]:
        """Column and row, not rounded, at which a point (x, y), m, is drawn."""
        x, y = np.asarray(point, np.float64)
        cx, cy = self.centre(state)
        return (x - cx) * self.scale + self.width / 2, self.height / 2 - (y - cy) * self.scale

    def draw(self, scene: Scene) -> Frame:
        """The picture as an array, shape (height, width, 3)."""
        picture = self._picture(scene)
        return np.transpose(self._pygame.surfarray.array3d(picture), (1, 0, 2)).copy()

    def show(self, scene: Scene) -> None:
        """Draws into the window and waits for as long as a control step lasts."""
        picture = self._picture(scene)
        self._window.blit(picture, (0, 0))
        self._pygame.event.pump()
        self._pygame.display.flip()
        self._clock.tick(self._fps)

    def close(self) -> None:
        """Closes the window, if there is one."""
        if self._window is not None:
            self._pygame.display.quit()
            self._window = None

    def _picture(self, scene: Scene) -> pygame.Surface:
        state = scene.state
        self._canvas.fill(SKY)
        self._draw_grid(state)
        if self._grounded:
            self._draw_ground(state)
        self._draw_distances(state)
        self._draw_robot(state)
        self._draw_trail(scene)
        self._draw_drives(scene)
        self._draw_forces(scene)
        self._draw_caption(scene)
        return self._pygame.transform.smoothscale(self._canvas, (self.width, self.height))

    # The surroundings.

    def _lines(self, axis: int, state: Floats) -> tuple[float, Floats]:
        """The grid's distance, and its lines in the picture across one axis, m."""
        step = _round_step(90 / self.scale)
        middle, pixels = self.centre(state)[axis], (self.width, self.height)[axis]
        reach = pixels / 2 / self.scale
        numbers = np.arange(math.ceil((middle - reach) / step), math.floor((middle + reach) / step) + 1)
        return step, numbers.astype(np.float64) * step

    def _draw_grid(self, state: Floats) -> None:
        across, down = self._canvas.get_size()
        for axis in (0, 1):
            for line in self._lines(axis, state)[1]:
                point = (line, 0.0) if axis == 0 else (0.0, line)
                at = self._place(point, state)[axis]
                ends = ((at, 0), (at, down)) if axis == 0 else ((0, at), (across, at))
                self._pygame.draw.line(self._canvas, GRID, *ends, _OVERSAMPLING)

    def _draw_ground(self, state: Floats) -> None:
        across, down = self._canvas.get_size()
        row = self._place((0.0, self._spec.ground_height), state)[1]
        self._canvas.fill(GROUND, (0, row, across, down))
        self._pygame.draw.line(self._canvas, HORIZON, (0, row), (across, row), 2 * _OVERSAMPLING)

    def _draw_distances(self, state: Floats) -> None:
        step, lines = self._lines(0, state)
        for line in lines:
            column = self._place((line, 0.0), state)[0] + 5 * _OVERSAMPLING
            self._text(f"{line:.{0 if step >= 1 else 1}f} m", column, self._canvas.get_height(), bottom=True)

    # The robot.

    def _draw_robot(self, state: Floats) -> None:
        geometry = self._spec.geometry
        if not geometry:
            return
        edge = _EDGE_PIXELS / self.scale
        for points, size in shapes(geometry, state):
            if len(points) > 2:
                self._draw_polygon(points, size, edge, state)
                continue
            radius = max(size, 1.5 / self.scale)
            self._draw_capsule(points[[0, -1]], radius, EDGE, state)
            self._draw_capsule(points[[0, -1]], max(radius - edge, 0.0), BODY, state)
        origins, _ = frames(geometry, state)
        for link, origin in zip(geometry, origins, strict=True):
            if link.parent >= 0:
                self._draw_disc(origin, edge, EDGE, state)

    def _draw_capsule(self, ends: Floats, radius: float, colour: Colour, state: Floats) -> None:
        along = ends[1] - ends[0]
        length = float(np.hypot(*along))
        if length > 0:
            across = np.array([-along[1], along[0]]) * (radius / length)
            corners = [ends[0] + across, ends[1] + across, ends[1] - across, ends[0] - across]
            self._pygame.draw.polygon(self._canvas, colour, [self._place(corner, state) for corner in corners])
        for end in ends:
            self._draw_disc(end, radius, colour, state)

    def _draw_polygon(self, points: Floats, radius: float, edge: float, state: Floats) -> None:
        """The points within ``radius`` of a convex polygon, with an edge along its sides."""
        corners = [self._place(point, state) for point in points]
        sides = [np.stack(side) for side in zip(points, np.roll(points, -1, 0), strict=True)]
        for side in sides:
            self._draw_capsule(side, max(radius, edge / 2), EDGE, state)
        self._pygame.draw.polygon(self._canvas, BODY, corners)
        for side in sides:
            self._draw_capsule(side, max(radius - edge, 0.0), BODY, state)

    def _draw_disc(self, centre: npt.ArrayLike, radius: float, colour: Colour, state: Floats) -> None:
        pixels = max(1.0, radius * self.scale * _OVERSAMPLING)
        self._pygame.draw.circle(self._canvas, colour, self._place(centre, state), pixels)

    def _draw_trail(self, scene: Scene) -> None:
        if len(scene.trail) > 1:
            points = [self._place(point, scene.state) for point in scene.trail]
            self._pygame.draw.lines(self._canvas, PATH, False, points, round(1.75 * _OVERSAMPLING))
            self._pygame.draw.circle(self._canvas, PATH, points[-1], 3 * _OVERSAMPLING)

    # What moves it.

    def _draw_forces(self, scene: Scene) -> None:
        """The ground's forces push from below, at the lowest point of each sphere that touches."""
        if scene.contact_forces is None or self._weight <= 0:
            return
        origins, angles = frames(self._spec.geometry, scene.state)
        for contact, force in zip(self._spec.contact_points, scene.contact_forces, strict=True):
            if not np.hypot(*force) > _LEAST_SHARE * self._weight:
                continue
            tip = origins[contact.link] + _rotation(angles[contact.link]) @ (contact.x, contact.y)
            tip = tip - (0.0, contact.radius)
            tail = tip - force * self._metres_per_newton
            self._arrow([self._place(tail, scene.state), self._place(tip, scene.state)], FORCE)
        size = _round_step(0.7 * self._weight)
        length = round(size * self._metres_per_newton * self.scale * _OVERSAMPLING)
        left, top = 14 * _OVERSAMPLING, 12 * _OVERSAMPLING
        self._arrow([(left, top + length), (left, top)], FORCE)
        self._text(f"{size:g} N", left + 10 * _OVERSAMPLING, top + length // 2)

    def _draw_drives(self, scene: Scene) -> None:
        """A torque is an arrow around its hinge, as long as its share of the bound; a force one along its axis."""
        if scene.actions is None or not self._spec.geometry:
            return
        origins, angles = frames(self._spec.geometry, scene.state)
        radius = max(20.0, 0.07 * min(self.width, self.height)) * _OVERSAMPLING
        for action, entry, driven in zip(scene.actions, self._spec.action, self._drives, strict=True):
            bound = max(abs(entry.lower), abs(entry.upper))
            share = float(action) / bound if 0 < bound < math.inf else 0.0
            if driven is None or not abs(share) > _LEAST_SHARE:
                continue
            link, turns = driven
            column, row = self._place(origins[link], scene.state)
            if not turns:
                self._arrow([(column, row), (round(column + 3 * radius * share), row)], DRIVE)
                continue
            geometry = self._spec.geometry[link]
            axis = np.mean([point for shape in geometry.shapes for point in shape.points] or [(1.0, 0.0)], 0)
            # Around the far side of the hinge, centred on it.
            sweep = share * _FULL_TURN * geometry.axis
            middle = angles[link] + math.atan2(axis[1], axis[0])
            turn = np.linspace(middle - sweep / 2, middle + sweep / 2, max(3, round(abs(sweep) * 12)))
            arc = [(round(column + radius * np.cos(a)), round(row - radius * np.sin(a))) for a in turn]
            self._arrow(arc, DRIVE)
        units = {
            entry.unit for entry, driven in zip(self._spec.action, self._drives, strict=True) if driven is not None
        }
        if units:
            left = (90 if self._grounded else 10) * _OVERSAMPLING
            words = "torques" if units == {"N m"} else "actions"
            unit = units.pop() if len(units) == 1 else ""
            self._text(f"{words} up to {self._strongest:g} {unit}", left, 12 * _OVERSAMPLING, colour=DRIVE)

    def _arrow(self, points: Sequence[tuple[float, float]], colour: Colour) -> None:
        """A line with a head at its end, in pixels of the canvas."""
        steps = np.hypot(*np.diff(np.array(points, np.float64), axis=0).T)
        length = float(steps.sum())
        if not length > 0:
            return
        head = min(7.0 * _OVERSAMPLING, 0.6 * length)
        # The direction of the head is that of the chord that it covers.
        before = len(points) - 1
        covered = 0.0
        while before > 0 and covered < head:
            before -= 1
            covered += float(steps[before])
        tip = np.array(points[-1], np.float64)
        back = np.array(points[before], np.float64)
        along = (tip - back) / max(float(np.hypot(*(tip - back))), 1e-9)
        across = np.array([-along[1], along[0]])
        base = tip - head * along
        shaft = [*points[: before + 1], tuple(base + 0.2 * head * along)]
        self._pygame.draw.lines(self._canvas, colour, False, shaft, round(1.75 * _OVERSAMPLING))
        corners = [tuple(tip), tuple(base + 0.45 * head * across), tuple(base - 0.45 * head * across)]
        self._pygame.draw.polygon(self._canvas, colour, corners)

    # Words.

    def _draw_caption(self, scene: Scene) -> None:
        words = []
        if scene.time is not None:
            words.append(f"{scene.time:.2f} s")
        if scene.speed is not None:
            words.append(f"{scene.speed:.2f} m/s")
        if words:
            self._text(
                "    ".join(words), self._canvas.get_width() - 10 * _OVERSAMPLING, 12 * _OVERSAMPLING, right=True
            )

    def _text(
        self, words: str, column: float, row: float, *, right: bool = False, bottom: bool = False, colour: Colour = INK
    ) -> None:
        drawn = self._font.render(words, True, colour)
        width, height = drawn.get_size()
        left = column - width if right else column
        top = row - height - 4 * _OVERSAMPLING if bottom else row
        if left >= 0 and left + width <= self._canvas.get_width():
            self._canvas.blit(drawn, (left, top))

    def _place(self, point: npt.ArrayLike, state: Floats) -> tuple[int, int]:
        column, row = self.pixel(point, state)
        return round(column * _OVERSAMPLING), round(row * _OVERSAMPLING)
