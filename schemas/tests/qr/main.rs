//! QR codes: other people's pictures, everything we draw, and photographs that were never taken.
#![cfg(feature = "qr")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;
mod photo;

use image::{ExtendedColorType, codecs::jpeg::JpegEncoder, imageops};
use photo::{Conditions, Random, Subject};
use proptest::prelude::*;
use schemas::qr::{Code, Effort, Level, Luma, Terminal, read_luma, read_picture};
use std::fs;

/// Base45 characters, of which every text of ours but a SMART Health Card's is made.
const ALPHANUMERIC: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

#[test]
fn reads_the_pictures_of_eu_certificates() {
    let Some(folder) = common::vectors("dcc", 516) else {
        return;
    };
    let rows = fs::read_to_string(folder.join("hcert.jsonl")).unwrap();
    let (mut pictures, mut others) = (0, Vec::new());
    for row in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let Some(name) = row["qr_image"].as_str() else {
            continue;
        };
        pictures += 1;
        let texts = read_picture(&fs::read(folder.join(name)).unwrap()).unwrap();
        if texts != [row["prefix"].as_str().unwrap()] {
            others.push(format!(
                "{name} ({})",
                if texts.is_empty() {
                    "not read"
                } else {
                    "another text"
                }
            ));
        }
    }
    println!(
        "dcc/qr: {} of {pictures} images read; others: {others:?}",
        pictures - others.len()
    );
    assert_eq!(pictures, 516);
    assert!(others.len() * 100 <= pictures, "fewer than 99 % read");
}

#[test]
fn reads_photographs() {
    photographs(1_000..1_032, 26);
}

#[test]
#[ignore = "takes minutes; measures what the list of attempts reads"]
fn reads_many_photographs() {
    photographs(1_000..1_300, 258);
}

/// Takes and reads one photograph for each seed, of versions 13 to 25 at level M.
fn photographs(seeds: std::ops::Range<u64>, floor: usize) {
    let count = seeds.clone().count();
    let [mut frames, mut photos] = [0, 0];
    for seed in seeds {
        let mut random = Random(seed);
        let length = 420 + random.below(1_030);
        let text: String = (0..length)
            .map(|_| char::from(ALPHANUMERIC[random.below(45)]))
            .collect();
        let code = Code::at_level(&text, Level::M).unwrap();
        assert!((13..=25).contains(&code.version()), "{code:?}");
        let subject = Subject {
            modules: code.width(),
            is_dark: &|x, y| code.is_dark(x, y),
        };
        let conditions = Conditions::draw(&mut random);
        let photo = photo::take(&subject, 1_280, 720, &conditions, &mut random);
        let luma = Luma::new(1_280, 720, &photo).unwrap();
        let [frame, still] = [Effort::Frame, Effort::Photo].map(|effort| read_luma(luma, effort));
        assert!(
            frame.iter().chain(&still).all(|read| *read == text),
            "a wrong text from seed {seed}"
        );
        frames += frame.len();
        photos += still.len();
    }
    println!("photographs: {photos} of {count} read with all attempts, {frames} with those for a frame");
    assert!(photos >= floor, "fewer than {floor}");
}

fn levels() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::L), Just(Level::M), Just(Level::Q), Just(Level::H)]
}

/// Texts as they occur: base45, an SMART Health Card's digits, an offer's address.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9A-Z $%*+./:-]{1,1200}", "shc:/[0-9]{2,2000}", "[ -~]{1,700}"]
}

/// A picture as brightness, with its width.
struct Picture(image::GrayImage);

impl Picture {
    fn of(code: &Code, module_pixels: u8) -> Self {
        Self(
            image::load_from_memory(&code.to_png(module_pixels))
                .unwrap()
                .into_luma8(),
        )
    }

    fn jpeg(&self, quality: u8) -> Vec<u8> {
        let mut file = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut file, quality);
        let (width, height) = self.0.dimensions();
        image::ImageEncoder::write_image(encoder, &self.0, width, height, ExtendedColorType::L8).unwrap();
        file
    }

    fn read(&self) -> Vec<String> {
        let (width, height) = self.0.dimensions();
        read_luma(Luma::new(width, height, &self.0).unwrap(), Effort::Photo)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn reads_what_it_draws(text in texts(), level in levels(), module_pixels in 1u8..6) {
        let Ok(code) = Code::at_level(&text, level) else { return Ok(()) };
        prop_assert_eq!(read_picture(&code.to_png(module_pixels)).unwrap(), [text]);
    }

    #[test]
    fn reads_what_it_draws_after_a_rough_journey(
        text in texts(),
        module_pixels in 3u8..6,
        quarters in 0..4,
        mirrored in any::<bool>(),
        size in 70u32..140,
        dark in 0u8..90,
        light in 150u8..=255,
    ) {
        let code = Code::new(&text).unwrap();
        let mut picture = Picture::of(&code, module_pixels).0;
        for _ in 0..quarters {
            picture = imageops::rotate90(&picture);
        }
        if mirrored {
            picture = imageops::flip_horizontal(&picture);
        }
        let side = picture.width() * size / 100;
        picture = imageops::resize(&picture, side, side, imageops::FilterType::Triangle);
        for pixel in picture.pixels_mut() {
            pixel.0[0] = dark + u8::try_from(u16::from(pixel.0[0]) * u16::from(light - dark) / 255).unwrap();
        }
        let picture = Picture(picture);
        prop_assert_eq!(picture.read(), [text.clone()]);
        prop_assert_eq!(read_picture(&picture.jpeg(60)).unwrap(), [text]);
    }
}

#[test]
fn reads_its_own_vector_drawings_and_terminal_lines() {
    let text = "HC1:NCFOXN%TSMAHN-HNTKO+GVNRJAW8BW/R8J";
    let code = Code::new(text).unwrap();
    let side = code.width() + 8;
    let dots: Vec<u8> = svg_dots(&code.to_svg(None), side);
    assert_eq!(read_dots(&dots, side), [text]);
    for terminal in [Terminal::Colours, Terminal::Plain] {
        // The plain one as seen on a dark terminal: characters are light.
        let dots = terminal_dots(&code.to_terminal(terminal), terminal == Terminal::Plain);
        assert_eq!(read_dots(&dots[..side * side], side), [text]);
        let inverted: Vec<u8> = dots.iter().map(|dot| 255 - dot).collect();
        assert_eq!(read_dots(&inverted[..side * side], side), [text]);
    }
}

fn read_dots(dots: &[u8], side: usize) -> Vec<String> {
    let side = u32::try_from(side).unwrap();
    read_luma(Luma::new(side, side, dots).unwrap(), Effort::Photo)
}

/// Fills the runs `M{x} {y}h{run}v1h-{run}z` of our one path.
fn svg_dots(svg: &str, side: usize) -> Vec<u8> {
    let path = svg.split_once(" d=\"").unwrap().1.split_once('"').unwrap().0;
    let mut dots = vec![255; side * side];
    for run in path.split('M').skip(1) {
        let (start, run) = run.split_once('h').unwrap();
        let (x, y) = start.split_once(' ').unwrap();
        let [x, y, run] =
            [x, y, run.split_once('v').unwrap().0].map(|number| number.parse::<usize>().unwrap());
        dots[y * side + x..][..run].fill(0);
    }
    dots
}

/// Two rows of dots for each line of half blocks.
fn terminal_dots(lines: &str, characters_are_light: bool) -> Vec<u8> {
    let mut dots = Vec::new();
    for line in lines.lines() {
        let line = line
            .trim_start_matches("\x1b[38;5;16;48;5;231m")
            .trim_end_matches("\x1b[0m");
        for upper in [true, false] {
            let drawn = |c: char| c == '█' || c == if upper { '▀' } else { '▄' };
            dots.extend(
                line.chars()
                    .map(|c| if drawn(c) == characters_are_light { 255 } else { 0 }),
            );
        }
    }
    dots
}

proptest! {
    #[test]
    fn any_file_is_read_or_refused(kind in 0..3, bytes in prop::collection::vec(any::<u8>(), 0..400), at in 0usize..2_000) {
        let drawn = Picture::of(&Code::new("DAMAGED").unwrap(), 2);
        let mut file = match kind {
            0 => Vec::new(),
            1 => Code::new("DAMAGED").unwrap().to_png(2),
            _ => drawn.jpeg(60),
        };
        let at = at.min(file.len());
        file.splice(at..(at + bytes.len() / 8).min(file.len()), bytes);
        let _ = read_picture(&file);
    }

    #[test]
    fn any_brightness_is_read(width in 1u32..60, bytes in prop::collection::vec(any::<u8>(), 1..3_000)) {
        let height = u32::try_from(bytes.len()).unwrap() / width;
        let pixels = &bytes[..(width * height) as usize];
        if let Ok(luma) = Luma::new(width, height, pixels) {
            let _ = read_luma(luma, Effort::Photo);
        }
    }
}
