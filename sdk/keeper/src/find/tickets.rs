//! Withdrawal tickets: execution in their turn, and payment.

use super::{Finder, Found};
use crate::{
    work::{Job, Key, Work},
    world::PoolWorld,
};
use evergreen_sdk::{
    address,
    evergreen::state::{ShareClass, Ticket},
    instruction as build,
};

/// Both classes.
const CLASSES: [ShareClass; 2] = [ShareClass::Main, ShareClass::Insurance];

impl Finder<'_> {
    pub(super) fn tickets(&self, pool: &PoolWorld) -> Found {
        let view = &pool.view;
        let mut found = Vec::new();
        for class in CLASSES {
            let first = address::ticket(&pool.key(), class, view.pool.shares(class).first_ticket);
            let Some((key, ticket)) = pool.tickets.iter().find(|(key, _)| *key == first) else { continue };
            let ready = ticket.requested_at.saturating_add(view.pool.cooldown(class));
            // The quote says whether anything can leave now.
            if view.now < ready || view.execution(ticket).is_err() {
                continue;
            }
            let places = if class == ShareClass::Main { view.needed_for_book() } else { Vec::new() };
            let execute = build::execute_withdrawal(&view.keys, class, ticket.number, &view.feeds(&places));
            let work = Key { job: Job::Ticket, subject: *key, part: 0 };
            found.push(self.work(pool, work, &places, 0, execute)?);
        }
        Ok(found)
    }

    /// Apart from the execution: an owner who has no token account, or a frozen one, does not hold up the queue.
    pub(super) fn claims(&self, pool: &PoolWorld) -> Vec<Work> {
        let due = |ticket: &Ticket| ticket.payable > 0 || ticket.shares == 0;
        let claim = |ticket: &Ticket| {
            build::claim_withdrawal(ticket.owner, &pool.view.keys, ticket.share_class(), ticket.number)
        };
        let payable = pool.tickets.iter().filter(|(_, ticket)| due(ticket));
        payable
            .map(|(key, ticket)| {
                let key = Key { job: Job::Claim, subject: *key, part: 0 };
                Work::plain(pool.key(), key, Some(claim(ticket)))
            })
            .collect()
    }
}
