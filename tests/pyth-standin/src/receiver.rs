//! Pyth's receiver, which checks that a price belongs to a verified message and stores the price.

use crate::{Done, Programs, ensure, take, wormhole};
use anchor_lang::{
    AccountDeserialize, AccountSerialize, AnchorDeserialize,
    prelude::{AccountInfo, Clock, ProgramError, Pubkey, Rent, SolanaSysvar},
    solana_program::{program::invoke, system_instruction},
    system_program,
};
use pyth_solana_receiver_sdk::{
    PostUpdateAtomicParams, PostUpdateParams,
    price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel},
};
use pythnet_sdk::{
    accumulators::merkle::MerkleRoot,
    hashers::keccak256_160::Keccak160,
    messages::Message,
    wire::{
        from_slice,
        v1::{MerklePriceUpdate, WormholeMessage, WormholePayload},
    },
};

pub(crate) const POST_UPDATE: [u8; 8] = [133, 95, 207, 175, 11, 79, 118, 44];
const POST_UPDATE_ATOMIC: [u8; 8] = [49, 172, 84, 192, 175, 180, 52, 234];
const RECLAIM_RENT: [u8; 8] = [218, 200, 19, 197, 227, 89, 192, 22];
/// Signatures of the present set of five that verify a message fully.
const QUORUM: u8 = 3;
/// Fee for posting a price, lamports.
const FEE: u64 = 1;

pub(crate) fn process(programs: &Programs, accounts: &[AccountInfo], name: [u8; 8], data: &[u8]) -> Done {
    match name {
        POST_UPDATE => {
            let mut data = data;
            let parameters =
                PostUpdateParams::deserialize(&mut data).map_err(|_| ProgramError::InvalidInstructionData)?;
            post_update(programs, take(accounts)?, parameters)
        }
        POST_UPDATE_ATOMIC => {
            let mut data = data;
            let parameters =
                PostUpdateAtomicParams::deserialize(&mut data).map_err(|_| ProgramError::InvalidInstructionData)?;
            post_update_atomic(programs, take(accounts)?, parameters)
        }
        RECLAIM_RENT => reclaim_rent(programs, take(accounts)?),
        _ => Err(ProgramError::InvalidInstructionData),
    }
}

fn post_update(programs: &Programs, accounts: &[AccountInfo; 7], parameters: PostUpdateParams) -> Done {
    let update = parameters.merkle_price_update;
    let proved = wormhole::verified(programs, &accounts[1], |payload| proves(payload, update.clone()))?;
    ensure(proved, "the price is not part of the message", ProgramError::InvalidArgument)?;
    store(programs, accounts, parameters.treasury_id, &update, VerificationLevel::Full)
}

/// Posts a price together with its message, in place of whose account there is that of the signers' set.
fn post_update_atomic(programs: &Programs, accounts: &[AccountInfo; 7], parameters: PostUpdateAtomicParams) -> Done {
    let (payload, signatures) = wormhole::signed(programs, &accounts[1], &parameters.vaa)?;
    let update = parameters.merkle_price_update;
    ensure(proves(payload, update.clone())?, "the price is not part of the message", ProgramError::InvalidArgument)?;
    let level = if signatures >= QUORUM {
        VerificationLevel::Full
    } else {
        VerificationLevel::Partial { num_signatures: signatures }
    };
    store(programs, accounts, parameters.treasury_id, &update, level)
}

/// Stores a proved price.
fn store(
    programs: &Programs,
    accounts: &[AccountInfo; 7],
    treasury_id: u8,
    update: &MerklePriceUpdate,
    verification_level: VerificationLevel,
) -> Done {
    let [payer, _, config, treasury, price, system, authority] = accounts;
    let signed = payer.is_signer && price.is_signer && authority.is_signer;
    ensure(signed, "payer, price account and authority have to sign", ProgramError::MissingRequiredSignature)?;
    let at = |seeds: &[&[u8]]| Pubkey::find_program_address(seeds, &programs.receiver).0;
    ensure(*config.key == at(&[b"config"]), "another configuration", ProgramError::InvalidSeeds)?;
    let treasury_address = at(&[b"treasury", &[treasury_id]]);
    ensure(*treasury.key == treasury_address, "another treasury", ProgramError::InvalidSeeds)?;
    ensure(*system.key == system_program::ID, "not the system program", ProgramError::IncorrectProgramId)?;
    let price_message = read(update)?;
    pay(payer, treasury)?;
    if price.data_is_empty() {
        let rent = Rent::get()?.minimum_balance(PriceUpdateV2::LEN);
        let space = PriceUpdateV2::LEN as u64;
        let create = system_instruction::create_account(payer.key, price.key, rent, space, &programs.receiver);
        invoke(&create, &[payer.clone(), price.clone(), system.clone()])?;
    } else {
        ensure(*price.owner == programs.receiver, "not a price account", ProgramError::IllegalOwner)?;
        let known = stored(price)?.write_authority;
        let may_write = known == Pubkey::default() || known == *authority.key;
        ensure(may_write, "another's price account", ProgramError::IllegalOwner)?;
    }
    let stored = PriceUpdateV2 {
        write_authority: *authority.key,
        verification_level,
        price_message,
        posted_slot: Clock::get()?.slot,
    };
    let mut bytes = price.try_borrow_mut_data()?;
    bytes.fill(0);
    stored.try_serialize(&mut &mut bytes[..]).map_err(|_| ProgramError::AccountDataTooSmall)
}

/// Returns whether a price is a leaf of the tree whose root was signed.
fn proves(payload: &[u8], update: MerklePriceUpdate) -> Result<bool, ProgramError> {
    let message = WormholeMessage::try_from_bytes(payload).map_err(|_| ProgramError::InvalidAccountData)?;
    let WormholePayload::Merkle(root) = message.payload;
    Ok(MerkleRoot::<Keccak160>::new(root.root).check(update.proof, update.message.as_ref()))
}

/// Returns the price in an update.
pub(crate) fn read(update: &MerklePriceUpdate) -> Result<PriceFeedMessage, ProgramError> {
    let message = from_slice::<byteorder::BE, Message>(update.message.as_ref());
    match message {
        Ok(Message::PriceFeedMessage(message)) => Ok(message),
        _ => Err(ProgramError::InvalidInstructionData),
    }
}

/// Returns the price in an account.
pub(crate) fn stored(price: &AccountInfo) -> Result<PriceUpdateV2, ProgramError> {
    let bytes = price.try_borrow_data()?;
    PriceUpdateV2::try_deserialize(&mut &bytes[..]).map_err(|_| ProgramError::InvalidAccountData)
}

/// Pays the fee. A treasury without lamports gets the rent-exempt balance of an account without data instead.
fn pay<'a>(payer: &AccountInfo<'a>, treasury: &AccountInfo<'a>) -> Done {
    let amount = if treasury.lamports() == 0 { Rent::get()?.minimum_balance(0).max(FEE) } else { FEE };
    let transfer = system_instruction::transfer(payer.key, treasury.key, amount);
    invoke(&transfer, &[payer.clone(), treasury.clone()])
}

fn reclaim_rent(programs: &Programs, [payer, price]: &[AccountInfo; 2]) -> Done {
    ensure(payer.is_signer, "the payer has to sign", ProgramError::MissingRequiredSignature)?;
    ensure(*price.owner == programs.receiver, "not a price account", ProgramError::IllegalOwner)?;
    ensure(stored(price)?.write_authority == *payer.key, "another's price account", ProgramError::IllegalOwner)?;
    let rent = core::mem::take(&mut **price.try_borrow_mut_lamports()?);
    **payer.try_borrow_mut_lamports()? += rent;
    price.assign(&Pubkey::default());
    price.resize(0)
}
