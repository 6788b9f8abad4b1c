//! The command line: an optional folder and flags with values.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use als::{Config, Objective, Solver};

use crate::Outcome;

/// The arguments after the command. Flags are taken out as they are read, so that what is left is unknown.
pub(crate) struct Arguments {
    folder: Option<PathBuf>,
    flags: RefCell<BTreeMap<String, String>>,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut folder = None;
        let mut flags = BTreeMap::new();
        while let Some(word) = words.next() {
            match word.strip_prefix("--") {
                Some(name) => {
                    let value = words.next().ok_or_else(|| format!("--{name} needs a value"))?;
                    flags.insert(name.to_owned(), value);
                }
                None if folder.is_none() => folder = Some(PathBuf::from(word)),
                None => return Err(format!("`{word}` is one argument too many").into()),
            }
        }
        Ok(Self { folder, flags: RefCell::new(flags) })
    }

    /// Where the ratings are.
    pub(crate) fn folder(&self) -> Outcome<&PathBuf> {
        Ok(self.folder.as_ref().ok_or("name the folder of the ratings")?)
    }

    /// The text of a flag, if it was given.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.flags.borrow_mut().remove(name)
    }

    /// The value of a flag, or its default.
    pub(crate) fn number<T: FromStr>(&self, name: &str, default: T) -> Outcome<T> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.parse().map_err(|_| format!("--{name} cannot be `{text}`: see `bench help`").into())
    }

    /// The hyper-parameters.
    pub(crate) fn config(&self) -> Outcome<Config> {
        let unobserved_weight = self.number("unobserved-weight", 0.1)?;
        let confidence_alpha = self.number("confidence-alpha", 0.0)?;
        let biases = !self.number("no-biases", false)?;
        let objective = match self.text("objective").as_deref() {
            None | Some("implicit") => Objective::Implicit { unobserved_weight, confidence_alpha },
            Some("explicit") => Objective::Explicit { biases },
            Some(other) => return Err(format!("--objective is implicit or explicit, not `{other}`").into()),
        };
        let steps = self.number("cg-steps", 3)?;
        let solver = match self.text("solver").as_deref() {
            None | Some("cholesky") => Solver::Cholesky,
            Some("cg") => Solver::ConjugateGradient { steps },
            Some(other) => return Err(format!("--solver is cholesky or cg, not `{other}`").into()),
        };
        Ok(Config {
            objective,
            solver,
            rank: self.number("rank", 64)?,
            iterations: self.number("iterations", 6)?,
            regularization: self.number("regularization", 10.0)?,
            regularization_exponent: self.number("regularization-exponent", 0.0)?,
            seed: self.number("seed", 42)?,
        })
    }

    /// Refuses flags that nothing has read: they are misspelt or belong to another command.
    pub(crate) fn all_used(&self) -> Outcome<()> {
        match self.flags.borrow().keys().next() {
            Some(name) => Err(format!("--{name} is no flag of this command: see `bench help`").into()),
            None => Ok(()),
        }
    }
}
