"""Run by hand: makes a published version live, to roll back or forward."""

from __future__ import annotations

from airflow.sdk import DAG
from cinelake_steps import config, flags, params, step

DOC = f"""
# Cinelake: activate

Makes a published version live, to roll back or forward, in one short transaction: readers never see a mix of two
versions, or none. The next scheduled run publishes a new version as usual.

The versions and their metrics: [GET /models]({config.API_URL}/models). A version that is not listed cannot be
made live: publish its run again.
"""

with DAG(
    "cinelake_activate",
    description="Make a published version live, to roll back or forward",
    doc_md=DOC,
    schedule=None,
    max_active_runs=1,
    default_args={"owner": "cinelake"},
    tags=["cinelake", "by hand"],
    params=params.activation(),
) as dag:
    step(
        "activate",
        ["activate", *flags("version")],
        task="admin",
        secrets=["DATABASE_URL"],
        outlets=[config.PUBLISHED],
        help="Switches to the version, and records the activation in `gold/published`.",
    )
