//! The inner loops, compiled for several instruction sets and chosen when the program runs.
//!
//! A kernel is written once, against [`pulp::Simd`], as a type that implements [`pulp::WithSimd`]; [`Kernel::run`] picks the
//! compiled version. All of them rest on one piece of arithmetic, the register tile of the module `tile`:
//! `C += sum_p a_p b_p^T`. The row solver uses it for the products of a panel and for its Cholesky factor, the ranking for scores.
//!
//! Whatever runs inside must be `#[inline(always)]`: only then is it compiled with the wider instructions.
//!
//! `equations` is the plain version beside them, in double precision.

pub(crate) mod buffer;
pub(crate) mod cholesky;
pub(crate) mod conjugate_gradient;
pub(crate) mod equations;
pub(crate) mod hints;
pub(crate) mod panel;
pub(crate) mod system;
pub(crate) mod tile;

use pulp::{Arch, WithSimd};

/// Rows of numbers are padded to a multiple of this, the widest vector there is, with zeros.
pub(crate) const PADDING: usize = 16;

/// The equations have no solution in the precision they were solved in.
#[derive(Debug)]
pub(crate) struct Breakdown;

/// An instruction set of this machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernel(Arch);

impl Kernel {
    /// The widest that this machine has.
    pub(crate) fn best() -> Self {
        Self(Arch::new())
    }

    /// Runs an operation compiled for this instruction set.
    #[inline(always)]
    pub(crate) fn run<Operation: WithSimd>(self, operation: Operation) -> Operation::Output {
        self.0.dispatch(operation)
    }

    /// How many single precision numbers a vector has.
    pub(crate) fn lanes(self) -> usize {
        struct Lanes;
        impl WithSimd for Lanes {
            type Output = usize;
            #[inline(always)]
            fn with_simd<S: pulp::Simd>(self, _simd: S) -> usize {
                S::F32_LANES
            }
        }
        self.run(Lanes)
    }

    /// What it is called in the log.
    pub(crate) fn name(self) -> &'static str {
        match (self.lanes(), cfg!(target_arch = "x86_64")) {
            (16, true) => "avx512",
            (8, true) => "avx2",
            (4, _) => "neon",
            _ => "portable",
        }
    }

    /// Every instruction set this machine has, to test them all.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self(Arch::Scalar)];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(pulp::x86::V3::try_new().map(|simd| Self(Arch::V3(simd))));
            all.extend(pulp::x86::V4::try_new().map(|simd| Self(Arch::V4(simd))));
        }
        #[cfg(target_arch = "aarch64")]
        all.extend(pulp::aarch64::Neon::try_new().map(|simd| Self(Arch::Neon(simd))));
        all
    }
}

/// The name of the instruction set that the solver and the ranking use on this machine.
#[must_use]
pub fn kernel_name() -> &'static str {
    Kernel::best().name()
}

/// `length` padded to whole vectors of any kind.
pub(crate) fn padded(length: usize) -> usize {
    length.next_multiple_of(PADDING)
}

#[cfg(test)]
mod tests;
