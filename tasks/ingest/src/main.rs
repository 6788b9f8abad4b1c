//! The task `ingest`.

fn main() {
    task::run::<ingest::Ingest>()
}
