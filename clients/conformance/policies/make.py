"""Writes the policy files of the conformance kit, the verdicts on them and the actions of the good ones.

    python clients/conformance/policies/make.py

needs the Python client and the program (GAITWAY_COMMAND, or ./gaitway of this checkout). The files lie in good/ and
bad/. good.json gives, for every good file, some states and the actions there without noise, to the last bit, as the
simulator's rollouts compute them, and, where a policy reads parameters, the values at which it acts. They are checked
against numpy's own functions as they are written. bad.json gives, for every bad file, what the message says after
"... is not a policy file: "; it is empty for a file that is not JSON, as each language has its own message for that.

The files here were written on 2026-11-30 by Gaitway 0.1.0 with numpy 2.4.6. Those named sb3-* come from
clients/python/tests_sb3/make_policies.py and are only given their actions here.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitway import EnvironmentSpec, Simulator
from gaitway.policy import Policy

HERE = Path(__file__).parent
Floats = npt.NDArray[np.float64]
Content = dict[str, Any]

#: What the parameters are that policies read.
PARAMETERS = {"target_speed": 0.75, "medium_density": 1003.5, "dt": 0.0375}

WORDS = ("linear", "softplus", "tanh", "relu", "elu", "sigmoid", "silu")

#: The network's functions, by numpy and the book.
FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "linear": lambda z: z,
    "softplus": lambda z: np.logaddexp(0.0, z),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))),
    "sigmoid": lambda z: 0.5 + 0.5 * np.tanh(z / 2),
    "silu": lambda z: z * (0.5 + 0.5 * np.tanh(z / 2)),
}


def main() -> None:
    for folder in ("good", "bad"):
        (HERE / folder).mkdir(exist_ok=True)
        for file in (HERE / folder).glob("*.json"):
            if not file.name.startswith("sb3-"):
                file.unlink()
    with Simulator("swimmer") as swimmer, Simulator("walker") as walker:
        for name, content in good(swimmer.spec, walker.spec).items():
            write(HERE / "good" / f"{name}.json", content)
        actions = {file.name: acted(file, {"swimmer": swimmer, "walker": walker}) for file in files("good")}
        (HERE / "good.json").write_text(json.dumps(actions) + "\n")
        verdicts = {}
        for name, (content, message) in bad(swimmer.spec).items():
            write(HERE / "bad" / f"{name}.json", content)
            verdicts[f"{name}.json"] = message
        (HERE / "bad.json").write_text(json.dumps(dict(sorted(verdicts.items())), indent=2) + "\n")


def files(folder: str) -> list[Path]:
    return sorted((HERE / folder).iterdir())


def write(path: Path, content: Content | str | bytes) -> None:
    if isinstance(content, dict):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


# ---- Good files ----


def network(
    spec: EnvironmentSpec,
    seed: int,
    hidden: tuple[int, ...],
    words: tuple[str, ...],
    inputs: list[int] | None = None,
    scale: float = 0.6,
) -> Content:
    """A policy file of random weights; its actions are about a third of what is allowed."""
    random = np.random.default_rng(seed)
    states = [entry.name for entry in spec.state]
    inputs = spec.observation.tolist() if inputs is None else inputs
    layers = []
    width = len(inputs)
    for units, word in zip((*hidden, spec.nu), words, strict=True):
        last = len(layers) == len(hidden)
        size = 30.0 if last and word == "linear" else 1.0
        layers.append(
            {
                "W": (size * scale * random.normal(size=(units, width)) / math.sqrt(width)).tolist(),
                "b": (size * 0.2 * random.normal(size=units)).tolist(),
                "activation": word,
            }
        )
        width = units
    return {
        "format": "gaitway-policy",
        "format_version": 2,
        "environment": {"id": spec.id, "version": spec.version, "model_digest": spec.model_digest},
        "states": states,
        "actions": [entry.name for entry in spec.action],
        "inputs": [{"index": index, "name": states[index]} for index in inputs],
        "layers": layers,
        "std": random.uniform(0.5, 2.0, spec.nu).tolist(),
    }


def scaling(content: Content, limit: float | None, seed: int = 1) -> Content:
    random = np.random.default_rng(seed)
    count = len(content.get("parameters", [])) + len(content["inputs"])
    scaled = {"offset": random.normal(size=count).tolist(), "scale": random.uniform(0.05, 3.0, count).tolist()}
    if limit is not None:
        scaled["limit"] = limit
    return {**content, "scaling": scaled}


def reading(content: Content, *parameters: str, seed: int = 3) -> Content:
    """The same network, reading parameters as well; to be called before anything is scaled."""
    random = np.random.default_rng(seed)
    first, *others = content["layers"]
    W = [[*random.normal(size=len(parameters)).tolist(), *row] for row in first["W"]]
    layers: list[Content] = [{**first, "W": W}, *others]
    return {**content, "format_version": 3, "parameters": list(parameters), "layers": layers}


def squashing(content: Content, seed: int = 2) -> Content:
    random = np.random.default_rng(seed)
    count = len(content["actions"])
    return {
        **content,
        "squashing": {
            "centre": random.normal(size=count).tolist(),
            "half_range": random.uniform(1.0, 100.0, count).tolist(),
        },
    }


def without(content: Content, *names: str) -> Content:
    return {name: value for name, value in content.items() if name not in names}


def good(swimmer: EnvironmentSpec, walker: EnvironmentSpec) -> dict[str, Content | str]:
    small = network(swimmer, 1, (3,), ("softplus", "linear"))
    numbers = network(swimmer, 3, (2,), ("softplus", "linear"), [2, 3])
    numbers["layers"][0].update(W=[[1, -2], [0.5, 3]], b=[-0.0, 0])
    numbers["layers"][1].update(W=[[7, 11], [13, 17]], b=[19, 23])
    spelled = json.dumps({**numbers, "std": [1, 2]})
    for plain, other in (
        ('"format_version": 2', '"format_version": 2.0'),
        ('"index": 2', '"index": 2e0'),
        ('"index": 3', '"index": 0.3E+1'),
        ("[[1, -2], [0.5, 3]]", f"[[10e-1, -0.2E1], [0.{'5' + '0' * 1200}, {'3' + '0' * 400}e-400]]"),
        ("[-0.0, 0]", "[-0, -0e5]"),
        ("[[7, 11], [13, 17]]", f"[[7, {11 + 2**-60:.70f}], [13, 1e-400]]"),
        ("[19, 23]", "[9007199254740993, 0.1000000000000000055511151231257827021181583404541015626]"),
        ('"std": [1, 2]', '"std": [5e-324, 2]'),
    ):
        assert plain in spelled, plain
        spelled = spelled.replace(plain, other)
    escaped = json.dumps({**small, "comment": 'a ü € \U0001f3ca " \\ / \b\f\n\r\t'})
    for plain, other in (
        ('"format"', '"\\u0066ormat"'),
        ('"states"', '"st\\u0061tes"'),
        ("root_y", "root\\u005Fy"),
        ("/", "\\/"),
    ):
        assert plain in escaped, plain
        escaped = escaped.replace(plain, other)
    deep = network(swimmer, 8, (2,) * 63, ("tanh",) * 63 + ("linear",), scale=2.0)
    overflow = network(swimmer, 9, (2,), ("linear", "linear"), [1, 2])
    overflow["layers"][0].update(W=[[1e308, 1e308], [1e308, -1e308]], b=[1e308, 0.0])
    overflow["layers"][1].update(W=[[1e308, 0.0], [1.0, -1.0]], b=[0.0, 1e308])
    return {
        "format-1": {**network(swimmer, 20, (5,), ("softplus", "linear")), "format_version": 1},
        "format-1-walker": {**network(walker, 21, (10,), ("softplus", "linear")), "format_version": 1},
        "small": small,
        "affine": network(swimmer, 2, (), ("linear",)),
        **{
            f"hidden-{word}": network(swimmer, 30 + i, (7, 6), (word, word, "linear"), scale=2.0)
            for i, word in enumerate(WORDS)
        },
        **{f"output-{word}": network(swimmer, 40 + i, (4,), ("tanh", word), scale=2.0) for i, word in enumerate(WORDS)},
        "every-activation": network(walker, 4, (9, 8, 7, 6, 5, 4), WORDS),
        "two-layers-of-64": network(walker, 5, (64, 64), ("tanh", "tanh", "linear")),
        "wide": network(swimmer, 6, (300,), ("relu", "linear")),
        "64-layers": deep,
        "one-input-one-unit": network(swimmer, 7, (1,), ("softplus", "linear"), [4]),
        "all-inputs-backwards": network(swimmer, 10, (5,), ("elu", "linear"), list(range(10))[::-1]),
        "scaling": scaling(network(swimmer, 11, (8, 8), ("tanh", "tanh", "linear")), None),
        "scaling-with-limit": scaling(network(swimmer, 12, (8, 8), ("relu", "relu", "linear")), 0.75),
        "squashing": squashing(network(walker, 13, (8,), ("relu", "linear"))),
        "everything": {
            **squashing(scaling(network(walker, 14, (16, 16), ("silu", "elu", "linear")), 5.0)),
            "comment": "Everything that format 2 has.",
        },
        "parameter": reading(network(walker, 17, (10,), ("softplus", "linear")), "target_speed"),
        "parameters": {
            **squashing(
                scaling(
                    reading(
                        network(swimmer, 18, (6, 5), ("tanh", "silu", "linear"), [3, 1]),
                        *("medium_density", "target_speed", "dt"),
                    ),
                    1.5,
                )
            ),
            "comment": "Everything that format 3 has.",
        },
        "parameters-of-one-layer": reading(network(swimmer, 19, (), ("linear",)), "target_speed", "dt"),
        "deterministic": without(network(swimmer, 15, (8,), ("tanh", "linear")), "std"),
        "steep": network(swimmer, 16, (8, 8), ("softplus", "sigmoid", "linear"), scale=300.0),
        "overflow": overflow,
        "numbers": spelled,
        "escapes": escaped,
        "white-space": "\r\n\t " + json.dumps(small, indent="\t").replace("\n", "\r\n") + " \n\n",
        "other-order": dict(reversed(small.items())),
        "utf-8": json.dumps({**small, "comment": "Schwimmt wie ein Aal \U0001f3ca"}, ensure_ascii=False),
        "empty-texts": {**small, "environment": {"id": "swimmer", "version": "", "model_digest": ""}, "comment": ""},
    }


def acted(file: Path, simulators: dict[str, Simulator]) -> dict[str, Any]:
    """States, and the simulator's actions there."""
    content = json.loads(file.read_text())
    simulator = simulators[content["environment"]["id"]]
    values = {name: PARAMETERS[name] for name in content.get("parameters", [])}
    random = np.random.default_rng(5)
    states = simulator.spec.initial_mean + 0.3 * random.normal(size=(5, simulator.spec.nx))
    policy = Policy.read(file)
    if values:  # The server knows them from the environment that it is asked for.
        with Simulator(simulator.spec.id, values) as other:
            rollouts = other.rollout(policy.controller(), states, horizon=1, drawn_actions=True)
        actions = np.array([rollout.actions[0] for rollout in rollouts if rollout.actions is not None])
        np.testing.assert_allclose(actions, reference(content, states, values), rtol=1e-9, atol=1e-9)
    elif file.name == "overflow.json":  # A rollout ends there.
        actions = policy.mean(states)
    else:
        rollouts = simulator.rollout(policy.controller(), states, horizon=1, drawn_actions=True)
        actions = np.array([rollout.actions[0] for rollout in rollouts if rollout.actions is not None])
        np.testing.assert_allclose(actions, reference(content, states, values), rtol=1e-9, atol=1e-9)
    return {
        **({"parameters": values} if values else {}),
        "states": states.tolist(),
        "actions": [[told(value) for value in row] for row in actions.tolist()],
    }


def told(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def reference(content: Content, states: Floats, values: dict[str, float]) -> Floats:
    """The actions as the page describes them, by numpy."""
    z = states[:, [int(entry["index"]) for entry in content["inputs"]]]
    z = np.hstack([np.tile(list(values.values()), (len(states), 1)), z])
    if "scaling" in content:
        scaled = content["scaling"]
        z = (z - scaled["offset"]) / scaled["scale"]
        z = np.clip(z, -scaled.get("limit", np.inf), scaled.get("limit", np.inf))
    for layer in content["layers"]:
        z = FUNCTIONS[layer["activation"]](z @ np.array(layer["W"], np.float64).T + layer["b"])
    if "squashing" in content:
        z = content["squashing"]["centre"] + np.array(content["squashing"]["half_range"]) * np.tanh(z)
    return z


# ---- Bad files ----

REMOVED = object()


def changed(content: Content, path: tuple[str | int, ...], value: Any) -> Content:
    """A copy in which one value is another, or removed."""
    content = copy.deepcopy(content)
    parent: Any = content
    for key in path[:-1]:
        parent = parent[key]
    if value is REMOVED:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return content


def bad(spec: EnvironmentSpec) -> dict[str, tuple[Content | str | bytes, str]]:
    """The files, and how their messages begin."""
    base = squashing(scaling(network(spec, 50, (3,), ("tanh", "linear"), [1, 2, 4]), 10.0))
    first = {**network(spec, 51, (3,), ("softplus", "linear"), [1, 2, 4]), "format_version": 1}
    text = json.dumps(base)
    of_1 = {**base["layers"][0], "W": [[1.0], [2.0]], "b": [0.0, 0.0]}

    cases: dict[str, tuple[Content | str | bytes, str]] = {
        # Not JSON.
        "empty": ("", ""),
        "white-space-only": (" \n", ""),
        "words": ("policy", ""),
        "cut-off": (text[:-1], ""),
        "cut-off-in-a-text": (text[:20], ""),
        "comma-at-the-end": (text[:-1] + ",}", ""),
        "comma-at-a-list-s-end": (text.replace("]]", "],]", 1), ""),
        "text-after-the-end": (text + " x", ""),
        "two-objects": (text + text, ""),
        "bracket-after-the-end": (text + "}", ""),
        "note": (text.replace("{", "{ /* a note */", 1), ""),
        "line-note": ("// a note\n" + text, ""),
        "single-quotes": (text.replace('"', "'"), ""),
        "names-without-quotes": (text.replace('"format"', "format"), ""),
        "byte-order-mark": (b"\xef\xbb\xbf" + text.encode(), ""),
        "utf-16": (text.encode("utf-16"), ""),
        "utf-16-without-mark": (text.encode("utf-16-le"), ""),
        "latin-1": (json.dumps({**base, "comment": "ü"}, ensure_ascii=False).encode("latin-1"), ""),
        "utf-8-of-a-surrogate": (text.encode().replace(b'"swimmer"', b'"swim\xed\xa0\x80mer"'), ""),
        "utf-8-too-long": (text.encode().replace(b'"swimmer"', b'"swim\xc0\xafmer"'), ""),
        "zero-byte": (text.encode() + b"\x00", ""),
        "form-feed-as-white-space": ("\f" + text, ""),
        "no-break-space-as-white-space": ("\u00a0" + text, ""),
        "line-feed-in-a-text": (text.replace('"swimmer"', '"swim\nmer"'), ""),
        "tab-in-a-text": (text.replace('"swimmer"', '"swim\tmer"'), ""),
        "bad-escape": (text.replace('"swimmer"', '"\\swimmer"'), ""),
        "cut-escape": (text.replace('"swimmer"', '"swimmer\\u12"'), ""),
        "nested-too-deeply": ("[" * 10_000 + "]" * 10_000, ""),
        "objects-nested-too-deeply": ('{"format":' * 10_000 + "1" + "}" * 10_000, ""),
        "word-of-python": (text.replace('"limit": 10.0', '"limit": None'), ""),
        "truth-in-capitals": (text.replace('"limit": 10.0', '"limit": True'), ""),
    }
    for name, number in (
        ("nan", "NaN"),
        ("infinity", "Infinity"),
        ("minus-infinity", "-Infinity"),
        ("plus", "+1.0"),
        ("leading-zero", "01"),
        ("leading-point", ".5"),
        ("trailing-point", "5."),
        ("hexadecimal", "0x10"),
        ("minus-alone", "-"),
        ("exponent-alone", "1e"),
        ("two-points", "1.0.0"),
        ("grouped", "1_000"),
        ("with-a-suffix", "1.0f"),
    ):
        cases[f"number-{name}"] = (text.replace('"limit": 10.0', f'"limit": {number}'), "")
    cases["same-key-twice"] = (text[:-1] + ', "std": [1.0, 1.0]}', 'the key "std" occurs twice')
    cases["same-key-twice-escaped"] = (text[:-1] + ', "\\u0073td": [1.0, 1.0]}', 'the key "std" occurs twice')
    cases["same-key-twice-inside"] = (
        text.replace('"limit": 10.0', '"limit": 10.0, "limit": 10.0'),
        'the key "limit" occurs twice',
    )
    cases["list"] = ("[]", "the file must be an object")
    cases["null"] = ("null", "the file must be an object")
    cases["number"] = ("1", "the file must be an object")
    cases["text"] = ('"gaitway-policy"', "the file must be an object")

    def case(name: str, path: tuple[str | int, ...], value: Any, message: str, content: Content = base) -> None:
        cases[name] = (changed(content, path, value), message)

    case("format-of-another", ("format",), "onnx", 'format must be "gaitway-policy"')
    case("format-missing", ("format",), REMOVED, 'format must be "gaitway-policy", but is missing')
    case("format-null", ("format",), None, "format must be")
    case("format-in-capitals", ("format",), "Gaitway-Policy", "format must be")
    for name, version in (
        ("4", 4),
        ("0", 0),
        ("1.9", 1.9),
        ("text", "2"),
        ("true", True),
        ("null", None),
        ("list", [2]),
    ):
        case(f"version-{name}", ("format_version",), version, "format_version must be 1 or 2 or 3, but is ")
    case("version-missing", ("format_version",), REMOVED, "format_version must be 1 or 2 or 3, but is missing")
    case("unknown-field", ("sqashing",), {}, "sqashing is unknown")
    case("unknown-field-in-capitals", ("Std",), [1.0, 1.0], "Std is unknown")
    case("unknown-field-of-environment", ("environment", "name"), "x", "environment.name is unknown")
    case("unknown-field-of-an-input", ("inputs", 1, "unit"), "m", "inputs[1].unit is unknown")
    case("unknown-field-of-a-layer", ("layers", 1, "bias"), [], "layers[1].bias is unknown")
    case("unknown-field-of-scaling", ("scaling", "clip"), 1.0, "scaling.clip is unknown")
    case("unknown-field-of-squashing", ("squashing", "limit"), 1.0, "squashing.limit is unknown")
    case("environment-missing", ("environment",), REMOVED, "environment is missing")
    case("environment-text", ("environment",), "swimmer", "environment must be an object")
    case("environment-without-id", ("environment", "id"), REMOVED, "environment.id is missing")
    case("environment-id-number", ("environment", "id"), 7, "environment.id must be a text")
    case("environment-version-number", ("environment", "version"), 1, "environment.version must be a text")
    case("environment-digest-null", ("environment", "model_digest"), None, "environment.model_digest must be a text")
    case("comment-number", ("comment",), 1, "comment must be a text")
    case("comment-null", ("comment",), None, "comment must be a text")
    case("states-missing", ("states",), REMOVED, "states is missing")
    case("states-empty", ("states",), [], "states must have 1 to 4096 entries, but has 0")
    case("states-object", ("states",), {}, "states must be a list")
    case("state-number", ("states", 9), 9, "states[9] must be a text")
    case("state-twice", ("states", 9), "root_x", "states[9] must be a name that no earlier entry has")
    case("actions-empty", ("actions",), [], "actions must have 1 to 4096 entries, but has 0")
    case("action-null", ("actions", 1), None, "actions[1] must be a text")
    case("action-twice", ("actions", 1), base["actions"][0], "actions[1] must be a name that no earlier entry has")
    case("inputs-missing", ("inputs",), REMOVED, "inputs is missing")
    case("inputs-empty", ("inputs",), [], "inputs must have 1 to 4096 entries, but has 0")
    case("input-null", ("inputs", 1), None, "inputs[1] must be an object")
    case("input-number", ("inputs", 1), 2, "inputs[1] must be an object")
    for name, index in (
        ("half", 0.5),
        ("fraction", 1.5),
        ("negative", -1),
        ("beyond", 10),
        ("far-beyond", 1e300),
        ("text", "2"),
        ("true", True),
        ("null", None),
        ("nearly-whole", 2.0000000000000004),
    ):
        case(f"index-{name}", ("inputs", 1, "index"), index, "inputs[1].index must be a ")
    cases["index-beyond-all-numbers"] = (text.replace('"index": 2', '"index": 1e400'), "inputs[1].index must be a ")
    case("index-missing", ("inputs", 1, "index"), REMOVED, "inputs[1].index is missing")
    case("index-twice", ("inputs", 1), base["inputs"][0], "inputs[1].index must be an index that no earlier input has")
    case(
        "name-of-another-index", ("inputs", 1, "name"), "root_x", 'inputs[1].name must be "root_angle", but is "root_x"'
    )
    case("name-missing", ("inputs", 1, "name"), REMOVED, "inputs[1].name is missing")
    case("name-null", ("inputs", 1, "name"), None, "inputs[1].name must be ")
    case("layers-missing", ("layers",), REMOVED, "layers is missing")
    case("layers-empty", ("layers",), [], "layers must have 1 to 64 entries, but has 0")
    case("65-layers", ("layers",), [of_1] * 65, "layers must have 1 to 64 entries, but has 65")
    case("layer-null", ("layers", 0), None, "layers[0] must be an object")
    case("layer-list", ("layers", 0), [[1.0]], "layers[0] must be an object")
    case("weights-missing", ("layers", 0, "W"), REMOVED, "layers[0].W is missing")
    case("weights-flat", ("layers", 0, "W"), [1.0, 2.0, 3.0], "layers[0].W[0] must be a list")
    case("weights-empty", ("layers", 0, "W"), [], "layers[0].W must have 3 entries, but has 0")
    case("weights-a-row-short", ("layers", 0, "W"), [[1.0] * 3] * 2, "layers[0].W must have 3 entries, but has 2")
    case("weights-a-row-more", ("layers", 0, "W"), [[1.0] * 3] * 4, "layers[0].W must have 3 entries, but has 4")
    case("weights-a-column-short", ("layers", 0, "W", 1), [1.0] * 2, "layers[0].W[1] must have 3 entries, but has 2")
    case("weights-a-column-more", ("layers", 1, "W", 1), [1.0] * 4, "layers[1].W[1] must have 3 entries, but has 4")
    for name, value in (("text", "1"), ("true", True), ("null", None), ("list", [1.0])):
        case(f"weight-{name}", ("layers", 1, "W", 1, 2), value, "layers[1].W[1][2] must be a finite number")
        case(f"bias-{name}", ("layers", 0, "b", 2), value, "layers[0].b[2] must be a finite number")
    digits = "1" + "0" * 400
    for name, number in (("beyond-all-numbers", "1e400"), ("below-all-numbers", "-1e309"), ("of-400-digits", digits)):
        spelled = json.dumps(changed(base, ("layers", 0, "b", 2), 77.25)).replace("77.25", number)
        cases[f"bias-{name}"] = (spelled, "layers[0].b[2] must be a finite number")
    case("biases-empty", ("layers", 0), {"W": [], "b": [], "activation": "tanh"}, "layers[0].b must have 1 to 4096 ")
    case("biases-number", ("layers", 0, "b"), 1.0, "layers[0].b must be a list")
    case("biases-of-the-last-layer", ("layers", 1, "b"), [1.0], "layers[1].b must have 2 entries, but has 1")
    wide = {"W": [[0, 0, 0]] * 4097, "b": [0] * 4097, "activation": "tanh"}
    case("layer-too-wide", ("layers", 0), wide, "layers[0].b must have 1 to 4096 entries, but has 4097")
    case("activation-missing", ("layers", 0, "activation"), REMOVED, "layers[0].activation is missing")
    for name, word in (("unknown", "gelu"), ("in-capitals", "Tanh"), ("null", None), ("number", 2), ("empty", "")):
        case(f"activation-{name}", ("layers", 0, "activation"), word, "layers[0].activation must be ")
    case("scaling-null", ("scaling",), None, "scaling must be an object")
    case("scaling-list", ("scaling",), [[0.0], [1.0]], "scaling must be an object")
    case("scaling-without-offset", ("scaling", "offset"), REMOVED, "scaling.offset is missing")
    case("scaling-without-scale", ("scaling", "scale"), REMOVED, "scaling.scale is missing")
    case("scaling-of-all-states", ("scaling", "offset"), [0.0] * 10, "scaling.offset must have 3 entries, but has 10")
    case("scale-zero", ("scaling", "scale", 2), 0.0, "scaling.scale[2] must be a number above 0")
    case("scale-negative", ("scaling", "scale", 0), -1.0, "scaling.scale[0] must be a number above 0")
    for name, limit in (("zero", 0.0), ("negative", -10.0)):
        case(f"limit-{name}", ("scaling", "limit"), limit, "scaling.limit must be a number above 0")
    for name, value in (("null", None), ("text", "10"), ("list", [10.0, 10.0, 10.0])):
        case(f"limit-{name}", ("scaling", "limit"), value, "scaling.limit must be a finite number")
    case("squashing-null", ("squashing",), None, "squashing must be an object")
    case("squashing-text", ("squashing",), "tanh", "squashing must be an object")
    case("squashing-without-centre", ("squashing", "centre"), REMOVED, "squashing.centre is missing")
    case("squashing-of-one", ("squashing", "centre"), [0.0], "squashing.centre must have 2 entries, but has 1")
    case("half-range-zero", ("squashing", "half_range", 1), 0, "squashing.half_range[1] must be a number above 0")
    case("std-null", ("std",), None, "std must be a list")
    case("std-number", ("std",), 1.0, "std must be a list")
    case("std-of-one", ("std",), [1.0], "std must have 2 entries, but has 1")
    case("std-zero", ("std", 1), 0, "std[1] must be a number above 0")
    case("std-minus-zero", ("std", 1), -0.0, "std[1] must be a number above 0")
    case("std-negative", ("std", 1), -0.5, "std[1] must be a number above 0")
    case("std-true", ("std", 1), True, "std[1] must be a finite number")
    case("std-nested", ("std",), [[1.0, 1.0]], "std must have 2 entries, but has 1")
    tiny = json.dumps(changed(base, ("std", 1), 77.25)).replace("77.25", "1e-400")
    cases["std-below-all-numbers"] = (tiny, "std[1] must be a number above 0")
    third = reading(network(spec, 52, (3,), ("tanh", "linear"), [1, 2, 4]), "target_speed", "dt")
    case("parameters-in-format-2", ("format_version",), 2, "parameters is unknown", third)
    case("parameters-in-format-1", ("parameters",), ["dt"], "parameters is unknown", first)
    case("parameters-missing", ("parameters",), REMOVED, "parameters is missing", third)
    case("parameters-empty", ("parameters",), [], "parameters must have 1 to 4096 entries, but has 0", third)
    case("parameters-null", ("parameters",), None, "parameters must be a list", third)
    case("parameters-text", ("parameters",), "dt", "parameters must be a list", third)
    case("parameter-number", ("parameters", 1), 1, "parameters[1] must be a text", third)
    case("parameter-object", ("parameters", 1), {"name": "dt"}, "parameters[1] must be a text", third)
    case("parameter-twice", ("parameters", 1), "target_speed", "parameters[1] must be a name that no earlier", third)
    case("weights-without-parameters", ("layers", 0, "W", 1), [1.0] * 3, "layers[0].W[1] must have 5 entries", third)
    case(
        "scaling-without-parameters",
        ("scaling",),
        {"offset": [0.0] * 3, "scale": [1.0] * 3},
        "scaling.offset must have 5 entries, but has 3",
        third,
    )
    many = [f"p{i}" for i in range(4096)]
    case("parameters-and-inputs-too-many", ("parameters",), many, "parameters and inputs must have 1 to 4096", third)
    case("inputs-empty-beside-parameters", ("inputs",), [], "inputs must have 1 to 4096 entries, but has 0", third)
    case("format-1-without-std", ("std",), REMOVED, "std is missing", first)
    case("format-1-with-scaling", ("scaling",), base["scaling"], "scaling is unknown", first)
    case("format-1-with-squashing", ("squashing",), base["squashing"], "squashing is unknown", first)
    case("format-1-with-a-comment", ("comment",), "x", "comment is unknown", first)
    case("format-1-of-one-layer", ("layers",), first["layers"][1:], "layers must have 2 entries, but has 1", first)
    case("format-1-of-three-layers", ("layers",), first["layers"][:1] * 3, "layers must have 2 entries", first)
    case("format-1-with-tanh", ("layers", 0, "activation"), "tanh", 'layers[0].activation must be "softplus"', first)
    case(
        "format-1-softplus-last",
        ("layers", 1, "activation"),
        "softplus",
        'layers[1].activation must be "linear"',
        first,
    )
    return cases


if __name__ == "__main__":
    main()
