//! The front ends: pages that are built elsewhere, read once at the start, and answered from memory.
//!
//! So a page and its scripts always fit each other, whatever happens to the folder meanwhile.

mod args;
mod file;
mod folder;
mod policy;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use anyhow::Result;
use poem::{
    Endpoint, PathPattern, Request, Response,
    error::{MethodNotAllowedError, NotFoundError},
    http::{HeaderValue, Method, StatusCode, header},
};

pub(crate) use self::args::SiteArgs;

use self::file::File;
use crate::edge::Problem;

/// The paths of this module.
pub(crate) const PAGES: [&str; 2] = ["/ui/*", "/app/*"];

/// A front end, and where it is.
#[derive(Debug)]
struct Mount {
    /// As in [`PAGES`].
    name: &'static str,
    /// Whether the page itself knows more paths than there are files.
    has_routes: bool,
    /// The flag that names its folder.
    flag: &'static str,
    /// By their paths within the folder; none where no folder is given.
    files: BTreeMap<String, File>,
}

/// The front ends that are served.
#[derive(Debug, Clone, Default)]
pub struct Site {
    mounts: Arc<[Mount]>,
}

impl Site {
    /// Reads the plain page and the app from their folders.
    ///
    /// # Errors
    /// A folder cannot be read, has no `index.html`, or is too large to be a front end.
    pub fn read(ui: Option<&Path>, app: Option<&Path>) -> Result<Self> {
        let mount = |name, has_routes, flag, folder: Option<&Path>| {
            let files = folder.map(|folder| folder::read(folder, flag)).transpose()?.unwrap_or_default();
            anyhow::Ok(Mount { name, has_routes, flag, files })
        };
        let ui = mount(PAGES[0], false, "--ui-dir (API_UI_DIR)", ui)?;
        let app = mount(PAGES[1], true, "--app-dir (API_APP_DIR)", app)?;
        Ok(Self { mounts: [ui, app].into() })
    }

    /// Whether the pages under this path are there.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.mounts.iter().any(|mount| within(mount.name, path).is_some() && !mount.files.is_empty())
    }
}

/// Whether the path belongs to a front end, be it there or not.
pub(crate) fn is_page(path: &str) -> bool {
    PAGES.iter().any(|name| within(name, path).is_some())
}

/// Where the path leads within a front end: `None` if elsewhere.
fn within<'a>(name: &str, path: &'a str) -> Option<Within<'a>> {
    let rest = path.strip_prefix(name.trim_end_matches("/*"))?;
    match rest.strip_prefix('/') {
        Some(file) => Some(Within::File(file)),
        None => rest.is_empty().then_some(Within::WithoutSlash),
    }
}

/// A path within a front end.
enum Within<'a> {
    /// A file, or a path that the page knows.
    File(&'a str),
    /// Relative addresses would not work from here.
    WithoutSlash,
}

impl Mount {
    fn answer(&self, request: &Request, place: &Within) -> poem::Result<Response> {
        if self.files.is_empty() {
            let detail =
                format!("this service was started without these pages; {} names their folder", self.flag);
            return Err(Problem::not_found(detail).into());
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(MethodNotAllowedError.into());
        }
        match place {
            Within::WithoutSlash => Ok(self.with_slash(request)),
            Within::File(path) => Ok(self.find(path).ok_or(NotFoundError)?.answer(request)),
        }
    }

    /// A path that looks like no file is the page's own.
    fn find(&self, path: &str) -> Option<&File> {
        let is_route = path.is_empty() || (self.has_routes && !path.contains('.'));
        self.files.get(path).or_else(|| self.files.get(folder::INDEX).filter(|_| is_route))
    }

    /// A relative address holds behind a proxy that serves all of this under a prefix, too.
    fn with_slash(&self, request: &Request) -> Response {
        let folder = self.name.trim_start_matches('/').trim_end_matches('*');
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut response: Response = StatusCode::PERMANENT_REDIRECT.into();
        if let Ok(location) = HeaderValue::try_from(format!("{folder}{query}")) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

impl Endpoint for Site {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path();
        let found = self.mounts.iter().find_map(|mount| Some((mount, within(mount.name, path)?)));
        let (mount, place) = found.ok_or(NotFoundError)?;
        let mut outcome = mount.answer(&request, &place);
        let pattern = PathPattern(mount.name.into());
        match &mut outcome {
            Ok(response) => response.set_data(pattern),
            Err(error) => error.set_data(pattern),
        }
        outcome
    }
}
