"""Feedback: from the database, where the API records it, through the next run to what is published."""

import shutil
import time
from functools import partial
from types import SimpleNamespace

from harness import tables
from harness.finished import FEEDBACK, NEWCOMER, NO_MOVIE, RUN, SOURCE
from harness.places import STEPS
from harness.programs import SMALL, Pipeline, end
from harness.waiting import free_port

RECORDED = "SELECT feedback_id, user_id, movie_id, rating, rated_at FROM feedback ORDER BY feedback_id"
# What becomes of the events of FEEDBACK, by their ids.
REASONS = {2: "retracted", 4: "superseded", 5: "retracted", 6: "unknown_movie", 9: "superseded"}
# 6,000 users and movies, each with three events or four, one in four of which takes a rating back.
MANY = """
    INSERT INTO feedback (user_id, movie_id, rating)
    SELECT 1 + i % 300, 1 + i / 300 % 20, CASE WHEN i % 7 > 1 THEN (1 + i % 10) / 2.0 END
    FROM generate_series(1, 20000) AS i"""


def in_lake(pipeline):
    """The events of `bronze/feedback`, in the order of their ids."""
    events = [tuple(row.values()) for row in tables.rows(pipeline.lake, "bronze/feedback")]
    return sorted(events, key=lambda event: event[0])


def silver(pipeline):
    """Stars by user and movie."""
    rows = tables.rows(pipeline.lake, "silver/ratings")
    return {(row["user_id"], row["movie_id"]): row["rating"] for row in rows}


def rejected(pipeline):
    """Reason by event."""
    rows = tables.rows(pipeline.lake, "silver/rejected")
    return {row["source_line"]: row["reason"] for row in rows if row["table"] == "bronze/feedback"}


def ingested(pipeline, run_id, *flags):
    """Rows that the run added to `bronze/feedback`."""
    report = pipeline.succeed("ingest", "--source", SOURCE, *flags, run_id=run_id).report
    return {table["name"]: table["rows"] for table in report["tables"]}["bronze/feedback"]


def check_conservation(pipeline):
    """Each row of bronze, event or line, reached silver or was rejected."""
    bronze = ("bronze/ratings", "bronze/feedback")
    refused = [row for row in tables.rows(pipeline.lake, "silver/rejected") if row["table"] in bronze]
    rows = sum(tables.table(pipeline.lake, name).num_rows for name in bronze)
    assert rows == tables.table(pipeline.lake, "silver/ratings").num_rows + len(refused)


def test_every_event_reaches_bronze_as_it_was_recorded(finished):
    assert in_lake(finished.pipeline) == finished.database.query(RECORDED)
    assert [event[1:4] for event in in_lake(finished.pipeline)] == FEEDBACK


def test_the_last_word_on_a_movie_reaches_silver_and_the_others_say_why_not(finished):
    stars = silver(finished.pipeline)
    assert (stars[1, 9], stars[1, 1]) == (0.5, 5.0)
    assert not {(1, 11), (1, 2), (1, NO_MOVIE)} & set(stars)
    assert {movie: stars[user, movie] for user, movie in stars if user == NEWCOMER} == {1: 4.5, 2: 5.0, 9: 4.0}
    assert rejected(finished.pipeline) == REASONS
    lines = [row["raw"] for row in tables.rows(finished.lake, "silver/rejected") if row["reason"] == "superseded"]
    assert [sum(line.startswith(f"1,{movie},4.0,") for line in lines) for movie in (9, 11)] == [1, 1]
    check_conservation(finished.pipeline)


def test_the_published_history_and_recommendations_follow_the_feedback(finished):
    histories = "SELECT r.movie_id, r.rating FROM user_histories AS h, history_of(h) AS r WHERE h.user_id = {}"
    history = dict(finished.database.query(histories.format(1)))
    assert (history[9], history[1]) == (0.5, 5.0) and not {2, 11, NO_MOVIE} & set(history)
    assert dict(finished.database.query(histories.format(NEWCOMER))) == {1: 4.5, 2: 5.0, 9: 4.0}
    for user, seen in [(1, {1, 9}), (NEWCOMER, {1, 2, 9})]:
        rows = finished.database.query(f"SELECT movie_id FROM als_recos WHERE user_id = {user}")
        assert len(rows) == 30 and not {movie for (movie,) in rows} & seen


def test_a_run_without_new_feedback_appends_nothing_and_cleans_with_all_there_is(continued):
    before, stars = in_lake(continued), silver(continued)
    assert ingested(continued, "second") == 0
    assert in_lake(continued) == before
    assert tables.commits(continued.lake, "second")["bronze/feedback"] == 1
    continued.succeed("clean", run_id="second")
    assert silver(continued) == stars and rejected(continued) == REASONS


def test_a_run_appends_what_is_new_and_what_was_taken_back_is_gone(continued):
    continued.database.record((NEWCOMER, 9, None), (1, 11, 1.5), (1, 9, None))
    assert ingested(continued, "second") == 3
    assert in_lake(continued) == continued.database.query(RECORDED)
    continued.go(SOURCE, "second", SMALL, STEPS[1:])
    stars = silver(continued)
    assert stars[1, 11] == 1.5 and not {(NEWCOMER, 9), (1, 9)} & set(stars)
    check_conservation(continued)
    rated = continued.database.query(
        "SELECT r.movie_id FROM serving JOIN user_histories AS h USING (version), history_of(h) AS r"
        f" WHERE h.user_id = {NEWCOMER} ORDER BY 1"
    )
    assert rated == [(1,), (2,)]


def test_unchanged_data_are_skipped_until_there_is_new_feedback(continued):
    skipping = ("ingest", "--source", SOURCE, "--skip-unchanged")
    assert continued.run(*skipping, run_id="idle").code == 99
    continued.database.record((1, 3, 4.0))
    # Without the database nobody knows of it.
    assert Pipeline(continued.lake).run(*skipping, run_id="idle").code == 99
    assert ingested(continued, "heard", "--skip-unchanged") == 1
    # That run is not published: what it took in is still new to what is live.
    assert ingested(continued, "again", "--skip-unchanged") == 0
    continued.go(SOURCE, "again", SMALL, STEPS[1:])
    assert continued.run(*skipping, run_id="idle").code == 99


def test_without_a_database_a_run_says_so_once_and_goes_on_with_earlier_feedback(continued):
    continued.database.record((1, 3, 4.0))
    alone = Pipeline(continued.lake)
    ended = alone.succeed("ingest", "--source", SOURCE, run_id="alone")
    assert ended.output.count("no --database-url") == 1
    alone.succeed("clean", run_id="alone")
    assert silver(alone)[NEWCOMER, 2] == 5.0 and (1, 3) not in silver(alone)
    assert ingested(continued, "later") == 1


def test_a_database_that_does_not_answer_fails_the_run_and_nothing_is_lost(continued):
    continued.database.record((1, 3, 4.0))
    versions = tables.versions(continued.lake)
    nobody = SimpleNamespace(url=f"postgres://cinelake:s3cret@127.0.0.1:{free_port()}/cinelake")
    ended = Pipeline(continued.lake, nobody).run("ingest", "--source", SOURCE, run_id="down")
    assert ended.code == 1
    assert "cannot take in feedback" in ended.complaint and "check DATABASE_URL" in ended.complaint
    assert "s3cret" not in ended.output + ended.errors
    assert tables.versions(continued.lake) == versions
    assert ingested(continued, "down") == 1


def test_a_database_without_the_schema_is_named_with_the_remedy(continued, databases):
    ended = Pipeline(continued.lake, databases()).run("ingest", "--source", SOURCE, run_id="bare")
    assert ended.code == 1 and "admin migrate" in ended.complaint


def test_another_database_is_refused_until_its_ids_go_on_behind_those_of_the_lake(continued, database):
    versions = tables.versions(continued.lake)
    database.record((5, 1, 1.0))
    other = Pipeline(continued.lake, database)
    ended = other.run("ingest", "--source", SOURCE, run_id="other")
    assert ended.code == 1
    assert (
        f"bronze/feedback holds {len(FEEDBACK)}" in ended.complaint
        and "Troubleshooting in docs/operations.md" in ended.complaint
    )
    assert tables.versions(continued.lake) == versions
    # As docs/operations.md has it.
    database.query(f"SELECT setval('feedback_feedback_id_seq', {len(FEEDBACK)})")
    database.query(
        "INSERT INTO feedback (user_id, movie_id, rating, rated_at)"
        " SELECT user_id, movie_id, rating, rated_at FROM feedback ORDER BY feedback_id"
    )
    assert ingested(other, "other") == 1
    assert in_lake(other)[-1][:4] == (len(FEEDBACK) + 1, 5, 1, 1.0)


def differs(pipeline, name, log, known):
    return tables.files(pipeline.lake, name, log) != known


POINTS = [(name, log) for name in tables.BRONZE for log in (False, True)]


def test_an_ingest_killed_again_and_again_while_feedback_goes_on_loses_and_doubles_nothing(continued):
    for number, (name, log) in enumerate(POINTS):
        continued.database.record((1, number + 1, 3.0), (2, number + 1, None))
        reached = partial(differs, continued, name, log, tables.files(continued.lake, name, log))
        # A run has two attempts and is then given up: what it has taken in stays, and the next goes on from there.
        continued.kill(reached, "ingest", "--source", SOURCE, run_id=f"killed-{number // 2}")
    ingested(continued, "last")
    assert in_lake(continued) == continued.database.query(RECORDED)


def test_runs_at_the_same_time_take_in_each_event_once(continued):
    continued.database.query(MANY)
    attempts = [continued.start("ingest", "--source", SOURCE, run_id=f"run-{number}") for number in range(3)]
    ends = [end(attempt, time.monotonic()) for attempt in attempts]
    for ended in ends:
        assert ended.code == 0 or "another run wrote table bronze/feedback meanwhile" in ended.complaint
    for number in range(3):
        ingested(continued, f"run-{number}")
    assert in_lake(continued) == continued.database.query(RECORDED)


def test_a_repeated_run_takes_in_nothing_that_came_after_it(continued):
    continued.database.record((1, 3, 4.0))
    again = continued.succeed("ingest", run_id=RUN)
    assert again.report["outcome"] == "already_done"
    # Even if all it wrote after the feedback is gone.
    shutil.rmtree(continued.lake / "bronze/ratings")
    assert ingested(continued, RUN) == len(FEEDBACK)
    assert len(in_lake(continued)) == len(FEEDBACK)
