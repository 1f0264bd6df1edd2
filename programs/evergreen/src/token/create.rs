//! Creation of vaults and share mints at program-derived addresses.

use crate::errors::EvergreenError;
use anchor_lang::{error::ErrorCode, prelude::*, system_program};
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
    let signer = &[seeds];
    let needed = Rent::get()?.minimum_balance(space);
    let space = u64::try_from(space).map_err(crate::errors::too_large)?;
    if address.lamports() == 0 {
        let accounts = system_program::CreateAccount { from: payer.to_account_info(), to: address.to_account_info() };
        let create = CpiContext::new_with_signer(system_program::ID, accounts, signer);
        return system_program::create_account(create, needed, space, owner);
    }
    let missing = needed.saturating_sub(address.lamports());
    if missing > 0 {
        let accounts = system_program::Transfer { from: payer.to_account_info(), to: address.to_account_info() };
        system_program::transfer(CpiContext::new(system_program::ID, accounts), missing)?;
    }
    let allocate = system_program::Allocate { account_to_allocate: address.to_account_info() };
    system_program::allocate(CpiContext::new_with_signer(system_program::ID, allocate, signer), space)?;
    let assign = system_program::Assign { account_to_assign: address.to_account_info() };
    system_program::assign(CpiContext::new_with_signer(system_program::ID, assign, signer), owner)
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
