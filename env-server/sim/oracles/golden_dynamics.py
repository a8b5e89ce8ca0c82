"""Golden data for the forward dynamics of planar robots, from two independent engines.

MuJoCo evaluates the robots as Gymnasium ships them (`swimmer.xml`, `walker2d_v5.xml`; the six-link
swimmer is the three-link one with its chain continued). Pinocchio evaluates the same trees built
again from the literal geometry in `trees.py`, with masses and inertias derived there, so that an
error in either chain of numbers shows as a disagreement between the two.

Usage:  python golden_dynamics.py [--out DIRECTORY]

Writes swimmer3.json, swimmer6.json and walker.json. The files depend only on the seed and on the
pinned versions; see README.md for their layout.
"""

import argparse
import datetime
import json
import pathlib
import platform

import gymnasium
import mujoco
import numpy as np
import pinocchio

import mujoco_models
import pinocchio_models
import trees

SEED = 20240917
STATES = 240
DETAILED_EVERY = 13  # shares no factor with the cycles of scales below
VELOCITY_SCALES = (0.1, 1.0, 5.0)
TORQUE_SCALES = (1.0, 1.0, 1.0 / 15.0, 0.0)
ROOT_POSITION_BOUND = 3.0
VISCOSITY = 0.1
DEFAULT_OUT = pathlib.Path(__file__).resolve().parent.parent / "src/test/resources/golden"


def relative_error(a, b):
    """Largest difference of two vectors, relative to the second where that exceeds one."""
    return float(np.max(np.abs(a - b)) / max(1.0, np.max(np.abs(b))))


def random_states(tree, rng):
    """Positions, velocities and hinge torques; scales alternate so that all pairs of them occur."""
    nv = tree.nv
    q = np.empty((STATES, nv))
    v = np.empty((STATES, nv))
    tau = np.zeros((STATES, nv))
    for i in range(STATES):
        q[i, :2] = rng.uniform(-ROOT_POSITION_BOUND, ROOT_POSITION_BOUND, 2)
        q[i, 2:] = rng.uniform(-np.pi, np.pi, nv - 2)
        v[i] = rng.normal(size=nv) * VELOCITY_SCALES[i % len(VELOCITY_SCALES)]
        bound = tree.torque_bound * TORQUE_SCALES[i % len(TORQUE_SCALES)]
        tau[i, 3:] = rng.uniform(-bound, bound, nv - 3) if bound > 0 else 0.0
    return q, v, tau


def forces_of(tree):
    """The named sets of force parameters that MuJoCo evaluates; 'bare' is the one without fluid."""
    sets = {"bare": (0.0, 0.0)}
    for density in tree.fluid_densities:
        sets[f"fluid{density:.0f}"] = (float(density), VISCOSITY)
    return sets


def generate(tree):
    rng = np.random.default_rng([SEED, tree.nv])
    engine = mujoco_models.Engine(tree)
    reference = pinocchio_models.Engine(tree)
    q, v, tau = random_states(tree, rng)
    sets = forces_of(tree)
    states = []
    worst = {"qdd": 0.0, "massMatrix": 0.0, "comPosition": 0.0, "comVelocity": 0.0, "energy": 0.0}
    for i in range(STATES):
        state = {"q": q[i], "v": v[i], "tau": tau[i, 3:]}
        state["mujoco"] = {
            name: engine.acceleration(q[i], v[i], tau[i], density, viscosity)
            for name, (density, viscosity) in sets.items()
        }
        state["pinocchio"] = {"bare": reference.acceleration(q[i], v[i], tau[i])}
        facts = engine.bulk(q[i], v[i])
        other = reference.bulk(q[i], v[i])
        state.update(facts)
        if i % DETAILED_EVERY == 0:
            state["massMatrix"] = engine.mass_matrix(q[i])
            state["bias"] = engine.bias(q[i], v[i])
            state["passive"] = {
                name: engine.passive(q[i], v[i], density, viscosity)
                for name, (density, viscosity) in sets.items()
            }
            state["pinocchio"].update(reference.derivatives(q[i], v[i], tau[i]))
            worst["massMatrix"] = max(
                worst["massMatrix"],
                relative_error(reference.mass_matrix(q[i]), state["massMatrix"]),
            )
        worst["qdd"] = max(
            worst["qdd"], relative_error(state["pinocchio"]["bare"], state["mujoco"]["bare"])
        )
        for key in ("comPosition", "comVelocity"):
            worst[key] = max(worst[key], relative_error(other[key], facts[key]))
        worst["energy"] = max(
            worst["energy"],
            relative_error(
                np.array([other["kinetic"], other["potential"]]),
                np.array([facts["kinetic"], facts["potential"]]),
            ),
        )
        states.append(state)
    header = {
        "title": f"Forward dynamics of {tree.name} from MuJoCo and Pinocchio",
        "generator": "env-server/sim/oracles/golden_dynamics.py",
        "date": datetime.date.today().isoformat(),
        "seed": SEED,
        "versions": {
            "mujoco": mujoco.mj_versionString(),
            "pinocchio": pinocchio.__version__,
            "gymnasium": gymnasium.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "units": "SI: m, rad, s, kg, N, Nm",
        "plane": tree.plane,
        "layout": {
            "q": "MuJoCo's qpos: root along the plane's two axes, root angle, hinges in tree order",
            "v": "time derivative of q",
            "tau": "torques on the hinges after the root, in tree order",
            "mujoco": "acceleration of q by force set; viscosity "
            + f"{VISCOSITY} where the medium has a density, else 0",
            "pinocchio": "the same from Pinocchio, joint damping moved to the torques; "
            + f"bareDq and bareDv are its partial derivatives, row-major, every {DETAILED_EVERY}th state",
            "comPosition, comVelocity": "of the whole robot, in the plane's axes",
            "linearMomentum": "of the bodies, without the joints' armature",
            "angularMomentum": "of the bodies about their centre of mass, along the plane's normal",
            "kinetic": "energy of the bodies, without the joints' armature",
            "armatureKinetic": "half the sum of armature times squared joint velocity",
            "potential": "minus the sum of mass times gravity times position, zero at the world's origin",
            "massMatrix": f"row-major, armature included, every {DETAILED_EVERY}th state",
            "bias": "gravity, Coriolis and centrifugal terms (M qdd + bias = tau + passive)",
            "passive": "damping and fluid forces by force set",
        },
        "forceSets": {n: {"density": d, "viscosity": s} for n, (d, s) in sets.items()},
        "disagreement": {
            "what": "largest |pinocchio - mujoco| / max(1, |mujoco|) over all states (infinity norm)",
            **worst,
        },
    }
    return {"header": header, "model": engine.facts(), "states": states}


def compact(value):
    """Plain Python values; floats keep the shortest form that reads back to the same bits."""
    if isinstance(value, dict):
        return {k: compact(x) for k, x in value.items()}
    if isinstance(value, (list, tuple)):
        return [compact(x) for x in value]
    if isinstance(value, np.ndarray):
        return [compact(x) for x in value.tolist()]
    if isinstance(value, (np.floating, float)):
        if not np.isfinite(value):
            raise ValueError(f"golden data must be finite, got {value}")
        return float(value)
    if isinstance(value, np.integer):
        return int(value)
    return value


def write(document, path):
    """One line per state, so that a difference between two versions can be read."""
    document = compact(document)
    states = document.pop("states")
    head = json.dumps(document, indent=1)[:-2]
    lines = ",\n".join(json.dumps(s, separators=(",", ":")) for s in states)
    path.write_text(f'{head},\n "states": [\n{lines}\n]}}\n', encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=pathlib.Path, default=DEFAULT_OUT)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for tree in (trees.swimmer(3), trees.swimmer(6), trees.walker()):
        document = generate(tree)
        path = out / f"{tree.name}.json"
        write(document, path)
        print(f"{path.name}: {STATES} states, {path.stat().st_size} bytes, MuJoCo against Pinocchio:")
        for key, value in document["header"]["disagreement"].items():
            if key != "what":
                print(f"  {key:12s} {value:.2e}")

if __name__ == "__main__":
    main()
