//! A deposit of liquidity on its way, until its shares are minted or its tokens are given back.

use super::{Sent, Submission, options, own};
use crate::{context::Context, failure::advised, output};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{DepositRequest, Deposited, FillError, Filter},
    events::Event,
    evergreen::state::LiquidityRequest,
    instruction::PoolKeys,
};
use serde::Serialize;
use solana_signer::Signer;

/// Said of the dry run of a deposit.
const ONLY_SIMULATED: &str =
    "only the request was simulated: the price of the shares is published after it, so nobody knows it yet";

impl<Q: Serialize> Submission<'_, Q> {
    /// Pays a deposit in and has its shares minted; what came of it is told once it is known. Deposits that an interrupted run has left on their way
    /// are executed, too. A dry run only simulates the request.
    ///
    /// # Errors
    /// As [`Self::perform`]; a price that nobody has posted.
    pub async fn perform_deposit(
        &self,
        context: &Context,
        key: &(dyn Signer + Sync),
        (keys, request): (PoolKeys, Pubkey),
    ) -> Result<()> {
        let Sent { mut receipt, entries } = self.send(&own(context, key), context, key).await?;
        if context.global.dry_run {
            receipt.note = Some(ONLY_SIMULATED.into());
            return Sent { receipt, entries }.tell(context);
        }
        let filter = Filter { pool: Some(keys.pool), owner: Some(key.pubkey()) };
        let found = context.find_all::<LiquidityRequest>("reading deposits", filter).await?;
        let waiting = found.into_iter().filter(|(_, request)| request.deposit > 0).map(|(address, _)| address);
        let mut addresses: Vec<Pubkey> = waiting.filter(|address| *address != request).collect();
        if !receipt.done_before {
            addresses.push(request);
        }
        let since = receipt.slot.unwrap_or(0);
        let mut words = Vec::new();
        for request in addresses {
            let deposit = DepositRequest { keys, request, source: context.source(), since };
            let options = options(context);
            let finished = context.client.finish_deposit(key, &deposit, &options);
            let waiting = "waiting for the first price after the deposit";
            let done = output::during(waiting, finished).await.map_err(|error: FillError| {
                let next =
                    "`evergreen lp show` shows the deposit, and `evergreen lp claim` pays it back when it has lapsed";
                advised(format!("the tokens are paid in, and the shares not minted: {error}"), next)
            })?;
            words.push(told(&done));
        }
        receipt.note = (!words.is_empty()).then(|| words.join("\n"));
        Sent { receipt, entries }.tell(context)
    }
}

/// What came of a deposit.
fn told(done: &Deposited) -> String {
    let back = "its tokens are given back: `evergreen lp claim` pays them out";
    match done {
        Deposited::Here(confirmed) => {
            let minted = confirmed.events().iter().any(|event| matches!(event, Event::LiquidityDeposited(_)));
            let what = if minted { "the shares are minted" } else { back };
            format!("{what}: {}", confirmed.signature)
        }
        Deposited::Elsewhere => "the shares are minted; somebody else has sent the price".into(),
        Deposited::Returned(_) => back.into(),
    }
}
