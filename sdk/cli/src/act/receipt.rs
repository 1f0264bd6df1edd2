//! What a command says about what it has done.

use super::{
    Entries, Trade, confirm_on,
    fill::{self as filling, Made},
    outcome::FillReport,
};
use crate::{
    carried::completed,
    context::Context,
    failure::{NotFilled, Unknown},
    output::{self, details},
};
use anyhow::Result;
use evergreen_sdk::client::{Interrupted, RecoveryOutcome};
use serde::Serialize;
use solana_signer::Signer;

/// Said of the dry run of a trade.
pub const ONLY_SIMULATED: &str =
    "only the commitment was simulated: the price that fills the trade is published after it, so nobody knows it yet";
/// Said of a trade that is committed only.
pub const ONLY_COMMITTED: &str = "the trade is committed and not filled: a keeper fills it, or `evergreen fill`; it lapses within \
     seconds, and then costs its bond, or where it only reduces twice the fee of the trade";

/// The outcome, for machines.
#[derive(Debug, Serialize)]
pub struct Receipt<'a, Q> {
    action: String,
    dry_run: bool,
    instructions: Vec<String>,
    /// What was planned; absent where an interrupted run had planned it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<&'a Q>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) slot: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compute_units: Option<u64>,
    pub(super) events: Vec<String>,
    /// The number that it has taken, which the chain compares; absent where it takes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<u64>,
    /// An interrupted run of the same command had done it; nothing was sent now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) done_before: bool,
    /// What the rest does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    /// What came of a committed trade, by the chain's events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<FillReport>,
}

impl<'a, Q: Serialize> Receipt<'a, Q> {
    /// A receipt of something that has not been done yet.
    pub const fn of(context: &Context, action: String, instructions: Vec<String>) -> Self {
        Self {
            action,
            dry_run: context.global.dry_run,
            instructions,
            quote: None,
            signature: None,
            slot: None,
            compute_units: None,
            events: Vec::new(),
            number: None,
            done_before: false,
            note: None,
            outcome: None,
        }
    }

    /// Notes that an interrupted run had done it, if it was done. `own` is the command's part of the label.
    pub(super) fn done_before(&mut self, earlier: &Interrupted, own: &str) {
        let RecoveryOutcome::Confirmed { slot } = &earlier.outcome else { return };
        self.action = earlier.label.split(own).next().unwrap_or_default().trim_end().to_owned();
        self.signature = Some(earlier.signature.to_string());
        (self.slot, self.done_before) = (Some(*slot), true);
    }

    /// Prints it.
    pub fn print(&self, context: &Context) -> Result<()> {
        output::print(context.global.json, self, || self.text())
    }

    /// For people.
    fn text(&self) -> String {
        let note = self.note.as_ref().map_or_else(String::new, |note| format!("\n{note}"));
        if self.dry_run {
            let rows = [
                (" instructions", self.instructions.join(", ")),
                (" events", self.events.join(", ")),
                (" compute units", self.compute_units.unwrap_or_default().to_string()),
            ];
            return format!("dry run, nothing was sent; it would work:\n{}{note}", details(&rows));
        }
        if let Some(outcome) = &self.outcome {
            return outcome.text();
        }
        let Some(signature) = self.signature.as_deref() else {
            return format!("done already, nothing was sent: {}", self.note.as_deref().unwrap_or_default());
        };
        if self.done_before {
            let words = "nothing was sent now, the same command again does it once more";
            return format!("done before: {signature}; {words}{note}");
        }
        format!("done: {signature}{note}")
    }

    /// Has the trade filled that was committed, and tells what came of it. The journal's entries of the commitment stay until that
    /// is known, so that the same command goes on here after an interruption; `again` says that it does.
    ///
    /// # Errors
    /// [`NotFilled`](crate::failure::NotFilled) where the trade has not come about; failures of the network.
    pub(super) async fn conclude(
        mut self,
        context: &Context,
        key: &(dyn Signer + Sync),
        trade: &Trade,
        entries: Entries,
        again: bool,
    ) -> Result<()> {
        if !context.global.json {
            let signature = self.signature.as_deref().unwrap_or_default();
            let when = if self.done_before { "committed before" } else { "committed" };
            // The trade goes on, whether anybody reads this or not.
            let _ = output::line(&format!("{when}: {signature}"));
        }
        let signature = self.signature.as_deref().and_then(|signature| signature.parse().ok());
        let commitment = signature.zip(self.slot).map(|(signature, slot)| Made { signature, slot });
        match filling::outcome(context, key, trade, commitment, again || self.done_before).await {
            Ok(outcome) => {
                self.outcome = Some(outcome);
                let told = self.tell(context);
                // A trade that was not filled is told by its error; what could not be printed is not told.
                if told.as_ref().err().is_none_or(|error| error.is::<NotFilled>()) {
                    entries.told();
                }
                told
            }
            Err(error) => Err(error.context(Unknown::committed(&self)?)),
        }
    }

    /// Tells the outcome: in the receipt if the trade was filled, otherwise in the error, with the receipt.
    ///
    /// # Errors
    /// [`NotFilled`](crate::failure::NotFilled).
    fn tell(&self, context: &Context) -> Result<()> {
        match self.outcome.as_ref().map(FillReport::check) {
            Some(Err(failure)) => Err(failure.with_receipt(serde_json::to_value(self)?).into()),
            _ => match self.print(context) {
                Err(error) => Err(error.context(Unknown::untold(self)?)),
                printed => printed,
            },
        }
    }

    /// Tells what came of a commitment that this command has not made.
    ///
    /// # Errors
    /// [`NotFilled`](crate::failure::NotFilled).
    pub fn tell_of(mut self, context: &Context, outcome: FillReport) -> Result<()> {
        self.outcome = Some(outcome);
        self.tell(context)
    }
}

/// Tells that the chain's state is already what a command asks for, so that nothing is sent.
///
/// # Errors
/// As [`output::print`].
pub fn already(context: &Context, action: String, note: String) -> Result<()> {
    let mut receipt = Receipt::<()>::of(context, action, Vec::new());
    (receipt.done_before, receipt.dry_run, receipt.note) = (true, false, Some(completed(&note)));
    receipt.print(context)
}

/// Asks, fills the commitment of an account, and tells what came of it.
///
/// # Errors
/// [`NotFilled`](crate::failure::NotFilled); failures of the network; [`Declined`](crate::failure::Declined).
pub async fn fill<Q: Serialize>(
    context: &Context,
    key: &(dyn Signer + Sync),
    trade: &Trade,
    what: &str,
    quote: &Q,
) -> Result<()> {
    if !context.global.yes {
        confirm_on(context, what)?;
    }
    let outcome = filling::outcome(context, key, trade, None, false).await?;
    let mut receipt = Receipt::of(context, what.to_owned(), vec!["FillTrade".into()]);
    receipt.quote = Some(quote);
    receipt.tell_of(context, outcome)
}
