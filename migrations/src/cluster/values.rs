//! Values of a cluster file: addresses, paths, spans, amounts, hashes. Errors quote the invalid value.

use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal};
use serde::{Deserialize, Deserializer, de};
use solana_keypair::read_keypair_file;
use solana_signer::Signer;
use std::path::{Path, PathBuf};

/// A span of time, in seconds. A file has it as whole seconds, or as text that [`seconds`] parses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(pub u32);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Span;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a span of time: \"48h\", \"2d\", or whole seconds")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Span, E> {
                let fits = u32::try_from(value).map(Span);
                fits.map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Span, E> {
                seconds(value).map(Span).ok_or_else(|| E::invalid_value(de::Unexpected::Str(value), &self))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Parses a span such as `90s`, `15m`, `12h`, `7d` or `2w` into seconds; `None` for other texts, and for spans that do not fit.
pub fn seconds(text: &str) -> Option<u32> {
    let place = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(place);
    let factor: u32 = match unit.trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    number.parse::<u32>().ok()?.checked_mul(factor)
}

/// Parses an address.
pub(super) fn address(text: &str) -> Result<Pubkey, String> {
    text.parse().map_err(|_| format!("`{text}` is no address"))
}

/// Parses an address, or reads the address of the keypair in a file that ends in `.json`.
pub(super) fn key(folder: &Path, text: &str) -> Result<Pubkey, String> {
    let key = if text.ends_with(".json") {
        let path = path(folder, Path::new(text));
        let read = read_keypair_file(&path);
        read.map_err(|error| format!("reading the keypair {}: {error}", path.display()))?.pubkey()
    } else {
        let wrong = |why| format!("{why}, and no keypair file (those end in .json)");
        address(text).map_err(wrong)?
    };
    if key == Pubkey::default() {
        return Err("is the default key, which nobody has".into());
    }
    Ok(key)
}

/// Resolves a path relative to a folder; `~` at its start stands for the user's home folder.
pub(super) fn path(folder: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix("~") {
        Ok(rest) => std::env::home_dir().unwrap_or_default().join(rest),
        Err(_) => folder.join(path),
    }
}

/// Parses a number of tokens above zero.
pub(super) fn amount(text: &str) -> Result<Decimal, String> {
    match text.parse::<Decimal>() {
        Ok(amount) if amount > Decimal::ZERO => Ok(amount),
        _ => Err(format!("`{text}` is no number of tokens above 0")),
    }
}

/// Parses a hash of 64 hexadecimal digits.
pub(super) fn sha256(text: &str) -> Result<[u8; 32], String> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).map_err(|_| format!("`{text}` is no SHA-256: 64 hexadecimal digits"))?;
    Ok(hash)
}
