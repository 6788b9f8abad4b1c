//! The quality gate: may this model be published?

use anyhow::{Context, bail};
use lakehouse::tables::gold_evaluations::Figure;

#[cfg(test)]
mod tests;

/// A figure lies on the edge of what is allowed when it is this close to it, relatively: `0.4 * (1 - 0.1)` is
/// `0.36000000000000004`, and a model with 0.36 has not fallen by more than a tenth.
const ROUNDING: f64 = 1e-12;

/// What the metrics that hold the published model's figure begin with.
pub(crate) const COMPARED: &str = "compared_";

/// The figure that decides about a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Yardstick {
    /// NDCG@10, for models that rank.
    Ndcg,
    /// RMSE, for models that predict stars.
    Rmse,
}

/// What is known of the model to beat: the newest that was published by another run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Published<'a> {
    pub(crate) model_id: &'a str,
    pub(crate) objective: &'a str,
    /// All its figures.
    pub(crate) figures: &'a [Figure],
}

/// The figures that the gate compares, and how far apart they may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standing {
    pub(crate) yardstick: Yardstick,
    pub(crate) model: f64,
    pub(crate) baseline: f64,
    /// The published model's, if it is to be compared.
    pub(crate) compared: Option<f64>,
    /// By what share the model may be worse than the published one.
    pub(crate) max_regression: f64,
}

/// Why a gate is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The model is not better than the baseline.
    LosesToBaseline,
    /// The model is too much worse than the published one.
    Regressed,
    /// A figure is NaN or infinite.
    NotFinite,
}

impl Yardstick {
    /// The yardstick of an objective as it stands in `gold/models`.
    pub(crate) fn of(objective: &str) -> anyhow::Result<Self> {
        match objective {
            "implicit" => Ok(Self::Ndcg),
            "explicit" => Ok(Self::Rmse),
            other => bail!("gold/models holds the unknown objective {other:?}: train the model again"),
        }
    }

    /// The metric in `gold/evaluations`.
    pub(crate) fn metric(self) -> &'static str {
        match self {
            Self::Ndcg => "ndcg",
            Self::Rmse => "rmse",
        }
    }

    /// The cutoff of the metric.
    pub(crate) fn k(self) -> Option<usize> {
        match self {
            Self::Ndcg => Some(10),
            Self::Rmse => None,
        }
    }

    /// The metric that holds the published model's figure.
    pub(crate) fn compared_metric(self) -> &'static str {
        match self {
            Self::Ndcg => "compared_ndcg",
            Self::Rmse => "compared_rmse",
        }
    }

    fn objective(self) -> &'static str {
        match self {
            Self::Ndcg => "implicit",
            Self::Rmse => "explicit",
        }
    }

    /// The figure of a model, `None` when it was not measured.
    pub(crate) fn find(self, figures: &[Figure], baseline: bool) -> Option<f64> {
        find(figures, baseline, self.metric(), self.k())
    }

    /// The figure of the published model that a model of run `model_id` has to stand up to, if it has one.
    ///
    /// A model of another objective is no measure, nor is the model itself, published earlier.
    pub(crate) fn of_published(self, model_id: &str, published: &Published<'_>) -> Option<f64> {
        let comparable = published.model_id != model_id && published.objective == self.objective();
        if comparable { self.find(published.figures, false) } else { None }
    }
}

impl Standing {
    /// Reads a model's standing from its figures.
    ///
    /// # Errors
    /// The decisive figure is not among them.
    pub(crate) fn of(yardstick: Yardstick, figures: &[Figure], max_regression: f64) -> anyhow::Result<Self> {
        let find_decisive = |baseline| {
            yardstick.find(figures, baseline).with_context(|| {
                format!("gold/evaluations lacks {}: evaluate under a new run id", yardstick.metric())
            })
        };
        let compared = find(figures, false, yardstick.compared_metric(), yardstick.k());
        let (model, baseline) = (find_decisive(false)?, find_decisive(true)?);
        Ok(Self { yardstick, model, baseline, compared, max_regression })
    }

    /// Decides: the gate is open to a model that beats the baseline and is not worse than the published model by
    /// more than is allowed.
    pub(crate) fn decide(&self) -> Result<(), Closed> {
        let figures = [Some(self.model), Some(self.baseline), self.compared];
        if figures.into_iter().flatten().any(|figure| !figure.is_finite()) {
            return Err(Closed::NotFinite);
        }
        if !self.beats_baseline() {
            return Err(Closed::LosesToBaseline);
        }
        if self.keeps_up() { Ok(()) } else { Err(Closed::Regressed) }
    }

    fn beats_baseline(&self) -> bool {
        match self.yardstick {
            Yardstick::Ndcg => self.model > self.baseline,
            Yardstick::Rmse => self.model < self.baseline,
        }
    }

    fn keeps_up(&self) -> bool {
        let Some(compared) = self.compared else { return true };
        let rounding = compared * ROUNDING;
        match self.yardstick {
            Yardstick::Ndcg => self.model >= compared * (1.0 - self.max_regression) - rounding,
            Yardstick::Rmse => self.model <= compared * (1.0 + self.max_regression) + rounding,
        }
    }

    /// Says in words why the gate is closed and what can be done.
    pub(crate) fn explain(&self, closed: Closed) -> String {
        let Self { yardstick, model, baseline, max_regression, .. } = self;
        let compared = self.compared.unwrap_or(f64::NAN);
        let (name, wanted) = match yardstick {
            Yardstick::Ndcg => ("ndcg@10", "higher"),
            Yardstick::Rmse => ("rmse", "lower"),
        };
        let train = "train with another --rank, --iterations or --regularization, or on more ratings";
        match closed {
            Closed::LosesToBaseline => format!(
                "{name} {model:.4} does not beat the popularity baseline's {baseline:.4}, it must be {wanted}: \
                 {train}, under a new run id"
            ),
            Closed::Regressed => format!(
                "{name} {model:.4} is worse than the published model's {compared:.4} by more than \
                 --max-regression {max_regression}: {train}, under a new run id, or accept it with a higher \
                 --max-regression"
            ),
            Closed::NotFinite => format!(
                "{name} {model}, the baseline's {baseline} or the published model's is not a finite number: \
                 check silver/ratings and train again under a new run id"
            ),
        }
    }
}

fn find(figures: &[Figure], baseline: bool, metric: &str, k: Option<usize>) -> Option<f64> {
    let k = k.and_then(|k| i32::try_from(k).ok());
    let wanted = |figure: &&Figure| figure.baseline == baseline && figure.metric == metric && figure.k == k;
    figures.iter().find(wanted).map(|figure| figure.value)
}
