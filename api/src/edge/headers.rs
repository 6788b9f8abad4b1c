//! Headers that every answer carries.

use poem::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Answers are data: nothing may run, frame or sniff them. The documentation pages bring their own policy.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// Adds the headers that the answer does not have yet.
pub(crate) fn secure(headers: &mut HeaderMap) {
    // These, the id and the length: growing once is enough.
    headers.reserve(HEADERS.len() + 2);
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
}
