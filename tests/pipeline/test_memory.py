"""Ratings that need more memory than they are given lie in files; nothing else changes."""

from harness import tables
from harness.finished import SOURCE
from harness.places import STEPS
from harness.programs import SMALL, Pipeline

IN_FILES = "ratings lie in files"


def flags(*more):
    return SMALL | {step: [*SMALL.get(step, []), *more] for step in ("train", "evaluate", "recommend")}


def test_with_ratings_in_files_every_number_is_the_same(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    roomy, narrow = Pipeline(tmp_path / "roomy"), Pipeline(tmp_path / "narrow")
    of_roomy = roomy.go(SOURCE, "one", SMALL, steps=STEPS[:5])
    of_narrow = narrow.go(SOURCE, "one", flags("--memory", "0", "--scratch", str(scratch)), steps=STEPS[:5])
    assert tables.differences(tables.contents(narrow.lake), tables.contents(roomy.lake)) == []
    for step in ("train", "evaluate", "recommend"):
        assert IN_FILES in of_narrow[step].output and IN_FILES not in of_roomy[step].output, step
    assert list(scratch.iterdir()) == []


def test_scratch_that_is_not_there_is_named_with_the_remedy(tmp_path):
    pipeline = Pipeline(tmp_path / "lake")
    pipeline.go(SOURCE, "one", SMALL, steps=STEPS[:2])
    ended = pipeline.run("train", *SMALL["train"], "--memory", "1K", "--scratch", str(tmp_path / "none"), run_id="one")
    assert ended.code == 1
    assert "bytes of scratch" in ended.complaint and "--memory" in ended.complaint
    assert not tables.exists(pipeline.lake, "gold/models")


def test_memory_that_is_no_number_is_wrong_usage(tmp_path):
    ended = Pipeline(tmp_path / "lake").run("train", "--memory", "3 apples", run_id="one")
    assert ended.code == 2
    assert "give bytes, or a number with K, M, G or T" in ended.errors
