//! From a plan to a transaction: show it, ask, send it, tell what came of it.

use crate::{
    context::Context,
    failure::Declined,
    output::{self, facts},
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::solana_program::instruction::Instruction,
    client::{Client, Interrupted, Journal, Outcome, RecoveryMode, SendOptions},
    events, instruction,
};
use serde::Serialize;
use solana_signer::Signer;
use std::io::{BufRead, IsTerminal, Write};

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

/// The outcome, for machines.
#[derive(Debug, Serialize)]
struct Receipt<'a, Q> {
    action: String,
    dry_run: bool,
    instructions: Vec<String>,
    quote: &'a Q,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compute_units: Option<u64>,
    events: Vec<String>,
    /// An interrupted run of the same command had done it; nothing was sent now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    done_before: bool,
}

impl<Q: Serialize> Submission<'_, Q> {
    /// Shows, asks, and sends with a key that pays and signs. Nothing is sent in a dry run, and where an interrupted run of the
    /// same command had done it without living to say so.
    ///
    /// # Errors
    /// Refusals of the program, failures of the network, [`Declined`].
    pub async fn perform(&self, context: &Context, key: &(dyn Signer + Sync)) -> Result<()> {
        let own = format!("with {} by `{}`", key.pubkey(), context.global.identity);
        self.perform_as(&own, context, key).await
    }

    /// The same for one of several submissions of a command: which one it is, its sentence says.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn perform_one(&self, context: &Context, key: &(dyn Signer + Sync)) -> Result<()> {
        let own = format!("with {} by `{}`: {}", key.pubkey(), context.global.identity, self.what);
        self.perform_as(&own, context, key).await
    }

    /// `own` tells the submission from all others: what was asked for, never what the network has answered.
    async fn perform_as(&self, own: &str, context: &Context, key: &(dyn Signer + Sync)) -> Result<()> {
        let instructions: Vec<String> = self.instructions.iter().map(name).collect();
        let json = context.global.json;
        if !json {
            println!("{}", self.shown);
        }
        let mut receipt = Receipt {
            action: self.what.clone(),
            dry_run: context.global.dry_run,
            instructions,
            quote: &self.quote,
            signature: None,
            slot: None,
            compute_units: None,
            events: Vec::new(),
            done_before: false,
        };
        if context.global.dry_run {
            let payer = key.pubkey();
            let simulated = context.client.simulate(&payer, self.instructions, &[]);
            let record = output::during("simulating", simulated).await?;
            receipt.compute_units = record.compute_units;
            receipt.events = events::from_logs(&record.logs).iter().map(event_name).collect();
            if json {
                output::print_json(&receipt)?;
            } else {
                println!("dry run, nothing was sent; it would work:");
                let rows = [
                    (" instructions", receipt.instructions.join(", ")),
                    (" events", receipt.events.join(", ")),
                    (" compute units", record.compute_units.unwrap_or_default().to_string()),
                ];
                println!("{}", facts(&rows));
            }
            return Ok(());
        }
        let label = format!("{} {own}", self.what);
        let journal = Journal::open(context.state.join("journal"))?;
        let client = context.client.clone().with_journal(journal).labelled(&label);
        for earlier in interrupted(&client, |of| of.ends_with(own)).await? {
            eprintln!("{}", words(&earlier));
            if let (Outcome::Confirmed { slot }, true) = (&earlier.outcome, earlier.label.ends_with(own)) {
                earlier.label.trim_end_matches(own).trim_end().clone_into(&mut receipt.action);
                receipt.signature = Some(earlier.signature.to_string());
                (receipt.slot, receipt.done_before) = (Some(*slot), true);
            }
        }
        if let (true, Some(signature)) = (receipt.done_before, &receipt.signature) {
            if json {
                output::print_json(&receipt)?;
            } else {
                println!("done before: {signature}; nothing was sent now, the same command again does it once more");
            }
            return Ok(());
        }
        if !context.global.yes {
            confirm(&self.what)?;
        }
        let options = SendOptions { priority: context.global.priority(), ..SendOptions::default() };
        let landed = output::during("sending", client.send(key, self.instructions, &[], &[], &options)).await?;
        receipt.signature = Some(landed.signature.to_string());
        receipt.slot = Some(landed.slot);
        receipt.compute_units = landed.record.as_ref().and_then(|record| record.compute_units);
        receipt.events = landed.events().iter().map(event_name).collect();
        if json {
            output::print_json(&receipt)?;
        } else {
            println!("done: {}", landed.signature);
        }
        Ok(())
    }
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
