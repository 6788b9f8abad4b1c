//! `GET /models`, `GET /models/live` and `POST /models/{version}/activate`: what is live, and going back and forth.

use contract::Figure;
use poem_openapi::{Object, OpenApi, param::Path, types::Example};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Activation, Counts, PublishedModel, Store};

use super::{
    Answered, Id, Operation, Tag,
    answer::{BAD_REQUEST, FORBIDDEN, INTERNAL, TOO_MANY, UNAUTHORIZED, UNAVAILABLE},
};
use crate::{
    auth::AdminToken,
    edge::{NO_MODEL, Problem},
    serving::Serving,
};

/// A model that is live or can be made live.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct Model {
    /// The number to activate.
    pub(crate) version: Id,
    /// The run that made it.
    pub(crate) run_id: String,
    /// Whether it is the live one.
    pub(crate) is_live: bool,
    /// Objective, hyper-parameters and so on, as the run recorded them.
    pub(crate) parameters: Value,
    /// Users it can recommend to.
    #[oai(validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
    pub(crate) users: u64,
    /// Movies in its catalogue.
    #[oai(validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
    pub(crate) movies: u64,
    /// Its evaluation on ratings that it was not trained on.
    pub(crate) metrics: Vec<Evaluation>,
    /// When it first went live, in RFC 3339; null if it never did.
    #[oai(nullable)]
    pub(crate) published_at: Option<String>,
    /// When it last went live, if it is the live one.
    #[oai(nullable)]
    pub(crate) activated_at: Option<String>,
}

/// One measure of a model, beside that of recommending what is popular.
#[derive(Debug, Clone, PartialEq, Object, Serialize)]
pub(crate) struct Evaluation {
    /// Such as `ndcg`.
    pub(crate) metric: String,
    /// The length of the lists that were measured, if the measure has one.
    #[oai(nullable, validator(minimum(value = "1"), maximum(value = "2147483647")))]
    pub(crate) k: Option<i32>,
    /// That of the model.
    #[oai(nullable)]
    pub(crate) value: Option<f64>,
    /// That of the most popular movies.
    #[oai(nullable)]
    pub(crate) baseline: Option<f64>,
}

/// Models.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct Models {
    /// Newest first.
    pub(crate) results: Vec<Model>,
}

/// What an activation did.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub(crate) struct Activated {
    /// The model that is live now.
    pub(crate) version: Id,
    /// The run that made it.
    pub(crate) run_id: String,
    /// The model that was live before, if any; `version` itself if nothing changed.
    #[oai(nullable)]
    pub(crate) previous_version: Option<Id>,
    /// When it first went live, in RFC 3339.
    pub(crate) published_at: String,
}

pub(crate) struct ListModels;

impl Operation for ListModels {
    const MEANS: &'static str = "The models, none before the first publish";
    const PROBLEMS: &'static [(u16, &'static str)] =
        &[UNAUTHORIZED, FORBIDDEN, TOO_MANY, INTERNAL, UNAVAILABLE];
}

pub(crate) struct GetLiveModel;

impl Operation for GetLiveModel {
    const MEANS: &'static str = "The live model";
    const PROBLEMS: &'static [(u16, &'static str)] =
        &[UNAUTHORIZED, FORBIDDEN, TOO_MANY, INTERNAL, UNAVAILABLE];
}

pub(crate) struct ActivateModel;

impl Operation for ActivateModel {
    const MEANS: &'static str = "The model is live";
    const PROBLEMS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "There is no such model, or its rows were dropped; the detail lists those there are"),
        TOO_MANY,
        INTERNAL,
        (503, "The database does not answer, a publish is running, or the service is busy"),
    ];
}

/// Said when the model is live for the database, but not here.
const UNSERVED: &str =
    "the model was made live, but this instance does not serve it yet; see GET /models/live";

#[derive(Debug)]
pub(crate) struct ModelsApi {
    /// Knows the models.
    pub(crate) store: Store,
    /// Serves one of them.
    pub(crate) serving: Serving,
}

#[OpenApi(prefix_path = "/models", tag = "Tag::Models")]
impl ModelsApi {
    /// List the models that can be made live
    ///
    /// With their evaluation, newest first. Older ones are dropped by later runs; the live one and those of the
    /// experiment never are.
    #[oai(path = "/", method = "get", operation_id = "list_models")]
    async fn list(&self) -> Answered<Models, ListModels> {
        Ok(Models { results: self.models().await? }.into())
    }

    /// Look the live model up
    #[oai(path = "/live", method = "get", operation_id = "get_live_model")]
    async fn live(&self) -> Answered<Model, GetLiveModel> {
        let live = self.models().await?.into_iter().find(|model| model.is_live);
        Ok(live.ok_or_else(|| Problem::unavailable(NO_MODEL))?.into())
    }

    /// Make a model live
    ///
    /// To roll back to an older model, or forward again. Readers see the old model or the new one, never a mix. The
    /// answer comes once this instance serves the model; others follow within moments.
    #[oai(path = "/:version/activate", method = "post", operation_id = "activate_model")]
    async fn activate(
        &self,
        token: AdminToken,
        /// The number of the model
        version: Path<Id>,
    ) -> Answered<Activated, ActivateModel> {
        let version = version.0.0;
        tracing::info!(subject = &*token.caller.subject, version, "activating a model");
        let activation = self.store.activate(version).await?;
        self.serving.refresh().await;
        if self.serving.view().await?.version.version != version {
            return Err(Problem::unavailable(UNSERVED));
        }
        Ok(Activated::from(activation).into())
    }
}

impl ModelsApi {
    async fn models(&self) -> Result<Vec<Model>, Problem> {
        Ok(self.store.models().await?.into_iter().map(Model::from).collect())
    }
}

impl From<PublishedModel> for Model {
    fn from(model: PublishedModel) -> Self {
        let Counts { recommendations, movies, .. } = model.counts;
        Self {
            version: Id(model.version),
            is_live: model.is_live(),
            run_id: model.run_id,
            parameters: model.model,
            users: recommendations,
            movies,
            metrics: evaluations(&model.metrics),
            published_at: model.published_at.map(|at| at.to_rfc3339()),
            activated_at: model.activated_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// Joins the figures of the model and of the baseline, which follow each other.
fn evaluations(metrics: &[Figure]) -> Vec<Evaluation> {
    let mut joined: Vec<Evaluation> = Vec::new();
    for Figure { baseline, metric, k, value } in metrics {
        let same = |last: &&mut Evaluation| last.metric == *metric && last.k == *k;
        match joined.last_mut().filter(same) {
            Some(last) if *baseline => last.baseline = Some(*value),
            _ => joined.push(Evaluation {
                metric: metric.clone(),
                k: *k,
                value: (!baseline).then_some(*value),
                baseline: baseline.then_some(*value),
            }),
        }
    }
    joined
}

impl From<Activation> for Activated {
    fn from(activation: Activation) -> Self {
        Self {
            version: Id(activation.version),
            run_id: activation.run_id,
            previous_version: activation.previous.map(Id),
            published_at: activation.published_at.to_rfc3339(),
        }
    }
}

impl Example for Model {
    fn example() -> Self {
        let evaluation = |metric: &str, k, value, baseline| Evaluation {
            metric: metric.to_owned(),
            k,
            value: Some(value),
            baseline: Some(baseline),
        };
        Self {
            version: Id(12),
            run_id: "scheduled__2026-11-01T03:00:00+00:00".to_owned(),
            is_live: true,
            parameters: json!({"objective": "implicit", "rank": 64, "regularization": 0.01}),
            users: 610,
            movies: 9_742,
            metrics: vec![
                evaluation("ndcg", Some(10), 0.31, 0.22),
                evaluation("coverage", Some(10), 0.4, 0.01),
            ],
            published_at: Some("2026-11-01T03:04:05+00:00".to_owned()),
            activated_at: Some("2026-11-01T03:04:05+00:00".to_owned()),
        }
    }
}

impl Example for Models {
    fn example() -> Self {
        Self { results: vec![Model::example()] }
    }
}

impl Example for Activated {
    fn example() -> Self {
        Self {
            version: Id(11),
            run_id: "scheduled__2026-10-31T03:00:00+00:00".to_owned(),
            previous_version: Some(Id(12)),
            published_at: "2026-10-31T03:04:05+00:00".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_model_and_baseline_stand_side_by_side() {
        let metric = |baseline, metric: &str, k, value| Figure { baseline, metric: metric.into(), k, value };
        let metrics = [
            metric(true, "coverage", None, 0.1),
            metric(false, "ndcg", Some(5), 0.5),
            metric(true, "ndcg", Some(5), 0.4),
            metric(false, "ndcg", Some(10), 0.3),
        ];
        let figures: Vec<_> = evaluations(&metrics).into_iter().map(|e| (e.k, e.value, e.baseline)).collect();
        assert_eq!(
            figures,
            [(None, None, Some(0.1)), (Some(5), Some(0.5), Some(0.4)), (Some(10), Some(0.3), None)]
        );
    }
}
