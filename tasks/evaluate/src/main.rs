//! The task `evaluate`.

fn main() {
    task::run::<evaluate::Evaluate>()
}
