//! The status of a transaction, judged by one rule for sending and for recovery.

use super::{
    Client, ClientError, RpcClient,
    polls::{self, Said},
};
use futures_util::future::join_all;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client_api::client_error::TransactionError;
use solana_signature::Signature;

/// The status of a transaction.
#[derive(Debug, PartialEq)]
pub(super) enum Standing {
    /// There is no outcome at the commitment yet; this is the block height.
    Open(u64),
    /// The transaction was executed without an error, in this slot.
    Confirmed(u64),
    /// The transaction was executed and failed.
    Failed(TransactionError),
    /// The transaction has not landed and can no longer land.
    Expired,
}

/// How often nodes have to say that a transaction has expired.
const OPINIONS: u32 = 3;

/// A transaction that was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// Its signature.
    pub signature: Signature,
    /// Blockhash over which it is signed.
    pub blockhash: Hash,
    /// Last block height at which it can land.
    pub last_valid: u64,
}

impl Client {
    /// Returns the status of a transaction, asked for the `time`-th time. If `is_old`, the nodes' history is searched too, because the transaction may no
    /// longer be in their status cache. That it has expired is an answer only after all nodes that answer, or one several times, have said so, with their
    /// history searched and the blockhash unknown by then: one node's word is enough for what has happened, and for nothing else.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] when the network does not answer; `doing` is part of its text.
    pub(super) async fn standing(
        &self,
        sent: &Sent,
        commitment: CommitmentConfig,
        is_old: bool,
        time: u32,
        doing: &str,
    ) -> Result<Standing, ClientError> {
        let polls = if is_old { &self.old_polls } else { &self.polls };
        let said = polls.ask(self.in_turn(time), sent.signature, doing).await?;
        let mut found = judge(said, sent.last_valid, commitment);
        for _ in 1..OPINIONS {
            if found != Standing::Expired {
                break;
            }
            found = self.opinion_of_all(sent, commitment, doing).await?;
        }
        Ok(found)
    }

    /// What all nodes say together. A process may have been stopped for longer than nodes keep their cache, so they search their history.
    async fn opinion_of_all(
        &self,
        sent: &Sent,
        commitment: CommitmentConfig,
        doing: &str,
    ) -> Result<Standing, ClientError> {
        let asked = self.each().iter().map(|node| opinion(node, sent, commitment, doing));
        let (mut open, mut expired, mut failure) = (None, None, None);
        for found in join_all(asked).await {
            match found {
                Ok(found @ (Standing::Confirmed(_) | Standing::Failed(_))) => return Ok(found),
                Ok(found @ Standing::Open(_)) => open = Some(found),
                Ok(Standing::Expired) => expired = Some(Standing::Expired),
                Err(error) => failure = Some(error),
            }
        }
        match (open.or(expired), failure) {
            (Some(found), _) => Ok(found),
            (None, Some(error)) => Err(error),
            (None, None) => Err(ClientError::Answer("no node is known".into())),
        }
    }

    /// Whether any node takes a blockhash for valid.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] when no node answers; `doing` is part of its text.
    pub(super) async fn is_valid(&self, blockhash: &Hash, doing: &str) -> Result<bool, ClientError> {
        let commitment = CommitmentConfig::processed();
        let answers = join_all(self.each().iter().map(|node| node.is_blockhash_valid(blockhash, commitment))).await;
        let mut found = None;
        for answer in answers {
            let answer = answer.map_err(ClientError::rpc(doing));
            found = match (found, answer) {
                (Some(Ok(known)), Ok(answer)) => Some(Ok(known || answer)),
                (Some(Ok(known)), Err(_)) => Some(Ok(known)),
                (_, answer) => Some(answer),
            };
        }
        found.unwrap_or_else(|| Err(ClientError::Answer("no node is known".into())))
    }
}

/// What one node says of a transaction, with its history searched.
async fn opinion(
    node: &RpcClient,
    sent: &Sent,
    commitment: CommitmentConfig,
    doing: &str,
) -> Result<Standing, ClientError> {
    let said = polls::said(node, &[sent.signature], true, doing).await?;
    let said = said.into_iter().next().ok_or_else(|| ClientError::Answer("no status for one asked".into()))?;
    let found = judge(said, sent.last_valid, commitment);
    if found == Standing::Expired {
        let valid = node.is_blockhash_valid(&sent.blockhash, CommitmentConfig::processed()).await;
        if valid.map_err(ClientError::rpc(doing))? {
            return Ok(Standing::Open(sent.last_valid));
        }
    }
    Ok(found)
}

/// Judges a status. A success or a failure counts when it has reached the commitment. A missing status means that the transaction has
/// expired only if the node has `seen` the slot of a tip beyond `last_valid`; a node that lags behind may not know it yet.
fn judge(said: Said, last_valid: u64, commitment: CommitmentConfig) -> Standing {
    let Said { tip, seen, status } = said;
    match status {
        Some(known) if known.satisfies(commitment) => {
            known.error.map_or(Standing::Confirmed(known.slot), Standing::Failed)
        }
        None if tip.height > last_valid && seen >= tip.slot => Standing::Expired,
        _ => Standing::Open(tip.height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::polls::{Status, Tip};

    const TIP: Tip = Tip { slot: 1_000, height: 900 };
    const CONFIRMED: CommitmentConfig = CommitmentConfig::confirmed();

    fn judged(last_valid: u64, seen: u64, status: Option<Status>) -> Standing {
        judge(Said { tip: TIP, seen, status }, last_valid, CONFIRMED)
    }

    fn status(is_final: bool, error: Option<TransactionError>) -> Option<Status> {
        Some(Status { slot: 990, error, reached: [true, is_final, false] })
    }

    #[test]
    fn a_missing_status_means_expired_only_on_a_node_that_has_seen_the_tip() {
        assert_eq!(judged(899, 1_000, None), Standing::Expired);
        assert_eq!(judged(899, 999, None), Standing::Open(900), "the node that answers lags behind");
        assert_eq!(judged(900, 2_000, None), Standing::Open(900), "the transaction can still land");
    }

    #[test]
    fn success_and_failure_count_when_they_are_final() {
        let failure = || Some(TransactionError::AccountNotFound);
        assert_eq!(judged(899, 1_000, status(true, None)), Standing::Confirmed(990));
        assert_eq!(judged(899, 1_000, status(true, failure())), Standing::Failed(TransactionError::AccountNotFound));
        for open in [None, failure()] {
            assert_eq!(judged(899, 1_000, status(false, open)), Standing::Open(900));
        }
        let finalized =
            judge(Said { tip: TIP, seen: 1_000, status: status(true, None) }, 899, CommitmentConfig::finalized());
        assert_eq!(finalized, Standing::Open(900), "it is not final");
    }
}
