//! Encoding of the instructions of Pyth's and Wormhole's programs, and their distribution over transactions.

use super::{Destination, PostedUpdates, Step};
use crate::price::{FeedId, NoPrice, PriceProvider};
use anchor_lang::{
    prelude::{Pubkey, borsh},
    solana_program::{
        instruction::{AccountMeta, Instruction},
        system_instruction,
    },
    system_program,
};
use pyth_solana_receiver_sdk::{PostUpdateAtomicParams, PostUpdateParams};
use std::collections::HashSet;

/// Discriminators: the first eight bytes of the hash of `global:` and the instruction's name.
pub(super) mod discriminator {
    pub(in super::super) const INIT_ENCODED_VAA: [u8; 8] = [209, 193, 173, 25, 91, 202, 181, 218];
    pub(in super::super) const WRITE_ENCODED_VAA: [u8; 8] = [199, 208, 110, 177, 150, 76, 118, 42];
    pub(in super::super) const VERIFY_ENCODED_VAA_V1: [u8; 8] = [103, 56, 177, 229, 240, 103, 68, 73];
    pub(in super::super) const CLOSE_ENCODED_VAA: [u8; 8] = [48, 221, 174, 198, 231, 7, 152, 38];
    pub(in super::super) const POST_UPDATE: [u8; 8] = [133, 95, 207, 175, 11, 79, 118, 44];
    pub(in super::super) const POST_UPDATE_ATOMIC: [u8; 8] = [49, 172, 84, 192, 175, 180, 52, 234];
    pub(in super::super) const RECLAIM_RENT: [u8; 8] = [218, 200, 19, 197, 227, 89, 192, 22];
    pub(in super::super) const UPDATE_PRICE_FEED: [u8; 8] = [28, 9, 93, 150, 86, 153, 188, 115];
}

/// Bytes of a signed message's account before the message: discriminator, status, authority, version, length.
const VAA_START: usize = 8 + 1 + 32 + 1 + 4;
/// Most bytes of the message that one instruction writes.
const CHUNK: usize = 640;
/// Largest transaction that a network accepts, less the bytes of a compute budget: its program's key and two instructions.
pub(super) const MOST_BYTES: usize = 1_232 - (32 + 8 + 12);

impl PostedUpdates {
    /// Distributes instructions over transactions, in order, as many in each as fit.
    pub(super) fn steps(&self, instructions: Vec<Instruction>) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut open = Vec::new();
        for instruction in instructions {
            open.push(instruction);
            if size(&open, &self.payer) > MOST_BYTES
                && let Some(last) = open.pop()
            {
                steps.push(self.step(core::mem::take(&mut open)));
                open.push(last);
            }
        }
        if !open.is_empty() {
            steps.push(self.step(open));
        }
        steps
    }

    pub(super) fn preparation(&self) -> Vec<Instruction> {
        if self.atomic {
            return Vec::new();
        }
        let vaa = self.update.vaa();
        let space = VAA_START + vaa.len();
        let rent = self.rent.minimum_balance(space);
        let wormhole = &self.programs.wormhole;
        let mut all = vec![
            system_instruction::create_account(&self.payer, &self.message, rent, space as u64, wormhole),
            self.wormhole(discriminator::INIT_ENCODED_VAA.to_vec(), &[]),
        ];
        for (number, chunk) in vaa.chunks(CHUNK).enumerate() {
            let mut data = discriminator::WRITE_ENCODED_VAA.to_vec();
            data.extend(((number * CHUNK) as u32).to_le_bytes());
            data.extend((chunk.len() as u32).to_le_bytes());
            data.extend(chunk);
            all.push(self.wormhole(data, &[]));
        }
        all.push(self.wormhole(discriminator::VERIFY_ENCODED_VAA_V1.to_vec(), &[self.signers()]));
        all
    }

    /// The account of those who sign updates.
    pub(super) fn signers(&self) -> Pubkey {
        self.programs.guardian_set(self.update.guardian_set())
    }

    pub(super) fn closing(&self) -> Vec<Instruction> {
        let message = (!self.atomic).then(|| self.programs.close_message(&self.payer, &self.message));
        let mut instructions: Vec<Instruction> = message.into_iter().collect();
        if let Destination::Accounts(accounts) = &self.destination {
            let posted = accounts.iter().filter(|(feed, _)| self.update.of_feed(feed).is_some());
            instructions.extend(posted.map(|(_, account)| Instruction {
                program_id: self.programs.receiver,
                accounts: vec![AccountMeta::new(self.payer, true), AccountMeta::new(*account, false)],
                data: discriminator::RECLAIM_RENT.to_vec(),
            }));
        }
        instructions
    }

    /// Makes an instruction of the Wormhole program. Its accounts are the message's authority, the message, and others it reads.
    fn wormhole(&self, data: Vec<u8>, others: &[Pubkey]) -> Instruction {
        let mut accounts = vec![AccountMeta::new_readonly(self.payer, true), AccountMeta::new(self.message, false)];
        accounts.extend(others.iter().map(|key| AccountMeta::new_readonly(*key, false)));
        Instruction { program_id: self.programs.wormhole, accounts, data }
    }

    pub(super) fn step(&self, instructions: Vec<Instruction>) -> Step {
        let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
        let mut signers = Vec::new();
        for meta in metas.filter(|meta| meta.is_signer && meta.pubkey != self.payer) {
            if !signers.contains(&meta.pubkey) {
                signers.push(meta.pubkey);
            }
        }
        Step { instructions, signers }
    }

    /// Makes the instruction that stores the price of a feed.
    pub(super) fn post_one(&self, feed: &FeedId) -> Result<Instruction, NoPrice> {
        let none = |why: &str| NoPrice { feed: *feed, why: why.into() };
        let account = self.account(feed)?;
        let update = self.update.of_feed(feed).ok_or_else(|| none("the update has no price of it"))?;
        let (merkle_price_update, treasury_id) = (update.clone(), self.treasury);
        let parameters = if self.atomic {
            borsh::to_vec(&PostUpdateAtomicParams { vaa: self.update.vaa().to_vec(), merkle_price_update, treasury_id })
        } else {
            borsh::to_vec(&PostUpdateParams { merkle_price_update, treasury_id })
        };
        let parameters = parameters.map_err(|error| none(&error.to_string()))?;
        let read = |key: Pubkey| AccountMeta::new_readonly(key, false);
        let (config, treasury) = (self.programs.config(), self.programs.treasury(self.treasury));
        let mut accounts = vec![AccountMeta::new(self.payer, true)];
        let (program_id, mut data) = match &self.destination {
            Destination::PushFeeds(_) if self.atomic => {
                return Err(none("the push program posts no price in one transaction: name accounts"));
            }
            Destination::Accounts(_) => {
                // What proves the price: the verified message, or the signers of the message that comes with it.
                let proof = if self.atomic { self.signers() } else { self.message };
                accounts.extend([read(proof), read(config), AccountMeta::new(treasury, false)]);
                accounts.extend([AccountMeta::new(account, true), read(system_program::ID)]);
                accounts.push(AccountMeta::new_readonly(self.payer, true));
                let name = if self.atomic { discriminator::POST_UPDATE_ATOMIC } else { discriminator::POST_UPDATE };
                (self.programs.receiver, name.to_vec())
            }
            Destination::PushFeeds(_) => {
                accounts.extend([read(self.programs.receiver), read(self.message), read(config)]);
                accounts.extend([AccountMeta::new(treasury, false), AccountMeta::new(account, false)]);
                accounts.push(read(system_program::ID));
                (self.programs.push, discriminator::UPDATE_PRICE_FEED.to_vec())
            }
        };
        data.extend(parameters);
        if let Destination::PushFeeds(shard) = &self.destination {
            data.extend(shard.to_le_bytes());
            data.extend(feed);
        }
        Ok(Instruction { program_id, accounts, data })
    }
}

/// Returns the size of a transaction with these instructions, without a compute budget, in bytes: an upper bound.
pub(super) fn size(instructions: &[Instruction], payer: &Pubkey) -> usize {
    let mut keys = HashSet::from([*payer]);
    let mut signers = HashSet::from([*payer]);
    let mut bytes = 0;
    for instruction in instructions {
        keys.insert(instruction.program_id);
        for meta in &instruction.accounts {
            keys.insert(meta.pubkey);
            if meta.is_signer {
                signers.insert(meta.pubkey);
            }
        }
        // The index of the program takes one byte, and two lengths take up to two bytes each.
        bytes += 1 + 2 + instruction.accounts.len() + 2 + instruction.data.len();
    }
    // The rest is version, signatures, header, keys, blockhash and lengths; there are no lookup tables.
    bytes + 1 + 64 * signers.len() + 1 + 3 + 1 + 32 * keys.len() + 32 + 1 + 1
}
