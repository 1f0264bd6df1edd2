//! Creates the protocol account.

use crate::{ensure, events::ProtocolInitialized, instructions::common::*, seeds, state::*};
use anchor_lang::{prelude::*, solana_program::bpf_loader_upgradeable};
use core::cell::RefMut;

/// Accounts of `initialize_protocol`.
#[derive(Accounts)]
pub struct InitializeProtocol<'info> {
    /// It pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// This is the upgrade authority of the program: nobody else can be first.
    pub authority: Signer<'info>,
    /// It is created.
    /// CHECK: created by the handler at this address.
    #[account(mut, seeds = [seeds::PROTOCOL], bump)]
    pub protocol: UncheckedAccount<'info>,
    /// CHECK: it is the data of this program, which name its upgrade authority: the address is derived, the owner is the loader.
    #[account(
        seeds = [crate::ID.as_ref()],
        bump,
        seeds::program = bpf_loader_upgradeable::ID,
        owner = bpf_loader_upgradeable::ID
    )]
    pub program_data: UncheckedAccount<'info>,
    /// It creates the account.
    pub system_program: Program<'info, System>,
}

/// 1. The signer must be the program's upgrade authority.
/// 2. Roles are stored.
pub(crate) fn initialize_protocol(ctx: Context<InitializeProtocol>, roles: Roles) -> Result<()> {
    let accounts = ctx.accounts;
    let upgrades = upgrade_authority(&accounts.program_data.try_borrow_data()?);
    ensure!(upgrades == Some(accounts.authority.key()), Unauthorized);
    for role in [roles.admin, roles.guardian, roles.fee_owner] {
        ensure!(role != Pubkey::default(), InvalidParameter, "a role cannot be the default key");
    }
    let bump = ctx.bumps.protocol;
    let seeds: &[&[u8]] = &[seeds::PROTOCOL, &[bump]];
    let mut protocol: RefMut<Protocol> = create_zeroed(&accounts.payer, &accounts.protocol, Protocol::SPACE, seeds)?;
    protocol.version = LAYOUT_VERSION;
    protocol.bump = bump;
    protocol.admin = roles.admin;
    protocol.guardian = roles.guardian;
    protocol.fee_owner = roles.fee_owner;
    protocol.timelock = timelock::DEFAULT;
    emit!(ProtocolInitialized {
        admin: roles.admin,
        guardian: roles.guardian,
        fee_owner: roles.fee_owner,
        timelock: protocol.timelock,
    });
    Ok(())
}

/// The upgrade authority that data of a program name, if there is one.
///
/// The bytes are those of the loader's `UpgradeableLoaderState::ProgramData`: the number of the variant in four bytes, the slot
/// of the deployment in eight, one byte that says whether a key follows, the key. They are read here because the loader's own
/// decoder would bring 60 KB with it.
fn upgrade_authority(data: &[u8]) -> Option<Pubkey> {
    const VARIANT: [u8; 4] = 3u32.to_le_bytes();
    let (_slot, rest) = data.strip_prefix(&VARIANT)?.split_first_chunk::<8>()?;
    rest.strip_prefix(&[1])?.first_chunk::<32>().copied().map(Pubkey::new_from_array)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::solana_program::bpf_loader_upgradeable::UpgradeableLoaderState;

    fn bytes(state: &UpgradeableLoaderState) -> Vec<u8> {
        bincode::serialize(state).expect("the loader's own encoding")
    }

    #[test]
    fn the_authority_is_the_one_that_the_loader_writes() {
        let key = Pubkey::new_unique();
        let of = |authority| {
            upgrade_authority(&bytes(&UpgradeableLoaderState::ProgramData {
                slot: u64::MAX,
                upgrade_authority_address: authority,
            }))
        };
        assert_eq!(of(Some(key)), Some(key));
        assert_eq!(of(None), None);
    }

    #[test]
    fn other_accounts_of_the_loader_name_no_authority() {
        let key = Pubkey::new_unique();
        let program = UpgradeableLoaderState::Program { programdata_address: key };
        let buffer = UpgradeableLoaderState::Buffer { authority_address: Some(key) };
        for state in [program, buffer, UpgradeableLoaderState::Uninitialized] {
            assert_eq!(upgrade_authority(&bytes(&state)), None);
        }
        assert_eq!(upgrade_authority(&[3, 0, 0, 0]), None);
    }
}
