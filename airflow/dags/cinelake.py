"""The nightly pipeline: from a ratings data set to live recommendations."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, chain
from cinelake_steps import config, flags, params, step
from cinelake_steps.record import history, record
from cinelake_steps.summary import summary

DOC = f"""
# Cinelake

Turns a ratings data set into checked, live recommendations every night.

| step | reads | writes |
| --- | --- | --- |
| **ingest** | the data set, new feedback from PostgreSQL | `bronze`: every line and event, unchanged |
| **clean** | `bronze` | `silver`: typed and checked, one rating per user and film; rejected rows with a reason |
| **train** | `silver` | the model, trained without the holdout: each user's latest ratings |
| **evaluate** | the model, the holdout | metrics of the model and of the baseline; **closes the gate** on a bad model |
| **recommend** | the model, the full history | the best films for every user, similar and popular films |
| **publish** | `gold` | a new version in PostgreSQL, made live in one transaction |
| **record** | the reports of the steps | a row in the table `runs` of PostgreSQL, which the dashboards show |
| **summary** | the reports of the steps | an overview of the run, in its log |

**When nothing has changed** since the live model was trained, neither the data set nor the feedback, `ingest` is
skipped, and so is everything after it. Scheduled runs always check this; a manual run only with `skip_unchanged`.

**When a step fails**, it is retried twice, unless its arguments are wrong, its image is missing or the quality gate
is closed. The live recommendations do not change until `publish` succeeds. A step commits at most once per run, so
clearing it is always safe, even while an earlier attempt is still running.

**The report of a step** is its XCom `return_value`: rows, table versions, seconds, metrics.

[API]({config.API_URL}/docs) ·
[Dashboards]({config.GRAFANA_URL}) ·
rollback: DAG `cinelake_activate` · clean-up: DAG `cinelake_maintenance`
"""

DESCRIBE = ["{{ '--describe' if params.description else '' }}", "{{ params.description or '' }}"]
SKIP_UNCHANGED = "{{ '--skip-unchanged' if params.skip_unchanged or dag_run.run_type == 'scheduled' else '' }}"

with DAG(
    "cinelake",
    description="From a ratings data set to live recommendations",
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
            ["--source", "{{ params.dataset }}", *DESCRIBE, SKIP_UNCHANGED],
            secrets=["DATABASE_URL"],
            help="Copies every line of the data set to `bronze`, as text, and appends new feedback.",
        ),
        step(
            "clean",
            outlets=[config.SILVER_RATINGS],
            help="Parses and checks every row; what fails goes to `silver/rejected` with a reason.",
        ),
        step(
            "train",
            flags(
                *["objective", "rank", "iterations", "regularization", "half_life_days", "solver", "chunks"],
                *["tune", "patience", "max_seconds", "holdout"],
            ),
            help="Trains the model by alternating least squares.",
        ),
        step(
            "evaluate",
            help="Measures the model on the holdout, against popularity and the live model. A worse model stops here.",
        ),
        step(
            "recommend",
            flags("refresh", "top_n"),
            help="Refreshes the model on the full history and ranks all films for every user.",
        ),
        step(
            "publish",
            secrets=["DATABASE_URL"],
            outlets=[config.PUBLISHED],
            help="Loads a new version beside the live one, checks it and makes it live.",
        ),
    ]
    names = [step.task_id for step in steps]
    chain(*steps, [record(names), summary(names)])
