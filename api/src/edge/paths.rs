//! The paths of the service, as people know them.
//!
//! The router forgets the names of parameters: it knows `/reco/{user_id}` as `/reco/:param0`.

use std::{collections::BTreeMap, sync::Arc};

use poem::{PathPattern, Response};
use serde_json::Value;

/// One path of the service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// As the OpenAPI description writes it.
    pub(crate) name: Arc<str>,
    /// The methods it takes, as the `Allow` header has them.
    pub(crate) allow: String,
}

/// Every path of the service, found by the shape of its pattern.
#[derive(Debug, Default)]
pub(crate) struct Paths(BTreeMap<String, Path>);

impl Paths {
    /// The paths of an OpenAPI description, and pages beside it.
    pub(crate) fn new(spec: &Value, pages: &[&str]) -> Self {
        let described = spec["paths"].as_object().into_iter().flatten();
        let described = described.map(|(name, operations)| (name.as_str(), methods(operations)));
        let pages = pages.iter().map(|name| (*name, "GET, HEAD".to_owned()));
        let all = described.chain(pages);
        Self(all.map(|(name, allow)| (shape(name), Path { name: name.into(), allow })).collect())
    }

    /// The path that answered, if the request matched one.
    pub(crate) fn of(&self, response: &Response) -> Option<&Path> {
        self.0.get(&shape(&response.data::<PathPattern>()?.0))
    }
}

/// The pattern without the names of its parameters.
fn shape(pattern: &str) -> String {
    let is_parameter = |segment: &str| segment.starts_with(':') || segment.starts_with('{');
    let segments = pattern.split('/').map(|segment| if is_parameter(segment) { "*" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// GET answers HEAD too.
fn methods(operations: &Value) -> String {
    let names = operations.as_object().into_iter().flatten().map(|(name, _)| name.to_uppercase());
    let head = operations.get("get").map(|_| "HEAD".to_owned());
    names.chain(head).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_found_by_its_shape() {
        let spec = json!({"paths": {"/a/{b}": {"get": {}, "post": {}}, "/a/c": {"delete": {}}}});
        let paths = Paths::new(&spec, &["/docs"]);
        let find = |pattern: &str| {
            let mut response = Response::default();
            response.set_data(PathPattern(pattern.into()));
            paths.of(&response).map(|path| (path.name.to_string(), path.allow.clone()))
        };
        assert_eq!(find("/a/:param0"), Some(("/a/{b}".to_owned(), "GET, POST, HEAD".to_owned())));
        assert_eq!(find("/a/c"), Some(("/a/c".to_owned(), "DELETE".to_owned())));
        assert_eq!(find("/docs"), Some(("/docs".to_owned(), "GET, HEAD".to_owned())));
        assert_eq!(find("/other"), None);
        assert_eq!(paths.of(&Response::default()), None);
    }
}
