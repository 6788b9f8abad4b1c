//! The task `clean`.

fn main() {
    task::run::<clean::Clean>()
}
