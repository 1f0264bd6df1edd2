//! The file of a keypair, and what is told of a file that is none. Nothing of what stands in it is ever told.

use crate::failure::advised;
use anyhow::Result;
use solana_keypair::Keypair;
use std::{io, path::Path};

/// What such a file holds.
const FORM: &str =
    "a file of a keypair holds 64 numbers from 0 to 255 in brackets, [12,34,…], as solana-keygen writes them";
const MAKE: &str = "name one with --keypair, or make one: solana-keygen new";

/// Reads a keypair.
///
/// # Errors
/// For what is no keypair: what it is instead, and what makes one of it.
pub fn read(path: &Path) -> Result<Keypair> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        let (why, next) = unread(path, &error);
        advised(format!("reading the keypair {shown}: {why}"), next)
    })?;
    of_bytes(&bytes).map_err(|(why, next)| advised(format!("reading the keypair {shown}: {why}"), next))
}

/// Why there is no file to be read, and what to do.
fn unread(path: &Path, error: &io::Error) -> (String, &'static str) {
    let text = path.to_string_lossy();
    let is_missing = error.kind() == io::ErrorKind::NotFound;
    if is_missing && text.starts_with("usb:") {
        return ("a hardware wallet cannot sign here".into(), MAKE);
    }
    if is_missing && text.starts_with('~') {
        return (
            "there is no such file: the shell replaces ~ only at the beginning of a word that is not quoted".into(),
            "write --keypair \"$HOME/…\"",
        );
    }
    if is_missing && text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return ("that is an address or a key, and the name of a file is wanted".into(), MAKE);
    }
    match error.kind() {
        io::ErrorKind::NotFound => ("there is no such file".into(), MAKE),
        io::ErrorKind::IsADirectory => ("that is a folder".into(), "name the file in it with --keypair"),
        io::ErrorKind::PermissionDenied => ("this user may not read it".into(), "let its owner read it: chmod 600"),
        _ => (error.to_string(), MAKE),
    }
}

/// The keypair that a file holds; otherwise what it holds instead, and what to do.
fn of_bytes(bytes: &[u8]) -> Result<Keypair, (String, &'static str)> {
    let wrong = |why: &str, next: &'static str| Err((why.to_owned(), next));
    let Ok(text) = std::str::from_utf8(bytes) else { return wrong("that is no text", FORM) };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return wrong("it is empty", MAKE);
    }
    let is_base58 = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() && !b"0OIl".contains(&byte));
    let bare = text.trim_matches('"');
    if is_base58(bare) && bare.len() >= 43 {
        return wrong("it holds a key in base58, as wallets export it", FORM);
    }
    if bare.split_whitespace().count() >= 12 && bare.bytes().all(|byte| byte == b' ' || byte.is_ascii_alphabetic()) {
        return wrong("it holds the words of a wallet", "solana-keygen recover makes a file of them");
    }
    if !text.starts_with('[') {
        return wrong("it holds no list of numbers", FORM);
    }
    let Ok(numbers) = serde_json::from_str::<Vec<serde_json::Value>>(text) else {
        return wrong("its list does not end, or is none", FORM);
    };
    let bytes: Option<Vec<u8>> = numbers.iter().map(|number| u8::try_from(number.as_u64()?).ok()).collect();
    let Some(bytes) = bytes else { return wrong("its list holds something that is no number from 0 to 255", FORM) };
    match bytes.len() {
        64 => Keypair::try_from(&bytes[..]).map_err(|_| {
            (
                "its secret and its public half do not belong together: the file is damaged".into(),
                "take a copy of it, or another one: --keypair",
            )
        }),
        32 => wrong("it holds 32 numbers, one half of a keypair alone", FORM),
        count => Err((format!("it holds {count} numbers"), FORM)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_signer::Signer;

    fn said(text: &[u8]) -> String {
        of_bytes(text).map_or_else(|(why, next)| format!("{why}; {next}"), |key| key.pubkey().to_string())
    }

    #[test]
    fn a_keypair_is_read_and_what_is_none_is_told_without_its_text() {
        let key = Keypair::new();
        let numbers = |bytes: &[u8]| serde_json::to_string(bytes).expect("numbers");
        let mut damaged = key.to_bytes();
        damaged[40] ^= 1;
        let secret = key.to_base58_string();
        let whole = numbers(&key.to_bytes());
        assert_eq!(said(whole.as_bytes()), key.pubkey().to_string());
        assert_eq!(said(format!("\u{feff} {whole}\r\n").as_bytes()), key.pubkey().to_string());
        for (text, words) in [
            (String::new(), "it is empty"),
            (secret.clone(), "a key in base58"),
            (format!("\"{secret}\""), "a key in base58"),
            (["abandon"; 12].join(" "), "the words of a wallet"),
            (numbers(&key.to_bytes()[..32]), "32 numbers, one half"),
            (numbers(&[1, 2, 3]), "it holds 3 numbers"),
            (numbers(&damaged), "do not belong together"),
            (whole.replace('[', "[300,"), "no number from 0 to 255"),
            (whole.replace(']', ""), "does not end"),
            (format!("{{\"key\":{whole}}}"), "no list of numbers"),
        ] {
            let told = said(text.as_bytes());
            assert!(told.contains(words), "{told}");
            assert!(text.is_empty() || !told.contains(text.as_str()), "{told}");
        }
        assert!(said(&[0xff, 0xfe, 0]).contains("no text"));
    }

    #[test]
    fn a_file_that_is_not_there_says_what_was_named() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        for (path, words) in [
            ("usb://ledger", "hardware wallet"),
            ("~/id.json", "the shell replaces ~"),
            ("B4XkQinh97CBfDAJsqA82mqVLvJbbyiykWgw1qtUvvDv", "that is an address or a key"),
            ("id.json", "there is no such file"),
        ] {
            assert!(unread(Path::new(path), &missing).0.contains(words), "{path}");
        }
    }
}
