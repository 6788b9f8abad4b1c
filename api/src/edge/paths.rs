//! The paths of the service, as the OpenAPI description has them.
//!
//! The router forgets the names of parameters: it knows `/reco/{user_id}` as `/reco/:param0`.

use std::collections::HashMap;

use poem::{
    PathPattern,
    http::{HeaderValue, Method},
};
use poem_openapi::registry::{MetaApi, MetaOperation, MetaSchema, MetaSchemaRef, Registry};
use serde_json::Value;

/// One path of the service, or all under one, if it ends with `*`.
#[derive(Debug)]
pub(crate) struct Path {
    /// As the OpenAPI description writes it.
    name: String,
    /// The methods it takes, as the `Allow` header has them.
    pub(super) allow: HeaderValue,
    parameters: Vec<Parameter>,
}

/// A parameter of one operation.
#[derive(Debug)]
struct Parameter {
    method: Method,
    name: String,
    /// What it must be, from its schema.
    wanted: String,
}

/// Every path of the service.
#[derive(Debug)]
pub(crate) struct Paths {
    all: Vec<Path>,
    idx_by_pattern: HashMap<String, usize>,
}

impl Paths {
    /// The paths of the calls, and pages that are no calls.
    pub(crate) fn new(apis: &[MetaApi], registry: &Registry, pages: &[&str]) -> Self {
        let described = apis.iter().flat_map(|api| &api.paths).map(|path| Path {
            name: path.path.clone(),
            allow: methods(&path.operations),
            parameters: path
                .operations
                .iter()
                .flat_map(|operation| parameters(registry, operation))
                .collect(),
        });
        let pages = pages.iter().map(|&name| Path {
            name: name.to_owned(),
            allow: GET_AND_HEAD,
            parameters: Vec::new(),
        });
        let all: Vec<Path> = described.chain(pages).collect();
        let idx_by_pattern = all.iter().enumerate().map(|(idx, path)| (pattern(&path.name), idx)).collect();
        Self { all, idx_by_pattern }
    }

    /// Their names, by number.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|path| path.name.as_str())
    }

    pub(super) fn get(&self, idx: usize) -> Option<&Path> {
        self.all.get(idx)
    }

    /// The number of the path that answered. What was answered before the router saw the request, such as a refusal,
    /// belongs to the path that would have matched.
    pub(super) fn find(&self, answered: Option<&PathPattern>, path: &str) -> Option<usize> {
        match answered {
            Some(pattern) => self.idx_by_pattern.get(&*pattern.0).copied(),
            None => self.matching(path),
        }
    }

    /// The path that fits and, as for the router, has its first parameter last.
    fn matching(&self, path: &str) -> Option<usize> {
        let fitting = self.all.iter().enumerate().filter(|(_, candidate)| fits(&candidate.name, path));
        fitting.min_by(|(_, one), (_, other)| one.parts().cmp(other.parts())).map(|(idx, _)| idx)
    }
}

impl Path {
    /// For each part whether it is a parameter.
    fn parts(&self) -> impl Iterator<Item = bool> {
        self.name.split('/').map(is_parameter)
    }

    /// What to tell who sent a parameter that cannot be read; `name` as the framework has it.
    pub(super) fn bad_parameter(&self, method: &str, name: &str) -> Option<String> {
        let place = name.strip_prefix("param").and_then(|place| place.parse().ok());
        let in_path = place.and_then(|place| self.name.split('/').filter(|s| is_parameter(s)).nth(place));
        let name = in_path.map_or(name, |segment| segment.trim_matches(['{', '}']));
        // GET answers HEAD, too.
        let method = if method == "HEAD" { "GET" } else { method };
        let found = self.parameters.iter().find(|known| known.method == method && known.name == name)?;
        Some(format!("{name} must be {}", found.wanted))
    }
}

/// The format of parameters that are keys: a text counted in bytes, for which OpenAPI has no word.
pub(crate) const KEY: &str = "key";

pub(super) const GET_AND_HEAD: HeaderValue = HeaderValue::from_static("GET, HEAD");

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

fn parameters(registry: &Registry, operation: &MetaOperation) -> impl Iterator<Item = Parameter> {
    operation.params.iter().map(|parameter| Parameter {
        method: operation.method.clone(),
        name: parameter.name.clone(),
        wanted: wanted(registry, &parameter.schema),
    })
}

/// What a value of this schema must be. So the validators, the description and the messages have the same bounds.
fn wanted(registry: &Registry, schema: &MetaSchemaRef) -> String {
    let schema = match schema {
        MetaSchemaRef::Inline(schema) => Some(&**schema),
        MetaSchemaRef::Reference(name) => registry.schemas.get(name),
    };
    let Some(schema) = schema else { return "text".to_owned() };
    let values: Vec<_> = schema.enum_items.iter().filter_map(Value::as_str).collect();
    if let Some((last, others)) = values.split_last() {
        return if others.is_empty() {
            (*last).to_owned()
        } else {
            format!("{} or {last}", others.join(", "))
        };
    }
    match (schema, schema.ty) {
        (MetaSchema { minimum: Some(least), maximum: Some(most), .. }, _) => {
            format!("a whole number from {least} to {most}")
        }
        (_, "boolean") => "true or false".to_owned(),
        (MetaSchema { items: Some(item), max_items: Some(most), .. }, _) => {
            format!("{}, given at most {most} times", wanted(registry, item))
        }
        (MetaSchema { format: Some(KEY), max_length: Some(most), .. }, _) => {
            format!("a text of at most {most} bytes, not empty and without control characters")
        }
        (MetaSchema { max_length: Some(most), .. }, _) => format!("at most {most} characters"),
        _ => "text".to_owned(),
    }
}

/// GET answers HEAD, too.
fn methods(operations: &[MetaOperation]) -> HeaderValue {
    let mut names: Vec<&str> = operations.iter().map(|operation| operation.method.as_str()).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    HeaderValue::try_from(names.join(", ")).unwrap_or(GET_AND_HEAD)
}

#[cfg(test)]
#[allow(clippy::unused_async, reason = "the macro awaits it")]
mod tests {
    use poem_openapi::{
        Enum, OpenApi,
        param::{self, Query},
    };

    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
    #[oai(rename_all = "lowercase")]
    enum Order {
        X,
        Y,
        Z,
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
    #[oai(rename_all = "lowercase")]
    enum One {
        Only,
    }

    struct Calls;

    #[OpenApi]
    impl Calls {
        #[oai(path = "/a/:b", method = "get")]
        async fn get(
            &self,
            #[oai(name = "b", validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
            _b: param::Path<i64>,
            #[oai(name = "sort")] _sort: Query<Option<Order>>,
            #[oai(name = "one")] _one: Query<Option<One>>,
            #[oai(name = "flag")] _flag: Query<Option<bool>>,
            #[oai(name = "text", validator(max_length = 100))] _text: Query<Option<String>>,
            #[oai(name = "list", default, validator(max_items = "9"))] _list: Query<Vec<String>>,
        ) {
        }

        #[oai(path = "/a/:b", method = "post")]
        async fn post(&self, #[oai(name = "b")] _b: param::Path<String>) {}

        #[oai(path = "/a/c", method = "delete")]
        async fn delete(&self) {}

        #[oai(path = "/k/:b/r", method = "get")]
        async fn parameter_first(&self, #[oai(name = "b")] _b: param::Path<String>) {}

        #[oai(path = "/k/by/:e", method = "get")]
        async fn parameter_last(&self, #[oai(name = "e")] _e: param::Path<String>) {}

        #[oai(path = "/a/:b/d/:e", method = "get")]
        async fn deeper(
            &self,
            #[oai(name = "b")] _b: param::Path<String>,
            #[oai(name = "e")] _e: param::Path<String>,
        ) {
        }
    }

    fn paths() -> Paths {
        let mut registry = Registry::new();
        Calls::register(&mut registry);
        Paths::new(&Calls::meta(), &registry, &["/docs", "/app/*"])
    }

    #[test]
    fn a_path_is_found_by_the_routers_pattern() {
        let paths = paths();
        let find = |pattern: &str| {
            let path = paths.get(paths.find(Some(&PathPattern(pattern.into())), "/ignored")?)?;
            Some((path.name.as_str(), path.allow.to_str().unwrap()))
        };
        assert_eq!(find("/a/:param0"), Some(("/a/{b}", "GET, POST, HEAD")));
        assert_eq!(find("/a/:param0/d/:param1"), Some(("/a/{b}/d/{e}", "GET, HEAD")));
        assert_eq!(find("/a/c"), Some(("/a/c", "DELETE")));
        assert_eq!(find("/docs"), Some(("/docs", "GET, HEAD")));
        assert_eq!(find("/app/*"), Some(("/app/*", "GET, HEAD")));
        assert_eq!(find("/other"), None);
    }

    #[test]
    fn an_answer_from_before_the_router_belongs_to_the_path_that_fits() {
        let paths = paths();
        let find = |path| paths.find(None, path).map(|idx| paths.all[idx].name.as_str());
        assert_eq!(find("/a/7"), Some("/a/{b}"));
        assert_eq!(find("/a/c"), Some("/a/c"));
        assert_eq!(find("/a/c/d/7"), Some("/a/{b}/d/{e}"));
        assert_eq!(find("/k/7/r"), Some("/k/{b}/r"));
        assert_eq!(find("/k/by/r"), Some("/k/by/{e}"), "as the router takes it");
        for under in ["/app/", "/app/x.js", "/app/a/b"] {
            assert_eq!(find(under), Some("/app/*"), "{under}");
        }
        for other in ["/a", "/a/", "/a/7/d", "/b", "/app", "/apply/", ""] {
            assert_eq!(find(other), None, "{other}");
        }
    }

    #[test]
    fn a_bad_parameter_is_told_what_its_schema_says() {
        let paths = paths();
        let path = paths.get(paths.find(None, "/a/7").unwrap()).unwrap();
        for (name, wanted) in [
            ("param0", "b must be a whole number from 1 to 9007199254740991"),
            ("sort", "sort must be x, y or z"),
            ("one", "one must be only"),
            ("flag", "flag must be true or false"),
            ("text", "text must be at most 100 characters"),
            ("list", "list must be text, given at most 9 times"),
        ] {
            for method in ["GET", "HEAD"] {
                assert_eq!(path.bad_parameter(method, name).as_deref(), Some(wanted));
            }
        }
        assert_eq!(path.bad_parameter("POST", "sort"), None);
        assert_eq!(path.bad_parameter("GET", "other"), None);
    }
}
