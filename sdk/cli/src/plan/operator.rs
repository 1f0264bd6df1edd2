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
    evergreen::state::Roles,
    instruction as build, presets,
};

/// Something that is created.
pub struct CreatePlan {
    /// Its address.
    pub address: Pubkey,
    /// The price account of an underlying, or the mint of a pool.
    pub about: Pubkey,
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
    Ok(CreatePlan { address: address::underlying(&feed), about: price, instructions: [create] })
}

/// The instruction that creates a pool.
///
/// # Errors
/// A mint that is not there; failures of the network.
pub async fn pool(context: &Context, args: &CreatePool, me: Pubkey) -> Result<CreatePlan> {
    let keys = context.client.pool_keys(args.mint).await?;
    let underlyings: Vec<Pubkey> = args.underlyings.iter().map(|s| address::underlying(&s.feed())).collect();
    let create = build::create_pool(me, me, &keys, args.scale, presets::pool_params(), &underlyings);
    Ok(CreatePlan { address: keys.pool, about: args.mint, instructions: [create] })
}
