//! The status of a transaction, judged by one rule for sending and for recovery.

use super::{Client, ClientError};
use solana_commitment_config::CommitmentConfig;
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

/// Slot and block height of the chain before the status was asked for.
#[derive(Clone, Copy, Debug)]
struct Tip {
    slot: u64,
    height: u64,
}

impl Client {
    /// Returns the status of a transaction that can land up to block height `last_valid`. If `is_old`, the nodes' history is
    /// searched too, because the transaction may no longer be in their status cache.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] when the network does not answer; `doing` is part of its text.
    pub(super) async fn standing(
        &self,
        signature: &Signature,
        last_valid: u64,
        commitment: CommitmentConfig,
        is_old: bool,
        doing: &str,
    ) -> Result<Standing, ClientError> {
        // The tip is read before the status: a missing status is judged at the height of the tip.
        let info = self.rpc().get_epoch_info_with_commitment(CommitmentConfig::confirmed()).await;
        let info = info.map_err(ClientError::rpc(doing))?;
        let tip = Tip { slot: info.absolute_slot, height: info.block_height };
        let statuses = if is_old {
            self.rpc().get_signature_statuses_with_history(&[*signature]).await
        } else {
            self.rpc().get_signature_statuses(&[*signature]).await
        };
        let answer = statuses.map_err(ClientError::rpc(doing))?;
        let status = answer.value.into_iter().next().flatten().map(|status| Status {
            is_final: status.satisfies_commitment(commitment),
            slot: status.slot,
            error: status.err,
        });
        Ok(judge(tip, last_valid, answer.context.slot, status))
    }
}

/// The status of a transaction that a node knows.
struct Status {
    /// Whether the transaction has reached the commitment.
    is_final: bool,
    slot: u64,
    error: Option<TransactionError>,
}

/// Judges a status. A success or a failure counts when it has reached the commitment. A missing status means that the transaction has
/// expired only if the node has `seen` the slot of a tip beyond `last_valid`; a node that lags behind may not know it yet.
fn judge(tip: Tip, last_valid: u64, seen: u64, status: Option<Status>) -> Standing {
    match status {
        Some(Status { is_final: true, slot, error: None }) => Standing::Confirmed(slot),
        Some(Status { is_final: true, error: Some(error), .. }) => Standing::Failed(error),
        None if tip.height > last_valid && seen >= tip.slot => Standing::Expired,
        _ => Standing::Open(tip.height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIP: Tip = Tip { slot: 1_000, height: 900 };

    const fn status(is_final: bool, error: Option<TransactionError>) -> Option<Status> {
        Some(Status { is_final, slot: 990, error })
    }

    #[test]
    fn a_missing_status_means_expired_only_on_a_node_that_has_seen_the_tip() {
        assert_eq!(judge(TIP, 899, 1_000, None), Standing::Expired);
        assert_eq!(judge(TIP, 899, 999, None), Standing::Open(900), "the node that answers lags behind");
        assert_eq!(judge(TIP, 900, 2_000, None), Standing::Open(900), "the transaction can still land");
    }

    #[test]
    fn success_and_failure_count_when_they_are_final() {
        let failure = || Some(TransactionError::AccountNotFound);
        assert_eq!(judge(TIP, 899, 1_000, status(true, None)), Standing::Confirmed(990));
        assert_eq!(
            judge(TIP, 899, 1_000, status(true, failure())),
            Standing::Failed(TransactionError::AccountNotFound)
        );
        for open in [None, failure()] {
            assert_eq!(judge(TIP, 899, 1_000, status(false, open)), Standing::Open(900));
        }
    }
}
