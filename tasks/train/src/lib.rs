//! Trains the ALS model on the silver ratings.

mod arguments;
mod choose;
mod fit;
mod pace;
mod validation;
mod write;

use als::TrainingSet;
use anyhow::ensure;
use contract::{Hyperparameters, ModelCard, ModelKind, Served, Training};
use histories::{Histories, Times};
use lakehouse::tables::{GoldModels, GoldMovieFactors, GoldUserFactors, SilverRatings, gold_models};
use lakehouse::{Table, TableSpec, UntypedWriter, Version};
use task::{CommonArgs, Report, Run, Step, WrongUsage, read_histories};

pub use crate::arguments::Train;
use crate::choose::Choice;
use crate::fit::Trained;
use crate::pace::Deadline;

impl Step for Train {
    const NAME: &'static str = "train";
    const INPUT: Option<&'static TableSpec> = Some(SilverRatings::SPEC);
    /// A model that has a card is whole.
    const OUTPUTS: &'static [&'static TableSpec] =
        &[GoldUserFactors::SPEC, GoldMovieFactors::SPEC, GoldModels::SPEC];

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn check(&self) -> Result<(), WrongUsage> {
        self.check_flags()
    }

    async fn work(&self, run: &Run) -> anyhow::Result<Option<Vec<UntypedWriter>>> {
        let ratings = run.read::<SilverRatings>().await?;
        let hyperparameters = self.hyperparameters();
        let (times, rank) = (Times::for_learning(&hyperparameters), hyperparameters.rank);
        let histories = read_histories(run, &self.memory, &ratings, times, rank).await?;
        let histories = histories.without_holdout(self.holdout);
        let (users, movies) = (histories.users().clone(), histories.movies().clone());
        let (choice, trained) = self.train(histories)?;
        let card = self.card(ratings.version(), &choice, &trained)?;
        let run = run.made_from(self.inputs_of(&choice, &trained));
        write::model(&run, (&users, &movies), &card, trained.model).await.map(Some)
    }

    async fn describe(&self, run: &Run, mut report: Report) -> anyhow::Result<Report> {
        let card = gold_models::of_run(run.lake(), run.id()).await?;
        write::add_figures(&mut report, &card);
        Ok(report)
    }
}

impl Train {
    /// Trains on the histories, which are without the holdout, what was chosen.
    fn train(&self, histories: Histories) -> anyhow::Result<(Choice, Trained)> {
        let deadline = Deadline::after(self.max_seconds);
        let choice = choose::choose(self, &histories)?;
        let before_holdout = histories.len();
        let (ratings, config) = histories.into_training_of(&choice.hyperparameters, 0.0)?;
        ensure!(
            !ratings.is_empty(),
            "none of the {before_holdout} ratings before the holdout is left to train on: lower --min-rating ({}) or \
             --holdout ({})",
            choice.hyperparameters.min_rating,
            self.holdout
        );
        let set = TrainingSet::new(&ratings, choice.hyperparameters.chunks)?;
        let trained = fit::fit(&set, &config, deadline)?;
        Ok((choice, trained))
    }

    /// What attempts of a run must agree on. A time limit may end them differently: their tables must not be mixed.
    fn inputs_of(&self, choice: &Choice, trained: &Trained) -> String {
        format!("{}, trained {:?}, {} iterations", self.given(), choice.hyperparameters, trained.iterations)
    }

    /// How the model was made.
    fn card(&self, ratings: Version, choice: &Choice, trained: &Trained) -> anyhow::Result<ModelCard> {
        ensure!(
            trained.loss.is_finite(),
            "training diverged, its loss is {}: raise --regularization",
            trained.loss
        );
        Ok(ModelCard {
            model: ModelKind::Als,
            hyperparameters: Hyperparameters {
                iterations: trained.iterations,
                chunks: Some(trained.chunks),
                ..choice.hyperparameters
            },
            training: Training {
                holdout: self.holdout,
                global_mean: f64::from(trained.model.global_mean()),
                ratings_version: ratings,
                training_ratings: u64::try_from(trained.ratings)?,
                training_seconds: trained.seconds,
                final_loss: trained.loss,
                tuned_trials: choice.trials,
                validation_metric: choice.measured.map(|measured| measured.yardstick),
                validation_value: choice.measured.map(|measured| measured.value),
            },
            served: Served::default(),
        })
    }
}
