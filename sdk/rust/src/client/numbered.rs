//! Numbers that the chain compares: of two transactions that name the same one, one happens.

use super::{Client, ClientError, Fetched};
use crate::{
    accounts::{Account, Kind},
    address,
    instruction::name,
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::state::{Counter, MarginAccount, Pool, Protocol};
use serde::{Deserialize, Serialize};
use solana_commitment_config::CommitmentConfig;
use std::time::Duration;

/// How often a node is asked again that has not seen a slot.
const AGAIN: Duration = Duration::from_millis(400);
/// How often at most.
const TIMES: u32 = 50;

/// The number that a transaction names, and the account that tells the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Numbered {
    /// Address of the account, base58.
    account: String,
    pub(super) number: u64,
}

impl Numbered {
    /// Finds the first number in the instructions of a transaction: of a transfer, a request of liquidity, a committed trade, an order or a proposal.
    pub fn of(instructions: &[Instruction]) -> Option<Self> {
        instructions.iter().find_map(|instruction| {
            let place = match name(instruction)? {
                "TakeNumber" => 2,
                "Propose" => 3,
                "CommitTrade" => 4,
                "PlaceOrder" | "RequestDeposit" | "RequestWithdrawal" => 5,
                _ => return None,
            };
            let account = instruction.accounts.get(place)?.pubkey.to_string();
            // The number is the first argument, after the eight bytes that name the instruction.
            let number = instruction.data.get(8..16)?.try_into().ok()?;
            Some(Self { account, number: u64::from_le_bytes(number) })
        })
    }
}

/// Returns the next number that an account tells; `None` for an account without numbers.
fn next_number(data: &[u8]) -> Option<u64> {
    match Kind::of(data)? {
        Kind::Counter => Counter::decode(data).ok().map(|counter| counter.next_number),
        Kind::MarginAccount => MarginAccount::decode(data).ok().map(|account| account.next_order),
        Kind::Protocol => Protocol::decode(data).ok().map(|protocol| protocol.next_proposal),
        Kind::Pool => Pool::decode(data).ok().map(|pool| pool.next_proposal),
        _ => None,
    }
}

impl Client {
    /// Returns the number that the next transfer of a key names ([`crate::instruction::take_number`]), or its next request of liquidity. If the answer is of an older
    /// slot, the program refuses the number, so that nothing can happen twice.
    ///
    /// # Errors
    /// [`ClientError::Rpc`], [`ClientError::Decode`].
    pub async fn next_number(&self, owner: &Pubkey) -> Result<u64, ClientError> {
        let Fetched { value, .. } = self.get_many::<Counter>(&[address::counter(owner)]).await?;
        Ok(value.into_iter().next().flatten().map_or(0, |counter| counter.next_number))
    }

    /// Returns by how many the next number is beyond one that a transaction names, in the state of a slot that is not before this
    /// request: zero as long as the transaction has not happened.
    ///
    /// # Errors
    /// [`ClientError::Rpc`]; [`ClientError::Answer`] when the nodes do not get to that slot.
    pub(super) async fn taken_since(&self, numbered: &Numbered) -> Result<u64, ClientError> {
        let wrong = |what: &str| ClientError::Answer(format!("{}: {what}", numbered.account));
        let key: Pubkey = numbered.account.parse().map_err(|_| wrong("it is no address"))?;
        let ask = self.rpc().get_epoch_info_with_commitment(CommitmentConfig::confirmed()).await;
        let now = ask.map_err(ClientError::rpc("asking for the slot"))?.absolute_slot;
        for _ in 0..TIMES {
            let Fetched { slot, value } = self.raw(&[key]).await?;
            if slot >= now {
                let raw = value.into_iter().next().flatten().filter(|raw| raw.owner == address::PROGRAM);
                let next = raw.map_or(Some(0), |raw| next_number(&raw.data));
                return Ok(next.ok_or_else(|| wrong("it tells no number"))?.saturating_sub(numbered.number));
            }
            tokio::time::sleep(AGAIN).await;
        }
        Err(wrong("the nodes show only an older state"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{instruction as build, testing::scene::Scene};
    use evergreen::{TradeTerms, types::OrderTerms};

    #[test]
    fn the_number_and_its_account_are_found_in_the_instructions() {
        let scene = Scene::new(1, 0).expect("a scene");
        let (keys, me) = (&scene.view.keys, Pubkey::new_from_array([7; 32]));
        let account = address::margin_account(&keys.pool, &me, 0);
        let deposit = build::deposit_margin(me, keys, account, 5);
        assert_eq!(Numbered::of(std::slice::from_ref(&deposit)), None);
        let found = |account: Pubkey, number| Some(Numbered { account: account.to_string(), number });
        let transfer = [build::take_number(me, me, 9), deposit];
        assert_eq!(Numbered::of(&transfer), found(address::counter(&me), 9));
        let request = build::request_deposit(me, keys, evergreen::state::ShareClass::Insurance, 8, 5, 1);
        assert_eq!(Numbered::of(&[request]), found(address::counter(&me), 8));
        let terms = TradeTerms { legs: Vec::new(), closing: 0, min_net: 0 };
        let commit = build::commit_trade(me, keys, account, 3, terms, &[]);
        assert_eq!(Numbered::of(&[commit]), found(account, 3));
        let order =
            OrderTerms { legs: Vec::new(), min_net: 0, trigger: None, reduce_only: false, expires_at: 0, tip: 0 };
        let place = build::place_order(me, me, keys, account, 4, order, &[]);
        assert_eq!(Numbered::of(&[place]), found(account, 4));
    }
}
