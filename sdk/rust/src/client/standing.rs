//! The status of a transaction, judged by one rule for sending and for recovery.

use super::{
    Client, ClientError,
    polls::{Said, Status, Tip},
};
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

/// How often a network has to say that a transaction has expired.
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
    /// Returns the status of a transaction. If `is_old`, the nodes' history is searched too, because the transaction may no longer be in
    /// their status cache. That it has expired is an answer only after several nodes, or one several times, have said so, with their
    /// history searched and the blockhash unknown by then.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] when the network does not answer; `doing` is part of its text.
    pub(super) async fn standing(
        &self,
        sent: &Sent,
        commitment: CommitmentConfig,
        is_old: bool,
        doing: &str,
    ) -> Result<Standing, ClientError> {
        for _ in 1..OPINIONS {
            let found = self.opinion(sent, commitment, is_old, doing).await?;
            if found != Standing::Expired {
                return Ok(found);
            }
            // The process may have been stopped for longer than nodes keep their cache.
            if let found @ (Standing::Confirmed(_) | Standing::Failed(_) | Standing::Open(_)) =
                self.opinion(sent, commitment, true, doing).await?
            {
                return Ok(found);
            }
            let valid = self.rpc().is_blockhash_valid(&sent.blockhash, CommitmentConfig::processed()).await;
            if valid.map_err(ClientError::rpc(doing))? {
                return Ok(Standing::Open(sent.last_valid));
            }
        }
        self.opinion(sent, commitment, true, doing).await
    }

    /// What the node that is asked now says.
    async fn opinion(
        &self,
        sent: &Sent,
        commitment: CommitmentConfig,
        is_old: bool,
        doing: &str,
    ) -> Result<Standing, ClientError> {
        let polls = if is_old { &self.old_polls } else { &self.polls };
        let Said { tip, seen, status } = polls.ask(self.rpc(), sent.signature, doing).await?;
        Ok(judge(tip, sent.last_valid, seen, commitment, status))
    }
}

/// Judges a status. A success or a failure counts when it has reached the commitment. A missing status means that the transaction has
/// expired only if the node has `seen` the slot of a tip beyond `last_valid`; a node that lags behind may not know it yet.
fn judge(tip: Tip, last_valid: u64, seen: u64, commitment: CommitmentConfig, status: Option<Status>) -> Standing {
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

    const TIP: Tip = Tip { slot: 1_000, height: 900 };
    const CONFIRMED: CommitmentConfig = CommitmentConfig::confirmed();

    fn judged(last_valid: u64, seen: u64, status: Option<Status>) -> Standing {
        judge(TIP, last_valid, seen, CONFIRMED, status)
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
        let finalized = judge(TIP, 899, 1_000, CommitmentConfig::finalized(), status(true, None));
        assert_eq!(finalized, Standing::Open(900), "it is not final");
    }
}
