use crate::{Error, Passphrase, VaultFile, keys, read_export, write_export};
use schemas::{
    IssuerNumber, UnixTime,
    crypto::{Crypto, aws_lc::AwsLc},
};
use std::{fs, path::PathBuf};
use tempfile::TempDir;
use wallet_core::{Receipt, Vault};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("wallet.age")
    }

    fn refusal(&self, passphrase: &str) -> &'static str {
        VaultFile::open(&self.path(), secret(passphrase))
            .unwrap_err()
            .code()
    }
}

fn secret(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

fn order(vault: &mut Vault, reference: &[u8]) {
    let receipt = Receipt::new(IssuerNumber(1), "https://issuer.example", reference, UnixTime(0)).unwrap();
    let key = keys::generate(vault).unwrap();
    vault.order(receipt, vec![key]).unwrap();
}

#[test]
fn a_vault_is_kept() {
    let folder = Folder::new();
    let (mut file, mut vault) = VaultFile::create(&folder.path(), secret("right")).unwrap();
    order(&mut vault, b"first");
    file.save(&vault).unwrap();
    drop(file);
    let (mut file, again) = VaultFile::open(&folder.path(), secret("right")).unwrap();
    assert_eq!(again.encode().unwrap(), vault.encode().unwrap());
    file.change_passphrase(&vault, secret("other")).unwrap();
    file.save(&vault).unwrap();
    drop(file);
    assert_eq!(folder.refusal("right"), "file-wrong-passphrase");
    assert!(VaultFile::open(&folder.path(), secret("other")).is_ok());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn keys_in_software_sign() {
    let mut vault = Vault::new();
    let key = keys::generate(&mut vault).unwrap();
    let signature = keys::sign(&vault, &key.handle, b"message").unwrap();
    let public = AwsLc.es256(&key.public).unwrap();
    assert_eq!(public.verify(b"message", &signature.0), Ok(()));
    let other = Vault::new();
    assert_eq!(
        keys::sign(&other, &key.handle, b"message").unwrap_err().code(),
        "signing-failed"
    );
}

#[test]
fn one_process_at_a_time() {
    let folder = Folder::new();
    let (file, _) = VaultFile::create(&folder.path(), secret("right")).unwrap();
    assert_eq!(folder.refusal("right"), "file-locked");
    let again = VaultFile::create(&folder.path(), secret("right")).unwrap_err();
    assert_eq!(again.code(), "file-locked");
    drop(file);
    assert!(VaultFile::open(&folder.path(), secret("right")).is_ok());
}

#[test]
fn what_is_there_is_never_written_over() {
    let folder = Folder::new();
    assert_eq!(folder.refusal("right"), "file-missing");
    fs::write(folder.path(), b"my diary").unwrap();
    assert_eq!(folder.refusal("right"), "file-foreign");
    let created = VaultFile::create(&folder.path(), secret("right")).unwrap_err();
    assert_eq!(created.code(), "file-exists");
    assert_eq!(fs::read(folder.path()).unwrap(), b"my diary");

    // An empty file is somebody's too.
    fs::write(folder.path(), b"").unwrap();
    assert_eq!(folder.refusal("right"), "file-foreign");
    let created = VaultFile::create(&folder.path(), secret("right")).unwrap_err();
    assert_eq!(created.code(), "file-exists");
    fs::remove_file(folder.path()).unwrap();
    let (mut file, mut vault) = VaultFile::create(&folder.path(), secret("right")).unwrap();

    // Another program puts something in its place.
    order(&mut vault, b"first");
    fs::write(folder.path(), b"my diary").unwrap();
    assert_eq!(file.save(&vault).unwrap_err().code(), "file-changed");
    fs::remove_file(folder.path()).unwrap();
    assert_eq!(file.save(&vault).unwrap_err().code(), "file-missing");
}

#[test]
fn damage_is_told_from_a_wrong_passphrase_where_it_can_be() {
    let folder = Folder::new();
    let (mut file, mut vault) = VaultFile::create(&folder.path(), secret("right")).unwrap();
    order(&mut vault, b"first");
    file.save(&vault).unwrap();
    drop(file);
    let good = fs::read(folder.path()).unwrap();
    assert_eq!(folder.refusal("wrong"), "file-wrong-passphrase");
    let mac = good.windows(4).position(|window| window == b"\n---").unwrap();
    for position in 0..good.len() {
        let mut bad = good.clone();
        bad[position] ^= 1;
        fs::write(folder.path(), &bad).unwrap();
        let refusal = folder.refusal("right");
        let known = [
            "file-foreign",
            "file-wrong-passphrase",
            "file-damaged",
            "file-too-much-work",
        ];
        assert!(known.contains(&refusal), "{position}: {refusal}");
        if position > mac {
            assert_eq!(refusal, "file-damaged", "{position}");
        }
        assert_eq!(fs::read(folder.path()).unwrap(), bad);
    }
    for length in [good.len() - 1, good.len() / 2, mac, 30] {
        fs::write(folder.path(), &good[..length]).unwrap();
        assert_eq!(folder.refusal("right"), "file-damaged", "{length}");
    }
    fs::write(folder.path(), &good).unwrap();
    assert!(VaultFile::open(&folder.path(), secret("right")).is_ok());
}

#[test]
fn a_temporary_file_of_a_crash_does_no_harm() {
    let folder = Folder::new();
    let (mut file, mut vault) = VaultFile::create(&folder.path(), secret("right")).unwrap();
    let temporary = folder.0.path().join("wallet.age.tmp");
    fs::write(&temporary, b"half a vau").unwrap();
    order(&mut vault, b"first");
    file.save(&vault).unwrap();
    assert!(!temporary.exists());
    drop(file);
    assert!(VaultFile::open(&folder.path(), secret("right")).is_ok());
}

#[test]
fn an_export_goes_to_a_new_file_and_comes_back() {
    let folder = Folder::new();
    let mut vault = Vault::new();
    order(&mut vault, b"first");
    write_export(&folder.path(), &vault, &secret("right")).unwrap();
    let twice = write_export(&folder.path(), &vault, &secret("right")).unwrap_err();
    assert_eq!(twice.code(), "file-exists");
    let mut other = Vault::new();
    let wrong = read_export(&folder.path(), &mut other, &secret("wrong")).unwrap_err();
    assert_eq!(wrong.code(), "file-wrong-passphrase");
    assert_eq!(
        read_export(&folder.path(), &mut other, &secret("right"))
            .unwrap()
            .receipts,
        1
    );
    // An export is no vault, and is not taken for one.
    let opened = VaultFile::open(&folder.path(), secret("right")).unwrap_err();
    assert!(matches!(opened, Error::Wallet(_)), "{opened}");
}

/// The page writes the same files by `wallet_core::seal`, since the `age` crate does not come into a browser.
#[test]
fn a_page_s_backup_opens_here_and_the_other_way_round() {
    use wallet_core::seal as page;
    for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
        let plain: Vec<u8> = (0..length).map(|at: usize| at.to_le_bytes()[0]).collect();
        let passphrase = page::Passphrase::new("right".to_owned());
        let sealed = page::seal(&plain, &passphrase, 4, &[7; 48]);
        assert_eq!(
            *crate::seal::open(&sealed, &secret("right")).unwrap(),
            plain,
            "{length}"
        );
        let sealed = crate::seal::seal(&plain, &secret("right")).unwrap();
        assert_eq!(*page::open(&sealed, &passphrase, 20).unwrap(), plain, "{length}");
    }
    let recipient = age::x25519::Identity::generate().to_public();
    let foreign = age::encrypt(&recipient, b"plain").unwrap();
    let refused = page::open(&foreign, &page::Passphrase::new("right".to_owned()), 20).unwrap_err();
    assert_eq!(refused.code(), "file-foreign");
}
