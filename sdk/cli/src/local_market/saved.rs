//! A local market in a file: what it needs to go on where it was ended, or on another machine.
//!
//! A market writes itself into `snapshot.json` of its folder once a minute (more seldom where that takes long) and when it ends; the next one in the folder goes on from there.

use super::{
    setup::{PEOPLE, Size, read_key},
    stock::Stock,
};
use crate::failure::advised;
use anyhow::{Context, Result};
use evergreen_localnet::{Client, PricePath, Snapshot};
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, atomic_file};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use solana_keypair::{Keypair, write_keypair_file};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Name of the file in a market's folder.
const FILE: &str = "snapshot.json";
/// Number of the form of the file.
const FORM: u32 = 1;

/// A market that was saved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Saved {
    /// Number of its form.
    form: u32,
    /// Version of the command that wrote it.
    pub evergreen: String,
    /// What was set up.
    pub market: MarketKind,
    /// Keypairs, by the name of their file.
    keys: BTreeMap<String, Vec<u8>>,
    /// The prices.
    pub prices: Prices,
    /// Accounts and clock.
    chain: Value,
}

/// What a market consists of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MarketKind {
    /// SHA-256 of the program's file.
    pub program_sha256: String,
    /// Whether it was started without a protocol.
    pub bare: bool,
    /// Whether it has a pool of a curator.
    pub curated: bool,
    /// How many pools and accounts it was begun with, and from which seed.
    pub size: Size,
    /// Its stocks, one for each pool.
    pub stocks: Vec<Stock>,
}

/// Prices of a market: their path from now on, and those that were set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prices {
    /// Time of the chain at which the path's first price is published, Unix seconds.
    pub begin: i64,
    /// The path, in the form of [`PricePath::to_csv`].
    pub path: String,
    /// Prices that stay, BTC and ETH, hundred-millionths of a dollar.
    pub set: [Option<i64>; 2],
    /// Whether the clock stood still.
    pub paused: bool,
}

impl Saved {
    /// The market of a folder, if one was saved there.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        if path.exists() { Self::read(&path).map(Some) } else { Ok(None) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is none of these files.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let bytes = std::fs::read(path).with_context(|| format!("reading {shown}"))?;
        let next = "`evergreen localnet save FILE` writes one; `evergreen localnet --fresh` begins anew";
        let saved: Self = serde_json::from_slice(&bytes)
            .map_err(|error| advised(format!("{shown} is no market that was saved by this version: {error}"), next))?;
        if saved.form != FORM {
            return Err(advised(format!("{shown} is of form {}, and {FORM} is read", saved.form), next));
        }
        Ok(saved)
    }

    /// Accounts and clock to begin with.
    ///
    /// # Errors
    /// When they are none.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot::from_json(&self.chain)?)
    }

    /// The path of its prices from then on.
    ///
    /// # Errors
    /// When it is none.
    pub fn path(&self) -> Result<PricePath> {
        Ok(PricePath::parse_csv(&self.prices.path)?)
    }

    /// Writes the keys into a folder; those that are there stay unless they are to be `replaced`.
    ///
    /// # Errors
    /// When one is none, or cannot be written.
    pub fn write_keys(&self, folder: &Path, replaced: bool) -> Result<()> {
        for (name, bytes) in &self.keys {
            // Names of files come from a file that somebody else may have written.
            let name = PEOPLE.into_iter().find(|known| known == name);
            let path = folder.join(format!("{}.json", name.context("a key of somebody unknown")?));
            if path.exists() && !replaced {
                continue;
            }
            let key = Keypair::try_from(bytes.as_slice()).map_err(|error| anyhow::anyhow!("a saved key: {error}"))?;
            write_keypair_file(&key, &path).map_err(|error| anyhow::anyhow!("writing {}: {error}", path.display()))?;
        }
        Ok(())
    }
}

/// The snapshot without the program, and who may upgrade it.
pub fn without_program(snapshot: Snapshot) -> (Snapshot, Option<Pubkey>) {
    let place = address::program_data();
    let data = snapshot.data(&place).unwrap_or_default();
    // The state's number, the slot, whether there is an authority, and the authority.
    let authority = data.get(12).filter(|has| **has == 1).and_then(|_| data.get(13..45)?.try_into().ok());
    (snapshot.without(&place).without(&address::PROGRAM), authority.map(Pubkey::new_from_array))
}

/// Writes a market into its folder.
#[derive(Clone)]
pub struct Saver {
    folder: PathBuf,
    kind: MarketKind,
}

impl Saver {
    /// Of a market in a folder.
    pub const fn new(folder: PathBuf, kind: MarketKind) -> Self {
        Self { folder, kind }
    }

    /// Writes it as it is now; the file appears whole or not at all.
    ///
    /// # Errors
    /// When the network does not answer, or the folder cannot be written.
    pub fn save(&self, chain: &Client, prices: Prices) -> Result<()> {
        let mut keys = BTreeMap::new();
        for name in PEOPLE {
            let path = self.folder.join(format!("{name}.json"));
            keys.insert(name.to_owned(), read_key(&path)?.to_bytes().to_vec());
        }
        let saved = Saved {
            form: FORM,
            evergreen: env!("CARGO_PKG_VERSION").into(),
            market: self.kind.clone(),
            keys,
            prices,
            chain: chain.snapshot()?.to_json(),
        };
        let path = self.folder.join(FILE);
        atomic_file::write(&path, &serde_json::to_vec(&saved)?).with_context(|| format!("writing {}", path.display()))
    }
}

/// Copies what a market has written of itself to another file.
///
/// # Errors
/// When one of them cannot be read or written.
pub fn copy(folder: &Path, to: &Path) -> Result<()> {
    let path = folder.join(FILE);
    let bytes = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    atomic_file::write(to, &bytes).with_context(|| format!("writing {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_saved_by_this_version_is_refused() {
        let home = tempfile::tempdir().expect("a folder");
        assert!(Saved::find(home.path()).expect("an answer").is_none());
        let path = home.path().join(FILE);
        for text in ["{}", "no json", r#"{"form": 1}"#] {
            std::fs::write(&path, text).expect("a file");
            let error = Saved::find(home.path()).expect_err("a refusal").to_string();
            assert!(error.contains("is no market that was saved by this version"), "{error}");
        }
    }

    #[test]
    fn keys_go_to_the_files_of_known_names_only() {
        let home = tempfile::tempdir().expect("a folder");
        let key = Keypair::new();
        let prices = Prices { begin: 0, path: String::new(), set: [None; 2], paused: false };
        let size = Size { seed: 1, pools: 2, accounts: 0 };
        let market =
            MarketKind { program_sha256: String::new(), bare: false, curated: false, size, stocks: Vec::new() };
        let of = |name: &str| Saved {
            form: FORM,
            evergreen: String::new(),
            market: market.clone(),
            keys: [(name.to_owned(), key.to_bytes().to_vec())].into(),
            prices: prices.clone(),
            chain: Value::Null,
        };
        let refused = of("../alice").write_keys(home.path(), true).expect_err("a refusal");
        assert_eq!(refused.to_string(), "a key of somebody unknown");
        of("alice").write_keys(home.path(), false).expect("a key");
        let path = home.path().join("alice.json");
        assert_eq!(read_key(&path).expect("a key").to_bytes(), key.to_bytes());
        write_keypair_file(&Keypair::new(), &path).expect("another key");
        of("alice").write_keys(home.path(), false).expect("it stays");
        assert_ne!(read_key(&path).expect("a key").to_bytes(), key.to_bytes());
        of("alice").write_keys(home.path(), true).expect("it is replaced");
        assert_eq!(read_key(&path).expect("a key").to_bytes(), key.to_bytes());
    }
}
