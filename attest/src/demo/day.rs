//! A day of results of a small test centre. The people are invented.

use schemas::UnixTime;
use serde_json::{Value, json};
use time::{OffsetDateTime, Time, format_description::well_known::Rfc3339};

/// `sampled_at,given_name,family_name,date_of_birth,test,device,result`; times are of the day, in UTC.
const DAY: &str = include_str!("../../demo/day.csv");

/// One row of the day.
pub struct Case {
    /// The body of the station's request.
    pub submission: Value,
    /// Whether the result is "not detected".
    pub is_negative: bool,
    /// Whether it is a laboratory test.
    pub is_pcr: bool,
}

/// The day's cases as of `now`: each sample was taken within the last 24 hours.
pub fn cases(now: UnixTime) -> Vec<Case> {
    let rows = DAY.lines().skip(1).enumerate();
    rows.filter_map(|(number, row)| case(number, row, now)).collect()
}

fn case(number: usize, row: &str, now: UnixTime) -> Option<Case> {
    let fields: Vec<&str> = row.split(',').collect();
    let [
        sampled_at,
        given_name,
        family_name,
        date_of_birth,
        test,
        device,
        result,
    ] = fields[..]
    else {
        return None;
    };
    let (is_pcr, is_negative) = (test == "pcr", result == "not-detected");
    let test = match is_pcr {
        true => json!({ "kind": "naat", "name": "SARS-CoV-2 RT-PCR" }),
        false => json!({ "kind": "rapid-antigen", "device": device }),
    };
    let mut submission = json!({
        "request_id": format!("00000000-0000-4000-8000-{number:012}"),
        "person": { "given_name": given_name, "family_name": family_name, "date_of_birth": date_of_birth },
        "test": test,
    });
    submission["test"]["result"] = result.into();
    submission["test"]["sampled_at"] = latest(sampled_at, now)?.into();
    submission["test"]["centre"] = "Testzentrum am Markt".into();
    Some(Case {
        submission,
        is_negative,
        is_pcr,
    })
}

/// The latest instant before `now` at this time of day, as RFC 3339.
fn latest(time_of_day: &str, now: UnixTime) -> Option<String> {
    let (hour, minute) = time_of_day.split_once(':')?;
    let time = Time::from_hms(hour.parse().ok()?, minute.parse().ok()?, 0).ok()?;
    let now = OffsetDateTime::from_unix_timestamp(now.0).ok()?;
    let today = now.replace_time(time);
    let latest = if today < now {
        today
    } else {
        today.date().previous_day()?.with_time(time).assume_utc()
    };
    latest.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_case_of_the_last_24_hours() {
        let now = UnixTime(1_795_413_600);
        let cases = cases(now);
        assert_eq!(cases.len(), DAY.lines().count() - 1);
        for case in &cases {
            let sampled_at = case.submission["test"]["sampled_at"].as_str().unwrap();
            let sampled_at = OffsetDateTime::parse(sampled_at, &Rfc3339)
                .unwrap()
                .unix_timestamp();
            assert!((0..=86_400).contains(&(now.0 - sampled_at)), "{sampled_at}");
        }
        assert!(cases.iter().any(|case| !case.is_negative));
        assert!(cases.iter().any(|case| case.is_pcr && case.is_negative));
    }
}
