//! Keys and passwords that this process was given, which no output may show: neither results nor errors, logs or panics, whoever made their text.
//!
//! URLs of nodes and price services contain keys in their path, their query or before their host. Whoever reads such a URL, or a key from the environment,
//! [keeps](keep_url) it here, and everything that is written goes through [`hidden`].

use std::{
    backtrace::BacktraceStatus,
    borrow::Cow,
    io::{self, Stderr, Write},
    sync::{Mutex, PoisonError},
};

/// What stands in the place of a secret.
const HIDDEN: &str = "***";
/// Shorter parts of a URL are no keys, but words as `v1` or `rpc` that stand in texts by themselves.
const SHORTEST: usize = 6;
/// A part of a path that is shorter, and has no digit, is a word as `solana-mainnet`.
const WORD: usize = 20;

static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps the parts of a URL that may be keys or passwords.
pub fn keep_url(url: &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if let Some((user, _)) = authority.rsplit_once('@') {
        user.split(':').for_each(keep);
    }
    let (path, query) = tail.split_at(tail.find(['?', '#']).unwrap_or(tail.len()));
    let is_key = |part: &&str| part.len() >= WORD || part.bytes().any(|byte| byte.is_ascii_digit());
    path.split('/').filter(is_key).for_each(keep);
    query.split(['?', '#', '&']).map(|part| part.split_once('=').map_or(part, |(_, value)| value)).for_each(keep);
}

/// Keeps a secret.
pub fn keep(secret: &str) {
    let mut secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    if secret.len() >= SHORTEST && !secrets.iter().any(|known| known == secret) {
        secrets.push(secret.to_owned());
        // Where one is part of another one the longer one is hidden first.
        secrets.sort_by_key(|known| std::cmp::Reverse(known.len()));
    }
}

/// A text without the secrets.
pub fn hidden(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = Cow::Borrowed(text);
    for secret in secrets.iter() {
        if text.contains(secret) {
            text = Cow::Owned(text.replace(secret, HIDDEN));
        }
    }
    text
}

/// Standard error without the secrets, for logs, which write a line at a time.
pub struct Log(Stderr);

impl Log {
    /// Of this process.
    pub fn new() -> Self {
        Self(io::stderr())
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(hidden(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Lets panics be told without the secrets.
pub fn hide_in_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let trace = std::backtrace::Backtrace::capture();
        let trace = if trace.status() == BacktraceStatus::Captured { format!("\n{trace}") } else { String::new() };
        let _ = writeln!(Log::new(), "{panic}{trace}");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_hidden_wherever_they_stand_in_a_url() {
        keep_url("https://user-name:pass-word@one.example/v2/0123456789abcdef?api-key=fedcba987654&x=1#part");
        keep("a-token-of-a-service");
        let text = hidden(
            "https://user-name:pass-word@one.example/v2/0123456789abcdef?api-key=fedcba987654 failed: a-token-of-a-service",
        );
        assert_eq!(text, "https://***:***@one.example/v2/***?api-key=*** failed: ***");
        assert!(!text.contains("0123456789abcdef") && !text.contains("pass-word"));
        assert!(matches!(hidden("v2 of one.example"), Cow::Borrowed(_)));
    }
}
