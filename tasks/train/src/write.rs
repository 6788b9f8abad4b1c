//! Writes the model and how it was made.

use als::{Ids, Index, Model, MovieIdx, Objective, Solver, UserIdx};
use anyhow::Context;
use lakehouse::tables::gold_models::{self, ModelRecord};
use lakehouse::tables::{GoldModels, GoldMovieFactors, GoldUserFactors};
use lakehouse::{FactorRows, Lake, Provenance, Version};
use task::{Report, gauges};

use crate::add;
use crate::arguments::Train;
use crate::choose::Choice;
use crate::fit::Trained;

/// Commits factors and record.
pub(crate) async fn commit(
    lake: &Lake,
    by: &Provenance,
    (user_ids, movie_ids): (&Ids<UserIdx>, &Ids<MovieIdx>),
    record: ModelRecord,
    model: Model,
) -> anyhow::Result<Report> {
    let (users, movies) = model.into_factors();
    let users = rows(user_ids.as_slice(), users).write::<GoldUserFactors>(lake, by).await?;
    let movies = rows(movie_ids.as_slice(), movies).write::<GoldMovieFactors>(lake, by).await?;
    let mut models = gold_models::Rows::default();
    models.push(record.row());
    let mut writer = lake.write::<GoldModels>(by).await?;
    writer.write(&models.take()?).await?;

    let mut report = Report::of_run(&by.run_id);
    add_figures(&mut report, &record);
    // The record comes last: a model that is recorded is whole.
    add(&mut report, users.commit().await?);
    add(&mut report, movies.commit().await?);
    add(&mut report, writer.commit().await?);
    Ok(report)
}

/// Reports how the training went, be it now or in an earlier attempt.
pub(crate) fn add_figures(report: &mut Report, record: &ModelRecord) {
    report.metric("training_seconds", record.training_seconds);
    report.metric("final_loss", record.final_loss);
    report.metric("iterations", f64::from(record.iterations));
    if let (Some(metric), Some(value)) = (&record.validation_metric, record.validation_value) {
        report.metric(format!("validation.{metric}"), value);
    }
    report.gauge(gauges::TRAIN_LOSS, &[], record.final_loss);
    report.gauge(gauges::TRAIN_ITERATIONS, &[], f64::from(record.iterations));
}

fn rows<I: Index>(ids: &[i64], factors: als::Factors<I>) -> FactorRows {
    let rank = factors.rank();
    let (values, biases) = factors.into_parts();
    FactorRows { ids: ids.to_vec(), rank, values, biases }
}

/// How the model was made, as the recipe says and not as the solver was told: with a half-life the two differ.
pub(crate) fn record(
    train: &Train,
    by: &Provenance,
    ratings_version: Version,
    choice: &Choice,
    trained: &Trained,
) -> anyhow::Result<ModelRecord> {
    let recipe = &choice.recipe;
    let config = &recipe.config;
    let (objective, unobserved_weight, confidence_alpha, biases) = match config.objective {
        Objective::Implicit { unobserved_weight, confidence_alpha } => {
            ("implicit", unobserved_weight, confidence_alpha, false)
        }
        Objective::Explicit { biases } => ("explicit", 0.0, 0.0, biases),
    };
    let (solver, cg_steps) = match config.solver {
        Solver::Cholesky => ("cholesky", None),
        Solver::ConjugateGradient { steps } => ("cg", Some(i32::try_from(steps)?)),
    };
    Ok(ModelRecord {
        model_id: by.run_id.clone(),
        objective: objective.to_owned(),
        rank: i32::try_from(config.rank)?,
        iterations: i32::try_from(trained.iterations)?,
        regularization: config.regularization,
        regularization_exponent: config.regularization_exponent,
        unobserved_weight,
        confidence_alpha,
        biases,
        min_rating: recipe.min_rating,
        holdout: train.holdout,
        seed: i64::try_from(config.seed)?,
        global_mean: f64::from(trained.model.global_mean()),
        ratings_version: i64::try_from(ratings_version).context("the version of silver/ratings")?,
        training_ratings: i64::try_from(trained.ratings)?,
        training_seconds: trained.seconds,
        final_loss: trained.loss,
        solver: solver.to_owned(),
        cg_steps,
        half_life_days: recipe.half_life,
        tuned_trials: choice.trials.map(i32::try_from).transpose()?,
        validation_metric: choice.measured.map(|measured| measured.metric.name().to_owned()),
        validation_value: choice.measured.map(|measured| measured.value),
    })
}
