//! Program, protocol, underlyings, stocks, pools, liquidity.

use std::path::Path;

use anchor_lang::{
    prelude::Pubkey,
    solana_program::{program_pack::Pack, system_instruction},
};
use anchor_spl::token::{self, spl_token};
use anyhow::{Context, Result};
use evergreen::{state::Roles, state::ShareClass};
use evergreen_localnet::{Mint, StockSpec};
use evergreen_sdk::{accounts, address, convert::SOL, events::Event, instruction as ix, presets};
use solana_signer::Signer;

use crate::{
    cast::{CRCL_HOLDERS, TSLA_HOLDERS, Who, fixed_key},
    ledger::supply,
    stock::{SCALE_EXPONENT, Stock},
    story::Story,
};

/// Longer than the clock moves by itself in a series of transactions that the story does not send.
pub const A_MINUTE: i64 = 60;

/// Plays this act.
pub fn play(story: &mut Story, elf: &Path) -> Result<()> {
    protocol(story, elf)?;
    stocks(story)?;
    liquidity(story)
}

fn protocol(story: &mut Story, elf: &Path) -> Result<()> {
    story.tell.say(
        "Evergreen: options on BTC and ETH, paid for, margined and settled in tokenized stocks. This is a market's life over \
         two weeks: real transactions, real JSON-RPC, a chain that ends with this process.",
    );
    story.tell.section("A network, the program, two underlyings");
    story.tell.say(format!("A Solana network runs in this process: {}", story.rpc_url()));
    story.deploy(elf)?;
    story.tell.say(format!("The program is at {}.", address::PROGRAM));
    for who in Who::ALL {
        story.chain().airdrop(&who.id(), 20 * SOL).with_context(|| format!("SOL for {}", who.name()))?;
    }
    story.pass(A_MINUTE)?;
    let admin = Who::Admin.id();
    let roles = Roles { admin, guardian: admin, fee_owner: Who::FeeOwner.id() };
    story.send(Who::Admin, "creates the protocol", &[ix::initialize_protocol(admin, admin, roles)])?;
    let configs =
        [(presets::btc(presets::PYTH_RECEIVER), story.btc()), (presets::eth(presets::PYTH_RECEIVER), story.eth())];
    for (place, (config, feed)) in (0..).zip(configs) {
        let config = presets::made_up(config);
        story.keep_prices_fresh()?;
        let create = ix::create_underlying(admin, admin, feed.price, config);
        story.send_told(Who::Admin, &[create], |story, _| {
            Ok(format!("creates the underlying {} on its Pyth price", story.symbol(place)?))
        })?;
    }
    Ok(())
}

fn stocks(story: &mut Story) -> Result<()> {
    story.tell.section("Two tokenized stocks, a pool for each");
    let (tsla, crcl) = (story.tsla, story.crcl);
    story.tell.say(format!(
        "{} is a classic SPL token, {} a Token-2022 with the extensions of an xStock: permanent delegate, pausable, scaled \
         amounts, confidential transfers, a hook that is not set.",
        tsla.symbol, crcl.symbol
    ));
    story.tell.say(format!(
        "Dollar amounts of the stocks ({} at ${}, {} at ${}) are for the reader: no account of the program holds a stock price.",
        tsla.symbol, tsla.dollars(), crcl.symbol, crcl.dollars()
    ));
    classic_mint(story, &tsla)?;
    stock_mint(story, &crcl, "Circle")?;
    for (stock, holders) in [(&tsla, TSLA_HOLDERS), (&crcl, CRCL_HOLDERS)] {
        for (who, whole) in holders {
            hand_out(story, stock, *who, *whole)?;
        }
        let minted = i64::try_from(supply(story, &stock.mint.address)?)?;
        let having = holders.iter().map(|(who, _)| story.chain().token_balance(&stock.mint.account_of(&who.id())));
        let having = having.collect::<Result<Vec<_>, _>>()?.into_iter().filter(|balance| *balance > 0).count();
        story.tell.say(format!("{} were minted to {having} holders.", stock.amount(minted)));
    }
    story.pass(A_MINUTE)?;
    let underlyings = story.feeds().map(|feed| feed.underlying);
    let admin = Who::Admin.id();
    for stock in [&tsla, &crcl] {
        let create = ix::create_pool(admin, admin, &stock.keys, SCALE_EXPONENT, presets::pool_params(), &underlyings);
        story.send(Who::Admin, &format!("creates the pool of {}", stock.symbol), &[create])?;
    }
    Ok(())
}

fn liquidity(story: &mut Story) -> Result<()> {
    story.tell.section("Liquidity");
    story.tell.say(
        "Main pools take the other side of every option; insurance pools, in vaults of their own, cover what writers cannot pay.",
    );
    let (tsla, crcl) = (story.tsla, story.crcl);
    deposit(story, Who::Treasury, &tsla, ShareClass::Main, 880)?;
    deposit(story, Who::Treasury, &tsla, ShareClass::Insurance, 20)?;
    deposit(story, Who::Lena, &tsla, ShareClass::Main, 120)?;
    deposit(story, Who::Clara, &crcl, ShareClass::Main, 1_200)?;
    deposit(story, Who::Clara, &crcl, ShareClass::Insurance, 40)
}

/// Deposits whole tokens into a class of a pool.
pub fn deposit(story: &mut Story, who: Who, stock: &Stock, class: ShareClass, whole: u32) -> Result<()> {
    let shares =
        Mint { address: stock.keys.share_mint(class), token_program: token::ID, decimals: stock.mint.decimals };
    story.chain().create_token_account(&shares, &who.id())?;
    story.tell.count();
    let amount = stock.units(whole);
    story.keep_prices_fresh()?;
    let number = story.next_number(who)?;
    // No option is in use yet, so nothing has to be priced. The first deposit of a class is executed at once, a later one after the next full minute.
    let is_first = story.pool(stock)?.shares(class).total == 0;
    let [request, execute] = ix::deposit_at_once(who.id(), &stock.keys, class, number, amount, 1);
    let deposit = if is_first {
        vec![request, execute]
    } else {
        story.send(who, "pays tokens in for shares, which are minted after the next full minute", &[request])?;
        let key = address::request(&stock.keys.pool, class, &who.id(), number);
        let minute = accounts::request(&story.chain().account_data(&key)?)?.minute;
        while story.chain().clock()?.unix_timestamp < minute {
            story.next_minute()?;
        }
        vec![execute]
    };
    story.send_told(who, &deposit, |_, events| {
        let deposited = events.iter().find_map(|event| match event {
            Event::LiquidityDeposited(deposited) => Some(deposited),
            _ => None,
        });
        let deposited = deposited.context("no event says that liquidity was deposited")?;
        let name = if deposited.class == ShareClass::Main { "main" } else { "insurance" };
        Ok(format!("deposits {} into the {name} pool", stock.amount(i64::try_from(deposited.amount)?)))
    })?;
    Ok(())
}

/// Mints whole tokens to somebody; with none it only makes the token account.
pub fn hand_out(story: &Story, stock: &Stock, who: Who, whole: u32) -> Result<()> {
    if whole == 0 {
        story.chain().create_token_account(&stock.mint, &who.id())?;
    } else {
        story.chain().mint_to(&stock.mint, &Who::Issuer.key(), &who.id(), stock.units(whole))?;
    }
    story.tell.count();
    Ok(())
}

fn classic_mint(story: &Story, stock: &Stock) -> Result<()> {
    let (key, issuer) = (fixed_key(stock.symbol), Who::Issuer.id());
    let space = spl_token::state::Mint::LEN;
    let rent = story.chain().rent(space)?;
    let create = system_instruction::create_account(&issuer, &key.pubkey(), rent, space as u64, &spl_token::ID);
    let authority: Option<&Pubkey> = Some(&issuer);
    let initialize = spl_token::instruction::initialize_mint2(
        &spl_token::ID,
        &key.pubkey(),
        &issuer,
        authority,
        stock.mint.decimals,
    )?;
    let landed = story.chain().send_as(&Who::Issuer.key(), &[create, initialize], &[&key])?;
    story.tell.landed("Issuer", &format!("creates the mint of {} (SPL Token)", stock.symbol), &landed);
    Ok(())
}

/// Creates the mint of a stock on Token-2022.
pub fn stock_mint(story: &Story, stock: &Stock, name: &str) -> Result<()> {
    let (key, issuer) = (fixed_key(stock.symbol), Who::Issuer.id());
    let spec = StockSpec::new(name, stock.symbol);
    let rent = story.chain().rent(spec.space()?)?;
    let instructions = spec.instructions(&issuer, &key.pubkey(), &issuer, rent)?;
    let landed = story.chain().send_as(&Who::Issuer.key(), &instructions, &[&key])?;
    story.tell.landed("Issuer", &format!("creates the mint of {} (Token-2022)", stock.symbol), &landed);
    Ok(())
}
