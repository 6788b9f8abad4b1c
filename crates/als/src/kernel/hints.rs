//! The one place of unsafe code: telling the machine what memory will be needed for. Hints change no number.
#![allow(unsafe_code, reason = "a hint reads and writes nothing")]

/// Bytes of a cache line.
const LINE: usize = 64;

/// Asks for a row to be brought into the L2 cache.
#[inline(always)]
pub(crate) fn prefetch(row: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        let bytes = row.as_ptr().cast::<i8>();
        let before = bytes.addr() % LINE;
        for place in (0..before + size_of_val(row)).step_by(LINE) {
            // SAFETY: a prefetch has no effect but on the caches, at any address.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(bytes.wrapping_sub(before).wrapping_add(place)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (row, LINE);
}

/// Asks for memory that is not in use yet to be made of huge pages: rows of it are looked up at random, and a table of small
/// pages would itself not fit the caches.
pub(crate) fn use_huge_pages(numbers: &mut [f32]) {
    #[cfg(target_os = "linux")]
    {
        use rustix::mm::{Advice, madvise};
        let page = rustix::param::page_size();
        let inside = numbers.as_ptr().addr().next_multiple_of(page) - numbers.as_ptr().addr();
        let length = size_of_val(numbers).saturating_sub(inside);
        let begin = numbers.as_mut_ptr().cast::<u8>().wrapping_add(inside);
        // SAFETY: the pages lie within memory that is borrowed here, and the advice does not change what they hold.
        // A system that cannot follow it says so, and nothing is lost.
        let _ = unsafe { madvise(begin.cast(), length, Advice::LinuxHugepage) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = numbers;
}
