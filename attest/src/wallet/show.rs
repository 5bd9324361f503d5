//! A credential on the screen, or as a picture.

use crate::{Error, files};
use clap::{Args, ValueEnum};
use schemas::{
    UnixTime,
    qr::{Code, Terminal},
    sd_cwt::profile::{Audience, Group},
};
use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    time::Duration,
};
use verifier_server::now;
use wallet_core::{Consent, Holding, HoldingNumber, Presenter, Shown, Stock, Vault};
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
        let holding = vault.list().find(|(listed, _)| *listed == number);
        if let Some((_, Holding::Certificate(certificate))) = holding {
            eprintln!("A certificate: whoever scans it reads everything on it.");
            return self.draw(certificate.text());
        }
        // 1. A copy is spent before anybody sees it, also if the process ends here.
        let consent = if self.reuse {
            Consent::ToReuse
        } else {
            Consent::FreshOnly
        };
        let (presenter, stock) =
            vault.show(number, self.disclose.groups(), Audience::AnyDoor, consent, now())?;
        file.save(vault)?;
        // 2. Its key signs that it is shown just now.
        let shown = sign(vault, &presenter, now())?;
        self.draw(shown.text())?;
        eprintln!("{}", remaining(stock, number));
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

    fn draw(&self, text: &str) -> Result<(), Error> {
        let code = Code::new(text)?;
        let terminal = if io::stdout().is_terminal() {
            Terminal::Colours
        } else {
            Terminal::Plain
        };
        match (&self.png, &self.svg) {
            (Some(path), _) => files::write_new(path, &code.to_png(MODULE_PIXELS)),
            (None, Some(path)) => files::write_new(path, code.to_svg(None).as_bytes()),
            (None, None) => {
                print!("{}", code.to_terminal(terminal));
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
                    self.draw(shown.text())?;
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

fn remaining(stock: Stock, number: HoldingNumber) -> String {
    let get = format!("get new ones with `attest wallet … refresh {}`", number.0);
    match stock {
        Stock::Enough(copies) => format!("{copies} copies are left."),
        Stock::Low(copies) => format!("{copies} copy is left: {get}."),
        Stock::Out => format!("No copy is left that was never shown: {get}."),
    }
}
