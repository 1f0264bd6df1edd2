//! `evergreen positions`: what an owner holds and has written.

use crate::{
    context::Context,
    option::words,
    output::{self, table},
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::Filter,
    evergreen::state::{MarginAccount, SeriesStatus},
    strategy::Contract,
};
use serde::Serialize;

/// What an owner holds and has written
#[derive(Args)]
pub struct Positions {
    /// The pool: name, mint or address; all pools of the owner otherwise
    #[arg(long, short)]
    pool: Option<String>,
    /// The owner; the keypair's otherwise
    #[arg(long)]
    owner: Option<Pubkey>,
}

#[derive(Serialize)]
struct Row {
    pool: String,
    account: u16,
    series: String,
    option: String,
    points: i64,
    size: String,
    status: &'static str,
}

impl Positions {
    /// Reads and prints.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let owner = context.owner(self.owner)?;
        let bar = output::progress("reading accounts");
        let found = context.client.find::<MarginAccount>(Filter::of_owner(owner)).await;
        bar.finish_and_clear();
        let accounts = found?.value;
        let mut pools: Vec<Pubkey> = accounts.iter().map(|(_, account)| account.pool).collect();
        pools.sort_unstable();
        pools.dedup();
        let wanted = match &self.pool {
            Some(name) => Some(context.pool(name).await?.keys().pool),
            None => None,
        };
        let mut rows = Vec::new();
        for key in pools.iter().filter(|key| wanted.is_none_or(|wanted| wanted == **key)) {
            let pool = context.pool(&key.to_string()).await?;
            for (_, account) in accounts.iter().filter(|(_, account)| account.pool == *key) {
                for place in account.open_positions() {
                    let position = &account.positions[place];
                    let id = position.series();
                    let Some(contract) = Contract::of(&pool.view.registry, id) else { continue };
                    let live = pool.view.registry.series(id).is_ok_and(|s| s.status() == SeriesStatus::Live);
                    rows.push(Row {
                        pool: pool.name.clone(),
                        account: account.sub_account,
                        series: format!("{}:{}", id.slot, id.generation),
                        option: words(&pool, &contract),
                        points: position.points,
                        size: pool.size(position.points, contract.terms.underlying),
                        status: if live { "live" } else { "exercised" },
                    });
                }
            }
        }
        rows.sort_by(|a, b| (&a.pool, a.account, &a.series).cmp(&(&b.pool, b.account, &b.series)));
        if context.global.json {
            return output::print_json(&rows);
        }
        if rows.is_empty() {
            println!("{owner} has no positions; `evergreen quote buy` tells what one costs");
            return Ok(());
        }
        let mut shown = table(["pool", "account", "series", "option", "size", "points", "status"]);
        for row in rows {
            let (account, points) = (row.account.to_string(), row.points.to_string());
            shown.add_row([row.pool, account, row.series, row.option, row.size, points, row.status.to_owned()]);
        }
        println!("{shown}");
        Ok(())
    }
}
