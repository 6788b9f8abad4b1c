//! How much memory ratings may take, and the files that they lie in beyond it.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use als::{Allocate, Memory, Region};
use histories::{Tally, Times};
use memmap2::MmapMut;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// The flag of the steps that hold ratings in memory.
#[derive(Debug, Clone, clap::Args)]
pub struct MemoryArgs {
    /// Memory that ratings and factors may take, such as 16G. If they need more, ratings lie in files of --scratch: slower, and
    /// the same numbers [default: 80 % of what the machine or the container has]
    #[arg(long, env = "MEMORY", value_name = "BYTES", value_parser = bytes)]
    memory: Option<u64>,
}

impl MemoryArgs {
    /// Where ratings lie that were counted, if a factor of each user and movie takes `rank` numbers.
    pub(crate) fn of_ratings(&self, scratch: &Path, tally: &Tally, times: Times, rank: usize) -> Memory {
        let needed = needed(tally, times, rank);
        let given = self.memory.or_else(available);
        if given.is_none_or(|given| needed <= given) {
            return Memory::default();
        }
        tracing::info!(needed, given, folder = %scratch.display(), "ratings lie in files: they need more memory than is given");
        Memory::given_by(Arc::new(Scratch { folder: scratch.to_owned() }))
    }
}

/// Bytes at the peak, about: the histories, the two orientations that a model learns from where it learns from all of them, and the
/// factors and ids of both sides.
fn needed(tally: &Tally, times: Times, rank: usize) -> u64 {
    const ROW: usize = 64;
    let column = size_of::<u32>();
    let rating = match times {
        Times::Drop => 3 * (column + size_of::<u8>()),
        // Weights that fade are of any number; histories are copied with their times.
        Times::Keep => 2 * (column + size_of::<f32>()) + column + 2 * size_of::<i64>(),
    };
    let rows = (tally.users() + tally.movies()).saturating_mul(rank * size_of::<f32>() + ROW);
    (tally.ratings().saturating_mul(rating).saturating_add(rows)) as u64
}

/// Most of what the container or the machine has, where that can be told.
fn available() -> Option<u64> {
    let number = |path: &str| std::fs::read_to_string(path).ok()?.trim().parse().ok();
    let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].map(number);
    let least: u64 = limits.into_iter().flatten().chain(of_machine()).min()?;
    Some(least / 5 * 4)
}

fn of_machine() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Reads a number of bytes, perhaps in units of 1024.
fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) =
        text.split_at(text.find(|letter: char| letter.is_alphabetic()).unwrap_or(text.len()));
    let shift = match unit.to_ascii_uppercase().trim_end_matches('B').trim_end_matches('I') {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(format!("{unit:?} is no unit: give bytes, or a number with K, M, G or T")),
    };
    let number: u64 = number.trim().parse().map_err(|_| "give a whole number, such as 16G".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "too much".to_owned())
}

/// Files that have no name: whatever becomes of the program, nothing of them stays.
#[derive(Debug)]
struct Scratch {
    folder: PathBuf,
}

impl Allocate for Scratch {
    fn zeros(&self, bytes: usize) -> io::Result<Box<dyn Region>> {
        let file = tempfile::tempfile_in(&self.folder)?;
        reserve(&file, bytes)?;
        map(&file)
    }
}

/// Takes the room on disk at once: where it ran out only when a page is written, the program would be killed.
fn reserve(mut file: &File, bytes: usize) -> io::Result<()> {
    static BLOCK: [u8; 1 << 16] = [0; 1 << 16];
    match fallocate(file, FallocateFlags::empty(), 0, bytes as u64) {
        // Not every file system can.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
            for begin in (0..bytes).step_by(BLOCK.len()) {
                file.write_all(&BLOCK[..BLOCK.len().min(bytes - begin)])?;
            }
            Ok(())
        }
        reserved => Ok(reserved?),
    }
}

#[allow(
    unsafe_code,
    reason = "only whoever holds a file can change it under its mapping, and nobody else holds this one"
)]
fn map(file: &File) -> io::Result<Box<dyn Region>> {
    // SAFETY: the file has no name, and its only handle is about to be closed.
    Ok(Box::new(unsafe { MmapMut::map_mut(file)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_any_unit() {
        for (text, expected) in
            [("0", 0), ("17", 17), ("3k", 3 << 10), ("16G", 16 << 30), ("2 MiB", 2 << 20), ("1tb", 1 << 40)]
        {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "G", "1.5G", "-1", "3 apples", "99999999T"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn files_hold_what_is_written_and_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::given_by(Arc::new(Scratch { folder: folder.path().to_owned() }));
        let mut array = memory.zeros::<u32>(100_000).unwrap();
        assert!(array.iter().all(|&number| number == 0));
        for (number, entry) in (0..).zip(array.iter_mut()) {
            *entry = number;
        }
        array.truncate(70_000);
        assert!(array.iter().copied().eq(0..70_000));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(memory.zeros::<u32>(0).unwrap().is_empty());
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let memory = Memory::given_by(Arc::new(Scratch { folder: "/no/such/folder".into() }));
        let error = memory.zeros::<u8>(7).unwrap_err().to_string();
        assert!(error.contains("7 bytes") && error.contains("--scratch"), "{error}");
    }

    #[test]
    fn the_machine_tells_what_it_has() {
        assert!(available().unwrap() <= of_machine().unwrap() / 5 * 4);
    }
}
