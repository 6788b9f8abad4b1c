//! The flags for the front ends.

use std::path::PathBuf;

use clap::Args;

use super::Site;

/// The front ends that are served.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Front ends")]
pub(crate) struct SiteArgs {
    /// Folder of the plain page, served under /ui/; in the source frontend/html
    #[arg(long, env = "API_UI_DIR", value_name = "FOLDER")]
    pub(crate) ui_dir: Option<PathBuf>,

    /// Folder of the built app, served under /app/; in the source frontend/react/dist
    #[arg(long, env = "API_APP_DIR", value_name = "FOLDER")]
    pub(crate) app_dir: Option<PathBuf>,
}

impl SiteArgs {
    pub(crate) fn site(&self) -> anyhow::Result<Site> {
        Site::read(self.ui_dir.as_deref(), self.app_dir.as_deref())
    }
}
