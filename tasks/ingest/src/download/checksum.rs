//! MD5 sums as publishers of data sets give them.

use std::{fmt, fs::File, io::Read, path::Path};

use md5::{Digest, Md5};
use ureq::Agent;

use super::{DownloadOptions, retry::Retry, transfer::Failure};
use crate::IngestError;

/// A checksum file is tiny: more is not one.
const MAX_CHECKSUM_FILE_BYTES: u64 = 4096;

/// An MD5 sum; shows as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Md5Sum([u8; 16]);

impl Md5Sum {
    /// Finds the sum in `HEX  FILE`, `MD5 (FILE) = HEX` or plain `HEX`.
    fn parse(text: &str) -> Option<Self> {
        let word = text.split_ascii_whitespace().find(|word| is_sum(word))?;
        let mut bytes = [0; 16];
        for (byte, digits) in bytes.iter_mut().zip(word.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Md5Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn is_sum(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The sum of a file's bytes.
pub(super) fn of_file(path: &Path) -> Result<Md5Sum, IngestError> {
    let read = |source| IngestError::read(path, source);
    let mut file = File::open(path).map_err(read)?;
    let mut md5 = Md5::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer).map_err(read)? {
            0 => return Ok(Md5Sum(md5.finalize().into())),
            bytes => md5.update(&buffer[..bytes]),
        }
    }
}

/// The sum published at `url`, or `None` if there is nothing at that address.
pub(super) fn published(
    agent: &Agent,
    url: &str,
    options: &DownloadOptions,
) -> Result<Option<Md5Sum>, IngestError> {
    let mut retry = Retry::new(options);
    let text = loop {
        match text_at(agent, url) {
            Ok(text) => break text,
            Err(Failure::Final(IngestError::HttpStatus { status: 404, .. })) => {
                tracing::warn!(url, "no checksum is published here, the download is checked by its own only");
                return Ok(None);
            }
            Err(failure) => retry.wait_after(failure, url, 0)?,
        }
    };
    let bad = || {
        let found = text.trim().chars().take(80).collect();
        IngestError::BadChecksumFile { url: url.to_owned(), found }
    };
    Md5Sum::parse(&text).ok_or_else(bad).map(Some)
}

fn text_at(agent: &Agent, url: &str) -> Result<String, Failure> {
    let mut response = agent.get(url).call().map_err(|error| Failure::of_request(url, error))?;
    Failure::of_status(url, response.status().as_u16())?;
    let mut text = Vec::new();
    let body = response.body_mut().as_reader().take(MAX_CHECKSUM_FILE_BYTES);
    { body }.read_to_end(&mut text).map_err(|error| Failure::of_request(url, error.into()))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_read_in_every_common_form() {
        let sum = "6b51fb2759a8657d3bfcbfc42b592ada";
        for text in
            [format!("{sum}  ml-25m.zip\n"), format!("MD5 (ml-25m.zip) = {sum}\n"), sum.to_uppercase()]
        {
            assert_eq!(Md5Sum::parse(&text).unwrap().to_string(), sum);
        }
    }

    #[test]
    fn a_page_is_not_a_sum() {
        assert_eq!(Md5Sum::parse("<html>6b51fb2759a8657d3bfcbfc42b592ada</html>"), None);
        assert_eq!(Md5Sum::parse("6b51fb2759a8657d3bfcbfc42b592ad"), None);
    }
}
