//! Compression of answers that are worth it.

use std::sync::Arc;

use poem::{
    Body, Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderValue, header},
    web::{Compress, CompressionAlgo, CompressionLevel},
};

/// Below this, an answer fits one packet anyway.
const WORTH_IT: usize = 1024;

/// Compresses with gzip if the caller can read it. Brotli saves little at a speed fit for answering.
pub(crate) async fn compress<E>(endpoint: Arc<E>, request: Request) -> Result<Response>
where
    E: Endpoint<Output = Response>,
{
    let accepted = request.header(header::ACCEPT_ENCODING).is_some_and(accepts_gzip);
    let mut response = endpoint.get_response(request).await;
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !accepted {
        return Ok(response);
    }
    // Every body is in memory already.
    let bytes = response.take_body().into_bytes().await?;
    let worth_it = bytes.len() >= WORTH_IT;
    response.set_body(Body::from(bytes));
    if worth_it {
        let level = CompressionLevel::Fastest;
        return Ok(Compress::new(response, CompressionAlgo::GZIP).with_quality(level).into_response());
    }
    Ok(response)
}

/// Whether `Accept-Encoding` names gzip and does not rule it out with a quality of zero.
fn accepts_gzip(accepted: &str) -> bool {
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
            assert!(accepts_gzip(yes), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0.0", "identity"] {
            assert!(!accepts_gzip(no), "{no}");
        }
    }
}
