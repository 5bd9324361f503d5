//! Where a log's static files come from: the log, a mirror, or a folder on a USB stick.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

/// Largest file that is read: an entry bundle has 37 kB, a status snapshot of the largest issuer about 100 kB.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// A static file comes at once or not at all.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A place with static files. The same paths are read from every source, whatever is looked up in them later.
#[derive(Clone, Debug)]
pub enum Source {
    /// A folder.
    Folder(PathBuf),
    /// An HTTP prefix, without a slash at the end.
    Http(String, reqwest::Client),
}

/// Why a file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The source has no such file.
    #[error("{path} is not there: is {source_name} a log or a copy of one?")]
    Missing {
        /// The file.
        path: String,
        /// The source.
        source_name: String,
    },
    /// The source did not answer, or not in time.
    #[error(
        "{source_name} does not answer ({reason}): try again, or sync from a mirror or a copy on a USB stick"
    )]
    NoAnswer {
        /// The source.
        source_name: String,
        /// What happened.
        reason: String,
    },
    /// The file is larger than any file of a log.
    #[error("{path} is larger than {limit} bytes: this is not a log's file")]
    TooLarge {
        /// The file.
        path: String,
        /// What it may have.
        limit: usize,
    },
    /// Neither a URL nor a folder.
    #[error("{0} is neither an http(s) URL nor a folder")]
    NotASource(String),
}

impl FromStr for Source {
    type Err = Unavailable;

    fn from_str(text: &str) -> Result<Self, Unavailable> {
        if text.starts_with("http://") || text.starts_with("https://") {
            let client = reqwest::Client::builder().timeout(TIMEOUT).build();
            let client = client.map_err(|_| Unavailable::NotASource(text.to_owned()))?;
            return Ok(Self::Http(text.trim_end_matches('/').to_owned(), client));
        }
        let folder = PathBuf::from(text);
        if folder.is_dir() {
            Ok(Self::Folder(folder))
        } else {
            Err(Unavailable::NotASource(text.to_owned()))
        }
    }
}

impl Source {
    /// Reads a file by its path below the source.
    ///
    /// # Errors
    /// [`Unavailable`]; a file that is not there is [`Unavailable::Missing`].
    pub async fn read(&self, path: &str) -> Result<Vec<u8>, Unavailable> {
        self.read_within(path, MAX_FILE_BYTES).await
    }

    /// [`read`](Self::read), for a file that has at most `limit` bytes.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_within(&self, path: &str, limit: usize) -> Result<Vec<u8>, Unavailable> {
        match self {
            Self::Folder(folder) => {
                let file = folder.join(path);
                match tokio::fs::metadata(&file).await {
                    Ok(about) if about.len() > limit as u64 => return Err(too_large(path, limit)),
                    Ok(_) => {}
                    Err(_) => return Err(self.missing(path)),
                }
                tokio::fs::read(&file)
                    .await
                    .map_err(|error| self.no_answer(&error))
            }
            Self::Http(prefix, client) => {
                let sent = client.get(format!("{prefix}/{path}")).send().await;
                let mut answer = sent.map_err(|error| self.no_answer(&error.without_url()))?;
                match answer.status().as_u16() {
                    200 => {}
                    404 => return Err(self.missing(path)),
                    status => return Err(self.no_answer(&format_args!("status {status}"))),
                }
                let mut bytes = Vec::new();
                while let Some(chunk) = answer
                    .chunk()
                    .await
                    .map_err(|error| self.no_answer(&error.without_url()))?
                {
                    if bytes.len() + chunk.len() > limit {
                        return Err(too_large(path, limit));
                    }
                    bytes.extend_from_slice(&chunk);
                }
                Ok(bytes)
            }
        }
    }

    fn missing(&self, path: &str) -> Unavailable {
        Unavailable::Missing {
            path: path.to_owned(),
            source_name: self.to_string(),
        }
    }

    fn no_answer(&self, reason: &dyn fmt::Display) -> Unavailable {
        Unavailable::NoAnswer {
            source_name: self.to_string(),
            reason: reason.to_string(),
        }
    }
}

fn too_large(path: &str, limit: usize) -> Unavailable {
    let path = path.to_owned();
    Unavailable::TooLarge { path, limit }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Http(prefix, _) => f.write_str(prefix),
        }
    }
}
