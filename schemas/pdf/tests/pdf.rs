//! Codes in PDFs that the tests write themselves.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use pdf_page::{Error, MAX_FILE_BYTES, MAX_PAGES, read_pdf};
use schemas::qr::{Code, Level};
use std::fmt::Write;

/// A PDF of objects, the first of which is the catalogue and the second the tree of pages.
struct File {
    objects: Vec<Vec<u8>>,
    trailer: String,
}

/// A4 in points.
const PAGE: &str = "/MediaBox [0 0 595 842]";

impl File {
    /// Pages with a content and further entries for their resources.
    fn of(pages: &[(String, String)]) -> Self {
        let mut file = Self {
            objects: vec![b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), Vec::new()],
            trailer: String::new(),
        };
        let mut kids = String::new();
        for (content, resources) in pages {
            let content = file.add(stream("", content.as_bytes()));
            let page = format!(
                "<< /Type /Page /Parent 2 0 R {PAGE} /Contents {content} 0 R /Resources << {resources} >> >>"
            );
            write!(kids, "{} 0 R ", file.add(page.into_bytes())).unwrap();
        }
        file.objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len()).into_bytes();
        file
    }

    /// Adds an object and tells its number.
    fn add(&mut self, object: Vec<u8>) -> usize {
        self.objects.push(object);
        self.objects.len()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut file = b"%PDF-1.4\n".to_vec();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", self.objects.len() + 1);
        for (number, object) in self.objects.iter().enumerate() {
            writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
            file.extend(format!("{} 0 obj\n", number + 1).bytes());
            file.extend(object);
            file.extend(b"\nendobj\n");
        }
        let start = file.len();
        let size = self.objects.len() + 1;
        let trailer = &self.trailer;
        file.extend(table.bytes());
        file.extend(
            format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n").bytes(),
        );
        file
    }
}

fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<< {entries} /Length {} >>\nstream\n", bytes.len());
    [head.as_bytes(), bytes, b"\nendstream"].concat()
}

/// Draws a code module by module, as programs do that print certificates; `size` in points.
fn drawn(code: &Code, size: f64) -> String {
    let side = size / code.width() as f64;
    let mut content = format!("q 0 g {side} 0 0 -{side} 200 600 cm\n");
    for y in 0..code.width() {
        for x in (0..code.width()).filter(|x| code.is_dark(*x, y)) {
            writeln!(content, "{x} {y} 1 1 re f").unwrap();
        }
    }
    content + "Q\n"
}

/// The same as one path, even as strokes along the rows.
fn stroked(code: &Code, size: f64) -> String {
    let side = size / code.width() as f64;
    let mut content = format!("q 0 0 0.3 RG 1 w {side} 0 0 -{side} 200 600 cm\n");
    for y in 0..code.width() {
        for x in (0..code.width()).filter(|x| code.is_dark(*x, y)) {
            writeln!(content, "{x} {}.5 m {} {y}.5 l", y, x + 1).unwrap();
        }
    }
    content + "S Q\n"
}

/// An image XObject of a code, a byte to a pixel.
fn pictured(code: &Code, scale: usize) -> Vec<u8> {
    let side = (code.width() + 8) * scale;
    let dark = |at: usize| {
        let module = |place: usize| (place / scale).checked_sub(4);
        matches!((module(at % side), module(at / side)), (Some(x), Some(y)) if code.is_dark(x, y))
    };
    let pixels: Vec<u8> = (0..side * side)
        .map(|at| if dark(at) { 0 } else { 255 })
        .collect();
    stream(
        &format!(
            "/Type /XObject /Subtype /Image /Width {side} /Height {side} /ColorSpace /DeviceGray /BitsPerComponent 8"
        ),
        &pixels,
    )
}

fn code(text: &str) -> Code {
    Code::at_level(text, Level::M).unwrap()
}

fn certificate() -> String {
    format!("HC1:{}", "6BFOXN%TSMAHN-H".repeat(40))
}

fn refusal(file: &[u8]) -> &'static str {
    read_pdf(file).unwrap_err().code()
}

#[test]
fn reads_a_code_drawn_module_by_module() {
    let text = certificate();
    // 4 cm, as on the EU's paper certificate.
    let page = (drawn(&code(&text), 113.4), String::new());
    assert_eq!(read_pdf(&File::of(&[page]).bytes()).unwrap(), [text]);
}

#[test]
fn reads_a_code_of_strokes_on_a_turned_page() {
    let text = certificate();
    let mut file = File::of(&[(stroked(&code(&text), 150.0), String::new())]);
    let page = String::from_utf8(file.objects[3].clone()).unwrap();
    file.objects[3] = page.replace("/Contents", "/Rotate 90 /Contents").into_bytes();
    assert_eq!(read_pdf(&file.bytes()).unwrap(), [text]);
}

#[test]
fn reads_a_picture_and_one_within_a_form() {
    let text = certificate();
    let mut file = File::of(&[
        (
            "q 113 0 0 113 50 50 cm /P Do Q".into(),
            "/XObject << /P 7 0 R >>".into(),
        ),
        (
            "q 1 0 0 1 20 300 cm /F Do Q".into(),
            "/XObject << /F 8 0 R >>".into(),
        ),
    ]);
    assert_eq!(file.add(pictured(&code(&text), 3)), 7);
    let form = "/Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << /XObject << /P 9 0 R >> >>";
    assert_eq!(file.add(stream(form, b"q 113 0 0 113 5 5 cm /P Do Q")), 8);
    assert_eq!(file.add(pictured(&code("AT1:IN A FORM"), 3)), 9);
    assert_eq!(
        read_pdf(&file.bytes()).unwrap(),
        [text, "AT1:IN A FORM".to_owned()]
    );
}

#[test]
fn reads_several_pages_and_each_text_once() {
    let page = |text: &str| (drawn(&code(text), 113.4), String::new());
    let pages = [
        page("HC1:FIRST"),
        (String::new(), String::new()),
        page("HC1:SECOND"),
        page("HC1:FIRST"),
    ];
    assert_eq!(
        read_pdf(&File::of(&pages).bytes()).unwrap(),
        ["HC1:FIRST", "HC1:SECOND"]
    );
    let many: Vec<_> = (0..=MAX_PAGES)
        .map(|number| {
            if number == MAX_PAGES {
                page("HC1:LATE")
            } else {
                (String::new(), String::new())
            }
        })
        .collect();
    assert!(read_pdf(&File::of(&many).bytes()).unwrap().is_empty());
}

#[test]
fn reads_nothing_where_nothing_is() {
    let empty = File::of(&[(
        "BT /F1 12 Tf (Hello) Tj ET 10 10 300 300 re f".into(),
        String::new(),
    )]);
    assert!(read_pdf(&empty.bytes()).unwrap().is_empty());
}

#[test]
fn refuses_what_is_no_pdf() {
    assert_eq!(refusal(b""), "pdf-malformed");
    assert_eq!(refusal(b"GIF89a"), "pdf-malformed");
    assert_eq!(refusal(&vec![0; MAX_FILE_BYTES + 1]), "too-long");
    let whole = File::of(&[(drawn(&code("HC1:A"), 113.4), String::new())]).bytes();
    // A damaged file is read as far as its objects can be found, or refused.
    for cut in [whole.len() / 4, whole.len() / 2, whole.len() - 40] {
        let read = read_pdf(&whole[..cut]);
        assert!(
            matches!(read, Ok(_) | Err(Error::PdfMalformed)),
            "{cut}: {read:?}"
        );
    }
}

#[test]
fn refuses_a_file_with_a_password() {
    let mut file = File::of(&[(drawn(&code("HC1:A"), 113.4), String::new())]);
    let hash = "00112233445566778899AABBCCDDEEFF".repeat(2);
    let handler = format!("<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <{hash}> /U <{hash}> >>");
    let number = file.add(handler.into_bytes());
    file.trailer = format!("/Encrypt {number} 0 R /ID [<0011> <0011>]");
    assert_eq!(refusal(&file.bytes()), "pdf-encrypted");
}

#[test]
fn refuses_forms_that_draw_one_another_without_end() {
    // Eleven forms, each drawing the next one thirty times.
    let mut file = File::of(&[("/F Do ".repeat(30), "/XObject << /F 5 0 R >>".into())]);
    for number in 5..16 {
        let form = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << /XObject << /F {} 0 R >> >>",
            number + 1
        );
        file.add(stream(&form, "/F Do ".repeat(30).as_bytes()));
    }
    assert_eq!(refusal(&file.bytes()), "too-long");
    // One that draws itself is drawn once.
    let mut file = File::of(&[("/F Do".into(), "/XObject << /F 5 0 R >>".into())]);
    file.add(stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >>",
        b"/F Do",
    ));
    assert_eq!(read_pdf(&file.bytes()).unwrap(), Vec::<String>::new());
}

#[test]
fn refuses_a_sheet_painted_without_end() {
    let page = ("0 0 595 842 re f\n".repeat(2_000), String::new());
    assert_eq!(refusal(&File::of(&[page]).bytes()), "too-long");
    // A picture that states more pixels than a picture may have is left out.
    let mut file = File::of(&[("/P Do".into(), "/XObject << /P 5 0 R >>".into())]);
    file.add(stream(
        "/Type /XObject /Subtype /Image /Width 65000 /Height 65000 /ColorSpace /DeviceGray /BitsPerComponent 8",
        b"0",
    ));
    assert_eq!(refusal(&file.bytes()), "too-long");
}
