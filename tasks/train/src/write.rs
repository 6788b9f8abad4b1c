//! What is kept of a model: its factors, its card, and the figures of its training.

use als::{Index, Model, MovieIdx, UserIdx};
use contract::ModelCard;
use histories::Ids;
use lakehouse::tables::{GoldModels, GoldMovieFactors, GoldUserFactors, gold_models};
use lakehouse::{FactorRows, UntypedWriter};
use task::{Report, Run, gauges};

/// Writes factors and card; committed by the caller.
pub(crate) async fn model(
    run: &Run,
    (user_ids, movie_ids): (&Ids<UserIdx>, &Ids<MovieIdx>),
    card: &ModelCard,
    model: Model,
) -> anyhow::Result<Vec<UntypedWriter>> {
    let (users, movies) = model.into_factors();
    let users = rows(user_ids.as_slice(), users).write::<GoldUserFactors>(run.lake(), run.by()).await?;
    let movies = rows(movie_ids.as_slice(), movies).write::<GoldMovieFactors>(run.lake(), run.by()).await?;
    let mut models = run.write::<GoldModels>().await?;
    models.write(&gold_models::row(run.id(), card)?).await?;
    Ok(vec![users.untyped(), movies.untyped(), models.untyped()])
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
