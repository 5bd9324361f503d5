//! A file to the texts of its codes.

use crate::{Error, effort::Effort, sheet::Sheet};
use hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings, RenderContent, TransformExt,
    hayro_syntax::{DecryptionError, LoadPdfError, Pdf, page::Page},
    interpret_page,
    kurbo::{Affine, Rect},
};

/// The largest file read, as for pictures: a scanned certificate has 1 to 5 MB.
pub const MAX_FILE_BYTES: usize = schemas::qr::MAX_FILE_BYTES;

/// How many pages are looked at: certificates have one to four.
pub const MAX_PAGES: usize = 10;

/// The longer side of a page as it is drawn: 219 dpi on A4. A code of version 25 on 3 cm has two pixels to a module then.
/// A fuzzer looks for what a file does to the interpreter; the time would go into looking for codes, which has targets of its own.
const SIDE: f64 = if cfg!(fuzzing) { 32.0 } else { 2_560.0 };

/// Reads the texts of the QR codes on the first [`MAX_PAGES`] pages, each once; none found is an empty list.
///
/// # Errors
/// [`Error::TooLong`] for a file above [`MAX_FILE_BYTES`] and for one that asks for more drawing than a certificate,
/// [`Error::PdfEncrypted`], [`Error::PdfMalformed`].
pub fn read_pdf(file: &[u8]) -> Result<Vec<String>, Error> {
    if file.len() > MAX_FILE_BYTES {
        return Err(Error::TooLong {
            what: "PDF, in bytes,",
            limit: MAX_FILE_BYTES,
        });
    }
    let pdf = Pdf::new(file.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::InvalidEncryption) | LoadPdfError::Invalid => {
            Error::PdfMalformed
        }
        LoadPdfError::Decryption(_) => Error::PdfEncrypted,
    })?;
    let cache = InterpreterCache::new();
    let mut effort = Effort::default();
    let mut texts: Vec<String> = Vec::new();
    for page in pdf.pages().iter().take(MAX_PAGES) {
        effort.of_page(page)?;
        let found = drawn(page, &cache, &mut effort)?.into_texts();
        for text in found {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    Ok(texts)
}

fn drawn<'a>(page: &'a Page<'a>, cache: &InterpreterCache<'a>, effort: &mut Effort) -> Result<Sheet, Error> {
    let (width, height) = page.render_dimensions();
    let [width, height] = [width, height].map(f64::from);
    let longer = width.max(height);
    if !(longer.is_finite() && width > 0.0 && height > 0.0) {
        return Err(Error::PdfMalformed);
    }
    let scale = SIDE / longer;
    let mut sheet = Sheet::new(width * scale, height * scale, effort.left());
    let settings = InterpreterSettings {
        render_content: RenderContent::PAGE,
        ..InterpreterSettings::default()
    };
    let [right, bottom] = sheet.size().map(|side| side as f64);
    let transform = Affine::scale(scale) * page.initial_transform(true).to_kurbo();
    let whole = Rect::new(0.0, 0.0, right, bottom);
    let mut context = Context::new(transform, whole, cache, page.xref(), settings);
    interpret_page(page, &mut context, &mut sheet);
    effort.spent(sheet.left())?;
    Ok(sheet)
}
