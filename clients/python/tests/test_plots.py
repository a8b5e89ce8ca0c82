"""Statistics as rliable has them, and figures that show what the table says."""

from __future__ import annotations

import itertools
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from extent import sampled

from gaitway.plots import (
    Interval,
    Table,
    aggregates,
    curves,
    figure_1,
    improvement,
    improvement_probability,
    interquartile_mean,
    interval,
    profiles,
    save,
    score_distribution,
    stratified,
)
from gaitway.plots.__main__ import main
from gaitway.plots.statistics import overall
from gaitway.runs import RunError

#: What rliable says of a matrix of costs, which the program's own statistics are held against too.
STATISTICS = Path(__file__).parents[3] / "agents/runner/src/test/resources/io/gaitway/agents/statistics"
GOLDEN = json.loads((STATISTICS / "rliable.json").read_text())
COSTS = {
    name: [np.array([np.inf if cost is None else cost for cost in task]) for task in tasks]
    for name, tasks in GOLDEN["costs"].items()
}


def assert_like(found: Interval, golden: dict[str, list[float]], atol: float) -> None:
    np.testing.assert_allclose(np.atleast_1d(found.estimate), golden["estimate"], rtol=1e-12)
    np.testing.assert_allclose(np.atleast_1d(found.lower), golden["lower"], atol=atol)
    np.testing.assert_allclose(np.atleast_1d(found.upper), golden["upper"], atol=atol)


def width(golden: dict[str, list[float]]) -> float:
    return golden["upper"][0] - golden["lower"][0]


@pytest.mark.parametrize("name", sampled(COSTS))
def test_statistics_are_rliable_s(name: str) -> None:
    golden = GOLDEN["interquartile_mean"][name]
    assert_like(stratified([COSTS[name]], overall, resamples=20_000), golden, 0.03 * width(golden))
    shares = score_distribution(np.array(GOLDEN["thresholds"]))
    # A share of the runs moves in steps of one run.
    one = 1.01 / sum(map(len, COSTS[name]))
    assert_like(stratified([COSTS[name]], shares, resamples=20_000), GOLDEN["profile"][name], one)


@pytest.mark.parametrize("pair", GOLDEN["improvement"])
def test_the_probability_of_improvement_is_rliable_s(pair: str) -> None:
    one, other = pair.split(",")
    golden = GOLDEN["improvement"][pair]
    found = stratified([COSTS[one], COSTS[other]], improvement_probability, resamples=5000)
    assert_like(found, golden, 0.1 * width(golden))


def test_infinite_costs_count_as_the_worst() -> None:
    costs = np.array([1.0, 2, 3, 4, 5, 6, np.inf, np.inf])
    assert interquartile_mean(costs) == 4.5
    assert interquartile_mean(np.array([1.0, 2, np.inf, np.inf])) == np.inf
    found = interval(costs[:, None], resamples=500)
    assert found.lower[0] < 4.5
    assert found.upper[0] == np.inf
    assert not np.isnan([found.lower, found.upper]).any()
    assert improvement_probability([costs], [costs]) == 0.5


def write(
    folder: Path,
    *,
    methods: int = 3,
    seeds: int = 4,
    iterations: int = 12,
    presets: int = 1,
    scales: tuple[str, ...] = ("catalog",),
) -> Path:
    """An experiment whose method i ends at 1 + i / 2 times DDP's cost."""
    random = np.random.default_rng(0)
    rows = [
        "agent,environment,scale,hidden,preset,settings,seed,state,iteration,ddp_cost,stochastic_cost,deterministic_cost"
    ]
    tasks = itertools.product(range(seeds), (("swimmer", 48.0), ("walker", 120.0)), scales, ("5", "10"))
    for seed, (environment, ddp), scale, hidden in tasks:
        for i in range(methods * presets):
            agent, preset = ("vgps", "gps", "mine")[i % methods], ("default", "paper")[i // methods]
            run = f"{agent},{environment},{scale},{hidden},{preset},{preset},{seed}"
            for t in range(1, iterations + 1):
                cost = float(ddp * (1 + i / 2 + 3 * np.exp(-t / 3) + 0.02 * random.random()))
                shown = "Infinity" if environment == "walker" and t == 1 else f"{cost!r}"
                rows.append(f"{run},complete,{t},{ddp},{shown},{cost * 0.98!r}")
    rows.append(f"vgps,swimmer,catalog,5,default,default,{seeds},missing,0,,,")
    folder.mkdir(exist_ok=True)
    (folder / "iterations.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_a_table_knows_methods_tasks_and_costs(tmp_path: Path) -> None:
    table = Table.read(write(tmp_path / "experiment"))
    assert [method.label for method in table.methods] == ["VGPS", "GPS", "mine"]
    assert [task.label for task in table.tasks] == [
        "Swimmer, 5 units",
        "Swimmer, 10 units",
        "Walker, 5 units",
        "Walker, 10 units",
    ]
    costs = table.costs(table.methods[1], table.tasks[2], "stochastic")
    assert costs.shape == (4, 12)
    assert np.isinf(costs[:, 0]).all()
    assert np.isfinite(costs[:, 1:]).all()
    assert table.ddp_cost(table.tasks[2]) == 120
    assert [method.label for method in table.only(["mine", "vgps"]).methods] == ["mine", "VGPS"]
    with pytest.raises(ValueError, match="there is no method 'sac'; there are: VGPS, GPS, mine"):
        table.only(["sac"])


def test_methods_alone_are_drawn_on_their_own_tasks(tmp_path: Path) -> None:
    folder = write(tmp_path / "experiment", methods=2)
    file = folder / "iterations.csv"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith("gps,walker")))
    table = Table.read(folder).only(["gps"])
    assert [task.label for task in table.tasks] == ["Swimmer, 5 units", "Swimmer, 10 units"]
    assert len(curves(table, resamples=20).axes) == 2


def test_methods_are_told_apart_by_what_differs(tmp_path: Path) -> None:
    table = Table.read(write(tmp_path / "experiment", presets=2))
    assert [method.label for method in table.methods][:4] == [
        "VGPS (default)",
        "GPS (default)",
        "mine (default)",
        "VGPS (paper)",
    ]


def test_figures_show_the_table(tmp_path: Path) -> None:
    table = Table.read(write(tmp_path / "experiment"))
    figure = figure_1(table, resamples=50)
    titles = [panel.get_title() for panel in figure.axes]
    assert titles == ["Swimmer, 10 units", "Walker, 10 units", "Swimmer, 5 units", "Walker, 5 units"]
    line = figure.axes[0].get_lines()[0]
    expected = interquartile_mean(table.costs(table.methods[0], table.tasks[1], "stochastic"))
    np.testing.assert_array_equal(line.get_ydata(), expected)
    assert figure.axes[0].get_ylim() == (0, 3 * 48)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["VGPS", "GPS", "mine", "without noise"]
    panels = curves(table, resamples=50).axes
    ratios = np.asarray(panels[0].get_lines()[1].get_ydata())
    assert ratios[-1] == pytest.approx(1.5 + 3 * np.exp(-4), abs=0.02)
    shares = profiles(table, resamples=50).axes[0].get_lines()
    assert np.asarray(shares[0].get_ydata())[[0, -1]].tolist() == [0, 1]
    bars = aggregates(table, resamples=50).axes[0]
    assert [text.get_text() for text in bars.get_yticklabels()] == ["VGPS", "GPS", "mine"]
    chances = improvement(table, resamples=50, versus="gps").axes[0]
    assert [text.get_text() for text in chances.get_yticklabels()] == ["VGPS", "mine"]
    assert [float(np.asarray(line.get_xdata())[0]) for line in chances.get_lines()[:2]] == [0.0, 1.0]
    with pytest.raises(ValueError, match="there is no method beside VGPS"):
        improvement(table.only(["vgps"]))


def test_figures_are_saved_with_the_same_bytes(tmp_path: Path) -> None:
    table = Table.read(write(tmp_path / "experiment"))
    for folder in ("one", "two"):
        save(profiles(table, resamples=20), tmp_path / folder / "profiles")
    for ending, head in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
        content = (tmp_path / "one" / f"profiles.{ending}").read_bytes()
        assert content.startswith(head)
        assert content == (tmp_path / "two" / f"profiles.{ending}").read_bytes()


def test_the_command_draws_what_makes_sense(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = str(write(tmp_path / "experiment")), tmp_path / "figures"
    assert main([folder, "--out", str(out), "--formats", "png", "--resamples", "20"]) == 0
    drawn = ["aggregates.png", "curves.png", "figure-1.png", "improvement.png", "profiles.png"]
    assert sorted(path.name for path in out.iterdir()) == drawn
    assert len(capsys.readouterr().out.splitlines()) == 5
    one = str(write(tmp_path / "one", methods=1))
    few = tmp_path / "few"
    assert main([one, "--out", str(few), "--formats", "svg", "--figures", "curves", "--policy", "deterministic"]) == 0
    assert [path.name for path in few.iterdir()] == ["curves.svg"]


def test_the_command_draws_figure_1_at_each_scale(tmp_path: Path) -> None:
    folder, out = str(write(tmp_path / "experiment", scales=("catalog", "figure"))), tmp_path / "figures"
    assert main([folder, "--out", str(out), "--formats", "svg", "--resamples", "20"]) == 0
    drawn = {path.name for path in out.iterdir()}
    assert drawn >= {"figure-1-catalog.svg", "figure-1-figure.svg", "curves.svg"}
    assert "figure-1.svg" not in drawn
    alone, files = str(write(tmp_path / "alone")), tmp_path / "files"
    assert main([alone, "--out", str(files), "--figures", "figure-1", "--formats", "svg", "--resamples", "20"]) == 0
    titles = re.findall(r"<!-- (Swimmer.*?) -->", (files / "figure-1.svg").read_text())
    assert re.findall(r"<!-- (Swimmer.*?) -->", (out / "figure-1-figure.svg").read_text()) == titles
    assert titles == ["Swimmer, 10 units", "Swimmer, 5 units"]


def test_a_method_without_runs_at_a_scale_is_left_out_there(tmp_path: Path) -> None:
    folder = write(tmp_path / "experiment", methods=2, scales=("catalog", "figure"))
    file = folder / "iterations.csv"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not re.match("gps,.*,figure,", line)))
    table = Table.read(folder)
    assert [method.label for method in table.at("figure").methods] == ["VGPS"]
    assert [task.label for task in table.at("figure").tasks] == [task.label for task in table.at("catalog").tasks]
    out = tmp_path / "figures"
    arguments = ["--methods", "gps,vgps", "--figures", "figure-1", "--formats", "png", "--resamples", "20"]
    assert main([str(folder), "--out", str(out), *arguments]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["figure-1-catalog.png", "figure-1-figure.png"]


def test_the_command_ends_quietly_with_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    folder = str(write(tmp_path / "experiment"))
    monkeypatch.setattr("gaitway.plots.__main__.save", interrupted)
    assert main([folder, "--out", str(tmp_path / "figures"), "--figures", "profiles", "--resamples", "1"]) == 130


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere is not an experiment: it has no iterations.csv"),
        (["experiment", "--methods", "sac"], "there is no method 'sac'"),
        (["experiment", "--figures", "bars"], "must be some of figure-1, curves, profiles, aggregates, improvement"),
        (["experiment", "--formats", "gif"], "must be some of svg, pdf, png, eps, but is 'gif'"),
        (["experiment", "--resamples", "0"], "must be a whole number from 1 to 1000000, but is '0'"),
        (["experiment", "--versus", "sac", "--figures", "improvement"], "there is no method 'sac'"),
    ],
)
def test_the_command_says_what_is_wrong(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "experiment")
    try:
        code = main([*arguments, "--out", "figures"])
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code in (1, 2)
    assert message in re.sub(r"\s+", " ", capsys.readouterr().err)


def test_an_experiment_without_complete_runs_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "experiment", seeds=0)
    with pytest.raises(RunError, match="no run is complete yet"):
        Table.read(folder)


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table.read(write(tmp_path / "experiment"))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        ImportError, match=r'matplotlib is missing, which draws the figures; run: pip install "gaitway\['
    ):
        curves(table)
