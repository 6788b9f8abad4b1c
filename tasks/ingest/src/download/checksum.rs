//! MD5 sums, in hexadecimal, as publishers of data sets give them.

use std::{fs::File, io::Read, path::Path};

use md5::{Digest, Md5};
use reqwest::Client;

use super::{
    DownloadOptions,
    retry::{Failure, retried},
};
use crate::error::IngestError;

/// A checksum file is tiny: more is not one.
const MAX_CHECKSUM_FILE_BYTES: usize = 4096;

/// Finds the sum in `HEX  FILE`, `MD5 (FILE) = HEX` or plain `HEX`.
fn parse(text: &str) -> Option<String> {
    let is_sum = |word: &&str| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_ascii_whitespace().find(is_sum).map(str::to_ascii_lowercase)
}

/// The sum of a file's bytes.
pub(super) fn of_file(path: &Path) -> Result<String, IngestError> {
    let read = |source| IngestError::read(path, source);
    let mut file = File::open(path).map_err(read)?;
    let mut md5 = Md5::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer).map_err(read)? {
            0 => return Ok(format!("{:032x}", u128::from_be_bytes(md5.finalize().into()))),
            bytes => md5.update(&buffer[..bytes]),
        }
    }
}

/// The sum published at `url`, or `None` if there is nothing at that address.
pub(super) async fn published(
    client: &Client,
    url: &str,
    options: &DownloadOptions,
) -> Result<Option<String>, IngestError> {
    let text = match retried(options, url, || 0, async || text_at(client, url).await).await {
        Ok(text) => text,
        Err(IngestError::HttpStatus { status: 404, .. }) => {
            tracing::warn!(url, "no checksum is published here, so the download cannot be verified");
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let bad = || {
        let found = text.trim().chars().take(80).collect();
        IngestError::BadChecksumFile { url: url.to_owned(), found }
    };
    parse(&text).ok_or_else(bad).map(Some)
}

async fn text_at(client: &Client, url: &str) -> Result<String, Failure> {
    let mut response = client.get(url).send().await?;
    if !response.status().is_success() {
        return Err(Failure::of_status(url, response.status()));
    }
    let mut text = Vec::new();
    while text.len() < MAX_CHECKSUM_FILE_BYTES
        && let Some(bytes) = response.chunk().await?
    {
        text.extend_from_slice(&bytes);
    }
    text.truncate(MAX_CHECKSUM_FILE_BYTES);
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
            assert_eq!(parse(&text).as_deref(), Some(sum));
        }
    }

    #[test]
    fn a_page_is_not_a_sum() {
        assert_eq!(parse("<html>6b51fb2759a8657d3bfcbfc42b592ada</html>"), None);
        assert_eq!(parse("6b51fb2759a8657d3bfcbfc42b592ad"), None);
    }
}
