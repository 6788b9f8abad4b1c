//! The HTTP client of all tasks.

use reqwest::{Certificate, Client, ClientBuilder};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// A client that trusts the system's certificate authorities and, for images that have none, those of Mozilla's list.
/// It takes its proxies from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
pub fn http_client() -> ClientBuilder {
    let roots = TLS_SERVER_ROOT_CERTS.iter().filter_map(|root| Certificate::from_der(root).ok());
    Client::builder().user_agent(concat!("cinelake/", env!("CARGO_PKG_VERSION"))).tls_certs_merge(roots)
}
