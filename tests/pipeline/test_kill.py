"""A task that is killed at any moment and run again with the same run id comes to what an undisturbed run comes to.

For each task: the lake and the database as they were before it are copied, the task is started on the copy and killed
with SIGKILL at a point (a share of the time it takes, or the moment a file of one of its tables appears), and then it
and the tasks after it run to the end. Another run is live all the while; the very first run has tests of its own.
"""

import time
from dataclasses import dataclass

import pytest

from harness import tables
from harness.places import STEPS
from harness.programs import SMALL, Pipeline

SOURCE, EARLIER_SOURCE = "sample:12k", "sample:10k"
RUN, EARLIER_RUN = "killed", "earlier"
# Of a user and movies that are in the sample and of a user who is not.
FEEDBACK = [(1, 1, 4.0), (1, 9, None), (900_001, 2, 5.0), (900_001, 3, 4.5)]
# Of the time that a step takes: where it is killed once, and where again and again, each attempt later than the last.
ONCE = [0.15, 0.45, 0.75]
IN_A_ROW = [0.05, 0.25, 0.35, 0.55, 0.65, 0.9]


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbed: the pipeline before each step, how long each took, and what came of it."""

    before: dict[str, Pipeline]
    seconds: dict[str, float]
    # What stood in the tables that the run replaced, and what was live.
    earlier: dict
    live: tuple
    tables: dict
    answers: dict


def go_undisturbed(folder, databases, pipeline):
    """Runs every step and keeps a copy of the pipeline as it was before each."""
    before, seconds = {}, {}
    earlier, live = tables.contents(pipeline.lake), pipeline.database.live()
    for step in STEPS:
        before[step] = pipeline.copy(folder / f"before-{step}", databases(pipeline.database))
        seconds[step] = run(pipeline, step).seconds
    found = tables.contents(pipeline.lake)
    return Undisturbed(before, seconds, earlier, live, found, pipeline.database.answers())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, databases, migrated):
    """A run after an earlier one that is live: every table is replaced."""
    folder = tmp_path_factory.mktemp("undisturbed")
    pipeline = Pipeline(folder / "lake", databases(migrated))
    pipeline.database.record(*FEEDBACK)
    pipeline.go(EARLIER_SOURCE, EARLIER_RUN, SMALL)
    pipeline.database.record(*FEEDBACK[::-1])
    return go_undisturbed(folder, databases, pipeline)


@pytest.fixture(scope="module")
def undisturbed_first(tmp_path_factory, databases, migrated):
    """The very first run: every table is made."""
    folder = tmp_path_factory.mktemp("first")
    pipeline = Pipeline(folder / "lake", databases(migrated))
    pipeline.database.record(*FEEDBACK)
    return go_undisturbed(folder, databases, pipeline)


def flags(step):
    return ["--source", SOURCE] if step == "ingest" else SMALL.get(step, [])


def run(pipeline, step):
    return pipeline.succeed(step, *flags(step), run_id=RUN)


def points():
    """Where each step is killed, as (step, point)."""
    for step in STEPS:
        for share in ONCE:
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
    return pipeline.kill(reached, step, *flags(step), run_id=RUN)


@pytest.fixture
def copied(tmp_path, databases):
    """Copies a pipeline as it was before a step."""
    made = []

    def copy(run, step):
        before = run.before[step]
        made.append(databases(before.database))
        return before.copy(tmp_path / "lake", made[-1])

    yield copy
    for database in made:
        database.drop()


def check_nothing_is_half_there(pipeline, step, undisturbed):
    """Each table and the answers are what they were or what they will be."""
    for name in tables.WRITTEN_BY[step]:
        now = tables.content(pipeline.lake, name)
        assert now.equals(undisturbed.earlier[name]) or now.equals(undisturbed.tables[name]), f"{name} is half written"
    after = undisturbed.answers["als_recos"], undisturbed.answers["serving"]
    assert pipeline.database.live() in (undisturbed.live, after), "what is live is a mix"


def finish(pipeline, step):
    """Runs the step again, and those after it."""
    for later in STEPS[STEPS.index(step) :]:
        run(pipeline, later)


def check_same(pipeline, undisturbed):
    """Tables, each written once, and all that is published are those of the undisturbed run."""
    assert tables.commits(pipeline.lake, RUN) == dict.fromkeys(tables.TABLES, 1)
    assert tables.differences(tables.contents(pipeline.lake), undisturbed.tables) == []
    assert pipeline.database.answers() == undisturbed.answers


@pytest.mark.parametrize(("step", "point"), list(points()))
def test_a_killed_task_run_again_changes_nothing(step, point, undisturbed, copied):
    pipeline = copied(undisturbed, step)
    kill(pipeline, step, moment(pipeline, point, undisturbed.seconds[step]))
    check_nothing_is_half_there(pipeline, step, undisturbed)
    finish(pipeline, step)
    check_same(pipeline, undisturbed)


@pytest.mark.parametrize("run", ["undisturbed", "undisturbed_first"])
@pytest.mark.parametrize("step", STEPS)
def test_a_task_killed_many_times_in_a_row_comes_to_the_same(step, run, request, copied):
    expected = request.getfixturevalue(run)
    pipeline = copied(expected, step)
    kills = [kill(pipeline, step, moment(pipeline, share, expected.seconds[step])) for share in IN_A_ROW]
    # Else the points lie behind the end of the task, and this module tests nothing.
    assert sum(kills) >= 2
    finish(pipeline, step)
    check_same(pipeline, expected)


@pytest.mark.parametrize("run", ["undisturbed", "undisturbed_first"])
@pytest.mark.parametrize("step", STEPS)
def test_three_attempts_at_once_commit_once(step, run, request, copied):
    expected = request.getfixturevalue(run)
    pipeline = copied(expected, step)
    pipeline.succeed_at_once(3, step, *flags(step), run_id=RUN)
    finish(pipeline, step)
    check_same(pipeline, expected)


# Each asks whether the publish has come to there.
STATES = {
    "loading": "SELECT EXISTS (SELECT FROM versions WHERE run_id = 'killed')",
    "copying": "SELECT EXISTS (SELECT FROM pg_stat_progress_copy WHERE datname = current_database())",
    "indexing": "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = current_database())",
    "committed": "SELECT EXISTS (SELECT FROM pg_class"
    " WHERE relnamespace = 'version_data'::regnamespace AND relkind = 'r' AND NOT relispartition)",
    "loaded": "SELECT EXISTS (SELECT FROM versions WHERE run_id = 'killed' AND state = 'ready')",
    "live": "SELECT EXISTS (SELECT FROM versions JOIN serving USING (version) WHERE run_id = 'killed')",
}


@pytest.mark.parametrize("state", STATES)
def test_a_publish_killed_inside_the_database_run_again_changes_nothing(state, undisturbed, copied):
    pipeline = copied(undisturbed, "publish")
    with pipeline.database.session() as ask:
        kill(pipeline, "publish", lambda: ask(STATES[state])[0][0])
    check_nothing_is_half_there(pipeline, "publish", undisturbed)
    finish(pipeline, "publish")
    check_same(pipeline, undisturbed)
