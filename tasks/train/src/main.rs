//! The task `train`.

fn main() {
    task::run::<train::Train>()
}
