//! From a plan to a transaction: show it, ask, send it, tell what came of it.

mod fill;
mod outcome;
mod receipt;
mod resume;

pub use fill::Trade;
pub use outcome::reason;
pub use receipt::{Receipt, fill};
pub use resume::{Resumed, resume};

use crate::{context::Context, failure::Declined, output};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::solana_program::instruction::Instruction,
    client::{Client, Confirmed, Interrupted, Journal, Outcome, RecoveryMode, SendOptions},
    events, instruction,
};
use serde::Serialize;
use solana_signer::Signer;
use std::{
    io::{BufRead, IsTerminal, Write},
    mem::ManuallyDrop,
};

/// What a command is about to do.
pub struct Submission<'a, Q> {
    /// In a few words, as a question would end: "buy 0.1 BTC ...".
    pub what: String,
    /// For people, printed before the question.
    pub shown: String,
    /// For machines.
    pub quote: Q,
    /// To be sent in one transaction.
    pub instructions: &'a [Instruction],
}

/// What was sent, or would be, and the journal's entries of it.
struct Sent<'a, Q> {
    receipt: Receipt<'a, Q>,
    entries: Entries,
}

/// Entries of the journal whose outcome has not been reported yet: an interruption leaves them for the same command.
struct Entries {
    _landed: Option<Confirmed>,
    _earlier: Vec<Interrupted>,
}

/// The command's own part of a label: it tells its transactions from all others by what was asked for, never by what the network
/// has answered.
fn own(context: &Context, key: &(dyn Signer + Sync)) -> String {
    format!("with {} by `{}`", key.pubkey(), context.global.identity)
}

impl<Q: Serialize> Submission<'_, Q> {
    /// Shows, asks, and sends with a key that pays and signs. Nothing is sent in a dry run, and where an interrupted run of the
    /// same command had done it without living to say so.
    ///
    /// # Errors
    /// Refusals of the program, failures of the network, [`Declined`].
    pub async fn perform(&self, context: &Context, key: &(dyn Signer + Sync)) -> Result<()> {
        self.send(&own(context, key), context, key).await?.receipt.print(context)
    }

    /// The same for one of several submissions of a command: which one it is, its sentence says.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn perform_one(&self, context: &Context, key: &(dyn Signer + Sync)) -> Result<()> {
        self.send(&self.own_of_several(context, key), context, key).await?.receipt.print(context)
    }

    /// Commits a trade and has it filled; what came of it is told once it is known. A dry run only simulates the commitment.
    ///
    /// # Errors
    /// As [`Self::perform`]; [`NotFilled`](crate::failure::NotFilled) where the trade has not come about.
    pub async fn perform_trade(&self, context: &Context, key: &(dyn Signer + Sync), trade: &Trade) -> Result<()> {
        let own = if trade.one_of_several { self.own_of_several(context, key) } else { own(context, key) };
        let Sent { mut receipt, entries } = self.send(&own, context, key).await?;
        if context.global.dry_run || trade.commits_only {
            receipt.note = Some(if context.global.dry_run { receipt::ONLY_SIMULATED } else { receipt::ONLY_COMMITTED });
            return receipt.print(context);
        }
        receipt.conclude(context, key, trade, entries, false).await
    }

    fn own_of_several(&self, context: &Context, key: &(dyn Signer + Sync)) -> String {
        format!("{}: {}", own(context, key), self.what)
    }

    /// `own` tells the submission from all others.
    async fn send(&self, own: &str, context: &Context, key: &(dyn Signer + Sync)) -> Result<Sent<'_, Q>> {
        if !context.global.json {
            println!("{}", self.shown);
        }
        let mut receipt = Receipt::of(context, self.what.clone(), self.instructions.iter().map(name).collect());
        receipt.quote = Some(&self.quote);
        if context.global.dry_run {
            let payer = key.pubkey();
            let simulated = context.client.simulate(&payer, self.instructions, &[]);
            let record = output::during("simulating", simulated).await?;
            receipt.compute_units = record.compute_units;
            receipt.events = events::from_logs(&record.logs).iter().map(event_name).collect();
            return Ok(Sent { receipt, entries: Entries { _landed: None, _earlier: Vec::new() } });
        }
        let label = format!("{} {own}", self.what);
        let client = journaled(context)?.labelled(&label);
        let earlier = interrupted(&client, |of| of.ends_with(own)).await?;
        for earlier in &earlier {
            eprintln!("{}", words(earlier));
            if earlier.label.ends_with(own) {
                receipt.done_before(earlier, own);
            }
        }
        if receipt.done_before {
            return Ok(Sent { receipt, entries: Entries { _landed: None, _earlier: earlier } });
        }
        if !context.global.yes {
            confirm(&self.what)?;
        }
        let options = options(context);
        let landed = output::during("sending", client.send(key, self.instructions, &[], &[], &options)).await?;
        receipt.signature = Some(landed.signature.to_string());
        receipt.slot = Some(landed.slot);
        receipt.compute_units = landed.record.as_ref().and_then(|record| record.compute_units);
        receipt.events = landed.events().iter().map(event_name).collect();
        Ok(Sent { receipt, entries: Entries { _landed: Some(landed), _earlier: earlier } })
    }
}

impl Entries {
    /// Leaves the entries for the same command, since their outcome is not reported now.
    const fn keep(self) {
        let _ = ManuallyDrop::new(self);
    }
}

/// The client that notes in the journal what it has under way.
fn journaled(context: &Context) -> Result<Client> {
    Ok(context.client.clone().with_journal(Journal::open(context.state.join("journal"))?))
}

/// How transactions are sent.
fn options(context: &Context) -> SendOptions {
    SendOptions { priority: context.global.priority(), ..SendOptions::default() }
}

/// Finds out what became of transactions that interrupted commands had under way. One of this same command is brought to its
/// end, since it was confirmed and is asked for again.
pub async fn interrupted(client: &Client, is_own: impl Fn(&str) -> bool) -> Result<Vec<Interrupted>> {
    let pursuit = |of: &str| if is_own(of) { RecoveryMode::Resend } else { RecoveryMode::Look };
    let options = SendOptions::default();
    let found = client.recover(&options, pursuit);
    Ok(output::during("finding out what an interrupted command has done", found).await?)
}

/// The outcome, for people.
pub fn words(earlier: &Interrupted) -> String {
    let became = match &earlier.outcome {
        Outcome::Confirmed { slot } => format!("was done, in slot {slot}"),
        Outcome::Failed(error) => format!("failed: {error}"),
        Outcome::Expired => "was not done and never will be".into(),
        Outcome::UnderWay => "may still be done in the next minute".into(),
    };
    format!("an interrupted command, `{}`, {became}: {}", earlier.label, earlier.signature)
}

/// The name of an event.
pub fn event_name(event: &events::Event) -> String {
    let text = format!("{event:?}");
    text.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

/// Asks; no answer counts as no.
///
/// # Errors
/// [`Declined`].
pub fn confirm(what: &str) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(Declined.into());
    }
    eprint!("{what}? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Declined.into()) }
}

/// The name of an instruction of the program, or its program.
fn name(instruction: &Instruction) -> String {
    instruction::name(instruction).map_or_else(|| format!("of {}", instruction.program_id), str::to_owned)
}
