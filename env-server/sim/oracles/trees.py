"""The robots' geometry as literal numbers, with masses and inertias derived from capsules.

A body's frame sits at its MuJoCo `pos`; a hinge turns it about `hinge`, a point of that frame.
Vectors are (along the plane's first axis, along its second axis).
"""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Body:
    """One link: a capsule of uniform density between two points of its frame."""

    name: str
    parent: int  # index of the parent body, -1 for the root
    position: tuple  # of the frame in the parent's frame
    hinge: tuple  # of the joint in the body's own frame
    start: tuple
    end: tuple
    radius: float
    armature: float
    damping: float
    density: float = 1000.0

    @property
    def length(self):
        return math.dist(self.start, self.end)

    @property
    def centre(self):
        return tuple((a + b) / 2 for a, b in zip(self.start, self.end))

    @property
    def mass(self):
        r = self.radius
        return self.density * math.pi * r * r * (self.length + 4.0 / 3.0 * r)

    @property
    def axial_inertia(self):
        r = self.radius
        cylinder = self.density * math.pi * r * r * self.length
        ball = self.density * 4.0 / 3.0 * math.pi * r**3
        return cylinder * r * r / 2 + ball * 2.0 / 5.0 * r * r

    @property
    def transverse_inertia(self):
        """About the centre: the cylinder, and two half balls whose centroids lie 3r/8 outside."""
        r, h = self.radius, self.length
        cylinder = self.density * math.pi * r * r * h
        ball = self.density * 4.0 / 3.0 * math.pi * r**3
        caps = ball * (2.0 / 5.0 * r * r + h * h / 4 + 3.0 / 8.0 * h * r)
        return cylinder * (h * h / 12 + r * r / 4) + caps


@dataclasses.dataclass(frozen=True)
class Tree:
    """A planar robot: bodies in tree order, the first one carried by the two sliders and the root hinge."""

    name: str
    plane: str  # "xy" or "xz"
    gravity: float  # along the plane's second axis
    root_armature: float
    root_damping: float
    root_sign: float  # sense of the root hinge against the plane's counter-clockwise angle
    hinge_sign: float  # sense of the other hinges, likewise
    bodies: tuple
    torque_bound: float
    fluid_densities: tuple

    @property
    def nv(self):
        return len(self.bodies) + 2


def swimmer(links):
    bodies = [Body("torso", -1, (0.0, 0.0), (0.0, 0.0), (1.5, 0.0), (0.5, 0.0), 0.1, 0.1, 0.0)]
    for i in range(1, links):
        position = (0.5, 0.0) if i == 1 else (-1.0, 0.0)
        bodies.append(
            Body(f"link{i}", i - 1, position, (0.0, 0.0), (0.0, 0.0), (-1.0, 0.0), 0.1, 0.1, 0.0)
        )
    return Tree(
        name=f"swimmer{links}",
        plane="xy",
        gravity=0.0,
        root_armature=0.1,
        root_damping=0.0,
        root_sign=1.0,
        hinge_sign=1.0,
        bodies=tuple(bodies),
        torque_bound=150.0,
        fluid_densities=(1000, 4000),
    )


def walker():
    def leg(first, suffix):
        def body(name, parent, position, hinge, start, end, radius):
            return Body(name + suffix, parent, position, hinge, start, end, radius, 0.01, 0.1)

        return [
            body("thigh", 0, (0.0, -0.2), (0.0, 0.0), (0.0, 0.0), (0.0, -0.45), 0.05),
            body("leg", first, (0.0, -0.7), (0.0, 0.25), (0.0, 0.25), (0.0, -0.25), 0.04),
            body("foot", first + 1, (0.2, -0.35), (-0.2, 0.1), (-0.2, 0.1), (0.0, 0.1), 0.06),
        ]

    torso = Body("torso", -1, (0.0, 0.0), (0.0, 0.0), (0.0, -0.2), (0.0, 0.2), 0.05, 0.0, 0.0)
    return Tree(
        name="walker",
        plane="xz",
        gravity=-9.81,
        root_armature=0.0,
        root_damping=0.0,
        root_sign=-1.0,
        hinge_sign=1.0,
        bodies=(torso, *leg(1, ""), *leg(4, "_left")),
        torque_bound=100.0,
        fluid_densities=(),
    )
