"""The table of a run."""

from cinelake_steps.summary import closing, table


def report(task, rows):
    return {
        "task": task,
        "outcome": "done",
        "seconds": 1.25,
        "tables": [{"name": f"x/{task}", "version": 4, "rows": rows}],
    }


def test_a_line_tells_rows_seconds_and_versions():
    lines = table(["ingest", "clean"], {}, {"ingest": report("ingest", 1_234_567), "clean": report("clean", 8)})
    assert lines[0].split() == ["step", "state", "seconds", "rows", "tables"]
    assert lines[1].split() == ["ingest", "done", "1.2", "1,234,567", "x/ingest", "v4"]
    assert lines[1].index("1,234,567") + len("1,234,567") == lines[2].index("8") + 1


def test_a_failed_step_and_those_behind_it_are_named():
    lines = table(["ingest", "clean", "train"], {"clean": "failed"}, {"ingest": report("ingest", 1)})
    assert lines[2].split() == ["clean", "failed"]
    assert lines[3].split() == ["train", "not", "begun"]


def test_it_says_what_was_published():
    assert closing({"publish": {"metrics": {"version": 7.0}}}) == "Version 7 was published."
    assert closing({"ingest": report("ingest", 1)}) == "Nothing was published: what was live before still is."
