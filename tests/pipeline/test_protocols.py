"""The published protocols of evaluate: figures for anyone to compare, and nothing written."""

import pytest

from harness import tables
from harness.places import STEPS
from harness.programs import SMALL, Pipeline

RUN = "trained"
# Enough users on each side for figures that do not hang on a few of them.
SOURCE = "sample:50k"
PROTOCOLS = {
    "strong-generalization": (
        ["--heldout-users", "0.2"],
        ["recall_at_20", "recall_at_50", "ndcg_at_100"],
    ),
    "leave-one-out": ([], ["hr_at_10", "ndcg_at_10", "sampled_hr_at_10", "sampled_ndcg_at_10"]),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A lake with a trained model that is not yet evaluated."""
    pipeline = Pipeline(tmp_path_factory.mktemp("protocols") / "lake")
    pipeline.go(SOURCE, RUN, SMALL, STEPS[:3])
    return pipeline


@pytest.fixture(scope="module", params=PROTOCOLS)
def measured(request, trained):
    """A protocol and its report."""
    flags, measures = PROTOCOLS[request.param]
    versions = tables.versions(trained.lake)
    ended = trained.succeed("evaluate", "--protocol", request.param, *flags, run_id=RUN)
    assert tables.versions(trained.lake) == versions
    return request.param, measures, ended


def test_the_model_beats_popularity_by_more_than_chance(measured):
    protocol, measures, ended = measured
    name = protocol.replace("-", "_")
    metrics = ended.report["metrics"]
    assert metrics[f"{name}_users"] > 50
    for measure in measures:
        model, baseline = metrics[f"{name}_{measure}"], metrics[f"baseline.{name}_{measure}"]
        assert 0 < baseline < model < 1, measure
        assert 0 < metrics[f"{name}_{measure}_standard_error"] < model - baseline, measure
        assert f"{model:.4f} ± " in ended.output and f"{baseline:.4f} ± " in ended.output


def test_nothing_is_committed_and_the_run_can_still_be_evaluated(measured, trained, tmp_path):
    ended = measured[2]
    assert (ended.report["outcome"], ended.report["tables"]) == ("done", [])
    assert not tables.exists(trained.lake, "gold/evaluations")
    evaluated = trained.copy(tmp_path / "lake").succeed("evaluate", run_id=RUN)
    assert evaluated.versions == {"gold/evaluations": 1}


def test_the_seed_alone_decides_on_any_number_of_threads(measured, trained):
    protocol, _, ended = measured
    flags, _ = PROTOCOLS[protocol]

    def figures(threads, seed):
        elsewhere = Pipeline(trained.lake, threads=threads)
        again = elsewhere.succeed("evaluate", "--protocol", protocol, *flags, "--seed", seed, run_id=RUN)
        return {name: value for name, value in again.report["metrics"].items() if "_at_" in name}

    expected = {name: value for name, value in ended.report["metrics"].items() if "_at_" in name}
    assert figures(1, 42) == expected
    assert figures(2, 43) != expected


def test_a_full_ranking_is_harder_than_a_sampled_one(trained):
    metrics = trained.succeed("evaluate", "--protocol", "leave-one-out", run_id=RUN).report["metrics"]
    for measure in ("hr_at_10", "ndcg_at_10"):
        assert metrics[f"leave_one_out_{measure}"] < metrics[f"leave_one_out_sampled_{measure}"]


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--protocol", "leave-one-out", "--heldout-users", "10"], "--heldout-users"),
        (["--protocol", "strong-generalization", "--negatives", "10"], "--negatives"),
        (["--seed", "1"], "--seed"),
    ],
)
def test_a_flag_of_another_protocol_is_wrong_usage(trained, flags, named):
    refused = trained.run("evaluate", *flags, run_id=RUN)
    assert refused.code == 2 and f"{named} does not apply to this --protocol" in refused.complaint


@pytest.mark.parametrize("heldout", ["0", "0.5", "-1", "1.5", "many"])
def test_a_number_of_held_out_users_that_makes_no_sense_is_wrong_usage(trained, heldout):
    refused = trained.run("evaluate", "--protocol", "strong-generalization", f"--heldout-users={heldout}", run_id=RUN)
    assert refused.code == 2 and "give a number of users" in refused.errors


def test_more_held_out_users_than_there_are_is_an_error_that_names_the_flag(trained):
    refused = trained.run("evaluate", "--protocol", "strong-generalization", "--heldout-users", "10000", run_id=RUN)
    assert refused.code == 1 and "--heldout-users" in refused.complaint
