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
    evergreen::state::ShareClass,
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
