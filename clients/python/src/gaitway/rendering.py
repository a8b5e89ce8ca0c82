"""Pictures of a robot, from the links' geometry.

The camera follows the robot's root; the lines of the grid are 1 m apart, and where the robot can touch
the ground, that is drawn. Needs pygame: ``pip install "gaitway[render]"``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from gymnasium.error import DependencyNotInstalled

from gaitway.spec import EnvironmentSpec, LinkGeometry
from gaitway.tensors import Floats

if TYPE_CHECKING:
    import pygame

Frame = npt.NDArray[np.uint8]

SKY = (250, 250, 248)
GRID = (226, 228, 230)
GROUND = (206, 200, 190)
LINKS = ((38, 84, 124), (217, 95, 2), (27, 120, 90), (148, 82, 158))
HINGE = (250, 250, 248)

#: Pictures are drawn this much larger and then reduced, which smooths the edges.
_OVERSAMPLING = 2
_GRID_METRES = 1.0


def frames(geometry: tuple[LinkGeometry, ...], state: Floats) -> tuple[Floats, Floats]:
    """Where the links' frames are: origins, shape (links, 2), m, and absolute angles, shape (links,)."""
    origins = np.zeros((len(geometry), 2))
    angles = np.zeros(len(geometry))
    for i, link in enumerate(geometry):
        place = np.array([link.hinge_x + _entry(state, link.x_index), link.hinge_y + _entry(state, link.y_index)])
        angles[i] = link.axis * _entry(state, link.angle_index)
        if link.parent < 0:
            origins[i] = place
        else:
            origins[i] = origins[link.parent] + _rotation(angles[link.parent]) @ place
            angles[i] += angles[link.parent]
    return origins, angles


def _entry(state: Floats, index: int) -> float:
    return float(state[index]) if index >= 0 else 0.0


def capsules(geometry: tuple[LinkGeometry, ...], state: Floats) -> Floats:
    """The ends of the links' axes, shape (links, 2, 2): link, end, (x, y), m."""
    origins, angles = frames(geometry, state)
    ends = np.array([[[g.from_x, g.from_y], [g.to_x, g.to_y]] for g in geometry])
    turns = np.array([_rotation(angle) for angle in angles])
    placed: Floats = origins[:, None] + np.einsum("lij,lej->lei", turns, ends)
    return placed


def _rotation(angle: float) -> Floats:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])


class Renderer:
    """Draws states of one environment; in ``human`` mode into a window, at the robot's own speed."""

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
        except ImportError as error:
            raise DependencyNotInstalled(
                'pygame is missing, which draws the robot; run: pip install "gaitway[render]"'
            ) from error
        self._pygame = pygame
        self._spec = spec
        self._fps = 1 / spec.dt
        self.width, self.height = width, height
        length = sum(float(np.hypot(g.to_x - g.from_x, g.to_y - g.from_y)) for g in spec.geometry)
        #: Pixels per metre: the stretched robot takes half of the width.
        self.scale = width / (2 * max(length, 1e-3))
        self._grounded = bool(spec.contact_points)
        self._canvas = pygame.Surface((width * _OVERSAMPLING, height * _OVERSAMPLING))
        self._window: Any = None
        self._clock: Any = None
        if mode == "human":
            pygame.display.init()
            self._window = pygame.display.set_mode((width, height))
            pygame.display.set_caption(f"gaitway {spec.id}")
            self._clock = pygame.time.Clock()

    def centre(self, state: Floats) -> tuple[float, float]:
        """What is in the middle of the picture, m: the root, or above a ground that stays in its place."""
        x, y = frames(self._spec.geometry[:1], state)[0][0]
        return float(x), 0.35 * self.height / self.scale if self._grounded else float(y)

    def pixel(self, point: npt.ArrayLike, state: Floats) -> tuple[float, float]:
        """Column and row, not rounded, at which a point (x, y), m, is drawn."""
        x, y = np.asarray(point, np.float64)
        cx, cy = self.centre(state)
        return (x - cx) * self.scale + self.width / 2, self.height / 2 - (y - cy) * self.scale

    def draw(self, state: Floats) -> Frame:
        """The picture as an array, shape (height, width, 3)."""
        picture = self._picture(state)
        return np.transpose(self._pygame.surfarray.array3d(picture), (1, 0, 2)).copy()

    def show(self, state: Floats) -> None:
        """Draws into the window and waits for as long as a control step lasts."""
        picture = self._picture(state)
        self._window.blit(picture, (0, 0))
        self._pygame.event.pump()
        self._pygame.display.flip()
        self._clock.tick(self._fps)

    def close(self) -> None:
        """Closes the window, if there is one."""
        if self._window is not None:
            self._pygame.display.quit()
            self._window = None

    def _picture(self, state: Floats) -> pygame.Surface:
        self._canvas.fill(SKY)
        self._draw_grid(state)
        if self._grounded:
            _, row = self._place((0.0, 0.0), state)
            self._canvas.fill(GROUND, (0, row, *self._canvas.get_size()))
        for i, (link, ends) in enumerate(zip(self._spec.geometry, capsules(self._spec.geometry, state), strict=True)):
            self._draw_capsule(ends, link.radius, LINKS[i % len(LINKS)], state)
        origins, _ = frames(self._spec.geometry, state)
        for link, origin in zip(self._spec.geometry, origins, strict=True):
            if link.parent >= 0:
                self._draw_disc(origin, link.radius / 3, HINGE, state)
        return self._pygame.transform.smoothscale(self._canvas, (self.width, self.height))

    def _draw_grid(self, state: Floats) -> None:
        cx, cy = self.centre(state)
        for axis, (middle, pixels) in enumerate(((cx, self.width), (cy, self.height))):
            reach = pixels / 2 / self.scale
            first = np.ceil((middle - reach) / _GRID_METRES) * _GRID_METRES
            for line in np.arange(first, middle + reach, _GRID_METRES):
                start = [cx - self.width, cy - self.height]
                end = [cx + self.width, cy + self.height]
                start[axis] = end[axis] = float(line)
                self._pygame.draw.line(
                    self._canvas, GRID, self._place(start, state), self._place(end, state), _OVERSAMPLING
                )

    def _draw_capsule(self, ends: Floats, radius: float, colour: tuple[int, int, int], state: Floats) -> None:
        along = ends[1] - ends[0]
        length = float(np.hypot(*along))
        if length > 0:
            across = np.array([-along[1], along[0]]) * (radius / length)
            corners = [ends[0] + across, ends[1] + across, ends[1] - across, ends[0] - across]
            self._pygame.draw.polygon(self._canvas, colour, [self._place(corner, state) for corner in corners])
        for end in ends:
            self._draw_disc(end, radius, colour, state)

    def _draw_disc(self, centre: npt.ArrayLike, radius: float, colour: tuple[int, int, int], state: Floats) -> None:
        pixels = max(1.0, radius * self.scale * _OVERSAMPLING)
        self._pygame.draw.circle(self._canvas, colour, self._place(centre, state), pixels)

    def _place(self, point: npt.ArrayLike, state: Floats) -> tuple[int, int]:
        column, row = self.pixel(point, state)
        return round(column * _OVERSAMPLING), round(row * _OVERSAMPLING)
