"""A task that is killed at any moment and run again with the same run id comes to what an undisturbed run comes to.

For each task: the lake and the database as they were before it are copied, the task is started on the copy and killed
with SIGKILL at a point (a share of the time it takes, or the moment a file of one of its tables appears), and then it
and the tasks after it run to the end. Another run is live all the while, so every table is replaced, not made.
"""

import signal
import time
from dataclasses import dataclass

import pytest
import tables
from programs import SMALL, STEPS, Pipeline, end

SOURCE, EARLIER_SOURCE = "sample:12k", "sample:10k"
RUN, EARLIER_RUN = "killed", "earlier"
SHARES = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
GIVE_UP = 30


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbed: the pipeline before each step, how long each took, and what came of it."""

    before: dict[str, Pipeline]
    seconds: dict[str, float]
    tables: dict
    versions: dict[str, int]
    answers: dict


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, databases, migrated):
    folder = tmp_path_factory.mktemp("undisturbed")
    pipeline = Pipeline(folder / "lake", databases(migrated))
    pipeline.go(EARLIER_SOURCE, EARLIER_RUN, SMALL)
    before, seconds = {}, {}
    for step in STEPS:
        before[step] = pipeline.copy(folder / f"before-{step}", databases(pipeline.database))
        seconds[step] = run(pipeline, step).seconds
    found = tables.contents(pipeline.lake)
    return Undisturbed(before, seconds, found, tables.versions(pipeline.lake), pipeline.database.answers())


def flags(step):
    return ["--source", SOURCE] if step == "ingest" else SMALL.get(step, [])


def run(pipeline, step):
    return pipeline.succeed(step, *flags(step), run_id=RUN)


def points():
    """Where each step is killed, as (step, point)."""
    for step in STEPS:
        for share in SHARES:
            yield pytest.param(step, share, id=f"{step}-at-{share:.0%}")
        for name in tables.WRITTEN_BY[step]:
            yield pytest.param(step, (name, False), id=f"{step}-at-a-data-file-of-{name}")
            yield pytest.param(step, (name, True), id=f"{step}-at-a-commit-to-{name}")


def moment(pipeline, point, seconds):
    """A function that says whether the point is reached."""
    if isinstance(point, float):
        until = time.monotonic() + point * seconds
        return lambda: time.monotonic() >= until
    known = tables.files(pipeline.lake, *point)
    return lambda: tables.files(pipeline.lake, *point) != known


def kill(pipeline, step, reached):
    """Starts the step and kills it when the point is reached; whether it was in time."""
    started = time.monotonic()
    process = pipeline.start(step, *flags(step), run_id=RUN)
    while process.poll() is None and not reached():
        assert time.monotonic() - started < GIVE_UP
    process.send_signal(signal.SIGKILL)
    return end(process, started).code == -signal.SIGKILL


@pytest.fixture
def copied(undisturbed, tmp_path, databases):
    """Copies the pipeline as it was before a step."""
    made = []

    def copy(step):
        before = undisturbed.before[step]
        made.append(databases(before.database))
        return before.copy(tmp_path / "lake", made[-1])

    yield copy
    for database in made:
        database.drop()


def check_nothing_is_half_there(pipeline, step, undisturbed):
    """Each table and the answers are what they were or what they will be."""
    for name in tables.WRITTEN_BY[step]:
        now = tables.content(pipeline.lake, name)
        earlier = tables.content(undisturbed.before[step].lake, name)
        assert now.equals(earlier) or now.equals(undisturbed.tables[name]), f"{name} is half written"
    for name in ("als_recos", "serving"):
        earlier = undisturbed.before[step].database.answers()[name]
        assert pipeline.database.answers()[name] in (earlier, undisturbed.answers[name]), f"{name} is half written"


def finish(pipeline, step):
    """Runs the step again, and those after it."""
    for later in STEPS[STEPS.index(step) :]:
        run(pipeline, later)


def check_same(pipeline, undisturbed):
    """Tables, their versions (each written once) and all that is published are those of the undisturbed run."""
    assert tables.versions(pipeline.lake) == undisturbed.versions
    assert tables.differences(tables.contents(pipeline.lake), undisturbed.tables) == []
    assert pipeline.database.answers() == undisturbed.answers


@pytest.mark.parametrize(("step", "point"), list(points()))
def test_a_killed_task_run_again_changes_nothing(step, point, undisturbed, copied):
    pipeline = copied(step)
    kill(pipeline, step, moment(pipeline, point, undisturbed.seconds[step]))
    check_nothing_is_half_there(pipeline, step, undisturbed)
    finish(pipeline, step)
    check_same(pipeline, undisturbed)


@pytest.mark.parametrize("step", STEPS)
def test_a_task_killed_many_times_in_a_row_comes_to_the_same(step, undisturbed, copied):
    pipeline = copied(step)
    kills = [kill(pipeline, step, moment(pipeline, share, undisturbed.seconds[step])) for share in SHARES[:8]]
    # Else the points lie behind the end of the task, and this module tests nothing.
    assert sum(kills) >= 3
    finish(pipeline, step)
    check_same(pipeline, undisturbed)


def test_two_attempts_at_once_commit_once(undisturbed, copied):
    pipeline = copied("clean")
    attempts = [pipeline.start("clean", run_id=RUN) for _ in range(3)]
    assert [end(attempt, time.monotonic()).code for attempt in attempts] == [0, 0, 0]
    finish(pipeline, "clean")
    check_same(pipeline, undisturbed)


# Each asks whether the publish has come to there.
STATES = {
    "loading": "SELECT EXISTS (SELECT FROM versions WHERE run_id = 'killed')",
    "copying": "SELECT EXISTS (SELECT FROM pg_stat_progress_copy WHERE datname = current_database())",
    "loaded": "SELECT EXISTS (SELECT FROM versions WHERE run_id = 'killed' AND state = 'ready')",
    "live": "SELECT EXISTS (SELECT FROM versions JOIN serving USING (version) WHERE run_id = 'killed')",
}


@pytest.mark.parametrize("state", STATES)
def test_a_publish_killed_inside_the_database_run_again_changes_nothing(state, undisturbed, copied):
    pipeline = copied("publish")
    with pipeline.database.session() as ask:
        kill(pipeline, "publish", lambda: ask(STATES[state])[0][0])
    check_nothing_is_half_there(pipeline, "publish", undisturbed)
    finish(pipeline, "publish")
    check_same(pipeline, undisturbed)
