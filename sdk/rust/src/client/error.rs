//! What can go wrong, in words a person can act on.

use crate::{accounts::DecodeError, failure::Refusal};
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

/// A failure to read something.
///
/// ```
/// use evergreen_sdk::{anchor_lang::prelude::Pubkey, client::{Client, ClientError}, evergreen::state::MarginAccount};
///
/// /// Cash of an account; nought for one that is not there (yet).
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
        /// What was being done.
        doing: String,
        /// What the client said.
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
        /// The account.
        address: Pubkey,
        /// Whose it is.
        owner: Pubkey,
    },
    /// An account is of another type.
    #[error("account {address}: {source}")]
    Decode {
        /// The account.
        address: Pubkey,
        /// Why.
        source: DecodeError,
    },
    /// The network answered with something that cannot be understood.
    #[error("{0}")]
    Answer(String),
    /// The network makes no blocks: what is under way neither lands nor expires.
    #[error("the network makes no blocks: its height stays at {height}")]
    Standing {
        /// Its height.
        height: u64,
    },
    /// A transaction can no longer land, and the nodes that are asked do not say whether it has.
    #[error(
        "the nodes do not agree: block {height} is past {last_valid}, the last that could hold it, and none tells the outcome"
    )]
    Overdue {
        /// Block height now.
        height: u64,
        /// The last one at which the transaction could land.
        last_valid: u64,
    },
    /// The type has no such key to filter by.
    #[error("accounts of this type carry no {0}")]
    Filter(&'static str),
    /// The background task of a watch has ended.
    #[error("the watch has ended: {0}")]
    Ended(String),
}

impl ClientError {
    /// Whether the network has failed to answer, so that asking again may help; not where it has answered with a refusal.
    pub fn is_passing(&self) -> bool {
        /// The node is behind, or not yet where the request wants it.
        const BEHIND: [i64; 2] = [-32_005, -32_016];
        match self {
            Self::Rpc { source, .. } => match source.kind() {
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

/// A failure to keep the journal.
#[derive(Debug, thiserror::Error)]
#[error("the journal {}: {source}", path.display())]
pub struct JournalError {
    /// File or folder.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl JournalError {
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, source }
    }
}

/// A failure to send something. Unless it says otherwise, nothing has changed on the chain but perhaps the fee.
///
/// ```
/// use evergreen_sdk::client::SendError;
///
/// /// Whether the same instructions may be sent again without the danger of doing it twice.
/// fn is_safe_to_repeat(error: &SendError) -> bool {
///     match error {
///         // It may have landed: look `signature` up with `Client::record` first.
///         SendError::Unknown { .. } => false,
///         SendError::Refused { refusal, .. } => refusal.is_passing(),
///         // Never can land any more.
///         SendError::Expired(_) => true,
///         SendError::Client(error) => error.is_passing(),
///         _ => false,
///     }
/// }
/// assert!(is_safe_to_repeat(&SendError::Expired(Vec::new())));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Something could not be read.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A program refused.
    #[error("{refusal}")]
    Refused {
        /// Why, with the numbers that the program compared.
        refusal: Box<Refusal>,
        /// The transaction, if it reached the chain; `None` when simulation showed it.
        signature: Option<Signature>,
        /// The log.
        logs: Vec<String>,
    },
    /// The transaction failed for another reason.
    #[error("transaction failed: {error}")]
    Failed {
        /// The network's reason.
        error: TransactionError,
        /// The transaction, if it reached the chain.
        signature: Option<Signature>,
        /// The log.
        logs: Vec<String>,
    },
    /// The instructions do not make a message.
    #[error("compiling the message: {0}")]
    Compile(String),
    /// The journal cannot be kept: nothing was sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A signature is missing.
    #[error("signing: {0}")]
    Signing(String),
    /// The transaction is larger than a network takes.
    #[error("the transaction has {bytes} bytes, at most {most} are possible; a lookup table makes it smaller")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// No attempt landed before its blockhash expired: none can land any more.
    #[error("none of {} attempts landed before its blockhash expired", .0.len())]
    Expired(Vec<Signature>),
    /// The network stopped answering while a transaction was under way: it may or may not have landed. Look its signature up
    /// before sending again.
    #[error("the network stopped answering; transaction {signature} may have landed: {source}")]
    Unknown {
        /// To look up.
        signature: Signature,
        /// The last failure.
        #[source]
        source: Box<ClientError>,
    },
}

impl SendError {
    /// The program's refusal, if that is what it is.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// The log of the failed transaction, or of its simulation.
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
    fn silence_passes_and_answers_do_not() {
        assert!(ClientError::Ended("its task is gone".into()).is_passing());
        assert!(!ClientError::Missing(Pubkey::new_from_array([7; 32])).is_passing());
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
