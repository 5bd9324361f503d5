//! `attest demo --members N`: each member's log, witness and monitor are processes of their own, with their own keys, folders
//! and configuration files, as on machines of their own. A test centre at each log gives it something to do.

use super::{Failure, centre, centre::Station, dashboard, day};
use crate::{
    issuer_key::{Registrar, hex, post_quantum_text},
    policy::{Office, policy_of},
    print::say,
};
use ledger::{policy::default_quorum, signatory::Signatories};
use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{sync::watch, time};
use verifier::network::{Network, Terms, USUAL_AGE_DAYS};
use verifier_server::now;

/// How long a process may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Results that a test centre hands in at a time: enough for a batch to close at once.
const AT_ONCE: usize = 40;
/// How often one of the test centres hands in results.
const PAUSE: Duration = Duration::from_secs(3);

/// A member with its three processes.
pub struct Member {
    pub name: String,
    pub log: Role,
    pub witness: Role,
    pub monitor: Role,
}

/// A process, which ends with this value.
pub struct Role {
    /// Where it answers.
    pub url: String,
    /// What an operator would stop.
    pub id: u32,
    process: Child,
}

impl Drop for Role {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the parts of a member are called: the command, its folder and its configuration file.
const ROLES: [&str; 3] = ["ledger", "witness", "monitor"];

/// Founds a cooperative of `count` members in `folder`, and shows how they fare until `stop` is told.
pub async fn run(folder: &Path, count: usize, exit: bool, stop: &watch::Receiver<()>) -> Result<(), Failure> {
    // 1. Everybody's keys, folders and addresses.
    let registrar = super::registrar(folder)?;
    let (mut addresses, mut lines, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=count {
        let member = folder.join(format!("member-{number}"));
        let ports = [free()?, free()?, free()?];
        lines.extend(init(&member, number, &ports, &registrar)?);
        let office = Office::create(
            &member.join("office"),
            &format!("attest.example/office-{number}").parse()?,
        )?;
        keys.extend(office.keys().iter().map(|key| key.key().clone()));
        addresses.push((member, ports));
    }

    // 2. What they agree on.
    let policy = policy_of(&lines, None)?;
    for (member, _) in &addresses {
        for role in ROLES {
            fs::write(member.join(role).join("members.policy"), policy.to_string())?;
        }
    }
    let network = folder.join("network.toml");
    let terms = Terms {
        registrar: registrar.public(),
        registrar_post_quantum: registrar.post_quantum(),
        members: policy.clone(),
        signatories: Signatories::new(keys, default_quorum(count))?,
        max_age_days: USUAL_AGE_DAYS,
    };
    fs::write(&network, Network::found(terms, now())?.to_toml())?;

    // 3. Their processes.
    let client = reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(1))
        .build()?;
    let mut members = Vec::new();
    for (number, (folder, ports)) in (1..).zip(addresses) {
        let [log, witness, monitor] = ports;
        members.push(Member {
            name: format!("member-{number}"),
            witness: start(&folder, "witness", witness)?,
            log: start(&folder, "ledger", log)?,
            monitor: start(&folder, "monitor", monitor)?,
        });
    }
    for member in &members {
        for role in [&member.witness, &member.log, &member.monitor] {
            answers(&client, role).await?;
        }
    }
    say!(
        "{count} members in {}: {} processes. Any of them can be held (kill -STOP) and let go (kill -CONT), or killed.",
        folder.display(),
        3 * count
    );
    say!("Doors start from {}.", network.display());

    // 4. Something to do.
    let mut centres = Vec::new();
    for (number, member) in (1..).zip(&members) {
        let folder = folder.join(format!("centre-{number}"));
        let url = &member.log.url;
        centres.push(centre::open(&folder, number, url, &registrar, now(), stop).await?);
    }
    let feeding = tokio::spawn(feed(centres));
    dashboard::show(&client, &policy, &members, exit).await;
    feeding.abort();
    Ok(())
}

/// Makes a member's three roles; returns their lines for the policy.
fn init(
    member: &Path,
    number: usize,
    ports: &[SocketAddr; 3],
    registrar: &Registrar,
) -> Result<Vec<String>, Failure> {
    fs::create_dir(member)?;
    let mut lines = Vec::new();
    let post_quantum = registrar.post_quantum().map(|key| post_quantum_text(&key));
    let registrar = hex(&registrar.public());
    for (role, address) in ROLES.into_iter().zip(ports) {
        let mut command = attest()?;
        command.args([role, "init"]).arg(member.join(role));
        command.args(["--listen", &address.to_string()]);
        let (name, url) = (format!("member-{number}"), format!("http://{address}"));
        match role {
            "ledger" => {
                let origin = format!("attest.example/demo/{name}/log");
                command.args(["--origin", &origin, "--url", &url, "--registrar", &registrar]);
                command.args(
                    post_quantum
                        .iter()
                        .flat_map(|key| ["--registrar-post-quantum", key]),
                );
            }
            "witness" => {
                let key = format!("attest.example/demo/{name}");
                command.args(["--name", &key, "--url", &url]);
            }
            _ => {
                command.args(["--registrar", &registrar]);
            }
        }
        let output = command.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let printed = String::from_utf8(output.stdout)?;
        if role != "monitor" {
            lines.extend(printed.lines().map(str::to_owned));
        }
    }
    Ok(lines)
}

/// Starts a role; what it says goes to a file beside its configuration.
fn start(member: &Path, role: &str, address: SocketAddr) -> Result<Role, Failure> {
    let folder = member.join(role);
    let file = match role {
        "ledger" => "log.toml".to_owned(),
        role => format!("{role}.toml"),
    };
    let mut command = attest()?;
    command.args([role, "--config"]).arg(folder.join(file));
    let said = File::create(folder.join("said.txt"))?;
    let process = command.stdout(Stdio::null()).stderr(said).stdin(Stdio::null());
    let process = process.spawn()?;
    Ok(Role {
        url: format!("http://{address}"),
        id: process.id(),
        process,
    })
}

async fn answers(client: &reqwest::Client, role: &Role) -> Result<(), Failure> {
    let asking = async {
        loop {
            if client.get(format!("{}/healthz", role.url)).send().await.is_ok() {
                return;
            }
            time::sleep(Duration::from_millis(100)).await;
        }
    };
    let answered = time::timeout(PATIENCE, asking).await;
    answered.map_err(|_| format!("{} does not answer; see said.txt in its folder", role.url).into())
}

/// The test centres hand in results, one after the other, for as long as this is polled.
async fn feed(centres: Vec<Station>) {
    let cases = day::cases(now());
    for round in 0.. {
        let centre = &centres[round % centres.len()];
        for number in 0..AT_ONCE {
            let mut submission = cases[(round * AT_ONCE + number) % cases.len()].submission.clone();
            submission["request_id"] = format!("00000000-0000-4000-8000-{round:06}{number:06}").into();
            // A centre whose issuer does not answer is one of the things that can be seen here.
            let _ = centre.submit(&submission).await;
        }
        time::sleep(PAUSE).await;
    }
}

fn attest() -> Result<Command, Failure> {
    Ok(Command::new(std::env::current_exe()?))
}

/// An address that was free just now: each member's has to be in the policy before any of them starts.
fn free() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
