//! Pyth's push program, whose price accounts at fixed addresses are written by the receiver.

use crate::{Done, Programs, ensure, receiver, take};
use anchor_lang::{
    AnchorDeserialize,
    prelude::{AccountInfo, ProgramError, Pubkey},
    solana_program::{
        instruction::{AccountMeta, Instruction},
        program::invoke_signed,
    },
};
use pyth_solana_receiver_sdk::PostUpdateParams;

const UPDATE_PRICE_FEED: [u8; 8] = [28, 9, 93, 150, 86, 153, 188, 115];

pub(crate) fn process(programs: &Programs, accounts: &[AccountInfo], name: [u8; 8], data: &[u8]) -> Done {
    ensure(name == UPDATE_PRICE_FEED, "unknown instruction", ProgramError::InvalidInstructionData)?;
    let wrong = |_| ProgramError::InvalidInstructionData;
    let mut rest = data;
    let parameters = PostUpdateParams::deserialize(&mut rest).map_err(wrong)?;
    let behind = data.get(..data.len() - rest.len()).ok_or(ProgramError::InvalidInstructionData)?;
    let (shard, feed) = <([u8; 2], [u8; 32])>::try_from_slice(rest).map_err(wrong)?;
    let [payer, receiver, message, config, treasury, price, system] = take(accounts)?;
    ensure(*receiver.key == programs.receiver, "another receiver", ProgramError::IncorrectProgramId)?;
    let (address, bump) = Pubkey::find_program_address(&[&shard, &feed], &programs.push);
    ensure(*price.key == address, "another price account", ProgramError::InvalidSeeds)?;
    let next = receiver::read(&parameters.merkle_price_update)?;
    ensure(next.feed_id == feed, "the price of another feed", ProgramError::InvalidArgument)?;
    // A price that is not newer is no error, but changes nothing.
    if !price.data_is_empty() && next.publish_time <= receiver::stored(price)?.price_message.publish_time {
        return Ok(());
    }
    let post = Instruction {
        program_id: programs.receiver,
        accounts: vec![
            AccountMeta::new(*payer.key, true),
            AccountMeta::new_readonly(*message.key, false),
            AccountMeta::new_readonly(*config.key, false),
            AccountMeta::new(*treasury.key, false),
            AccountMeta::new(*price.key, true),
            AccountMeta::new_readonly(*system.key, false),
            AccountMeta::new_readonly(*price.key, true),
        ],
        data: [&receiver::POST_UPDATE, behind].concat(),
    };
    let given = [payer, receiver, message, config, treasury, price, system].map(AccountInfo::clone);
    invoke_signed(&post, &given, &[&[&shard, &feed, &[bump]]])
}
