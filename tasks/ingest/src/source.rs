//! What `--source` may say.

use std::path::{Path, PathBuf};

use lakehouse::StoredFiles;
use url::Url;

use crate::{error::IngestError, sample::SampleSize};

/// Data sets that GroupLens publishes with a checksum, by name.
const KNOWN_NAMES: [&str; 4] = ["ml-latest-small", "ml-latest", "ml-25m", "ml-32m"];

const GROUPLENS: &str = "https://files.grouplens.org/datasets/movielens";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A zip to download.
    Remote(Remote),
    /// A zip or folder on this machine.
    Local(PathBuf),
    /// A zip or files in a store where a lake may lie.
    Stored(String),
    /// Generated data.
    Sample(SampleSize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) url: String,
    /// The address of its MD5 sum, if its publisher gives one.
    pub(crate) checksum_url: Option<String>,
}

impl Source {
    /// Reads a `--source` argument: a `http://`, `https://` or `file://` address or one in a store, a path, `sample[:SIZE]`,
    /// or a name of [`KNOWN_NAMES`]. A path is anything that exists, holds a `/` or ends in `.zip`.
    pub(crate) fn parse(text: &str) -> Result<Self, IngestError> {
        let text = text.trim();
        let bad_address = || IngestError::BadAddress { text: text.to_owned() };
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("http" | "https") => {
                Url::parse(text).map_err(|_| bad_address())?;
                Ok(Self::Remote(Remote { url: text.to_owned(), checksum_url: None }))
            }
            Some("file") => {
                let path = Url::parse(text).ok().and_then(|url| url.to_file_path().ok());
                path.map(Self::Local).ok_or_else(bad_address)
            }
            None => Self::parse_word(text),
            Some(_) if StoredFiles::is_at(text) => Ok(Self::Stored(text.to_owned())),
            Some(_) => Err(unknown(text)),
        }
    }

    fn parse_word(text: &str) -> Result<Self, IngestError> {
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
        Err(unknown(text))
    }
}

fn unknown(text: &str) -> IngestError {
    IngestError::UnknownSource { text: text.to_owned(), known: KNOWN_NAMES.join(", ") }
}

fn looks_like_path(text: &str) -> bool {
    let zip = text.len() > 4 && text.to_ascii_lowercase().ends_with(".zip");
    zip || text.contains(['/', '\\']) || text == "." || text == ".." || Path::new(text).exists()
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
    fn an_address_in_a_store_stays_as_it_is() {
        for address in ["s3://bucket/ml", "az://container/ml.zip", "gs://bucket/ml", "hdfs://node:8020/ml"] {
            assert_eq!(parsed(address), Source::Stored(address.to_owned()));
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused_with_an_example() {
        for text in ["http://", "https://exa mple/ml.zip", "http://a:b/ml.zip", "file://elsewhere/ml.zip"] {
            let message = Source::parse(text).unwrap_err().to_string();
            assert!(message.starts_with(&format!("bad address `{text}`: give one such as")), "{message}");
        }
    }

    #[test]
    fn a_sample_has_a_default_size() {
        assert_eq!(parsed("sample"), parsed("sample:100k"));
        assert_ne!(parsed("sample"), parsed("sample:2m"));
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
