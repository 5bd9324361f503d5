//! An issuer's service with its database in a folder of its own, asked in one thread without a network.

use crate::base64url;
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use issuer::key_request::KeyRequest;
use issuer_server::{
    Accreditation, Anchored, Answer, Appending, Config, IssuerService, Ledger, PendingEntry, account::Role,
    clock::ManualClock,
};
use ledger::entry::{Entry, Subject};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use schemas::{
    UnixTime,
    crypto::{
        SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
    key_event::{Country, EventNumber, IssuerKey, KeyEvent},
};
use serde_json::{Value, json};
use std::{cell::OnceCell, sync::Arc};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

/// Monday, 23 November 2026, 06:26:40 UTC.
pub const NOW: UnixTime = UnixTime(1_795_415_200);
const DAY: i64 = 86_400;
const URL: &str = "https://issuer.example";
/// The name that stands in inputs for what is derived from the service's secret.
const PLACEHOLDERS: [&str; 6] = ["$CODE", "$TX", "$REFRESH", "$NOTIFICATION", "$NONCE", "$JWK"];

/// The service, and what one person and the staff know.
pub struct Office {
    runtime: Runtime,
    _service: IssuerService,
    _folder: TempDir,
    router: Router,
    /// API keys of station, supervisor and administrator, and the access token of a wallet.
    bearers: [String; 4],
    known: [String; PLACEHOLDERS.len()],
    holder: SigningKey,
}

thread_local! {
    static OFFICE: OnceCell<Office> = const { OnceCell::new() };
}

/// Asks the office of this thread, which has one result that a wallet has a token for.
pub fn with<T>(ask: impl FnOnce(&Office) -> T) -> T {
    OFFICE.with(|office| ask(office.get_or_init(Office::open)))
}

/// A log that takes everything.
struct Yes;

impl Ledger for Yes {
    fn append<'a>(&'a self, entries: &'a [PendingEntry]) -> Appending<'a> {
        let anchored = |_: &PendingEntry| -> Answer {
            Ok(Anchored {
                index: 1,
                checkpoint_size: 2,
            })
        };
        let answers = entries.iter().map(anchored).collect();
        Box::pin(async move { Ok(answers) })
    }

    fn last(&self, _: schemas::IssuerNumber) -> issuer_server::Asking<'_> {
        Box::pin(async { Ok(issuer_server::Last::default()) })
    }

    fn send_head<'a>(&'a self, _: &'a ledger::heads::SignedHead) -> issuer_server::Sending<'a> {
        Box::pin(async { Ok(()) })
    }
}

impl Office {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let registrar = SigningKey::generate().expect("a key");
        let config = Config {
            number: 7,
            name: "Gesundheitsamt Musterstadt".into(),
            country: "DE".into(),
            url: URL.into(),
            database_url: None,
            data: folder.path().into(),
            keys: None,
            log: "https://log.example".into(),
            early_every_seconds: 0,
            registrar: registrar
                .public()
                .as_bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let (service, keys) = runtime.block_on(async {
            let clock = Arc::new(ManualClock::new(NOW));
            let service = IssuerService::open_with(&config, clock, Arc::new(Yes))
                .await
                .expect("a service");
            let request = service.key_request().expect("a request");
            service
                .accredit(&answer(&registrar, &request))
                .await
                .expect("an accredited key");
            let mut keys = Vec::new();
            for role in [Role::Station, Role::Supervisor, Role::Admin] {
                let (_, key) = service
                    .add_account(role.as_str(), role, u32::MAX)
                    .await
                    .expect("an account");
                keys.push(key.expose().to_owned());
            }
            (service, keys)
        });
        let mut office = Self {
            runtime,
            router: service.router(),
            _service: service,
            _folder: folder,
            bearers: [&keys[0], &keys[1], &keys[2], ""].map(|key| (*key).to_owned()),
            known: PLACEHOLDERS.map(str::to_owned),
            holder: SigningKey::generate().expect("a key"),
        };
        office.issue();
        office
    }

    /// Issues a result and picks it up, up to the wallet's token.
    fn issue(&mut self) {
        let submitted = self.good(0, "/v1/results", JSON, &submission().to_string());
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let grant = &submitted["offer"]["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"];
        self.known[0] = text(&grant["pre-authorized_code"]);
        self.known[1] = text(&submitted["tx_code"]);
        let token = self.good(3, "/token", FORM, &self.fill(TOKEN_FORM));
        self.bearers[3] = text(&token["access_token"]);
        self.known[2] = text(&token["refresh_token"]);
        let hcert = self.good(
            3,
            "/credential",
            JSON,
            r#"{"credential_configuration_id": "attest-hcert"}"#,
        );
        self.known[3] = text(&hcert["notification_id"]);
        self.known[4] = text(&self.good(3, "/nonce", JSON, "{}")["c_nonce"]);
        self.known[5] = jwk(&self.holder).to_string();
    }

    fn good(&self, who: usize, path: &str, kind: &str, body: &str) -> Value {
        let (status, answer) = self.post(who, path, kind, body.as_bytes().to_vec());
        assert_eq!(status, StatusCode::OK, "{path}");
        serde_json::from_slice(&answer).expect("JSON")
    }

    /// The text with what is known of the person in place of its names.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let known = PLACEHOLDERS.iter().zip(&self.known);
        known.fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    /// A wallet's key, to sign proofs with.
    #[must_use]
    pub fn holder(&self) -> &SigningKey {
        &self.holder
    }

    /// Asks for what is at a path, if it is one, with a key of any kind.
    ///
    /// # Panics
    /// When the service does not answer.
    pub fn get(&self, path: &str, bearer: &str) -> Option<StatusCode> {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        let request = request.body(Body::empty()).ok()?;
        let answer = self.runtime.block_on(self.router.clone().oneshot(request));
        Some(answer.expect("an answer").status())
    }

    /// Posts a body as one of station, supervisor, administrator and wallet.
    ///
    /// # Panics
    /// When the service does not answer.
    pub fn post(&self, who: usize, path: &str, kind: &str, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.bearers[who]))
            .body(Body::from(body))
            .expect("a request");
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("an answer");
            let status = response.status();
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
            (status, body.expect("a body").to_vec())
        })
    }
}

/// The content type of JSON.
pub const JSON: &str = "application/json";
/// The content type of forms.
pub const FORM: &str = "application/x-www-form-urlencoded";
/// A token request.
pub const TOKEN_FORM: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code=$CODE&tx_code=$TX";

/// A result as a station submits it.
#[must_use]
pub fn submission() -> Value {
    json!({
        "request_id": "018f4c1e-7a52-7c3e-9b1d-2f6a0c5d8e91",
        "person": { "given_name": "Erika", "family_name": "Mustermann", "date_of_birth": "1964-08-12" },
        "test": {
            "kind": "rapid-antigen", "result": "not-detected", "sampled_at": "2026-11-23T07:10:00+01:00",
            "device": "1232", "centre": "Testzentrum Nord"
        }
    })
}

/// The public half of a key (RFC 7518 section 6.2.1).
fn jwk(key: &SigningKey) -> Value {
    let point = p256::PublicKey::from_sec1_bytes(key.public().as_bytes()).expect("a point");
    let point = point.to_sec1_point(false);
    let [x, y] = [point.x(), point.y()].map(|coordinate| base64url(coordinate.expect("not infinity")));
    json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
}

/// What the registrar answers to a request.
fn answer(registrar: &SigningKey, request: &str) -> Accreditation {
    let request = KeyRequest::verify(request, &AwsLc).expect("a request");
    let key = IssuerKey::new(request.point, NOW.plus(-60), NOW.plus(90 * DAY), None).expect("a key");
    let (number, country) = (EventNumber(0), Country::new(&request.country).expect("a country"));
    let event = KeyEvent::new(request.issuer, number, request.name, country, vec![key]).expect("an event");
    let subject = Subject::KeyEvent(request.issuer, number);
    let entry = Entry::new(subject, NOW.plus(90 * DAY).day(), event.root(), None).expect("an entry");
    Accreditation {
        entry: BASE64_STANDARD.encode(entry.sign(registrar).expect("a signature").encode()),
        event: BASE64_STANDARD.encode(event.encode()),
        head: None,
    }
}
