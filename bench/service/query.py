"""The query that the API runs for one user, as the database saw it, for pgbench to run alone.

Nothing of it is written down here: the API is asked once with the database logging every statement, and what it has
sent is taken with its parameters. So whatever becomes of the query, this measures that one.
"""

import re

from shared.places import BenchError

from . import programs

# One that no other number in a query is mistaken for.
USER = 1234
EXECUTED = re.compile(
    r"execute [^:\n]*: (?P<query>.*?)\n[^\t\n][^\n]*DETAIL:  [Pp]arameters: (?P<values>[^\n]*)", re.DOTALL
)
VALUE = re.compile(r"\$(\d+) = (?:'((?:[^']|'')*)'|NULL)")


def ours(server, api):
    """The query, as a script for pgbench with the variable `users`."""
    server.sql("ALTER DATABASE postgres SET log_min_duration_statement = 0")
    try:
        with api.running(server.url) as address:
            before = server.log.stat().st_size
            programs.get(f"{address}/reco/{USER}?n=10")
    finally:
        server.sql("ALTER DATABASE postgres RESET log_min_duration_statement")
    with server.log.open("rb") as log:
        log.seek(before)
        logged = log.read().decode()
    return script(find(logged))


def find(logged):
    """The statement that read the user's recommendations, and its parameters by number."""
    for found in EXECUTED.finditer(logged):
        values = {int(number): value for number, value in VALUE.findall(found["values"])}
        if "recommendations" in found["query"] and any(str(USER) in value for value in values.values()):
            return found["query"].replace("\n\t", "\n"), values
    raise BenchError("the API has asked the database for no recommendations: is its cache on?")


def script(found):
    """The statement with a random user in the place of ours; all other parameters are those of the API."""
    query, values = found
    for number, value in sorted(values.items(), reverse=True):
        # pgbench sends variables as parameters; a cast keeps the type that the statement gave it.
        worded = {str(USER): ":user", f"{{{USER}}}": "ARRAY[:user]::bigint[]"}.get(value, f"'{value}'")
        query = re.sub(rf"\${number}(?!\d)", worded, query)
    return f"\\set user random(1, :users)\n{' '.join(query.split())};\n"
