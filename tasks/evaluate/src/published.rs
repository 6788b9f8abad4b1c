//! The model to stand up to: the newest that another run published.

use lakehouse::arrow::array::StringArray;
use lakehouse::tables::{GoldEvaluations, GoldModels, GoldPublished};
use lakehouse::tables::{gold_evaluations, gold_models, gold_published};
use lakehouse::{Lake, LakehouseError};

use crate::gate::{Published, Yardstick};

/// The published model that a model is compared with.
pub(crate) struct Compared {
    /// The run that trained it.
    pub(crate) model_id: String,
    /// Its figure.
    pub(crate) value: f64,
}

/// The newest model that another run than `model_id` published, if its figure can be compared.
pub(crate) async fn compared(
    lake: &Lake,
    model_id: &str,
    yardstick: Yardstick,
) -> Result<Option<Compared>, LakehouseError> {
    let Some(rival) = newest_published(lake, model_id).await? else { return Ok(None) };
    let Some(models) = lake.newest::<GoldModels>().await? else { return Ok(None) };
    let Some(evaluations) = lake.newest::<GoldEvaluations>().await? else { return Ok(None) };
    let model = match gold_models::find(&models, &rival).await {
        Ok(model) => model,
        // It was published from another lake, or its record was removed.
        Err(LakehouseError::RunNotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let figures = gold_evaluations::figures_of(&evaluations, &rival).await?;
    let published = Published { model_id: &rival, objective: &model.objective, figures: &figures };
    let value = yardstick.of_published(model_id, &published);
    Ok(value.map(|value| Compared { model_id: rival, value }))
}

/// The newest row of another model; of the same moment the higher version wins.
async fn newest_published(lake: &Lake, model_id: &str) -> Result<Option<String>, LakehouseError> {
    let Some(published) = lake.newest::<GoldPublished>().await? else { return Ok(None) };
    let mut newest = None;
    let mut batches = published.read(&<GoldPublished as lakehouse::Table>::columns()).await?;
    while let Some(batch) = batches.next().await? {
        let models: &StringArray = gold_published::MODEL_ID.of(&batch)?;
        let times = gold_published::PUBLISHED_AT.of(&batch)?.values();
        let versions = gold_published::VERSION.of(&batch)?.values();
        let rows = times.iter().zip(versions).zip(models.iter().flatten());
        let others = rows.filter(|(_, model)| *model != model_id);
        newest = newest.max(others.map(|((&at, &version), model)| (at, version, model.to_owned())).max());
    }
    Ok(newest.map(|(_, _, model)| model))
}
