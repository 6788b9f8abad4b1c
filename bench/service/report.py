"""The results as Markdown."""

import datetime
from importlib.metadata import version

from shared import machine

from .contestants import CONNECTIONS
from .rows import ROWS

UNITS = {"rate": "{:,.0f}/s", "p50": "{:.3g} ms", "p99": "{:.3g} ms"}
PEERS = ("fastapi", "uvicorn", "psycopg2-binary")


def page(setting, everybody, results, repeats):
    """The whole part on the API."""
    measured = results.measured
    failed = [f"{name} was not measured: {found.failure}" for name, found in measured.items() if found.failure]
    parts = [
        "## API",
        conditions(setting, repeats),
        table(everybody, results),
        *failed,
        "The throughput of each, in answers (transactions) a second:",
        rates(everybody, measured),
        f"The API's query, as pgbench ran it:\n\n```sql\n{setting.script.read_text().strip()}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def conditions(setting, repeats):
    size = setting.size
    turns = "one turn" if repeats == 1 else f"medians (least to most) of {repeats} turns of each, which took turns"
    lines = [
        f"- {datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {machine.machine()}; the load, the services and PostgreSQL"
        " share it",
        f"- {versions(setting)}",
        f"- {size.users:,} users x 100 films of {size.films:,}, rank {size.rank}; users drawn uniformly; {turns},"
        f" {setting.seconds} s each; wrk and pgbench with {CONNECTIONS} connections and two threads where nothing else"
        " is said",
        "- The API as it comes, but without a limit for each client; uncached: `API_CACHE_MB=0`. FastAPI with two"
        " workers of uvicorn, uvloop and httptools, and a psycopg2 pool over an indexed `als_recos`.",
    ]
    return "\n".join(lines)


def versions(setting):
    postgres = machine.said(setting.server.programs / "postgres", "--version").replace(
        "postgres (PostgreSQL)", "PostgreSQL"
    )
    # It says so and ends with 1, for want of an address.
    wrk = " ".join(machine.said("wrk", "--version").split()[:2])
    return ", ".join([f"Cinelake {machine.revision()}", postgres, wrk, *(f"{name} {version(name)}" for name in PEERS)])


def table(everybody, results):
    lines = ["| work | measured | result | must reach | reached |", "| --- | --- | --- | --- | --- |"]
    for row in ROWS:
        value = row.value(results)
        if row.detail:
            figures = row.detail(results)
        else:
            figures = "; ".join(figure(everybody[who], results.measured[who], what) for who, what in row.figures)
        shown = "not measured" if value is None else row.text.format(value)
        target = "" if row.target is None else row.text.format(row.target)
        verdict = "" if row.target is None else "-" if value is None else "yes" if row.reached(value) else "no"
        lines.append(f"| {row.work} | {figures} | {shown} | {target} | {verdict} |")
    return "\n".join(lines)


def figure(contestant, found, what):
    """A median and its spread."""
    if not found.figures:
        return f"{contestant.title} failed"
    values = found.values(what)
    text = f"{contestant.title} {UNITS[what].format(found.median(what))}"
    if len(values) > 1:
        text += f" ({UNITS[what].format(min(values))} to {UNITS[what].format(max(values))})"
    return text


def rates(everybody, measured):
    lines = ["| work | measured |", "| --- | --- |"]
    lines += [f"| {name} | {figure(everybody[name], found, 'rate')} |" for name, found in measured.items()]
    return "\n".join(lines)
