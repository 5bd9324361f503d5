//! A real server that speaks S3 over HTTP, for the time of one test: PyPI `moto[server]` in a virtual environment below
//! `target`, which is made once.

use super::S3Config;
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// It ends with the process that holds its standard input, however that ends.
const SERVER: &str = "\
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(['-H', '127.0.0.1', '-p', '0'])
";
const PACKAGE: &str = "moto[server]==5.2.5";
const BUCKET: &str = "ledger";

pub struct S3Server {
    server: Child,
    address: String,
    credentials: tempfile::TempDir,
}

impl S3Server {
    /// A server with an empty bucket, or a line that says how many tests were left out.
    pub fn start(tests: usize) -> Option<Self> {
        let Some(python) = environment() else {
            println!(
                "left out: {tests} tests on a real object store (needs python3 with venv, and PyPI for {PACKAGE})"
            );
            return None;
        };
        let mut server = Command::new(python)
            .args(["-u", "-c", SERVER])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(server.stderr.take().unwrap()).lines();
        let line = said.find_map(|line| {
            line.unwrap()
                .split_once("http://")
                .map(|(_, rest)| rest.to_owned())
        });
        let address = line.expect("it says where it listens").trim().to_owned();
        // Its log of requests would fill the pipe.
        std::thread::spawn(move || said.for_each(drop));
        let credentials = tempfile::tempdir().unwrap();
        let mut options = fs::OpenOptions::new();
        let file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(credentials.path().join("s3"));
        file.unwrap()
            .write_all(b"AWS_ACCESS_KEY_ID=someone\nAWS_SECRET_ACCESS_KEY=not-a-secret\n")
            .unwrap();
        let server = Self {
            server,
            address,
            credentials,
        };
        server.make_bucket();
        Some(server)
    }

    /// Where it keeps files below `prefix`.
    pub fn config(&self, prefix: Option<&str>) -> S3Config {
        S3Config {
            bucket: BUCKET.into(),
            prefix: prefix.map(Into::into),
            endpoint: Some(format!("http://{}", self.address)),
            region: None,
            credentials_file: Some(self.credentials.path().join("s3")),
        }
    }

    /// Changes an object behind the back of whoever uses the store.
    #[allow(dead_code, reason = "each test file uses its part of it")]
    pub fn put(&self, path: &str, bytes: &[u8]) {
        let head = format!(
            "PUT /{BUCKET}/{path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\nconnection: close\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=someone/20260101/us-east-1/s3/aws4_request\r\n\r\n",
            self.address,
            bytes.len()
        );
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(&[head.as_bytes(), bytes].concat()).unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        assert!(answer.contains(" 200 "), "{answer}");
    }

    fn make_bucket(&self) {
        let request = format!(
            "PUT /{BUCKET} HTTP/1.1\r\nhost: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            self.address
        );
        // For half a minute.
        for _ in 0..1_500 {
            let made = TcpStream::connect(&self.address).and_then(|mut stream| {
                stream.write_all(request.as_bytes())?;
                let mut answer = String::new();
                BufReader::new(stream).read_line(&mut answer)?;
                Ok(answer)
            });
            if made.is_ok_and(|answer| answer.contains(" 200 ")) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server makes no bucket");
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The virtual environment's interpreter. One test makes it, and the others wait for it.
fn environment() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = root.filter(|folder| folder.join("Cargo.lock").exists()).last()?;
    let folder = root.join("target/s3-server");
    fs::create_dir_all(&folder).ok()?;
    let lock = fs::File::create(folder.join("lock")).ok()?;
    lock.lock().ok()?;
    let (python, whole) = (folder.join("bin/python"), folder.join("whole"));
    if fs::read(&whole).is_ok_and(|made| made == PACKAGE.as_bytes()) {
        return Some(python);
    }
    let run = |program: &Path, arguments: &[&str]| {
        let run = Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        run.is_ok_and(|status| status.success())
    };
    let made = run(Path::new("python3"), &["-m", "venv", folder.to_str()?])
        && run(&python, &["-m", "pip", "install", "--quiet", PACKAGE]);
    made.then(|| fs::write(&whole, PACKAGE)).and_then(Result::ok)?;
    Some(python)
}
