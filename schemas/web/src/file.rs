//! A file of a page.

/// A file that a page is made of, as the binary has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name below the page's address; `""` is the page itself.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// How its bytes are coded.
    pub coding: Coding,
    /// When the page keeps it for the time without a network.
    pub keeping: Keeping,
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// What a file is: its media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTML.
    Html,
    /// A style sheet.
    Css,
    /// A script, a module.
    Script,
    /// JSON.
    Json,
    /// A web application manifest.
    Manifest,
    /// WebAssembly.
    Wasm,
    /// An icon drawn in SVG.
    Svg,
    /// An icon as pixels.
    Png,
}

impl Kind {
    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Css => "text/css; charset=utf-8",
            Self::Script => "text/javascript; charset=utf-8",
            Self::Json => "application/json",
            Self::Manifest => "application/manifest+json",
            Self::Wasm => "application/wasm",
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }
}

/// When a page keeps a file for the time without a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// From the first visit on.
    Always,
    /// Once it was used: what few need, and what is large.
    OnceUsed,
}

/// How a file's bytes are coded (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As they are.
    Identity,
    /// gzip, which every browser reads.
    Gzip,
}

impl File {
    /// A file as it is.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, bytes: &'static [u8]) -> Self {
        Self {
            name,
            kind,
            coding: Coding::Identity,
            keeping: Keeping::Always,
            bytes,
        }
    }

    /// A WebAssembly module, compressed with gzip when it was built.
    #[must_use]
    pub const fn wasm(name: &'static str, bytes: &'static [u8]) -> Self {
        Self {
            name,
            kind: Kind::Wasm,
            coding: Coding::Gzip,
            keeping: Keeping::Always,
            bytes,
        }
    }

    /// The same file, which the page keeps once it was used.
    #[must_use]
    pub const fn once_used(self) -> Self {
        Self {
            keeping: Keeping::OnceUsed,
            ..self
        }
    }
}
