"""The nightly pipeline: from a ratings data set to live recommendations."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, chain
from cinelake_steps import config, flags, params, step
from cinelake_steps.record import history, record
from cinelake_steps.summary import summary

DOC = f"""
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
| **record** | the reports of the steps | the run's row in PostgreSQL's `runs`: the history on the dashboards |
| **summary** | the reports of the steps | a table in its log |

**When nothing changed** since the live model, neither data set nor feedback, `ingest` is skipped and with it the
rest; nightly runs always check, a run started by hand only when asked.

**When a step fails** it is retried twice, unless its arguments are wrong, its image is missing or the quality gate is
closed. Until `publish` ends, the live recommendations stay as they were. A step commits at most once per run: clearing
and running it again does no harm, not even beside an attempt that is still alive.

**What a step did** is its XCom `return_value`: rows, versions, seconds, metrics.

[The recommendations]({config.API_URL}/docs) ·
[The dashboards]({config.GRAFANA_URL}) ·
roll back: DAG `cinelake_activate` · clean up: DAG `cinelake_maintenance`
"""

SKIP_UNCHANGED = "{{ '--skip-unchanged' if params.skip_unchanged or dag_run.run_type == 'scheduled' else '' }}"

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
    params=params.nightly(),
    user_defined_macros={"history": history},
) as dag:
    steps = [
        step(
            "ingest",
            ["--source", "{{ params.dataset }}", SKIP_UNCHANGED],
            secrets=["DATABASE_URL"],
            help="Copies every line of the data set to `bronze`, as the text it was, and appends new feedback.",
        ),
        step(
            "clean",
            outlets=[config.SILVER_RATINGS],
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
            outlets=[config.PUBLISHED],
            help="Loads a new version beside the live one, checks it and switches.",
        ),
    ]
    names = [step.task_id for step in steps]
    chain(*steps, [record(names), summary(names)])
