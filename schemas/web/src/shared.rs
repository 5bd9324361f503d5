//! The files that every page has.

use crate::{File, Kind};

/// The colours of all pages, for one that has a look of its own otherwise.
pub const COLOURS: &str = include_str!("../assets/colours.css");

const SHARED: [File; 8] = [
    File::new(
        "style.css",
        Kind::Css,
        concat!(
            include_str!("../assets/colours.css"),
            include_str!("../assets/style.css")
        )
        .as_bytes(),
    ),
    File::new(
        "messages.json",
        Kind::Json,
        include_bytes!("../assets/messages.json"),
    ),
    File::new("page.js", Kind::Script, include_bytes!("../assets/page.js")),
    File::new("module.js", Kind::Script, include_bytes!("../assets/module.js")),
    File::new("worker.js", Kind::Script, include_bytes!("../assets/worker.js")),
    File::new("camera.js", Kind::Script, include_bytes!("../assets/camera.js")),
    File::new("offline.js", Kind::Script, include_bytes!("../assets/offline.js")),
    File::new("icon.svg", Kind::Svg, include_bytes!("../assets/icon.svg")),
];

/// The look, the words, the camera, the module's worker and the service worker: a page has them beside its own files.
#[must_use]
pub fn shared() -> &'static [File] {
    &SHARED
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_message_is_in_both_languages() {
        let messages = shared().iter().find(|file| file.name == "messages.json").unwrap();
        let messages: Value = serde_json::from_slice(messages.bytes).unwrap();
        for (section, messages) in messages.as_object().unwrap() {
            for (key, words) in messages.as_object().unwrap() {
                let words = words.as_object().unwrap();
                assert_eq!(words.len(), 2, "{section}.{key}");
                let [de, en] = ["de", "en"].map(|language| words[language].as_str().unwrap());
                // What is put into the words is the same in both.
                let put = |text: &str| {
                    let mut put: Vec<_> = text
                        .split('{')
                        .skip(1)
                        .filter_map(|rest| rest.split_once('}'))
                        .map(|(name, _)| name.to_owned())
                        .collect();
                    put.sort();
                    put
                };
                assert_eq!(put(de), put(en), "{section}.{key}");
            }
        }
    }
}
