//! One request for the statuses of all transactions that are waited for at a moment, whatever their number.

use super::{ClientError, RpcClient};
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client_api::client_error::TransactionError;
use solana_signature::Signature;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Mutex as Turn, oneshot},
    time::{Instant, sleep_until},
};

/// Most signatures of one request.
const MOST: usize = 256;
/// Shortest time between two requests. Whoever asks alone asks less often, and waits for nothing.
const APART: Duration = Duration::from_millis(50);

/// Slot and block height of the chain before the status was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tip {
    pub slot: u64,
    pub height: u64,
}

/// The status of a transaction that a node knows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Status {
    /// Its slot.
    pub slot: u64,
    /// Its error.
    pub error: Option<TransactionError>,
    /// Whether it has reached the commitments of [`COMMITMENTS`].
    pub reached: [bool; 3],
}

/// All commitments, the weakest first.
const COMMITMENTS: [CommitmentConfig; 3] =
    [CommitmentConfig::processed(), CommitmentConfig::confirmed(), CommitmentConfig::finalized()];

impl Status {
    /// Whether the transaction has reached a commitment.
    pub fn satisfies(&self, commitment: CommitmentConfig) -> bool {
        COMMITMENTS.iter().zip(self.reached).any(|(known, reached)| *known == commitment && reached)
    }
}

/// What a node says of a transaction.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// The tip before it was asked.
    pub tip: Tip,
    /// Slot that the node had seen when it answered.
    pub seen: u64,
    /// The status, if it knows one.
    pub status: Option<Status>,
}

type Waiting = Vec<(Signature, oneshot::Sender<Result<Said, ClientError>>)>;

/// Those who wait for a status. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Polls {
    waiting: Arc<Mutex<Waiting>>,
    /// Held by whoever asks for all; when it was asked last.
    turn: Arc<Turn<Option<Instant>>>,
    /// Whether the nodes' history is searched, too.
    history: bool,
}

impl Polls {
    /// Those who wait for transactions that may no longer be in the nodes' status cache.
    pub fn of_history() -> Self {
        Self { history: true, ..Self::default() }
    }

    /// Returns what a node says of a transaction now. It is asked for all transactions that wait at that moment.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] when the network does not answer, [`ClientError::Ended`] when it did not answer somebody else who asked for this one, too.
    pub async fn ask(&self, rpc: &RpcClient, signature: Signature, doing: &str) -> Result<Said, ClientError> {
        loop {
            let (tell, mut told) = oneshot::channel();
            self.lock().push((signature, tell));
            let answer = tokio::select! {
                biased;
                answer = &mut told => answer.ok(),
                mut last = self.turn.lock() => {
                    if let Some(last) = *last {
                        sleep_until(last + APART).await;
                    }
                    self.take_turn(rpc, doing).await;
                    *last = Some(Instant::now());
                    told.try_recv().ok()
                }
            };
            // Whoever had the turn may have been dropped in the middle, and may have had too many to ask for; then it is asked again.
            if let Some(answer) = answer {
                return answer;
            }
        }
    }

    /// Asks for all that wait, and tells each of them.
    async fn take_turn(&self, rpc: &RpcClient, doing: &str) {
        let all = {
            let mut waiting = self.lock();
            waiting.retain(|(_, tell)| !tell.is_closed());
            let taken = waiting.len().min(MOST);
            waiting.drain(..taken).collect::<Waiting>()
        };
        if all.is_empty() {
            // Whoever had the turn before has asked for it.
            return;
        }
        let signatures: Vec<Signature> = all.iter().map(|(signature, _)| *signature).collect();
        // Nobody listens any more to a sender whose waiting has been dropped.
        match said(rpc, &signatures, self.history, doing).await {
            Ok(answers) => {
                for ((_, tell), answer) in all.into_iter().zip(answers) {
                    let _ = tell.send(Ok(answer));
                }
            }
            Err(error) => tell_all(all.into_iter().map(|(_, tell)| tell), error),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells all who have waited for an answer why there is none.
pub(super) fn tell_all<T>(all: impl Iterator<Item = oneshot::Sender<Result<T, ClientError>>>, error: ClientError) {
    let (words, is_passing) = (error.to_string(), error.is_passing());
    let mut first = Some(error);
    for tell in all {
        let copy = || match is_passing {
            true => ClientError::Ended(words.clone()),
            false => ClientError::Answer(words.clone()),
        };
        // Nobody listens any more to a sender whose waiting has been dropped.
        let _ = tell.send(Err(first.take().unwrap_or_else(copy)));
    }
}

/// What a node says of transactions, in their order.
pub(super) async fn said(
    rpc: &RpcClient,
    signatures: &[Signature],
    history: bool,
    doing: &str,
) -> Result<Vec<Said>, ClientError> {
    // The tip is read before the statuses: a missing status is judged at the height of the tip.
    let info = rpc.get_epoch_info_with_commitment(CommitmentConfig::confirmed()).await;
    let info = info.map_err(ClientError::rpc(doing))?;
    let tip = Tip { slot: info.absolute_slot, height: info.block_height };
    let answer = match history {
        true => rpc.get_signature_statuses_with_history(signatures).await,
        false => rpc.get_signature_statuses(signatures).await,
    };
    let answer = answer.map_err(ClientError::rpc(doing))?;
    if answer.value.len() != signatures.len() {
        return Err(ClientError::Answer(format!("{} statuses for {} asked", answer.value.len(), signatures.len())));
    }
    let seen = answer.context.slot;
    let said = answer.value.into_iter().map(|status| {
        let status = status.map(|status| Status {
            slot: status.slot,
            reached: COMMITMENTS.map(|commitment| status.satisfies_commitment(commitment)),
            error: status.err,
        });
        Said { tip, seen, status }
    });
    Ok(said.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use solana_rpc_client::{
        rpc_client::RpcClientConfig,
        rpc_sender::{RpcSender, RpcTransportStats},
    };
    use solana_rpc_client_api::{
        client_error::{Error, ErrorKind, Result as Answered},
        request::RpcRequest,
    };
    use std::{
        io,
        pin::Pin,
        sync::atomic::{AtomicUsize, Ordering},
    };

    /// A node that takes its time, counts, and knows transactions whose signature begins with an even byte. It is silent for so many requests.
    #[derive(Default)]
    struct Node {
        asked: AtomicUsize,
        silent: AtomicUsize,
    }

    impl Node {
        async fn answer(&self, request: RpcRequest, params: Value) -> Answered<Value> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(10)).await;
            if self.silent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                return Err(Error::from(ErrorKind::from(io::Error::other("gone"))));
            }
            Ok(match request {
                RpcRequest::GetEpochInfo => {
                    json!({ "absoluteSlot": 70, "blockHeight": 60, "epoch": 1, "slotIndex": 1, "slotsInEpoch": 9, "transactionCount": 5 })
                }
                _ => {
                    let signatures = params[0].as_array().expect("signatures").iter();
                    let known = signatures.map(|signature| {
                        let signature: Signature = signature.as_str().expect("text").parse().expect("a signature");
                        let status = json!({ "slot": signature.as_ref()[1], "confirmations": 1, "err": null, "status": { "Ok": null }, "confirmationStatus": "confirmed" });
                        if signature.as_ref()[0] % 2 == 0 { status } else { Value::Null }
                    });
                    json!({ "context": { "slot": 71 }, "value": known.collect::<Vec<_>>() })
                }
            })
        }
    }

    struct Sender(Arc<Node>);

    impl RpcSender for Sender {
        fn send<'s, 'f>(
            &'s self,
            request: RpcRequest,
            params: Value,
        ) -> Pin<Box<dyn Future<Output = Answered<Value>> + Send + 'f>>
        where
            's: 'f,
            Self: 'f,
        {
            Box::pin(self.0.answer(request, params))
        }

        fn get_transport_stats(&self) -> RpcTransportStats {
            RpcTransportStats::default()
        }

        fn url(&self) -> String {
            String::new()
        }
    }

    fn network() -> (Arc<Node>, Arc<RpcClient>, Polls) {
        let node = Arc::new(Node::default());
        let config = RpcClientConfig::with_commitment(CommitmentConfig::confirmed());
        (node.clone(), Arc::new(RpcClient::new_sender(Sender(node), config)), Polls::default())
    }

    fn signature(number: u16) -> Signature {
        let mut bytes = [7; 64];
        [bytes[0], bytes[1]] = number.to_le_bytes();
        Signature::from(bytes)
    }

    async fn all(rpc: &Arc<RpcClient>, polls: &Polls, number: u16) -> Vec<Result<Said, ClientError>> {
        let ask = |number| {
            let (rpc, polls) = (rpc.clone(), polls.clone());
            tokio::spawn(async move { polls.ask(&rpc, signature(number), "asking").await })
        };
        let asked: Vec<_> = (0..number).map(ask).collect();
        let mut said = Vec::new();
        for task in asked {
            said.push(task.await.expect("a task"));
        }
        said
    }

    #[tokio::test]
    async fn all_that_wait_are_asked_for_at_once_and_each_gets_its_own() {
        let (node, rpc, polls) = network();
        for (number, said) in (0..600).zip(all(&rpc, &polls, 600).await) {
            let said = said.expect("an answer");
            assert_eq!((said.tip, said.seen), (Tip { slot: 70, height: 60 }, 71));
            let known = said.status.map(|status| (status.slot, COMMITMENTS.map(|c| status.satisfies(c))));
            let [first, second] = u16::to_le_bytes(number);
            assert_eq!(known, (first % 2 == 0).then_some((second.into(), [true, true, false])), "{number}");
        }
        // Whoever came first may have asked alone; the others are three requests of 256 at most.
        let asked = node.asked.load(Ordering::Relaxed);
        assert!((6..=8).contains(&asked), "{asked} requests");
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_and_somebody_who_is_dropped_holds_up_nobody() {
        let (node, rpc, polls) = network();
        node.silent.store(1, Ordering::Relaxed);
        let failed = all(&rpc, &polls, 20).await.into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert!(!failed.is_empty() && failed.iter().all(ClientError::is_passing), "{failed:?}");
        // The one who has the turn goes away in the middle of its request.
        let (other, leaving) = (polls.clone(), rpc.clone());
        let leader = tokio::spawn(async move { other.ask(&leaving, signature(2), "asking").await.is_ok() });
        tokio::time::sleep(Duration::from_millis(1)).await;
        let (other, staying) = (polls.clone(), rpc.clone());
        let follower = tokio::spawn(async move { other.ask(&staying, signature(4), "asking").await.is_ok() });
        tokio::time::sleep(Duration::from_millis(55)).await;
        leader.abort();
        assert!(tokio::time::timeout(Duration::from_secs(5), follower).await.expect("in time").expect("a task"));
    }
}
