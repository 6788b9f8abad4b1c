//! What a page may load and run.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// The content security policy of a page: it may load and call nothing but this service. What stands in the page itself,
/// one `style` and one `script` element or more, is allowed by its hash (CSP Level 3, section 2.3.1), so that nothing else
/// that might get in runs.
pub(super) fn policy(html: &str) -> String {
    let (scripts, styles) = (sources(html, "script"), sources(html, "style"));
    format!(
        "default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Where elements of this name may come from: files of this service, and those in the page that have content.
fn sources(html: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let contents = html.split(&open).skip(1).filter_map(|part| {
        let (attributes, rest) = part.split_once('>')?;
        // Another element whose name begins alike.
        let is_named = attributes.is_empty() || attributes.starts_with(char::is_whitespace);
        Some(rest.split_once(&close)?.0).filter(|content| is_named && !content.is_empty())
    });
    let hash = |content| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(content)));
    let mut sources = vec!["'self'".to_owned()];
    sources.extend(contents.map(hash));
    sources.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_inline_parts_runs_only_files() {
        let html = r#"<script type="module" src="/a.js"></script><styled>x</styled>"#;
        assert!(policy(html).contains("script-src 'self'; style-src 'self';"), "{}", policy(html));
    }

    #[test]
    fn inline_parts_are_allowed_by_their_hashes() {
        // The hash of `alert('Hello, world.');` is an example of the specification.
        let html =
            "<style>a{}</style><script type=\"module\">alert('Hello, world.');</script><script>b</script>";
        let policy = policy(html);
        assert!(
            policy
                .contains("script-src 'self' 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=' 'sha256-"),
            "{policy}"
        );
        assert!(policy.contains("style-src 'self' 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
