//! HTTP validators of a file, kept in a file beside it: how a later run knows whether it is still the same.

use std::{
    fs,
    path::{Path, PathBuf},
};

use reqwest::header::{self, HeaderMap, HeaderName};

/// The address of a file with the headers that identify its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Validators {
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// Bytes of the whole file.
    pub(super) length: Option<u64>,
}

impl Validators {
    /// Reads the headers of an answer with the whole file of `length` bytes.
    pub(super) fn of(headers: &HeaderMap, length: Option<u64>) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED), length }
    }

    /// The header that asks for the file only if it has changed.
    pub(super) fn if_changed(&self) -> Option<(HeaderName, &str)> {
        let tag = self.etag.as_deref().map(|tag| (header::IF_NONE_MATCH, tag));
        tag.or_else(|| self.last_modified.as_deref().map(|date| (header::IF_MODIFIED_SINCE, date)))
    }

    /// The validator that makes a range one of the same content: `If-Range` takes no weak tag.
    pub(super) fn if_range(&self) -> Option<&str> {
        let strong = self.etag.as_deref().filter(|tag| !tag.starts_with("W/"));
        strong.or(self.last_modified.as_deref())
    }

    /// Reads what was stored with `file`, if that came from `url`.
    pub(super) fn load(file: &Path, url: &str) -> Option<Self> {
        let text = fs::read_to_string(sidecar(file)).ok()?;
        let mut lines = text.lines();
        if lines.next()? != url {
            return None;
        }
        let mut line = || lines.next().filter(|line| !line.is_empty()).map(str::to_owned);
        let (etag, last_modified) = (line(), line());
        Some(Self { etag, last_modified, length: line().and_then(|length| length.parse().ok()) })
    }

    pub(super) fn store(&self, file: &Path, url: &str) -> std::io::Result<()> {
        let etag = self.etag.as_deref().unwrap_or_default();
        let last_modified = self.last_modified.as_deref().unwrap_or_default();
        let length = self.length.map(|length| length.to_string()).unwrap_or_default();
        fs::write(sidecar(file), format!("{url}\n{etag}\n{last_modified}\n{length}\n"))
    }

    /// Moves them with their file. Without them the next run only downloads more than it must.
    pub(super) fn rename(from: &Path, to: &Path) {
        if let Err(error) = fs::rename(sidecar(from), sidecar(to)) {
            tracing::debug!(file = %to.display(), %error, "its validators were lost");
        }
    }
}

fn sidecar(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".from");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validators_are_those_of_one_address_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.zip");
        let stored = Validators { etag: Some("\"a\"".into()), last_modified: None, length: Some(7) };
        stored.store(&file, "http://a/x.zip").unwrap();
        assert_eq!(Validators::load(&file, "http://a/x.zip"), Some(stored));
        assert_eq!(Validators::load(&file, "http://b/x.zip"), None);
    }

    #[test]
    fn a_weak_tag_does_not_vouch_for_a_range() {
        let weak = Validators { etag: Some("W/\"a\"".into()), last_modified: None, length: None };
        assert_eq!(weak.if_range(), None);
        let dated = Validators { last_modified: Some("Mon, 01 Jan 2024 00:00:00 GMT".into()), ..weak };
        assert_eq!(dated.if_range(), Some("Mon, 01 Jan 2024 00:00:00 GMT"));
    }
}
