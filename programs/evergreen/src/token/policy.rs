//! The mint policy: which mints are accepted as collateral.

use crate::{ensure, errors::EvergreenError};
use anchor_lang::prelude::*;
use anchor_spl::token_2022::spl_token_2022::{
    extension::{
        BaseStateWithExtensions, ExtensionType, StateWithExtensions, confidential_transfer::ConfidentialTransferMint,
        default_account_state::DefaultAccountState, pausable::PausableConfig, transfer_fee::TransferFeeConfig,
        transfer_hook::TransferHook,
    },
    state::{AccountState, Mint},
};

/// Checks a mint's extensions. Accepted are metadata and group pointers and data, permanent delegate (the issuer can
/// seize: a loss that is assigned by rule), pausable while not paused, default account state "initialized",
/// confidential transfer without automatic approval (the vault never configures one), a transfer hook without
/// program, scaled UI amount (display only), and a transfer fee that is zero now and in the epoch to come. All
/// others, unknown ones included, are refused.
///
/// A mint is checked again whenever its tokens move in, because most of these can change after listing.
///
/// Errors: `MintRefused` with the reason in the log.
#[inline(never)]
pub fn check_mint(mint: &AccountInfo) -> Result<()> {
    if *mint.owner == anchor_spl::token::ID {
        return Ok(());
    }
    let data = mint.try_borrow_data()?;
    let refused = |_| error!(EvergreenError::MintRefused);
    let state = StateWithExtensions::<Mint>::unpack(&data).map_err(refused)?;
    // An extension id that this build does not know makes `get_extension_types` fail, so the mint is refused.
    for extension in state.get_extension_types().map_err(refused)? {
        let accepted = match extension {
            ExtensionType::MetadataPointer
            | ExtensionType::TokenMetadata
            | ExtensionType::GroupPointer
            | ExtensionType::GroupMemberPointer
            | ExtensionType::TokenGroup
            | ExtensionType::TokenGroupMember
            | ExtensionType::PermanentDelegate
            | ExtensionType::ScaledUiAmount => true,
            ExtensionType::Pausable => !bool::from(state.get_extension::<PausableConfig>().map_err(refused)?.paused),
            ExtensionType::DefaultAccountState => {
                state.get_extension::<DefaultAccountState>().map_err(refused)?.state == AccountState::Initialized as u8
            }
            ExtensionType::ConfidentialTransferMint => {
                let config = state.get_extension::<ConfidentialTransferMint>().map_err(refused)?;
                !bool::from(config.auto_approve_new_accounts)
            }
            ExtensionType::TransferHook => hook_of(&state).is_none(),
            ExtensionType::TransferFeeConfig => {
                let fee = state.get_extension::<TransferFeeConfig>().map_err(refused)?;
                [fee.older_transfer_fee, fee.newer_transfer_fee]
                    .iter()
                    .all(|f| u16::from(f.transfer_fee_basis_points) == 0)
            }
            _ => false,
        };
        ensure!(accepted, MintRefused, "mint extension {:?} is not accepted as it is set", extension);
    }
    Ok(())
}

/// Returns the program of a mint's transfer hook.
#[inline(never)]
pub(super) fn hook_program(mint: &AccountInfo) -> Option<Pubkey> {
    let data = mint.try_borrow_data().ok()?;
    hook_of(&StateWithExtensions::<Mint>::unpack(&data).ok()?)
}

fn hook_of(state: &StateWithExtensions<Mint>) -> Option<Pubkey> {
    state.get_extension::<TransferHook>().ok().and_then(|hook| hook.program_id.into())
}
