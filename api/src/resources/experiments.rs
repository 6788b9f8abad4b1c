//! `GET /experiments` and `PUT /experiments`: sharing the traffic between models.

use std::collections::BTreeSet;

use poem_openapi::{Object, OpenApi, payload::Json, types::Example};
use serde::Serialize;
use store::{Experiment, RunningExperiment, Store, StoreError, Variant};

use super::{Id, Tag, Text};
use crate::{
    answer::{
        Answer, BAD_REQUEST, FORBIDDEN, INTERNAL, Operation, TOO_LARGE, TOO_MANY, UNAUTHORIZED, UNAVAILABLE,
        UNSUPPORTED,
    },
    auth::AdminToken,
    errors::Fault,
    serving::Serving,
};

/// What to run.
#[derive(Debug, Object)]
#[oai(example)]
pub struct NewExperiment {
    /// Decides, with the user id, who gets which variant: another name shuffles the users.
    #[oai(validator(min_length = 1, max_length = 40, pattern = "^[a-z0-9_-]+$"))]
    pub name: Text,
    /// The variants, with distinct names; none ends the experiment that runs.
    #[oai(validator(max_items = 10))]
    pub variants: Vec<NewVariant>,
}

/// One side of an experiment.
#[derive(Debug, Object)]
pub struct NewVariant {
    /// What answers and metrics call it.
    #[oai(validator(min_length = 1, max_length = 40, pattern = "^[a-z0-9_-]+$"))]
    pub name: Text,
    /// The number of its model.
    pub version: Id,
    /// Its share of the users is this by the sum of all weights.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    pub weight: i32,
}

/// The experiment that runs, if any.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct ExperimentState {
    /// Its name; null while none runs.
    #[oai(nullable)]
    pub name: Option<String>,
    /// Since when, in RFC 3339; null while none runs.
    #[oai(nullable)]
    pub started_at: Option<String>,
    /// Its variants; none while none runs.
    pub variants: Vec<VariantState>,
}

/// One side of the experiment that runs.
#[derive(Debug, Object, Serialize)]
pub struct VariantState {
    /// What answers and metrics call it.
    pub name: String,
    /// The number of its model.
    pub version: Id,
    /// Its weight.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    pub weight: i32,
    /// Its share of the users, from 0 to 1.
    pub share: f64,
}

/// `GET /experiments`.
#[derive(Debug)]
pub struct GetExperiment;

impl Operation for GetExperiment {
    const MEANS: &'static str = "The experiment that runs, or none";
    const FAULTS: &'static [(u16, &'static str)] =
        &[UNAUTHORIZED, FORBIDDEN, TOO_MANY, INTERNAL, UNAVAILABLE];
}

/// `PUT /experiments`.
#[derive(Debug)]
pub struct SetExperiment;

impl Operation for SetExperiment {
    const MEANS: &'static str = "The experiment that runs now, or none";
    const FAULTS: &'static [(u16, &'static str)] = &[
        BAD_REQUEST,
        UNAUTHORIZED,
        FORBIDDEN,
        (404, "A variant's model cannot be served; the detail lists those that can"),
        (409, "Two variants have the same name"),
        TOO_LARGE,
        UNSUPPORTED,
        TOO_MANY,
        INTERNAL,
        UNAVAILABLE,
    ];
}

/// The calls of this module.
#[derive(Debug)]
pub struct ExperimentsApi {
    /// Knows the experiment.
    pub store: Store,
    /// Shares the traffic.
    pub serving: Serving,
}

#[OpenApi(prefix_path = "/experiments", tag = "Tag::Models")]
impl ExperimentsApi {
    /// Look the running experiment up
    #[oai(path = "/", method = "get", operation_id = "get_experiment")]
    async fn get(&self) -> Answer<ExperimentState, GetExperiment> {
        self.state().await.into()
    }

    /// Start, change or end an experiment
    ///
    /// Shares the users between models, by weight. A user always gets the same variant, on every instance: the first
    /// one at which the weights so far add up to more than `hash * sum of the weights / 2^64`, where the hash is that
    /// of splitmix64, seeded with the FNV-1a hash of the name, at the user id. So shifting weight between two
    /// neighbours moves users of these two only.
    ///
    /// Activating a model leaves the experiment alone, and its models are kept as long as it runs. The answer comes
    /// once this instance follows the experiment; others do within moments.
    #[oai(path = "/", method = "put", operation_id = "set_experiment")]
    async fn set(
        &self,
        token: AdminToken,
        wanted: Json<NewExperiment>,
    ) -> Answer<ExperimentState, SetExperiment> {
        tracing::info!(
            subject = &*token.caller.subject,
            name = wanted.0.name.as_ref(),
            "changing the experiment"
        );
        self.replace(wanted.0).await.into()
    }
}

impl ExperimentsApi {
    async fn state(&self) -> Result<ExperimentState, Fault> {
        Ok(self.store.experiment().await?.map_or_else(ExperimentState::none, ExperimentState::from))
    }

    async fn replace(&self, wanted: NewExperiment) -> Result<ExperimentState, Fault> {
        let experiment = wanted.checked()?;
        self.store.set_experiment(experiment.as_ref()).await.map_err(|error| match &error {
            StoreError::UnservableVariant { .. } => Fault::not_found(error.to_string()),
            _ => error.into(),
        })?;
        self.serving.refresh().await;
        self.state().await
    }
}

impl NewExperiment {
    fn checked(self) -> Result<Option<Experiment>, Fault> {
        let mut names = BTreeSet::new();
        if let Some(twice) = self.variants.iter().find(|variant| !names.insert(&variant.name)) {
            return Err(Fault::conflict(format!(
                "variant {} comes twice; give each a name of its own",
                twice.name.0
            )));
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

impl ExperimentState {
    fn none() -> Self {
        Self { name: None, started_at: None, variants: Vec::new() }
    }
}

impl From<RunningExperiment> for ExperimentState {
    fn from(running: RunningExperiment) -> Self {
        let Experiment { name, variants } = running.experiment;
        let sum: f64 = variants.iter().map(|variant| f64::from(variant.weight)).sum();
        let state = |Variant { name, version, weight }| {
            let share = f64::from(weight) / sum;
            VariantState { name, version: Id(version), weight, share }
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

impl Example for ExperimentState {
    fn example() -> Self {
        let variant = |name: &str, version, weight, share| VariantState {
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
