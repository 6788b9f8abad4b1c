//! The recommendation service: `api` serves, `api openapi` prints its description, `api token` a token,
//! and `api health` asks a running one how it is.

use std::process::ExitCode;

use api::{
    args::{Args, Command, TokenCommand},
    auth, logging, probe, server,
};
use clap::Parser;

fn main() -> ExitCode {
    let args = Args::parse();
    match args.command {
        Some(Command::Openapi) => print_spec(),
        Some(Command::Health(command)) => end(&args, || probe::ask(command)),
        Some(Command::Token(ref command)) => print_token(&args, command),
        None => end(&args, || server::run(&args)),
    }
}

#[allow(clippy::print_stdout, reason = "the description is what was asked for")]
fn print_spec() -> ExitCode {
    println!("{}", api::app::spec());
    ExitCode::SUCCESS
}

#[allow(clippy::print_stdout, reason = "the token is what was asked for")]
fn print_token(args: &Args, command: &TokenCommand) -> ExitCode {
    logging::init(args.log_format);
    let secret = command.keys.secret();
    let trust = command.keys.trust(0);
    match secret.and_then(|secret| auth::mint(&secret, &trust, &command.subject, command.scope, command.days))
    {
        Ok(token) => {
            println!("{token}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}

/// Does the work that only tells whether it went well.
fn end(args: &Args, work: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    logging::init(args.log_format);
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    tracing::error!("{error:#}");
    ExitCode::FAILURE
}
