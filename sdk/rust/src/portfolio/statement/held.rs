//! What an account has set aside: tips of orders, tips and bonds of commitments, stakes on those of others.

use super::{Committed, Entry, signed};
use crate::{events::Event, portfolio::MovementKind};
use anchor_lang::prelude::Pubkey;

impl Entry<'_> {
    /// A loss by seizure of what is set aside for the commitment. Whose part of it it is, is told at the end where somebody else has a stake.
    pub(super) fn lost(&mut self, amount: i64) -> Option<()> {
        if amount == 0 {
            return Some(());
        }
        let commitment = self.of.commitment.as_mut()?;
        if commitment.stake != 0 {
            commitment.lost = commitment.lost.checked_add(amount)?;
            return Some(());
        }
        commitment.own = commitment.own.checked_sub(amount)?;
        self.sets_aside(amount.checked_neg()?)?;
        self.moves(MovementKind::Seizure, amount.checked_neg()?)
    }

    /// Events of what is set aside: orders and commitments.
    pub(super) fn held(&mut self, event: &Event) -> Option<()> {
        let me = self.of.account;
        match event {
            Event::OrderPlaced(e) if e.account == me => {
                let tip = signed(e.terms.tip)?;
                self.of.orders.insert(e.order, tip);
                self.sets_aside(tip)?;
                self.tells(e.cash);
            }
            Event::OrderExecuted(e) => self.end_order(e.order, e.account, e.keeper_account, e.tip)?,
            Event::OrderCancelled(e) => self.end_order(e.order, e.account, e.keeper_account, e.tip)?,
            Event::TradeCommitted(e) => {
                let stake = signed(e.stake)?;
                if e.account == me {
                    let own = signed(e.tip.checked_add(e.bond)?)?;
                    self.of.commitment = Some(Committed { own, stake, lost: 0 });
                    self.sets_aside(own)?;
                }
                if e.committer_account == Some(me) {
                    self.of.stakes.insert(e.account, stake);
                    self.sets_aside(stake)?;
                }
                if e.account == me {
                    self.tells(e.cash);
                }
            }
            Event::CommitmentFilled(e) => {
                self.end_commitment(e.account, e.filler_account, e.tip, (e.bond, e.stake, 0))?;
            }
            Event::CommitmentCancelled(e) => {
                if e.account == me {
                    self.of.arrears = self.of.arrears.checked_add(e.arrears)?;
                    self.moves(MovementKind::LapseFee, signed(e.fee)?.checked_neg()?)?;
                }
                self.end_commitment(e.account, e.filler_account, e.tip, (e.bond, e.stake, e.forfeited))?;
                if e.account == me {
                    self.tells(e.cash);
                }
            }
            Event::ArrearsCollected(e) if e.account == me => {
                self.of.arrears = e.arrears;
                self.moves(MovementKind::Arrears, signed(e.fee)?.checked_neg()?)?;
            }
            _ => {}
        }
        Some(())
    }

    /// The tip of an order goes to whoever has executed or cancelled it, or back. Losses by seizure have made it smaller.
    fn end_order(&mut self, order: Pubkey, account: Pubkey, keeper: Option<Pubkey>, tip: u64) -> Option<()> {
        let (me, tip) = (self.of.account, signed(tip)?);
        if account == me {
            let promised = self.of.orders.remove(&order)?;
            self.sets_aside(promised.checked_neg()?)?;
            self.seized(promised.checked_sub(tip)?)?;
            if keeper.is_some_and(|keeper| keeper != me) {
                self.moves(MovementKind::TipPaid, tip.checked_neg()?)?;
            }
        } else if keeper == Some(me) {
            self.moves(MovementKind::TipEarned, tip)?;
        }
        Some(())
    }

    /// Tip and bond of a commitment, and the stake of whoever has committed an order.
    fn end_commitment(
        &mut self,
        account: Pubkey,
        filler: Option<Pubkey>,
        tip: u64,
        (bond, stake, forfeited): (u64, u64, u64),
    ) -> Option<()> {
        let me = self.of.account;
        let [tip, bond, stake, forfeited] = [signed(tip)?, signed(bond)?, signed(stake)?, signed(forfeited)?];
        if account == me {
            let commitment = self.of.commitment.take()?;
            self.sets_aside(commitment.own.checked_neg()?)?;
            self.seized(commitment.own.checked_sub(tip)?.checked_sub(bond)?)?;
            if filler.is_some_and(|filler| filler != me) {
                self.moves(MovementKind::TipPaid, tip.checked_neg()?)?;
            }
            self.moves(MovementKind::StakeEarned, forfeited)?;
        } else if filler == Some(me) {
            self.moves(MovementKind::TipEarned, tip)?;
        }
        if let Some(promised) = self.of.stakes.remove(&account) {
            self.sets_aside(promised.checked_neg()?)?;
            self.seized(promised.checked_sub(stake)?)?;
            self.moves(MovementKind::StakeLost, forfeited.checked_neg()?)?;
        }
        Some(())
    }

    /// What is missing of what was set aside was lost by seizure. Nothing ever comes back that was not set aside.
    fn seized(&mut self, missing: i64) -> Option<()> {
        if missing < 0 {
            return None;
        }
        self.moves(MovementKind::Seizure, missing.checked_neg()?)
    }
}
