//! New results: idempotent, within the quota, at their places, signed.

use super::{Desk, Effects, Mirror, Reply, random_bytes, settle};
use crate::{
    Error,
    account::{Account, AccountNumber, Role},
    random,
    result::{Reason, ResultId, State},
    store::{Credential, CredentialShape, NewCredential, NewResult, ResultNumber, ResultRow, Write},
};
use issuer::{Issued, IssuerKey, expiry, sign_hcert};
use schemas::{Place, UnixTime, hcert, value_sets::Country};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    thread,
};

/// A result to be issued.
pub(crate) struct Issue {
    /// Its identifier, derived from the station and its request.
    pub(crate) id: ResultId,
    /// Who submits.
    pub(crate) account: Arc<Account>,
    /// The encoded draft.
    pub(crate) draft: Vec<u8>,
    /// The certificate to be.
    pub(crate) hcert: hcert::Draft,
}

/// What the station is told, at first and at every repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Submitted {
    pub(crate) id: ResultId,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
}

/// Signatures that are worth another thread: 18 µs each, against some 20 µs to hand them over.
const SIGN_TOGETHER: usize = 16;

impl Desk {
    /// Issues all of them in one go.
    pub(super) async fn issue_all(
        &self,
        mirror: &mut Mirror,
        write: &mut Write,
        orders: Vec<(Issue, Reply<Submitted>)>,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        if orders.is_empty() {
            return Ok(());
        }
        let ids: Vec<ResultId> = orders.iter().map(|(issue, _)| issue.id).collect();
        let existing = write.existing(&ids).await?;
        let mut fresh: Vec<Issue> = Vec::with_capacity(orders.len());
        let mut waiting: Vec<(usize, Reply<Submitted>)> = Vec::with_capacity(orders.len());
        let mut seen: HashMap<ResultId, usize> = HashMap::with_capacity(orders.len());
        for (issue, reply) in orders {
            // 1. The same request gets the same answer; the same identifier with another result gets none.
            if let Some(row) = existing.get(&issue.id) {
                settle(effects, reply, repeat(row, &issue.draft))?;
            } else if let Some(index) = seen.get(&issue.id) {
                match fresh[*index].draft == issue.draft {
                    true => waiting.push((*index, reply)),
                    false => settle(effects, reply, Err(Error::RequestIdTaken))?,
                }
            // 2. The quota.
            } else if let Err(refused) = self.use_quota(mirror, write, &issue.account).await {
                settle(effects, reply, Err(refused))?;
            } else {
                seen.insert(issue.id, fresh.len());
                waiting.push((fresh.len(), reply));
                fresh.push(issue);
            }
        }
        // 3. to 5.
        match self.sign_and_store(mirror, write, fresh, effects).await {
            Ok(submitted) => waiting.into_iter().try_for_each(|(index, reply)| {
                settle(effects, reply, submitted[index].clone().map_err(Error::Draft))
            }),
            Err(Error::NotAccredited) => {
                let mut replies = waiting.into_iter();
                replies.try_for_each(|(_, reply)| settle(effects, reply, Err(Error::NotAccredited)))
            }
            Err(error) => Err(error),
        }
    }

    /// Replaces a result by a corrected one, and revokes the old.
    pub(super) async fn correct(
        &self,
        mirror: &mut Mirror,
        write: &mut Write,
        old: ResultId,
        issue: Issue,
        effects: &mut Effects,
    ) -> Result<Submitted, Error> {
        let old = write.result(old).await?;
        may_change(&old, &issue.account)?;
        // 1. The same request gets the same answer.
        let existing = write.existing(&[issue.id]).await?;
        if let Some(row) = existing.get(&issue.id) {
            return match old.replaced_by == Some(row.id) {
                true => repeat(row, &issue.draft),
                false => Err(Error::RequestIdTaken),
            };
        }
        if old.state != State::Issued {
            return Err(Error::ResultNotStanding { state: old.state });
        }
        // 2. The new one is issued, and the old one revoked, in the same transaction.
        self.use_quota(mirror, write, &issue.account).await?;
        let id = issue.id;
        let submitted = self.sign_and_store(mirror, write, vec![issue], effects).await?;
        let submitted = submitted[0].clone().map_err(Error::Draft)?;
        write.set_replaced(old.number, id).await?;
        let credentials = write.credentials(old.number).await?;
        self.revoke_places(write, &credentials).await?;
        self.count_change(effects, State::Replaced);
        Ok(submitted)
    }

    /// Revokes a result. Again, it changes nothing and gives the same answer.
    pub(super) async fn revoke(
        &self,
        write: &mut Write,
        id: ResultId,
        by: &Account,
        reason: Reason,
        effects: &mut Effects,
    ) -> Result<ResultRow, Error> {
        let result = write.result(id).await?;
        may_change(&result, by)?;
        match result.state {
            State::Revoked => Ok(result),
            State::Replaced => Err(Error::ResultNotStanding { state: result.state }),
            State::Issued => {
                write.set_revoked(result.number, reason).await?;
                let credentials = write.credentials(result.number).await?;
                self.revoke_places(write, &credentials).await?;
                self.count_change(effects, State::Revoked);
                write.result(id).await
            }
        }
    }

    /// Revokes these credentials' places.
    pub(super) async fn revoke_places(
        &self,
        write: &mut Write,
        credentials: impl IntoIterator<Item = &Credential>,
    ) -> Result<(), Error> {
        let issuer = self.settings.number;
        let place = |c: &Credential| Place {
            issuer,
            batch: c.batch,
            slot: c.slot,
        };
        let places: Vec<Place> = credentials.into_iter().map(place).collect();
        write.revoke(&places, self.clock.now()).await
    }

    /// Takes one from the account's quota of today.
    async fn use_quota(
        &self,
        mirror: &mut Mirror,
        write: &mut Write,
        account: &Account,
    ) -> Result<(), Error> {
        let key = (account.number, self.clock.now().day());
        if !mirror.quotas.contains_key(&key) {
            mirror.quotas.retain(|(_, day), _| *day == key.1);
            let used = write.quota_used(key.0, key.1).await?;
            mirror.quotas.insert(key, used);
        }
        match mirror.quotas.get_mut(&key) {
            Some(used) if *used < account.daily_quota => {
                *used += 1;
                Ok(())
            }
            _ => Err(Error::QuotaExhausted {
                quota: account.daily_quota,
            }),
        }
    }

    /// Steps 3 to 5: places, signatures, rows. The answers are in the order of `issues`; one that cannot be signed after all,
    /// because the clock went back since it was checked, is refused alone.
    async fn sign_and_store(
        &self,
        mirror: &mut Mirror,
        write: &mut Write,
        issues: Vec<Issue>,
        effects: &mut Effects,
    ) -> Result<Vec<Result<Submitted, issuer::Error>>, Error> {
        if issues.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let key = self.keys.current(now)?;
        let expires_at = expiry(now).start();
        let mut jobs = Vec::with_capacity(issues.len());
        let mut drafts = Vec::with_capacity(issues.len());
        for issue in issues {
            let place = mirror.batches.reserve(1, &[], &mut random::source())[0];
            jobs.push(Job {
                hcert: issue.hcert,
                place,
                id: random_bytes()?,
            });
            drafts.push((issue.id, issue.account, issue.draft));
        }
        let signed = sign_all(jobs, self.settings.profile.country, now, key).await?;

        let mut answers = Vec::with_capacity(drafts.len());
        let mut results = Vec::with_capacity(drafts.len());
        let mut credentials = Vec::with_capacity(drafts.len());
        for ((place, issued), (id, account, draft)) in signed.into_iter().zip(&drafts) {
            let issued = match issued {
                Ok(issued) => issued,
                Err(issuer::Error::Schemas(error @ schemas::Error::SigningFailed)) => {
                    return Err(Error::Signing(error));
                }
                Err(refused) => {
                    answers.push(Err(refused));
                    continue;
                }
            };
            mirror.last_result = ResultNumber(mirror.last_result.0 + 1);
            mirror.batches.fill(place, issued.commitment, expires_at, now);
            let number = mirror.last_result;
            results.push(NewResult {
                number,
                id: *id,
                account: account.number,
                draft,
                issued_at: now,
                expires_at,
            });
            credentials.push(NewCredential {
                place,
                result: number,
                shape: CredentialShape::Hcert,
                holder: None,
                bytes: issued.bytes,
                commitment: issued.commitment,
            });
            answers.push(Ok(Submitted {
                id: *id,
                issued_at: now,
                expires_at,
            }));
        }
        write.insert_results(&results).await?;
        write.insert_credentials(&credentials).await?;
        let accounts: HashSet<AccountNumber> = drafts.iter().map(|(_, account, _)| account.number).collect();
        for account in accounts {
            let used = mirror.quotas.get(&(account, now.day())).copied().unwrap_or(0);
            write.set_quota_used(account, now.day(), used).await?;
        }
        let (metrics, issued) = (
            self.metrics.clone(),
            u32::try_from(results.len()).unwrap_or(u32::MAX),
        );
        effects.push(Box::new(move || {
            metrics.results(State::Issued).increment(f64::from(issued));
        }));
        Ok(answers)
    }

    fn count_change(&self, effects: &mut Effects, to: State) {
        let metrics = self.metrics.clone();
        effects.push(Box::new(move || {
            metrics.results(State::Issued).decrement(1.0);
            metrics.results(to).increment(1.0);
        }));
    }
}

struct Job {
    hcert: hcert::Draft,
    place: Place,
    id: [u8; 16],
}

type Signed = (Place, Result<Issued, issuer::Error>);

/// Signs on as many threads as there are cores, without holding up those that answer requests.
async fn sign_all(
    mut jobs: Vec<Job>,
    country: Country,
    now: UnixTime,
    key: Arc<IssuerKey>,
) -> Result<Vec<Signed>, Error> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = jobs.len().div_ceil(threads).max(SIGN_TOGETHER);
    let mut shares = Vec::new();
    while !jobs.is_empty() {
        let rest = jobs.split_off(share.min(jobs.len()));
        let (key, jobs) = (key.clone(), core::mem::replace(&mut jobs, rest));
        shares.push(tokio::task::spawn_blocking(move || {
            let sign = |job: &Job| sign_hcert(&job.hcert, country, job.place, now, job.id, &key);
            jobs.iter()
                .map(|job| (job.place, sign(job)))
                .collect::<Vec<Signed>>()
        }));
    }
    let mut signed = Vec::new();
    for share in shares {
        signed.extend(
            share
                .await
                .map_err(|_| Error::Signing(schemas::Error::SigningFailed))?,
        );
    }
    Ok(signed)
}

/// The answer to a request that was carried out before.
fn repeat(row: &ResultRow, draft: &[u8]) -> Result<Submitted, Error> {
    match row.draft == draft {
        true => Ok(Submitted {
            id: row.id,
            issued_at: row.issued_at,
            expires_at: row.expires_at,
        }),
        false => Err(Error::RequestIdTaken),
    }
}

/// Whether an account may see and change a result: a station its own, a supervisor any. To others it does not exist.
pub(crate) fn may_change(result: &ResultRow, by: &Account) -> Result<(), Error> {
    match by.role {
        Role::Supervisor => Ok(()),
        Role::Station if result.account == by.number => Ok(()),
        Role::Station | Role::Admin => Err(Error::ResultUnknown),
    }
}
