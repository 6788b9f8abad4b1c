//! The one place of unsafe code: asking for memory before it is needed.
#![allow(unsafe_code, reason = "a prefetch is a hint: it reads nothing, and no address is wrong")]

/// Floats of a cache line.
const LINE: usize = 16;

/// Asks for a row to be brought into the L2 cache.
#[inline(always)]
pub(crate) fn prefetch(row: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        let last = row.len().saturating_sub(1);
        for place in (0..row.len()).step_by(LINE).chain([last]) {
            // SAFETY: a prefetch has no effect but on the caches, at any address.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(row.as_ptr().wrapping_add(place).cast()) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (row, LINE);
}
