//! The task `publish`.

fn main() {
    task::run::<publish::Publish>()
}
