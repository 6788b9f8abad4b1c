use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::client::published;

#[tokio::test]
async fn the_committed_description_is_the_one_that_is_served() {
    let (_database, service) = published().await;
    let served = service.get("/openapi.json").await;
    let committed = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json")).unwrap();
    assert_eq!(served.text(), committed.trim_end(), "run `cargo run -p api -- openapi > api/openapi.json`");
}

#[tokio::test]
async fn the_documentation_loads_nothing_from_outside() {
    let (_database, service) = published().await;
    for path in ["/docs", "/redoc"] {
        let page = service.get(path).await;
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        let html = page.text();
        for tag in ["<link", "<img", "<iframe", "<script src", "@import"] {
            // Scripts build such tags as strings; those of the page itself are outside of them.
            for part in outside_of_scripts(html).split(tag).skip(1) {
                let end = part.find('>').unwrap_or(part.len());
                assert!(!part[..end].contains("//"), "{path}: {tag}{}", &part[..end]);
            }
        }
        assert!(!html.contains("fonts.googleapis.com/css"), "{path}");
        let policy = &page.headers["content-security-policy"];
        assert!(!policy.contains("http") && !policy.contains('*'), "{policy}");
    }
}

/// The page without what stands between `<script ...>` and `</script>`.
fn outside_of_scripts(html: &str) -> String {
    let mut parts = html.split("<script");
    let mut outside = parts.next().unwrap().to_owned();
    for part in parts {
        let (tag, rest) = part.split_once('>').unwrap();
        outside.extend(["<script", tag, ">"]);
        outside.push_str(rest.rsplit_once("</script>").map_or("", |(_, after)| after));
    }
    outside
}

#[tokio::test]
async fn every_operation_and_parameter_is_described() {
    let (_database, service) = published().await;
    let spec = service.get("/openapi.json").await.json();
    for (path, operations) in spec["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{name}");
            assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{name}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(!response["description"].as_str().unwrap().is_empty(), "{name} {status}");
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{name}: {parameter}");
                assert_eq!(parameter["required"], parameter["in"] == "path", "{name}: {parameter}");
            }
        }
    }
    assert_bounded(&spec, "");
}

/// Every integer states both of its ends.
fn assert_bounded(value: &Value, at: &str) {
    if value["type"] == "integer" && !at.ends_with("RETRY-AFTER/schema") {
        assert!(value["minimum"].is_number() && value["maximum"].is_number(), "{at}: {value}");
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        assert_bounded(inner, &format!("{at}/{name}"));
    }
    for inner in value.as_array().into_iter().flatten() {
        assert_bounded(inner, at);
    }
}

#[tokio::test]
async fn the_welcome_lists_every_operation() {
    let (_database, service) = published().await;
    let spec = service.get("/openapi.json").await.json();
    let listed: BTreeSet<String> = api::resources::root::ENDPOINTS
        .iter()
        .map(|(method, path, _)| format!("{method} {}", path.split('?').next().unwrap()))
        .collect();
    let operations = spec["paths"].as_object().unwrap().iter().flat_map(|(path, operations)| {
        operations.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let pages = ["/docs", "/redoc", "/openapi.json", "/ui/", "/app/"].map(|path| format!("GET {path}"));
    assert_eq!(listed, operations.chain(pages).collect());
}
