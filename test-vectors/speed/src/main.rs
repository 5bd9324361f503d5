//! Measures Attest against the limits that it set itself, and prints one table: `test-vectors/speed/run`.
//!
//! Every figure is of this run: a peer or a raw signature that a figure is compared with works on the same inputs in the
//! same minutes, and each ratio is the median of many rounds.

#![expect(clippy::disallowed_methods, reason = "a measurement reads clocks")]

mod appends;
mod child;
mod contest;
mod cooperative;
mod disk;
mod door;
mod following;
mod foreign;
mod input;
mod memory;
mod monitoring;
mod people;
mod pipeline;
mod proofs;
mod qr;
mod scale;
mod service;
mod table;
mod world;

use appends::issuers;
use cooperative::{Cooperative, log, witness};
use scale::Scale;
use schemas::crypto::SigningKey as _;
use service::load;
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
        [log::ROLE, folder, policy, registrar] => {
            many().block_on(log::run(Path::new(folder), Path::new(policy), registrar));
        }
        [witness::ROLE, folder, member, policy] => {
            many().block_on(witness::run(Path::new(folder), member, Path::new(policy)));
        }
        [monitoring::ROLE, folder, policy] => {
            many().block_on(monitoring::run(Path::new(folder), Path::new(policy)));
        }
        [issuers::ROLE, address, count, requests, leisurely] => {
            let each = [requests, leisurely].map(|text| text.parse().expect("a number"));
            one().block_on(issuers::run(address, count.parse().expect("a number"), each));
        }
        [load::ROLE, address, key, seconds, connections] => {
            one().block_on(load::run(address, key, number(seconds), number(connections)));
        }
        [memory::ROLE, folder] => one().block_on(memory::verify(folder)),
        // What a person starts.
        [] => return judged(&many().block_on(measure(&Scale::FULL))),
        ["--ledger"] => {
            let (rows, picture) = many().block_on(measure_ledger(&Scale::FULL));
            proofs::keep(&picture);
            return judged(&rows);
        }
        ["--following"] => one().block_on(following::run()),
        ["--check"] => {
            let (of_ledger, _) = many().block_on(measure_ledger(&Scale::CHECK));
            let rows = many().block_on(measure(&Scale::CHECK));
            println!("{} figures could be measured", of_ledger.len() + rows.len());
        }
        _ => {
            eprintln!("usage: test-vectors/speed/run [--check | --ledger | --following]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Prints the table; whether everything in it holds.
fn judged(rows: &[Row]) -> ExitCode {
    table::print(rows);
    match rows.iter().all(|row| row.holds) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
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

/// The ledger by itself, with the curve of its proofs.
async fn measure_ledger(scale: &Scale) -> (Vec<Row>, String) {
    let folder = disk::folder();
    let registrar = generate::seed::key("registrar").public();
    let members = Cooperative::start(folder.path(), &registrar);
    eprintln!("appends …");
    let mut rows = appends::measure(&members, folder.path(), scale).await;
    eprintln!("a monitor …");
    rows.push(monitoring::measure(&members, folder.path()).await);
    drop(members);
    eprintln!("proofs …");
    let (of_proofs, picture) = proofs::measure(scale);
    rows.extend(of_proofs);
    (rows, picture)
}
