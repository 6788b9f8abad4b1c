//! What `--source` may say.

use std::{fmt, path::PathBuf};

use crate::{IngestError, SampleSize};

/// Data sets that GroupLens publishes with a checksum, by name.
pub const KNOWN_NAMES: [&str; 4] = ["ml-latest-small", "ml-latest", "ml-25m", "ml-32m"];

const GROUPLENS: &str = "https://files.grouplens.org/datasets/movielens";

/// Where a data set comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A zip to download.
    Remote(Remote),
    /// A zip or folder on this machine.
    Local(PathBuf),
    /// The built-in generator.
    Sample(SampleSize),
}

/// A zip at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The address of the zip.
    pub url: String,
    /// The address of its MD5 sum, if its publisher gives one.
    pub checksum_url: Option<String>,
}

impl Source {
    /// Reads a `--source` argument: a `http://`, `https://` or `file://` address, a path, `sample[:SIZE]`, or
    /// a name of [`KNOWN_NAMES`]. A path is anything that exists, holds a `/` or ends in `.zip`.
    pub fn parse(text: &str) -> Result<Self, IngestError> {
        let text = text.trim();
        if has_scheme(text, "http://") || has_scheme(text, "https://") {
            return Ok(Self::Remote(Remote { url: text.to_owned(), checksum_url: None }));
        }
        if has_scheme(text, "file://") {
            return Ok(Self::Local(path_of_file_url(text)));
        }
        if KNOWN_NAMES.contains(&text) {
            let url = format!("{GROUPLENS}/{text}.zip");
            let checksum_url = Some(format!("{url}.md5"));
            return Ok(Self::Remote(Remote { url, checksum_url }));
        }
        if let Some(size) = text.strip_prefix("sample:") {
            return SampleSize::parse(size).map(Self::Sample);
        }
        if text == "sample" {
            return Ok(Self::Sample(SampleSize::default()));
        }
        if looks_like_path(text) {
            return Ok(Self::Local(PathBuf::from(text)));
        }
        Err(IngestError::UnknownSource { text: text.to_owned(), known: KNOWN_NAMES.join(", ") })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(remote) => f.write_str(&remote.url),
            Self::Local(path) => path.display().fmt(f),
            Self::Sample(size) => write!(f, "sample:{size}"),
        }
    }
}

fn has_scheme(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

fn looks_like_path(text: &str) -> bool {
    if text.is_empty() || text.contains("://") {
        return false;
    }
    let zip = text.len() > 4 && text.to_ascii_lowercase().ends_with(".zip");
    zip || text.contains(['/', '\\']) || text == "." || text == ".." || PathBuf::from(text).exists()
}

/// The path of `file:///folder/x.zip` or `file://localhost/folder/x.zip`, with `%20` and its like decoded.
fn path_of_file_url(url: &str) -> PathBuf {
    let rest = &url["file://".len()..];
    let path = rest.strip_prefix("localhost/").map_or_else(|| rest.to_owned(), |path| format!("/{path}"));
    PathBuf::from(percent_decoded(&path))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let code = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.unwrap_or(b'%'));
        rest = &rest[at + if code.is_some() { 3 } else { 1 }..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Source {
        Source::parse(text).unwrap()
    }

    #[test]
    fn a_known_name_stands_for_its_address_and_checksum() {
        let Source::Remote(remote) = parsed("ml-25m") else { panic!("not remote") };
        assert_eq!(remote.url, "https://files.grouplens.org/datasets/movielens/ml-25m.zip");
        let sum = "https://files.grouplens.org/datasets/movielens/ml-25m.zip.md5";
        assert_eq!(remote.checksum_url.as_deref(), Some(sum));
    }

    #[test]
    fn an_address_has_no_checksum() {
        let url = "HTTP://example.org/my.zip".to_owned();
        assert_eq!(parsed(&url), Source::Remote(Remote { url, checksum_url: None }));
    }

    #[test]
    fn paths_need_not_exist_to_be_paths() {
        for path in ["gone/ml.zip", "ml.ZIP", "./ml", "/data/ml", "."] {
            assert_eq!(parsed(path), Source::Local(path.into()));
        }
        assert_eq!(parsed("src"), Source::Local("src".into()), "a word that exists is a path");
    }

    #[test]
    fn a_file_address_is_a_decoded_path() {
        assert_eq!(parsed("file:///a%20b/100%25.zip"), Source::Local("/a b/100%.zip".into()));
        assert_eq!(parsed("file://localhost/a.zip"), Source::Local("/a.zip".into()));
    }

    #[test]
    fn a_sample_has_a_default_size_and_shows_as_it_is_written() {
        assert_eq!(parsed("sample").to_string(), "sample:100k");
        assert_eq!(parsed("sample:2m").to_string(), "sample:2m");
    }

    #[test]
    fn an_unknown_word_is_refused_with_what_is_allowed() {
        for text in ["ml-20x", "", "ftp://example.org/ml.zip"] {
            let message = Source::parse(text).unwrap_err().to_string();
            assert!(message.contains(&format!("`{text}`")), "{message}");
            assert!(message.contains("ml-latest-small, ml-latest, ml-25m, ml-32m"), "{message}");
        }
    }
}
