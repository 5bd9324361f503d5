//! An issuer on 127.0.0.1 with a clock that stands still and a ledger in memory, and the people who call it.

use crate::postgres;
use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_STANDARD};
use issuer::key_request::KeyRequest;
use issuer_server::{
    Accreditation, Anchored, Answer, Appending, Asking, Config, DatabaseUrl, Error, IssuerService, Last,
    Ledger, NotTaken, PendingEntry, Sending, account::Role, clock::ManualClock,
};
use ledger::{
    entry::{Entry, EntryId, Leaf, Subject},
    heads::{Chain, Head, SignedHead},
};
use schemas::{
    Hash, IssuerNumber, UnixTime,
    crypto::{
        SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
        ml_dsa,
    },
    key_event::{Country, EventNumber, IssuerKey, KeyEvent},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

pub mod wallet;

/// Monday, 23 November 2026, 06:26:40 UTC.
pub const NOW: UnixTime = UnixTime(1_795_415_200);
pub const DAY: i64 = 86_400;

/// A log that takes what follows from what it has, and can be out of order.
#[derive(Default)]
pub struct MemoryLedger {
    state: Mutex<LedgerState>,
}

#[derive(Default)]
struct LedgerState {
    entries: Vec<[u8; 144]>,
    objects: HashMap<Hash, Vec<u8>>,
    last: HashMap<(u8, u32), EntryId>,
    refuses: bool,
    /// The code for entries of a kind, and how often it was given.
    refused: Option<(u8, &'static str)>,
    refusals: usize,
    heads: Vec<SignedHead>,
}

impl MemoryLedger {
    pub fn refuse(&self, refuses: bool) {
        self.state.lock().unwrap().refuses = refuses;
    }

    /// Refuses the entries of a kind for good, or takes them again.
    pub fn refuse_for_good(&self, refused: Option<(u8, &'static str)>) {
        self.state.lock().unwrap().refused = refused;
    }

    /// How many requests had an entry that was refused for good.
    pub fn refusals(&self) -> usize {
        self.state.lock().unwrap().refusals
    }

    /// The entries of a kind, in the order of the log.
    pub fn entries(&self, kind: u8) -> Vec<Entry> {
        let state = self.state.lock().unwrap();
        let of_kind = state.entries.iter().filter(|entry| entry[1] == kind);
        of_kind.map(unverified).collect()
    }

    /// The heads since they were asked for last.
    pub fn heads(&self) -> Vec<SignedHead> {
        std::mem::take(&mut self.state.lock().unwrap().heads)
    }

    pub fn object(&self, root: &Hash) -> Vec<u8> {
        self.state.lock().unwrap().objects[root].clone()
    }
}

pub fn unverified(bytes: &[u8; 144]) -> Entry {
    match Leaf::decode(bytes).unwrap() {
        Leaf::Entry(entry) => *entry.unverified(),
        Leaf::Null => panic!("an issuer sends no null entry"),
    }
}

impl Ledger for MemoryLedger {
    fn append<'a>(&'a self, entries: &'a [PendingEntry]) -> Appending<'a> {
        let mut state = self.state.lock().unwrap();
        let (refuses, refused) = (state.refuses, state.refused);
        let is_refused = |pending: &PendingEntry| refused.is_some_and(|(kind, _)| kind == pending.entry[1]);
        state.refusals += usize::from(entries.iter().any(is_refused));
        let mut append = |pending: &PendingEntry| -> Answer {
            if let Some((_, code)) = refused.filter(|_| is_refused(pending)) {
                return Err(NotTaken::Refused(code.into()));
            }
            let entry = unverified(&pending.entry);
            let known = state.entries.iter().position(|bytes| *bytes == pending.entry);
            let index = known.unwrap_or_else(|| {
                let sequence = (pending.entry[1], entry.subject().issuer().0);
                assert_eq!(
                    entry.previous(),
                    state.last.get(&sequence).copied(),
                    "the chain is whole"
                );
                state.last.insert(sequence, entry.id());
                state.entries.push(pending.entry);
                state.entries.len() - 1
            });
            if let Some(object) = &pending.object {
                assert_eq!(Hash::of(&[object]), entry.root());
                state.objects.insert(entry.root(), object.clone());
            }
            Ok(Anchored {
                index: index as u64,
                checkpoint_size: state.entries.len() as u64,
            })
        };
        let answers = match refuses {
            true => Err(Error::Ledger("no quorum".into())),
            false => Ok(entries.iter().map(&mut append).collect()),
        };
        Box::pin(async move { answers })
    }

    fn last(&self, issuer: IssuerNumber) -> Asking<'_> {
        let last = |kind| {
            let state = self.state.lock().unwrap();
            let of_issuer =
                |entry: &&[u8; 144]| entry[1] == kind && unverified(entry).subject().issuer() == issuer;
            match Leaf::decode(state.entries.iter().rfind(of_issuer)?).unwrap() {
                Leaf::Entry(entry) => Some(entry),
                Leaf::Null => None,
            }
        };
        let (batch, snapshot) = (last(1), last(2));
        let answer = match self.state.lock().unwrap().refuses {
            true => Err(Error::Ledger("no quorum".into())),
            false => Ok(Last { batch, snapshot }),
        };
        Box::pin(async { answer })
    }

    fn send_head<'a>(&'a self, head: &'a SignedHead) -> Sending<'a> {
        let mut state = self.state.lock().unwrap();
        let taken = match state.refuses {
            true => Err(Error::Ledger("no quorum".into())),
            false => {
                state.heads.push(head.clone());
                Ok(())
            }
        };
        Box::pin(async move { taken })
    }
}

/// The authority that accredits the issuer.
pub struct Registrar {
    key: SigningKey,
    pub post_quantum: ml_dsa::SecretKey,
    events: Mutex<Vec<(Entry, Vec<IssuerKey>)>>,
}

impl Registrar {
    fn new() -> Self {
        Self {
            key: SigningKey::generate().unwrap(),
            post_quantum: ml_dsa::SecretKey::from_seed(&[3; 32]),
            events: Mutex::default(),
        }
    }

    pub fn point(&self) -> String {
        self.key
            .public()
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Answers a request: the new key beside the earlier ones.
    pub fn answer(&self, request: &str, now: UnixTime) -> Accreditation {
        let request = KeyRequest::verify(request, &AwsLc).unwrap();
        let key = IssuerKey::new(request.point, now.plus(-60), now.plus(90 * DAY), None).unwrap();
        let mut events = self.events.lock().unwrap();
        let mut keys = events.last().map(|(_, keys)| keys.clone()).unwrap_or_default();
        keys.push(key);
        let number = EventNumber(u32::try_from(events.len()).unwrap());
        let country = Country::new(&request.country).unwrap();
        let event = KeyEvent::new(request.issuer, number, request.name, country, keys.clone()).unwrap();
        let event = event.with_post_quantum(request.post_quantum);
        let previous = events.last().map(|(entry, _)| entry.id());
        let subject = Subject::KeyEvent(request.issuer, number);
        let entry = Entry::new(subject, now.plus(90 * DAY).day(), event.root(), previous).unwrap();
        events.push((entry, keys));
        let head = Head {
            issuer: request.issuer,
            chain: Chain::KeyEvents,
            number: number.0,
            entry: entry.id(),
            time: now,
        };
        let head = head.sign(&self.post_quantum).encode();
        Accreditation {
            entry: BASE64_STANDARD.encode(entry.sign(&self.key).unwrap().encode()),
            event: BASE64_STANDARD.encode(event.encode()),
            head: Some(BASE64_STANDARD.encode(head)),
        }
    }

    /// The keys of the last event.
    pub fn keys(&self) -> Vec<IssuerKey> {
        self.events.lock().unwrap().last().unwrap().1.clone()
    }
}

/// An issuer and everybody around it.
pub struct World {
    pub directory: TempDir,
    /// The database of its own on PostgreSQL, where these tests run on that.
    pub database: Option<String>,
    pub config: Config,
    pub clock: Arc<ManualClock>,
    pub ledger: Arc<MemoryLedger>,
    pub registrar: Arc<Registrar>,
    service: Option<IssuerService>,
    pub url: String,
    serving: Option<JoinHandle<()>>,
    client: reqwest::Client,
    /// API keys by the role's name.
    keys: HashMap<String, String>,
}

impl World {
    /// An issuer with an accredited key, a station, a supervisor and an administrator.
    pub async fn new() -> Self {
        Self::unaccredited().await.accredited().await
    }

    /// The same on a PostgreSQL database.
    pub async fn on(database: String) -> Self {
        let mut world = Self::closed();
        world.use_database(Some(database));
        world.with_accounts().await.accredited().await
    }

    /// An issuer that the registrar does not know yet.
    pub async fn unaccredited() -> Self {
        Self::closed().with_accounts().await
    }

    async fn with_accounts(mut self) -> Self {
        self.open().await;
        for role in [Role::Station, Role::Supervisor, Role::Admin] {
            let added = self.service().add_account(role.as_str(), role, 1000).await;
            self.know(role.as_str(), added.unwrap().1.expose());
        }
        self
    }

    async fn accredited(self) -> Self {
        let request = self.service().key_request().unwrap();
        let answer = self.registrar.answer(&request, NOW);
        self.service().accredit(&answer).await.unwrap();
        self
    }

    /// The same people and ledger, who call an issuer at `url`.
    pub fn at(&self, url: String) -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            database: self.database.clone(),
            config: self.config.clone(),
            clock: self.clock.clone(),
            ledger: self.ledger.clone(),
            registrar: self.registrar.clone(),
            service: None,
            url,
            serving: None,
            client: reqwest::Client::new(),
            keys: self.keys.clone(),
        }
    }

    /// An issuer that does not run, and has no files yet.
    pub fn closed() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let registrar = Arc::new(Registrar::new());
        Self {
            config: Config {
                number: 7,
                name: "Gesundheitsamt Musterstadt".into(),
                country: "DE".into(),
                url: "https://issuer.example".into(),
                database_url: None,
                data: directory.path().into(),
                keys: None,
                log: "https://log.example".into(),
                early_every_seconds: 0,
                registrar: registrar.point(),
            },
            directory,
            database: None,
            clock: Arc::new(ManualClock::new(NOW)),
            ledger: Arc::default(),
            registrar,
            service: None,
            url: String::new(),
            serving: None,
            client: reqwest::Client::new(),
            keys: HashMap::new(),
        }
    }

    /// Opens the issuer on its files, whatever they are, and serves it.
    pub async fn open(&mut self) {
        if self.database.is_none() {
            self.use_database(postgres::given().await);
        }
        let opened = IssuerService::open_with(&self.config, self.clock.clone(), self.ledger.clone()).await;
        let service = opened.unwrap_or_else(|error| panic!("the issuer does not start: {error:?}"));
        service.compare_with_log().await.unwrap();
        let (url, serving) = serve(&service).await;
        (self.url, self.serving, self.service) = (url, Some(serving), Some(service));
    }

    /// Has the issuer keep its data in a PostgreSQL database.
    pub fn use_database(&mut self, url: Option<String>) {
        self.config.database_url = url.clone().map(DatabaseUrl::from);
        self.database = url;
    }

    /// Stops the issuer and opens it again on the same files.
    pub async fn restart(self) -> Self {
        let mut world = self.stop().await;
        world.open().await;
        world
    }

    /// Stops the issuer and leaves its files.
    pub async fn stop(mut self) -> Self {
        self.client = reqwest::Client::new();
        if self.service.is_some() {
            self.take_service().await.close().await;
        }
        self
    }

    /// Stops serving and hands the issuer over.
    pub async fn take_service(&mut self) -> IssuerService {
        let serving = self.serving.take().unwrap();
        serving.abort();
        let _ = serving.await;
        self.service.take().unwrap()
    }

    /// The issuer, while it runs.
    pub fn service(&self) -> &IssuerService {
        self.service.as_ref().unwrap()
    }

    /// The metrics, as on the operator's listener.
    pub async fn metrics(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/metrics", listener.local_addr().unwrap());
        let router = self.service().operations();
        let serving = tokio::spawn(serve::serve(listener, router, std::future::pending()));
        let text = self.client.get(url).send().await.unwrap().text().await.unwrap();
        serving.abort();
        text
    }

    /// Gives `key` a name to call with.
    pub fn know(&mut self, name: &str, key: &str) {
        self.keys.insert(name.into(), key.into());
    }

    pub fn key(&self, who: &str) -> &str {
        &self.keys[who]
    }

    /// `GET` as somebody; `who` is empty for nobody.
    pub async fn get(&self, who: &str, path: &str) -> Reply {
        self.send(who, self.client.get(format!("{}{path}", self.url)))
            .await
    }

    /// `POST` of JSON as somebody.
    pub async fn post(&self, who: &str, path: &str, body: &Value) -> Reply {
        self.send(who, self.client.post(format!("{}{path}", self.url)).json(body))
            .await
    }

    /// `POST` of a form as nobody.
    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let encoded: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{name}={}", value.replace(':', "%3A")))
            .collect();
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded.join("&"));
        self.send("", request).await
    }

    pub async fn send(&self, who: &str, request: reqwest::RequestBuilder) -> Reply {
        let request = match who {
            "" => request,
            token if token.starts_with("token ") => request.bearer_auth(&token[6..]),
            who => request.bearer_auth(self.key(who)),
        };
        let response = request.send().await.unwrap();
        let status = StatusCode::from_u16(response.status().as_u16()).unwrap();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
        let headers = headers.collect();
        Reply {
            status,
            headers,
            text: response.text().await.unwrap(),
        }
    }

    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Submits a result of a person as the station; returns the answer.
    pub async fn submit(&self, number: u32) -> Value {
        let reply = self.post("station", "/v1/results", &submission(number)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    /// How many batches the log has: numbered without a gap, each naming the one before it (the log checks that).
    pub fn batches(&self) -> usize {
        let entries = self.ledger.entries(1);
        let numbers = entries.iter().map(|entry| entry.subject().number());
        assert!(numbers.eq((0..).take(entries.len())));
        entries.len()
    }

    /// Lets the open batches with something in them close, and anchors them.
    pub async fn anchor_all(&self) {
        for _ in 0..20 {
            self.clock.advance(60);
            self.service().close_due_batches().await.unwrap();
        }
        while self.service().anchor_waiting().await.unwrap() > 0 {}
    }
}

/// An answer.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HashMap<String, String>,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The status and the stable code of a problem, or the error of OAuth.
    #[track_caller]
    pub fn refused(&self) -> (u16, String) {
        let json = self.json();
        let code = json.get("code").or(json.get("error")).and_then(Value::as_str);
        (
            self.status.as_u16(),
            code.unwrap_or_else(|| panic!("no code in {}", self.text))
                .to_owned(),
        )
    }

    /// The code that the description of an OAuth error ends with.
    pub fn oauth_detail(&self) -> (u16, String, String) {
        let json = self.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        (self.status.as_u16(), text("error"), text("error_description"))
    }
}

/// A submission of a person with this number.
pub fn submission(number: u32) -> Value {
    json!({
        "request_id": request_id(number),
        "person": {
            "given_name": "Erika",
            "family_name": family_name(number),
            "date_of_birth": "1964-08-12",
        },
        "test": {
            "kind": "rapid-antigen",
            "result": "not-detected",
            "sampled_at": "2026-11-23T07:10:00+01:00",
            "device": "1232",
            "centre": "Testzentrum Nord",
        },
    })
}

pub fn request_id(number: u32) -> String {
    format!("018f4c1e-7a52-7c3e-9b1d-{number:012x}")
}

/// A name that occurs nowhere else: `Mustermann` and letters.
pub fn family_name(number: u32) -> String {
    let letters = number
        .to_string()
        .bytes()
        .map(|digit| char::from(b'a' + digit - b'0'))
        .collect::<String>();
    format!("Mustermannq{letters}")
}

async fn serve(service: &IssuerService) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = service.router();
    (
        url,
        tokio::spawn(serve::serve(listener, router, std::future::pending())),
    )
}

/// Waits for all of them together.
pub async fn join_all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    core::future::poll_fn(|context| {
        for (future, done) in futures.iter_mut().filter(|(_, done)| done.is_none()) {
            if let core::task::Poll::Ready(output) = future.as_mut().poll(context) {
                *done = Some(output);
            }
        }
        match futures.iter().all(|(_, done)| done.is_some()) {
            true => core::task::Poll::Ready(()),
            false => core::task::Poll::Pending,
        }
    })
    .await;
    futures.into_iter().map(|(_, done)| done.unwrap()).collect()
}
