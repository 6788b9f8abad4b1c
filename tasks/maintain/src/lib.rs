//! Removes what nobody needs any more: files of the lake, and versions in `PostgreSQL`.

mod arguments;
mod downloads;
mod prune;
mod vacuum;

use task::{CommonArgs, Report, Task};

use crate::arguments::Command;
pub use crate::arguments::Maintain;

impl Task for Maintain {
    const NAME: &'static str = "maintain";

    fn common(&self) -> &CommonArgs {
        &self.common
    }

    async fn run(self) -> anyhow::Result<Report> {
        match &self.command {
            Command::Vacuum(args) => vacuum::vacuum(&self.common, args).await,
            Command::Prune(args) => prune::prune(args).await,
        }
    }
}
