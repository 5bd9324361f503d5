//! Writes photographs of QR codes that were never taken: brightness alone, one picture after the other, and an index in
//! JSON that tells for each what is wrong with it, its size and its text.
//!
//! `photographs FOLDER [SHARE]` writes FOLDER/photographs.grey and .json; SHARE takes one in so many.

#[path = "../../../schemas/tests/qr/photo.rs"]
mod photo;

mod fault;

use fault::Fault;
use photo::{Conditions, Random, Subject};
use schemas::qr::{Code, Level};
use serde_json::json;
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

/// Base45 characters, of which every text of ours but a SMART Health Card's is made.
const ALPHANUMERIC: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// The first seed. Nothing in the reader was chosen with photographs of these; whoever changes the reader with them takes
/// another base before comparing.
const BASE: u64 = 20_261_127;

/// Photographs with each fault alone, and with the faults of a scanner's day, at a camera's usual size and at a large one.
const EACH: u64 = 25;
const MIXED: u64 = 75;
const LARGE: u64 = 30;

/// Frames of a camera that sees no code: half of them plain surfaces, half of them modules without a finder pattern.
const WITHOUT: u64 = 16;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments
        .next()
        .ok_or_else(|| io::Error::other("usage: photographs FOLDER [SHARE]"))?;
    let share = arguments
        .next()
        .and_then(|share| share.parse().ok())
        .unwrap_or(1)
        .max(1);
    let folder = Path::new(&folder);
    let mut pixels = BufWriter::new(File::create(folder.join("photographs.grey"))?);
    let mut index = Vec::new();
    for (number, sort) in sorts()
        .into_iter()
        .enumerate()
        .filter(|(number, _)| number % share == 0)
    {
        let mut random = Random(BASE + number as u64);
        let text = (!sort.without).then(|| text(&mut random));
        let photo = sort.take(text.as_deref(), &mut random)?;
        pixels.write_all(&photo)?;
        index.push(json!({ "sort": sort.name(), "width": sort.width, "height": sort.height, "text": text }));
    }
    pixels.flush()?;
    fs::write(folder.join("photographs.json"), serde_json::to_vec(&index)?)
}

/// What is wrong with a photograph, nothing in particular for one of a scanner's day; and its size.
#[derive(Clone, Copy)]
struct Sort {
    fault: Option<Fault>,
    /// Whether there is no code in it.
    without: bool,
    width: usize,
    height: usize,
}

impl Sort {
    fn name(&self) -> String {
        match self.fault {
            Some(fault) => format!("{fault:?}").to_lowercase(),
            None if self.without => "without a code".into(),
            None if self.width > 1_280 => "mixed, large".into(),
            None => "mixed".into(),
        }
    }

    fn take(&self, text: Option<&str>, random: &mut Random) -> io::Result<Vec<u8>> {
        let conditions = match self.fault {
            Some(fault) => fault.conditions(random),
            None => Conditions::draw(random),
        };
        let code = text.map(|text| Code::at_level(text, Level::M)).transpose();
        let code = code.map_err(io::Error::other)?;
        let (salt, plain) = (random.next(), random.below(2) == 0);
        let is_dark = |x: usize, y: usize| match &code {
            Some(code) => code.is_dark(x, y),
            None => !plain && Random(salt ^ (x * 177 + y) as u64).below(2) == 0,
        };
        let subject = Subject {
            modules: code.as_ref().map_or(97, Code::width),
            is_dark: &is_dark,
        };
        Ok(photo::take(
            &subject,
            self.width,
            self.height,
            &conditions,
            random,
        ))
    }
}

fn sorts() -> Vec<Sort> {
    let frame = Sort {
        fault: None,
        without: false,
        width: 1_280,
        height: 720,
    };
    let large = Sort {
        width: 1_920,
        height: 1_080,
        ..frame
    };
    let without = Sort {
        without: true,
        ..frame
    };
    let of = |sort: Sort, count| (0..count).map(move |_| sort);
    let each = Fault::ALL.into_iter().flat_map(|fault| {
        of(
            Sort {
                fault: Some(fault),
                ..frame
            },
            EACH,
        )
    });
    each.chain(of(frame, MIXED))
        .chain(of(large, LARGE))
        .chain(of(without, WITHOUT))
        .collect()
}

/// A text of ours for versions 13 to 25 at level M: half of them copies, half certificates.
fn text(random: &mut Random) -> String {
    let length = 420 + random.below(1_030);
    let prefix = ["AT1:", "HC1:"][random.below(2)];
    let base45 = (0..length).map(|_| char::from(ALPHANUMERIC[random.below(45)]));
    prefix.chars().chain(base45).collect()
}
