//! The doorman's scanner as a page.
//!
//! In the browser it is the verifier behind the calls of the page's script: it reads pictures, follows the ledger by the
//! files that the page fetches, and examines. Where the page is served it is the list of the page's files.

mod door;
mod module;
#[cfg(not(target_family = "wasm"))]
mod page;
mod sight;

pub use module::Scanner;
#[cfg(not(target_family = "wasm"))]
pub use page::files;

web::export!(Scanner);
