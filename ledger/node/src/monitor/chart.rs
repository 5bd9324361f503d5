//! The chart of the status page.

use super::{status::Status, words::Style};
use std::fmt::Write;

/// The chart's size in its own units: it is stretched to the page.
const CHART: (u64, u64) = (960, 100);

/// Batches by the hour: bars, and the same as a table for those who do not see bars.
pub(super) fn chart(status: &Status, style: &Style) -> String {
    let (width, height) = CHART;
    let most = status
        .hours
        .iter()
        .map(|(_, batches)| *batches)
        .max()
        .unwrap_or(0)
        .max(1);
    let step = width / status.hours.len().max(1) as u64;
    let (mut bars, mut labels, mut rows) = (String::new(), String::new(), String::new());
    for (at, (hour, batches)) in (0u64..).zip(&status.hours) {
        // An hour without batches is shown as one.
        let (tall, class) = match batches {
            0 => (1, " class=\"none\""),
            some => ((some * height / most).max(3), ""),
        };
        let (x, y, wide) = (at * step + 4, height - tall, step - 8);
        let _ = write!(
            bars,
            "<rect{class} x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{tall}\"/>"
        );
        let time = style.hour(*hour);
        if at % 3 == 2 {
            let class = if at % 6 == 5 { "" } else { " class=\"wide\"" };
            let _ = write!(labels, "<span{class}>{time}</span>");
        }
        let batches = style.number(*batches);
        let _ = write!(
            rows,
            "<tr><th scope=\"row\">{time}</th><td class=\"number\">{batches}</td></tr>"
        );
    }
    let title = style.say("Stapel je Stunde", "Batches per hour");
    let highest = format!("{} {}", style.say("Höchstens", "At most"), style.number(most));
    format!(
        "<section aria-labelledby=\"hours\"><h2 id=\"hours\">{title}</h2><div class=\"sheet\"><p class=\"soft small\">{highest}</p>\
         <svg class=\"chart\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{label}\">{bars}</svg>\
         <div class=\"hours\" aria-hidden=\"true\">{labels}</div>\
         <details><summary>{summary}</summary><table><caption>{caption}</caption><thead><tr><th scope=\"col\">{hour}</th>\
         <th scope=\"col\" class=\"number\">{batches}</th></tr></thead><tbody>{rows}</tbody></table></details></div></section>\n",
        label = style.say(
            "Balken: Stapel je Stunde in den letzten 24 Stunden; die Zahlen stehen darunter",
            "Bars: batches per hour in the last 24 hours; the numbers are below"
        ),
        summary = style.say("Als Tabelle", "As a table"),
        caption = style.say(
            "Stunden in UTC, die letzte läuft noch",
            "Hours in UTC, the last one is going on"
        ),
        hour = style.say("Stunde", "Hour"),
        batches = style.say("Stapel", "Batches"),
    )
}
