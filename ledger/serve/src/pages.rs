//! Pages from files that the binary has: the same bytes for everybody, from one origin, with nothing from elsewhere.

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use schemas::Hash;
use web::{Coding, File, Keeping, Kind};

/// What a page may load and do: its own files, its own WebAssembly, pictures that it draws itself, the camera; and nobody
/// may frame it (CSP Level 3; OWASP Content Security Policy Cheat Sheet).
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; \
    connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PERMISSIONS: &str =
    "camera=(self), clipboard-read=(self), clipboard-write=(self), geolocation=(), microphone=()";
/// The script whose first line says which files there are.
const OFFLINE: &str = "offline.js";

/// Serves a page's files below `address`, which begins and ends with a slash. The page keeps them for the time without a
/// network; a browser asks each time whether they are still the same.
pub fn pages(address: &str, files: &[File]) -> Router {
    let mut router = Router::new();
    for (file, (_, bytes)) in files.iter().zip(page_files(files)) {
        let served = Served::new(file, bytes);
        let path = format!("{address}{}", file.name);
        router = router.route(
            &path,
            get(async move |headers: HeaderMap| served.answer(&headers)),
        );
    }
    let (bare, address) = (address.trim_end_matches('/'), address.to_owned());
    match bare.is_empty() {
        true => router,
        false => router.route(bare, get(async move || Redirect::permanent(&address))),
    }
}

/// The names of a page's files and the bytes that go over the wire.
pub fn page_files(files: &[File]) -> Vec<(&'static str, Bytes)> {
    let release = release(files);
    let served = |file: &File| match file.name {
        OFFLINE => (OFFLINE, Bytes::from([release.as_bytes(), file.bytes].concat())),
        name => (name, Bytes::from_static(file.bytes)),
    };
    files.iter().map(served).collect()
}

/// The line that tells the service worker what to keep.
fn release(files: &[File]) -> String {
    let all: Vec<&[u8]> = files
        .iter()
        .flat_map(|file| [file.name.as_bytes(), file.bytes])
        .collect();
    let version = Hash::of(&all).to_string();
    let names = |keeping: Keeping| {
        let kept = files
            .iter()
            .filter(|file| file.name != OFFLINE && file.keeping == keeping);
        let names: Vec<String> = kept.map(|file| format!("{:?}", file.name)).collect();
        names.join(", ")
    };
    let [files, later] = [Keeping::Always, Keeping::OnceUsed].map(names);
    format!("const RELEASE = {{ version: \"{version}\", files: [{files}], later: [{later}] }};\n")
}

/// A file as it goes out.
#[derive(Clone)]
struct Served {
    bytes: Bytes,
    headers: HeaderMap,
    tag: HeaderValue,
}

impl Served {
    fn new(file: &File, bytes: Bytes) -> Self {
        let tag = format!("\"{}\"", Hash::of(&[&bytes]));
        let tag = HeaderValue::try_from(tag).expect("a hash is written in hexadecimal digits");
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(file.kind.media_type()),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::ETAG, tag.clone());
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        if file.kind == Kind::Html {
            headers.insert(
                HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static(PERMISSIONS),
            );
            headers.insert(
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin"),
            );
        }
        if file.coding == Coding::Gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Self { bytes, headers, tag }
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        match asked.get(header::IF_NONE_MATCH) {
            Some(known) if *known == self.tag => {
                (StatusCode::NOT_MODIFIED, self.headers.clone()).into_response()
            }
            _ => (self.headers.clone(), self.bytes.clone()).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use tower::ServiceExt;

    const FILES: [File; 4] = [
        File::wasm("large.wasm", b"\x1f\x8b").once_used(),
        File::new("", Kind::Html, b"<!doctype html>"),
        File::new(OFFLINE, Kind::Script, b"// RELEASE"),
        File::wasm("module.wasm", b"\x1f\x8b"),
    ];

    async fn ask(path: &str, known: Option<&HeaderValue>) -> Response {
        let mut request = Request::get(path);
        if let Some(known) = known {
            request = request.header(header::IF_NONE_MATCH, known);
        }
        let request = request.body(axum::body::Body::empty()).unwrap();
        pages("/page/", &FILES).oneshot(request).await.unwrap()
    }

    async fn text(response: Response) -> String {
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_page_loads_nothing_from_elsewhere() {
        let page = ask("/page/", None).await;
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe-inline"));
        assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(
            page.headers()["permissions-policy"]
                .to_str()
                .unwrap()
                .contains("camera=(self)")
        );
        assert_eq!(ask("/page", None).await.headers()[header::LOCATION], "/page/");
        assert_eq!(
            ask("/page/module.wasm", None).await.headers()[header::CONTENT_ENCODING],
            "gzip"
        );
        assert_eq!(ask("/page/other", None).await.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn what_is_known_is_not_sent_again() {
        let first = ask("/page/", None).await;
        let tag = first.headers()[header::ETAG].clone();
        assert_eq!(ask("/page/", Some(&tag)).await.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(ask("/page/offline.js", Some(&tag)).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn the_service_worker_knows_the_files() {
        let script = text(ask("/page/offline.js", None).await).await;
        assert!(script.starts_with("const RELEASE = { version: \""), "{script}");
        assert!(
            script.contains("files: [\"\", \"module.wasm\"], later: [\"large.wasm\"] };\n// RELEASE"),
            "{script}"
        );
    }
}
