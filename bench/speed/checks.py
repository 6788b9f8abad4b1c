"""Whether everybody has solved the same problem: losses after each iteration, and what the rankings add up to."""

from dataclasses import dataclass

from shared.places import BenchError

from . import loss
from .contestants import run

ITERATIONS = 6
# How much higher ours may be: single precision.
TOLERANCE = 1e-4
# Sums of scores differ by rounding, and by which of equally good movies is last.
SAME_SUM = 1e-4


@dataclass
class Losses:
    """Losses after each iteration, and by how much ours is the higher at its worst, relative to theirs."""

    columns: dict

    def excess(self):
        ours, *others = self.columns.values()
        return max(mine / theirs - 1 for other in others for mine, theirs in zip(ours, other))

    @property
    def passed(self):
        return self.excess() <= TOLERANCE


def compare_losses(setting, everybody):
    """Ours beside implicit's, all from the same random factors."""
    loss.check_formulas()
    environment = everybody["cg-64"].environment
    start, dump = (setting.data.folder / name for name in ("loss-start", "loss-factors"))

    def theirs(solver):
        flags = ["--solver", solver, "--iterations", ITERATIONS, "--factors", start]
        return losses(run(setting.peer("implicit-loss", *flags), environment))

    ours = losses(run(setting.ours("train", "--iterations", ITERATIONS, "--dump-start", start, "--dump", dump)))
    check_our_loss(setting, dump, ours[-1], environment)
    return Losses({"Cinelake": ours, "implicit CG(3)": theirs("cg"), "implicit Cholesky": theirs("cholesky")})


def check_our_loss(setting, dump, reported, environment):
    """Our program must report the loss that the formula gives for its factors."""
    computed = losses(run(setting.peer("our-loss", "--factors", dump), environment))[0]
    if abs(reported / computed - 1) > 1e-5:
        raise BenchError(f"our program reports a loss of {reported} where its factors have {computed}")


def losses(lines):
    return [line["loss"] for line in lines if "loss" in line]


def compare_rankings(measured):
    """A sentence for each ranking: whether the lists of both are as long and as good."""
    sentences = []
    for name in ("top-n", "similar"):
        both = [measured.get(f"{side}-{name}") for side in ("ours", "implicit")]
        if not all(side and side.lines for side in both):
            continue
        ours, theirs = (next(line for line in side.lines[0] if "score_sum" in line) for side in both)
        same = abs(ours["score_sum"] / theirs["score_sum"] - 1) <= SAME_SUM and ours["entries"] == theirs["entries"]
        verdict = "agree" if same else "DIFFER"
        sums = f"{ours['score_sum']:.6g} and {theirs['score_sum']:.6g}"
        counts = f"{ours['entries']:,} and {theirs['entries']:,}"
        sentences.append(f"The lists of {name} {verdict}: {counts} entries, whose scores add up to {sums}.")
    return sentences
