//! Times the solver on ratings in raw files, for `bench/als.py`: one JSON object a line. `bench help` says how.

mod arguments;
mod input;
mod ranking;
mod sgemm;
mod train;

use std::error::Error;
use std::process::ExitCode;
use std::{env, fs};

use arguments::Arguments;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

const HELP: &str = "\
usage: bench train   DATA --movies N [hyper-parameters] [--dump-start FOLDER] [--dump FOLDER]
       bench top-n   DATA --movies N [hyper-parameters] [--factors FOLDER] [--n 100] [--block 2048]
       bench similar DATA --movies N [hyper-parameters] [--factors FOLDER] [--n 50] [--block 8192]
       bench sgemm   [--size 4096] [--repeats 5]

DATA holds the ratings by user: offsets.u64 (users + 1), columns.u32 and values.f32 (one a rating), little-endian.
top-n and similar rank by dumped factors, or by those of one iteration.

hyper-parameters, with their defaults:
  --objective implicit          or explicit
  --rank 64
  --iterations 6
  --regularization 10
  --regularization-exponent 0
  --unobserved-weight 0.1
  --confidence-alpha 0
  --no-biases false             or true (explicit)
  --chunks N                    chunks of users (train), by default one for every 16,777,216 ratings
  --seed 42

everywhere:
  --threads 0                   0 uses all processors";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(error.as_ref()),
    }
}

#[expect(clippy::print_stderr, reason = "an error is for the person who called")]
fn complain(error: &dyn Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

fn run() -> Outcome<()> {
    let mut words = env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let arguments = Arguments::parse(words)?;
    let work: fn(&Arguments) -> Outcome<()> = match command.as_str() {
        "train" => train::train,
        "top-n" => ranking::top_n,
        "similar" => ranking::similar,
        "sgemm" => sgemm::sgemm,
        "help" | "--help" | "-h" => return print_help(),
        other => return Err(format!("there is no command `{other}`: see `bench help`").into()),
    };
    let threads = arguments.number("threads", 0)?;
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    work(&arguments)?;
    report_memory();
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "it ends a match of fallible arms")]
fn print_help() -> Outcome<()> {
    emit(HELP);
    Ok(())
}

/// Prints a line of results.
#[expect(clippy::print_stdout, reason = "printing is what it is for")]
pub(crate) fn emit(line: &str) {
    println!("{line}");
}

/// The most memory that this process has held, where the system tells it, as Linux does.
fn report_memory() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    if let Some(kibibytes) = kibibytes {
        emit(&format!(r#"{{"peak_memory_bytes":{}}}"#, kibibytes * 1024));
    }
}
