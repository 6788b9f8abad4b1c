//! The program `admin`.

fn main() {
    task::run::<admin::Admin>()
}
