//! Fills a commitment with a price that is posted in the same transaction.

use super::{TaskOutcome, Worker};
use crate::task::{PricedFill, Task};
use evergreen_sdk::client::{ClientError, FillError, FillPosting, FillRequest, Filled};
use solana_keypair::Keypair;
use std::time::Duration;

/// Number of the treasury account that the receiver's fee goes to, which the lookup tables have.
const TREASURY: u8 = 0;
/// How long it is tried. After that the price is posted by itself.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

impl Worker {
    /// Asks the service for the price and sends it with the fill.
    pub(super) async fn fill_with_price(&self, task: &Task, fill: &PricedFill) -> TaskOutcome {
        let Some(posting) = &self.posting else { return TaskOutcome::Needless };
        // The account of the price lives for the moment of the transaction.
        let account = Keypair::new();
        let request = FillPosting {
            service: &*posting.service,
            programs: posting.programs,
            account: &account,
            tables: &posting.tables,
            treasury: TREASURY,
            patience: Duration::ZERO,
        };
        let client = self.client.labelled(&task.key.to_string());
        let request = FillRequest {
            filler_account: fill.filler,
            posting: Some(&request),
            ..FillRequest::new(fill.keys, fill.account, &*self.source)
        };
        // What was sent is never left before its outcome is known: only an attempt that sends nothing ends with this patience.
        match client.fill_within(&*self.key, &request, &self.options, LONGEST_WAIT).await {
            Ok(Filled::Here(landed)) => {
                self.confirmed(&[fill.account, fill.keys.pool, fill.keys.registry], &landed).await
            }
            Ok(Filled::Elsewhere) => TaskOutcome::Elsewhere,
            Err(FillError::NoPrice { own, .. }) => {
                TaskOutcome::NoService(own.unwrap_or_else(|| "the price is not there yet".into()))
            }
            Err(error @ FillError::ClockStands { .. }) => TaskOutcome::Unanswered(error.to_string()),
            Err(FillError::Send(error)) => self.settled(error).await,
            Err(FillError::Client(error)) => unanswered(&error),
            Err(error) => TaskOutcome::Failed(error.to_string()),
        }
    }
}

fn unanswered(error: &ClientError) -> TaskOutcome {
    if error.is_passing() { TaskOutcome::Unanswered(error.to_string()) } else { TaskOutcome::Failed(error.to_string()) }
}
