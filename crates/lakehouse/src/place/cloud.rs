//! Object stores that speak S3, those of Azure and those of Google, by the usual variables of each.

use std::sync::Arc;
use std::time::Duration;

use deltalake::DeltaResult;
use deltalake::logstore::ObjectStoreRef;
use deltalake::logstore::object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use deltalake::logstore::object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use deltalake::logstore::object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use deltalake::logstore::object_store::{BackoffConfig, ClientOptions, RetryConfig};
use url::Url;

/// How long a request may take, a part of an upload or a download included.
const REQUEST: Duration = Duration::from_mins(1);
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long and how often a request is tried again, with pauses that grow and vary.
const PATIENCE: Duration = Duration::from_mins(1);
const RETRIES: usize = 12;

/// Opens the bucket of an address: credentials, region and endpoint are those of the environment, or of the machine.
pub(super) fn s3(address: &Url) -> DeltaResult<ObjectStoreRef> {
    let builder = AmazonS3Builder::from_env().with_url(address.as_str());
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
    let store = builder
        .with_client_options(client(endpoint.as_deref()))
        .with_retry(retry())
        // Whatever the environment says: without it two runs could both win one version.
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .build()?;
    Ok(Arc::new(store))
}

/// Opens the container of an address, likewise.
pub(super) fn azure(address: &Url) -> DeltaResult<ObjectStoreRef> {
    let builder = MicrosoftAzureBuilder::from_env().with_url(address.as_str());
    let endpoint = builder.get_config_value(&AzureConfigKey::Endpoint);
    let store = builder.with_client_options(client(endpoint.as_deref())).with_retry(retry()).build()?;
    Ok(Arc::new(store))
}

/// Opens the bucket of an address, likewise.
pub(super) fn google(address: &Url) -> DeltaResult<ObjectStoreRef> {
    let builder = GoogleCloudStorageBuilder::from_env().with_url(address.as_str());
    let endpoint = builder.get_config_value(&GoogleConfigKey::BaseUrl);
    let store = builder.with_client_options(client(endpoint.as_deref())).with_retry(retry()).build()?;
    Ok(Arc::new(store))
}

fn client(endpoint: Option<&str>) -> ClientOptions {
    let is_plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
    ClientOptions::new().with_timeout(REQUEST).with_connect_timeout(CONNECT).with_allow_http(is_plain)
}

fn retry() -> RetryConfig {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(200),
        max_backoff: Duration::from_secs(10),
        base: 3.0,
    };
    RetryConfig { backoff, max_retries: RETRIES, retry_timeout: PATIENCE }
}
