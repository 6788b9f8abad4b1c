//! What is wrong with an object store, in words that name the remedy.

use std::error::Error;
use std::fmt;

/// What a store said, or failed to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFault {
    /// There is no such bucket.
    NoBucket,
    /// It does not know the key, or not this secret of it.
    WrongCredentials,
    /// No credentials were to be had.
    NoCredentials,
    /// It knows who asks, and refuses.
    Denied,
    /// The clocks differ too much for a signature to hold.
    ClockSkew,
    /// It asks for patience for longer than we have.
    Busy,
    /// It has no room.
    Full,
    /// Nobody answers at the address.
    Unreachable,
    /// It began to answer and did not end.
    TooSlow,
}

/// By which words of an error a fault is known: the codes of S3, and what the client says of a connection. The first that is
/// found counts, so what says more stands before what says less.
const SIGNS: [(StoreFault, &[&str]); 10] = [
    (StoreFault::NoBucket, &["NoSuchBucket"]),
    (StoreFault::ClockSkew, &["RequestTimeTooSkewed"]),
    (
        StoreFault::WrongCredentials,
        &["InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"],
    ),
    (StoreFault::NoCredentials, &["169.254.169.254", "MissingAccessKeyId", "MissingSecretAccessKey"]),
    (StoreFault::Denied, &["AccessDenied", "403 Forbidden", "401 Unauthorized"]),
    (
        StoreFault::Full,
        &["507 Insufficient Storage", "QuotaExceeded", "XMinioStorageFull", "No space left on device"],
    ),
    (StoreFault::Busy, &["SlowDown", "503 Service Unavailable", "ServiceUnavailable"]),
    (StoreFault::Unreachable, &["tcp connect error", "dns error", "Connection refused", "ConnectError"]),
    (
        StoreFault::TooSlow,
        &["operation timed out", "request or response body error", "error decoding response body"],
    ),
    // All that is left where the library passes on the text of an error without its causes.
    (StoreFault::Unreachable, &["error sending request"]),
];

impl StoreFault {
    /// The fault at the bottom of an error, if it is one of a store.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(&error.to_string());
            cause = error.source();
        }
        let found = SIGNS.iter().find(|(_, words)| words.iter().any(|word| text.contains(word)));
        found.map(|(fault, _)| *fault)
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoBucket => "there is no such bucket: create it, or correct --lake",
            Self::WrongCredentials => {
                "the store refuses the credentials: correct AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
            }
            Self::NoCredentials => {
                "there are no credentials for the store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or \
                 AWS_SKIP_SIGNATURE=true for a store that asks for none"
            }
            Self::Denied => {
                "the store does not allow it: let these credentials list, read, write and delete below the lake"
            }
            Self::ClockSkew => "the clock of this machine and that of the store differ: set them right",
            Self::Busy => "the store is overloaded and asks to slow down: run again later with the same run id",
            Self::Full => "the store is full: make room, then run again with the same run id",
            Self::Unreachable => {
                "nobody answers at the address of the store: check AWS_ENDPOINT_URL and that it runs, then run again with \
                 the same run id"
            }
            Self::TooSlow => {
                "the store does not answer in time: check it and the network, then run again with the same run id"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_known_by_what_the_store_or_the_client_says() {
        for (text, fault) in [
            ("status 404 Not Found: <Code>NoSuchBucket</Code>", Some(StoreFault::NoBucket)),
            ("403 Forbidden: <Code>SignatureDoesNotMatch</Code>", Some(StoreFault::WrongCredentials)),
            ("403 Forbidden: <Code>RequestTimeTooSkewed</Code>", Some(StoreFault::ClockSkew)),
            ("403 Forbidden", Some(StoreFault::Denied)),
            ("503 Service Unavailable: <Code>SlowDown</Code>", Some(StoreFault::Busy)),
            ("error sending request: tcp connect error", Some(StoreFault::Unreachable)),
            ("error sending request: operation timed out", Some(StoreFault::TooSlow)),
            ("HTTP error: error sending request", Some(StoreFault::Unreachable)),
            ("the file is damaged", None),
        ] {
            assert_eq!(StoreFault::of(&std::io::Error::other(text)), fault, "{text}");
        }
    }
}
