//! The losses and their row minima, written down naively over every pair in double precision. Shares no code with the crate.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a panic is the failure message of a test")]

/// Random numbers good enough for tests (Knuth's MMIX generator).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap()
    }

    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.next() % limit
    }

    /// Uniform on [-1, 1), in steps that single precision holds exactly.
    pub(crate) fn signed(&mut self) -> f64 {
        f64::from(self.below(1 << 20)) / f64::from(1 << 19) - 1.0
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) factor: Vec<f64>,
    pub(crate) bias: f64,
}

impl Row {
    pub(crate) fn random(rank: usize, biases: bool, random: &mut Random) -> Self {
        let factor = (0..rank).map(|_| random.signed()).collect();
        Self { factor, bias: if biases { random.signed() } else { 0.0 } }
    }

    pub(crate) fn of(factor: &[f32], bias: f32) -> Self {
        Self { factor: factor.iter().copied().map(f64::from).collect(), bias: f64::from(bias) }
    }

    pub(crate) fn dot(&self, other: &Self) -> f64 {
        self.factor.iter().zip(&other.factor).map(|(left, right)| left * right).sum()
    }

    pub(crate) fn squared_norm(&self) -> f64 {
        self.dot(self) + self.bias * self.bias
    }

    /// The unknowns in one list: the factor, and the bias if there is one.
    pub(crate) fn unknowns(&self, biases: bool) -> Vec<f64> {
        self.factor.iter().copied().chain(biases.then_some(self.bias)).collect()
    }
}

/// A problem small enough to be dense: `ratings[row][column]`.
#[derive(Clone, Debug)]
pub(crate) struct Dense {
    pub(crate) ratings: Vec<Vec<Option<f64>>>,
    pub(crate) implicit: bool,
    pub(crate) biases: bool,
    pub(crate) alpha0: f64,
    pub(crate) alpha: f64,
    pub(crate) lambda: f64,
    pub(crate) nu: f64,
    pub(crate) mean: f64,
}

impl Dense {
    pub(crate) fn transposed(&self) -> Self {
        let columns = self.ratings[0].len();
        let column = |index: usize| self.ratings.iter().map(|row| row[index]).collect();
        Self { ratings: (0..columns).map(column).collect(), ..self.clone() }
    }

    fn ridge(&self, rated: usize, opposite: usize) -> f64 {
        let number = |count: usize| f64::from(u32::try_from(count).unwrap());
        let alpha0 = if self.implicit { self.alpha0 } else { 0.0 };
        self.lambda * (number(rated) + alpha0 * number(opposite)).powf(self.nu)
    }

    fn row_ridge(&self, row: usize) -> f64 {
        self.ridge(self.ratings[row].iter().flatten().count(), self.ratings[row].len())
    }

    /// The loss, over every pair.
    pub(crate) fn loss(&self, rows: &[Row], columns: &[Row]) -> f64 {
        let mut loss = 0.0;
        for (row, ratings) in rows.iter().zip(&self.ratings) {
            for (column, rating) in columns.iter().zip(ratings) {
                let score = row.dot(column);
                if self.implicit {
                    loss += self.alpha0 * score * score;
                }
                if let Some(rating) = rating {
                    loss += if self.implicit {
                        (1.0 + self.alpha * rating) * (1.0 - score).powi(2)
                    } else {
                        (rating - self.mean - row.bias - column.bias - score).powi(2)
                    };
                }
            }
        }
        let transposed = self.transposed();
        let of_rows = rows.iter().enumerate().map(|(index, row)| self.row_ridge(index) * row.squared_norm());
        let of_columns = columns
            .iter()
            .enumerate()
            .map(|(index, column)| transposed.row_ridge(index) * column.squared_norm());
        loss + of_rows.sum::<f64>() + of_columns.sum::<f64>()
    }

    /// The exact minimum of the loss in one row: dense normal equations, Gaussian elimination.
    pub(crate) fn minimum(&self, index: usize, columns: &[Row]) -> Row {
        let rank = columns[0].factor.len();
        if self.ratings[index].iter().all(Option::is_none) {
            // Explicit: every row is a minimum, and zero the least of them.
            return Row { factor: vec![0.0; rank], bias: 0.0 };
        }
        let dimension = rank + usize::from(self.biases);
        let mut matrix = vec![vec![0.0; dimension + 1]; dimension];
        let ridge = self.row_ridge(index);
        for (diagonal, equation) in matrix.iter_mut().enumerate() {
            equation[diagonal] += ridge;
        }
        for (column, rating) in columns.iter().zip(&self.ratings[index]) {
            let mut vector = column.factor.clone();
            vector.extend(self.biases.then_some(1.0));
            let (mut weight, mut target) = (if self.implicit { self.alpha0 } else { 0.0 }, 0.0);
            if let Some(rating) = rating {
                let w = if self.implicit { 1.0 + self.alpha * rating } else { 1.0 };
                weight += w;
                target = if self.implicit { w } else { rating - self.mean - column.bias };
            }
            for (equation, left) in matrix.iter_mut().zip(&vector) {
                for (entry, right) in equation.iter_mut().zip(&vector) {
                    *entry += weight * left * right;
                }
                equation[dimension] += target * left;
            }
        }
        let solution = eliminate(matrix);
        let bias = if self.biases { solution[rank] } else { 0.0 };
        Row { factor: solution[..rank].to_vec(), bias }
    }
}

/// Solves `[A | b]` by Gaussian elimination with pivoting.
fn eliminate(mut matrix: Vec<Vec<f64>>) -> Vec<f64> {
    let n = matrix.len();
    for step in 0..n {
        let pivot =
            (step..n).max_by(|&a, &b| matrix[a][step].abs().total_cmp(&matrix[b][step].abs())).unwrap();
        matrix.swap(step, pivot);
        let pivot = matrix[step].clone();
        for (row, equation) in matrix.iter_mut().enumerate() {
            if row != step {
                let share = equation[step] / pivot[step];
                for (entry, above) in equation.iter_mut().zip(&pivot) {
                    *entry -= share * above;
                }
            }
        }
    }
    (0..n).map(|row| matrix[row][n] / matrix[row][row]).collect()
}
