//! `bench sgemm`: the most arithmetic that a general matrix product gets out of this machine.

use std::time::Instant;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use rayon::prelude::*;

use crate::arguments::Arguments;
use crate::{Outcome, emit};

/// Multiplies square matrices, each thread its own columns of the product, and keeps the best time.
#[expect(clippy::cast_precision_loss, reason = "a count of operations need not be exact")]
pub(crate) fn sgemm(arguments: &Arguments) -> Outcome<()> {
    let (size, repeats) = (arguments.number("size", 4_096_usize)?, arguments.number("repeats", 5)?);
    arguments.all_used()?;
    let columns = size.div_ceil(rayon::current_num_threads());
    let number = |row: usize, column: usize| if (row + 2 * column).is_multiple_of(3) { 0.5 } else { 0.25 };
    let left = Mat::<f32>::from_fn(size, size, number);
    let right = Mat::<f32>::from_fn(size, columns, number);
    let mut products = vec![Mat::<f32>::zeros(size, columns); rayon::current_num_threads()];
    let multiply = |product: &mut Mat<f32>| {
        matmul(product.as_mut(), Accum::Replace, &left, &right, 1.0, Par::Seq);
    };
    let mut best = f64::INFINITY;
    for _ in 0..repeats {
        let started = Instant::now();
        products.par_iter_mut().for_each(multiply);
        best = best.min(started.elapsed().as_secs_f64());
    }
    let operations = 2.0 * (size * size * columns * products.len()) as f64;
    emit(&format!(r#"{{"gflops":{},"seconds":{best}}}"#, operations / best / 1e9));
    Ok(())
}
