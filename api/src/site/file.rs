//! One file of a front end, with all that its answer says.

use std::io::Write;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use poem::{
    Body, Request, Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use sha2::{Digest, Sha256};

use super::policy::policy;
use crate::edge::{accepts_gzip, is_current};

/// Under this folder a file is named by its content, so what once was under a name stays what is under it.
const NAMED_BY_CONTENT: &str = "assets/";

/// Content of a file, ready to be answered.
#[derive(Debug)]
pub(super) struct File {
    plain: Bytes,
    /// Where that is shorter.
    gzip: Option<Bytes>,
    tag: String,
    headers: HeaderMap,
}

impl File {
    /// The file at this path within its folder.
    pub(super) fn new(path: &str, plain: Vec<u8>) -> Self {
        let kind = media_type(path);
        // Weak, as it is the same for the compressed form.
        let tag = format!("W/\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(&plain)[..12]));
        let keeping = if path.starts_with(NAMED_BY_CONTENT) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keeping));
        headers.extend(HeaderValue::try_from(&tag).ok().map(|tag| (header::ETAG, tag)));
        if kind == HTML {
            let policy = HeaderValue::try_from(policy(&String::from_utf8_lossy(&plain))).ok();
            headers.extend(policy.map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
        }
        let gzip = gzip(&plain).filter(|gzip| gzip.len() < plain.len()).map(Bytes::from);
        Self { plain: plain.into(), gzip, tag, headers }
    }

    /// The file, or that the caller has it.
    pub(super) fn answer(&self, request: &Request) -> Response {
        let mut response = Response::default();
        response.headers_mut().clone_from(&self.headers);
        let if_none_match =
            request.headers().get(header::IF_NONE_MATCH).and_then(|named| named.to_str().ok());
        if is_current(Some(&self.tag), if_none_match) {
            response.set_status(StatusCode::NOT_MODIFIED);
            return response;
        }
        let body = match &self.gzip {
            Some(gzip) if accepts_gzip(request.headers()) => {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                gzip
            }
            _ => &self.plain,
        };
        response.set_body(Body::from(body.clone()));
        response
    }
}

const HTML: &str = "text/html; charset=utf-8";

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => HTML,
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// As small as it gets: it is done once.
fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).and_then(|()| encoder.finish()).ok()
}
