"""Findings about how tactics were chosen and what the build cost, on small tables."""

from __future__ import annotations

import pytest
from small_tables import ON, Row, ampere, combination, found, layer, said, small, tactic


def race(first: float, second: float, *, engine: bool = True, **more: object) -> dict[str, list[Row]]:
    return {
        "layers": [{"build": 1, "layer": 1, "name": "conv"}],
        "combinations": [combination(1, 1, tactic=f"0x{1:016x}", runner="CaskConvolution", time_ms=first)],
        "tactics": [tactic(1, 1, first, "a"), tactic(1, 2, second, "b"), tactic(1, 3, 9.0, "c")],
        "engine_layers": [layer(1, "conv", "gemm", first, combination=1, tactic=f"0x{1:016x}", **more)]
        if engine
        else [],
    }


def test_a_runner_up_within_two_percent_is_a_near_tie() -> None:
    (one,) = found(small(**race(1.0, 1.02)), "TL011")

    assert one.stake_ms == pytest.approx(0.02)
    assert said(one).title == "1 layer won by at most 2 %, the closest by 2.0 %"
    assert one.lines == (501, 502)
    assert one.rows[0]["next_tactic"] == f"0x{2:016x}"


def test_a_runner_up_beyond_two_percent_is_none() -> None:
    assert found(small(**race(1.0, 1.0201)), "TL011") == []


def test_the_same_kernel_listed_by_another_runner_is_no_runner_up() -> None:
    tables = race(1.0, 1.01)
    tables["tactics"][1]["kernel"] = "a"

    assert found(small(**tables), "TL011") == []


def test_a_cached_choice_races_where_it_was_measured() -> None:
    tables = race(1.0, 1.01)
    tables["combinations"].append(combination(2, 1, result="cached", origin=1))
    tables["engine_layers"][0]["combination"] = 2

    assert found(small(**tables), "TL011")[0].rows[0]["combination"] == 1


def test_without_an_engine_the_winners_race_and_the_finding_says_so() -> None:
    (one,) = found(small(**race(1.0, 1.01, engine=False)), "TL011")

    assert one.stake_ms is None
    assert "prints no engine" in said(one).why


def skip(need: int | None, budget: int | None = 1 << 20, **more: object) -> Row:
    row = tactic(1, 9, None, layer=1, reason="scratch memory", needed_bytes=need, available_bytes=budget)
    return {**row, **more}


def test_skipped_tactics_tell_the_true_need_and_the_flag() -> None:
    tables = race(1.0, 2.0)
    tables["tactics"] += [skip(2_421_293_056), skip(5 << 20, line=700)]
    (one,) = found(small(ampere(), **tables), "TL012")

    assert said(one).title == "2 tactics were skipped for memory; one needs 2,310 MiB"
    assert "--memPoolSize=workspace:2310" in said(one).action
    assert "The workspace has 1 MiB." in said(one).why
    assert (one.layers, one.lines, one.stake_ms) == (("conv",), (509, 700), None)


def test_before_8_4_the_flag_is_workspace() -> None:
    tables = race(1.0, 2.0)
    tables["tactics"].append(skip(2 << 20))

    assert (
        "--workspace=2 " in said(found(small(ampere(tensorrt_version="8.2.3"), **tables), "TL012")[0]).action
    )


def test_a_need_that_is_not_printed_is_not_guessed_from_the_budget() -> None:
    tables = race(1.0, 2.0)
    tables["tactics"].append(skip(None, None, reason="insufficient memory, requested size 2688"))
    (one,) = found(small(ampere(), **tables), "TL012")

    assert "the need is not printed" in said(one).title
    assert "2688" not in said(one).action


def test_a_size_in_mib_is_told_to_have_been_read_as_bytes() -> None:
    tables = race(1.0, 2.0)
    tables["tactics"].append(skip(2 << 20, 1024))
    (one,) = found(small(ampere(command="trtexec --memPoolSize=workspace:1024MiB"), **tables), "TL012")

    assert "The workspace has 1,024 bytes" in said(one).why
    assert "write workspace:1024M." in said(one).action


def test_failures_and_skips_of_builds_that_lost_are_not_told() -> None:
    tables = race(1.0, 2.0)
    failed = tactic(1, 8, None, status="failed", reason="exception")
    builds = [{"build": 1, "engine": 1, "in_engine": False}]

    assert found(small(**{**tables, "tactics": [failed]}), "TL012") == []
    assert found(small(builds=builds, **{**tables, "tactics": [skip(5)]}), "TL012") == []


def test_a_layer_with_one_tactic_over_all_combinations_has_no_choice() -> None:
    tables = race(1.0, 2.0)
    tables["combinations"].append(combination(2, 1))
    tables["tactics"] = [tactic(1, 1, 1.0), tactic(2, 1, 1.5)]
    (one,) = found(small(**tables), "TL013")

    assert (one.layers, one.rows[0]["candidates"]) == (("conv",), 1)


def test_two_tactics_are_a_choice() -> None:
    assert found(small(**race(1.0, 2.0)), "TL013") == []


def test_a_combination_from_an_older_cache_hides_its_candidates() -> None:
    tables = race(1.0, 2.0)
    tables["tactics"] = tables["tactics"][:1]
    tables["combinations"].append(combination(2, 1, result="cached"))

    assert found(small(**tables), "TL013") == []


def test_plugins_have_one_tactic_by_nature() -> None:
    tables = race(1.0, 2.0)
    tables["tactics"] = tables["tactics"][:1]
    tables["engine_layers"][0]["family"] = "plugin"

    assert found(small(**tables), "TL013") == []


def seconds(*spent: tuple[int, str, float]) -> dict[str, list[Row]]:
    return {
        "layers": [{"build": 1, "layer": n, "name": f"layer {n}"} for n in (1, 2, 3)],
        "combinations": [combination(n, n) for n in (1, 2, 3)],
        "runners": [
            {
                "build": 1,
                "combination": number,
                "runner": runner,
                "result": "timed",
                "profiling_s": s,
                "line": 40 + at,
            }
            for at, (number, runner, s) in enumerate(spent)
        ],
    }


def test_a_layer_that_takes_half_the_build_is_found_and_its_runner_not_again() -> None:
    (one,) = found(small(**seconds((1, "Myelin", 6.0), (2, "Cask", 3.0), (3, "Cask", 1.0))), "TL017")

    assert said(one).title == "layer 1 takes 60 % of the build's profiling time"
    assert one.stake_ms is None
    assert "fused region" in said(one).action


def test_a_runner_is_found_where_no_layer_takes_half_of_the_build() -> None:
    (one,) = found(small(**seconds((1, "Cask", 4.0), (2, "Cask", 3.0), (3, "B", 3.0))), "TL017")

    assert said(one).title == "Cask runners take 70 % of the build's profiling time"


@pytest.mark.parametrize(
    "spent",
    [
        [(1, "A", 4.0), (2, "B", 3.0), (3, "C", 3.0)],  # nobody has half
        [(1, "A", 0.6), (2, "B", 0.3)],  # not worth a word
        [(1, "A", 6.0)],  # nothing to dominate
    ],
)
def test_a_build_without_a_dominating_part_is_no_finding(spent: list[tuple[int, str, float]]) -> None:
    assert found(small(**seconds(*spent)), "TL017") == []


def test_a_local_timing_cache_is_found_once_with_what_was_thrown_away() -> None:
    cache = [
        {"build": 1, "event": "local", "line": 5},
        {"build": 1, "event": "deleted", "entries": 68, "hits": 0, "line": 90},
    ]
    builds = [{"build": 1, "engine": 1, "in_engine": True, "selection_s": 1.75}]
    (one,) = found(small(builds=builds, timing_cache=cache), "TL018")

    assert said(one).title == "The timing cache is local: 68 measurements are lost"
    assert "Selecting tactics took" in said(one).why
    assert one.lines == (5, 90)


def test_a_timing_cache_with_a_file_is_no_finding() -> None:
    cache = [
        {"build": 1, "event": "global", "line": 5},
        {"build": 1, "event": "deleted", "entries": 68, "line": 90},
    ]

    assert found(small(timing_cache=cache), "TL018") == []


def tiny(short: int, long: int) -> list[Row]:
    rows = [layer(n, f"tiny {n}", "pointwise", 0.004) for n in range(1, short + 1)]
    return rows + [layer(100 + n, f"long {n}", "gemm", 1.0, kernel=ON) for n in range(long)]


def test_ten_tiny_layers_that_are_half_of_all_are_found() -> None:
    (one,) = found(small(engine_layers=tiny(10, 10)), "TL019")

    assert one.stake_ms is None
    assert said(one).title == "10 of 20 layers take less than 0.005 ms each"


@pytest.mark.parametrize(("short", "long"), [(9, 0), (10, 11)])
def test_few_tiny_layers_are_no_finding(short: int, long: int) -> None:
    assert found(small(engine_layers=tiny(short, long)), "TL019") == []


def test_measured_enqueue_time_says_whether_the_host_is_the_limit() -> None:
    performance = [
        {"run": 1, "metric": metric, "statistic": "median", "value": value, "unit": "ms", "line": 2100}
        for metric, value in (("Enqueue Time", 0.3), ("GPU Compute Time", 0.1))
    ]
    (one,) = found(small(engine_layers=tiny(12, 0), performance=performance), "TL019")

    assert "the host is the limit" in said(one).why
    assert 2100 in one.lines
