//! Mints with chosen extensions, and pools on them.

use crate::{
    chain::{Chain, actor},
    tokens::{Mint, issuer},
    world::World,
};
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, system_instruction},
};
use anchor_spl::token_2022::spl_token_2022::{ID as TOKEN_2022, extension::ExtensionType, instruction, state};
use evergreen_sdk::{
    evergreen::state::{PoolParams, ShareClass},
    instruction::{self as build, PoolKeys},
    presets,
};

impl Chain {
    /// Creates a Token-2022 mint with these extensions, which the instructions of `set_up` initialize.
    ///
    /// # Panics
    /// If the token program refuses it.
    pub fn create_extended_mint(
        &mut self,
        name: &str,
        decimals: u8,
        extensions: &[ExtensionType],
        set_up: impl Fn(&Pubkey) -> Vec<Instruction>,
    ) -> Mint {
        let mint = actor(name);
        let space = ExtensionType::try_calculate_account_len::<state::Mint>(extensions).expect("known extensions");
        let rent = self.rent(space);
        let create = system_instruction::create_account(&self.payer, &mint, rent, space as u64, &TOKEN_2022);
        let initialize = instruction::initialize_mint2(&TOKEN_2022, &mint, &issuer(), Some(&issuer()), decimals);
        let mut all = vec![create];
        all.extend(set_up(&mint));
        all.push(initialize.expect("an instruction"));
        self.send(&all).ok();
        Mint { address: mint, program: TOKEN_2022, decimals }
    }
}

impl World {
    /// Creates a pool of `creator` on the mint of another pool, with these parameters and a first deposit that stays, native units, and returns its place in
    /// [`World::pools`]. Nobody else has provided liquidity.
    #[track_caller]
    pub fn add_curated_pool(
        &mut self,
        creator: &str,
        like: usize,
        (private, seed): (bool, u64),
        params: PoolParams,
    ) -> usize {
        let create = self.create_curated(creator, like, (private, seed), params);
        self.send(create).ok();
        self.pools.len() - 1
    }

    /// Returns the creation of such a pool, which is the last in [`World::pools`] already; the creator has the tokens.
    pub fn create_curated(
        &mut self,
        creator: &str,
        like: usize,
        (private, seed): (bool, u64),
        params: PoolParams,
    ) -> Instruction {
        let (mint, owner) = (self.mints[like], actor(creator));
        let number = self.pools.iter().filter(|keys| (keys.creator, keys.mint) == (owner, mint.address)).count();
        let number = u16::try_from(number).expect("few pools");
        let keys = PoolKeys::of_creator(mint.address, mint.program, owner, number);
        self.mints.push(mint);
        self.pools.push(keys);
        self.give(mint, &owner, seed.max(1));
        let underlyings: Vec<_> = self.feeds.iter().map(|feed| feed.accounts.underlying).collect();
        // A share is a thousandth of a token, and a point pays a thousandth of what it pays there: the scale is three less.
        let scale = if self.givers.contains_key(&mint.address) { 0 } else { 3 };
        build::create_curated_pool(self.chain.payer, &keys, scale, (private, seed), params, &underlyings)
    }

    /// Creates a pool of `creator` whose collateral are the main shares of another pool, of which `giver` gives to everybody who needs some, and returns its place
    /// in [`World::pools`]. Amounts are in shares.
    #[track_caller]
    pub fn add_share_pool(
        &mut self,
        creator: &str,
        (inner, giver): (usize, &'static str),
        (private, seed): (bool, u64),
        params: PoolParams,
    ) -> usize {
        let decimals = self.mints[inner].decimals;
        let share =
            Mint { address: self.pools[inner].share_mint(ShareClass::Main), program: anchor_spl::token::ID, decimals };
        self.givers.insert(share.address, giver);
        let (mints, pools) = (self.mints.len(), self.pools.len());
        // It stands for the mint while the pool is created like another one.
        self.mints.push(share);
        self.pools.push(PoolKeys::new(share.address, share.program));
        let create = self.create_curated(creator, mints, (private, seed), params);
        self.mints.remove(mints);
        self.pools.remove(pools);
        self.send(create).ok();
        pools
    }

    /// Creates a pool with preset parameters on another mint, deposits `liquidity` native units into each class, and returns the
    /// place of the pool in [`World::pools`].
    #[track_caller]
    pub fn add_pool(&mut self, mint: Mint, liquidity: u64) -> usize {
        let (place, keys) = (self.pools.len(), PoolKeys::new(mint.address, mint.program));
        self.mints.push(mint);
        self.pools.push(keys);
        let underlyings: Vec<_> = self.feeds.iter().map(|feed| feed.accounts.underlying).collect();
        let (payer, params) = (self.chain.payer, presets::pool_params());
        self.send(build::create_pool(payer, actor("admin"), &keys, 3, params, &underlyings)).ok();
        for (who, class) in [("lp", ShareClass::Main), ("insurer", ShareClass::Insurance)] {
            self.provide(who, place, class, liquidity).ok();
        }
        place
    }
}
