#!/usr/bin/env python3
"""Trains the six runs of the baseline again and compares them, and the digests of the conformance kit, with it.

    docs/results/baseline/check.py RUNS            train into RUNS what is not there yet, then compare
    docs/results/baseline/check.py RUNS --record   write the baseline from RUNS instead

Equal means: every number of policy.json is the same double, every cost of metrics.jsonl agrees to 1e-12 relative, and
the kit expects the same digests. The layout of a policy file may differ: its weights, biases and deviations are compared.
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
RUNS = [(environment, seed) for environment in ("swimmer", "walker") for seed in range(3)]
ITERATIONS = 20
COSTS = ("ddp_cost", "deterministic_cost", "stochastic_cost")
TOLERANCE = 1e-12


def name(environment, seed):
    return f"{environment}-s{seed}"


def train(runs, environment, seed):
    out = runs / name(environment, seed)
    if (out / "policy.json").exists():
        return
    command = [ROOT / "gaitway", "train", "vgps", environment, "--preset", "default"]
    command += ["--iterations", str(ITERATIONS), "--seed", str(seed), "--out", out]
    print(f"training {out} ...", file=sys.stderr)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def numbers(policy):
    """All numbers of a policy by name, whatever version its file has."""
    layers = policy["layers"]
    result = {"inputs": [entry["index"] for entry in policy["inputs"]], "std": policy["std"]}
    for i, layer in enumerate(layers):
        result[f"W{i}"] = [number for row in layer["W"] for number in row]
        result[f"b{i}"] = layer["b"]
        result[f"activation{i}"] = [layer["activation"]]
    return result


def costs(runs, environment, seed):
    lines = (runs / name(environment, seed) / "metrics.jsonl").read_text("utf-8").splitlines()
    return [[json.loads(line)[key] for key in COSTS] for line in lines]


def policy(runs, environment, seed):
    return json.loads((runs / name(environment, seed) / "policy.json").read_text("utf-8"))


def digests():
    """The digests of states and trajectories that the kit expects, in the files' order."""

    def walk(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("digest", "digests", "model_digest", "suite_digest"):
                    yield from value if isinstance(value, list) else [value]
                else:
                    yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    cases = sorted((ROOT / "clients/conformance/cases").glob("*.json"))
    return {case.name: list(walk(json.loads(case.read_text("utf-8")))) for case in cases}


def record(runs):
    baseline = {
        "digests": digests(),
        "runs": {
            name(*run): {"policy": numbers(policy(runs, *run)), "costs": costs(runs, *run)} for run in RUNS
        },
    }
    (HERE / "baseline.json").write_text(json.dumps(baseline, indent=1) + "\n", "utf-8")


def differences(runs):
    baseline = json.loads((HERE / "baseline.json").read_text("utf-8"))
    now = digests()
    for case, expected in baseline["digests"].items():
        if now.get(case) is None:
            yield f"{case}: missing from the kit"
        elif [digest for digest in expected if digest not in now[case]]:
            yield f"{case}: a digest of the baseline is not expected any more"
    for run in RUNS:
        expected = baseline["runs"][name(*run)]
        found = numbers(policy(runs, *run))
        for key, values in expected["policy"].items():
            if found.get(key) != values:
                yield f"{name(*run)}: {key} of policy.json differs"
        for i, (old, new) in enumerate(zip(expected["costs"], costs(runs, *run), strict=True)):
            for key, a, b in zip(COSTS, old, new, strict=True):
                if not (a == b or math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=0)):
                    yield f"{name(*run)}: {key} of iteration {i + 1} was {a!r} and is {b!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, help="folder of the six run directories")
    parser.add_argument("--record", action="store_true", help="write baseline.json from the runs")
    arguments = parser.parse_args()
    for run in RUNS:
        train(arguments.runs, *run)
    if arguments.record:
        record(arguments.runs)
        return
    found = list(differences(arguments.runs))
    for difference in found:
        print(difference)
    print(f"{len(RUNS)} runs compared, {len(found)} differences")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
