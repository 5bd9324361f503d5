//! This program once more, in another role: a process of its own, whose memory and processor time can be told apart.

use serde::{Serialize, de::DeserializeOwned};
use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{self, ChildStdin, ChildStdout, Command, Stdio},
};
use tokio::task;

/// A process that ends when its standard input does.
pub struct Child {
    process: process::Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Child {
    /// Starts this program with these arguments.
    pub fn start(arguments: &[&str]) -> Self {
        let program = env::current_exe().expect("this program");
        let mut command = Command::new(program);
        let command = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command.spawn().expect("it can be started again");
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().expect("it is piped"));
        Self {
            process,
            input,
            output,
        }
    }

    /// Says a line and reads the answer.
    pub fn ask<T: DeserializeOwned>(&mut self, line: &str) -> T {
        let input = self.input.as_mut().expect("open until it is dropped");
        writeln!(input, "{line}").expect("it listens");
        self.hear()
    }

    /// Reads a line.
    pub fn hear<T: DeserializeOwned>(&mut self) -> T {
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("it answers");
        serde_json::from_str(&answer).expect("it answers in JSON")
    }

    /// What it has used of the processors, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        cpu_seconds(&self.process.id().to_string())
    }

    /// The most memory that it has had, in bytes.
    pub fn peak_memory(&self) -> u64 {
        memory(&self.process.id().to_string(), "VmHWM:")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

/// Tells the process that started this one.
pub fn tell(value: &impl Serialize) {
    println!("{}", serde_json::to_string(value).expect("texts and numbers"));
}

/// Waits for what the process that started this one says next; `None` once it ends.
pub async fn told() -> Option<String> {
    let line = task::spawn_blocking(|| io::stdin().lines().next()).await;
    line.expect("reading does not panic")
        .map(|line| line.expect("text"))
}

/// What a process has used of the processors, in seconds (proc(5), fields 14 and 15, in hundredths).
pub fn cpu_seconds(process: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux");
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// A line of a process's proc(5) status, in bytes; it is in kB there.
pub fn memory(process: &str, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .expect("the line is there");
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes * 1024
}
