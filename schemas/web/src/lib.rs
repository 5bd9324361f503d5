//! What the pages share: the call from script into WebAssembly, and the files that every page has.
//!
//! A page's crate is compiled twice: for the browser it is the module that the page's script calls ([`export!`]); for
//! the machine that serves it, it is the list of the page's [`File`]s. It decides nothing and knows no role.

mod call;
mod file;
#[cfg(not(target_family = "wasm"))]
mod shared;

pub use call::{Answer, Boundary, Module, Refusal};
pub use file::{Coding, File, Keeping, Kind};
#[cfg(not(target_family = "wasm"))]
pub use shared::{COLOURS, shared};
