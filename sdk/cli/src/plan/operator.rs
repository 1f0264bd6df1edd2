//! What operators do with authority keys: protocol, underlyings, pools.

use crate::{
    args::operator::{CreatePool, CreateUnderlying, Init},
    context::Context,
    failure::Usage,
};
use anyhow::Result;
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    convert,
    evergreen::state::{Pool, Roles},
    instruction::{self as build, PoolKeys},
    presets,
};

/// Where a mint's data tells its decimals.
const DECIMALS: usize = 44;

/// Something that is created.
pub struct CreatePlan {
    /// Its address.
    pub address: Pubkey,
    /// The price account of an underlying, or the mint of a pool.
    pub about: Pubkey,
    /// The first deposit of a pool of its creator, in tokens.
    pub seed: Option<String>,
    /// To be sent.
    pub instructions: [Instruction; 1],
}

/// The protocol's roles, the admin where none is named, and the instruction that creates the protocol.
pub fn init(args: &Init, me: Pubkey) -> (Roles, [Instruction; 1]) {
    let admin = args.admin.unwrap_or(me);
    let roles = Roles { admin, guardian: args.guardian.unwrap_or(admin), fee_owner: args.fee_owner.unwrap_or(admin) };
    (roles, [build::initialize_protocol(me, me, roles)])
}

/// The program whose accounts presets read prices from.
///
/// # Errors
/// [`Usage`] for prices without presets.
pub fn price_owner(context: &Context) -> Result<Pubkey> {
    let generation = context.global.prices.generation();
    let generation = generation.ok_or_else(|| Usage("there are no presets for legacy price accounts".into()))?;
    Ok(generation.receiver())
}

/// The instruction that creates an underlying.
///
/// # Errors
/// When its price account has no address.
pub fn underlying(context: &Context, args: &CreateUnderlying, owner: Pubkey, me: Pubkey) -> Result<CreatePlan> {
    let feed = args.symbol.feed();
    let price = context.source().account(&feed)?;
    let create = build::create_underlying(me, me, price, args.symbol.config(owner));
    Ok(CreatePlan { address: address::underlying(&feed), about: price, seed: None, instructions: [create] })
}

/// The instruction that creates a pool: one of the protocol where the keypair is the admin's, otherwise one of its own under its next number.
///
/// # Errors
/// A mint that is not there, or that the program takes no pool of; a parameter that there is not; failures of the network.
pub async fn pool(context: &Context, args: &CreatePool, me: Pubkey) -> Result<CreatePlan> {
    let keys = context.client.pool_keys(args.mint).await?;
    let underlyings: Vec<Pubkey> = args.underlyings.iter().map(|s| address::underlying(&s.feed())).collect();
    let params = super::govern::overridden(&presets::pool_params(), &args.values)?;
    let is_admin = super::govern::protocol(context).await?.admin == me;
    if is_admin && !args.private && args.first.is_none() {
        let create = build::create_pool(me, me, &keys, args.scale, params, &underlyings);
        return Ok(CreatePlan { address: keys.pool, about: args.mint, seed: None, instructions: [create] });
    }
    let decimals = context.raw(args.mint).await?.map_or(0, |mint| mint.data.get(DECIMALS).copied().unwrap_or(0));
    let seed = match args.first {
        Some(tokens) => {
            convert::native(tokens, decimals).map_err(|error| Usage(format!("--first {tokens}: {error}")))?
        }
        None => Pool::least_seed(decimals),
    };
    let mut keys = PoolKeys::of_creator(args.mint, keys.token_program, me, 0);
    while context.raw(keys.pool).await?.is_some() {
        let number = keys.number.checked_add(1).ok_or_else(|| Usage("you have all pools of this mint".into()))?;
        keys = PoolKeys::of_creator(args.mint, keys.token_program, me, number);
    }
    let create = build::create_curated_pool(me, &keys, args.scale, (args.private, seed), params, &underlyings);
    let seed = Some(convert::tokens(i64::try_from(seed).unwrap_or(i64::MAX), decimals).normalize().to_string());
    Ok(CreatePlan { address: keys.pool, about: args.mint, seed, instructions: [create] })
}
