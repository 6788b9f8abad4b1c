//! What the process takes of the machine, under the names that every Prometheus client has for it.
//!
//! Read from `/proc` at each scrape, so only on Linux. Written out here because the counters of `metrics` hold whole
//! numbers, and a busy service would count no processor time for a second at a time.

use std::{fmt::Write, fs, path::Path};

/// Seconds a processor has worked, and so on: kind, name, meaning, value.
type Figure = (&'static str, &'static str, &'static str, Option<f64>);

/// The text for Prometheus; what the system does not tell is left out.
pub(super) fn render() -> String {
    let figures: [Figure; 5] = [
        ("gauge", "process_resident_memory_bytes", "memory in use", resident_bytes()),
        ("counter", "process_cpu_seconds_total", "processor time so far, of user and system", cpu_seconds()),
        ("gauge", "process_open_fds", "open file descriptors, sockets included", open_fds()),
        ("gauge", "process_max_fds", "most file descriptors that may be open", max_fds()),
        ("gauge", "process_start_time_seconds", "when the process began, since 1970", start_seconds()),
    ];
    let mut text = String::new();
    for (kind, name, help, value) in figures {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n\n");
        }
    }
    text
}

fn resident_bytes() -> Option<f64> {
    let kilobytes = field("/proc/self/status", "VmRSS:")?.split_whitespace().next()?.parse::<u32>().ok()?;
    Some(f64::from(kilobytes) * 1024.0)
}

fn cpu_seconds() -> Option<f64> {
    Some(own_ticks(UTIME)? + own_ticks(STIME)?)
}

fn open_fds() -> Option<f64> {
    // The folder is itself open while it is read.
    let open = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
    Some(f64::from(u32::try_from(open).ok()?))
}

/// The soft limit, the one that is met. `unlimited` is infinite.
fn max_fds() -> Option<f64> {
    let limits = field("/proc/self/limits", "Max open files")?;
    match limits.split_whitespace().next()? {
        "unlimited" => Some(f64::INFINITY),
        limit => limit.parse().ok(),
    }
}

fn start_seconds() -> Option<f64> {
    let boot: f64 = field("/proc/stat", "btime ")?.trim().parse().ok()?;
    Some(boot + own_ticks(STARTTIME)?)
}

/// Places in `/proc/self/stat` behind the name of the program: fields 14, 15 and 22 of proc(5).
const UTIME: usize = 11;
const STIME: usize = 12;
const STARTTIME: usize = 19;

/// A time of `/proc/self/stat`, in seconds.
#[allow(clippy::cast_precision_loss, reason = "ticks are far below 2^52")]
fn own_ticks(place: usize) -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name may hold spaces and parentheses.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: u64 = fields.split(' ').nth(place)?.parse().ok()?;
    Some(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// The rest of the line that begins with `name`.
fn field(path: impl AsRef<Path>, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::time::{Instant, SystemTime, UNIX_EPOCH};

    use super::*;

    #[test]
    fn every_figure_is_told_with_its_kind() {
        let text = render();
        for (kind, name) in [
            ("gauge", "process_resident_memory_bytes"),
            ("counter", "process_cpu_seconds_total"),
            ("gauge", "process_open_fds"),
            ("gauge", "process_max_fds"),
            ("gauge", "process_start_time_seconds"),
        ] {
            assert!(text.contains(&format!("# TYPE {name} {kind}\n{name} ")), "{name}: {text}");
        }
    }

    #[test]
    fn the_figures_are_of_this_process() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
        let age = now - start_seconds().unwrap();
        assert!((-2.0..3600.0).contains(&age), "it began {age} s ago");
        assert!(resident_bytes().unwrap() > 100_000.0);
        let (open, before) = (open_fds().unwrap(), cpu_seconds().unwrap());
        let files: Vec<_> = (0..5).map(|_| fs::File::open("/proc/self/stat").unwrap()).collect();
        assert!(open_fds().unwrap() >= open + 1.0 && open_fds().unwrap() <= max_fds().unwrap());
        drop(files);
        let until = Instant::now();
        while cpu_seconds().unwrap() <= before {
            assert!(until.elapsed().as_secs() < 10, "no processor time is counted");
        }
    }
}
