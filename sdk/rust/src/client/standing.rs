//! Where a transaction stands, by one rule for sending and for recovery.

use super::{Client, ClientError};
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client_api::client_error::TransactionError;
use solana_signature::Signature;

/// What the network says of a transaction.
#[derive(Debug, PartialEq)]
pub(super) enum Standing {
    /// Nothing final, at this block height.
    Open(u64),
    /// It ran without an error, in this slot.
    Confirmed(u64),
    /// It ran and failed.
    Failed(TransactionError),
    /// It has not landed and never will.
    Expired,
}

/// Where the chain was before the status was asked for.
#[derive(Clone, Copy, Debug)]
struct Tip {
    slot: u64,
    height: u64,
}

impl Client {
    /// Where a transaction stands that can land up to block height `last_valid`. `is_old`: it may have left the nodes' memory.
    ///
    /// # Errors
    /// What the network fails to answer; `doing` is for the error's words.
    pub(super) async fn standing(
        &self,
        signature: &Signature,
        last_valid: u64,
        commitment: CommitmentConfig,
        is_old: bool,
        doing: &str,
    ) -> Result<Standing, ClientError> {
        // The tip before the status: what the status does not know then is judged at the tip's height.
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

/// What a node says of a transaction that it knows.
struct Status {
    /// Whether the commitment is reached.
    is_final: bool,
    slot: u64,
    error: Option<TransactionError>,
}

/// An outcome counts when it is final, a failure as well as a success. A status that is missing counts only from a node that has
/// `seen` the slot of the tip at which the transaction had expired: one that lags behind does not know yet.
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
    fn only_a_node_that_has_seen_the_end_says_that_it_has_expired() {
        assert_eq!(judge(TIP, 899, 1_000, None), Standing::Expired);
        assert_eq!(judge(TIP, 899, 999, None), Standing::Open(900), "the node that answers lags behind");
        assert_eq!(judge(TIP, 900, 2_000, None), Standing::Open(900), "it can land still");
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
