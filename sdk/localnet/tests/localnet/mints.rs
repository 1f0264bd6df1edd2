//! Tests of mints on both token programs, which are decoded again.

use anchor_spl::{
    token::spl_token::{self, error::TokenError},
    token_2022::spl_token_2022::{
        self,
        extension::{
            BaseStateWithExtensions, ExtensionType, StateWithExtensions,
            confidential_transfer::ConfidentialTransferMint, default_account_state::DefaultAccountState,
            metadata_pointer::MetadataPointer, pausable::PausableConfig, permanent_delegate::PermanentDelegate,
            scaled_ui_amount::ScaledUiAmountConfig, transfer_hook::TransferHook,
        },
    },
    token_2022_extensions::spl_token_metadata_interface::state::TokenMetadata,
};
use evergreen_localnet::{Network, Options, STOCK_DECIMALS, StockSpec};
use solana_keypair::Keypair;
use solana_signer::Signer;

#[test]
fn tokens_of_a_classic_mint_are_minted_moved_and_frozen() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let (authority, ann, bob) = (Keypair::new(), Keypair::new(), Keypair::new().pubkey());
    let mint = chain.create_mint(&authority.pubkey(), STOCK_DECIMALS).unwrap();
    assert_eq!(chain.account(&mint.address).unwrap().unwrap().owner, spl_token::ID);

    let ten = mint.units(10).unwrap();
    let account = chain.mint_to(&mint, &authority, &ann.pubkey(), ten).unwrap();
    let other = chain.create_token_account(&mint, &bob).unwrap();
    chain.transfer_tokens(&mint, &ann, &bob, ten / 4).unwrap();
    assert_eq!(chain.token_balance(&account).unwrap(), 750_000_000);
    assert_eq!(chain.token_balance(&other).unwrap(), 250_000_000);

    chain.freeze(&mint, &authority, &account).unwrap();
    let frozen = chain.transfer_tokens(&mint, &ann, &bob, 1).unwrap_err();
    assert_eq!(frozen.program_error_code(), Some(TokenError::AccountFrozen as u32), "{frozen}");
    chain.thaw(&mint, &authority, &account).unwrap();
    chain.transfer_tokens(&mint, &ann, &bob, 1).unwrap();
}

#[test]
fn a_stock_mint_has_the_extensions_of_an_xstock() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let issuer = Keypair::new();
    let spec = StockSpec { uri: "https://example.org/tslax.json".into(), ..StockSpec::new("Tesla xStock", "TSLAx") };
    let mint = chain.create_stock_mint(&spec, &issuer).unwrap();

    let account = chain.account(&mint.address).unwrap().unwrap();
    assert_eq!(account.owner, spl_token_2022::ID);
    assert_eq!(account.lamports, chain.rent(account.data.len()).unwrap(), "the balance is not exactly the rent");
    let state = StateWithExtensions::<spl_token_2022::state::Mint>::unpack(&account.data).unwrap();
    let authority = Some(issuer.pubkey());
    assert_eq!(state.base.decimals, STOCK_DECIMALS);
    assert_eq!(Option::from(state.base.mint_authority), authority);
    assert_eq!(Option::from(state.base.freeze_authority), authority);

    let mut types = state.get_extension_types().unwrap();
    types.sort_by_key(|kind| u16::from(*kind));
    assert_eq!(
        types,
        [
            ExtensionType::ConfidentialTransferMint,
            ExtensionType::DefaultAccountState,
            ExtensionType::PermanentDelegate,
            ExtensionType::TransferHook,
            ExtensionType::MetadataPointer,
            ExtensionType::TokenMetadata,
            ExtensionType::ScaledUiAmount,
            ExtensionType::Pausable,
        ]
    );
    let pointer = state.get_extension::<MetadataPointer>().unwrap();
    assert_eq!(Option::from(pointer.metadata_address), Some(mint.address));
    assert_eq!(Option::from(state.get_extension::<PermanentDelegate>().unwrap().delegate), authority);
    assert_eq!(
        state.get_extension::<DefaultAccountState>().unwrap().state,
        1,
        "new token accounts are not initialized"
    );
    let scaled = state.get_extension::<ScaledUiAmountConfig>().unwrap();
    assert_eq!((f64::from(scaled.multiplier), f64::from(scaled.new_multiplier)), (1.0, 1.0));
    assert!(!bool::from(state.get_extension::<PausableConfig>().unwrap().paused));
    let confidential = state.get_extension::<ConfidentialTransferMint>().unwrap();
    assert!(!bool::from(confidential.auto_approve_new_accounts));
    let hook = state.get_extension::<TransferHook>().unwrap();
    assert_eq!(Option::<anchor_lang::prelude::Pubkey>::from(hook.program_id), None);
    assert_eq!(Option::from(hook.authority), authority);
    let metadata = state.get_variable_len_extension::<TokenMetadata>().unwrap();
    assert_eq!((metadata.name, metadata.symbol, metadata.uri), (spec.name, spec.symbol, spec.uri));
}

#[test]
fn an_issuer_can_split_pause_seize_and_hook() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let (issuer, ann, bob) = (Keypair::new(), Keypair::new(), Keypair::new().pubkey());
    let mint = chain.create_stock_mint(&StockSpec::new("Nvidia xStock", "NVDAx"), &issuer).unwrap();
    let hers = chain.mint_to(&mint, &issuer, &ann.pubkey(), 1_000).unwrap();
    let bobs = chain.create_token_account(&mint, &bob).unwrap();
    chain.transfer_tokens(&mint, &ann, &bob, 100).unwrap();

    chain.pause_mint(&mint, &issuer).unwrap();
    let paused = chain.transfer_tokens(&mint, &ann, &bob, 100).unwrap_err();
    assert!(paused.to_string().to_lowercase().contains("paused"), "{paused}");
    chain.resume_mint(&mint, &issuer).unwrap();

    chain.seize(&mint, &issuer, &hers, &bobs, 50).unwrap();
    assert_eq!((chain.token_balance(&hers).unwrap(), chain.token_balance(&bobs).unwrap()), (850, 150));

    let effective = chain.clock().unwrap().unix_timestamp + 86_400;
    chain.set_multiplier(&mint, &issuer, 10.0, effective).unwrap();
    let hook = Keypair::new().pubkey();
    chain.set_transfer_hook(&mint, &issuer, Some(hook)).unwrap();
    let data = chain.account_data(&mint.address).unwrap();
    let state = StateWithExtensions::<spl_token_2022::state::Mint>::unpack(&data).unwrap();
    let scaled = state.get_extension::<ScaledUiAmountConfig>().unwrap();
    assert_eq!(
        (f64::from(scaled.new_multiplier), i64::from(scaled.new_multiplier_effective_timestamp)),
        (10.0, effective)
    );
    assert_eq!(Option::from(state.get_extension::<TransferHook>().unwrap().program_id), Some(hook));
}
