//! The keys that a run can sign with.

use anyhow::{Result, anyhow};
use evergreen_sdk::anchor_lang::prelude::Pubkey;
use solana_keypair::{Keypair, read_keypair_file};
use solana_signer::Signer;
use std::path::PathBuf;

/// The operator's key, which pays, and other keys that may sign.
pub struct Keyring {
    operator: Keypair,
    others: Vec<Keypair>,
}

impl Keyring {
    /// Returns the operator's key together with those in these files.
    ///
    /// # Errors
    /// Returns an error with the name of a keypair file that cannot be read.
    pub fn new(operator: Keypair, files: &[PathBuf]) -> Result<Self> {
        let read = files.iter().map(|file| {
            read_keypair_file(file).map_err(|error| anyhow!("reading the signer's keypair {}: {error}", file.display()))
        });
        Ok(Self { operator, others: read.collect::<Result<_>>()? })
    }

    /// Address of the operator.
    pub fn operator(&self) -> Pubkey {
        self.operator.pubkey()
    }

    /// The key that pays.
    pub const fn payer(&self) -> &Keypair {
        &self.operator
    }

    /// Whether the keyring has the key with this address.
    pub fn holds(&self, key: &Pubkey) -> bool {
        self.operator.pubkey() == *key || self.others.iter().any(|other| other.pubkey() == *key)
    }

    /// Returns the keys other than the operator's.
    pub fn others(&self) -> Vec<&(dyn Signer + Sync)> {
        self.others.iter().map(|key| key as &(dyn Signer + Sync)).collect()
    }
}
