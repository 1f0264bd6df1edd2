//! Decoding of the program's events from transaction logs.
//!
//! ```
//! use evergreen_sdk::{address::PROGRAM, events::{self, Event}};
//!
//! let logs = [format!("Program {PROGRAM} invoke [1]"), format!("Program {PROGRAM} success")];
//! for event in events::from_logs(&logs) {
//!     if let Event::Traded(trade) = event {
//!         println!("{}: {} units", trade.account, trade.net);
//!     }
//! }
//! // Data that is logged outside the program's own invocation is ignored.
//! assert!(events::from_logs(&["Program data: AAAA"]).is_empty());
//! assert!(events::is_truncated(&["Log truncated"]));
//! ```

use anchor_lang::{AnchorDeserialize, Discriminator};
use base64::{Engine, engine::general_purpose::STANDARD};
use evergreen::events;

macro_rules! event_types {
    ($($name:ident),* $(,)?) => {
        /// An event of the program.
        ///
        /// ```
        /// use evergreen_sdk::events::Event;
        ///
        /// /// Returns the sum of all fees, native units.
        /// fn fees(events: &[Event]) -> u64 {
        ///     let paid = events.iter().map(|event| match event {
        ///         Event::LegFilled(fill) => fill.fee,
        ///         _ => 0,
        ///     });
        ///     paid.sum()
        /// }
        /// assert_eq!(fees(&[]), 0);
        /// ```
        #[derive(Clone, Debug)]
        #[allow(missing_docs)]
        pub enum Event {
            $(
                #[doc = concat!("See [`events::", stringify!($name), "`].")]
                $name(events::$name),
            )*
        }

        impl Event {
            /// Decodes the bytes of one event; returns `None` for anything else.
            pub fn decode(data: &[u8]) -> Option<Self> {
                $(
                    if let Some(mut rest) = data.strip_prefix(events::$name::DISCRIMINATOR) {
                        return events::$name::deserialize(&mut rest).ok().map(Self::$name);
                    }
                )*
                None
            }
        }
    };
}

event_types! {
    ProtocolInitialized, PauseChanged, UnderlyingCreated, VolatilitySampled, SamplePassedOver, PoolCreated, MarginAccountOpened,
    MarginAccountClosed, DelegateChanged, MarginMoved, SeriesListed, SeriesRetired, NoticeGiven, SeriesExercised, FundingSettled,
    PositionSettled, LegFilled, Traded, Liquidated, BadDebtAbsorbed, DepositRequested, DepositReturned, LiquidityDeposited, WithdrawalRequested,
    WithdrawalCancelled, WithdrawalPassed, WithdrawalExecuted, LiquidityClaimed, SharesRenewed, RetiredRedeemed, InsuranceSwept, PaymentCut, PaymentOwed, FeesCollected, CuratorFeesCollected, FundingAccrued, PoolRefreshed,
    ProposalCreated, ProposalAnnounced, ProposalExecuted, ProposalCancelled, AdminAccepted, CuratorAccepted, PoolTightened, PoolHalted, BuybackAnnounced,
    VaultSynced, LossApplied, DistressChanged,
    OrderPlaced, TradeCommitted, CommitmentFilled, CommitmentCancelled, ArrearsCollected, SilenceReported, SeriesEnded, OrderExecuted, OrderCancelled, ReferralClaimed,
    AccountMigrated,
}

/// The line with which a network ends a log that it has cut off.
pub(crate) const TRUNCATED: &str = "Log truncated";

/// Tells whether a log is not whole, so that events may be missing: it says so itself, an invocation in it has no end, or it has data of the program that is no event which
/// this version knows. Networks keep 10,000 bytes of a transaction's log by default. The log of a trade of four legs fits; that of a transaction with a dozen instructions may not.
pub fn is_truncated<S: AsRef<str>>(logs: &[S]) -> bool {
    Read::of(logs).is_cut
}

/// Returns the program's events in a transaction's log, in order. Data that other programs have logged is left out: only lines
/// that are logged while the program itself runs count.
pub fn from_logs<S: AsRef<str>>(logs: &[S]) -> Vec<Event> {
    Read::of(logs).events
}

/// What a log tells.
pub(crate) struct Read {
    /// The program's events.
    pub events: Vec<Event>,
    /// Whether it is not whole.
    pub is_cut: bool,
}

impl Read {
    pub fn of<S: AsRef<str>>(logs: &[S]) -> Self {
        let program = crate::address::PROGRAM.to_string();
        let mut callers: Vec<bool> = Vec::new();
        let mut read = Self { events: Vec::new(), is_cut: false };
        for line in logs.iter().map(AsRef::as_ref) {
            if let Some(data) = line.strip_prefix("Program data: ") {
                if callers.last().copied().unwrap_or(false) {
                    let event = STANDARD.decode(data).ok().and_then(|bytes| Event::decode(&bytes));
                    read.is_cut |= event.is_none();
                    read.events.extend(event);
                }
                continue;
            }
            read.is_cut |= line == TRUNCATED;
            let mut words = line.split(' ');
            if words.next() != Some("Program") {
                continue;
            }
            match (words.next(), words.next()) {
                (Some(name), Some("invoke")) => callers.push(name == program),
                (Some(_), Some("success" | "failed:")) => {
                    callers.pop();
                }
                _ => {}
            }
        }
        read.is_cut |= !callers.is_empty();
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::{Event as _, prelude::Pubkey};

    #[test]
    fn an_event_is_decoded_from_its_bytes() {
        let pool = Pubkey::new_from_array([1; 32]);
        let kept = events::PoolHalted { pool, config_version: 3, by: pool }.data();
        assert!(matches!(Event::decode(&kept), Some(Event::PoolHalted(halted)) if halted.pool == pool));
        assert!(Event::decode(&kept[..7]).is_none());
    }

    #[test]
    fn a_truncated_log_is_recognized() {
        assert!(is_truncated(&["Program log: Instruction: Trade", "Log truncated"]));
        assert!(!is_truncated(&["Program log: Instruction: Trade"]));
        let program = crate::address::PROGRAM;
        let [begin, end] = [format!("Program {program} invoke [1]"), format!("Program {program} success")];
        assert!(!is_truncated(&[&begin, &end]));
        assert!(is_truncated(&[&begin]), "its end is missing");
        assert!(is_truncated(&[&begin, "Program data: AAAA", &end]), "no event is like that");
        assert!(!is_truncated(&["Program other invoke [1]", "Program data: AAAA", "Program other success"]));
    }
}
