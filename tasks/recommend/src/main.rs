//! The task `recommend`.

fn main() {
    task::run::<recommend::Recommend>()
}
