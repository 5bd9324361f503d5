//! QR codes (ISO/IEC 18004): text to modules, modules to pictures, pictures to text (`schemas/spec/qr.md`).
//!
//! Drawing is exact: what is drawn here reads back to the same text. Reading is best effort within fixed bounds of
//! bytes, pixels and attempts; it knows nothing of what a text means.

mod code;
mod draw;
mod finder;
mod grey;
mod luma;
mod picture;
mod pixels;
mod read;
mod triple;

pub use code::{Code, Level, MAX_TEXT};
pub use draw::{MAX_MODULE_PIXELS, QUIET_ZONE, Terminal};
pub use luma::{Luma, without_padding};
pub use picture::{MAX_FILE_BYTES, MAX_PIXELS, read_picture};
pub use pixels::read_pixels;
pub use read::{Effort, read_luma};
