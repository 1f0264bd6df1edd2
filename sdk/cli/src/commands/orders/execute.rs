//! `evergreen orders execute`: anyone executes an order whose conditions hold.

use super::{Leg, Report, leg, report};
use crate::{act::Submission, amount::Amount, context::Context, failure::advised, output::facts};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::{MarginAccount, Order},
    instruction as build,
    quote::OrderResolution,
    strategy::Contract,
};
use serde::Serialize;
use solana_signer::Signer;

/// Which order.
#[derive(Args)]
pub struct Execute {
    /// Its number
    number: u64,
    /// Address of the margin account that it is of, as `evergreen account show` tells
    #[arg(long, value_name = "ACCOUNT")]
    of: Pubkey,
    /// Number of the keypair's own margin account, which gets the tip; opened if it is not there
    #[arg(long, default_value_t = 0)]
    account: u16,
}

#[derive(Serialize)]
struct Executed {
    #[serde(flatten)]
    order: Report,
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tip_to: Option<String>,
    /// Whether it is traded, or cancelled and why.
    outcome: String,
    /// Change of the account's cash if it is traded.
    #[serde(skip_serializing_if = "Option::is_none")]
    net: Option<Amount>,
    /// What the tip comes to for whoever executes it.
    reward: Amount,
}

impl Execute {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let Some(account) = context.find::<MarginAccount>(&self.of).await? else {
            let next = "`evergreen account show` tells the address of an account";
            return Err(advised(format!("there is no margin account {}", self.of), next));
        };
        let address = address::order(&self.of, self.number);
        let Some(order) = context.find::<Order>(&address).await? else {
            let message = format!("account {} has no open order {}", self.of, self.number);
            return Err(advised(message, "see `evergreen orders list --owner OWNER`"));
        };
        let pool = context.pool(&account.pool.to_string()).await?;
        let mut instructions = Vec::new();
        // The tip goes to a margin account, which has to be another one.
        let own = pool.account_key(&key.pubkey(), self.account);
        if order.terms.tip > 0 && own == self.of {
            let next = "take another --account of yours, or let somebody else execute it";
            return Err(advised("the tip of an order cannot go to the account that it is of", next));
        }
        let tip_to = (order.terms.tip > 0).then_some(own);
        if tip_to.is_some() && context.find::<MarginAccount>(&own).await?.is_none() {
            let me = key.pubkey();
            instructions.push(build::open_margin_account(me, me, pool.keys(), self.account, None));
        }
        // The program's own code says what would come of it, or why it would refuse.
        let quote = pool.view.order(&order, &account)?;
        let places = pool.view.needed_by(&order, &account)?;
        let registry = &pool.view.registry;
        let feeds = pool.view.feeds(&places);
        let me = key.pubkey();
        let execute = build::execute_order(me, pool.keys(), self.of, self.number, order.payer, tip_to, &feeds);
        instructions.push(execute);
        let legs = order.terms.legs.iter().map(|l| leg(&pool, Contract::of(registry, l.series).as_ref(), l.points));
        let legs: Vec<Leg> = legs.collect();
        let wanted: Vec<String> = legs.iter().map(Leg::words).collect();
        let executed = Executed {
            order: report(&pool, &order.terms, legs, self.number, address),
            account: self.of.to_string(),
            tip_to: tip_to.map(|key| key.to_string()),
            outcome: match &quote.fate {
                OrderResolution::Executed { .. } => "executed".into(),
                OrderResolution::Cancelled(reason) => format!("cancelled: {reason:?}"),
            },
            net: match &quote.fate {
                OrderResolution::Executed { net, .. } => Some(pool.amount(*net)),
                OrderResolution::Cancelled(_) => None,
            },
            reward: pool.unsigned(quote.reward()),
        };
        let what = format!("execute order {} of {}", self.number, self.of);
        let mut rows = vec![
            ("order", wanted.join(", ")),
            ("conditions", executed.order.conditions()),
            ("outcome", executed.outcome.clone()),
        ];
        rows.extend(executed.net.as_ref().map(|net| ("change of cash", net.to_string())));
        rows.push(("you get", executed.reward.to_string()));
        let shown = format!("{what}\n{}", facts(&rows));
        Submission { what, shown, quote: executed, instructions: &instructions }.perform(context, &key).await.map(drop)
    }
}
