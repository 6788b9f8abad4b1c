//! The front ends, served from folders.

use std::{fs, path::Path};

use api::{app::Options, site::Site};
use tempfile::TempDir;

use crate::{
    client::{Answer, Service, options},
    process::api,
    showing::keyed,
};

const SCRIPT: &str = "console.log('a script that is long enough to be worth its compression');";
/// What the browser is to compare the script above with.
const SCRIPT_HASH: &str = "'sha256-smjQSI/gEowwTCCTdycHVZwcMYLtSVu+0gQQBLIuTOY='";
const ASSET: &str = "assets/index-BnXu1d9Q.js";

/// A front end of a page with an inline script, an asset and a picture.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("index.html", &format!("<!doctype html><title>Été</title><script>{SCRIPT}</script>"));
    write(ASSET, &SCRIPT.repeat(50));
    write("favicon.svg", "<svg/>");
    write(".vite/manifest.json", "{}");
    folder
}

/// Nothing listens there: pages need no database.
const NO_DATABASE: &str = "postgres://nobody@127.0.0.1:1/nothing";

/// A service with these pages.
async fn with_pages(ui: Option<&Path>, app: Option<&Path>) -> Service {
    let site = Site::read(ui, app).unwrap();
    Service::impatient(NO_DATABASE.to_owned(), Options { site, ..options() }).await
}

fn is_page(answer: &Answer) -> bool {
    answer.status == 200
        && answer.headers["content-type"] == "text/html; charset=utf-8"
        && answer.text().contains("<title>Été</title>")
}

#[tokio::test]
async fn both_front_ends_are_served_each_under_its_path() {
    let (ui, app) = (folder(), folder());
    fs::write(ui.path().join("index.html"), "<title>plain</title>").unwrap();
    let service = with_pages(Some(ui.path()), Some(app.path())).await;
    assert_eq!(service.get("/ui/").await.text(), "<title>plain</title>");
    assert_eq!(service.get("/ui/index.html?user=1&n=10").await.text(), "<title>plain</title>");
    assert!(is_page(&service.get("/app/").await));
    let script = service.get(&format!("/app/{ASSET}")).await;
    assert_eq!(script.headers["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(script.text(), SCRIPT.repeat(50));
    assert_eq!(service.get("/app/favicon.svg").await.headers["content-type"], "image/svg+xml");
    let head = service.ask("HEAD", "/app/", &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[tokio::test]
async fn a_path_that_only_the_app_knows_answers_the_app_and_a_missing_file_is_404() {
    let (ui, app) = (folder(), folder());
    let service = with_pages(Some(ui.path()), Some(app.path())).await;
    for path in ["/app/users/1?n=5", "/app/films/7", "/app/explore", "/app/a/b/c", "/app/%C3%A9"] {
        assert!(is_page(&service.get(path).await), "{path}");
    }
    let files =
        ["/app/assets/index-older.js", "/app/robots.txt", "/app/.vite/manifest.json", "/app/../Cargo.toml"];
    for path in files.into_iter().chain(["/ui/users/1", "/ui/x.js", "/application", "/uid"]) {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.detail().is_empty());
    }
    let refused = service.ask("POST", "/app/users/1", &[("content-length", "0")]).await;
    assert_eq!((refused.status, refused.headers["allow"].as_str()), (405, "GET, HEAD"));
}

#[tokio::test]
async fn a_path_without_its_slash_leads_to_the_one_with_it_behind_any_prefix() {
    let folder = folder();
    let service = with_pages(Some(folder.path()), Some(folder.path())).await;
    for (path, target) in [("/ui", "ui/"), ("/app", "app/"), ("/ui?user=1&n=3", "ui/?user=1&n=3")] {
        let answer = service.get(path).await;
        assert_eq!((answer.status, answer.headers["location"].as_str()), (308, target), "{path}");
    }
}

#[tokio::test]
async fn a_page_is_asked_for_again_and_what_is_named_by_its_content_is_kept() {
    let folder = folder();
    let service = with_pages(None, Some(folder.path())).await;
    let asset = format!("/app/{ASSET}");
    for (path, keeping) in [
        ("/app/", "no-cache"),
        ("/app/users/1", "no-cache"),
        ("/app/favicon.svg", "no-cache"),
        (&asset, "public, max-age=31536000, immutable"),
    ] {
        let answer = service.get(path).await;
        assert_eq!(answer.headers["cache-control"], keeping, "{path}");
        let tag = answer.headers["etag"].as_str();
        let again = service.ask("GET", path, &[("if-none-match", tag)]).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(again.headers["etag"], tag);
        let other = service.ask("GET", path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(other.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_page_may_run_its_own_parts_and_nothing_else() {
    let folder = folder();
    let service = with_pages(Some(folder.path()), Some(folder.path())).await;
    for path in ["/ui/", "/app/", "/app/films/7"] {
        let policy = &service.get(path).await.headers["content-security-policy"];
        assert!(policy.contains(&format!("script-src 'self' {SCRIPT_HASH};")), "{policy}");
        assert!(policy.contains("style-src 'self';") && policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    }
}

#[tokio::test]
async fn a_file_comes_compressed_to_those_who_can_read_it() {
    let folder = folder();
    let service = with_pages(None, Some(folder.path())).await;
    let path = format!("/app/{ASSET}");
    let gzip = service.ask("GET", &path, &[("accept-encoding", "gzip, deflate, br")]).await;
    assert_eq!(gzip.headers["content-encoding"], "gzip");
    assert_eq!(gzip.body[..2], [0x1f, 0x8b]);
    assert_eq!(gzip.headers["content-length"], gzip.body.len().to_string());
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*gzip.body), &mut text).unwrap();
    assert_eq!(text, service.get(&path).await.text());
    assert!(gzip.body.len() * 10 < text.len());
    for headers in [&gzip.headers, &service.get(&path).await.headers] {
        assert!(headers["vary"].contains("accept-encoding"));
    }
    let tiny = service.ask("GET", "/app/favicon.svg", &[("accept-encoding", "gzip")]).await;
    assert_eq!(tiny.text(), "<svg/>");
}

#[tokio::test]
async fn pages_stay_whole_while_their_folder_changes() {
    let folder = folder();
    let service = with_pages(None, Some(folder.path())).await;
    fs::remove_dir_all(folder.path()).unwrap();
    assert!(is_page(&service.get("/app/").await));
    assert_eq!(service.get(&format!("/app/{ASSET}")).await.status, 200);
}

#[tokio::test]
async fn pages_are_open_where_tokens_are_required_and_their_calls_are_not() {
    let folder = folder();
    let mut options = Options { site: Site::read(None, Some(folder.path())).unwrap(), ..keyed() };
    options.tokens.required = true;
    let service = Service::impatient(NO_DATABASE.to_owned(), options).await;
    assert!(is_page(&service.get("/app/films/7").await));
    assert_eq!(service.get("/movies/7").await.status, 401);
}

#[tokio::test]
async fn pages_that_are_not_there_say_which_flag_brings_them_and_are_not_listed() {
    let folder = folder();
    let service = with_pages(Some(folder.path()), None).await;
    let answer = service.get("/app/films/7").await;
    assert_eq!(answer.status, 404);
    assert!(answer.detail().contains("--app-dir (API_APP_DIR)"), "{}", answer.detail());
    let welcome = service.get("/").await.json();
    let listed =
        |path: &str| welcome["endpoints"].as_array().unwrap().iter().any(|call| call["path"] == path);
    assert!(listed("/ui/") && !listed("/app/"), "{welcome}");
}

#[tokio::test]
async fn answers_of_pages_are_counted_under_one_name_each() {
    let folder = folder();
    let service = with_pages(None, Some(folder.path())).await;
    for path in ["/app/", "/app/users/1", "/app/assets/none.js"] {
        service.get(path).await;
    }
    let metrics = service.get("/metrics").await;
    let counted = metrics.text().lines().filter(|line| line.starts_with("cinelake_api_requests_total{"));
    let counted: Vec<&str> = counted.filter(|line| line.contains("/app/")).collect();
    assert_eq!(counted.len(), 2, "{counted:?}");
    assert!(counted.iter().all(|line| line.contains("path=\"/app/*\"")), "{counted:?}");
    assert!(
        counted.iter().any(|line| line.contains("status=\"200\"") && line.ends_with(" 2")),
        "{counted:?}"
    );
}

#[tokio::test]
async fn a_folder_without_a_page_ends_the_start_with_one_line_that_names_the_flag() {
    let empty = TempDir::new().unwrap();
    let missing = empty.path().join("missing");
    for (flag, folder) in [("--ui-dir", empty.path()), ("--app-dir", &missing)] {
        let output = api()
            .args(["--listen", "127.0.0.1:0", "--database-url", "postgres://x@127.0.0.1/x", flag])
            .arg(folder)
            .output()
            .await
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains(flag) && error.contains(&*folder.to_string_lossy()), "{error}");
    }
}

#[test]
fn a_folder_that_is_too_large_for_a_front_end_is_refused() {
    let folder = folder();
    fs::File::create(folder.path().join("disk.img")).unwrap().set_len(33 << 20).unwrap();
    let error = format!("{:#}", Site::read(None, Some(folder.path())).unwrap_err());
    assert!(error.contains("more than 32 MiB") && error.contains("--app-dir"), "{error}");
}
