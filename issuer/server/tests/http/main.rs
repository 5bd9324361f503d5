//! The issuer over HTTP, as its callers see it: every test is a transcript on 127.0.0.1, with a clock that stands still.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod batches;
mod desk;
mod disk;
mod files;
mod heads;
mod keys;
mod kill;
mod moves;
mod operation;
mod pickup;
mod postgres;
mod processes;
mod refresh;
mod results;
mod world;
