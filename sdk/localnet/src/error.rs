//! Errors of this crate, with messages that people can act on.

use std::{fmt, path::PathBuf};

use anchor_lang::{
    prelude::{ProgramError, Pubkey},
    solana_program::instruction::error::InstructionError,
};
use solana_rpc_client_api::client_error::{Error as RpcError, TransactionError};

/// Result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure of the network or of a request to it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The network did not come up.
    #[error("the local network did not start: {0}")]
    Start(String),
    /// The network did not close its ports in time.
    #[error("the local network did not stop cleanly: {0}")]
    Stop(String),
    /// A call over JSON-RPC failed for a reason other than the transaction itself.
    #[error("{doing}: {source}")]
    Rpc {
        /// What the client was doing.
        doing: String,
        /// Error of the JSON-RPC client.
        #[source]
        source: Box<RpcError>,
    },
    /// A transaction was refused or has failed; its logs are part of the message.
    #[error("{0}")]
    Transaction(Box<FailedTransaction>),
    /// A transaction could not be signed.
    #[error("signing a transaction: {0}")]
    Signing(String),
    /// An expected event did not happen in time.
    #[error("{what} did not happen within {seconds} s")]
    Timeout {
        /// The expected event.
        what: String,
        /// Length of the wait, in seconds.
        seconds: u64,
    },
    /// The chain's clock only moves forward.
    #[error("the chain's clock shows {now} and cannot go back to {target}")]
    BackInTime {
        /// Unix seconds on the chain now.
        now: i64,
        /// Unix seconds asked for.
        target: i64,
    },
    /// A file could not be read.
    #[error("reading {path}: {source}")]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// A program file is not an ELF, or the network did not take it.
    #[error("program {program}: {why}")]
    Program {
        /// Address at which it was to be deployed.
        program: Pubkey,
        /// Reason why it was not deployed.
        why: String,
    },
    /// An account is missing or does not hold what was expected.
    #[error("account {address}: {why}")]
    Account {
        /// Address of the account.
        address: Pubkey,
        /// What is wrong with it.
        why: String,
    },
    /// An instruction could not be built.
    #[error("building an instruction: {0}")]
    Instruction(#[from] ProgramError),
    /// A price path could not be read or made.
    #[error("price path: {0}")]
    Path(String),
    /// A snapshot could not be taken or read.
    #[error("snapshot: {0}")]
    Snapshot(String),
    /// A price could not be encoded.
    #[error("price: {0}")]
    Price(String),
}

impl Error {
    pub(crate) fn rpc(doing: impl Into<String>) -> impl FnOnce(RpcError) -> Self {
        let doing = doing.into();
        move |source| Self::Rpc { doing, source: Box::new(source) }
    }

    /// Returns the failed transaction, if this error is one.
    #[must_use]
    pub fn failed_transaction(&self) -> Option<&FailedTransaction> {
        match self {
            Self::Transaction(failed) => Some(failed),
            _ => None,
        }
    }

    /// Returns the number of a program's own error (`6000` and up for an Anchor program), if a program returned one.
    #[must_use]
    pub fn program_error_code(&self) -> Option<u32> {
        self.failed_transaction()?.program_error_code()
    }
}

/// A transaction that was refused before it ran, or ran and failed.
#[derive(Debug, Clone)]
pub struct FailedTransaction {
    /// First signature in base 58; the chain does not know it if preflight refused the transaction.
    pub signature: String,
    /// The chain's own error, if it gave one.
    pub error: Option<TransactionError>,
    /// The reason in words.
    pub reason: String,
    /// Program logs up to the failure.
    pub logs: Vec<String>,
    /// Compute units spent up to the failure, if known.
    pub compute_units: Option<u64>,
}

impl FailedTransaction {
    /// Returns the number of a program's own error, if a program returned one.
    #[must_use]
    pub fn program_error_code(&self) -> Option<u32> {
        match self.error.as_ref()? {
            TransactionError::InstructionError(_, InstructionError::Custom(code)) => Some(*code),
            _ => None,
        }
    }

    /// Returns the name of an Anchor program's error from its logs, for instance `StalePrice`.
    #[must_use]
    pub fn anchor_error_name(&self) -> Option<&str> {
        self.logs.iter().rev().find_map(|line| {
            let (_, rest) = line.split_once("Error Code: ")?;
            rest.split('.').next()
        })
    }
}

impl fmt::Display for FailedTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "transaction {} failed: {}", self.signature, self.reason)?;
        if let Some(units) = self.compute_units {
            write!(f, " ({units} compute units)")?;
        }
        for line in &self.logs {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FailedTransaction {}
