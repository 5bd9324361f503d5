//! Where an object store is, and how its credentials are found.

use super::StorageError;
use object_store::{
    ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, S3ConditionalPut},
    path::Path as ObjectPath,
};
use serde::{Deserialize, Serialize};
use std::{
    env, fs,
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use zeroize::Zeroizing;

/// How long one request may take. A file has at most a few megabytes.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How often, and for how long, a request that the server answered with a failure is sent again at once. The log itself
/// goes on trying after that.
const RETRIES: usize = 2;
const RETRY_TIME: Duration = Duration::from_secs(20);
/// What most servers that speak like S3 take, and what Amazon takes for its oldest region.
const REGION: &str = "us-east-1";
/// A credentials file has three lines.
const MAX_CREDENTIALS_BYTES: u64 = 16 << 10;

const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const TOKEN: &str = "AWS_SESSION_TOKEN";

/// A bucket of S3, or of a server that speaks like it and has conditional writes.
///
/// Credentials are no part of it: they are in the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, and
/// `AWS_SESSION_TOKEN` if there is one), or in a file of their own with lines such as `AWS_ACCESS_KEY_ID=…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Config {
    /// The bucket.
    pub bucket: String,
    /// What the names of all files begin with, without a slash at either end. None is the whole bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The server, if it is not Amazon's: `https://…`, or `http://…` in a network that is one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The region; `us-east-1` if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// A file with the credentials, with mode 0600. None is the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials_file: Option<PathBuf>,
}

impl S3Config {
    /// The store, which nothing was asked of yet.
    pub(super) fn store(&self) -> Result<Arc<dyn ObjectStore>, StorageError> {
        let credentials = match &self.credentials_file {
            Some(path) => Credentials::read(path)?,
            None => Credentials::from_environment()?,
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_region(self.region.as_deref().unwrap_or(REGION))
            .with_access_key_id(credentials.key_id.as_str())
            .with_secret_access_key(credentials.secret.as_str())
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            // Not all that speak like S3 have it.
            .with_disable_bulk_delete(true)
            .with_client_options(ClientOptions::new().with_timeout(TIMEOUT))
            .with_retry(RetryConfig {
                max_retries: RETRIES,
                retry_timeout: RETRY_TIME,
                ..RetryConfig::default()
            });
        if let Some(token) = &credentials.token {
            builder = builder.with_token(token.as_str());
        }
        if let Some(endpoint) = &self.endpoint {
            let plain = endpoint.starts_with("http://");
            if !plain && !endpoint.starts_with("https://") {
                return Err(refused("endpoint", "it begins with neither https:// nor http://"));
            }
            builder = builder
                .with_endpoint(endpoint.trim_end_matches('/'))
                .with_allow_http(plain);
        }
        if self.bucket.is_empty() || self.bucket.contains('/') {
            return Err(refused("bucket", "it is empty or has a slash"));
        }
        let store = builder
            .build()
            .map_err(|error| refused("s3", &error.to_string()))?;
        Ok(Arc::new(store))
    }

    /// What all names begin with.
    pub(super) fn prefix(&self) -> Result<ObjectPath, StorageError> {
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/');
        let parsed = ObjectPath::parse(prefix)
            .ok()
            .filter(|_| prefix.bytes().all(plain));
        let parsed = parsed.filter(|parsed| parsed.as_ref() == prefix);
        parsed.ok_or_else(|| {
            refused(
                "prefix",
                "it has other characters than letters, digits, ., -, _ and / between",
            )
        })
    }
}

/// What the store is asked with. Has no `Debug`, and is forgotten once the store has it.
struct Credentials {
    key_id: Zeroizing<String>,
    secret: Zeroizing<String>,
    token: Option<Zeroizing<String>>,
}

impl Credentials {
    fn from_environment() -> Result<Self, StorageError> {
        let variable = |name: &str| env::var(name).ok().map(Zeroizing::new);
        Self::new(variable).ok_or_else(|| {
            refused(
                "credentials_file",
                "there is none, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both in the environment",
            )
        })
    }

    /// Reads a file with a line `NAME=value` for each.
    fn read(path: &Path) -> Result<Self, StorageError> {
        let failed =
            |error: std::io::Error| refused("credentials_file", &format!("{}: {error}", path.display()));
        let file = fs::File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            let problem = format!("{} has mode {:03o}: make it 600", path.display(), mode & 0o777);
            return Err(refused("credentials_file", &problem));
        }
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_CREDENTIALS_BYTES)
            .read_to_string(&mut text)
            .map_err(failed)?;
        let value = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.trim().split_once('='));
            let (_, value) = lines.find(|(key, _)| key.trim_end() == name)?;
            Some(Zeroizing::new(value.trim().to_owned()))
        };
        Self::new(value).ok_or_else(|| {
            let problem = format!("{} has no lines {KEY_ID}=… and {SECRET}=…", path.display());
            refused("credentials_file", &problem)
        })
    }

    fn new(value: impl Fn(&str) -> Option<Zeroizing<String>>) -> Option<Self> {
        Some(Self {
            key_id: value(KEY_ID)?,
            secret: value(SECRET)?,
            token: value(TOKEN),
        })
    }
}

fn refused(setting: &'static str, problem: &str) -> StorageError {
    StorageError::Config {
        setting,
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(credentials_file: PathBuf) -> S3Config {
        S3Config {
            bucket: "ledger".into(),
            prefix: Some("logs/one".into()),
            endpoint: Some("http://127.0.0.1:1".into()),
            region: None,
            credentials_file: Some(credentials_file),
        }
    }

    fn refusal(config: &S3Config) -> String {
        let refused = config.store().map(drop).and_then(|()| config.prefix().map(drop));
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), "storage-config");
        refused.to_string()
    }

    #[test]
    fn a_refusal_names_the_setting_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        let good = config(path.clone());
        assert!(refusal(&good).contains("`credentials_file`"));

        fs::write(
            &path,
            "AWS_ACCESS_KEY_ID=someone\nAWS_SECRET_ACCESS_KEY = a/secret=\n",
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(refusal(&good).contains("has mode 640: make it 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        good.store().unwrap();
        let read = Credentials::read(&path).unwrap();
        assert_eq!(
            (read.key_id.as_str(), read.secret.as_str()),
            ("someone", "a/secret=")
        );
        assert!(!format!("{good:?}").contains("secret="));

        for (setting, bad) in [
            (
                "prefix",
                S3Config {
                    prefix: Some("/logs".into()),
                    ..good.clone()
                },
            ),
            (
                "prefix",
                S3Config {
                    prefix: Some("lo gs".into()),
                    ..good.clone()
                },
            ),
            (
                "bucket",
                S3Config {
                    bucket: "a/b".into(),
                    ..good.clone()
                },
            ),
            (
                "endpoint",
                S3Config {
                    endpoint: Some("127.0.0.1:9000".into()),
                    ..good.clone()
                },
            ),
        ] {
            let text = refusal(&bad);
            assert!(text.contains(&format!("`{setting}`")), "{text}");
            assert!(!text.contains("a/secret="), "{text}");
        }
        fs::write(&path, "AWS_ACCESS_KEY_ID=someone\n").unwrap();
        assert!(!refusal(&good).contains("someone"));
    }
}
