//! Changes of mints, vaults and wallets after listing, and their effect on ledgers and exits.

mod fees;
mod mints;
mod wallets;

use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{ExtensionType, transfer_fee},
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{
    World,
    tokens::{Mint, issuer},
    world::TOKEN,
};

/// Returns a world with a third pool on [`fee_mint`], and the pool's place.
pub(crate) fn with_fee_mint() -> (World, usize) {
    let mut world = World::flat();
    let mint = fee_mint(&mut world);
    let pool = world.add_pool(mint, 100 * TOKEN);
    (world, pool)
}

/// Creates a mint with a transfer fee of zero that the issuer can raise and collect.
pub(crate) fn fee_mint(world: &mut World) -> Mint {
    world.chain.create_extended_mint(
        "fee",
        8,
        &[ExtensionType::TransferFeeConfig, ExtensionType::PermanentDelegate],
        |mint| {
            let (config, collect) = (issuer(), issuer());
            vec![
                transfer_fee::instruction::initialize_transfer_fee_config(
                    &TOKEN_2022,
                    mint,
                    Some(&config),
                    Some(&collect),
                    0,
                    0,
                )
                .expect("an instruction"),
                spl_token_2022::instruction::initialize_permanent_delegate(&TOKEN_2022, mint, &issuer())
                    .expect("an instruction"),
            ]
        },
    )
}

/// The issuer announces a transfer fee of 1 %, which is in force two epochs later.
pub(crate) fn raise_fee(world: &mut World, pool: usize) {
    let mint = world.mints[pool].address;
    let raise = transfer_fee::instruction::set_transfer_fee(&TOKEN_2022, &mint, &issuer(), &[], 100, u64::MAX).unwrap();
    world.send(raise).ok();
}
