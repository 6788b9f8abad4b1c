//! clean
fn main() {}
