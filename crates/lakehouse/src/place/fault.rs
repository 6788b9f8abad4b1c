//! What is wrong with an object store or with HDFS, in words that name the remedy.

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
    /// No name node answers, or no data node that it names.
    NoNode,
    /// The name node broke off, or something in between.
    Broken,
    /// A name without a port that the configuration of Hadoop does not have.
    NoNameService,
    /// All name nodes of a name service wait.
    Standby,
    /// The name node allows no changes.
    SafeMode,
    /// The name node knows who asks, and refuses.
    NotOwner,
    /// No data node is alive or has room, or a quota is used up.
    NoRoom,
    /// The name node and we do not agree on how it is to know who asks.
    Unproven,
    /// The name node or a data node did not answer.
    Silent,
}

/// By which words of an error a fault is known: the codes of S3, the classes of HDFS, and what the clients say of a connection.
/// The first that is found counts, so what says more stands before what says less.
const SIGNS: [(StoreFault, &[&str]); 19] = [
    (StoreFault::SafeMode, &["SafeModeException", "Name node is in safe mode"]),
    (StoreFault::Standby, &["StandbyException"]),
    (StoreFault::NoNameService, &["No NameNode hosts found"]),
    (
        StoreFault::Unproven,
        &[
            "GSSAPI error",
            "SASL error",
            "No valid SASL mechanism found",
            "libgssapi",
            "authentication is not enabled",
        ],
    ),
    (StoreFault::NotOwner, &["org.apache.hadoop.security.AccessControlException", "AuthorizationException"]),
    (StoreFault::NoRoom, &["QuotaExceededException", "could only be written to", "Not enough datanodes"]),
    // What the name node says when it breaks off, the client keeps for itself.
    (StoreFault::Broken, &["RPC listener disconnected", "communicating with HDFS: Connection reset"]),
    (StoreFault::Silent, &["communicating with HDFS: timed out"]),
    (
        StoreFault::NoNode,
        &[
            "communicating with HDFS: Connection refused",
            "communicating with HDFS: No route to host",
            "communicating with HDFS: Network is unreachable",
            "communicating with HDFS: failed to lookup address",
        ],
    ),
    (StoreFault::NoBucket, &["NoSuchBucket", "ContainerNotFound"]),
    (StoreFault::ClockSkew, &["RequestTimeTooSkewed"]),
    (
        StoreFault::WrongCredentials,
        &[
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "InvalidToken",
            "ExpiredToken",
            "AuthenticationFailed",
            "InvalidAuthenticationInfo",
            "invalid_grant",
        ],
    ),
    (
        StoreFault::NoCredentials,
        &[
            "169.254.169.254",
            "metadata.google.internal",
            "MissingAccessKeyId",
            "MissingSecretAccessKey",
            "Account must be specified",
        ],
    ),
    (StoreFault::Denied, &["AccessDenied", "AuthorizationFailure", "403 Forbidden", "401 Unauthorized"]),
    (
        StoreFault::Full,
        &["507 Insufficient Storage", "QuotaExceeded", "XMinioStorageFull", "No space left on device"],
    ),
    (StoreFault::Busy, &["SlowDown", "503 Service Unavailable", "ServiceUnavailable", "ServerBusy"]),
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
            Self::NoBucket => "there is no such bucket or container: create it, or correct --lake",
            Self::WrongCredentials => {
                "the store refuses the credentials: correct AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or \
                 for Azure and Google the variables that docs/lake.md lists"
            }
            Self::NoCredentials => {
                "there are no credentials for the store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or \
                 AWS_SKIP_SIGNATURE=true for a store that asks for none; for Azure and Google the variables that docs/lake.md lists"
            }
            Self::Denied => {
                "the store does not allow it: let these credentials list, read, write and delete below the lake"
            }
            Self::ClockSkew => "the clock of this machine and that of the store differ: set them right",
            Self::Busy => "the store is overloaded and asks to slow down: run again later with the same run id",
            Self::Full => "the store is full: make room, then run again with the same run id",
            Self::Unreachable => {
                "nobody answers at the address of the store: check its variables (AWS_ENDPOINT_URL) and that it runs, then run again with \
                 the same run id"
            }
            Self::TooSlow => {
                "the store does not answer in time: check it and the network, then run again with the same run id"
            }
            Self::NoNode => {
                "no name node answers at the address of the lake, or no data node at its own: check --lake, HADOOP_CONF_DIR and \
                 that HDFS runs, then run again with the same run id"
            }
            Self::Broken => {
                "the name node ended the connection: check that it runs and, if it asks for Kerberos, that \
                 hadoop.security.authentication in HADOOP_CONF_DIR says so, then run again with the same run id"
            }
            Self::NoNameService => {
                "HADOOP_CONF_DIR has no name service of that name: give hdfs://NAMENODE:PORT/PATH in --lake, or correct it"
            }
            Self::Standby => {
                "all name nodes are standby: make one active (hdfs haadmin), then run again with the same run id"
            }
            Self::SafeMode => {
                "the name node is in safe mode and allows no changes: wait until it leaves it, or see hdfs dfsadmin -safemode, \
                 then run again with the same run id"
            }
            Self::NotOwner => {
                "the name node does not allow it to this user: correct HADOOP_USER_NAME, or let the user read and write below \
                 the lake (hdfs dfs -chown)"
            }
            Self::NoRoom => {
                "no data node takes it: see in hdfs dfsadmin -report that some are alive and have room, and check the quotas, \
                 then run again with the same run id"
            }
            Self::Unproven => {
                "the name node does not believe who asks: check that hadoop.security.authentication in HADOOP_CONF_DIR is as \
                 there, and for Kerberos that there is a ticket (klist) and libgssapi_krb5 is installed"
            }
            Self::Silent => {
                "HDFS does not answer in time: check the name node, the data nodes and the network, then run again with the \
                 same run id"
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
            (
                "RPC error: org.apache.hadoop.security.AccessControlException Permission denied",
                Some(StoreFault::NotOwner),
            ),
            ("RPC error: org.apache.hadoop.hdfs.protocol.DSQuotaExceededException", Some(StoreFault::NoRoom)),
            (
                "RPC error: java.io.IOException File /lake/x could only be written to 0 of the 1 minReplication nodes. \
                 There are 0 datanode(s) running and 0 node(s) are excluded in this operation.",
                Some(StoreFault::NoRoom),
            ),
            (
                "RPC error: org.apache.hadoop.ipc.StandbyException READ is not supported",
                Some(StoreFault::Standby),
            ),
            ("GSSAPI error: GSS_S_FAILURE 0 No Kerberos credentials available", Some(StoreFault::Unproven)),
            ("IO error occurred while communicating with HDFS: timed out", Some(StoreFault::Silent)),
            ("the file is damaged", None),
        ] {
            assert_eq!(StoreFault::of(&std::io::Error::other(text)), fault, "{text}");
        }
    }
}
