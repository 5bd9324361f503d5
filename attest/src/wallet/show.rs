//! A credential on the screen, or as a picture.

use super::{copies, refresh_hint};
use crate::{Error, files, print};
use clap::{Args, ValueEnum};
use schemas::{
    UnixTime,
    qr::{Code, Level, Terminal},
    sd_cwt::profile::{Audience, Group},
};
use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    time::Duration,
};
use verifier_server::now;
use wallet_core::{Anchoring, Consent, Holding, HoldingNumber, Presenter, Shown, Stock, Vault};
use wallet_file::{VaultFile, keys};

/// Pixels of a module of the picture.
const MODULE_PIXELS: u8 = 4;

/// What to show, and where.
#[derive(Args, Debug)]
pub struct Show {
    /// Its number in the list.
    id: u32,
    /// What the door is to learn of a test result: the result alone; with initials, birth day and month; or with the name
    /// and date of birth. A certificate always shows everything.
    #[arg(long, value_enum, default_value = "initials")]
    disclose: Disclose,
    /// Write a picture to a new file instead of the terminal.
    #[arg(long, value_name = "FILE", conflicts_with = "svg")]
    png: Option<PathBuf>,
    /// Write a drawing to a new file instead of the terminal.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// When every copy was shown already, show one again: doors could recognise it.
    #[arg(long)]
    reuse: bool,
    /// When no copy left has its proof yet, show one without: good only at doors that grant new results grace.
    #[arg(long)]
    unanchored: bool,
    /// A certificate for a print that travels: without the ledger's proof, smaller, and safer against wear (level Q).
    #[arg(long, conflicts_with_all = ["reuse", "unanchored"])]
    travel: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Disclose {
    Result,
    Initials,
    Name,
}

impl Disclose {
    fn groups(self) -> &'static [Group] {
        match self {
            Self::Result => &[Group::Result],
            Self::Initials => &[Group::Result, Group::Initials],
            Self::Name => &[Group::Result, Group::Person],
        }
    }
}

impl Show {
    pub async fn run(&self, file: &mut VaultFile, vault: &mut Vault) -> Result<(), Error> {
        let number = HoldingNumber(self.id);
        if let Some(there) = [&self.png, &self.svg]
            .into_iter()
            .flatten()
            .find(|path| path.exists())
        {
            return Err(Error::Exists(there.clone()));
        }
        if self.travel {
            let text = vault.certificate(number)?.travel_text()?;
            eprintln!("A certificate, without its proof: whoever scans it reads everything on it.");
            return self.draw(&Code::at_level(&text, Level::Q)?);
        }
        let holding = vault.list().find(|(listed, _)| *listed == number);
        if let Some((_, Holding::Certificate(certificate))) = holding {
            eprintln!("A certificate: whoever scans it reads everything on it.");
            return self.draw(&Code::new(certificate.text())?);
        }
        // 1. A copy is spent before anybody sees it, also if the process ends here.
        let consent = if self.reuse {
            Consent::ToReuse
        } else {
            Consent::FreshOnly
        };
        let anchoring = if self.unanchored {
            Anchoring::MayFollow
        } else {
            Anchoring::Needed
        };
        let groups = self.disclose.groups();
        let (presenter, stock) = vault.show(number, groups, Audience::AnyDoor, consent, anchoring, now())?;
        file.save(vault)?;
        // 2. Its key signs that it is shown just now.
        let shown = sign(vault, &presenter, now())?;
        self.draw(&Code::new(shown.text())?)?;
        eprintln!("{}", remaining(stock, vault.pass(number)?.waiting(now()), number));
        // 3. Again every half minute, as long as it is on the screen.
        if self.png.is_none() && self.svg.is_none() && io::stdout().is_terminal() {
            tokio::select! {
                renewed = self.keep_fresh(vault, &presenter, shown) => renewed?,
                _ = tokio::signal::ctrl_c() => eprintln!(),
            }
        } else {
            let seconds = shown.valid_until().since(now());
            eprintln!("It is good for {seconds} seconds.");
        }
        Ok(())
    }

    fn draw(&self, code: &Code) -> Result<(), Error> {
        let terminal = if io::stdout().is_terminal() {
            Terminal::Colours
        } else {
            Terminal::Plain
        };
        match (&self.png, &self.svg) {
            (Some(path), _) => files::write_new(path, &code.to_png(MODULE_PIXELS)),
            (None, Some(path)) => files::write_new(path, code.to_svg(None).as_bytes()),
            (None, None) => {
                print::out(format_args!("{}", code.to_terminal(terminal)));
                Ok(())
            }
        }
    }

    /// Draws a new code whenever one is due, and counts down to the next.
    async fn keep_fresh(&self, vault: &Vault, presenter: &Presenter, mut shown: Shown) -> Result<(), Error> {
        loop {
            match shown.countdown(now()) {
                0 => {
                    shown = sign(vault, presenter, now())?;
                    eprint!("\r\x1b[K");
                    self.draw(&Code::new(shown.text())?)?;
                }
                seconds => eprint!("\r\x1b[KA new code in {seconds} s. Ctrl-C ends it. "),
            }
            let _ = io::stderr().flush();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

fn sign(vault: &Vault, presenter: &Presenter, now: UnixTime) -> Result<Shown, Error> {
    let renewal = presenter.renew(now)?;
    let signature = keys::sign(vault, renewal.key(), &renewal.bytes_to_sign())?;
    Ok(renewal.answer(&signature))
}

fn remaining(stock: Stock, waiting: usize, number: HoldingNumber) -> String {
    let left = copies(stock);
    let hint = refresh_hint(number);
    match (stock, waiting) {
        (Stock::Enough(_), 0) => format!("{left} left."),
        (Stock::Low(_) | Stock::Out, 0) => format!("{left} left: {hint} gets new ones."),
        (_, waiting) => format!("{left} left, and {waiting} without proof: {hint} gets it."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_many_copies_a_door_would_take() {
        let said = |stock, waiting| remaining(stock, waiting, HoldingNumber(7));
        assert_eq!(said(Stock::Enough(3), 0), "3 copies left.");
        let hint = "`attest wallet --vault FILE refresh 7 --network FILE`";
        assert_eq!(
            said(Stock::Low(1), 0),
            format!("1 copy left: {hint} gets new ones.")
        );
        assert_eq!(
            said(Stock::Out, 0),
            format!("no copy left: {hint} gets new ones.")
        );
        assert_eq!(
            said(Stock::Out, 3),
            format!("no copy left, and 3 without proof: {hint} gets it.")
        );
    }
}
