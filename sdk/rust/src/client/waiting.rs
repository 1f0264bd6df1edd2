//! Waiting for something that whoever comes first does: a fill, or the execution of a deposit.

use super::{ClientError, SendError, SendOptions};
use crate::{plan::PlanError, price::FeedId};
use std::time::{Duration, Instant};

/// How long a price may take after the time for it.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest sleep while the time has not come.
const NAP: Duration = Duration::from_secs(2);
/// How long the chain's clock may stand still, by the wall's, while a moment of it is waited for.
pub const CLOCK_WAIT: Duration = Duration::from_secs(20);

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
    /// The chain's clock does not move, so a moment that is waited for does not come.
    #[error("the chain's clock has stood still at {now} for {waited} s, and {due} is waited for, {} s later", due.saturating_sub(*now))]
    ClockStands {
        /// What the clock shows, unix seconds.
        now: i64,
        /// The moment that is waited for, unix seconds.
        due: i64,
        /// How long it has not moved, seconds of the wall clock.
        waited: u64,
    },
}

impl FillError {
    /// Tells whether the network has failed to answer, so that trying again may help. A fill cannot happen twice.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Client(error) | Self::Send(SendError::Client(error)) => error.is_passing(),
            Self::Send(SendError::Expired(_)) | Self::ClockStands { .. } => true,
            _ => false,
        }
    }

    /// Tells whether the program refuses, or would refuse, with the error of this name.
    pub(super) fn is_refused_with(&self, name: &str) -> bool {
        let refusal = match self {
            Self::Plan(error) => error.refusal(),
            Self::Send(error) => error.refusal(),
            _ => None,
        };
        refusal.is_some_and(|refusal| refusal.is(name))
    }
}

/// What came of one attempt.
pub(super) enum Tried<T> {
    /// It is over.
    Ended(T),
    /// The node has not seen what is waited for.
    Behind,
    /// Its time has not come.
    Early {
        /// What the chain's clock shows, unix seconds.
        now: i64,
        /// Its time, unix seconds.
        due: i64,
    },
    /// The first price after a moment has not been posted.
    NoPrice {
        /// What the chain's clock shows, unix seconds.
        now: i64,
        /// The moment, unix seconds.
        moment: i64,
    },
    /// The price of a volatility sample that has to be taken before has not been posted.
    NoSample {
        /// What the chain's clock shows, unix seconds.
        now: i64,
        /// The grid time of the sample, unix seconds.
        moment: i64,
        /// The feed.
        feed: FeedId,
    },
    /// Something that stood in the way has been done.
    Again,
}

/// A watch over the chain's clock: moments of the chain are waited for by that clock, and only for as long as it moves.
#[derive(Debug)]
pub struct ClockWatch {
    patience: Duration,
    /// What the clock showed when it was last seen to move, and when that was.
    moved: Option<(i64, Instant)>,
}

impl Default for ClockWatch {
    /// One that waits for [`CLOCK_WAIT`].
    fn default() -> Self {
        Self::new(CLOCK_WAIT)
    }
}

impl ClockWatch {
    /// Makes one that lets the clock stand still for so long by the wall's.
    pub const fn new(patience: Duration) -> Self {
        Self { patience, moved: None }
    }

    /// Notes what the chain's clock shows, unix seconds, while `due` is waited for.
    ///
    /// # Errors
    /// [`FillError::ClockStands`] when it has not moved for as long as this is patient.
    pub fn check(&mut self, now: i64, due: i64) -> Result<(), FillError> {
        let (then, since) = *self.moved.get_or_insert_with(|| (now, Instant::now()));
        // Nodes behind one address may differ: only what is later moves the clock.
        if now > then {
            self.moved = Some((now, Instant::now()));
            return Ok(());
        }
        let waited = since.elapsed();
        if waited < self.patience { Ok(()) } else { Err(FillError::ClockStands { now, due, waited: waited.as_secs() }) }
    }
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
    clock: ClockWatch,
    /// Why this client has not posted the price itself, where it was to.
    pub own: Option<String>,
}

impl<'a> Waiting<'a> {
    pub fn new(options: &'a SendOptions, since: u64, patience: Duration) -> Self {
        Self {
            options,
            since,
            patience,
            silent_since: None,
            priceless_since: None,
            clock: ClockWatch::default(),
            own: None,
        }
    }

    /// How long a price has been waited for.
    pub fn priceless(&mut self) -> Duration {
        self.priceless_since.get_or_insert_with(Instant::now).elapsed()
    }

    /// Returns what an attempt has ended with, or `None` when the next one can be made.
    ///
    /// # Errors
    /// The error of the attempt, unless it is a passing one and the time for it is not over; `NoPrice` when none has come in half a minute; `ClockStands` when the chain's clock
    /// does not come to the time.
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
            Ok(Tried::NoPrice { now, moment } | Tried::NoSample { now, moment, .. }) => {
                self.silent_since = None;
                if now <= moment {
                    self.clock.check(now, moment.saturating_add(1))?;
                }
                let waited = self.priceless();
                if waited > self.patience {
                    return Err(FillError::NoPrice { moment, waited: waited.as_secs(), own: self.own.take() });
                }
            }
            Ok(Tried::Early { now, due }) => {
                (self.silent_since, self.priceless_since) = (None, None);
                self.clock.check(now, due)?;
                nap = nap.max(NAP.min(Duration::from_secs(due.abs_diff(now)) / 2));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_still_ends_the_waiting_and_one_that_moves_does_not() {
        let nap = || std::thread::sleep(Duration::from_millis(15));
        let mut watch = ClockWatch::new(Duration::from_millis(40));
        for now in 100..106 {
            assert!(watch.check(now, 200).is_ok(), "it moves, however slowly");
            nap();
        }
        // Other nodes are behind, which does not move it.
        assert!(watch.check(103, 200).is_ok());
        nap();
        nap();
        let Err(stands) = watch.check(104, 200) else { panic!("it stands still") };
        assert!(matches!(stands, FillError::ClockStands { now: 104, due: 200, .. }) && stands.is_passing());
        assert!(stands.to_string().contains("and 200 is waited for, 96 s later"), "{stands}");
        assert!(watch.check(106, 200).is_ok(), "until it goes on");
    }
}
