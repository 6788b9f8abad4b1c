//! `GET /experiments` and `PUT /experiments`: splitting users between models.

use std::collections::BTreeSet;

use poem_openapi::{Object, OpenApi, payload::Json, types::Example};
use serde::Serialize;
use store::{Experiment, Store, Variant};

use super::{
    Answered, Id, Operation, Tag, Text,
    answer::{BAD_REQUEST, FORBIDDEN, INTERNAL, TOO_LARGE, TOO_MANY, UNAUTHORIZED, UNAVAILABLE, UNSUPPORTED},
};
use crate::{auth::AdminToken, edge::Problem, serving::Serving};

/// The experiment to run.
#[derive(Debug, Object)]
#[oai(example)]
pub(crate) struct NewExperiment {
    /// Name of the experiment. With the user id it decides who gets which variant: another name reshuffles the users.
    #[oai(validator(min_length = 1, max_length = 40, pattern = "^[a-z0-9_-]+$"))]
    pub(crate) name: Text,
    /// The variants, with distinct names. An empty list ends the running experiment.
    #[oai(validator(max_items = 10))]
    pub(crate) variants: Vec<NewVariant>,
}

/// A variant of an experiment.
#[derive(Debug, Object)]
pub(crate) struct NewVariant {
    /// Name of the variant in responses and metrics.
    #[oai(validator(min_length = 1, max_length = 40, pattern = "^[a-z0-9_-]+$"))]
    pub(crate) name: Text,
    /// Version of its model.
    pub(crate) version: Id,
    /// Share of users = weight / total weight.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    pub(crate) weight: i32,
}

/// The running experiment, if any.
#[derive(Debug, Default, Object, Serialize)]
#[oai(example)]
pub(crate) struct RunningExperiment {
    /// Name of the experiment; null if none is running.
    #[oai(nullable)]
    pub(crate) name: Option<String>,
    /// When it started, in RFC 3339; null if none is running.
    #[oai(nullable)]
    pub(crate) started_at: Option<String>,
    /// Its variants; empty if none is running.
    pub(crate) variants: Vec<RunningVariant>,
}

/// A variant of the running experiment.
#[derive(Debug, Object, Serialize)]
pub(crate) struct RunningVariant {
    /// Name of the variant in responses and metrics.
    pub(crate) name: String,
    /// Version of its model.
    pub(crate) version: Id,
    /// Weight of the variant.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    pub(crate) weight: i32,
    /// Share of the users, from 0 to 1.
    pub(crate) share: f64,
}

pub(crate) struct GetExperiment;

impl Operation for GetExperiment {
    const MEANS: &'static str = "The running experiment, or none";
    const PROBLEMS: &'static [(u16, &'static str)] =
        &[UNAUTHORIZED, FORBIDDEN, TOO_MANY, INTERNAL, UNAVAILABLE];
}

pub(crate) struct SetExperiment;

impl Operation for SetExperiment {
    const MEANS: &'static str = "The experiment that is running now, or none";
    const PROBLEMS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "The model of a variant cannot be served; `detail` lists those that can"),
        (409, "Two variants have the same name"),
        TOO_LARGE,
        UNSUPPORTED,
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

#[derive(Debug)]
pub(crate) struct ExperimentsApi {
    pub(crate) store: Store,
    pub(crate) serving: Serving,
}

#[OpenApi(prefix_path = "/experiments", tag = "Tag::Models")]
impl ExperimentsApi {
    /// Get the running experiment
    #[oai(path = "/", method = "get", operation_id = "get_experiment")]
    async fn get(&self) -> Answered<RunningExperiment, GetExperiment> {
        Ok(self.store.experiment().await?.map(RunningExperiment::from).unwrap_or_default().into())
    }

    /// Start, change or end an experiment
    ///
    /// Splits users between models, by weight. Assignment is a fixed hash of the experiment's name and the user id;
    /// docs/api.md has the formula. A user gets the same variant on every instance, and shifting weight between two
    /// neighbouring variants moves users of these two only.
    ///
    /// Activating a model does not end the experiment, and its models are kept as long as it runs. The response is sent
    /// once this instance follows the experiment; other instances follow within moments.
    #[oai(path = "/", method = "put", operation_id = "set_experiment")]
    async fn set(
        &self,
        token: AdminToken,
        wanted: Json<NewExperiment>,
    ) -> Answered<RunningExperiment, SetExperiment> {
        let (subject, name) = (&*token.caller.subject, wanted.0.name.as_ref());
        tracing::info!(subject, name, "changing the experiment");
        self.store.set_experiment(wanted.0.checked()?.as_ref()).await?;
        self.serving.refresh().await;
        Ok(self.store.experiment().await?.map(RunningExperiment::from).unwrap_or_default().into())
    }
}

impl NewExperiment {
    fn checked(self) -> Result<Option<Experiment>, Problem> {
        let mut names = BTreeSet::new();
        if let Some(twice) = self.variants.iter().find(|variant| !names.insert(&variant.name)) {
            let detail = format!("variant {} appears twice; give each a name of its own", twice.name.0);
            return Err(Problem::conflict(detail));
        }
        let variant = |NewVariant { name, version, weight }| Variant {
            name: name.0.to_string(),
            version: version.0,
            weight,
        };
        let variants: Vec<Variant> = self.variants.into_iter().map(variant).collect();
        Ok((!variants.is_empty()).then_some(Experiment { name: self.name.0.to_string(), variants }))
    }
}

impl From<store::RunningExperiment> for RunningExperiment {
    fn from(running: store::RunningExperiment) -> Self {
        let Experiment { name, variants } = running.experiment;
        let sum: f64 = variants.iter().map(|variant| f64::from(variant.weight)).sum();
        let state = |Variant { name, version, weight }| {
            let share = f64::from(weight) / sum;
            RunningVariant { name, version: Id(version), weight, share }
        };
        Self {
            name: Some(name),
            started_at: Some(running.started_at.to_rfc3339()),
            variants: variants.into_iter().map(state).collect(),
        }
    }
}

impl Example for NewExperiment {
    fn example() -> Self {
        let variant =
            |name: &str, version, weight| NewVariant { name: name.into(), version: Id(version), weight };
        Self { name: "rank-128".into(), variants: vec![variant("control", 11, 90), variant("wide", 12, 10)] }
    }
}

impl Example for RunningExperiment {
    fn example() -> Self {
        let variant = |name: &str, version, weight, share| RunningVariant {
            name: name.to_owned(),
            version: Id(version),
            weight,
            share,
        };
        Self {
            name: Some("rank-128".to_owned()),
            started_at: Some("2026-11-02T09:00:00+00:00".to_owned()),
            variants: vec![variant("control", 11, 90, 0.9), variant("wide", 12, 10, 0.1)],
        }
    }
}
