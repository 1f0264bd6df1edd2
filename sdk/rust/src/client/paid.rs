//! One question for the priority fees paid lately, for all transactions that wait for it at a moment.

use super::{ClientError, RpcClient, polls::tell_all, retry::persistent};
use anchor_lang::prelude::Pubkey;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as Turn, oneshot};

/// Most addresses that the network accepts in one question.
const MOST: usize = 128;

type Waiting = Vec<(Vec<Pubkey>, oneshot::Sender<Result<Vec<u64>, ClientError>>)>;

/// Those who wait to be told what is paid. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Paid {
    waiting: Arc<Mutex<Waiting>>,
    /// Held by whoever asks for all.
    turn: Arc<Turn<()>>,
}

impl Paid {
    /// Returns the priority fees in recent blocks, micro-lamports per compute unit, of transactions that wrote to one of these accounts. While a question is under way others wait, and are asked for
    /// at once after it: then they are told what was paid for the accounts of any of them, which is not less than what was paid for their own.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] when the network does not answer, [`ClientError::Ended`] when it did not answer somebody else who asked for this one, too.
    pub async fn ask(&self, rpc: &RpcClient, mut written: Vec<Pubkey>) -> Result<Vec<u64>, ClientError> {
        written.sort_unstable();
        written.dedup();
        written.truncate(MOST);
        loop {
            let (tell, mut told) = oneshot::channel();
            self.lock().push((written.clone(), tell));
            let answer = tokio::select! {
                biased;
                answer = &mut told => answer.ok(),
                _turn = self.turn.lock() => {
                    self.take_turn(rpc).await;
                    told.try_recv().ok()
                }
            };
            // Whoever had the turn may have been dropped in the middle, and not all may have fitted into its question; then it is asked again.
            if let Some(answer) = answer {
                return answer;
            }
        }
    }

    /// Asks for those that have waited longest, as many as fit into one question, and tells each of them.
    async fn take_turn(&self, rpc: &RpcClient) {
        let mut accounts = Vec::new();
        let all: Waiting = {
            let mut waiting = self.lock();
            waiting.retain(|(_, tell)| !tell.is_closed());
            let mut taken = 0;
            for (written, _) in waiting.iter() {
                let new: Vec<Pubkey> = written.iter().filter(|account| !accounts.contains(*account)).copied().collect();
                if accounts.len() + new.len() > MOST {
                    break;
                }
                accounts.extend(new);
                taken += 1;
            }
            waiting.drain(..taken).collect()
        };
        if all.is_empty() {
            // Whoever had the turn before has asked for it.
            return;
        }
        let ask = || rpc.get_recent_prioritization_fees(&accounts);
        let answer = persistent("asking for recent priority fees", ask).await;
        match answer {
            Ok(recent) => {
                let paid: Vec<u64> = recent.iter().map(|slot| slot.prioritization_fee).collect();
                for (_, tell) in all {
                    // Nobody listens any more to a sender whose waiting has been dropped.
                    let _ = tell.send(Ok(paid.clone()));
                }
            }
            Err(error) => tell_all(all.into_iter().map(|(_, tell)| tell), error),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use solana_commitment_config::CommitmentConfig;
    use solana_rpc_client::{
        rpc_client::RpcClientConfig,
        rpc_sender::{RpcSender, RpcTransportStats},
    };
    use solana_rpc_client_api::{client_error::Result as Answered, request::RpcRequest};
    use std::{collections::BTreeSet, pin::Pin};
    use tokio::sync::Semaphore;

    /// A node that answers once it is let, and tells the largest first byte of the accounts that it is asked for.
    struct Node {
        let_go: Semaphore,
        asked: Mutex<Vec<BTreeSet<String>>>,
    }

    struct Sender(Arc<Node>);

    impl RpcSender for Sender {
        fn send<'s, 'f>(
            &'s self,
            _request: RpcRequest,
            params: Value,
        ) -> Pin<Box<dyn Future<Output = Answered<Value>> + Send + 'f>>
        where
            's: 'f,
            Self: 'f,
        {
            Box::pin(async move {
                let accounts: BTreeSet<String> = serde_json::from_value(params[0].clone()).expect("accounts");
                let of = |account: &String| account.parse::<Pubkey>().expect("an address").to_bytes()[0];
                let most = accounts.iter().map(of).max().expect("an account");
                self.0.asked.lock().expect("nobody panics").push(accounts);
                self.0.let_go.acquire().await.expect("it is open").forget();
                Ok(json!([{ "slot": 1, "prioritizationFee": 0 }, { "slot": 2, "prioritizationFee": most }]))
            })
        }

        fn get_transport_stats(&self) -> RpcTransportStats {
            RpcTransportStats::default()
        }

        fn url(&self) -> String {
            String::new()
        }
    }

    /// Ten accounts that one transaction writes to, and one that all write to.
    fn written(number: u8) -> Vec<Pubkey> {
        let own = (0..10).map(|place| Pubkey::new_from_array([[number, place]; 16].concat().try_into().expect("32")));
        own.chain([Pubkey::new_from_array([0; 32])]).collect()
    }

    #[tokio::test]
    async fn who_waits_while_others_are_asked_for_is_asked_for_with_the_rest() {
        let node = Arc::new(Node { let_go: Semaphore::new(0), asked: Mutex::default() });
        let config = RpcClientConfig::with_commitment(CommitmentConfig::confirmed());
        let rpc = Arc::new(RpcClient::new_sender(Sender(node.clone()), config));
        let paid = Paid::default();
        let ask = |number: u8| {
            let (rpc, paid) = (rpc.clone(), paid.clone());
            tokio::spawn(async move { paid.ask(&rpc, written(number)).await.expect("an answer") })
        };
        let count = || node.asked.lock().expect("nobody panics").len();
        let first = ask(1);
        while count() < 1 {
            tokio::task::yield_now().await;
        }
        let others: Vec<_> = (2..=31).map(ask).collect();
        // All of them wait for the first one.
        while paid.lock().len() < 30 {
            tokio::task::yield_now().await;
        }
        node.let_go.add_permits(100);
        assert_eq!(first.await.expect("a task"), [0, 1], "who asks alone is told of its own accounts");
        for (number, other) in (2..=31_u64).zip(others) {
            let told = other.await.expect("a task");
            assert!(told[1] >= number, "{told:?} for {number}");
        }
        let asked = node.asked.lock().expect("nobody panics").clone();
        // Twelve fit into one question, so thirty take three.
        assert_eq!(asked.iter().map(BTreeSet::len).collect::<Vec<_>>(), [11, 121, 121, 61]);
        let all: BTreeSet<String> = asked.into_iter().flatten().collect();
        let wanted: BTreeSet<String> = (1..=31).flat_map(written).map(|account| account.to_string()).collect();
        assert_eq!(all, wanted, "everybody was asked for");
    }
}
