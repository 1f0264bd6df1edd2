//! Creation of vaults and share mints at program-derived addresses.

use super::system::System;
use crate::{errors::EvergreenError, state::rent_exempt};
use anchor_lang::{error::ErrorCode, prelude::*};
use anchor_spl::{
    token::{self, InitializeMint2, Token},
    token_2022::spl_token_2022::{
        extension::{BaseStateWithExtensions, ExtensionType, StateWithExtensions},
        state::{Account, Mint},
    },
    token_interface::{self, InitializeAccount3, TokenInterface},
};

/// Checks that an account is at the address that the seeds give, and returns the bump. Errors: `ConstraintSeeds`.
pub fn derive(address: &UncheckedAccount, seeds: &[&[u8]]) -> Result<u8> {
    let (derived, bump) = Pubkey::find_program_address(seeds, &crate::ID);
    require_keys_eq!(address.key(), derived, ErrorCode::ConstraintSeeds);
    Ok(bump)
}

/// Creates the account at a derived address, also when somebody has sent lamports there before.
#[inline(never)]
pub fn create_address<'info>(
    payer: &Signer<'info>,
    address: &UncheckedAccount<'info>,
    space: usize,
    owner: &Pubkey,
    seeds: &[&[u8]],
) -> Result<()> {
    let needed = rent_exempt(space)?;
    let space = u64::try_from(space).map_err(crate::errors::too_large)?;
    let both = [payer.to_account_info(), address.to_account_info()];
    if address.lamports() == 0 {
        return System::Create { lamports: needed, space, owner }.call(&both, seeds);
    }
    let missing = needed.saturating_sub(address.lamports());
    if missing > 0 {
        System::Transfer { lamports: missing }.call(&both, seeds)?;
    }
    System::Allocate { space }.call(&both[1..], seeds)?;
    System::Assign { owner }.call(&both[1..], seeds)
}

/// Creates a token account for the mint's tokens, with the extensions that the mint asks of its accounts.
#[inline(never)]
pub fn create_vault<'info>(
    payer: &Signer<'info>,
    vault: &UncheckedAccount<'info>,
    mint: &AccountInfo<'info>,
    authority: &AccountInfo<'info>,
    program: &Interface<'info, TokenInterface>,
    seeds: &[&[u8]],
) -> Result<()> {
    let space = {
        let data = mint.try_borrow_data()?;
        let state = StateWithExtensions::<Mint>::unpack(&data).map_err(|_| EvergreenError::MintRefused)?;
        let types = state.get_extension_types().map_err(|_| EvergreenError::MintRefused)?;
        let required = ExtensionType::get_required_init_account_extensions(&types);
        ExtensionType::try_calculate_account_len::<Account>(&required).map_err(|_| EvergreenError::MintRefused)?
    };
    create_address(payer, vault, space, &program.key(), seeds)?;
    let accounts =
        InitializeAccount3 { account: vault.to_account_info(), mint: mint.clone(), authority: authority.clone() };
    token_interface::initialize_account3(CpiContext::new(program.key(), accounts))
}

/// Creates a share mint of the classic token program that only the pool can mint; nobody can freeze it.
#[inline(never)]
pub fn create_share_mint<'info>(
    payer: &Signer<'info>,
    mint: &UncheckedAccount<'info>,
    authority: &Pubkey,
    decimals: u8,
    seeds: &[&[u8]],
) -> Result<()> {
    create_address(payer, mint, token::Mint::LEN, &Token::id(), seeds)?;
    let accounts = InitializeMint2 { mint: mint.to_account_info() };
    token::initialize_mint2(CpiContext::new(Token::id(), accounts), decimals, authority, None)
}
