//! Rapid antigen tests that we issue results of.

/// A rapid antigen test by its number in the EU's common list (`ma` of a test entry).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// The number, as text.
    pub code: &'static str,
    /// Maker and name.
    pub name: &'static str,
}

/// The tests that a draft may name; the EU's list had several hundred.
pub const DEVICES: [Device; 16] = [
    device("344", "SD Biosensor, Standard F COVID-19 Ag"),
    device("345", "SD Biosensor, Standard Q COVID-19 Ag"),
    device("1097", "Quidel, Sofia SARS Antigen"),
    device("1162", "nal von minden, NADAL COVID-19 Ag"),
    device("1173", "CerTest, SARS-CoV-2 Card"),
    device("1180", "MEDsan, SARS-CoV-2 Antigen Rapid Test"),
    device("1190", "möLab, mö-screen Corona Antigen"),
    device("1218", "Siemens Healthineers, CLINITEST Rapid COVID-19"),
    device("1223", "Biosynex, COVID-19 Ag BSS"),
    device("1232", "Abbott, Panbio COVID-19 Ag"),
    device("1268", "LumiraDx, SARS-CoV-2 Ag"),
    device("1278", "Xiamen Boson, Rapid SARS-CoV-2 Antigen"),
    device("1304", "AMEDA, AMP Rapid SARS-CoV-2 Ag"),
    device("1363", "Hangzhou Clongene, COVID-19 Antigen Rapid"),
    device("1468", "ACON, Flowflex SARS-CoV-2 Antigen"),
    device("1604", "Roche, SARS-CoV-2 Rapid Antigen"),
];

const fn device(code: &'static str, name: &'static str) -> Device {
    Device { code, name }
}

impl Device {
    /// The test with this number, if we issue results of it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        DEVICES.into_iter().find(|device| device.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_exactly() {
        assert_eq!(
            Device::from_code("1232").map(|d| d.name),
            Some("Abbott, Panbio COVID-19 Ag")
        );
        assert_eq!(Device::from_code("01232"), None);
        assert_eq!(Device::from_code(""), None);
    }
}
