//! HDFS, by the variables that Hadoop's own programs read: `HADOOP_USER_NAME`, `HADOOP_CONF_DIR` and those of Kerberos.
//!
//! `hdfs-native-object-store` does all but two things. It puts a file under a name that the next writer would find taken, and
//! it waits for an answer for ever.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use deltalake::logstore::ObjectStoreRef;
use deltalake::logstore::object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
    UploadPart,
};
use deltalake::{DeltaResult, Path};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, stream};
use hdfs_native::{Client, ClientBuilder, HdfsError, WriteOptions};
use hdfs_native_object_store::HdfsObjectStore;
use url::Url;

/// How long an answer may take, that to a part of an upload included.
const PATIENCE: Duration = Duration::from_mins(1);

/// Opens the file system of an address: a name node, or a name service of the configuration in `HADOOP_CONF_DIR`.
pub(super) fn open(address: &Url) -> DeltaResult<ObjectStoreRef> {
    let client = ClientBuilder::new().with_url(address.as_str()).build().map_err(failed)?;
    Ok(Arc::new(Hdfs { inner: HdfsObjectStore::new(client.clone()), client }))
}

/// Whether a file has the name of one that is not complete yet, here or of `hdfs-native-object-store`, which Python's
/// `deltalake` writes with.
pub(crate) fn is_unfinished(name: &str) -> bool {
    name.starts_with('.') && name.rsplit_once(".tmp.").is_some_and(|(_, writer)| !writer.is_empty())
}

/// A name beside the file's own that no other writer has. One that others find taken would have them wait for the name node
/// to take it from a killed writer.
fn unfinished(file: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let (folder, name) = file.rsplit_once('/').unwrap_or_default();
    let nanos = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{folder}/.{name}.tmp.{}-{number}-{nanos}", std::process::id())
}

/// A file system.
#[derive(Debug)]
struct Hdfs {
    inner: HdfsObjectStore,
    client: Client,
}

impl Hdfs {
    /// Writes all of a file and then gives it its name, which is when others see it. Where two want the same name and may not
    /// overwrite, the name node lets one have it.
    async fn put(&self, location: &Path, payload: PutPayload, overwrite: bool) -> Result<PutResult> {
        let file = format!("/{location}");
        let unfinished = unfinished(&file);
        let put = match Box::pin(self.write(&unfinished, payload)).await {
            Ok(()) => match self.client.rename(&unfinished, &file, overwrite).await {
                // The name node did it, the answer was lost, and the client asked again: nobody else knows the name.
                Err(error) if is_missing(&error) => Ok(()),
                named => named,
            },
            failed => failed,
        };
        if let Err(error) = put {
            // What cannot be deleted is left to vacuum.
            let _ = self.client.delete(&unfinished, false).await;
            return Err(failed(error));
        }
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn write(&self, file: &str, payload: PutPayload) -> hdfs_native::Result<()> {
        let mut writer = self.client.create(file, WriteOptions::default()).await?;
        for bytes in payload {
            writer.write(bytes).await?;
        }
        writer.close().await
    }
}

impl fmt::Display for Hdfs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Hdfs {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let overwrite = match options.mode {
            PutMode::Create => false,
            PutMode::Overwrite => true,
            PutMode::Update(_) => return in_time(self.inner.put_opts(location, payload, options)).await,
        };
        in_time(Box::pin(self.put(location, payload, overwrite))).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(Upload(in_time(self.inner.put_multipart_opts(location, options)).await?)))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let mut got = in_time(self.inner.get_opts(location, options)).await?;
        if let GetResultPayload::Stream(bytes) = got.payload {
            got.payload = GetResultPayload::Stream(each_in_time(bytes));
        }
        Ok(got)
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        each_in_time(self.inner.delete_stream(locations))
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        each_in_time(self.inner.list(prefix))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        in_time(self.inner.list_with_delimiter(prefix)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        in_time(self.inner.copy_opts(from, to, options)).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        in_time(self.inner.rename_opts(from, to, options)).await
    }
}

/// A file that is written part by part.
#[derive(Debug)]
struct Upload(Box<dyn MultipartUpload>);

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        in_time(self.0.put_part(data)).boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        in_time(self.0.complete()).await
    }

    async fn abort(&mut self) -> Result<()> {
        in_time(self.0.abort()).await
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| Err(too_slow())).map_err(brief)
}

fn each_in_time<T: Send + 'static>(items: BoxStream<'static, Result<T>>) -> BoxStream<'static, Result<T>> {
    stream::unfold(Some(items), |items| async {
        let mut items = items?;
        match tokio::time::timeout(PATIENCE, items.next()).await {
            Ok(item) => Some((item?.map_err(brief), Some(items))),
            Err(_) => Some((Err(too_slow()), None)),
        }
    })
    // `deltalake` asks again after the end.
    .fuse()
    .boxed()
}

fn too_slow() -> Error {
    failed(HdfsError::IOError(io::ErrorKind::TimedOut.into()))
}

fn is_missing(error: &HdfsError) -> bool {
    match error {
        HdfsError::FileNotFound(_) => true,
        HdfsError::RPCError(class, _) => class == "java.io.FileNotFoundException",
        _ => false,
    }
}

fn failed(error: HdfsError) -> Error {
    if is_missing(&error) {
        return Error::NotFound { path: String::new(), source: Box::new(error) };
    }
    match error {
        HdfsError::AlreadyExists(path) => {
            Error::AlreadyExists { path: path.clone(), source: Box::new(HdfsError::AlreadyExists(path)) }
        }
        // Behind the first line is where in the program of the node it happened.
        HdfsError::RPCError(class, message) => {
            let message = message.lines().next().unwrap_or_default().to_owned();
            Error::Generic { store: "HDFS", source: Box::new(HdfsError::RPCError(class, message)) }
        }
        _ => Error::Generic { store: "HDFS", source: Box::new(error) },
    }
}

/// The same without what `failed` leaves out.
fn brief(error: Error) -> Error {
    match error {
        Error::Generic { store, source } => match source.downcast::<HdfsError>() {
            Ok(error) => failed(*error),
            Err(source) => Error::Generic { store, source },
        },
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_complete_has_the_name_of_such_a_file() {
        for file in ["/lake/_delta_log/00000000000000000001.json", "/part-00000-x.zstd.parquet"] {
            let unfinished = unfinished(file);
            assert!(is_unfinished(unfinished.rsplit('/').next().unwrap()), "{unfinished}");
            assert!(!is_unfinished(file.rsplit('/').next().unwrap()), "{file}");
        }
        assert!(is_unfinished(".00000000000000000001.json.tmp.2"));
        assert!(!is_unfinished("a.tmp.1") && !is_unfinished(".a.tmp."));
    }
}
