//! Wormhole's accounts of signed messages, which are initialized, written in parts, verified and closed.

use crate::{Done, Programs, ensure, take};
use anchor_lang::prelude::{AccountInfo, ProgramError, Pubkey};

/// First bytes of an account with a message.
const DISCRIMINATOR: [u8; 8] = [226, 101, 163, 4, 133, 160, 84, 245];
const INIT: [u8; 8] = [209, 193, 173, 25, 91, 202, 181, 218];
const WRITE: [u8; 8] = [199, 208, 110, 177, 150, 76, 118, 42];
const VERIFY_V1: [u8; 8] = [103, 56, 177, 229, 240, 103, 68, 73];
const CLOSE: [u8; 8] = [48, 221, 174, 198, 231, 7, 152, 38];

/// Offsets of the fields that follow the discriminator: status, write authority, version, length and message.
const STATUS: usize = 8;
const AUTHORITY: usize = 9;
const VERSION: usize = 41;
const LENGTH: usize = 42;
const MESSAGE: usize = 46;
const WRITING: u8 = 1;
const VERIFIED: u8 = 2;
/// Bytes of a signature with its signer's number, and of the header between the signatures and the payload.
const SIGNATURE: usize = 66;
const HEADER: usize = 51;

pub(crate) fn process(programs: &Programs, accounts: &[AccountInfo], name: [u8; 8], data: &[u8]) -> Done {
    let [authority, message] = take(accounts)?;
    ensure(authority.is_signer, "the authority has to sign", ProgramError::MissingRequiredSignature)?;
    ensure(message.is_writable, "the message has to be writable", ProgramError::InvalidArgument)?;
    ensure(*message.owner == programs.wormhole, "the message is not Wormhole's", ProgramError::IllegalOwner)?;
    if name == INIT {
        return init(authority, message);
    }
    {
        let bytes = message.try_borrow_data()?;
        ensure(bytes.starts_with(&DISCRIMINATOR), "not a message", ProgramError::UninitializedAccount)?;
        let owner = bytes.get(AUTHORITY..VERSION) == Some(authority.key.as_ref());
        ensure(owner, "another's message", ProgramError::IllegalOwner)?;
    }
    match name {
        WRITE => write(message, data),
        VERIFY_V1 => verify(programs, message, accounts.get(2).ok_or(ProgramError::NotEnoughAccountKeys)?),
        CLOSE => close(message, authority),
        _ => Err(ProgramError::InvalidInstructionData),
    }
}

/// Initializes an account, which the system program has created before and which holds only zeros.
fn init(authority: &AccountInfo, message: &AccountInfo) -> Done {
    let mut bytes = message.try_borrow_mut_data()?;
    let room = bytes.len().checked_sub(MESSAGE).filter(|room| *room > 0).ok_or(ProgramError::AccountDataTooSmall)?;
    let is_new = bytes.iter().take(8).all(|byte| *byte == 0);
    ensure(is_new, "a message already", ProgramError::AccountAlreadyInitialized)?;
    let length = u32::try_from(room).map_err(|_| ProgramError::InvalidAccountData)?;
    bytes[..STATUS].copy_from_slice(&DISCRIMINATOR);
    bytes[STATUS] = WRITING;
    bytes[AUTHORITY..VERSION].copy_from_slice(authority.key.as_ref());
    bytes[VERSION] = 0;
    bytes[LENGTH..MESSAGE].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// Writes a part of the message; `data` holds the offset, the length and the bytes of the part.
fn write(message: &AccountInfo, data: &[u8]) -> Done {
    let (offset, rest) = data.split_first_chunk::<4>().ok_or(ProgramError::InvalidInstructionData)?;
    let (length, part) = rest.split_first_chunk::<4>().ok_or(ProgramError::InvalidInstructionData)?;
    let (offset, length) = (u32::from_le_bytes(*offset) as usize, u32::from_le_bytes(*length) as usize);
    ensure(length == part.len() && length > 0, "no whole part", ProgramError::InvalidInstructionData)?;
    let mut bytes = message.try_borrow_mut_data()?;
    ensure(bytes[STATUS] == WRITING, "not being written", ProgramError::InvalidAccountData)?;
    let target = bytes[MESSAGE..].get_mut(offset..).and_then(|rest| rest.get_mut(..length));
    target.ok_or(ProgramError::AccountDataTooSmall)?.copy_from_slice(part);
    Ok(())
}

/// Marks a message as verified.
fn verify(programs: &Programs, message: &AccountInfo, signers: &AccountInfo) -> Done {
    let mut bytes = message.try_borrow_mut_data()?;
    ensure(bytes[STATUS] == WRITING, "verified already", ProgramError::InvalidAccountData)?;
    signed(programs, signers, &bytes[MESSAGE..])?;
    bytes[STATUS] = VERIFIED;
    bytes[VERSION] = 1;
    Ok(())
}

fn close(message: &AccountInfo, authority: &AccountInfo) -> Done {
    ensure(authority.is_writable, "the authority gets the rent", ProgramError::InvalidArgument)?;
    let rent = core::mem::take(&mut **message.try_borrow_mut_lamports()?);
    **authority.try_borrow_mut_lamports()? += rent;
    message.assign(&Pubkey::default());
    message.resize(0)
}

/// Returns the payload of a message of version 1.
fn payload(vaa: &[u8]) -> Result<&[u8], ProgramError> {
    let (Some(1), Some(signatures)) = (vaa.first(), vaa.get(5)) else { return Err(ProgramError::InvalidAccountData) };
    let start = 6 + usize::from(*signatures) * SIGNATURE + HEADER;
    vaa.get(start..).ok_or(ProgramError::InvalidAccountData)
}

/// Returns the payload of a message and the number of its signatures. It checks the form of the message and the address of the signers'
/// set, but no signature.
pub(crate) fn signed<'a>(
    programs: &Programs,
    signers: &AccountInfo,
    vaa: &'a [u8],
) -> Result<(&'a [u8], u8), ProgramError> {
    let payload = payload(vaa)?;
    let (Some(set), Some(signatures)) = (vaa.get(1..5), vaa.get(5)) else {
        return Err(ProgramError::InvalidAccountData);
    };
    let address = Pubkey::find_program_address(&[b"GuardianSet", set], &programs.wormhole).0;
    ensure(*signers.key == address, "another set of signers", ProgramError::InvalidSeeds)?;
    Ok((payload, *signatures))
}

/// Passes the payload of a verified message to `read` and returns the result.
pub(crate) fn verified<T>(
    programs: &Programs,
    message: &AccountInfo,
    read: impl FnOnce(&[u8]) -> Result<T, ProgramError>,
) -> Result<T, ProgramError> {
    ensure(*message.owner == programs.wormhole, "the message is not Wormhole's", ProgramError::IllegalOwner)?;
    let bytes = message.try_borrow_data()?;
    ensure(bytes.starts_with(&DISCRIMINATOR), "not a message", ProgramError::InvalidAccountData)?;
    let is_verified = bytes.get(STATUS) == Some(&VERIFIED);
    ensure(is_verified, "the message is not verified", ProgramError::InvalidAccountData)?;
    read(payload(bytes.get(MESSAGE..).unwrap_or_default())?)
}
