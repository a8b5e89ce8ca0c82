"""The search for settings: what it tries, writes and decides, mostly with a program that stands for gaitway's."""

from __future__ import annotations

import csv
import json
import shlex
import sys
from pathlib import Path

import programs
import pytest
import tune as example

SPACES = Path(__file__).parents[3] / "docs" / "results" / "tuning" / "spaces.json"
KEPT = sorted(SPACES.parent.glob("*.csv"))

#: Costs least, 1.1, at kappa = 30 with fast; the preset has kappa = 1. Refuses what the program would refuse.
FAKE = """
import csv, json, math, sys
from pathlib import Path
arguments = sys.argv[1:]
if "refused" in arguments:
    sys.exit("gaitway: there is no agent 'refused'")
preset = {"kappa": PRESET, "fast": False}
if arguments[0] == "agents":
    print(json.dumps({"presets": {"default": preset}}))
    sys.exit()
def option(name, default=None):
    return arguments[arguments.index(name) + 1] if name in arguments else default
settings = preset | {
    name: json.loads(value)
    for name, _, value in (arguments[i + 1].partition("=") for i, a in enumerate(arguments) if a == "--set")
}
if settings["kappa"] == 7:
    sys.exit("gaitway: kappa must not be 7")
out = Path(option("--out"))
failed = settings["kappa"] > 900
ratio = 1.1 + 0.1 * math.log(settings["kappa"] / 30) ** 2 + (not settings["fast"])
with open(out / "runs.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["scale", "seed", "state", "final_stochastic_ratio"])
    first, last = map(int, option("--seeds").split("-"))
    for seed in range(first, last + 1):
        for scale in option("--scale").split(","):
            writer.writerow([scale, seed, "failed" if failed else "complete", "" if failed else ratio])
sys.exit(failed)
"""

SPACE = {"kappa": {"low": 0.1, "high": 1000}, "fast": [False, True]}


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    program = tmp_path / "fake program.py"
    program.write_text(FAKE.replace("PRESET", "1"))
    monkeypatch.setenv("GAITWAY_COMMAND", shlex.join([sys.executable, str(program)]))
    space = tmp_path / "space.json"
    space.write_text(json.dumps({"vgps": SPACE, "refused": SPACE}))
    return ["swimmer", "--space", str(space), "--out", str(tmp_path / "out"), "--trials", "16"]


def table(tmp_path: Path, name: str = "vgps-swimmer") -> list[dict[str, str]]:
    with open(tmp_path / "out" / f"{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_it_begins_with_the_preset_and_finds_better_settings(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example.main(["vgps", *arguments])
    rows = table(tmp_path)
    search = [row for row in rows if row["stage"] == "search"]
    final = [row for row in rows if row["stage"] == "final"]
    assert [(row["trial"], row["kappa"], row["fast"]) for row in search[:2]] == [("0", "1", "false")] * 2
    assert [row["scale"] for row in search[:2]] == ["catalog", "figure"]
    assert sorted({int(row["trial"]) for row in search}) == list(range(16))
    assert len({(row["kappa"], row["fast"]) for row in search}) == 16
    # The preset and the two best others, on two scales and two seeds that the search has not seen.
    values = {row["trial"]: float(row["final_stochastic_ratio"] or "inf") for row in search}
    best = sorted((trial for trial in values if trial != "0"), key=values.__getitem__)[:2]
    assert {row["trial"] for row in final} == {"0", *best}
    assert [(row["scale"], row["seed"], row["iterations"]) for row in final[:4]] == [
        ("catalog", "101", "100"),
        ("figure", "101", "100"),
        ("catalog", "102", "100"),
        ("figure", "102", "100"),
    ]
    assert values[best[0]] < 1.5 < values["0"]
    assert f"best: trial {best[0]}" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["vgps-swimmer.csv"]


def test_trials_that_run_together_are_all_in_the_table(arguments: list[str], tmp_path: Path) -> None:
    example.main(["vgps", *arguments, "--jobs", "2"])
    search = [row for row in table(tmp_path) if row["stage"] == "search"]
    assert sorted((int(row["trial"]), row["scale"]) for row in search) == [
        (trial, scale) for trial in range(16) for scale in ("catalog", "figure")
    ]


def test_it_goes_on_where_it_was(arguments: list[str], tmp_path: Path) -> None:
    example.main(["vgps", *arguments, "--trials", "3", "--finalists", "1"])
    before = table(tmp_path)
    example.main(["vgps", *arguments, "--trials", "5", "--finalists", "1"])
    rows = table(tmp_path)
    assert [row for row in rows if row in before] == before
    assert {row["trial"] for row in rows if row["stage"] == "search"} == set("01234")
    example.main(["vgps", *arguments, "--trials", "5", "--finalists", "1"])
    assert table(tmp_path) == rows


@pytest.mark.parametrize(
    ("option", "value", "stage"),
    [
        ("--seeds", "100-101", "search"),
        ("--scales", "figure", "search"),
        ("--iterations", "3", "search"),
        ("--final-seeds", "101-101", "final"),
        ("--final-iterations", "3", "final"),
    ],
)
def test_trials_of_a_stage_are_all_run_alike(
    arguments: list[str], tmp_path: Path, option: str, value: str, stage: str
) -> None:
    example.main(["vgps", *arguments, "--trials", "3", "--finalists", "1"])
    before = table(tmp_path)
    with pytest.raises(SystemExit, match=f"has {stage} trials with other scales, seeds or iterations"):
        example.main(["vgps", *arguments, "--trials", "4", "--finalists", "2", option, value])
    assert [row for row in table(tmp_path) if row["stage"] == stage] == [row for row in before if row["stage"] == stage]


def test_trials_are_all_of_the_same_preset(arguments: list[str], tmp_path: Path) -> None:
    example.main(["vgps", *arguments, "--trials", "3"])
    before = table(tmp_path)
    (tmp_path / "fake program.py").write_text(FAKE.replace("PRESET", "2"))
    example.main(["vgps", *arguments, "--trials", "3"])
    with pytest.raises(SystemExit, match="the preset is another one than that of trial 0"):
        example.main(["vgps", *arguments, "--trials", "4"])
    assert table(tmp_path) == before


def test_a_trial_that_was_interrupted_leaves_its_number_to_nobody(arguments: list[str], tmp_path: Path) -> None:
    example.main(["vgps", *arguments, "--trials", "4"])
    path = tmp_path / "out" / "vgps-swimmer.csv"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("2,")))
    example.main(["vgps", *arguments, "--trials", "4"])
    assert {row["trial"] for row in table(tmp_path) if row["stage"] == "search"} == set("0134")


def test_failures_are_the_worst_there_is(arguments: list[str], tmp_path: Path) -> None:
    space = tmp_path / "space.json"
    space.write_text(json.dumps({"vgps": SPACE | {"kappa": [1, 1000]}}))
    example.main(["vgps", *arguments, "--trials", "6", "--finalists", "5"])
    rows = table(tmp_path)
    failed = {row["trial"] for row in rows if row["state"] == "failed"}
    assert failed == {row["trial"] for row in rows if row["kappa"] == "1000"} != set()
    assert all(row["final_stochastic_ratio"] == "" for row in rows if row["trial"] in failed)


def test_the_preset_stays_if_nothing_is_cheaper(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "space.json").write_text(json.dumps({"vgps": {"kappa": [0.1, 1], "fast": [False]}}))
    example.main(["vgps", *arguments, "--trials", "3"])
    assert "the preset stays: no other is cheaper by 2%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (None, "space.json cannot be read: No such file or directory"),
        ("{", "must be a JSON object with a member 'vgps'"),
        ("[]", "must be a JSON object with a member 'vgps'"),
        ('{"vgps": 3}', "vgps must be an object, the settings to search by name"),
        ('{"gps": {}}', "must be a JSON object with a member 'vgps'"),
        ('{"vgps": {"kappa": 3}}', "kappa must be a list of values or"),
        ('{"vgps": {"kappa": {"low": 0, "high": 1}}}', "kappa must be a list of values or"),
        ('{"vgps": {"kappa": {"low": "a", "high": "b"}}}', "kappa must be a list of values or"),
        ('{"vgps": {"kapa": [1]}}', "the space has kapa, which is no setting of this agent"),
        ('{"vgps": {"kappa": [3, 4]}}', "kappa is 1.0 in trial 0, outside of its space"),
    ],
)
def test_what_is_wrong_with_a_space_is_said(
    arguments: list[str], tmp_path: Path, space: str | None, message: str
) -> None:
    path = tmp_path / "space.json"
    path.unlink() if space is None else path.write_text(space)
    with pytest.raises(SystemExit, match=message):
        example.main(["vgps", *arguments])


def test_what_the_program_says_is_passed_on(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="'gaitway agents' failed: gaitway: there is no agent 'refused'"):
        example.main(["refused", *arguments])


def test_what_stops_a_search_is_one_line(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "space.json").write_text(json.dumps({"vgps": {"kappa": [1, 7]}}))
    ran = programs.run_file(Path(example.__file__), "vgps", *arguments)
    assert ran.returncode == 1
    assert ran.stderr == "tune.py: 'gaitway experiment' failed: gaitway: kappa must not be 7\n"


def test_another_space_s_table_is_left_alone(arguments: list[str], tmp_path: Path) -> None:
    example.main(["vgps", *arguments, "--trials", "2"])
    before = table(tmp_path)
    (tmp_path / "space.json").write_text(json.dumps({"vgps": {"kappa": [0.1, 1]}}))
    with pytest.raises(SystemExit, match="it is of another space; give another --out"):
        example.main(["vgps", *arguments])
    assert table(tmp_path) == before


def test_numbers_are_checked(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        example.main(["vgps", *arguments, "--trials", "0"])
    assert "argument --trials: it must be a whole number, 1 or more, but is '0'" in capsys.readouterr().err


def test_the_preset_of_the_real_program_is_measured(tmp_path: Path) -> None:
    short = ["--hidden", "1", "--rollouts", "1", "--trials", "1", "--iterations", "1", "--final-iterations", "1"]
    where = ["--space", str(SPACES), "--out", str(tmp_path / "out"), "--scales", "figure"]
    example.main(["vgps", "swimmer", *where, *short])
    search, final, again = table(tmp_path)
    assert (search["stage"], search["scale"], search["seed"], search["state"]) == (
        "search",
        "figure",
        "100",
        "complete",
    )
    assert [(row["stage"], row["seed"]) for row in (final, again)] == [("final", "101"), ("final", "102")]
    assert search["kappa"] == "1.5"
    assert 1 < float(search["final_stochastic_ratio"]) < 3
    assert float(search["ddp_cost"]) == pytest.approx(135.29, abs=0.01)


def test_all_methods_have_as_many_settings_to_search() -> None:
    methods = json.loads(SPACES.read_text())
    assert len(methods) == 8
    assert {len(example.read_space(SPACES, method)) for method in methods} == {8}


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.stem)
def test_the_presets_are_what_the_kept_searches_found(kept: Path) -> None:
    agent, environment = kept.stem.rsplit("-", 1)
    options = ["--space", str(SPACES), "--out", str(kept.parent)]
    search = example.Search(example.parse([agent, environment, *options]))
    _, _, best = search.decide().rpartition("best: trial ")
    winner = search.trials("final")[int(best) if best.isdigit() else 0]
    assert search.preset == winner.settings


def test_every_method_has_been_searched_on_both_robots() -> None:
    robots = ("swimmer", "walker")
    assert {path.stem for path in KEPT} == {
        f"{method}-{robot}" for method in json.loads(SPACES.read_text()) for robot in robots
    }
