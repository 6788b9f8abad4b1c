"""The results as Markdown."""

import datetime

from shared import machine
from shared.places import REGULARIZATION, UNOBSERVED_WEIGHT

from . import loss
from .rows import ROWS


def speed(setting, size, repeats, everybody, measured, rows, losses, sentences):
    """The whole part on speed."""
    parts = [
        "## Speed",
        conditions(setting, size, repeats),
        table(setting, everybody, measured, rows),
        *failures(everybody, measured),
        *sentences,
        formulas(setting.data),
        *([loss_table(losses)] if losses else []),
    ]
    return "\n\n".join(parts) + "\n"


def conditions(setting, size, repeats):
    data = setting.data
    shape = f"{data.ratings:,} ratings of {data.users:,} users and {data.movies:,} movies"
    lines = [
        f"- {datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {machine.machine()}",
        f"- {machine.versions()}",
        f"- `sample:{size}`: {shape}; {setting.threads} threads for all; {of_processes(repeats)}",
        f"- The problem: unobserved weight {UNOBSERVED_WEIGHT:g}, regularisation {REGULARIZATION:g} for every row. For"
        f" implicit that is a confidence of {loss.CONFIDENCE:g} and a regularisation of"
        f" {loss.IMPLICIT_REGULARIZATION:g}. Spark scales its regularisation by the ratings of a row, which changes its"
        " minimum and not its work.",
        "- Seconds of an iteration are without the preparation of the data; ours include the loss.",
    ]
    return "\n".join(lines)


def of_processes(repeats):
    if repeats == 1:
        return "one process of each"
    return f"medians (least to most) of {repeats} processes of each, which took turns; one of Spark"


def table(setting, everybody, measured, rows):
    lines = ["| work | measured | result | must reach | limit | reached |", "| --- | --- | --- | --- | --- | --- |"]
    for name in rows:
        row = ROWS[name]
        if row.detail:
            figures = row.detail(measured, setting.data, row.contestants)
        else:
            figures = "; ".join(figure(everybody[who], measured[who]) for who in row.contestants)
        value = row.value(measured, setting.data, row.contestants)
        shown = "not measured" if value is None else row.text.format(value)
        verdict = "-" if value is None else "yes" if row.reached(value) else "no"
        limit = "" if row.limit is None else row.text.format(row.limit)
        lines.append(f"| {row.work} | {figures} | {shown} | {row.text.format(row.target)} | {limit} | {verdict} |")
    return "\n".join(lines)


def figure(contestant, found):
    """A median and its spread."""
    if not found.figures:
        return f"{contestant.title} failed"
    text = f"{contestant.title} {found.median:.3g} {contestant.unit}"
    if len(found.figures) > 1:
        text += f" ({min(found.figures):.3g} to {max(found.figures):.3g})"
    return text


def failures(everybody, measured):
    return [f"{everybody[name].title} failed: {found.failure}" for name, found in measured.items() if found.failure]


def formulas(data):
    ratings, rows = f"{data.ratings:,}", f"{data.users + data.movies:,}"
    return (
        f"Operations, with n = {ratings} ratings and m = {rows} rows of both sides: 2 n k^2 + m k^3 / 3 an iteration,"
        " 2 users movies k for all lists. The peak is the better of faer's and OpenBLAS's product of matrices of 4,096."
        " Memory is compared with 4 m k + 16 n bytes: the factors, and the ratings in both orientations."
    )


def loss_table(losses):
    """Losses, and by how much each is above ours."""
    names = list(losses.columns)
    lines = ["Loss after each iteration, k=64, all from the same random factors:", ""]
    lines += [f"| iteration | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for number, (ours, *others) in enumerate(zip(*losses.columns.values()), 1):
        shown = [f"{ours:.6g}", *(f"{other:.6g} ({other / ours - 1:+.3%})" for other in others)]
        lines.append(f"| {number} | {' | '.join(shown)} |")
    verdict = "is never higher" if losses.passed else "IS HIGHER"
    return "\n".join([*lines, "", f"Ours {verdict}: at its worst by {losses.excess():+.1e} of theirs."])
