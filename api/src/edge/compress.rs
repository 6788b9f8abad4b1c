//! Compression of answers that are worth it.

use poem::{
    Body, IntoResponse, Response,
    http::{HeaderMap, header},
    web::{Compress, CompressionAlgo, CompressionLevel},
};

use super::errors;

/// Below this, an answer fits one packet anyway.
const WORTH_IT: usize = 1024;

/// Whether the caller can read gzip. Brotli saves little at a speed fit for answering.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING);
    accepted.and_then(|accepted| accepted.to_str().ok()).is_some_and(names_gzip)
}

/// Compresses a long answer, unless it is compressed already.
pub(crate) async fn compress(mut response: Response) -> Response {
    if response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    // Every body is in memory already.
    let Ok(bytes) = response.take_body().into_bytes().await else {
        return errors::internal();
    };
    let worth_it = bytes.len() >= WORTH_IT;
    response.set_body(Body::from(bytes));
    if !worth_it {
        return response;
    }
    let level = CompressionLevel::Fastest;
    Compress::new(response, CompressionAlgo::GZIP).with_quality(level).into_response()
}

/// Whether `Accept-Encoding` names gzip and does not rule it out with a quality of zero.
fn names_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let quality = quality.trim().strip_prefix("q=").and_then(|quality| quality.trim().parse().ok());
        name.trim().eq_ignore_ascii_case("gzip") && quality.unwrap_or(0.0_f32) > 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_used_only_if_the_caller_takes_it() {
        for yes in ["gzip", "br, gzip", "GZIP;q=0.5", "deflate , gzip ; q=1.0"] {
            assert!(names_gzip(yes), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0.0", "identity"] {
            assert!(!names_gzip(no), "{no}");
        }
    }
}
