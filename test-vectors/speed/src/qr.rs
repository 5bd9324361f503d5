//! The size of the QR codes.

use crate::{input::Input, table::Row, world::World};
use schemas::qr::{Code, Level};

/// Largest version at level M, which a telephone reads at once.
const VERSION: u8 = 22;

/// The rows of the QR codes.
pub fn measure(world: &World) -> Vec<Row> {
    vec![
        row(
            "QR code of a presentation with person, result and proof",
            &world.presentations,
        ),
        row(
            "QR code of a certificate for paper with proof",
            &world.certificates,
        ),
    ]
}

fn row(what: &str, inputs: &[Input]) -> Row {
    let version = |input: &Input| {
        Code::at_level(&input.text, Level::M)
            .expect("it fits a code")
            .version()
    };
    let mut versions: Vec<u8> = inputs.iter().map(version).collect();
    versions.sort_unstable();
    let (median, largest) = (versions[versions.len() / 2], versions[versions.len() - 1]);
    let longest = inputs.iter().map(|input| input.text.len()).max().unwrap_or(0);
    Row {
        what: format!("{what}, {} names", inputs.len()),
        figure: format!("{median}-M"),
        ratio: format!("largest {largest}-M, {longest} characters"),
        limit: format!("≤ {VERSION}-M"),
        holds: largest <= VERSION,
    }
}
