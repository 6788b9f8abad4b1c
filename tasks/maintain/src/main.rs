//! The task `maintain`.

fn main() {
    task::run::<maintain::Maintain>()
}
