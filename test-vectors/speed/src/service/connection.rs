//! A client with as little HTTP as can be, so that its share of the processors is small.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    key: String,
    buffer: Vec<u8>,
}

/// A status and a body.
pub struct Answer<'a> {
    /// The status.
    pub status: &'a str,
    /// The body.
    pub body: &'a str,
}

impl Connection {
    /// Connects as the holder of an API key.
    pub async fn open(address: &str, key: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        Self {
            stream,
            key: key.to_owned(),
            buffer: vec![0; 16 << 10],
        }
    }

    /// Sends a request, with its body unless it has none.
    pub async fn ask(&mut self, method: &str, path: &str, body: &str) -> Answer<'_> {
        let (key, length) = (&self.key, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: issuer\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("it listens");
        let length = self.read_answer().await;
        let answer = std::str::from_utf8(&self.buffer[..length]).expect("text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("it was looked for");
        Answer {
            status: head.get(9..12).unwrap_or_default(),
            body,
        }
    }

    /// Reads one answer with a content length; returns its size.
    async fn read_answer(&mut self) -> usize {
        let mut filled = 0;
        loop {
            let read = self
                .stream
                .read(&mut self.buffer[filled..])
                .await
                .expect("it answers");
            assert!(read > 0, "it answers in full, within {} bytes", self.buffer.len());
            filled += read;
            let text = std::str::from_utf8(&self.buffer[..filled]).unwrap_or_default();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.lines().next());
            if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
                return filled;
            }
        }
    }
}

/// What stands in a text member of a JSON object that nobody needs to read in full.
pub fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = json.split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next()
}
