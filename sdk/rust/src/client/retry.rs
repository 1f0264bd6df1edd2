//! Repetition of requests that a network has failed to answer.

use super::ClientError;
use solana_rpc_client_api::client_error::Error as RpcFailure;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Pauses before the second and the third attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(200)];

/// Makes a request up to three times, until the network answers; `doing` is part of an error's text. It is for reading only, never
/// for sending.
pub(super) async fn persistent<T, F>(doing: &str, ask: impl Fn() -> F) -> Result<T, ClientError>
where
    F: Future<Output = Result<T, RpcFailure>>,
{
    for pause in PAUSES {
        match ask().await.map_err(ClientError::rpc(doing)) {
            Err(error) if error.is_passing() => sleep(pause).await,
            answer => return answer,
        }
    }
    ask().await.map_err(ClientError::rpc(doing))
}

/// How long a network may fail to answer, or make no blocks, before the outcome of a transaction counts as unknown.
#[derive(Debug)]
pub(super) struct Deadline {
    most: Duration,
    silent_since: Option<Instant>,
    /// Last known block height, and the time at which it was reached.
    height: Option<(u64, Instant)>,
    /// Time since which the height is beyond the last one at which the transaction could land.
    overdue_since: Option<Instant>,
}

impl Deadline {
    pub(super) const fn new(most: Duration) -> Self {
        Self { most, silent_since: None, height: None, overdue_since: None }
    }

    /// Takes note that the network has answered at this block height, and that the outcome is open. Fails when the network has
    /// made no blocks for too long, or when the nodes report no outcome for too long after the transaction can no longer land.
    pub(super) fn heard(&mut self, height: u64, last_valid: u64) -> Result<(), ClientError> {
        self.silent_since = None;
        if height > last_valid && self.overdue_since.get_or_insert_with(Instant::now).elapsed() > self.most {
            return Err(ClientError::Overdue { height, last_valid });
        }
        match self.height {
            Some((known, since)) if known == height => {
                if since.elapsed() > self.most {
                    Err(ClientError::Standing { height })
                } else {
                    Ok(())
                }
            }
            _ => {
                self.height = Some((height, Instant::now()));
                Ok(())
            }
        }
    }

    /// Takes note that the network has not answered. Fails with `error` when it has not answered for too long.
    pub(super) fn missed(&mut self, error: ClientError) -> Result<(), ClientError> {
        let since = *self.silent_since.get_or_insert_with(Instant::now);
        if since.elapsed() > self.most { Err(error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_rpc_client_api::client_error::ErrorKind;
    use std::{cell::Cell, io};

    #[tokio::test]
    async fn the_deadline_ends_on_missing_answers_missing_blocks_and_missing_outcomes() {
        let most = Duration::from_millis(40);
        let missed = || ClientError::Ended("gone".into());
        let mut deadline = Deadline::new(most);
        assert!(deadline.missed(missed()).is_ok() && deadline.heard(7, 9).is_ok() && deadline.missed(missed()).is_ok());
        sleep(2 * most).await;
        let silent = deadline.missed(missed());
        assert!(matches!(&silent, Err(ClientError::Ended(why)) if why == "gone"), "silent for too long: {silent:?}");
        assert!(deadline.heard(8, 9).is_ok(), "the height has changed");
        sleep(2 * most).await;
        assert!(matches!(deadline.heard(8, 9), Err(ClientError::Standing { height: 8 })));
        assert!(deadline.heard(9, 9).is_ok() && deadline.heard(9, 9).is_ok());
        assert!(deadline.heard(10, 9).is_ok(), "the nodes have a moment to agree");
        sleep(2 * most).await;
        assert!(matches!(deadline.heard(11, 9), Err(ClientError::Overdue { height: 11, last_valid: 9 })));
    }

    #[tokio::test]
    async fn only_a_request_without_an_answer_is_repeated_and_at_most_twice() {
        let asked = Cell::new(0);
        let silence = || RpcFailure::from(ErrorKind::from(io::Error::other("gone")));
        let refusal = || RpcFailure::from(ErrorKind::Custom("no".into()));
        let ask = async |failures: u32, error: &dyn Fn() -> RpcFailure| {
            asked.set(0);
            let result = persistent("asking", || {
                asked.set(asked.get() + 1);
                std::future::ready(if asked.get() > failures { Ok(asked.get()) } else { Err(error()) })
            });
            (result.await.ok(), asked.get())
        };
        assert_eq!(ask(0, &silence).await, (Some(1), 1));
        assert_eq!(ask(2, &silence).await, (Some(3), 3));
        assert_eq!(ask(3, &silence).await, (None, 3));
        assert_eq!(ask(1, &refusal).await, (None, 1));
    }
}
