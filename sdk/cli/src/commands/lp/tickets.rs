//! Tickets of everybody: the queue, and paying out.

use super::{TicketAction, Which, shares};
use crate::{
    act::Deed,
    amount::Amount,
    context::{Context, PoolContext, short},
    failure::advised,
    output::{self, date, table},
};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::Filter,
    evergreen::state::{ShareClass, Ticket},
    instruction as build,
};
use serde::Serialize;
use solana_signer::Signer;

/// Whose tickets to pay out.
#[derive(Args)]
pub struct Claim {
    #[command(flatten)]
    which: Which,
    /// The owner of the tickets, who is paid; the keypair's otherwise
    #[arg(long, conflicts_with = "everybody")]
    owner: Option<Pubkey>,
    /// Those of all owners
    #[arg(long)]
    everybody: bool,
}

#[derive(Serialize)]
struct Row {
    number: u64,
    owner: String,
    shares: String,
    shares_native: u64,
    payable: Amount,
    ready_at: i64,
    first_in_queue: bool,
}

/// Tickets of a class, of one owner or of everybody, the oldest first.
pub async fn of(
    context: &Context,
    pool: &PoolContext,
    owner: Option<Pubkey>,
    class: ShareClass,
) -> Result<Vec<Box<Ticket>>> {
    let filter = Filter { pool: Some(pool.keys().pool), owner };
    let bar = output::progress("reading tickets");
    let found = context.client.find::<Ticket>(filter).await;
    bar.finish_and_clear();
    let mut tickets: Vec<_> = found?.value.into_iter().map(|(_, ticket)| ticket).collect();
    tickets.retain(|ticket| ticket.share_class() == class);
    tickets.sort_by_key(|ticket| ticket.number);
    Ok(tickets)
}

impl Which {
    /// The queue.
    pub(super) async fn tickets(&self, context: &Context) -> Result<()> {
        let pool = context.pool(&self.pool).await?;
        let class = self.class.share_class();
        let (cooldown, first) = (pool.view.pool.cooldown(class), pool.view.pool.shares(class).first_ticket);
        let row = |ticket: &Ticket| Row {
            number: ticket.number,
            owner: ticket.owner.to_string(),
            shares: shares(&pool, ticket.shares),
            shares_native: ticket.shares,
            payable: pool.unsigned(ticket.payable),
            ready_at: ticket.requested_at.saturating_add(cooldown),
            first_in_queue: ticket.number == first,
        };
        let rows: Vec<Row> = of(context, &pool, None, class).await?.iter().map(|ticket| row(ticket)).collect();
        if context.global.json {
            return output::print_json(&rows);
        }
        if rows.is_empty() {
            println!("no ticket waits in the {} class of {}", self.class.name(), pool.name);
            return Ok(());
        }
        let mut shown = table(["ticket", "owner", "shares", "to be executed from", "to claim"]);
        for row in rows {
            let turn = if row.first_in_queue { ", first in the queue" } else { "" };
            let when =
                if row.shares_native == 0 { "executed".to_owned() } else { format!("{}{turn}", date(row.ready_at)) };
            shown.add_row([row.number.to_string(), row.owner, row.shares, when, row.payable.to_string()]);
        }
        println!("{shown}");
        Ok(())
    }
}

impl Claim {
    /// Shows, asks, sends: a transaction a ticket.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.which.pool).await?;
        let class = self.which.class.share_class();
        let owner = (!self.everybody).then(|| self.owner.unwrap_or_else(|| key.pubkey()));
        let mut tickets = of(context, &pool, owner, class).await?;
        tickets.retain(|ticket| ticket.payable > 0);
        if tickets.is_empty() {
            let whose = owner.map_or_else(|| "anybody".into(), |owner| owner.to_string());
            let message = format!("no ticket of {whose} has been executed in {}", pool.name);
            return Err(advised(message, "see `evergreen lp tickets`; `evergreen lp execute` when its time has come"));
        }
        for ticket in tickets {
            let (mint, program) = (pool.keys().mint, pool.keys().token_program);
            // The owner may have closed his token account meanwhile.
            let create = create_associated_token_account_idempotent(&key.pubkey(), &ticket.owner, &mint, &program);
            let claim = build::claim_withdrawal(ticket.owner, pool.keys(), class, ticket.number);
            let report = TicketAction {
                pool: pool.name.clone(),
                class: self.which.class.name(),
                ticket: ticket.number,
                shares: shares(&pool, ticket.shares),
                worth_now: None,
                pays: Some(pool.unsigned(ticket.payable)),
            };
            let payable = pool.unsigned(ticket.payable);
            let whom =
                if ticket.owner == key.pubkey() { String::new() } else { format!(" for {}", short(&ticket.owner)) };
            let what = format!("claim {payable} of ticket {}{whom}", ticket.number);
            let deed = Deed { shown: what.clone(), what, quote: report, instructions: &[create, claim] };
            deed.perform(context, &key).await?;
        }
        Ok(())
    }
}
