//! A chain for the time of one test: npm's `@foundry-rs/anvil`, which is installed once below `target` beside the compiler
//! of the contract.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Ends the chain with whoever holds the standard input, however that ends.
const UNTIL_INPUT_ENDS: &str = "\"$@\" </dev/null & chain=$!; cat >/dev/null; kill $chain";
/// The number of the chain.
pub const ID: u64 = 31_337;
/// Keys that have money there, as everybody knows: they are made of the words "test test … junk".
#[allow(dead_code, reason = "each test file uses its part of it")]
pub const KEYS: [&str; 2] = [
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
];

/// A chain of one node.
pub struct DevelopmentChain {
    process: Child,
    /// Where the node is.
    pub url: String,
}

impl DevelopmentChain {
    /// A new chain, or a line that says how many tests were left out.
    pub fn start(tests: usize) -> Option<Self> {
        let Some(anvil) = installed().and_then(|modules| anvil(&modules)) else {
            println!("left out: {tests} tests on a development chain (needs npm, for @foundry-rs/anvil)");
            return None;
        };
        let mut process = Command::new("sh")
            .args(["-c", UNTIL_INPUT_ENDS, "sh"])
            .arg(anvil)
            .args(["--port", "0", "--chain-id", &ID.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let mut said = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let address = said.find_map(|line| line.ok()?.strip_prefix("Listening on ").map(ToOwned::to_owned));
        let url = format!("http://{}", address.expect("it says where it listens").trim());
        // What it says of each call would fill the pipe.
        std::thread::spawn(move || said.for_each(drop));
        Some(Self { process, url })
    }

    /// Ends it, as it ends when this is dropped.
    #[allow(dead_code, reason = "each test file uses its part of it")]
    pub fn stop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

impl Drop for DevelopmentChain {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder with npm's packages, by the lock file. One test installs them, and the others wait for it.
pub fn installed() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = root.filter(|folder| folder.join("Cargo.lock").exists()).last()?;
    let (contract, folder) = (root.join("ledger/evm/contract"), root.join("target/chain"));
    fs::create_dir_all(&folder).ok()?;
    let lock = fs::File::create(folder.join("lock")).ok()?;
    lock.lock().ok()?;
    let wanted = fs::read(contract.join("package-lock.json")).ok()?;
    let whole = folder.join("whole");
    if fs::read(&whole).is_ok_and(|made| made == wanted) {
        return Some(folder);
    }
    for file in ["package.json", "package-lock.json"] {
        fs::copy(contract.join(file), folder.join(file)).ok()?;
    }
    let npm = Command::new("npm")
        .args(["ci", "--silent", "--ignore-scripts"])
        .current_dir(&folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let made = npm.is_ok_and(|status| status.success());
    made.then(|| fs::write(&whole, wanted)).and_then(Result::ok)?;
    Some(folder)
}

/// The program, of which npm installs the one for this machine.
fn anvil(folder: &Path) -> Option<PathBuf> {
    let packages = fs::read_dir(folder.join("node_modules/@foundry-rs")).ok()?;
    let programs = packages.flatten().map(|package| package.path().join("bin/anvil"));
    programs.into_iter().find(|program| program.is_file())
}
