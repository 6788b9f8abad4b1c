//! Downloads from a real server on this machine that misbehaves as told.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, LazyLock, Mutex},
    thread,
    time::Instant,
};

use backon::ExponentialBuilder;
use tempfile::TempDir;

use super::*;

const MD5_OF_BODY: &str = "560445fdab026382512bc935c856d447";

static BODY: LazyLock<Vec<u8>> = LazyLock::new(|| (0..300_000_u32).flat_map(u32::to_le_bytes).collect());

/// What the server does with one connection.
#[derive(Debug, Clone)]
enum Reply {
    /// Answers as a good server does, ranges and conditions included.
    Good,
    /// Sends only this many bytes of the body.
    Cut(usize),
    /// Knows no ranges: always sends everything, or this many bytes of it.
    NoRanges(usize),
    Status(u16),
    /// Sends this many bytes and then nothing, with the line open.
    Silent(usize),
    Text(String),
}

struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves one reply per connection, in order; the last one again and again.
    fn new(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        thread::spawn(move || {
            for (at, stream) in listener.incoming().enumerate() {
                let reply = replies[at.min(replies.len() - 1)].clone();
                let log = Arc::clone(&log);
                thread::spawn(move || answer(stream.unwrap(), &reply, &log));
            }
        });
        Self { address, requests }
    }

    fn remote(&self) -> Remote {
        Remote { url: format!("{}/ml.zip", self.address), checksum_url: None }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, reply: &Reply, log: &Mutex<Vec<String>>) {
    let mut request = String::new();
    for line in BufReader::new(stream.try_clone().unwrap()).lines() {
        let line = line.unwrap();
        if line.is_empty() {
            break;
        }
        request.push_str(&line.to_lowercase());
        request.push('\n');
    }
    log.lock().unwrap().push(request.clone());
    // The client may hang up at any time.
    let _ = reply_to(&mut stream, &request, reply);
}

fn reply_to(stream: &mut TcpStream, request: &str, reply: &Reply) -> std::io::Result<()> {
    let body = &*BODY;
    let start =
        request.split("range: bytes=").nth(1).and_then(|rest| rest.split('-').next()?.parse::<usize>().ok());
    let total = body.len();
    let head = |status: &str, length: usize, more: &str| {
        format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: \"v1\"\r\nConnection: close\r\n{more}\r\n"
        )
    };
    match (reply, start) {
        (Reply::Status(status), _) => stream.write_all(head(&format!("{status} No"), 0, "").as_bytes()),
        (Reply::Text(text), _) => stream.write_all((head("200 OK", text.len(), "") + text).as_bytes()),
        (Reply::NoRanges(length), _) => {
            stream.write_all(head("200 OK", total, "").as_bytes())?;
            stream.write_all(&body[..*length])
        }
        (Reply::Silent(length), _) => {
            stream.write_all(head("200 OK", total, "").as_bytes())?;
            stream.write_all(&body[..*length])?;
            // Until the client hangs up.
            stream.read(&mut [0]).map(drop)
        }
        (Reply::Good | Reply::Cut(_), None) if request.contains("if-none-match: \"v1\"") => {
            stream.write_all(head("304 Not Modified", 0, "").as_bytes())
        }
        (Reply::Good | Reply::Cut(_), Some(start)) if start >= total => {
            let range = format!("Content-Range: bytes */{total}\r\n");
            stream.write_all(head("416 Range Not Satisfiable", 0, &range).as_bytes())
        }
        (Reply::Good | Reply::Cut(_), start) => {
            let status = if start.is_some() { "206 Partial Content" } else { "200 OK" };
            let start = start.unwrap_or(0);
            let range = format!("Content-Range: bytes {start}-{}/{total}\r\n", total - 1);
            let end = if let Reply::Cut(length) = reply { (start + length).min(total) } else { total };
            stream.write_all(head(status, total - start, &range).as_bytes())?;
            stream.write_all(&body[start..end])
        }
    }
}

fn options(folder: &TempDir) -> DownloadOptions {
    DownloadOptions {
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(10),
        backoff: ExponentialBuilder::new().with_min_delay(Duration::from_millis(1)).with_max_times(2),
        ..DownloadOptions::new(folder.path())
    }
}

fn download(
    remote: &Remote,
    options: &DownloadOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, IngestError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(super::download(remote, options, progress))
}

fn fetch(server: &Server, folder: &TempDir) -> Result<Vec<u8>, IngestError> {
    download(&server.remote(), &options(folder), &mut |_| {}).map(|path| fs::read(path).unwrap())
}

#[test]
fn a_file_is_downloaded_and_its_progress_told() {
    let (server, folder) = (Server::new(vec![Reply::Good]), tempfile::tempdir().unwrap());
    let mut seen = Vec::new();
    let path = download(&server.remote(), &options(&folder), &mut |at| seen.push(at)).unwrap();
    assert!(fs::read(&path).unwrap() == *BODY);
    assert_eq!(path, folder.path().join("ml.zip"));
    let total = BODY.len() as u64;
    assert_eq!(seen[0], Progress { bytes: 0, total: Some(total) });
    assert_eq!(seen.last(), Some(&Progress { bytes: total, total: Some(total) }));
    assert!(!folder.path().join("ml.zip.part").exists());
}

#[test]
fn a_cut_download_goes_on_where_it_ended() {
    let replies = vec![Reply::Cut(500_000), Reply::Cut(400_000), Reply::Good];
    let (server, folder) = (Server::new(replies), tempfile::tempdir().unwrap());
    assert!(fetch(&server, &folder).unwrap() == *BODY);
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[1].contains("range: bytes=500000-\nif-range: \"v1\""), "{}", requests[1]);
    assert!(requests[2].contains("range: bytes=900000-"), "{}", requests[2]);
}

#[test]
fn a_cut_download_goes_on_in_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(vec![
        Reply::Cut(700_000),
        Reply::Status(500),
        Reply::Status(500),
        Reply::Status(500),
        Reply::Good,
    ]);
    let error = fetch(&server, &folder).unwrap_err();
    assert!(matches!(error, IngestError::Unreachable { .. }), "{error}");
    assert!(fetch(&server, &folder).unwrap() == *BODY);
    assert!(server.requests().last().unwrap().contains("range: bytes=700000-"));
}

#[test]
fn more_cuts_than_attempts_do_no_harm_while_bytes_come() {
    let (server, folder) = (Server::new(vec![Reply::Cut(150_000)]), tempfile::tempdir().unwrap());
    assert!(fetch(&server, &folder).unwrap() == *BODY);
    assert_eq!(server.requests().len(), 8);
}

#[test]
fn a_server_that_ignores_ranges_starts_anew() {
    let replies = vec![Reply::NoRanges(500_000), Reply::NoRanges(1_200_000)];
    let (server, folder) = (Server::new(replies), tempfile::tempdir().unwrap());
    assert!(fetch(&server, &folder).unwrap() == *BODY);
}

#[test]
fn a_server_that_always_cuts_at_the_same_place_is_given_up() {
    let (server, folder) = (Server::new(vec![Reply::NoRanges(500_000)]), tempfile::tempdir().unwrap());
    let error = fetch(&server, &folder).unwrap_err();
    assert!(matches!(error, IngestError::Unreachable { attempts: 3, .. }), "{error}");
    assert!(!folder.path().join("ml.zip").exists());
}

#[test]
fn a_part_of_other_content_is_not_gone_on_with() {
    let (server, folder) = (Server::new(vec![Reply::Good]), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("ml.zip.part"), "something else").unwrap();
    assert!(fetch(&server, &folder).unwrap() == *BODY);
    assert!(!server.requests()[0].contains("range"), "nothing is known of that part");
}

#[test]
fn a_whole_part_that_was_not_renamed_is_not_fetched_again() {
    let (server, folder) = (Server::new(vec![Reply::Good]), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("ml.zip.part"), &*BODY).unwrap();
    let from = format!("{}\n\"v1\"\n\n{}\n", server.remote().url, BODY.len());
    fs::write(folder.path().join("ml.zip.part.from"), from).unwrap();
    assert!(fetch(&server, &folder).unwrap() == *BODY);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_missing_file_is_not_tried_twice() {
    let (server, folder) = (Server::new(vec![Reply::Status(404)]), tempfile::tempdir().unwrap());
    let error = fetch(&server, &folder).unwrap_err();
    assert!(error.to_string().contains("/ml.zip answered HTTP 404") && error.is_wrong_usage(), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_server_in_trouble_is_tried_again() {
    let replies = vec![Reply::Status(503), Reply::Status(429), Reply::Good];
    let (server, folder) = (Server::new(replies), tempfile::tempdir().unwrap());
    assert!(fetch(&server, &folder).unwrap() == *BODY);
}

#[test]
fn a_silent_server_runs_into_the_timeout_and_the_download_goes_on() {
    let (server, folder) =
        (Server::new(vec![Reply::Silent(400_000), Reply::Good]), tempfile::tempdir().unwrap());
    let options = DownloadOptions { read_timeout: Duration::from_secs(1), ..options(&folder) };
    let start = Instant::now();
    let path = download(&server.remote(), &options, &mut |_| {}).unwrap();
    assert!(fs::read(path).unwrap() == *BODY);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(server.requests()[1].contains("range: bytes=400000-"));
}

#[test]
fn an_unreachable_address_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ml.zip", listener.local_addr().unwrap());
    drop(listener);
    let folder = tempfile::tempdir().unwrap();
    let remote = Remote { url: url.clone(), checksum_url: None };
    let error = download(&remote, &options(&folder), &mut |_| {}).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot download {url} (3 failed attempts)")), "{error}");
    assert!(!error.is_wrong_usage(), "{error}");
}

#[test]
fn an_unchanged_file_is_not_downloaded_again() {
    let (server, folder) = (Server::new(vec![Reply::Good]), tempfile::tempdir().unwrap());
    fetch(&server, &folder).unwrap();
    assert!(fetch(&server, &folder).unwrap() == *BODY);
    assert!(server.requests()[1].contains("if-none-match: \"v1\""));
    fs::write(folder.path().join("ml.zip"), "cut short by something").unwrap();
    assert!(fetch(&server, &folder).unwrap() == *BODY, "a file of another length is fetched again");
}

fn checked(server: &Server, sum: &Server) -> Remote {
    Remote { checksum_url: Some(format!("{}/ml.zip.md5", sum.address)), ..server.remote() }
}

#[test]
fn a_file_with_the_published_checksum_is_not_downloaded_again() {
    let (server, folder) = (Server::new(vec![Reply::Good]), tempfile::tempdir().unwrap());
    let sum = Server::new(vec![Reply::Text(format!("MD5 (ml.zip) = {MD5_OF_BODY}\n"))]);
    for _ in 0..2 {
        download(&checked(&server, &sum), &options(&folder), &mut |_| {}).unwrap();
    }
    assert_eq!((server.requests().len(), sum.requests().len()), (1, 2));
}

#[test]
fn a_wrong_checksum_deletes_the_download_and_names_both_sums() {
    let (server, folder) = (Server::new(vec![Reply::Good]), tempfile::tempdir().unwrap());
    let sum = Server::new(vec![Reply::Text("6b51fb2759a8657d3bfcbfc42b592ada  ml.zip\n".into())]);
    let error = download(&checked(&server, &sum), &options(&folder), &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains(MD5_OF_BODY) && error.contains("6b51fb2759a8657d3bfcbfc42b592ada"), "{error}");
    assert!(!folder.path().join("ml.zip").exists() && !folder.path().join("ml.zip.part").exists());
}

#[test]
fn a_checksum_that_is_not_published_is_done_without() {
    let (server, folder) = (Server::new(vec![Reply::Good]), tempfile::tempdir().unwrap());
    let sum = Server::new(vec![Reply::Status(404)]);
    assert!(download(&checked(&server, &sum), &options(&folder), &mut |_| {}).is_ok());
}

#[test]
fn a_page_in_place_of_a_checksum_is_refused() {
    let (server, folder) = (Server::new(vec![Reply::Good]), tempfile::tempdir().unwrap());
    let sum = Server::new(vec![Reply::Text("<html>sign in</html>".into())]);
    let error = download(&checked(&server, &sum), &options(&folder), &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("ml.zip.md5 (it says `<html>sign in</html>`)"), "{error}");
}

#[test]
fn two_downloads_of_one_file_do_not_write_over_each_other() {
    let (server, folder) = (Server::new(vec![Reply::Good]), tempfile::tempdir().unwrap());
    let part = fs::File::create(folder.path().join("ml.zip.part")).unwrap();
    part.lock().unwrap();
    let error = fetch(&server, &folder).unwrap_err();
    assert!(matches!(error, IngestError::Busy { .. }), "{error}");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let options = DownloadOptions::new(folder.path().join("file/downloads"));
    let server = Server::new(vec![Reply::Good]);
    let error = download(&server.remote(), &options, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("file/downloads`"), "{error}");
}

#[test]
fn a_file_is_named_after_its_address() {
    for (url, name) in [
        ("https://example.org/a/ml-1m.zip", "ml-1m.zip"),
        ("https://example.org/a/ml%201m.zip?x=1/2#y", "ml_201m.zip"),
        ("https://example.org/latest", "latest.zip"),
        ("https://example.org", "download.zip"),
        ("https://example.org/..", "download.zip"),
    ] {
        assert_eq!(file_name(url), name);
    }
}
