"""The nightly pipeline: from a ratings data set to live recommendations."""

from __future__ import annotations

import cinelake_config as config
from airflow.sdk import DAG, CronTriggerTimetable, chain
from cinelake_steps import step

DOC = """
# Cinelake

Every night this pipeline turns a ratings data set into fresh, checked recommendations.

| step | reads | writes |
| --- | --- | --- |
| **ingest** | the data set, new feedback from PostgreSQL | `bronze`: every line and event as it came |
| **clean** | `bronze` | `silver`: typed, checked, the latest rating of each pair; rejected lines with a reason |
| **train** | `silver` | the model, without a holdout of each user's latest ratings |
| **evaluate** | model and holdout | metrics beside the popularity baseline; **closes the gate** on a bad model |
| **recommend** | the model and the full history | the best films for every user, similar and popular films |
| **publish** | `gold` | a new version in PostgreSQL, made live in one step |

**When nothing changed** since the live model, neither data set nor feedback, `ingest` is skipped and with it the
rest; nightly runs always check, a run started by hand only when asked.

**When a step fails** it is retried twice, unless its arguments are wrong or the quality gate is closed. Until
`publish` ends, the live recommendations stay as they were. A step commits at most once per run: clearing and
running it again does no harm.
"""

SKIP_UNCHANGED = "{{ '--skip-unchanged' if params.skip_unchanged or dag_run.run_type == 'scheduled' else '' }}"


def flags(*params: str) -> list[str]:
    """The command line that hands these params on, each as the flag of its name; an empty one is left to the task."""
    return [
        f"{{{{ '' if params.{name} is none else '--{name.replace('_', '-')}=' ~ params.{name} }}}}" for name in params
    ]


with DAG(
    "cinelake",
    description="Ratings in, checked recommendations out",
    doc_md=DOC,
    schedule=CronTriggerTimetable(config.SCHEDULE, timezone=config.TIMEZONE),
    catchup=False,
    # One writer per table.
    max_active_runs=1,
    default_args={"owner": "cinelake"},
    tags=["cinelake", "recommender", "nightly"],
    params=config.params(),
) as dag:
    chain(
        step(
            "ingest",
            ["--source", "{{ params.dataset }}", SKIP_UNCHANGED],
            secrets=["DATABASE_URL"],
            help="Copies every line of the data set to `bronze`, as the text it was, and appends new feedback.",
        ),
        step(
            "clean",
            help="Types and checks the lines; what fails goes to `silver/rejected` with a reason.",
        ),
        step(
            "train",
            flags(
                *["objective", "rank", "iterations", "regularization", "half_life_days", "solver"],
                *["tune", "patience", "max_seconds", "holdout"],
            ),
            help="Factorizes the ratings by alternating least squares.",
        ),
        step(
            "evaluate",
            help="Ranks the holdout and compares with popularity and the live model. A worse model stops here.",
        ),
        step(
            "recommend",
            flags("refresh", "top_n"),
            help="Brings the model up to date with the full history and ranks every film for every user.",
        ),
        step(
            "publish",
            secrets=["DATABASE_URL"],
            help="Loads a new version beside the live one, checks it and switches.",
        ),
    )
