//! The task `ingest`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match ingest::inspection() {
        Some(code) => code,
        None => task::run::<ingest::Ingest>(),
    }
}
