//! recommend
fn main() {}
