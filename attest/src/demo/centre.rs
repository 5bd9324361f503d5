//! The test centre: an issuer's service, and a station that speaks to it over HTTP.

use super::{Failure, cooperative::stopped};
use crate::issuer_key::{Registrar, hex};
use issuer::key_request::KeyRequest;
use issuer_server::{Config, IssuerService, account::Role};
use schemas::{UnixTime, crypto::aws_lc::AwsLc};
use serde_json::{Value, json};
use std::path::Path;
use tokio::{net::TcpListener, sync::watch};

/// A station with its key.
pub struct Station {
    client: reqwest::Client,
    /// Where the issuer is.
    pub issuer: String,
    /// The station's own key.
    pub key: String,
    /// The key of somebody who may publish and unlock.
    pub supervisor: String,
}

/// What the station was answered.
#[derive(Clone)]
pub struct Submitted {
    /// The service's name for the result.
    pub result: String,
    /// What the wallet scans.
    pub offer: Value,
    /// What the person types.
    pub tx_code: String,
}

/// Opens an issuer of this number in `folder`, has it accredited, and starts it.
pub async fn open(
    folder: &Path,
    number: u32,
    log: &str,
    registrar: &Registrar,
    now: UnixTime,
    stop: &watch::Receiver<()>,
) -> Result<Station, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let config = Config {
        number,
        name: match number {
            1 => "Gesundheitsamt Musterstadt".into(),
            number => format!("Gesundheitsamt Musterstadt {number}"),
        },
        country: "DE".into(),
        url: issuer.clone(),
        database_url: None,
        data: folder.join("issuer"),
        keys: None,
        log: log.to_owned(),
        // The ledger is small, and somebody watches.
        early_every_seconds: 0,
        registrar: hex(&registrar.public()),
    };
    std::fs::create_dir_all(&config.data)?;
    let service = IssuerService::open(&config).await?;
    let request = KeyRequest::verify(&service.key_request()?, &AwsLc)?;
    let answer = registrar.accredit(&request, None, now)?;
    service.accredit(&answer).await?;
    let (_, key) = service
        .add_account("Testzentrum am Markt", Role::Station, 10_000)
        .await?;
    let (_, supervisor) = service.add_account("Leitung", Role::Supervisor, 10).await?;
    let station = Station {
        client: reqwest::Client::new(),
        issuer,
        key: key.expose().to_owned(),
        supervisor: supervisor.expose().to_owned(),
    };
    let running = service
        .with_pages(crate::issuer::pages())
        .run(listener, None, stopped(stop));
    tokio::spawn(async {
        if let Err(error) = running.await {
            eprintln!("attest: the issuer stopped: {error}");
        }
    });
    Ok(station)
}

impl Station {
    /// Submits one result.
    pub async fn submit(&self, submission: &Value) -> Result<Submitted, Failure> {
        let answer = self.post("/v1/results", &self.key, submission).await?;
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        Ok(Submitted {
            result: text("result_id"),
            offer: answer["offer"].clone(),
            tx_code: text("tx_code"),
        })
    }

    /// The certificate for paper, once it has its proof.
    pub async fn certificate(&self, result: &str) -> Result<Option<String>, Failure> {
        let url = format!("{}/v1/results/{result}/certificate", self.issuer);
        let answer = self
            .client
            .get(url)
            .bearer_auth(&self.key)
            .send()
            .await?
            .error_for_status()?;
        let answer: Value = answer.json().await?;
        let text = answer["text"].as_str().filter(|_| answer["anchored"] == true);
        Ok(text.map(str::to_owned))
    }

    /// Revokes a result, and publishes that at once.
    pub async fn revoke(&self, result: &str) -> Result<(), Failure> {
        let path = format!("/v1/results/{result}/revoke");
        self.post(&path, &self.key, &json!({ "reason": "laboratory-error" }))
            .await?;
        self.post("/v1/status/publish", &self.supervisor, &Value::Null)
            .await?;
        Ok(())
    }

    async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value, Failure> {
        let request = self
            .client
            .post(format!("{}{path}", self.issuer))
            .bearer_auth(key);
        Ok(request
            .json(body)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?)
    }
}
