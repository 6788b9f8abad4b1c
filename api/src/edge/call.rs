//! What is known of a request for as long as it is answered: its id above all.
//!
//! The log has it in every line of the request. That takes no span: making one costs as much as answering from memory,
//! and hardly any request writes a line.

use std::future::Future;

use poem::{
    Request,
    http::{HeaderMap, HeaderName, HeaderValue, Uri},
};

use crate::telemetry::{method_idx, method_label};

/// The header of the id, in requests and answers.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: Call;
}

/// A request on its way.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) id: HeaderValue,
    pub(crate) method_idx: usize,
    pub(crate) uri: Uri,
}

/// Shows the request that this task answers, if it answers one.
pub(crate) fn current<T>(show: impl FnOnce(&Call) -> T) -> Option<T> {
    CURRENT.try_with(show).ok()
}

impl Call {
    pub(crate) fn of(request: &Request) -> Self {
        let uri = request.uri().clone();
        Self { id: request_id(request.headers()), method_idx: method_idx(request.method()), uri }
    }

    /// The id as text.
    pub(crate) fn id(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }

    /// The method, from a small set.
    pub(crate) fn method(&self) -> &'static str {
        method_label(self.method_idx)
    }

    /// Makes this the current call while `work` is done.
    pub(crate) fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }
}

/// The caller's id if it is fit for a log, else 128 random bits.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sane = |id: &&HeaderValue| {
        let id = id.as_bytes();
        (1..=64).contains(&id.len()) && id.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
    };
    headers.get(REQUEST_ID).filter(sane).cloned().unwrap_or_else(|| hexadecimal(rand::random()))
}

/// Zero would be answered if this were no text, which it is.
fn hexadecimal(bytes: [u8; 16]) -> HeaderValue {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_request_id_is_kept_and_any_other_replaced() {
        let id = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_static(value));
            request_id(&headers)
        };
        assert_eq!(id("trace-1.a_B"), "trace-1.a_B");
        for insane in ["", "two words", "a\"b", "{}"] {
            assert_eq!(id(insane).len(), 32);
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }

    #[test]
    fn an_id_is_written_with_all_its_digits() {
        let id = hexadecimal([0, 1, 0xab, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10]);
        assert_eq!(id, "0001abff000000000000000000000010");
    }

    #[tokio::test]
    async fn the_current_call_is_known_within_it_only() {
        let call = Call::of(&Request::builder().header("x-request-id", "one").finish());
        let seen = call.scope(async { current(|call| call.id().to_owned()) }).await;
        assert_eq!(seen.as_deref(), Some("one"));
        assert!(current(|_| ()).is_none());
    }
}
