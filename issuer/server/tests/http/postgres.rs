//! A PostgreSQL server for these tests, and these tests on it.
//!
//! The server has its files in a folder of its own, answers on a socket there, and syncs nothing. It ends with the process that
//! started it, however that ends. Needs `initdb` and `postgres` on the path or where Debian has them
//! (`apt-get install postgresql`); elsewhere these tests are left out.

use crate::world::{DAY, World, submission, wallet::Wallet};
use issuer_server::clock::{Clock, SystemClock};
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::{
    env, fs,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tempfile::TempDir;

/// In the environment of tests that run on PostgreSQL: the URL of the server, without a database.
const GIVEN: &str = "ATTEST_TEST_POSTGRES";
/// PostgreSQL refuses to run as root: then it runs as nobody.
const NOBODY: u32 = 65_534;
/// What speaks of SQLite's files, or starts servers of its own.
const NOT_HERE: [&str; 4] = ["files::", "disk::", "postgres::", "processes::"];

/// Every other test again, in one process with `ATTEST_TEST_POSTGRES`.
#[tokio::test(flavor = "multi_thread")]
async fn everything_holds_on_postgresql() {
    let Some(server) = Server::start("the issuer's tests on PostgreSQL").await else {
        return;
    };
    let mut tests = Command::new(env::current_exe().unwrap());
    tests.env(GIVEN, &server.url).stdin(Stdio::null());
    for left_out in NOT_HERE {
        tests.args(["--skip", left_out]);
    }
    let output = tokio::task::spawn_blocking(move || tests.output().unwrap())
        .await
        .unwrap();
    println!("on PostgreSQL:\n{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    what_has_expired_is_gone(&server).await;
}

/// As `files::what_has_expired_is_gone_from_the_disk`, in rows: what the server does with its files is its own.
async fn what_has_expired_is_gone(server: &Server) {
    let url = database(&server.url).await;
    let mut database = PgConnection::connect(&url).await.unwrap();
    let world = World::on(url).await;
    let submitted = world.submit(1).await;
    Wallet::scan(&submitted, 4).pick_up(&world).await;
    world.anchor_all().await;
    let last = world.batches();
    let personal = "SELECT (SELECT COUNT(*) FROM results) + (SELECT COUNT(*) FROM credentials) \
                    + (SELECT COUNT(*) FROM batches WHERE seed IS NOT NULL OR leaves IS NOT NULL)";
    let count = async |database: &mut PgConnection| -> i64 {
        sqlx::query_scalar(personal).fetch_one(database).await.unwrap()
    };
    assert!(count(&mut database).await > 5);
    world.clock.advance(5 * DAY);
    assert_eq!(world.service().purge_expired().await.unwrap().results, 1);
    assert_eq!(count(&mut database).await, 0);
    // Continuity stays.
    let mut fresh = submission(2);
    fresh["test"]["sampled_at"] = serde_json::json!("2026-11-28T07:00:00Z");
    world.clock.advance(3600);
    let world = world.restart().await;
    assert_eq!(world.post("station", "/v1/results", &fresh).await.status, 200);
    world.anchor_all().await;
    assert_eq!(world.batches(), last + 1);
}

/// A server of our own.
pub struct Server {
    /// Without a database.
    pub url: String,
    running: Child,
    _folder: TempDir,
}

impl Server {
    /// Starts one; says what is left out when there is none on this machine.
    pub async fn start(what: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            println!("left out: {what} (needs PostgreSQL: apt-get install postgresql)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
        if is_root {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let command = |program: &str| {
            let mut command = Command::new(program);
            if is_root {
                command.uid(NOBODY).gid(NOBODY);
            }
            command.current_dir(folder.path());
            command
        };
        let data = folder.path().join("data");
        let made = command(programs.join("initdb").to_str().unwrap())
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=attest",
                "--encoding=UTF8",
                "--locale=C",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        // It reads until we end, and then stops the server.
        let script = "\"$@\" 2>server.log & server=$!; cat >/dev/null; kill -QUIT $server; wait $server";
        let running = command("sh")
            .args(["-c", script, "sh"])
            .arg(programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "full_page_writes=off",
            ])
            .args(["-c", "max_connections=400", "-c", "shared_buffers=32MB"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            url: format!(
                "postgres://attest@{}",
                folder.path().display().to_string().replace('/', "%2F")
            ),
            running,
            _folder: folder,
        };
        let answers = async {
            while connect(&server.url).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let answers = tokio::time::timeout(Duration::from_secs(60), answers).await;
        answers.expect("PostgreSQL starts");
        Some(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.running.stdin.take());
        let _ = self.running.wait();
    }
}

/// The URL of a new database on the server that was given to this process, if one was.
pub async fn given() -> Option<String> {
    match env::var(GIVEN) {
        Ok(server) => Some(database(&server).await),
        Err(_) => None,
    }
}

/// The URL of a new database on a server.
pub async fn database(server: &str) -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);

    let (made, now) = (
        MADE.fetch_add(1, Ordering::Relaxed),
        SystemClock.since_1970().as_nanos(),
    );
    let name = format!("world_{now}_{made}");
    let mut connection = connect(server).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(create).await.unwrap();
    format!("{server}/{name}")
}

async fn connect(server: &str) -> Result<PgConnection, sqlx::Error> {
    PgConnection::connect(&format!("{server}/postgres")).await
}

/// Where the programs are: on the path, or the newest that Debian has.
fn programs() -> Option<PathBuf> {
    let has_both = |folder: &Path| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).find(|folder| has_both(folder));
    // Beside a link stand only those that were linked too.
    let real = |folder: PathBuf| {
        Some(
            fs::canonicalize(folder.join("postgres"))
                .ok()?
                .parent()?
                .to_owned(),
        )
    };
    let installed = || {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
        folders.filter(|folder| has_both(folder)).max()
    };
    on_path.and_then(real).or_else(installed)
}
