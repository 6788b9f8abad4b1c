//! The recommendation service: `api` serves, `api openapi` prints its description, `api token` a token.

use std::process::ExitCode;

use api::{
    args::{Args, Command, TokenCommand},
    auth, logging, server,
};
use clap::Parser;

fn main() -> ExitCode {
    let args = Args::parse();
    match args.command {
        Some(Command::Openapi) => print_spec(),
        Some(Command::Token(ref command)) => print_token(&args, command),
        None => serve(&args),
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

fn serve(args: &Args) -> ExitCode {
    logging::init(args.log_format);
    match server::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    tracing::error!("{error:#}");
    ExitCode::FAILURE
}
