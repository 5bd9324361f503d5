//! What the page says, in German and in English.

use super::alarm::Kind;
use schemas::UnixTime;

/// The languages of all pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    German,
    English,
}

impl Language {
    /// The one that was asked for, else the first that the browser accepts and the page speaks, else German.
    pub(super) fn choose(asked: Option<&str>, accepted: Option<&str>) -> Self {
        let of = |tag: &str| match tag.trim().get(..2) {
            Some("de") => Some(Self::German),
            Some("en") => Some(Self::English),
            _ => None,
        };
        let accepted = || accepted.unwrap_or_default().split(',').find_map(of);
        asked.and_then(of).or_else(accepted).unwrap_or(Self::German)
    }

    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::English => "en",
        }
    }
}

/// How things are said.
pub(super) struct Style {
    pub(super) language: Language,
}

impl Style {
    pub(super) fn new(language: Language) -> Self {
        Self { language }
    }

    /// The text in this page's language.
    pub(super) fn say<'t>(&self, german: &'t str, english: &'t str) -> &'t str {
        match self.language {
            Language::German => german,
            Language::English => english,
        }
    }

    /// A whole number with its thousands apart.
    pub(super) fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let separator = self.say(".", ",");
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push_str(separator);
            }
            text.push(digit);
        }
        text
    }

    /// How long something takes or took.
    pub(super) fn span(&self, seconds: i64) -> String {
        let seconds = seconds.max(0);
        match seconds {
            0..120 => format!("{seconds} s"),
            120..7_200 => format!("{} min", seconds / 60),
            7_200..172_800 => format!("{} h", seconds / 3_600),
            _ => format!("{} {}", seconds / 86_400, self.say("Tage", "days")),
        }
    }

    /// How long ago something was.
    pub(super) fn ago(&self, then: UnixTime, now: UnixTime) -> String {
        let span = self.span(now.since(then));
        match self.language {
            Language::German => format!("vor {span}"),
            Language::English => format!("{span} ago"),
        }
    }

    /// A time of the day, UTC.
    pub(super) fn hour(&self, time: UnixTime) -> String {
        format!("{:02}:00", time.0.div_euclid(3_600).rem_euclid(24))
    }

    /// A day and a time, UTC (proleptic Gregorian; Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    pub(super) fn time(&self, time: UnixTime) -> String {
        let days = time.0.div_euclid(86_400) + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let second = time.0.rem_euclid(86_400);
        let (hour, minute) = (second / 3_600, second % 3_600 / 60);
        match self.language {
            Language::German => format!("{day:02}.{month:02}.{year} {hour:02}:{minute:02} UTC"),
            Language::English => format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02} UTC"),
        }
    }

    /// The name of a fact of an alarm.
    pub(super) fn fact<'t>(&self, name: &'t str) -> &'t str {
        match name {
            "log" => self.say("Log", "Log"),
            "witness" => self.say("Zeuge", "Witness"),
            "issuer" => self.say("Aussteller", "Issuer"),
            "sizes" => self.say("Einträge", "Entries"),
            "cosignatures" => self.say("Mitzeichnungen", "Cosignatures"),
            "seconds" => self.say("Sekunden", "Seconds"),
            "reason" => self.say("Grund", "Reason"),
            "root" => self.say("Wurzel", "Root"),
            "from" => self.say("Gesehen bei", "Seen at"),
            "entry" => self.say("Eintrag Nr.", "Entry no."),
            "answers" => self.say("Antworten", "Answers"),
            "quorum" => self.say("Nötig", "Needed"),
            "in-logs" => self.say("In den Logs", "In the logs"),
            "declared" => self.say("Erklärt", "Declared"),
            "batch" => self.say("Stapel Nr.", "Batch no."),
            "evidence" => self.say("Beweis", "Evidence"),
            other => other,
        }
    }
}

/// What is wrong, in a few words.
pub(super) fn title(kind: Kind, language: Language) -> &'static str {
    let (german, english) = match kind {
        Kind::LogTwoHistories => (
            "Ein Log hat zwei Geschichten gezeigt",
            "A log showed two histories",
        ),
        Kind::LogUnproven => (
            "Ein Log hat etwas unterschrieben, das sich nicht nachprüfen lässt",
            "A log signed something that cannot be checked",
        ),
        Kind::LogRefused => ("Ein Log liefert Unbrauchbares", "What a log serves is refused"),
        Kind::LogStalled => ("Ein Log steht still", "A log has stalled"),
        Kind::WitnessesFew => ("Zu wenige Zeugen antworten", "Too few witnesses answer"),
        Kind::WitnessSilent => ("Ein Zeuge antwortet nicht", "A witness does not answer"),
        Kind::WitnessBehind => ("Ein Zeuge bleibt zurück", "A witness stays behind"),
        Kind::ClockWrong => ("Die Uhr eines Zeugen geht falsch", "A witness's clock is wrong"),
        Kind::ClockOwn => (
            "Die Uhr dieses Rechners geht falsch",
            "This machine's clock is wrong",
        ),
        Kind::IssuerForked => (
            "Ein Aussteller hat sich widersprochen",
            "An issuer contradicted itself",
        ),
        Kind::IssuerTookBack => (
            "Ein Aussteller hat einen Widerruf zurückgenommen",
            "An issuer took a revocation back",
        ),
        Kind::KeyRestored => (
            "Ein gesperrter Schlüssel wurde wieder eingesetzt",
            "A key that was cut off was restored",
        ),
        Kind::EntryUnexplained => (
            "Ein Eintrag, den niemand unterschrieben hat",
            "An entry that nobody signed",
        ),
        Kind::SnapshotMissing => ("Eine Widerrufsliste fehlt", "A status snapshot is missing"),
        Kind::BatchUndeclared => (
            "Ein Stapel, den der Aussteller nicht gemacht hat",
            "A batch that the issuer did not make",
        ),
        Kind::BatchMissing => (
            "Ein erklärter Stapel fehlt in den Logs",
            "A declared batch is not in the logs",
        ),
        Kind::BatchDiffers => (
            "Ein Stapel ist anders, als der Aussteller ihn erklärt",
            "A batch differs from what the issuer declares",
        ),
        Kind::IssuerSilent => ("Ein Aussteller erklärt nichts", "An issuer declares nothing"),
        Kind::ChainDiffers => (
            "Auf der Chain steht ein Stand, den das Log nie hatte",
            "The chain has a tree that the log never had",
        ),
        Kind::ChainAhead => (
            "Auf der Chain stehen mehr Einträge, als das Log zeigt",
            "The chain has more entries than the log shows",
        ),
        Kind::ChainStale => (
            "Auf der Chain steht vom Log nichts Neues",
            "The chain has nothing new of the log",
        ),
        Kind::ChainSilent => ("Die Chain ist nicht zu lesen", "The chain cannot be read"),
    };
    match language {
        Language::German => german,
        Language::English => english,
    }
}

/// What to do about it.
pub(super) fn advice(kind: Kind, language: Language) -> &'static str {
    let (german, english) = match kind {
        Kind::LogTwoHistories => (
            "Den Beweis sichern und allen Mitgliedern schicken. Keinem weiteren Eintrag dieses Logs trauen; seine Aussteller nutzen ein anderes.",
            "Keep the evidence and send it to all members. Trust no further entry of this log; its issuers use another one.",
        ),
        Kind::LogUnproven => (
            "Beim Betreiber des Logs nach den Dateien zu dieser Größe fragen und bei den Zeugen, wer sie mitgezeichnet hat.",
            "Ask the log's operator for the files of this size, and the witnesses who cosigned it.",
        ),
        Kind::LogRefused => (
            "Den Betreiber des Logs anrufen und den Grund nennen. Was gelesen wurde, gilt weiter.",
            "Call the log's operator and name the reason. What was read before still stands.",
        ),
        Kind::LogStalled => (
            "Den Betreiber des Logs anrufen. Aussteller arbeiten weiter; neue Ergebnisse werden später verankert.",
            "Call the log's operator. Issuers work on; new results are anchored later.",
        ),
        Kind::WitnessesFew => (
            "Die Mitglieder anrufen, deren Zeugen unten nicht antworten. Unter dem Quorum veröffentlicht kein Log mehr.",
            "Call the members whose witnesses do not answer below. Under the quorum no log publishes any more.",
        ),
        Kind::WitnessSilent => (
            "Das Mitglied anrufen. Solange genug andere antworten, fehlt nichts.",
            "Call the member. As long as enough others answer, nothing is missing.",
        ),
        Kind::WitnessBehind => (
            "Das Mitglied fragen, ob das Log den Zeugen erreicht. Ein Zeuge, der ablehnt, kann recht haben: sein Protokoll ansehen.",
            "Ask the member whether the log reaches the witness. A witness that refuses may be right: look at its log lines.",
        ),
        Kind::ClockWrong => (
            "Das Mitglied bitten, die Uhr zu stellen (NTP). Türen messen daran, wie frisch ihre Daten sind.",
            "Ask the member to set the clock (NTP). Doors judge by it how fresh their data is.",
        ),
        Kind::ClockOwn => (
            "Die Uhr dieses Rechners stellen (NTP): die meisten Zeugen sind sich einig.",
            "Set this machine's clock (NTP): most witnesses agree.",
        ),
        Kind::IssuerForked => (
            "Die Registerstelle und den Aussteller anrufen: ein Schlüssel ist gestohlen oder ein Backup wurde eingespielt. Die Registerstelle sperrt ab dem letzten guten Stapel.",
            "Call the registrar and the issuer: a key was stolen or a backup restored. The registrar cuts off after the last good batch.",
        ),
        Kind::IssuerTookBack => (
            "Den Aussteller fragen. Die frühere Liste gilt weiter; der Beweis nennt beide.",
            "Ask the issuer. The earlier snapshot still stands; the evidence names both.",
        ),
        Kind::KeyRestored => (
            "Die Registerstelle anrufen. Ein gesperrter Schlüssel kommt nie zurück.",
            "Call the registrar. A key that was cut off never comes back.",
        ),
        Kind::EntryUnexplained => (
            "Den Betreiber des Logs fragen, wie der Eintrag hineinkam. Türen übergehen ihn.",
            "Ask the log's operator how the entry got in. Doors pass over it.",
        ),
        Kind::SnapshotMissing => (
            "Den Betreiber des Logs nach der Datei fragen. Türen sagen so lange: unbestimmt.",
            "Ask the log's operator for the file. Until then doors say: indeterminate.",
        ),
        Kind::BatchUndeclared => (
            "Sofort den Aussteller und die Registerstelle anrufen: wahrscheinlich ist ein Schlüssel gestohlen. Die Registerstelle sperrt ab dem letzten erklärten Stapel.",
            "Call the issuer and the registrar at once: most likely a key was stolen. The registrar cuts off after the last declared batch.",
        ),
        Kind::BatchMissing => (
            "Den Aussteller fragen, in welches Log er schreibt, und dessen Betreiber, ob Einträge fehlen.",
            "Ask the issuer which log it writes to, and that log's operator whether entries are missing.",
        ),
        Kind::BatchDiffers => (
            "Den Aussteller anrufen: seine Datenbank oder sein Schlüssel ist nicht mehr seine.",
            "Call the issuer: its database or its key is no longer its own.",
        ),
        Kind::IssuerSilent => (
            "Den Aussteller fragen, ob er läuft und sein Schlüssel noch gilt.",
            "Ask the issuer whether it runs and whether its key is still good.",
        ),
        Kind::ChainDiffers => (
            "Größe und Wurzel notieren und allen Mitgliedern schicken: das Log hat zwei Geschichten, oder der Schlüssel für die Chain ist gestohlen. Seine Aussteller nutzen bis zur Klärung ein anderes.",
            "Note size and root and send them to all members: the log has two histories, or its key for the chain was stolen. Until that is settled its issuers use another one.",
        ),
        Kind::ChainAhead => (
            "Den Betreiber des Logs nach den Einträgen bis zu dieser Größe fragen: es zeigt einen alten Stand, oder ein Backup wurde eingespielt.",
            "Ask the log's operator for the entries up to this size: it shows an old tree, or a backup was restored.",
        ),
        Kind::ChainStale => (
            "Den Betreiber des Logs nach seiner Verankerung fragen: Knoten, Guthaben und Schlüssel (`/readyz` des Logs nennt den Grund).",
            "Ask the log's operator about its anchoring: the node, the funds and the key (the log's `/readyz` names the reason).",
        ),
        Kind::ChainSilent => (
            "Den Knoten der Chain prüfen, den dieser Monitor fragt: läuft er, und stimmen URL, Nummer und Adresse?",
            "Look at the chain's node that this monitor asks: does it run, and are the URL, the number and the address right?",
        ),
    };
    match language {
        Language::German => german,
        Language::English => english,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_the_language_that_is_asked_for() {
        let choose = |asked, accepted| Language::choose(asked, accepted);
        assert_eq!(choose(None, None), Language::German);
        assert_eq!(
            choose(None, Some("fr-FR, en-GB;q=0.8, de;q=0.5")),
            Language::English
        );
        assert_eq!(choose(Some("de"), Some("en")), Language::German);
        assert_eq!(choose(Some("xx"), Some("é")), Language::German);
    }

    #[test]
    fn numbers_and_times_are_read_by_people() {
        let [german, english] = [Language::German, Language::English].map(Style::new);
        assert_eq!(
            (german.number(1_234_567), english.number(999)),
            ("1.234.567".into(), "999".into())
        );
        let time = UnixTime(1_795_000_000);
        assert_eq!(english.time(time), "2026-11-18 11:06 UTC");
        assert_eq!(german.time(UnixTime(951_782_399)), "28.02.2000 23:59 UTC");
        assert_eq!(german.time(UnixTime(951_782_400)), "29.02.2000 00:00 UTC");
        assert_eq!(english.ago(UnixTime(0), UnixTime(7_300)), "2 h ago");
    }
}
