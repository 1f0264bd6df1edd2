//! A deposit of liquidity on its way, until its shares are minted or its tokens are given back.

use super::{Sent, Submission, options, own};
use crate::{
    context::{Context, PoolContext},
    failure::{NotFilled, Unknown},
    output,
};
use anyhow::Result;
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{Confirmed, DepositRequest, Deposited, Filter},
    events::Event,
    evergreen::state::{LiquidityRequest, ShareClass},
};
use serde::Serialize;
use solana_signer::Signer;

/// Said of the dry run of a deposit.
const ONLY_SIMULATED: &str =
    "only the request was simulated: the shares are minted after the next full minute, so nobody knows their price yet";

impl<Q: Serialize> Submission<'_, Q> {
    /// Pays a deposit in and has its shares minted; what came of it is told once it is known. Deposits that an interrupted run has left on their way
    /// are executed, too. A dry run only simulates the request.
    ///
    /// # Errors
    /// As [`Self::perform`]; [`Unknown`] where nobody has posted a price, [`NotFilled`] where this deposit was given back.
    pub async fn perform_deposit(
        &self,
        context: &Context,
        key: &(dyn Signer + Sync),
        (pool, class, request): (&PoolContext, ShareClass, Pubkey),
    ) -> Result<()> {
        let Sent { mut receipt, entries } = self.send(&own(context, key), context, key).await?;
        if context.global.dry_run {
            receipt.note = Some(ONLY_SIMULATED.into());
            return Sent { receipt, entries }.tell(context);
        }
        let keys = *pool.keys();
        let filter = Filter { owner: Some(key.pubkey()), ..Filter::of_pool(keys.pool) };
        let found = context.find_all::<LiquidityRequest>("reading deposits", filter).await?;
        let waiting = found.into_iter().filter(|(_, request)| request.deposit > 0).map(|(address, _)| address);
        // What an interrupted run has paid in has the number of that run.
        let own = match receipt.done_before {
            true => entries.earlier.iter().filter(|note| note.is_done()).find_map(|note| note.number),
            false => None,
        };
        let request = own.map_or(request, |number| address::request(&keys.pool, class, &key.pubkey(), number));
        let mut addresses: Vec<Pubkey> = waiting.filter(|address| *address != request).collect();
        if !receipt.done_before || own.is_some() {
            addresses.push(request);
        }
        let since = receipt.slot.unwrap_or(0);
        let (mut words, mut failure) = (Vec::new(), None);
        // The first deposit of a class is executed in the transaction of its request.
        if let Some(minted) = entries.landed.as_ref().and_then(|landed| minted(pool, landed)) {
            addresses.retain(|address| *address != request);
            words.push(format!("{minted} at once"));
        }
        let unknown = Unknown::paid_in(&receipt)?;
        for address in addresses {
            let deposit = DepositRequest { keys, request: address, source: context.source(), since };
            let options = options(context);
            let finished = context.client.finish_deposit(key, &deposit, &options);
            let waiting = "waiting for the next full minute and its price";
            let done = output::during(waiting, finished)
                .await
                .map_err(|error| anyhow::Error::from(error).context(unknown.clone()))?;
            words.push(told(pool, &done));
            if address == request {
                failure = given_back(&done);
            }
        }
        receipt.note = (!words.is_empty()).then(|| words.join("\n"));
        if let Some(failure) = failure {
            entries.told();
            return Err(failure.with_receipt(serde_json::to_value(&receipt)?).into());
        }
        Sent { receipt, entries }.tell(context)
    }
}

impl<Q: Serialize> Submission<'_, Q> {
    /// Executes the first withdrawal of a queue. Where the queue has only gone on without it that is told by an error; `why` are the numbers of the plan.
    ///
    /// # Errors
    /// As [`Self::perform`]; [`NotFilled`] where nothing was executed.
    pub async fn perform_execution(
        &self,
        context: &Context,
        key: &(dyn Signer + Sync),
        why: Option<String>,
    ) -> Result<()> {
        let Sent { receipt, entries } = self.send(&own(context, key), context, key).await?;
        let has = |name: &str| receipt.events.iter().any(|event| event == name);
        if context.global.dry_run || !has("WithdrawalPassed") || has("WithdrawalExecuted") {
            return Sent { receipt, entries }.tell(context);
        }
        let why = why.unwrap_or_else(|| "its shares are worth less than the least that its owner takes".into());
        let next = "the queue has gone on without it, and nothing else was done: the same command again executes the next one, `evergreen lp withdrawals` shows the \
                    order; who takes too much cancels it and asks anew with a smaller --least";
        let failure = NotFilled::new(format!("nothing was executed, because {why}"), "Passed".into(), next);
        let failure = failure.with_receipt(serde_json::to_value(&receipt)?);
        entries.told();
        Err(failure.into())
    }
}

/// How many shares a transaction has minted for a deposit, if it has.
fn minted(pool: &PoolContext, confirmed: &Confirmed) -> Option<String> {
    confirmed.events().into_iter().find_map(|event| match event {
        Event::LiquidityDeposited(e) => Some(format!("{} shares are minted", pool.shares(e.shares))),
        _ => None,
    })
}

/// What came of a deposit.
pub fn told(pool: &PoolContext, done: &Deposited) -> String {
    let back = "its tokens are given back: `evergreen lp claim` pays them out";
    match done {
        Deposited::Here(confirmed) => {
            format!("{}: {}", minted(pool, confirmed).as_deref().unwrap_or(back), confirmed.signature)
        }
        Deposited::Elsewhere => "the shares are minted; somebody else has executed it: `evergreen lp show`".into(),
        Deposited::Returned(_) => back.into(),
    }
}

/// Why a deposit was given back, if it was.
fn given_back(done: &Deposited) -> Option<NotFilled> {
    let cause = match done {
        Deposited::Elsewhere => return None,
        Deposited::Returned(_) => "DepositReturned".to_owned(),
        Deposited::Here(confirmed) => confirmed.events().into_iter().find_map(|event| match event {
            Event::DepositReturned(returned) => Some(format!("{:?}", returned.reason)),
            _ => None,
        })?,
    };
    let next = "`evergreen lp claim` pays the tokens out; then deposit again";
    Some(NotFilled::new(format!("no shares were minted ({cause}): the tokens are given back"), cause, next))
}
