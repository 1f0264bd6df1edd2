//! What the loader stores about this program.

use anchor_lang::{error::ErrorCode, prelude::*, solana_program::bpf_loader_upgradeable};

/// The states of an account of the upgradeable loader, as its first four bytes number them.
#[repr(u32)]
enum Tag {
    Uninitialized,
    Buffer,
    Program,
    ProgramData,
}

impl Tag {
    fn read(data: &mut &[u8]) -> Result<Self> {
        match u32::deserialize(data).map_err(undecodable)? {
            0 => Ok(Self::Uninitialized),
            1 => Ok(Self::Buffer),
            2 => Ok(Self::Program),
            3 => Ok(Self::ProgramData),
            _ => Err(ProgramError::InvalidAccountData.into()),
        }
    }
}

/// The account that holds an upgradeable program's code, as far as its header.
///
/// Anchor's own type of this name decodes it with `bincode` and `serde`, which print floating-point numbers in their errors: a
/// twentieth of the program's size.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Who may upgrade the program; nobody once it is final.
    pub upgrade_authority: Option<Pubkey>,
}

impl AccountDeserialize for Deployment {
    /// Errors: `InvalidAccountData` for what the loader has not written, `AccountNotProgramData` for its other accounts.
    fn try_deserialize_unchecked(data: &mut &[u8]) -> Result<Self> {
        match Tag::read(data)? {
            Tag::Uninitialized => {}
            Tag::Buffer => drop(Option::<Pubkey>::deserialize(data).map_err(undecodable)?),
            Tag::Program => drop(Pubkey::deserialize(data).map_err(undecodable)?),
            Tag::ProgramData => {
                let _slot = u64::deserialize(data).map_err(undecodable)?;
                let upgrade_authority = Option::<Pubkey>::deserialize(data).map_err(undecodable)?;
                return Ok(Self { upgrade_authority });
            }
        }
        Err(ErrorCode::AccountNotProgramData.into())
    }
}

/// It is never written.
impl AccountSerialize for Deployment {}

impl Owner for Deployment {
    fn owner() -> Pubkey {
        bpf_loader_upgradeable::ID
    }
}

#[cfg(feature = "idl-build")]
impl anchor_lang::IdlBuild for Deployment {}
#[cfg(feature = "idl-build")]
impl anchor_lang::Discriminator for Deployment {
    const DISCRIMINATOR: &'static [u8] = &[];
}

/// Address of the account with the code of an upgradeable program; `None` for a program of another loader.
/// Errors: `InvalidAccountData` for what the loader has not written.
pub(crate) fn code_address(program: &AccountInfo) -> Result<Option<Pubkey>> {
    if *program.owner != bpf_loader_upgradeable::ID {
        return Ok(None);
    }
    let mut data: &[u8] = &program.try_borrow_data()?;
    match Tag::read(&mut data)? {
        Tag::Program => Ok(Some(Pubkey::deserialize(&mut data).map_err(undecodable)?)),
        _ => Err(ProgramError::InvalidAccountData.into()),
    }
}

fn undecodable(_: std::io::Error) -> Error {
    ProgramError::InvalidAccountData.into()
}
