//! A progress bar on standard error, for people.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Progress of long work. Draws only when standard error is a terminal; never touches standard output.
#[derive(Debug, Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar of items, or a spinner that counts when the total is not known.
    #[must_use]
    pub fn items(what: &'static str, total: Option<u64>) -> Self {
        Self::new(what, total, "{pos}/{len} ({per_sec}, {eta} left)", "{human_pos} ({per_sec})")
    }

    /// A bar of bytes, or a spinner when the total is not known.
    #[must_use]
    pub fn bytes(what: &'static str, total: Option<u64>) -> Self {
        let bar = "{bytes}/{total_bytes} ({bytes_per_sec}, {eta} left)";
        Self::new(what, total, bar, "{bytes} ({bytes_per_sec})")
    }

    fn new(what: &'static str, total: Option<u64>, bar: &str, spinner: &str) -> Self {
        let (progress, template) = match total {
            Some(total) => (ProgressBar::new(total), format!("{{msg}} {{wide_bar}} {bar}")),
            None => (ProgressBar::new_spinner(), format!("{{msg}} {{spinner}} {spinner}")),
        };
        // The templates are constants above; a wrong one would only cost the looks.
        if let Ok(style) = ProgressStyle::with_template(&template) {
            progress.set_style(style);
        }
        progress.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        progress.set_message(what);
        Self(progress)
    }

    /// Some more is done.
    pub fn add(&self, done: u64) {
        self.0.inc(done);
    }

    /// This much is done.
    pub fn set(&self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
