//! Transactions that two people sign on machines of their own: one signs and writes a text, the other one reads it, signs, too, and sends.
//!
//! A transaction is valid for about a minute after the block that it names, which is no time for two people. So it names a **durable nonce** instead: a number
//! in an account of the first signer, which changes with every transaction that names it. It is valid until then, once.
//!
//! The second one signs nothing that they have not understood: [`NamedDeposit::of`] rebuilds the transaction from what it says and compares every byte.

use super::{Client, ClientError, Confirmed, SendError, SendOptions, send::failed};
use crate::{address, instruction as build, instruction::PoolKeys};
use anchor_lang::{
    AnchorDeserialize,
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
    system_program,
};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use base64::{Engine, engine::general_purpose::STANDARD};
use evergreen::{instruction as args, state::ShareClass};
use solana_hash::Hash;
use solana_message::{VersionedMessage, v0};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Seed of the nonce account of a key.
const SEED: &str = "evergreen-nonce";
/// Bytes of a nonce account.
const NONCE_BYTES: u64 = 80;
/// Where the nonce lies in it, after version, state and authority.
const NONCE_AT: std::ops::Range<usize> = 40..72;
/// Accounts of the runtime that instructions about nonces name.
const RECENT_BLOCKHASHES: Pubkey = Pubkey::from_str_const("SysvarRecentB1ockHashes11111111111111111111");
const RENT: Pubkey = Pubkey::from_str_const("SysvarRent111111111111111111111111111111111");
/// How often a changed nonce has to be seen before a transaction without status counts as void.
const CHANGED: u32 = 5;
/// How long nodes may take to take a transaction.
const LANDING: Duration = Duration::from_secs(90);
/// Longest text that is read.
const LONGEST: usize = 4_096;

/// Returns the address of the nonce account of a key; nobody but the key makes or uses it.
pub fn nonce_account(owner: &Pubkey) -> Pubkey {
    // The seed is shorter than the 32 bytes that are allowed, so this cannot fail.
    Pubkey::create_with_seed(owner, SEED, &system_program::ID).unwrap_or_default()
}

/// Returns the instructions that make the nonce account of a key, which pays its rent of so many lamports.
pub fn open_nonce(owner: Pubkey, lamports: u64) -> [Instruction; 2] {
    let account = nonce_account(&owner);
    // CreateAccountWithSeed: base, seed, lamports, space, owner.
    let mut data = 3u32.to_le_bytes().to_vec();
    data.extend(owner.to_bytes());
    data.extend((SEED.len() as u64).to_le_bytes());
    data.extend(SEED.bytes());
    data.extend(lamports.to_le_bytes());
    data.extend(NONCE_BYTES.to_le_bytes());
    data.extend(system_program::ID.to_bytes());
    let accounts = vec![AccountMeta::new(owner, true), AccountMeta::new(account, false)];
    let create = Instruction { program_id: system_program::ID, accounts, data };
    // InitializeNonceAccount: authority.
    let mut data = 6u32.to_le_bytes().to_vec();
    data.extend(owner.to_bytes());
    let accounts = vec![
        AccountMeta::new(account, false),
        AccountMeta::new_readonly(RECENT_BLOCKHASHES, false),
        AccountMeta::new_readonly(RENT, false),
    ];
    [create, Instruction { program_id: system_program::ID, accounts, data }]
}

/// Returns the instruction that changes the nonce of a key. It comes first in a transaction that names it; alone it voids all that do.
pub fn advance_nonce(owner: Pubkey) -> Instruction {
    let accounts = vec![
        AccountMeta::new(nonce_account(&owner), false),
        AccountMeta::new_readonly(RECENT_BLOCKHASHES, false),
        AccountMeta::new_readonly(owner, true),
    ];
    Instruction { program_id: system_program::ID, accounts, data: 4u32.to_le_bytes().to_vec() }
}

/// Reason why a text is no deposit that a curator signs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignError {
    /// It is no text of a transaction.
    #[error("it is no transaction that somebody has signed")]
    NotATransaction,
    /// It does something else, or something more.
    #[error("it is not exactly a deposit of liquidity: nothing else is signed")]
    NotADeposit,
    /// The depositor's signature is missing or wrong.
    #[error("the depositor {0} has not signed it")]
    NotSigned(Pubkey),
    /// It wants the signature of another curator.
    #[error("it is for the curator {0}")]
    OtherCurator(Pubkey),
    /// The key that was given cannot sign.
    #[error("{0}")]
    Signing(String),
}

/// A deposit of liquidity into a private pool, which its depositor and the pool's curator sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedDeposit {
    /// Who pays, and gets the shares.
    pub depositor: Pubkey,
    /// Who names the depositor by signing.
    pub curator: Pubkey,
    /// The pool.
    pub pool: Pubkey,
    /// The class.
    pub class: ShareClass,
    /// The depositor's number.
    pub id: u64,
    /// Native units.
    pub amount: u64,
    /// The least shares that the depositor takes.
    pub min_shares: u64,
}

impl NamedDeposit {
    /// Returns its instructions: the nonce, the account for the shares, the request.
    fn instructions(&self, keys: &PoolKeys) -> Vec<Instruction> {
        let me = self.depositor;
        let shares = keys.share_mint(self.class);
        let request = build::request_deposit(me, keys, self.class, self.id, self.amount, self.min_shares);
        let request = build::named_by(self.curator, request);
        vec![
            advance_nonce(me),
            create_associated_token_account_idempotent(&me, &me, &shares, &anchor_spl::token::ID),
            request,
        ]
    }

    /// Returns the message that both sign, over the depositor's present nonce.
    fn message(&self, keys: &PoolKeys, nonce: Hash) -> Option<VersionedMessage> {
        let message = v0::Message::try_compile(&self.depositor, &self.instructions(keys), &[], nonce).ok()?;
        Some(VersionedMessage::V0(message))
    }

    /// Signs it as the depositor. The text is for the curator; whoever has it can do nothing with it without the curator's key.
    ///
    /// # Errors
    /// [`CosignError::Signing`].
    pub fn offer(&self, keys: &PoolKeys, nonce: Hash, depositor: &dyn Signer) -> Result<String, CosignError> {
        let message = self.message(keys, nonce).ok_or(CosignError::NotADeposit)?;
        let transaction = with_signature(VersionedTransaction { signatures: Vec::new(), message }, depositor)?;
        let bytes = bincode::serialize(&transaction).map_err(|error| CosignError::Signing(error.to_string()))?;
        Ok(STANDARD.encode(bytes))
    }

    /// Reads what the transaction of a text is, without believing it: [`Self::check`] compares it.
    ///
    /// # Errors
    /// [`CosignError::NotATransaction`], [`CosignError::NotADeposit`].
    pub fn of(text: &str) -> Result<(Self, VersionedTransaction), CosignError> {
        let text: String = text.split_whitespace().collect();
        if text.len() > LONGEST {
            return Err(CosignError::NotATransaction);
        }
        let bytes = STANDARD.decode(text).map_err(|_| CosignError::NotATransaction)?;
        let transaction: VersionedTransaction =
            bincode::deserialize(&bytes).map_err(|_| CosignError::NotATransaction)?;
        let message = &transaction.message;
        let keys = message.static_account_keys();
        let request = message.instructions().last().ok_or(CosignError::NotADeposit)?;
        let at = |place: usize| {
            let index = request.accounts.get(place).copied().ok_or(CosignError::NotADeposit)?;
            keys.get(usize::from(index)).copied().ok_or(CosignError::NotADeposit)
        };
        let is_request = request.data.starts_with(<args::RequestDeposit as anchor_lang::Discriminator>::DISCRIMINATOR);
        if !is_request || keys.get(usize::from(request.program_id_index)) != Some(&address::PROGRAM) {
            return Err(CosignError::NotADeposit);
        }
        let mut rest = request.data.get(8..).unwrap_or_default();
        let said = args::RequestDeposit::deserialize(&mut rest).map_err(|_| CosignError::NotADeposit)?;
        let found = Self {
            depositor: at(0)?,
            pool: at(2)?,
            curator: at(request.accounts.len().saturating_sub(1))?,
            class: said.class,
            id: said.id,
            amount: said.amount,
            min_shares: said.min_shares,
        };
        Ok((found, transaction))
    }

    /// Checks that a transaction is this deposit, byte for byte and nothing more, and that its depositor has signed it.
    ///
    /// # Errors
    /// [`CosignError::NotADeposit`], [`CosignError::NotSigned`].
    pub fn check(&self, keys: &PoolKeys, transaction: &VersionedTransaction) -> Result<(), CosignError> {
        let nonce = *transaction.message.recent_blockhash();
        let expected = self.message(keys, nonce).ok_or(CosignError::NotADeposit)?;
        if keys.pool != self.pool || transaction.message != expected {
            return Err(CosignError::NotADeposit);
        }
        let signature = transaction.signatures.first();
        let bytes = expected.serialize();
        if !signature.is_some_and(|signature| signature.verify(self.depositor.as_ref(), &bytes)) {
            return Err(CosignError::NotSigned(self.depositor));
        }
        Ok(())
    }

    /// Signs a checked transaction as the curator.
    ///
    /// # Errors
    /// [`CosignError::OtherCurator`], [`CosignError::Signing`].
    pub fn name(
        &self,
        transaction: VersionedTransaction,
        curator: &dyn Signer,
    ) -> Result<VersionedTransaction, CosignError> {
        if curator.pubkey() != self.curator {
            return Err(CosignError::OtherCurator(self.curator));
        }
        with_signature(transaction, curator)
    }
}

/// The transaction with one more signature; missing ones are zeros, as other tools have them, too.
fn with_signature(
    mut transaction: VersionedTransaction,
    signer: &dyn Signer,
) -> Result<VersionedTransaction, CosignError> {
    let needed = usize::from(transaction.message.header().num_required_signatures);
    transaction.signatures.resize(needed, Signature::default());
    let keys = transaction.message.static_account_keys();
    let place = keys.iter().take(needed).position(|key| *key == signer.pubkey());
    let place = place.ok_or_else(|| CosignError::Signing(format!("{} does not sign this", signer.pubkey())))?;
    let signature = signer.try_sign_message(&transaction.message.serialize());
    transaction.signatures[place] = signature.map_err(|error| CosignError::Signing(error.to_string()))?;
    Ok(transaction)
}

impl Client {
    /// Returns the present nonce of a key; `None` where it has no nonce account.
    ///
    /// # Errors
    /// [`ClientError::Rpc`], [`ClientError::Answer`].
    pub async fn nonce_of(&self, owner: &Pubkey) -> Result<Option<Hash>, ClientError> {
        let account = nonce_account(owner);
        let found = self.raw(&[account]).await?.value.into_iter().next().flatten();
        let Some(raw) = found.filter(|raw| raw.owner == system_program::ID && !raw.data.is_empty()) else {
            return Ok(None);
        };
        let nonce = raw.data.get(NONCE_AT).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let nonce = nonce.ok_or_else(|| ClientError::Answer(format!("account {account} holds no nonce")))?;
        Ok(Some(Hash::new_from_array(nonce)))
    }

    /// Returns the rent of a nonce account, lamports.
    ///
    /// # Errors
    /// [`ClientError::Rpc`].
    pub async fn nonce_rent(&self) -> Result<u64, ClientError> {
        let asked = self.rpc().get_minimum_balance_for_rent_exemption(NONCE_BYTES as usize).await;
        asked.map_err(ClientError::rpc("asking for the rent of a nonce account"))
    }

    /// Sends a transaction over a durable nonce that everybody has signed, until it has landed or its nonce has changed. It lands once, whoever sends it how
    /// often.
    ///
    /// # Errors
    /// [`SendError::Expired`] where the nonce has changed without it: another transaction of the depositor's has voided it. [`SendError::Refused`] and others as
    /// [`Client::send`].
    pub async fn send_signed(
        &self,
        transaction: &VersionedTransaction,
        payer: &Pubkey,
        options: &SendOptions,
    ) -> Result<Confirmed, SendError> {
        let signature = transaction.signatures.first().copied().unwrap_or_default();
        let named = *transaction.message.recent_blockhash();
        let unknown = |source: ClientError| SendError::Unknown { signature, source: Box::new(source) };
        let (begun, mut changed) = (Instant::now(), 0);
        for time in 0_u32.. {
            self.send_once(transaction, time).await;
            let asked = self.in_turn(time).get_signature_statuses_with_history(&[signature]).await;
            let asked = asked.map_err(ClientError::rpc("asking for a transaction's status"));
            match asked.map(|found| found.value.into_iter().next().flatten()) {
                Ok(Some(landed)) if landed.satisfies_commitment(self.commitment()) => {
                    let record = self.record_soon(&signature).await;
                    return match landed.status {
                        Ok(()) => Ok(Confirmed::landed(signature, landed.slot, record)),
                        Err(error) => {
                            let logs = record.map(|record| record.logs).unwrap_or_default();
                            Err(failed(error, Some(signature), logs))
                        }
                    };
                }
                Ok(Some(_)) => {}
                Ok(None) => {
                    let now = self.nonce_of(payer).await.map_err(unknown)?;
                    changed = if now == Some(named) { 0 } else { changed + 1 };
                    // A node may show the nonce before the status.
                    if changed >= CHANGED {
                        return Err(SendError::Expired(vec![signature]));
                    }
                }
                Err(error) if begun.elapsed() > options.deadline => return Err(unknown(error)),
                Err(_) => {}
            }
            if begun.elapsed() > LANDING.max(options.deadline) {
                break;
            }
            sleep(options.poll.max(Duration::from_millis(200))).await;
        }
        Err(unknown(ClientError::Answer("no node has taken the transaction".into())))
    }
}

#[cfg(test)]
mod tests;
