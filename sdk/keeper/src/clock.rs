//! The chain's clock, carried on by the machine's clock for a few seconds.

use evergreen_sdk::client::{Client, ClientError};
use std::time::{Duration, Instant};

/// How long the last answer may be carried on by the machine's own clock.
const CARRIED: Duration = Duration::from_secs(5);

/// The last answer of the network, and when it came.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    last: Option<(i64, Instant)>,
}

impl Clock {
    /// Reads the clock, in unix seconds. An answer that is younger than `enough` is taken again. While the network does not answer, the last answer is
    /// carried on for a few seconds.
    pub async fn read(&mut self, client: &Client, enough: Duration) -> Result<i64, ClientError> {
        if let Some(then) = self.young(enough, Instant::now()) {
            return Ok(then);
        }
        let asked = client.clock().await.map(|clock| clock.value);
        self.take(asked, Instant::now())
    }

    /// The last answer, if it is younger than that. It is behind the chain's clock then, and never ahead.
    fn young(&self, enough: Duration, at: Instant) -> Option<i64> {
        let (then, since) = self.last?;
        (at.saturating_duration_since(since) < enough).then_some(then)
    }

    fn take(&mut self, asked: Result<i64, ClientError>, at: Instant) -> Result<i64, ClientError> {
        match (asked, self.last) {
            (Ok(now), _) => {
                self.last = Some((now, at));
                Ok(now)
            }
            (Err(error), Some((then, since))) => {
                let passed = at.saturating_duration_since(since);
                if passed > CARRIED { Err(error) } else { Ok(then.saturating_add_unsigned(passed.as_secs())) }
            }
            (Err(error), None) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_answer_is_taken_again() {
        let (mut clock, start, second) = (Clock::default(), Instant::now(), Duration::from_secs(1));
        assert_eq!(clock.young(second, start), None);
        assert_eq!(clock.take(Ok(1_000), start).ok(), Some(1_000));
        assert_eq!(clock.young(second, start + Duration::from_millis(999)), Some(1_000));
        assert_eq!(clock.young(second, start + second), None);
        assert_eq!(clock.young(Duration::ZERO, start), None);
    }

    #[test]
    fn a_silent_network_is_bridged_for_a_while() {
        let (mut clock, start) = (Clock::default(), Instant::now());
        let silence = || Err(ClientError::Answer("no answer".into()));
        let is_silent =
            |answer: Result<i64, ClientError>| matches!(answer, Err(ClientError::Answer(why)) if why == "no answer");
        assert!(is_silent(clock.take(silence(), start)), "a clock without any answer shows a time");
        assert_eq!(clock.take(Ok(1_000), start).ok(), Some(1_000));
        assert_eq!(clock.take(silence(), start + Duration::from_millis(2_900)).ok(), Some(1_002));
        assert!(is_silent(clock.take(silence(), start + CARRIED + Duration::from_millis(1))));
        assert_eq!(clock.take(Ok(1_004), start + Duration::from_secs(9)).ok(), Some(1_004));
    }
}
