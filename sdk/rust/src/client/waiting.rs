//! Waiting for something that whoever comes first does: a fill, or the execution of a deposit.

use super::{ClientError, SendError, SendOptions};
use crate::plan::PlanError;
use std::time::{Duration, Instant};

/// How long a price may take after the time for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// The longest sleep while the time has not come.
const NAP: Duration = Duration::from_secs(2);

/// Reason why a commitment was not filled, or a deposit of liquidity not executed.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// The network did not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The program would refuse to fill it.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The transaction was not confirmed.
    #[error(transparent)]
    Send(#[from] SendError),
    /// Nobody has posted the price that fills it.
    #[error("no price published first after {moment} was posted within {waited} s{}", own.as_ref().map(|why| format!("; posting it here failed: {why}")).unwrap_or_default())]
    NoPrice {
        /// The moment after which the price was published, unix seconds.
        moment: i64,
        /// How long this client has waited, seconds.
        waited: u64,
        /// Why this client has not posted it itself, where it was to.
        own: Option<String>,
    },
}

impl FillError {
    /// Tells whether the network has failed to answer, so that trying again may help. A fill cannot happen twice.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Client(error) | Self::Send(SendError::Client(error)) => error.is_passing(),
            Self::Send(SendError::Expired(_)) => true,
            _ => false,
        }
    }
}

/// What came of one attempt.
pub(super) enum Tried<T> {
    /// It is over.
    Ended(T),
    /// The node has not seen what is waited for.
    Behind,
    /// Its time comes in so many seconds of the chain.
    Early(i64),
    /// The first price after this moment has not been posted.
    NoPrice(i64),
    /// Something that stood in the way has been done.
    Again,
}

/// For how long what has been waited.
pub(super) struct Waiting<'a> {
    options: &'a SendOptions,
    /// Slot that a node has to have seen.
    since: u64,
    /// How long a price may take.
    patience: Duration,
    silent_since: Option<Instant>,
    priceless_since: Option<Instant>,
    /// Why this client has not posted the price itself, where it was to.
    pub own: Option<String>,
}

impl<'a> Waiting<'a> {
    pub const fn new(options: &'a SendOptions, since: u64, patience: Duration) -> Self {
        Self { options, since, patience, silent_since: None, priceless_since: None, own: None }
    }

    /// How long a price has been waited for.
    pub fn priceless(&mut self) -> Duration {
        self.priceless_since.get_or_insert_with(Instant::now).elapsed()
    }

    /// Returns what an attempt has ended with, or `None` when the next one can be made.
    ///
    /// # Errors
    /// The error of the attempt, unless it is a passing one and the time for it is not over; `NoPrice` when none has come in half a minute.
    pub async fn after<T>(&mut self, tried: Result<Tried<T>, FillError>) -> Result<Option<T>, FillError> {
        let mut nap = self.options.poll;
        match tried {
            Ok(Tried::Ended(done)) => return Ok(Some(done)),
            // A node that stays behind is as good as none.
            Ok(Tried::Behind) => {
                if self.is_silent_for_too_long() {
                    let behind = format!("the node has not seen slot {} yet", self.since);
                    return Err(ClientError::Answer(behind).into());
                }
            }
            // What is sent is sent: a network that does not answer is asked again.
            Err(error) if error.is_passing() => {
                if self.is_silent_for_too_long() {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
            Ok(Tried::NoPrice(moment)) => {
                self.silent_since = None;
                let waited = self.priceless();
                if waited > self.patience {
                    return Err(FillError::NoPrice { moment, waited: waited.as_secs(), own: self.own.take() });
                }
            }
            Ok(Tried::Early(seconds)) => {
                (self.silent_since, self.priceless_since) = (None, None);
                nap = nap.max(NAP.min(Duration::from_secs(seconds.unsigned_abs()) / 2));
            }
            Ok(Tried::Again) => self.silent_since = None,
        }
        tokio::time::sleep(nap).await;
        Ok(None)
    }

    fn is_silent_for_too_long(&mut self) -> bool {
        self.silent_since.get_or_insert_with(Instant::now).elapsed() > self.options.deadline
    }
}
