//! The recommendation service: `api` serves, `api openapi` prints its description.

use std::process::ExitCode;

use api::{
    args::{Args, Command},
    logging, server,
};
use clap::Parser;

fn main() -> ExitCode {
    let args = Args::parse();
    match args.command {
        Some(Command::Openapi) => print_spec(),
        None => serve(&args),
    }
}

#[allow(clippy::print_stdout, reason = "the description is what was asked for")]
fn print_spec() -> ExitCode {
    println!("{}", api::app::spec());
    ExitCode::SUCCESS
}

fn serve(args: &Args) -> ExitCode {
    logging::init(args.log_format);
    match server::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
