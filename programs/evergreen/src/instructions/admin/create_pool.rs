//! Creates a pool for a collateral mint, with its registry, vaults and share mints.

use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    events::PoolCreated,
    instructions::common::*,
    seeds,
    state::*,
    token,
};
use anchor_lang::prelude::*;
use anchor_spl::{
    token::Token,
    token_interface::{Mint, TokenInterface},
};
use core::cell::RefMut;
use evergreen_math::{Native, PointScale};

/// Accounts of `create_pool`. Remaining accounts: the pool's underlyings, one to four, in the order they will have.
#[derive(Accounts)]
#[instruction(terms: PoolTerms)]
pub struct CreatePool<'info> {
    /// It pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The creator becomes the curator; the admin for a pool of the protocol.
    pub curator: Signer<'info>,
    /// The protocol names the admin.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// This is the collateral.
    #[account(mint::token_program = token_program)]
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// It is created.
    /// CHECK: created by the handler at this address.
    #[account(mut, seeds = [seeds::POOL, mint.key().as_ref(), terms.creator.as_ref(), &terms.number.to_le_bytes()], bump)]
    pub pool: UncheckedAccount<'info>,
    /// It is created.
    /// CHECK: created by the handler at this address.
    #[account(mut, seeds = [seeds::REGISTRY, pool.key().as_ref()], bump)]
    pub registry: UncheckedAccount<'info>,
    /// CHECK: it is the main vault, created by the handler at this address.
    #[account(mut, seeds = [seeds::VAULT, pool.key().as_ref()], bump)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: it is the insurance vault, created by the handler at this address.
    #[account(mut, seeds = [seeds::INSURANCE, pool.key().as_ref()], bump)]
    pub insurance_vault: UncheckedAccount<'info>,
    /// CHECK: it is the share mint of the main class, created by the handler at this address.
    #[account(mut, seeds = [seeds::SHARES, pool.key().as_ref(), &[ShareClass::Main as u8], &[0; 4]], bump)]
    pub main_mint: UncheckedAccount<'info>,
    /// CHECK: it is the share mint of the insurance class, created by the handler at this address.
    #[account(mut, seeds = [seeds::SHARES, pool.key().as_ref(), &[ShareClass::Insurance as u8], &[0; 4]], bump)]
    pub insurance_mint: UncheckedAccount<'info>,
    /// CHECK: it is the token account of the creator that the first deposit comes from; not looked at where there is none.
    #[account(mut)]
    pub wallet: UncheckedAccount<'info>,
    /// This is the token program of the collateral.
    pub token_program: Interface<'info, TokenInterface>,
    /// This is the token program of the shares.
    pub share_program: Program<'info, Token>,
    /// It creates accounts.
    pub system_program: Program<'info, System>,
}

/// 1. The creator signs, for a pool of the protocol the admin. Mint and parameters must be acceptable, for a stranger's pool within narrower bounds.
/// 2. Underlyings are checked.
/// 3. Accounts are created and filled.
/// 4. The first deposit, which stays, is transferred.
pub(crate) fn create_pool<'info>(
    ctx: Context<'info, CreatePool<'info>>,
    terms: PoolTerms,
    params: PoolParams,
) -> Result<()> {
    let accounts = &ctx.accounts;
    let curator = accounts.curator.key();
    if terms.creator == Pubkey::default() {
        accounts.protocol.load()?.check_admin(&curator)?;
    } else {
        accounts.protocol.load()?.check()?;
        ensure!(curator == terms.creator, Unauthorized);
        params.check_curated(accounts.mint.decimals, terms.private)?;
    }
    token::check_mint(&accounts.mint.to_account_info())?;
    ensure!(accounts.mint.decimals <= Pool::MAX_DECIMALS, Decimals, "mint has {} decimals", accounts.mint.decimals);
    PointScale::new(terms.scale_exponent).program()?;
    params.check()?;
    let listed = ctx.remaining_accounts;
    ensure!(!listed.is_empty() && listed.len() <= MAX_UNDERLYINGS, UnderlyingCount);
    let mut underlyings = [PoolUnderlying::default(); MAX_UNDERLYINGS];
    for (place, info) in listed.iter().enumerate() {
        ensure!(underlyings.iter().all(|u| u.key != info.key()), UnderlyingCount);
        let entry = underlyings.get_mut(place).ok_or(EvergreenError::UnderlyingCount)?;
        entry.key = info.key();
    }
    let max_ages = max_ages(&params, listed)?;
    create_vaults_and_mints(&ctx)?;

    let (key, bumps) = (accounts.pool.key(), &ctx.bumps);
    let seeds: &[&[u8]] = &[seeds::REGISTRY, key.as_ref(), &[bumps.registry]];
    let mut registry: RefMut<SeriesRegistry> =
        create_zeroed(&accounts.payer, &accounts.registry, SeriesRegistry::SPACE, seeds)?;
    registry.version = LAYOUT_VERSION;
    registry.bump = bumps.registry;
    registry.pool = key;
    let mint = accounts.mint.key();
    let signer = PoolSigner::new(mint, &terms, bumps.pool);
    let seeds: &[&[u8]] = &signer.seeds();
    let mut pool: RefMut<Pool> = create_zeroed(&accounts.payer, &accounts.pool, Pool::SPACE, seeds)?;
    pool.version = LAYOUT_VERSION;
    pool.bump = bumps.pool;
    pool.creator = terms.creator;
    pool.curator = terms.creator;
    pool.number = terms.number;
    pool.flags = if terms.private { Pool::PRIVATE } else { 0 };
    pool.scale_exponent = terms.scale_exponent;
    pool.decimals = accounts.mint.decimals;
    pool.underlying_count = u8::try_from(listed.len()).map_err(crate::errors::too_large)?;
    pool.mint = mint;
    pool.token_program = accounts.token_program.key();
    pool.vault = accounts.vault.key();
    pool.insurance_vault = accounts.insurance_vault.key();
    pool.main_mint = accounts.main_mint.key();
    pool.insurance_mint = accounts.insurance_mint.key();
    pool.underlyings = underlyings;
    pool.params = params;
    pool.max_ages = max_ages;
    pool.loss_index = LossIndex::NONE;
    pool.insurance_loss_index = LossIndex::NONE;
    pool.paid_index = LossIndex::NONE;
    pool.sow(Native(terms.seed))?;
    if terms.seed > 0 {
        let from = [&accounts.wallet, &accounts.vault].map(|account| account.to_account_info());
        let moved = [&from[0], &from[1], &accounts.mint.to_account_info()];
        token::sow(moved, &accounts.curator, &accounts.token_program, (Native(terms.seed), pool.decimals))?;
    }
    emit!(PoolCreated {
        pool: key,
        mint: pool.mint,
        creator: terms.creator,
        number: terms.number,
        private: terms.private,
        seed: terms.seed,
        underlyings: listed.iter().map(|u| u.key()).collect(),
        scale_exponent: terms.scale_exponent,
        decimals: pool.decimals,
        params,
        max_ages,
    });
    Ok(())
}

#[inline(never)]
fn create_vaults_and_mints<'info>(ctx: &Context<'info, CreatePool<'info>>) -> Result<()> {
    let accounts = &ctx.accounts;
    let pool = accounts.pool.to_account_info();
    let (key, mint) = (accounts.pool.key(), accounts.mint.to_account_info());
    for (vault, seed, bump) in [
        (&accounts.vault, seeds::VAULT, ctx.bumps.vault),
        (&accounts.insurance_vault, seeds::INSURANCE, ctx.bumps.insurance_vault),
    ] {
        let seeds: &[&[u8]] = &[seed, key.as_ref(), &[bump]];
        token::create_vault(&accounts.payer, vault, &mint, &pool, &accounts.token_program, seeds)?;
    }
    for (share_mint, class, bump) in [
        (&accounts.main_mint, ShareClass::Main, ctx.bumps.main_mint),
        (&accounts.insurance_mint, ShareClass::Insurance, ctx.bumps.insurance_mint),
    ] {
        let seeds: &[&[u8]] = &[seeds::SHARES, key.as_ref(), &[class as u8], &[0; 4], &[bump]];
        token::create_share_mint(&accounts.payer, share_mint, &key, accounts.mint.decimals, seeds)?;
    }
    Ok(())
}
