//! Measures Attest against the limits that it set itself, and prints one table: `test-vectors/speed/run`.
//!
//! Every figure is of this run: a peer or a raw signature that a figure is compared with works on the same inputs in the
//! same minutes, and each ratio is the median of many rounds.

#![expect(clippy::disallowed_methods, reason = "a measurement reads clocks")]

mod child;
mod contest;
mod door;
mod following;
mod foreign;
mod input;
mod memory;
mod people;
mod pipeline;
mod qr;
mod scale;
mod service;
mod table;
mod world;

use scale::Scale;
use service::{ledger, load};
use std::{env, path::Path, process::ExitCode};
use table::Row;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = |threads: &mut tokio::runtime::Builder| threads.enable_all().build().expect("threads");
    let many = || runtime(&mut tokio::runtime::Builder::new_multi_thread());
    let one = || runtime(&mut tokio::runtime::Builder::new_current_thread());
    let number = |text: &str| text.parse().expect("a number");
    match *arguments {
        // The processes that this program starts.
        [ledger::ROLE, folder, registrar] => many().block_on(ledger::run(Path::new(folder), registrar)),
        [load::ROLE, address, key, seconds, connections] => {
            one().block_on(load::run(address, key, number(seconds), number(connections)));
        }
        [memory::ROLE, folder] => one().block_on(memory::verify(folder)),
        // What a person starts.
        [] => {
            let rows = many().block_on(measure(&Scale::FULL));
            table::print(&rows);
            return if rows.iter().all(|row| row.holds) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
        }
        ["--following"] => one().block_on(following::run()),
        ["--check"] => {
            let rows = many().block_on(measure(&Scale::CHECK));
            println!("{} figures could be measured", rows.len());
        }
        _ => {
            eprintln!("usage: test-vectors/speed/run [--check | --following]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// One part after the other: each has the machine for itself.
async fn measure(scale: &Scale) -> Vec<Row> {
    let world = world::World::new(scale.keys, scale.each).await;
    let foreign = foreign::Foreign::new(scale.keys, scale.each);
    eprintln!("verdicts …");
    let mut rows = door::measure(&world, &foreign, scale);
    rows.extend(qr::measure(&world));
    drop((world, foreign));
    eprintln!("signing …");
    rows.push(pipeline::measure(scale));
    eprintln!("the service …");
    rows.extend(service::measure(scale).await);
    eprintln!("memory …");
    rows.push(memory::measure(scale));
    rows
}
