//! Errors of the client.

use crate::{
    accounts::DecodeError,
    failure::{Cause, Refusal},
};
use anchor_lang::prelude::Pubkey;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClientError;
use solana_rpc_client_api::{
    client_error::{Error as RpcFailure, ErrorKind, TransactionError},
    request::RpcError,
};
use solana_signature::Signature;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Error of the system program when an account is created and the payer has too little SOL.
const LAMPORTS: &str = "System.ResultWithNegativeLamports";

/// A failure to read from the network.
///
/// ```
/// use evergreen_sdk::{anchor_lang::prelude::Pubkey, client::{Client, ClientError}, evergreen::state::MarginAccount};
///
/// /// Returns the cash of an account in native units; zero for an account that does not exist.
/// async fn cash(client: &Client, account: &Pubkey) -> Result<i64, ClientError> {
///     match client.get::<MarginAccount>(account).await {
///         Ok(found) => Ok(found.value.cash),
///         Err(ClientError::Missing(_)) => Ok(0),
///         Err(error) => Err(error),
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A call over JSON-RPC failed.
    #[error("{doing}: {source}")]
    Rpc {
        /// What was being done, in words.
        doing: String,
        /// The error of the JSON-RPC client.
        #[source]
        source: Box<RpcFailure>,
    },
    /// The websocket failed.
    #[error("websocket: {0}")]
    Socket(#[from] Box<PubsubClientError>),
    /// There is no such account.
    #[error("there is no account {0}")]
    Missing(Pubkey),
    /// An account belongs to another program.
    #[error("account {address} belongs to {owner}, not to the program")]
    Foreign {
        /// Address of the account.
        address: Pubkey,
        /// Program that owns the account.
        owner: Pubkey,
    },
    /// An account is of another type.
    #[error("account {address}: {source}")]
    Decode {
        /// Address of the account.
        address: Pubkey,
        /// Reason why its bytes are not of the type.
        source: DecodeError,
    },
    /// The answer of the network is not valid.
    #[error("{0}")]
    Answer(String),
    /// The network makes no blocks, so that a sent transaction neither lands nor expires.
    #[error("the network makes no blocks: its height stays at {height}")]
    Standing {
        /// Block height of the network.
        height: u64,
    },
    /// A transaction can no longer land, and the nodes do not report whether it has landed.
    #[error(
        "the nodes do not agree: block {height} is past {last_valid}, the last that could hold it, and none tells the outcome"
    )]
    Overdue {
        /// Block height now.
        height: u64,
        /// Last block height at which the transaction could land.
        last_valid: u64,
    },
    /// The nodes know no outcome of a transaction, and the number that it names is taken: by it, or by another one.
    #[error("the nodes know no outcome, and the number of the transaction is taken: by it, or by another one")]
    Taken,
    /// The account type does not hold the key of the filter.
    #[error("accounts of this type carry no {0}")]
    Filter(&'static str),
    /// The background task of a watch has ended.
    #[error("the watch has ended: {0}")]
    Ended(String),
}

impl ClientError {
    /// Tells whether the network has failed to answer, so that asking again may help. It is `false` for a negative answer.
    pub fn is_passing(&self) -> bool {
        /// Codes for a node that lags behind, or has not reached the slot of the request.
        const BEHIND: [i64; 2] = [-32_005, -32_016];
        match self {
            Self::Rpc { source, .. } => match source.kind() {
                ErrorKind::TransactionError(TransactionError::BlockhashNotFound) => true,
                ErrorKind::Io(_) | ErrorKind::Reqwest(_) | ErrorKind::SerdeJson(_) | ErrorKind::Middleware(_) => true,
                ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => BEHIND.contains(code),
                _ => false,
            },
            Self::Socket(_) | Self::Ended(_) => true,
            _ => false,
        }
    }

    pub(crate) fn rpc(doing: impl Into<String>) -> impl FnOnce(RpcFailure) -> Self {
        let doing = doing.into();
        move |source| Self::Rpc { doing, source: Box::new(source) }
    }
}

impl From<PubsubClientError> for ClientError {
    fn from(error: PubsubClientError) -> Self {
        Self::Socket(Box::new(error))
    }
}

/// A failure to read or write the journal.
#[derive(Debug, thiserror::Error)]
#[error("the journal {}: {source}", path.display())]
pub struct JournalError {
    /// File or folder that cannot be read or written.
    pub path: PathBuf,
    /// Error of the system.
    #[source]
    pub source: io::Error,
}

impl JournalError {
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, source }
    }
}

/// A failure to send a transaction. Except for [`Self::Unknown`], the instructions have had no effect; a transaction that has failed
/// on the chain has cost its fee.
///
/// ```
/// use evergreen_sdk::client::SendError;
///
/// /// Tells whether sending the same instructions again is useful and cannot execute them twice.
/// fn is_safe_to_repeat(error: &SendError) -> bool {
///     match error {
///         // The transaction may have landed: `Client::record` tells whether it has.
///         SendError::Unknown { .. } => false,
///         SendError::Refused { refusal, .. } => refusal.is_passing(),
///         // The transactions can no longer land.
///         SendError::Expired(_) => true,
///         SendError::Client(error) => error.is_passing(),
///         _ => false,
///     }
/// }
/// assert!(is_safe_to_repeat(&SendError::Expired(Vec::new())));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// A read that sending needs has failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A program refused an instruction.
    #[error("{refusal}")]
    Refused {
        /// The reason, with the numbers that the program compared.
        refusal: Box<Refusal>,
        /// Signature of the transaction, if it failed on the chain; `None` if it failed in simulation.
        signature: Option<Signature>,
        /// Log of the transaction or of its simulation.
        logs: Vec<String>,
    },
    /// The transaction failed for another reason.
    #[error("{}", failed(error))]
    Failed {
        /// Error that the network reports.
        error: TransactionError,
        /// Signature of the transaction, if it failed on the chain; `None` if it failed in simulation.
        signature: Option<Signature>,
        /// Log of the transaction or of its simulation.
        logs: Vec<String>,
    },
    /// The instructions cannot be compiled to a message.
    #[error("compiling the message: {0}")]
    Compile(String),
    /// The journal cannot be written; the transaction was not sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A signature is missing.
    #[error("signing: {0}")]
    Signing(String),
    /// The transaction is larger than a network accepts.
    #[error("the transaction has {bytes} bytes, at most {most} are possible; a lookup table makes it smaller")]
    TooLarge {
        /// Size of the transaction, bytes.
        bytes: usize,
        /// Largest size that a network accepts, bytes.
        most: usize,
    },
    /// The payer has too little SOL for the fee of the transaction; it was not signed.
    #[error("the payer {payer} has too little SOL: {} SOL are missing", sol(*missing))]
    TooLittleSol {
        /// The payer.
        payer: Pubkey,
        /// What is missing, lamports.
        missing: u64,
    },
    /// No attempt landed before its blockhash expired, and none can land any more. These are the signatures of the attempts.
    #[error("none of {} attempts landed before its blockhash expired", .0.len())]
    Expired(Vec<Signature>),
    /// The network stopped answering, or its answers stayed inconclusive, after a transaction was sent. The transaction may have
    /// landed; look its signature up before you send the instructions again.
    #[error("the network stopped answering; transaction {signature} may have landed: {source}")]
    Unknown {
        /// Signature of the transaction.
        signature: Signature,
        /// The last failure to find out its status.
        #[source]
        source: Box<ClientError>,
    },
}

/// Lamports in SOL.
fn sol(lamports: u64) -> String {
    rust_decimal::Decimal::from_i128_with_scale(lamports.into(), 9).normalize().to_string()
}

/// The network's error in words.
fn failed(error: &TransactionError) -> String {
    match error {
        TransactionError::AccountNotFound => "the payer has no SOL: its account does not exist".into(),
        TransactionError::InsufficientFundsForFee => "the payer has too little SOL for the fee".into(),
        TransactionError::InsufficientFundsForRent { .. } => {
            "the payer would be left with too little SOL for its rent".into()
        }
        other => format!("transaction failed: {other}"),
    }
}

impl SendError {
    /// Returns the program's refusal, if the error is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// Tells whether the payer has too little SOL, for fees or for the rent of new accounts.
    pub fn lacks_sol(&self) -> bool {
        use TransactionError::{AccountNotFound, InsufficientFundsForFee, InsufficientFundsForRent};
        match self {
            Self::TooLittleSol { .. } => true,
            Self::Failed { error, .. } => {
                matches!(error, AccountNotFound | InsufficientFundsForFee | InsufficientFundsForRent { .. })
            }
            Self::Refused { refusal, .. } => {
                matches!(&refusal.cause, Cause::Foreign { known: Some(known), .. } if known.full_name() == LAMPORTS)
            }
            _ => false,
        }
    }

    /// Tells whether the instructions are too much for one transaction: its bytes, accounts, compute units or memory. Fewer of them may fit.
    ///
    /// ```
    /// use evergreen_sdk::client::SendError;
    ///
    /// assert!(SendError::TooLarge { bytes: 1_300, most: 1_232 }.does_not_fit());
    /// assert!(!SendError::Expired(Vec::new()).does_not_fit());
    /// ```
    pub const fn does_not_fit(&self) -> bool {
        use TransactionError::{
            InstructionError as Of, MaxLoadedAccountsDataSizeExceeded, SanitizeFailure, TooManyAccountLocks,
        };
        use anchor_lang::solana_program::instruction::error::InstructionError::{
            ComputationalBudgetExceeded, MaxAccountsExceeded, MaxInstructionTraceLengthExceeded,
            ProgramFailedToComplete,
        };
        match self {
            Self::TooLarge { .. } | Self::Compile(_) => true,
            Self::Failed { error, .. } => matches!(
                error,
                TooManyAccountLocks
                    | MaxLoadedAccountsDataSizeExceeded
                    | SanitizeFailure
                    // A program that has used up its memory does not complete.
                    | Of(_, ComputationalBudgetExceeded
                        | ProgramFailedToComplete
                        | MaxAccountsExceeded
                        | MaxInstructionTraceLengthExceeded)
            ),
            _ => false,
        }
    }

    /// Returns the log of the failed transaction or of its simulation; empty for other errors.
    pub fn logs(&self) -> &[String] {
        match self {
            Self::Refused { logs, .. } | Self::Failed { logs, .. } => logs,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evergreen::errors::EvergreenError;

    #[test]
    fn a_missing_answer_passes_and_a_missing_account_does_not() {
        assert!(ClientError::Ended("its task is gone".into()).is_passing());
        assert!(!ClientError::Missing(Pubkey::new_from_array([7; 32])).is_passing());
    }

    #[test]
    fn what_is_too_much_for_a_transaction_is_told_from_what_is_refused() {
        use anchor_lang::solana_program::instruction::error::InstructionError as Of;
        let failed = |error| SendError::Failed { error, signature: None, logs: Vec::new() };
        for error in [
            TransactionError::TooManyAccountLocks,
            TransactionError::InstructionError(2, Of::ComputationalBudgetExceeded),
            TransactionError::InstructionError(2, Of::ProgramFailedToComplete),
        ] {
            assert!(failed(error.clone()).does_not_fit(), "{error}");
        }
        for error in [TransactionError::AccountNotFound, TransactionError::InstructionError(2, Of::Custom(6_000))] {
            assert!(!failed(error.clone()).does_not_fit(), "{error}");
        }
        let refusal = Box::new(Refusal::from_code(EvergreenError::HealthLowered.into()));
        assert!(!SendError::Refused { refusal, signature: None, logs: Vec::new() }.does_not_fit());
    }

    #[test]
    fn a_refusal_carries_its_cause_and_log() {
        let refusal = Box::new(Refusal::from_code(EvergreenError::LegZero.into()));
        let error =
            SendError::Refused { refusal, signature: None, logs: vec!["Program log: Instruction: Trade".into()] };
        assert!(error.refusal().is_some_and(|refusal| refusal.is("LegZero")));
        assert_eq!(error.logs(), ["Program log: Instruction: Trade"]);
        let other = SendError::Signing("nobody".into());
        assert!(other.refusal().is_none() && other.logs().is_empty());
        assert_eq!(other.to_string(), "signing: nobody");
    }
}
