//! The flags for the front ends.

use std::path::PathBuf;

use clap::Args;

use super::Site;

/// The pages that are served beside the calls.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Front ends")]
pub struct SiteArgs {
    /// Folder of the plain page, served under /ui/; in the source frontend/html
    #[arg(long, env = "API_UI_DIR", value_name = "FOLDER")]
    pub ui_dir: Option<PathBuf>,

    /// Folder of the built app, served under /app/; in the source frontend/react/dist
    #[arg(long, env = "API_APP_DIR", value_name = "FOLDER")]
    pub app_dir: Option<PathBuf>,
}

impl SiteArgs {
    /// The pages of these folders.
    ///
    /// # Errors
    /// As [`Site::read`].
    pub fn site(&self) -> anyhow::Result<Site> {
        Site::read(self.ui_dir.as_deref(), self.app_dir.as_deref())
    }
}
