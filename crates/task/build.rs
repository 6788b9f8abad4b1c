//! Tells the program which git revision it was built from.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=CINELAKE_REVISION");
    println!("cargo::rerun-if-changed=../../.git/logs/HEAD");
    let revision = std::env::var("CINELAKE_REVISION").ok().or_else(git_revision);
    println!("cargo::rustc-env=CINELAKE_REVISION={}", revision.as_deref().unwrap_or("unknown"));
}

fn git_revision() -> Option<String> {
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    let revision = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| revision.trim().to_owned())
}
