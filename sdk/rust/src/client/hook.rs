//! A payment out of a vault carries the accounts that the transfer hook of its mint asks for.

use super::{Client, ClientError, RawAccount};
use crate::{
    address,
    quote::{QuoteError, opened},
};
use anchor_lang::{
    AnchorDeserialize, Discriminator,
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use anchor_spl::token_2022::spl_token_2022::{
    extension::{StateWithExtensions, transfer_hook},
    state::Mint,
};
use evergreen::{
    instruction as args,
    state::{LiquidityRequest, MarginAccount, Pool, RetiredShares},
};
use spl_transfer_hook_interface::{get_extra_account_metas_address, offchain::add_extra_account_metas_for_execute};

/// A payment out of a vault.
struct Payment<'a> {
    instruction: &'a Instruction,
    kind: &'a Kind,
}

/// Instructions that pay out of a vault, and the places of their accounts.
struct Kind {
    discriminator: &'static [u8],
    pool: usize,
    /// The account that holds the amount.
    ledger: usize,
    /// Vault, receiver and mint follow each other from here.
    vault: usize,
    due: Due,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    Margin,
    Request,
    Retired,
    Fees,
    Curator,
    Referral,
    Insurance,
}

const KINDS: &[Kind] = &[
    Kind { discriminator: args::WithdrawMargin::DISCRIMINATOR, pool: 2, ledger: 4, vault: 7, due: Due::Margin },
    Kind { discriminator: args::ClaimLiquidity::DISCRIMINATOR, pool: 1, ledger: 2, vault: 3, due: Due::Request },
    Kind { discriminator: args::RedeemRetired::DISCRIMINATOR, pool: 1, ledger: 2, vault: 6, due: Due::Retired },
    Kind { discriminator: args::CollectFees::DISCRIMINATOR, pool: 1, ledger: 1, vault: 2, due: Due::Fees },
    Kind { discriminator: args::CollectCuratorFees::DISCRIMINATOR, pool: 1, ledger: 1, vault: 2, due: Due::Curator },
    Kind { discriminator: args::ClaimReferral::DISCRIMINATOR, pool: 1, ledger: 2, vault: 3, due: Due::Referral },
    Kind { discriminator: args::SweepInsurance::DISCRIMINATOR, pool: 0, ledger: 0, vault: 1, due: Due::Insurance },
];

impl<'a> Payment<'a> {
    fn of(instruction: &'a Instruction) -> Option<Self> {
        let is = |kind: &&Kind| instruction.data.starts_with(kind.discriminator);
        let kind = KINDS.iter().find(is).filter(|_| instruction.program_id == address::PROGRAM)?;
        // Vault, receiver, mint, token program.
        (instruction.accounts.len() >= kind.vault + 4).then_some(Self { instruction, kind })
    }

    fn key(&self, place: usize) -> Pubkey {
        self.instruction.accounts[place].pubkey
    }

    fn mint(&self) -> Pubkey {
        self.key(self.kind.vault + 2)
    }

    /// Returns what will be paid, native units, and whether it flows from the first token account to the second.
    fn due(&self, pool: &Pool, ledger: &RawAccount) -> Result<(u64, bool), ClientError> {
        let key = self.key(self.kind.ledger);
        let refused = |error: QuoteError| ClientError::Answer(format!("what {key} is due: {error}"));
        let forward = |amount| Ok((amount, true));
        match self.kind.due {
            Due::Margin | Due::Referral => {
                let account = ledger.decode::<MarginAccount>(&key)?;
                let account = opened(pool, &self.key(self.kind.pool), &account).map_err(refused)?;
                let asked = args::WithdrawMargin::deserialize(&mut &self.instruction.data[8..]).map(|args| args.amount);
                match (self.kind.due, asked) {
                    (Due::Margin, Ok(amount)) if amount < u64::MAX => forward(amount),
                    (Due::Margin, _) => forward(account.cash.max(0).unsigned_abs()),
                    _ => forward(account.referral_due),
                }
            }
            Due::Request => {
                let mut withdrawal = ledger.decode::<LiquidityRequest>(&key)?;
                withdrawal.open(pool).map_err(|error| refused(error.into()))?;
                forward(withdrawal.payable)
            }
            Due::Retired => {
                let mut retired = ledger.decode::<RetiredShares>(&key)?;
                retired.open(pool).map_err(|error| refused(error.into()))?;
                let asked = args::RedeemRetired::deserialize(&mut &self.instruction.data[8..]);
                let shares = asked.map_or(0, |args| args.shares).min(retired.shares);
                if shares == 0 {
                    forward(0)
                } else {
                    forward(retired.redeem(shares).map_err(|error| refused(error.into()))?.0)
                }
            }
            Due::Fees => forward(pool.fees_due),
            Due::Curator => {
                let former = address::token_account(&pool.former_curator, &self.mint(), &self.key(self.kind.vault + 3));
                let is_former = pool.former_due > 0 && self.key(self.kind.vault + 1) == former;
                forward(if is_former { pool.former_due } else { pool.curator_due.saturating_sub(pool.former_due) })
            }
            Due::Insurance => Ok((pool.insurance_due.unsigned_abs(), pool.insurance_due > 0)),
        }
    }
}

impl Client {
    /// Appends to each payment out of a vault what the transfer hook of its mint asks for: the hook's program, its list and the accounts
    /// that the list names. Tells whether it has appended anything. [`Self::send`] and [`Self::simulate`] do it by themselves.
    ///
    /// The accounts are never asked to sign. Those that depend on the amount are found for the amount that is due now.
    ///
    /// # Errors
    /// [`ClientError::Rpc`]; [`ClientError::Answer`] where the list asks for what cannot be found.
    pub async fn pass_hooks(&self, instructions: &mut [Instruction]) -> Result<bool, ClientError> {
        let mut appended = false;
        for instruction in instructions {
            let Some(payment) = Payment::of(instruction) else { continue };
            let extra = self.asked_by_hook(&payment).await?;
            appended |= !extra.is_empty();
            instruction.accounts.extend(extra);
        }
        Ok(appended)
    }

    async fn asked_by_hook(&self, payment: &Payment<'_>) -> Result<Vec<AccountMeta>, ClientError> {
        let (mint, pool, ledger) = (payment.mint(), payment.key(payment.kind.pool), payment.key(payment.kind.ledger));
        let found = self.raw(&[mint, pool, ledger]).await?.value;
        let [Some(raw), Some(opened), Some(held)] = &found[..] else { return Ok(Vec::new()) };
        let Some(program) = hook_program(&raw.data) else { return Ok(Vec::new()) };
        if payment.instruction.accounts.iter().any(|meta| meta.pubkey == program) {
            return Ok(Vec::new());
        }
        let list = get_extra_account_metas_address(&mint, &program);
        let mut extra = vec![AccountMeta::new_readonly(program, false)];
        if self.raw(&[list]).await?.value.iter().all(Option::is_none) {
            return Ok(extra);
        }
        let (amount, forward) = payment.due(&*opened.decode::<Pool>(&pool)?, held)?;
        let [mut from, mut to] = [0, 1].map(|place| payment.key(payment.kind.vault + place));
        // The insurance's vaults are named main first; what is due to insurance leaves the main one.
        if !forward {
            (from, to) = (to, from);
        }
        let mut asked = payment.instruction.clone();
        let own = asked.accounts.len();
        let read = |key: Pubkey| async move { Ok(self.raw(&[key]).await?.value.pop().flatten().map(|raw| raw.data)) };
        add_extra_account_metas_for_execute(&mut asked, &program, &from, &mint, &to, &pool, amount, read)
            .await
            .map_err(|error| ClientError::Answer(format!("what the transfer hook {program} asks for: {error}")))?;
        // The program, which ends the list, comes first: it tells the hook's accounts from the prices before them.
        extra.extend(asked.accounts.drain(own..).filter(|meta| meta.pubkey != program));
        Ok(extra)
    }
}

/// Returns the program of a mint's transfer hook.
fn hook_program(mint: &[u8]) -> Option<Pubkey> {
    transfer_hook::get_program_id(&StateWithExtensions::<Mint>::unpack(mint).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Lists an instruction's accounts in their order.
    fn names(accounts: &serde_json::Value) -> Vec<String> {
        let each = |account: &serde_json::Value| match account.get("accounts") {
            Some(inner) => names(inner),
            None => vec![account["name"].as_str().unwrap().to_owned()],
        };
        accounts.as_array().unwrap().iter().flat_map(each).collect()
    }

    #[test]
    fn every_instruction_that_pays_tokens_out_of_a_vault_is_known() {
        let idl: serde_json::Value = serde_json::from_str(include_str!("../../../idl/evergreen.json")).unwrap();
        let mut paying = BTreeSet::new();
        for instruction in idl["instructions"].as_array().unwrap() {
            let name = instruction["name"].as_str().unwrap();
            let names = names(&instruction["accounts"]);
            let moves = names.windows(4).position(|four| four[2] == "mint" && four[3] == "token_program");
            let Some(vault) = moves.filter(|place| names[*place] == "vault") else { continue };
            let bytes: Vec<u8> = serde_json::from_value(instruction["discriminator"].clone()).unwrap();
            // These take tokens in, or compare balances without moving any.
            if ["deposit_margin", "request_deposit", "sync_vault"].contains(&name) {
                assert!(KINDS.iter().all(|kind| kind.discriminator != bytes), "{name}");
                continue;
            }
            let kind = KINDS.iter().find(|kind| kind.discriminator == bytes);
            let kind = kind.unwrap_or_else(|| panic!("{name} moves tokens and passes no hook's accounts"));
            assert_eq!((names[kind.pool].as_str(), kind.vault), ("pool", vault), "{name}");
            let ledger = match kind.due {
                Due::Margin | Due::Referral => "account",
                Due::Request => "request",
                Due::Retired => "retired",
                Due::Fees | Due::Curator | Due::Insurance => "pool",
            };
            assert_eq!(names[kind.ledger], ledger, "{name}");
            paying.insert(bytes);
        }
        assert_eq!(paying.len(), KINDS.len());
    }
}
