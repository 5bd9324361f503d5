//! The tour: one real result from the test centre to the door, and what the verifier says when something is wrong.

use super::{Failure, centre::Station, citizen::Citizen, day};
use crate::print::{self, say};
use crate::wallet::pick_up::Progress;
use schemas::{
    base45,
    hcert::{Reading, Scanned, to_text},
    qr::{Code, Terminal},
};
use std::{io::IsTerminal, path::Path, time::Duration};
use verifier::Verdict;
use verifier_server::{DoorFiles, Input, OpenDoor, in_full, now};

/// Requests that a station has under way at once.
const AT_ONCE: usize = 16;
/// How long to wait for the ledger.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the tour leaves behind, to be tried.
pub struct Souvenirs {
    /// The result that was shown and revoked.
    pub result: String,
}

/// Goes through everything once, and tells it on standard output.
pub async fn tour(folder: &Path, network: &Path, station: &Station) -> Result<Souvenirs, Failure> {
    let files = DoorFiles {
        network: Some(network.to_owned()),
        ..DoorFiles::default()
    };
    let door = OpenDoor::open(&files)?;

    heading("1. The test centre takes in a day of results");
    let mut cases = day::cases(now());
    let first = cases
        .iter()
        .position(|case| case.is_negative && case.is_pcr)
        .ok_or("no negative PCR test")?;
    let first = cases.swap_remove(first);
    let submitted = station.submit(&first.submission).await?;
    wait("the issuer's accreditation to be on the ledger", async || {
        door.sync().await?;
        Ok(door
            .view()
            .is_some_and(|view| view.state().issuers().next().is_some())
            .then_some(()))
    })
    .await?;
    let mut citizen = Citizen::new(
        &submitted.offer.to_string(),
        &submitted.tx_code,
        &folder.join("wallet.age"),
    )?;
    citizen.go_on(&door, now()).await?;
    let positive = submit_all(station, &cases).await?;
    say!("{} results, issued and committed to.", cases.len() + 1);

    heading("2. A wallet picks one up: four single-use copies, each with its own key and in its own batch");
    wait("the first copy's batch to be on the ledger", async || {
        door.sync().await?;
        Ok((citizen.go_on(&door, now()).await? == Progress::Done).then_some(()))
    })
    .await?;
    // The proof may be of a batch that came since.
    door.sync().await?;
    let view = door
        .view()
        .map(|view| (view.size().0, view.cosigners(), view.state().root_count()));
    let (entries, cosigners, batches) = view.unwrap_or_default();
    say!(
        "The ledger has {entries} entries, {batches} of them batches, cosigned by {cosigners} of 10 members."
    );

    heading("3. It shows the result with initials");
    let text = citizen.show(now())?;
    let code = Code::new(&text)?;
    print::out(format_args!("{}", code.to_terminal(Terminal::Colours)));
    say!(
        "{} characters, QR version {}-{:?}.",
        text.len(),
        code.version(),
        code.level()
    );
    let picture = folder.join("wallet.png");
    std::fs::write(&picture, code.to_png(4))?;

    heading("4. The door scans the picture");
    let scanned = scan(&picture)?;
    tell("the wallet's code", &door, &scanned);

    heading("5. The same picture again, a screenshot");
    tell("the same code", &door, &scan(&picture)?);

    heading("6. One byte altered");
    tell("an altered code", &door, &altered(&text)?);

    heading("7. The door's clock is set back by a day");
    let yesterday = DoorFiles {
        at: Some(rfc3339(now().0 - 86_400)?),
        ..files.clone()
    };
    let late_door = OpenDoor::open(&yesterday)?;
    late_door.sync().await?;
    tell("the same code", &late_door, &text);

    heading("8. A positive result, on paper");
    let paper = certificate(station, &door, &positive).await?;
    tell("a paper certificate", &door, &paper);

    heading("9. A negative result on paper, and the same without its proof");
    let paper = certificate(station, &door, &submitted.result).await?;
    let code = Code::new(&paper)?;
    std::fs::write(folder.join("paper.png"), code.to_png(4))?;
    std::fs::write(folder.join("paper.txt"), format!("{paper}\n"))?;
    say!(
        "{} characters, QR version {}-{:?}.",
        paper.len(),
        code.version(),
        code.level()
    );
    tell("a paper certificate", &door, &paper);
    let stripped = without_proof(&paper)?;
    tell("a paper certificate without its proof", &door, &stripped);

    heading("10. The laboratory withdraws that result");
    station.revoke(&submitted.result).await?;
    wait("the revocation to be on the ledger", async || {
        door.sync().await?;
        Ok(matches!(door.examine(&paper).report.verdict(), Verdict::Reject(_)).then_some(()))
    })
    .await?;
    tell("the paper certificate", &door, &paper);
    tell("the one without its proof", &door, &stripped);
    Ok(Souvenirs {
        result: submitted.result,
    })
}

/// Submits all cases, some at once. Returns a positive one.
async fn submit_all(station: &Station, cases: &[day::Case]) -> Result<String, Failure> {
    let mut positive = None;
    for some in cases.chunks(AT_ONCE) {
        let requests = some.iter().map(|case| station.submit(&case.submission));
        for (case, submitted) in some.iter().zip(futures_util::future::join_all(requests).await) {
            let submitted = submitted?;
            if !case.is_negative {
                positive = Some(submitted.result);
            }
        }
    }
    positive.ok_or_else(|| "the day has no positive result".into())
}

/// A paper certificate, as soon as its batch is on the ledger and in the door's view.
async fn certificate(station: &Station, door: &OpenDoor, result: &str) -> Result<String, Failure> {
    let text = wait("the certificate's batch to be on the ledger", async || {
        station.certificate(result).await
    })
    .await?;
    door.sync().await?;
    Ok(text)
}

fn scan(picture: &Path) -> Result<String, Failure> {
    let input = Input::read(picture.display().to_string(), &std::fs::read(picture)?)?;
    Ok(input.texts.first().ok_or("no code was found")?.clone())
}

fn tell(what: &str, door: &OpenDoor, text: &str) {
    print::out(format_args!("{}", in_full(what, &door.examine(text))));
}

/// The presentation with one bit of its last byte turned: the holder's signature.
fn altered(text: &str) -> Result<String, Failure> {
    let (prefix, encoded) = text.split_at(4);
    let mut bytes = base45::decode(encoded)?;
    *bytes.last_mut().ok_or("an empty presentation")? ^= 1;
    Ok(format!("{prefix}{}", base45::encode(&bytes)))
}

fn without_proof(paper: &str) -> Result<String, Failure> {
    let mut sign1 = Scanned::new(paper)?.decode(Reading::Strict)?.sign1().clone();
    *sign1.unprotected_mut() = Default::default();
    Ok(to_text(&sign1))
}

fn rfc3339(seconds: i64) -> Result<String, Failure> {
    let time = time::OffsetDateTime::from_unix_timestamp(seconds)?;
    Ok(time.format(&time::format_description::well_known::Rfc3339)?)
}

/// Repeats a step until it gives something.
async fn wait<T>(
    what: &str,
    mut step: impl AsyncFnMut() -> Result<Option<T>, Failure>,
) -> Result<T, Failure> {
    let mut last = None;
    let waiting = async {
        loop {
            // The ledger may not have published anything yet.
            match step().await {
                Ok(Some(value)) => return value,
                Ok(None) => {}
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.map_err(|_| {
        let cause = last.map_or(String::new(), |error| format!(": {error}"));
        format!("waited {} s for {what}{cause}", PATIENCE.as_secs()).into()
    })
}

/// A line above what follows, bold on a terminal.
pub fn heading(text: &str) {
    match std::io::stdout().is_terminal() {
        true => say!("\n\x1b[1m{text}\x1b[0m"),
        false => say!("\n{text}"),
    }
}
