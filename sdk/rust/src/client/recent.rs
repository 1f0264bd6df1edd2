//! One recent blockhash for all transactions that are signed at a moment.

use super::{ClientError, RpcClient, retry::persistent};
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_signature::Signature;
use std::{
    collections::HashSet,
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};

/// How long a blockhash is shared: far less than the minute for which it is valid.
const SHARED: Duration = Duration::from_secs(2);

/// A blockhash, and the last block height at which a transaction over it can land.
type Told = (Hash, u64);

/// The last answer: when it was asked for, or when that failed, and why.
#[derive(Default)]
struct Known {
    told: Option<(Told, Instant)>,
    failed: Option<(String, Instant)>,
}

/// The blockhash that was asked for last. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Recent {
    known: Arc<Mutex<Known>>,
    /// What was signed over it.
    signed: Arc<std::sync::Mutex<(Hash, HashSet<Signature>)>>,
}

impl Recent {
    /// Returns a blockhash that was asked for within two seconds, or asks for one. Of several who ask at once one does, for all of them. `not` is one that must not be returned again for that reason alone.
    ///
    /// # Errors
    /// [`ClientError::Rpc`]; [`ClientError::Ended`] for those who have waited for somebody else's answer.
    pub async fn ask(&self, rpc: &RpcClient, not: Option<Hash>) -> Result<Told, ClientError> {
        let begun = Instant::now();
        let mut known = self.known.lock().await;
        if let Some((told, asked)) = known.told
            && asked.elapsed() < SHARED
            && (not != Some(told.0) || asked >= begun)
        {
            return Ok(told);
        }
        if let Some((words, failed)) = &known.failed
            && *failed >= begun
        {
            return Err(ClientError::Ended(words.clone()));
        }
        let asked = Instant::now();
        let ask = || rpc.get_latest_blockhash_with_commitment(CommitmentConfig::confirmed());
        let answer = persistent("asking for a blockhash", ask).await;
        match &answer {
            Ok(told) => known.told = Some((*told, asked)),
            Err(error) => known.failed = Some((error.to_string(), Instant::now())),
        }
        answer
    }

    /// Notes what is signed over a blockhash; `false` if the same was signed over it before, so that both would be one transaction.
    pub fn is_new(&self, hash: Hash, signature: Signature) -> bool {
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        if signed.0 != hash {
            *signed = (hash, HashSet::new());
        }
        signed.1.insert(signature)
    }
}
