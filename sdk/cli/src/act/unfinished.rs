//! What interrupted commands have left in the journal.

use super::{journaled, own};
use crate::{
    carried::completed,
    context::Context,
    failure::{Stale, Unknown},
    output,
};
use anyhow::Result;
use evergreen_sdk::client::{Client, Interrupted, Journal, RecoveryMode, RecoveryOutcome, SendOptions};
use solana_signer::Signer;
use std::{
    mem::ManuallyDrop,
    ops::Deref,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How long after an interrupted command the same one counts as its repetition.
const REPETITION: Duration = Duration::from_secs(900);

/// An entry that an interrupted command has left. It stays in the journal until it is [told](Self::told).
pub struct Unfinished(ManuallyDrop<Interrupted>);

impl Deref for Unfinished {
    type Target = Interrupted;

    fn deref(&self) -> &Interrupted {
        &self.0
    }
}

impl Unfinished {
    /// Strikes the entry out, because its outcome has been told.
    pub fn told(self) {
        drop(ManuallyDrop::into_inner(self.0));
    }

    /// Whether it was done.
    pub fn is_done(&self) -> bool {
        matches!(self.outcome, RecoveryOutcome::Confirmed { .. })
    }

    /// Whether it was done so long ago that the same command is now more likely meant anew.
    fn is_stale(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.is_done() && now.saturating_sub(self.signed_at) > REPETITION.as_secs()
    }
}

/// Finds out what became of the transactions that interrupted runs of this same command had under way, and brings them to their end,
/// since they were confirmed and are asked for again. What belongs to another command is left for that one.
///
/// # Errors
/// [`Unknown`] where the number of one is taken and its record is gone, [`Stale`] where one was done long ago: nothing is sent, and the
/// same command once more does it anew. Failures of the network.
pub async fn interrupted(client: &Client, is_own: impl Fn(&str) -> bool) -> Result<Vec<Unfinished>> {
    let found = pursue(client, is_own).await?;
    let says = |one: &Unfinished| words(one);
    if let Some(taken) = found.iter().find(|one| one.outcome == RecoveryOutcome::Taken).map(says) {
        found.into_iter().for_each(Unfinished::told);
        return Err(Unknown::taken(taken).into());
    }
    if let Some(stale) = found.iter().find(|one| one.is_stale()).map(says) {
        found.into_iter().for_each(Unfinished::told);
        return Err(Stale(stale).into());
    }
    // What has failed is over, and its number is free for anything.
    let (failed, rest) =
        found.into_iter().partition::<Vec<_>, _>(|note| matches!(note.outcome, RecoveryOutcome::Failed(_)));
    failed.into_iter().for_each(Unfinished::told);
    Ok(rest)
}

/// Does what [`interrupted`] does, for something that may be done twice: nothing is refused.
///
/// # Errors
/// Failures of the network.
pub async fn pursue(client: &Client, is_own: impl Fn(&str) -> bool) -> Result<Vec<Unfinished>> {
    let mode_of = |of: &str| if is_own(of) { RecoveryMode::Resend } else { RecoveryMode::Leave };
    let options = SendOptions::default();
    let recovery = client.recover(&options, mode_of);
    let found = output::during("finding out what an interrupted command has done", recovery).await?;
    let found: Vec<Unfinished> = found.into_iter().map(|one| Unfinished(ManuallyDrop::new(one))).collect();
    for note in &found {
        output::aside(&completed(&words(note)));
    }
    Ok(found)
}

/// Ends what an interrupted run of this command has under way, for a command whose outcome the chain's state tells: one that moves all
/// there is, or opens something. It is planned anew after that, so that it ends with 0 only if the state is what was asked for.
///
/// # Errors
/// Failures of the network.
pub async fn settle(context: &Context, key: &(dyn Signer + Sync)) -> Result<()> {
    if !context.global.dry_run {
        let own = own(context, key);
        let found = pursue(&journaled(context)?, |label| label.ends_with(&own)).await?;
        found.into_iter().for_each(Unfinished::told);
    }
    Ok(())
}

/// Whether runs of this same command have left something in the journal of which nobody has been told what became of it.
pub fn leaves_untold(context: &Context) -> bool {
    let Ok(key) = context.keypair() else { return false };
    let own = own(context, &key);
    // A journal that is not there has nothing in it.
    let folder = context.state.join("journal");
    folder.exists()
        && Journal::open(folder)
            .is_ok_and(|journal| journal.has_abandoned(|label| label.contains(&own)).unwrap_or(true))
}

/// What a label says to people: which key has given the command, and how, is for the machine.
fn sentence(label: &str) -> &str {
    let what = label.split_once(" by `").map_or(label, |(what, _)| what);
    what.rsplit_once(" with ").map_or(what, |(what, _)| what)
}

/// The outcome, for people.
fn words(earlier: &Interrupted) -> String {
    let became = match &earlier.outcome {
        RecoveryOutcome::Confirmed { slot } => format!("was done, in slot {slot}"),
        RecoveryOutcome::Failed(error) => format!("failed: {error}"),
        RecoveryOutcome::Expired => "was not done and never will be".into(),
        RecoveryOutcome::Taken => "was done, or another command that took its number".into(),
        RecoveryOutcome::UnderWay => "may still be done in the next minute".into(),
    };
    format!("an interrupted command, {}, {became}: {}", sentence(&earlier.label), earlier.signature)
}
