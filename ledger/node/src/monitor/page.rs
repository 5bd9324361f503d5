//! The status page: for a person who has to know within a second whether all is well, and what to do if not.

use super::{
    alarm::Alarm,
    chart,
    status::{Issuer, Log, Status, Witness},
    words::{self, Language, Style},
};
use schemas::UnixTime;
use std::fmt::{self, Display, Write};

pub(super) const CSS: &str = include_str!("monitor.css");
pub(super) const SCRIPT: &str = include_str!("monitor.js");

/// Alarms that are over and are listed.
const MAX_OVER: usize = 10;
/// Text that is somebody else's, such as an issuer's name, as HTML text or attribute.
struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string().chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// The whole page.
pub(super) fn render(status: &Status, style: &Style) -> String {
    let other = match style.language {
        Language::German => {
            "<span aria-current=\"true\" lang=\"de\">Deutsch</span><a href=\"?lang=en\" lang=\"en\" hreflang=\"en\">English</a>"
        }
        Language::English => {
            "<a href=\"?lang=de\" lang=\"de\" hreflang=\"de\">Deutsch</a><span aria-current=\"true\" lang=\"en\">English</span>"
        }
    };
    let parts = [
        headline(status, style),
        figures(status, style),
        alarms(status, style),
        logs(status, style),
        chart::chart(status, style),
        witnesses(status, style),
        issuers(status, style),
        over(status, style),
    ];
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"monitor.css\">\n<script src=\"monitor.js\" defer></script>\n</head>\n<body>\n\
         <header><strong>Attest Monitor</strong><nav aria-label=\"{languages}\">{other}</nav></header>\n\
         <main>\n{main}</main>\n</body>\n</html>\n",
        lang = style.language.tag(),
        title = title(status, style),
        languages = style.say("Sprache", "Language"),
        main = parts.concat(),
    )
}

fn title(status: &Status, style: &Style) -> String {
    match status.open.len() {
        0 => style
            .say(
                "Alles in Ordnung – Attest Monitor",
                "All is well – Attest Monitor",
            )
            .to_owned(),
        open => format!("({open}) {} – Attest Monitor", style.say("Alarm", "Alarm")),
    }
}

fn headline(status: &Status, style: &Style) -> String {
    let is_grave = status.open.iter().any(|alarm| alarm.key.kind.is_grave());
    let unread = status.logs.iter().any(|log| log.freshness.is_none());
    let (class, mark, words) = match status.open.len() {
        _ if is_grave => (
            "bad",
            "✕",
            style.say("Jemand hat sich falsch verhalten", "Somebody misbehaved"),
        ),
        0 if unread => (
            "odd",
            "…",
            style.say("Die Logs werden noch gelesen", "The logs are still being read"),
        ),
        0 => ("fine", "✓", style.say("Alles in Ordnung", "All is well")),
        _ => (
            "odd",
            "!",
            style.say("Etwas braucht Aufmerksamkeit", "Something needs attention"),
        ),
    };
    let count = match (status.open.len(), style.language) {
        (0, Language::German) => "Keine offenen Alarme.".to_owned(),
        (0, Language::English) => "No open alarms.".to_owned(),
        (1, Language::German) => "Ein offener Alarm.".to_owned(),
        (1, Language::English) => "One open alarm.".to_owned(),
        (open, Language::German) => format!("{open} offene Alarme."),
        (open, Language::English) => format!("{open} open alarms."),
    };
    format!(
        "<section class=\"state {class}\"><span class=\"mark\" aria-hidden=\"true\">{mark}</span><h1>{words}</h1>\
         <p>{count} <span class=\"soft\">{stand} {time}</span></p></section>\n",
        stand = style.say("Stand", "As of"),
        time = style.time(status.now),
    )
}

fn figures(status: &Status, style: &Style) -> String {
    let entries: u64 = status.logs.iter().map(|log| log.size).sum();
    let today: u64 = status.hours.iter().map(|(_, batches)| batches).sum();
    let answering = status
        .witnesses
        .iter()
        .filter(|witness| is_recent(witness.answered, status))
        .count();
    let going = status
        .logs
        .iter()
        .filter(|log| is_recent(log.freshness, status))
        .count();
    let of = |some: usize, all: usize| format!("{some} / {all}");
    let figures = [
        (
            style.say("Logs laufen", "Logs going"),
            of(going, status.logs.len()),
        ),
        (
            style.say("Zeugen antworten", "Witnesses answering"),
            of(answering, status.witnesses.len()),
        ),
        (style.say("Einträge", "Entries"), style.number(entries)),
        (
            style.say("Stapel in 24 Stunden", "Batches in 24 hours"),
            style.number(today),
        ),
    ];
    let figure = |(name, value): &(&str, String)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>");
    let figures: String = figures.iter().map(figure).collect();
    format!("<dl class=\"figures\">{figures}</dl>\n")
}

fn is_recent(then: Option<UnixTime>, status: &Status) -> bool {
    then.is_some_and(|then| status.now.since(then) <= status.patience)
}

fn alarms(status: &Status, style: &Style) -> String {
    if status.open.is_empty() {
        return String::new();
    }
    let items: String = status.open.iter().map(|alarm| alarm_item(alarm, style)).collect();
    format!(
        "<section aria-labelledby=\"alarms\"><h2 id=\"alarms\">{}</h2><ul class=\"alarms\">{items}</ul></section>\n",
        style.say("Offene Alarme", "Open alarms")
    )
}

fn alarm_item(alarm: &Alarm, style: &Style) -> String {
    let kind = alarm.key.kind;
    let (class, tag) = match kind.is_grave() {
        true => ("bad", style.say("Schwer", "Grave")),
        false => ("unsure", style.say("Störung", "Disturbance")),
    };
    let fact = |(name, value): (&String, &String)| {
        let value = match name.as_str() {
            "evidence" => format!(
                "<a href=\"evidence/{0}.json\">{1}…</a>",
                Escaped(value),
                Escaped(value.get(..12).unwrap_or(value))
            ),
            _ => Escaped(value).to_string(),
        };
        format!("<dt>{}</dt><dd>{value}</dd>", Escaped(style.fact(name)))
    };
    let facts: String = alarm.facts.iter().map(fact).collect();
    format!(
        "<li class=\"{class}\"><span class=\"tag\">{tag} · {since} {ago}</span><h3>{title}</h3><p>{advice}</p>\
         <dl>{facts}<dt>Code</dt><dd>{code}</dd></dl></li>",
        since = style.say("seit", "since"),
        ago = style.time(UnixTime(alarm.opened)),
        title = words::title(kind, style.language),
        advice = words::advice(kind, style.language),
        code = kind.code(),
    )
}

/// A table whose rows are cards on a phone, where each cell says what it is. Roles are said, since a browser forgets them
/// when a row is no row to look at.
fn table(columns: &[(&str, &str)], rows: &[Vec<String>]) -> String {
    let head: String = columns
        .iter()
        .map(|(name, class)| format!("<th role=\"columnheader\" scope=\"col\" class=\"{class}\">{name}</th>"))
        .collect();
    let mut body = String::new();
    for row in rows {
        body.push_str("<tr role=\"row\">");
        for (at, (cell, (name, class))) in row.iter().zip(columns).enumerate() {
            let _ = match at {
                0 => write!(body, "<th role=\"rowheader\" scope=\"row\">{cell}</th>"),
                _ => write!(
                    body,
                    "<td role=\"cell\" class=\"{class}\"><span class=\"name\" aria-hidden=\"true\">{name}</span><span class=\"value\">{cell}</span></td>"
                ),
            };
        }
        body.push_str("</tr>");
    }
    format!(
        "<div class=\"sheet\"><table role=\"table\" class=\"cards\"><thead role=\"rowgroup\"><tr role=\"row\">{head}</tr></thead>\
         <tbody role=\"rowgroup\">{body}</tbody></table></div>"
    )
}

fn judged(class: &str, mark: &str, text: &str) -> String {
    format!("<span class=\"{class}\"><span aria-hidden=\"true\">{mark} </span>{text}</span>")
}

fn logs(status: &Status, style: &Style) -> String {
    let row = |log: &Log| {
        let fresh = match log.freshness {
            None => judged("unsure", "…", style.say("noch nicht gelesen", "not read yet")),
            Some(then) if is_recent(log.freshness, status) => {
                judged("good", "✓", &style.ago(then, status.now))
            }
            Some(then) => judged("wrong", "✕", &style.ago(then, status.now)),
        };
        let count = format!("{} / {}", log.witnesses, status.witnesses.len());
        let witnesses = match log.witnesses >= status.quorum {
            true => judged("good", "✓", &count),
            false => judged("wrong", "✕", &count),
        };
        vec![
            Escaped(&log.origin).to_string(),
            style.number(log.size),
            fresh,
            witnesses,
        ]
    };
    let columns = [
        (style.say("Log", "Log"), ""),
        (style.say("Einträge", "Entries"), "number"),
        (
            style.say("Vom Quorum mitgezeichnet", "Cosigned by the quorum"),
            "",
        ),
        (style.say("Zeugen", "Witnesses"), ""),
    ];
    let rows: Vec<_> = status.logs.iter().map(row).collect();
    format!(
        "<section aria-labelledby=\"logs\"><h2 id=\"logs\">{}</h2>{}</section>\n",
        style.say("Logs der Mitglieder", "The members' logs"),
        table(&columns, &rows)
    )
}

fn witnesses(status: &Status, style: &Style) -> String {
    let row = |witness: &Witness| {
        let answered = match witness.answered {
            None => judged("wrong", "✕", style.say("nie", "never")),
            Some(then) if is_recent(witness.answered, status) => {
                judged("good", "✓", &style.ago(then, status.now))
            }
            Some(then) => judged("wrong", "✕", &style.ago(then, status.now)),
        };
        let newest = witness
            .newest
            .map_or("–".to_owned(), |then| style.ago(then, status.now));
        let sizes = witness
            .sizes
            .iter()
            .map(|size| size.map_or("–".to_owned(), |size| style.number(size)));
        let clock = match witness.offset {
            None => "–".to_owned(),
            Some(offset) if offset.off_by() == 0 => judged("good", "✓", style.say("geht richtig", "right")),
            Some(offset) => format!("{:+} s", offset.off_by()),
        };
        vec![
            Escaped(&witness.name).to_string(),
            answered,
            newest,
            sizes.collect::<Vec<_>>().join(" · "),
            clock,
        ]
    };
    let columns = [
        (style.say("Zeuge", "Witness"), ""),
        (style.say("Antwortete", "Answered"), ""),
        (style.say("Zeichnete mit", "Cosigned"), ""),
        (style.say("Einträge je Log", "Entries by log"), "number"),
        (style.say("Uhr", "Clock"), ""),
    ];
    let rows: Vec<_> = status.witnesses.iter().map(row).collect();
    let needed = match style.language {
        Language::German => format!(
            "{} von {} müssen antworten.",
            status.quorum,
            status.witnesses.len()
        ),
        Language::English => format!("{} of {} have to answer.", status.quorum, status.witnesses.len()),
    };
    format!(
        "<section aria-labelledby=\"witnesses\"><h2 id=\"witnesses\">{}</h2><p class=\"soft\">{needed}</p>{}</section>\n",
        style.say("Zeugen", "Witnesses"),
        table(&columns, &rows)
    )
}

fn issuers(status: &Status, style: &Style) -> String {
    if status.issuers.is_empty() {
        return String::new();
    }
    let row = |issuer: &Issuer| {
        let declared = match issuer.declared {
            None => style.say("nicht gefragt", "not asked").to_owned(),
            Some(declared) if declared == issuer.in_logs => judged("good", "✓", &style.number(declared)),
            // For a moment they always differ; what lasts is an alarm.
            Some(declared) => style.number(declared),
        };
        vec![
            Escaped(&issuer.name).to_string(),
            style.number(issuer.in_logs),
            declared,
        ]
    };
    let columns = [
        (style.say("Aussteller", "Issuer"), ""),
        (style.say("Stapel in den Logs", "Batches in the logs"), "number"),
        (style.say("Erklärt", "Declared"), "number"),
    ];
    let rows: Vec<_> = status.issuers.iter().map(row).collect();
    format!(
        "<section aria-labelledby=\"issuers\"><h2 id=\"issuers\">{}</h2>{}</section>\n",
        style.say("Aussteller", "Issuers"),
        table(&columns, &rows)
    )
}

fn over(status: &Status, style: &Style) -> String {
    if status.closed.is_empty() {
        return String::new();
    }
    let row = |alarm: &Alarm| {
        let closed = alarm.closed.unwrap_or(alarm.opened);
        vec![
            words::title(alarm.key.kind, style.language).to_owned(),
            Escaped(&alarm.key.subject).to_string(),
            style.time(UnixTime(alarm.opened)),
            style.span(closed - alarm.opened),
        ]
    };
    let columns = [
        (style.say("Alarm", "Alarm"), ""),
        (style.say("Wer", "Who"), ""),
        (style.say("Begann", "Began"), ""),
        (style.say("Dauerte", "Lasted"), ""),
    ];
    let rows: Vec<_> = status.closed.iter().take(MAX_OVER).map(row).collect();
    format!(
        "<section aria-labelledby=\"over\"><h2 id=\"over\">{}</h2>{}</section>\n",
        style.say("Vorbei", "Over"),
        table(&columns, &rows)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::alarm::{Facts, Key, Kind};

    fn status(name: &str) -> Status {
        let alarm = |kind| Alarm {
            key: Key {
                kind,
                subject: name.into(),
            },
            opened: 1_795_000_000,
            closed: None,
            facts: Facts::from([
                ("issuer".into(), name.into()),
                ("evidence".into(), "ab".repeat(32)),
            ]),
        };
        Status {
            now: UnixTime(1_795_000_100),
            patience: 180,
            quorum: 1,
            logs: vec![Log {
                origin: name.into(),
                size: 1_234,
                freshness: Some(UnixTime(1_795_000_090)),
                witnesses: 1,
            }],
            witnesses: vec![Witness {
                name: name.into(),
                answered: None,
                newest: None,
                sizes: vec![None],
                offset: None,
            }],
            issuers: vec![Issuer {
                name: name.into(),
                in_logs: 5,
                declared: Some(4),
            }],
            hours: (0..24).map(|hour| (UnixTime(hour * 3_600), 7)).collect(),
            open: Kind::ALL.map(alarm).into(),
            closed: vec![Alarm {
                closed: Some(1_795_000_050),
                ..alarm(Kind::LogStalled)
            }],
        }
    }

    #[test]
    fn a_name_cannot_break_out() {
        let page = render(
            &status("<script>alert('&\"')</script>"),
            &Style::new(Language::English),
        );
        assert!(!page.contains("<script>"), "{page}");
        assert_eq!(
            page.matches("&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;")
                .count(),
            Kind::ALL.len() + 4
        );
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let [german, english] =
            [Language::German, Language::English].map(|language| render(&status("x"), &Style::new(language)));
        for tag in ["<section", "<li", "<tr", "<td", "<rect", "<dt>"] {
            assert_eq!(german.matches(tag).count(), english.matches(tag).count(), "{tag}");
        }
        assert!(german.contains("<html lang=\"de\">") && german.contains("1.234"));
        assert!(english.contains("Somebody misbehaved") && english.contains("1,234"));
        assert!(english.contains(&format!("evidence/{}.json", "ab".repeat(32))));
    }
}
