"""The table of a run."""

from cinelake_steps.summary import closing, table

STEPS = ["ingest", "clean", "train", "evaluate", "publish"]


def report(task, rows):
    return {
        "task": task,
        "outcome": "done",
        "seconds": 1.25,
        "tables": [{"name": f"x/{task}", "version": 4, "rows": rows}, {"name": "y", "version": 2, "rows": 3}],
    }


def test_a_line_tells_seconds_and_the_rows_of_each_table_by_itself():
    lines = table(["ingest", "clean"], {}, {"ingest": report("ingest", 1_234_567), "clean": report("clean", 8)})
    assert lines[0].split() == ["step", "state", "seconds", "tables", "and", "their", "new", "rows"]
    assert lines[1] == "ingest  done       1.2  x/ingest v4: 1,234,567; y v2: 3"


def test_a_failed_step_and_those_behind_it_are_named():
    lines = table(["ingest", "clean", "train"], {"clean": "failed"}, {"ingest": report("ingest", 1)})
    assert lines[2].split() == ["clean", "failed"]
    assert lines[3].split() == ["train", "not", "begun"]


def test_it_says_what_was_published_and_how_good_it_is():
    figures = {"ndcg@10": 0.25, "baseline.ndcg@10": 0.125, "gate_open": 1.0}
    reports = {"evaluate": {"metrics": figures}, "publish": {"metrics": {"version": 7.0}}}
    assert closing(STEPS, reports, {}) == [
        "ndcg@10 0.2500, of the most popular films 0.1250",
        "The quality gate is open.",
        "Version 7 was published.",
    ]


def test_it_says_why_nothing_was_published():
    figures = {"rmse": 1.25, "baseline.rmse": 1.0, "ndcg@10": 0.1, "gate_open": 0.0}
    lines = closing(STEPS, {"evaluate": {"metrics": figures}}, {"evaluate": "the quality gate is closed: too bad"})
    assert lines == [
        "evaluate: the quality gate is closed: too bad",
        "rmse 1.2500, of the most popular films 1.0000",
        "The quality gate is closed.",
        "Nothing was published: what was live before still is.",
    ]
