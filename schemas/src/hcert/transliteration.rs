//! Names as passports have them (ICAO Doc 9303 part 3, section 6 A and section 4.6).

/// Letters that become more than their base letter, or another one (section 6 A, first choice for each).
const SPECIAL: [(char, &str); 15] = [
    ('Ä', "AE"),
    ('Å', "AA"),
    ('Æ', "AE"),
    ('Ö', "OE"),
    ('Ø', "OE"),
    ('Œ', "OE"),
    ('Ü', "UE"),
    ('Þ', "TH"),
    ('Ð', "D"),
    ('Đ', "D"),
    ('Ŋ', "N"),
    ('Ł', "L"),
    ('Ħ', "H"),
    ('Ŧ', "T"),
    ('Ĳ', "IJ"),
];

/// Base letters, each with its capital letters that carry marks (Latin-1, Latin Extended-A, B and Additional).
const MARKED: [(char, &str); 23] = [
    ('A', "ÀÁÂÃĀĂĄǍẠẢẤẦẨẪẬẮẰẲẴẶ"),
    ('C', "ÇĆĈĊČ"),
    ('D', "Ď"),
    ('E', "ÈÉÊËĒĔĖĘĚẸẺẼẾỀỂỄỆ"),
    ('G', "ĜĞĠĢǦ"),
    ('H', "Ĥ"),
    ('I', "ÌÍÎÏĨĪĬĮİǏỈỊ"),
    ('J', "Ĵ"),
    ('K', "ĶǨ"),
    ('L', "ĹĻĽĿ"),
    ('N', "ÑŃŅŇ"),
    ('O', "ÒÓÔÕŌŎŐƠǑỌỎỐỒỔỖỘỚỜỞỠỢ"),
    ('R', "ŔŖŘ"),
    ('S', "ŚŜŞŠȘẞ"),
    ('T', "ŢŤȚ"),
    ('U', "ÙÚÛŨŪŬŮŰŲƯǓỤỦỨỪỬỮỰ"),
    ('W', "ŴẀẂẄ"),
    ('Y', "ÝŶŸỲỴỶỸ"),
    ('Z', "ŹŻŽ"),
    ('Q', "ĸ"),
    ('B', "Ḃ"),
    ('F', "Ḟ"),
    ('M', "Ṁ"),
];

/// A name in the letters `A` to `Z` with `<` between its parts, or `None` when it has a letter that is not Latin: such a
/// name needs the spelling of the person's passport.
#[must_use]
pub fn transliterate(name: &str) -> Option<String> {
    let mut standardised = String::with_capacity(name.len());
    for capital in name.chars().flat_map(char::to_uppercase) {
        match capital {
            'A'..='Z' => standardised.push(capital),
            // Separators; doubled ones are joined below.
            ' ' | '-' | '<' | '\u{a0}' | '\u{2010}'..='\u{2015}' => standardised.push('<'),
            // Apostrophes and stops are left out, as are combining marks after their letter.
            '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '.' | ',' | '\u{300}'..='\u{36f}' => {}
            _ => standardised.push_str(&base_of(capital)?),
        }
    }
    let parts: Vec<_> = standardised.split('<').filter(|part| !part.is_empty()).collect();
    Some(parts.join("<")).filter(|name| !name.is_empty())
}

fn base_of(capital: char) -> Option<String> {
    if let Some((_, letters)) = SPECIAL.iter().find(|(special, _)| *special == capital) {
        return Some((*letters).to_owned());
    }
    let base = MARKED.iter().find(|(_, marked)| marked.contains(capital));
    base.map(|(base, _)| base.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_what_passports_show() {
        for (name, standardised) in [
            ("Musterfrau-Gößinger", "MUSTERFRAU<GOESSINGER"),
            ("d'Červenková Panklová", "DCERVENKOVA<PANKLOVA"),
            ("Jiřina-Maria Alena", "JIRINA<MARIA<ALENA"),
            ("Øyvind Åse", "OEYVIND<AASE"),
            ("Łukasz Śliwiński", "LUKASZ<SLIWINSKI"),
            ("Işık Şahin", "ISIK<SAHIN"),
            ("Trần Thị Huệ", "TRAN<THI<HUE"),
            ("Ana  -  María", "ANA<MARIA"),
            ("O’Connor jr.", "OCONNOR<JR"),
            ("Zoe\u{308}", "ZOE"),
        ] {
            assert_eq!(transliterate(name).as_deref(), Some(standardised), "{name}");
        }
    }

    #[test]
    fn other_scripts_are_not_guessed() {
        for name in ["", "-", "Иван", "Ελένη", "李", "Anna2", "A\n"] {
            assert_eq!(transliterate(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn gives_only_what_the_schema_allows(name: String) {
            if let Some(standardised) = transliterate(&name) {
                prop_assert!(standardised.bytes().all(|b| b.is_ascii_uppercase() || b == b'<'));
            }
        }
    }
}
