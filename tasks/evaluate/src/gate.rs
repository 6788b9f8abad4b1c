//! The quality gate: may this model be published?

use anyhow::Context;
use contract::{Figure, Yardstick, figure};

#[cfg(test)]
mod tests;

/// A figure lies on the edge of what is allowed when it is this close to it, relatively: `0.4 * (1 - 0.1)` is
/// `0.36000000000000004`, and a model with 0.36 has not fallen by more than a tenth.
const ROUNDING: f64 = 1e-12;

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
        let compared = figure::find(figures, false, &yardstick.compared_metric(), yardstick.k());
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
        self.yardstick.compare(self.model, self.baseline).is_lt()
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
        let name = yardstick.label();
        let wanted = if yardstick.compare(1.0, 0.0).is_lt() { "higher" } else { "lower" };
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
