//! The model to stand up to: the newest that another run published.

use contract::{Objective, Yardstick};
use lakehouse::LakehouseError;
use lakehouse::tables::{GoldEvaluations, GoldModels, gold_evaluations, gold_models, gold_published};
use task::Run;

/// The published model that a model is compared with.
pub(crate) struct Compared {
    /// The run that trained it.
    pub(crate) run_id: String,
    /// Its figure.
    pub(crate) value: f64,
}

/// The newest model that another run published, if its figure can be compared: one of another objective is no
/// measure.
pub(crate) async fn compared(run: &Run, objective: Objective) -> Result<Option<Compared>, LakehouseError> {
    let lake = run.lake();
    let Some(published) = gold_published::newest(lake, Some(run.id())).await? else { return Ok(None) };
    let Some(models) = lake.newest::<GoldModels>().await? else { return Ok(None) };
    let Some(evaluations) = lake.newest::<GoldEvaluations>().await? else { return Ok(None) };
    let card = match gold_models::find(&models, &published.run_id).await {
        Ok(card) => card,
        // It was published from another lake, or its card was removed.
        Err(LakehouseError::RunNotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    if card.hyperparameters.objective != objective {
        return Ok(None);
    }
    let figures = gold_evaluations::figures_of(&evaluations, &published.run_id).await?;
    let value = Yardstick::of(objective).find(&figures, false);
    Ok(value.map(|value| Compared { run_id: published.run_id, value }))
}
