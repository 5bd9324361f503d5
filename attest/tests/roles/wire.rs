//! Networks of the members' own (Linux network namespaces). The test runs again in a namespace that has no way out, as a user
//! who may do there what root may, so that nothing of it touches the machine's network, and all of it is gone with the last
//! process in it.

use super::world::{Machine, Process};
use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

/// Set where the test runs in its own network.
const WITHIN: &str = "ATTEST_TEST_NETWORK";
/// Everything that is needed, tried once.
const POSSIBLE: &str =
    "ip link set lo up && ip link add here type veth peer name there && nsenter -t $$ -n unshare -n true";

/// Whether this is the run in a network of the test's own; if not, that run was made here, or a line says that it was left out.
pub fn within_a_network(test: &str) -> bool {
    if env::var_os(WITHIN).is_some() {
        ip(&["link", "set", "lo", "up"]);
        return true;
    }
    let own = |program: &str| {
        let mut command = Command::new("unshare");
        let path = env::var("PATH").unwrap_or_default();
        command.args(["--net", "--map-root-user", program]);
        command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
        command
    };
    let possible = own("sh").args(["-c", POSSIBLE]).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        println!(
            "left out: 1 test of members without a network (needs unshare, nsenter and ip, and the right to use them)"
        );
        return false;
    }
    let binary = env::current_exe().expect("this test");
    let mut again = own(binary.to_str().expect("a path"));
    let run = again
        .args(["--exact", test, "--nocapture"])
        .env(WITHIN, "")
        .output();
    let run = run.expect("it runs");
    let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    false
}

/// A member's network, and the wire to it. The namespace is there as long as a process that ends with this one.
pub struct Wire {
    holder: Process,
    member: usize,
}

impl Wire {
    pub fn lay(member: usize) -> Self {
        let mut holding = Command::new("unshare");
        holding.args(["--net", "sh", "-c", "echo; exec cat"]);
        let holder = holding.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut holder = Process(holder.expect("unshare is there"));
        let stdout = holder.0.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("it is there");
        let (near, id) = (format!("member-{member}"), holder.0.id().to_string());
        ip(&[
            "link", "add", &near, "type", "veth", "peer", "name", "wire", "netns", &id,
        ]);
        ip(&["address", "add", &format!("10.0.{member}.1/30"), "dev", &near]);
        ip(&["link", "set", &near, "up"]);
        let wire = Self { holder, member };
        wire.there(&["address", "add", &format!("{}/30", wire.address()), "dev", "wire"]);
        wire.cut(false);
        wire
    }

    /// Cuts it at the member's end, so that what is sent there gets no answer at all, or mends it.
    pub fn cut(&self, cut: bool) {
        self.there(&["link", "set", "wire", if cut { "down" } else { "up" }]);
    }

    pub fn machine(&self) -> Machine {
        Machine {
            address: self.address(),
            enter: self.enter(),
        }
    }

    fn address(&self) -> String {
        format!("10.0.{}.2", self.member)
    }

    fn enter(&self) -> Vec<String> {
        let id = self.holder.0.id();
        vec!["nsenter".into(), format!("--net=/proc/{id}/ns/net")]
    }

    fn there(&self, arguments: &[&str]) {
        let [program, network] = &self.enter()[..] else {
            unreachable!("two words");
        };
        run(Command::new(program).args([network, "ip"]).args(arguments));
    }
}

fn ip(arguments: &[&str]) {
    run(Command::new("ip").args(arguments));
}

fn run(command: &mut Command) {
    let done = command.status();
    assert!(done.expect("it runs").success(), "{command:?}");
}
