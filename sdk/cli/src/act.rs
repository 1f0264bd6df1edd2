//! From a plan to a transaction: show it, ask, send it, tell what came of it.

mod deposit;
mod fill;
mod outcome;
mod quoted;
mod receipt;
mod resume;
mod unfinished;
mod wallet;

pub use deposit::told as finished;
pub use fill::{Trade, check_table};
pub use outcome::reason;
pub use quoted::QuotedTrade;
pub use receipt::{Receipt, already, fill};
pub use resume::{Resumed, resume};
pub use unfinished::{Unfinished, interrupted, leaves_untold, pursue, settle};

use crate::{
    context::Context,
    failure::{Declined, Precluded, Unknown, Usage},
    interrupts::{self, UnderWay},
    output,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::{Client, Confirmed, Journal, SendOptions},
    events, instruction,
};
use serde::Serialize;
use solana_signer::Signer;
use std::{
    io::{BufRead, IsTerminal, Write},
    mem::ManuallyDrop,
    time::{Duration, Instant},
};

/// How long a transfer waits for the number before its own.
const TURN: Duration = Duration::from_secs(60);
/// How often it asks.
const AGAIN: Duration = Duration::from_millis(400);

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

/// Entries of the journal whose outcome has not been reported yet. Only [`Self::told`] strikes them out: an interruption or an error,
/// wherever it comes, leaves them for the same command.
struct Entries {
    landed: ManuallyDrop<Option<Confirmed>>,
    earlier: Vec<Unfinished>,
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
        self.send(&own(context, key), context, key).await?.tell(context)
    }

    /// The same for one of several submissions of a command: which one it is, its sentence says.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn perform_one(&self, context: &Context, key: &(dyn Signer + Sync)) -> Result<()> {
        self.send(&self.own_of_several(context, key), context, key).await?.tell(context)
    }

    /// Commits a trade and has it filled; what came of it is told once it is known. A dry run only simulates the commitment.
    ///
    /// # Errors
    /// As [`Self::perform`]; [`NotFilled`](crate::failure::NotFilled) where the trade has not come about.
    pub async fn perform_trade(&self, context: &Context, key: &(dyn Signer + Sync), trade: &Trade) -> Result<()> {
        if !trade.commits_only {
            check_table(context, &[trade.keys.pool, trade.keys.registry]).await?;
        }
        let own = if trade.one_of_several { self.own_of_several(context, key) } else { own(context, key) };
        let Sent { mut receipt, entries } = self.send(&own, context, key).await?;
        if context.global.dry_run || trade.commits_only {
            let note = if context.global.dry_run { receipt::ONLY_SIMULATED } else { receipt::ONLY_COMMITTED };
            receipt.note = Some(note.into());
            return Sent { receipt, entries }.tell(context);
        }
        receipt.conclude(context, key, trade, entries, false).await
    }

    fn own_of_several(&self, context: &Context, key: &(dyn Signer + Sync)) -> String {
        format!("{}: {}", own(context, key), self.what)
    }

    /// `own` tells the submission from all others.
    async fn send(&self, own: &str, context: &Context, key: &(dyn Signer + Sync)) -> Result<Sent<'_, Q>> {
        if !context.global.json {
            output::line(&self.shown)?;
        }
        let mut receipt = Receipt::of(context, self.what.clone(), self.instructions.iter().map(name).collect());
        receipt.quote = Some(&self.quote);
        if context.global.dry_run {
            wallet::check(context, key.pubkey(), self.instructions).await?;
            let payer = key.pubkey();
            let simulated = context.client.simulate(&payer, self.instructions, &[]);
            let record = output::during("simulating", simulated).await?;
            receipt.compute_units = record.compute_units;
            receipt.events = events::from_logs(&record.logs).iter().map(event_name).collect();
            return Ok(Sent { receipt, entries: Entries::of(Vec::new()) });
        }
        let label = format!("{} {own}", self.what);
        let client = journaled(context)?.labelled(&label);
        let earlier = interrupted(&client, |of| of.ends_with(own)).await?;
        if let Some(place) = earlier.iter().position(Unfinished::is_done) {
            receipt.done_before(&earlier[place], own);
            return Ok(Sent { receipt, entries: Entries::of(earlier) });
        }
        wallet::check(context, key.pubkey(), self.instructions).await?;
        if !context.global.yes {
            confirm_on(context, &self.what)?;
        }
        let options = options(context);
        let instructions = numbered(context, &client, key, self.instructions, &earlier).await?;
        receipt.number = number_of(&instructions);
        interrupts::note(UnderWay::Sending(self.what.clone()));
        let landed = output::during("sending", client.send(key, &instructions, &[], &[], &options)).await;
        interrupts::note(match &landed {
            Ok(landed) => UnderWay::Confirmed(landed.signature.to_string()),
            Err(_) => UnderWay::Nothing,
        });
        let landed = landed?;
        receipt.signature = Some(landed.signature.to_string());
        receipt.slot = Some(landed.slot);
        receipt.compute_units = landed.record.as_ref().and_then(|record| record.compute_units);
        receipt.events = landed.events().iter().map(event_name).collect();
        Ok(Sent { receipt, entries: Entries { landed: ManuallyDrop::new(Some(landed)), earlier } })
    }
}

impl<Q: Serialize> Sent<'_, Q> {
    /// Prints the receipt. The journal keeps what could not be printed.
    fn tell(self, context: &Context) -> Result<()> {
        if let Err(error) = self.receipt.print(context) {
            // Nothing has to be found out again of what has not been done.
            return Err(if self.entries.is_empty() { error } else { error.context(Unknown::untold(&self.receipt)?) });
        }
        self.entries.told();
        Ok(())
    }
}

impl Entries {
    const fn of(earlier: Vec<Unfinished>) -> Self {
        Self { landed: ManuallyDrop::new(None), earlier }
    }

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.landed.is_none() && self.earlier.is_empty()
    }

    /// Strikes the entries out, because their outcome has been told.
    fn told(self) {
        drop(ManuallyDrop::into_inner(self.landed));
        interrupts::note(UnderWay::Nothing);
        self.earlier.into_iter().for_each(Unfinished::told);
    }
}

/// Puts a number in front of a transfer that has none of its own, so that the chain refuses its repetition. A transfer that an
/// interrupted run may have made has the number of that run: whatever the network says of it, it happens once.
async fn numbered(
    context: &Context,
    client: &Client,
    key: &(dyn Signer + Sync),
    instructions: &[Instruction],
    earlier: &[Unfinished],
) -> Result<Vec<Instruction>> {
    const TRANSFERS: [&str; 2] = ["DepositMargin", "WithdrawMargin"];
    const NUMBERED: [&str; 2] = ["CommitTrade", "PlaceOrder"];
    const REQUESTS: [&str; 2] = ["RequestDeposit", "RequestWithdrawal"];
    let mut all = instructions.to_vec();
    let names: Vec<_> = instructions.iter().filter_map(instruction::name).collect();
    if names.iter().any(|name| TRANSFERS.contains(name)) && !names.iter().any(|name| NUMBERED.contains(name)) {
        let me = key.pubkey();
        let number = match (earlier.iter().find_map(|one| one.number), context.global.take_number) {
            (Some(number), _) => number,
            (None, Some(number)) => {
                output::during("waiting for the number before", turn(client, &me, number)).await?;
                number
            }
            (None, None) => client.next_number(&me).await?,
        };
        all.insert(0, instruction::take_number(me, me, number));
    }
    // A request names its own number. Where an interrupted run has named another one, that one is taken again, which the chain refuses if that run has landed.
    let own = |request: &&Instruction| instruction::name(request).is_some_and(|name| REQUESTS.contains(&name));
    if let (Some(request), Some(number)) = (instructions.iter().find(own), earlier.iter().find_map(|one| one.number))
        && request.data.get(8..16) != Some(&number.to_le_bytes())
    {
        all.insert(0, instruction::take_number(key.pubkey(), key.pubkey(), number));
    }
    match (context.global.take_number, number_of(&all)) {
        (Some(_), None) => {
            Err(Usage("--number is for deposits, withdrawals, requests, trades and orders: this takes none".into())
                .into())
        }
        (Some(wanted), Some(next)) if wanted != next => {
            let message = format!("--number {wanted} is not the next one, which is {next}");
            let next = if wanted < next {
                "it was taken before, by this command or by another one: `evergreen history` tells; nothing was sent now".into()
            } else {
                format!("numbers are taken one after the other: --number {next}, or leave it away")
            };
            Err(Precluded::by("WrongNumber", message, next).into())
        }
        _ => Ok(all),
    }
}

/// Waits until the number of a transfer is the next one, while the command that takes the one before is still under way; no longer than a minute. A number that is
/// taken already is not waited for: the chain refuses it.
async fn turn(client: &Client, owner: &Pubkey, number: u64) -> Result<()> {
    let start = Instant::now();
    loop {
        let next = client.next_number(owner).await?;
        if next >= number {
            return Ok(());
        }
        if start.elapsed() > TURN {
            let message = format!("--number {number} is not the next one, which is {next}, {} s later", TURN.as_secs());
            let next = format!("numbers are taken one after the other: --number {next}, or leave it away");
            return Err(Precluded::by("WrongNumber", message, next).into());
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// The number that a transaction takes, if it takes one.
fn number_of(instructions: &[Instruction]) -> Option<u64> {
    const NUMBERED: [&str; 5] = ["TakeNumber", "CommitTrade", "PlaceOrder", "RequestDeposit", "RequestWithdrawal"];
    let takes = |one: &&Instruction| instruction::name(one).is_some_and(|name| NUMBERED.contains(&name));
    let first = instructions.iter().find(takes)?;
    Some(u64::from_le_bytes(first.data.get(8..16)?.try_into().ok()?))
}

/// The client that notes in the journal what it has under way.
fn journaled(context: &Context) -> Result<Client> {
    Ok(context.client.clone().with_journal(Journal::open(context.state.join("journal"))?))
}

/// How transactions are sent.
pub fn options(context: &Context) -> SendOptions {
    SendOptions { priority: context.global.priority(), ..SendOptions::default() }
}

/// The name of an event.
pub fn event_name(event: &events::Event) -> String {
    let text = format!("{event:?}");
    text.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

/// As [`confirm`], with the network on which it is done: a slip in the configuration must not spend on another one.
///
/// # Errors
/// [`Declined`].
pub fn confirm_on(context: &Context, what: &str) -> Result<()> {
    confirm(&format!("{what}, on {}", output::place(&context.url)))
}

/// Asks; no answer counts as no.
///
/// # Errors
/// [`Declined`].
pub fn confirm(what: &str) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(Declined.into());
    }
    let mut asked = std::io::stderr();
    write!(asked, "{what}? [y/N] ").and_then(|()| asked.flush())?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Declined.into()) }
}

/// The name of an instruction of the program, or its program.
fn name(instruction: &Instruction) -> String {
    instruction::name(instruction).map_or_else(|| format!("of {}", instruction.program_id), str::to_owned)
}
