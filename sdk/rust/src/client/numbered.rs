//! Numbers that the chain compares: of two transactions that name the same one, one happens.

use super::{Client, ClientError, Fetched, RawAccount, RpcClient};
use crate::{
    accounts::{Account, Kind},
    address,
    instruction::name,
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::state::{Counter, MarginAccount, Pool, Protocol};
use futures_util::future::join_all;
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
        let doing = "asking for the slot";
        let slots =
            join_all(self.each().iter().map(|node| node.get_slot_with_commitment(CommitmentConfig::confirmed())));
        let slots = slots.await.into_iter().map(|slot| slot.map_err(ClientError::rpc(doing)));
        // The node that is furthest; a node that does not answer tells nothing.
        let now = slots.reduce(|one, other| match (one, other) {
            (Ok(one), Ok(other)) => Ok(one.max(other)),
            (Ok(known), Err(_)) | (Err(_), Ok(known)) => Ok(known),
            (Err(error), Err(_)) => Err(error),
        });
        let now = now.unwrap_or_else(|| Err(wrong("no node is known")))?;
        for _ in 0..TIMES {
            let asked = join_all(self.each().iter().map(|node| self.raw_at(node, &key))).await;
            let (mut seen, mut next, mut failure) = (false, 0, None);
            for answer in asked {
                match answer {
                    // Numbers only rise: what any node has seen is true, and only all of them together have seen nothing.
                    Ok((slot, data)) => {
                        let told = data.map_or(Some(0), |data| next_number(&data));
                        next = next.max(told.ok_or_else(|| wrong("it tells no number"))?);
                        seen |= slot >= now;
                    }
                    Err(error) => failure = Some(error),
                }
            }
            let taken = next.saturating_sub(numbered.number);
            match failure {
                _ if taken > 0 || seen => return Ok(taken),
                Some(error) => return Err(error),
                None => tokio::time::sleep(AGAIN).await,
            }
        }
        Err(wrong("the nodes show only an older state"))
    }

    /// The slot at which a node shows an account of the program, and its data.
    async fn raw_at(&self, node: &RpcClient, key: &Pubkey) -> Result<(u64, Option<Vec<u8>>), ClientError> {
        let asked = node.get_ui_account_with_config(key, self.account_config()).await;
        let answer = asked.map_err(ClientError::rpc("reading a number"))?;
        let Some(account) = answer.value else { return Ok((answer.context.slot, None)) };
        let raw = RawAccount::of(&account)?;
        Ok((answer.context.slot, (raw.owner == address::PROGRAM).then_some(raw.data)))
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
