"""Draws every dashboard from a live Prometheus and PostgreSQL into one HTML page:

python grafana/preview --prometheus URL --database URL --out FILE [--hours N] [--only UID...] [--set NAME=VALUE...]
"""

import argparse
import sys
import time
from pathlib import Path

# Run as a folder, this is no package yet.
sys.path[0] = str(Path(__file__).resolve().parents[1])

try:
    from preview.expansion import load
    from preview.page import Sheet
    from preview.sources import Sources, Unreachable
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is missing: pip install psycopg2-binary, or run this by .local/airflow/venv/bin/python")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="preview", description=__doc__.splitlines()[0].rstrip(":"))
    parser.add_argument("--prometheus", required=True, metavar="URL", help="http://127.0.0.1:9090")
    parser.add_argument(
        "--database", required=True, metavar="URL", help="postgres://cinelake_read:...@127.0.0.1:5432/cinelake"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the page to write")
    parser.add_argument(
        "--hours", type=float, metavar="N", help="the last N hours instead of each dashboard's own range"
    )
    parser.add_argument("--only", nargs="*", metavar="UID", help="these dashboards only")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="what to choose for a variable")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    dashboards = [dashboard for dashboard in load() if not asked.only or dashboard["uid"] in asked.only]
    sources = Sources(asked.prometheus, asked.database)
    try:
        sources.check()
    except Unreachable as error:
        sys.exit(f"error: {error}")
    sheet = Sheet(
        sources,
        time.time(),
        asked.hours,
        dict(pair.split("=", 1) for pair in asked.set),
    )
    asked.out.write_text(sheet.page(dashboards))
    print(f"{asked.out}: {len(dashboards)} dashboards")
    for name in sheet.empty:
        print(f"  no data  {name}")
    for name in sheet.failed:
        print(f"  failed   {name}")
    return 1 if sheet.failed else 0


if __name__ == "__main__":
    sys.exit(main())
