//! The paths of the service, as people know them.
//!
//! The router forgets the names of parameters: it knows `/reco/{user_id}` as `/reco/:param0`.

use std::collections::HashMap;

use poem::{PathPattern, Response, http::HeaderValue};
use serde_json::Value;

/// One path of the service, or all under one, if it ends with `*`.
#[derive(Debug)]
struct Path {
    /// As the OpenAPI description writes it.
    name: String,
    /// The methods it takes, as the `Allow` header has them.
    allow: HeaderValue,
}

/// Every path of the service.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    all: Vec<Path>,
    idx_by_pattern: HashMap<String, usize>,
}

impl Paths {
    /// The paths of an OpenAPI description, and pages beside it.
    pub(crate) fn new(spec: &Value, pages: &[&str]) -> Self {
        let described = spec["paths"].as_object().into_iter().flatten();
        let described = described.map(|(name, operations)| (name.as_str(), methods(operations)));
        let pages = pages.iter().map(|name| (*name, GET_AND_HEAD));
        let all = described.chain(pages).map(|(name, allow)| Path { name: name.to_owned(), allow });
        let all: Vec<Path> = all.collect();
        let idx_by_pattern = all.iter().enumerate().map(|(idx, path)| (pattern(&path.name), idx)).collect();
        Self { all, idx_by_pattern }
    }

    /// Their names, by number.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|path| path.name.as_str())
    }

    /// The number of the path that answered. An answer that was given before the router saw the request, such as a
    /// refusal, belongs to the path that would have matched.
    pub(crate) fn of(&self, response: &Response, path: &str) -> Option<usize> {
        match response.data::<PathPattern>() {
            Some(pattern) => self.idx_by_pattern.get(&*pattern.0).copied(),
            None => self.matching(path),
        }
    }

    /// The methods of the path that answered.
    pub(crate) fn allowed(&self, response: &Response) -> HeaderValue {
        let idx = response.data::<PathPattern>().and_then(|pattern| self.idx_by_pattern.get(&*pattern.0));
        idx.and_then(|idx| self.all.get(*idx)).map_or(GET_AND_HEAD, |path| path.allow.clone())
    }

    /// The path with the fewest parameters that fits.
    fn matching(&self, path: &str) -> Option<usize> {
        let fitting = self.all.iter().enumerate().filter(|(_, candidate)| fits(&candidate.name, path));
        fitting.min_by_key(|(_, candidate)| candidate.name.matches('{').count()).map(|(idx, _)| idx)
    }
}

const GET_AND_HEAD: HeaderValue = HeaderValue::from_static("GET, HEAD");

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

fn fits(name: &str, path: &str) -> bool {
    let (mut names, mut segments) = (name.split('/'), path.split('/'));
    loop {
        match (names.next(), segments.next()) {
            (None, None) | (Some("*"), Some(_)) => return true,
            (Some(name), Some(segment)) if name == segment || (is_parameter(name) && !segment.is_empty()) => {
            }
            _ => return false,
        }
    }
}

/// What the router calls the path.
fn pattern(name: &str) -> String {
    let mut count = 0_u32..;
    let parameters = move |segment: &str| {
        let idx = is_parameter(segment).then(|| count.next()).flatten();
        idx.map_or_else(|| segment.to_owned(), |idx| format!(":param{idx}"))
    };
    let segments = name.split('/').map(parameters);
    segments.collect::<Vec<_>>().join("/")
}

/// GET answers HEAD too.
fn methods(operations: &Value) -> HeaderValue {
    let names = operations.as_object().into_iter().flatten().map(|(name, _)| name.to_uppercase());
    let head = operations.get("get").map(|_| "HEAD".to_owned());
    let names = names.chain(head).collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(names).unwrap_or(GET_AND_HEAD)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths() -> Paths {
        let spec = json!({"paths": {
            "/a/{b}": {"get": {}, "post": {}}, "/a/c": {"delete": {}}, "/a/{b}/d/{e}": {"get": {}},
        }});
        Paths::new(&spec, &["/docs", "/app/*"])
    }

    fn matched(pattern: &str) -> Response {
        let mut response = Response::default();
        response.set_data(PathPattern(pattern.into()));
        response
    }

    #[test]
    fn a_path_is_found_by_the_routers_pattern() {
        let paths = paths();
        let find = |pattern| {
            let response = matched(pattern);
            let idx = paths.of(&response, "/ignored")?;
            Some((paths.all[idx].name.clone(), paths.allowed(&response).to_str().unwrap().to_owned()))
        };
        let found = |name: &str, allow: &str| Some((name.to_owned(), allow.to_owned()));
        assert_eq!(find("/a/:param0"), found("/a/{b}", "GET, POST, HEAD"));
        assert_eq!(find("/a/:param0/d/:param1"), found("/a/{b}/d/{e}", "GET, HEAD"));
        assert_eq!(find("/a/c"), found("/a/c", "DELETE"));
        assert_eq!(find("/docs"), found("/docs", "GET, HEAD"));
        assert_eq!(find("/app/*"), found("/app/*", "GET, HEAD"));
        assert_eq!(find("/other"), None);
    }

    #[test]
    fn an_answer_from_before_the_router_belongs_to_the_path_that_fits() {
        let paths = paths();
        let find = |path| paths.of(&Response::default(), path).map(|idx| paths.all[idx].name.as_str());
        assert_eq!(find("/a/7"), Some("/a/{b}"));
        assert_eq!(find("/a/c"), Some("/a/c"));
        assert_eq!(find("/a/c/d/7"), Some("/a/{b}/d/{e}"));
        for under in ["/app/", "/app/x.js", "/app/a/b"] {
            assert_eq!(find(under), Some("/app/*"), "{under}");
        }
        for other in ["/a", "/a/", "/a/7/d", "/b", "/app", "/apply/", ""] {
            assert_eq!(find(other), None, "{other}");
        }
    }
}
