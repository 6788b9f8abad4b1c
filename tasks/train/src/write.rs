//! Writes the model and how it was made.

use als::{Ids, Index, Model, MovieIdx, UserIdx};
use contract::ModelCard;
use lakehouse::tables::{GoldModels, GoldMovieFactors, GoldUserFactors, gold_models};
use lakehouse::{FactorRows, Lake, Provenance};
use task::{Report, gauges};

use crate::add;

/// Commits factors and record.
pub(crate) async fn commit(
    lake: &Lake,
    by: &Provenance,
    (user_ids, movie_ids): (&Ids<UserIdx>, &Ids<MovieIdx>),
    card: &ModelCard,
    model: Model,
) -> anyhow::Result<Report> {
    let (users, movies) = model.into_factors();
    let users = rows(user_ids.as_slice(), users).write::<GoldUserFactors>(lake, by).await?;
    let movies = rows(movie_ids.as_slice(), movies).write::<GoldMovieFactors>(lake, by).await?;
    let mut writer = lake.write::<GoldModels>(by).await?;
    writer.write(&gold_models::row(&by.run_id, card)?).await?;

    let mut report = Report::of_run(&by.run_id);
    add_figures(&mut report, card);
    // The card comes last: a model that has one is whole.
    add(&mut report, users.commit().await?);
    add(&mut report, movies.commit().await?);
    add(&mut report, writer.commit().await?);
    Ok(report)
}

/// Reports how the training went, be it now or in an earlier attempt.
pub(crate) fn add_figures(report: &mut Report, card: &ModelCard) {
    let training = &card.training;
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let iterations = card.hyperparameters.iterations as f64;
    report.metric("training_seconds", training.training_seconds);
    report.metric("final_loss", training.final_loss);
    report.metric("iterations", iterations);
    if let (Some(metric), Some(value)) = (training.validation_metric, training.validation_value) {
        report.metric(format!("validation.{}", metric.label()), value);
    }
    report.gauge(gauges::TRAIN_LOSS, &[], training.final_loss);
    report.gauge(gauges::TRAIN_ITERATIONS, &[], iterations);
}

fn rows<I: Index>(ids: &[i64], factors: als::Factors<I>) -> FactorRows {
    let rank = factors.rank();
    let (values, biases) = factors.into_parts();
    FactorRows { ids: ids.to_vec(), rank, values, biases }
}
