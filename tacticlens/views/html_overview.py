"""A log at a glance for notebooks: the answer, time by family as a bar, the slowest layers, findings; no script."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from tacticlens.analysis.goal import GOAL
from tacticlens.analysis.overview import EngineOverview, Overview
from tacticlens.views.colours import COLOURS
from tacticlens.views.finding_text import text_of
from tacticlens.views.headline import headline
from tacticlens.views.html_blocks import as_html
from tacticlens.views.run_words import machine
from tacticlens.views.summary import summary
from tacticlens.words import count, milliseconds, percent, plain

_ORDER = {family: place for place, family in enumerate(COLOURS)}
_FINDINGS = 3
_TITLE = 120
_DIM = "opacity:.65"
_CORES = {"yes": "on Tensor Cores", "no": "", "unknown": "Tensor Cores not known"}


def overview_html(found: Overview) -> str:
    """Return the overview as a fragment of HTML; the whole summary is folded below it."""
    folded = f"<details><summary>The whole summary</summary>{as_html(summary(found))}</details>"
    return f'<div class="tl">{"".join(_parts(found))}{folded}</div>'


def _parts(found: Overview) -> Iterator[str]:
    yield f'<p style="font-size:1.25em;font-weight:500;margin:.3em 0">{_safe(headline(found))}</p>'
    source = found.tables.log["source"][0] or ""
    machines = " / ".join(dict.fromkeys(machine(run) for run in found.runs))
    yield f'<p style="{_DIM};margin:.2em 0">{_safe(source)} · {_safe(machines)}</p>'
    engine = found.engines[-1] if found.engines else None
    if engine is not None and engine.shares.gemm is not None:
        yield _bar(engine)
        yield _slowest(engine)
    shown = [finding for finding in found.findings or () if finding.counts][:_FINDINGS]
    if shown:
        yield "<b>Look at first</b><table><tbody>"
        for finding in shown:
            stake = milliseconds(finding.stake_ms) if finding.stake_ms is not None else ""
            title = text_of(finding, room=_TITLE).title
            yield (
                f'<tr><td style="{_DIM}">{_safe(finding.code)}</td><td style="text-align:left">{_safe(title)}</td>'
                f"<td>{_safe(stake)}</td></tr>"
            )
        yield "</tbody></table>"


def _bar(engine: EngineOverview) -> str:
    """Return the time by family, matrix work first, with the goal on the same axis."""
    rows = [row for row in engine.families.iter_rows(named=True) if row["time_ms"]]
    parts = "".join(
        f'<div title="{_safe(row["family"])} {_safe(milliseconds(row["time_ms"]))}" '
        f'style="flex:{row["share"]:.6f} 0 0;min-width:2px;background:{_colour(row["family"])}"></div>'
        for row in sorted(rows, key=lambda row: _ORDER.get(row["family"], len(_ORDER)))
    )
    legend = "".join(
        f'<span style="white-space:nowrap;margin-right:1.2em"><span style="display:inline-block;width:.7em;height:.7em;'
        f'margin-right:.4em;background:{_colour(row["family"])}"></span>{_safe(row["family"])} '
        f"<b>{_safe(milliseconds(row['time_ms']))}</b> "
        f'<span style="{_DIM}">{_safe(percent(row["share"]))}</span></span> '
        for row in rows
    )
    goal = (
        f'<div title="goal: {_safe(percent(GOAL))} GEMM" style="position:absolute;left:{GOAL * 100:g}%;'
        'top:-4px;bottom:-4px;border-left:2px dashed currentColor"></div>'
    )
    return (
        '<div style="position:relative;display:flex;gap:1px;height:26px;margin:.8em 0 .5em;max-width:900px">'
        f'{parts}{goal}</div><p style="max-width:900px;margin:.3em 0 .8em">{legend}</p>'
    )


def _slowest(engine: EngineOverview) -> str:
    most = max((layer.time_ms for layer in engine.slowest), default=0.0)
    rows = "".join(
        f'<tr><td><div style="height:.8em;margin-top:.4em;width:{100 * layer.time_ms / most:.0f}px;min-width:1px;'
        f'background:{_colour(layer.family)}"></div></td>'
        f'<td style="text-align:right">{_safe(milliseconds(layer.time_ms))}</td>'
        f'<td style="text-align:right;{_DIM}">{_safe(percent(layer.share))}</td>'
        f'<td style="text-align:left">{_safe(layer.name)}</td><td style="{_DIM}">{_safe(layer.family)}</td>'
        f'<td style="{_DIM}">{_CORES[layer.tensor_core]}</td></tr>'
        for layer in engine.slowest
    )
    of = count(engine.shares.layers, "layer")
    return f"<b>Slowest {len(engine.slowest)} of {of}</b><table><tbody>{rows}</tbody></table>" if rows else ""


def _colour(family: str) -> str:
    return next((of.light for name, of in COLOURS.items() if name == family), COLOURS["unknown"].light)


def _safe(text: str) -> str:
    return escape(plain(text))
