//! The citizen's wallet as a page.
//!
//! In the browser it is the wallet's core behind the calls of the page's script, which fetches, keeps and signs for
//! it. Where the page is served it is the list of the page's files.

mod facts;
mod keys;
mod module;
#[cfg(not(target_family = "wasm"))]
mod page;
mod refusal;
#[cfg(test)]
mod tests;
mod wishes;

pub use module::{Call, Disclose, Form, Wallet};
#[cfg(not(target_family = "wasm"))]
pub use page::files;
pub use {keys::Made, wishes::Given};

web::export!(Wallet);
