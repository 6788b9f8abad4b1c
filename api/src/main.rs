//! The recommendation service: `api` serves, `api openapi` prints its description, `api token` a token,
//! and `api health` asks a running one how it is.

use std::process::ExitCode;

use anyhow::Result;
use api::{
    app,
    args::{Args, Command},
    logging, probe, server,
};
use clap::Parser;

fn main() -> ExitCode {
    let args = Args::parse();
    logging::init(args.log_format);
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, reason = "what is printed is what was asked for")]
fn run(args: &Args) -> Result<()> {
    match &args.command {
        Some(Command::Openapi) => println!("{}", app::spec()),
        Some(Command::Token(command)) => println!("{}", command.run()?),
        Some(Command::Health(command)) => probe::ask(*command)?,
        None => server::run(args)?,
    }
    Ok(())
}
