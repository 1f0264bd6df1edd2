//! Every command of `docs/curator.md`, in order, by people who have no role; and tokens that the policy refuses.

use crate::market::{Market, TOKEN, text};
use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{
        ExtensionType, confidential_transfer, default_account_state, interest_bearing_mint, pausable, transfer_fee,
        transfer_hook,
    },
    instruction as token,
    state::AccountState,
};
use evergreen_sdk::{
    address,
    anchor_lang::{
        prelude::Pubkey,
        solana_program::{instruction::Instruction, system_instruction},
    },
    convert::Decimal,
    evergreen::state::{MarginAccount, Pool, ShareClass},
};
use evergreen_test_support::documents::{CURATOR, commands};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::process::{Command, Output, Stdio};

/// Runs one line as its reader does.
fn run(market: &Market, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_evergreen"))
        .current_dir(market.folder())
        .env("EVERGREEN_CONFIG", market.ready["config"].as_str().expect("a configuration"))
        .env("HOME", market.folder())
        .args(line.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .expect("the command runs")
}

/// All of them; then what nobody chooses by itself.
pub fn everything_in_it_works(market: &Market) {
    let users = ["lena", "bob", "alice"].map(|who| (who.to_uppercase(), market.key(who).pubkey().to_string()));
    // The first command makes the token.
    let first = commands(CURATOR, "sh curator").remove(0).arguments;
    assert!(first.starts_with("localnet issue "), "{first}");
    let first =
        users.iter().fold(first, |line, (name, key)| line.replace(&format!("--to {name}"), &format!("--to {key}")));
    let made = run(market, &first);
    assert!(made.status.success(), "evergreen {first}: {}", text(&made));
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    let mint = said.split([' ', ',']).find_map(|word| word.parse::<Pubkey>().ok()).expect("its mint");
    let of = |who: &str| address::pool_of(&mint, &market.key(who).pubkey(), 0);
    let (own, private) = (of("lena"), of("bob"));
    let shares = address::share_mint(&own, ShareClass::Main, 0);
    let outer = address::pool_of(&shares, &market.key("lena").pubkey(), 0);
    let commands: Vec<String> =
        commands(CURATOR, "sh curator").into_iter().skip(1).map(|line| line.arguments).collect();
    assert!(commands.len() >= 21, "{} commands found", commands.len());
    market.json("alice", "localnet price set BTC 100000");
    for (place, command) in commands.into_iter().enumerate() {
        let line = command
            .replace("POOL", &own.to_string())
            .replace("PRIVATE", &private.to_string())
            .replace("OUTER", &outer.to_string())
            .replace("SHARES", &shares.to_string())
            .replace("MINT", &mint.to_string())
            .replace("ADDRESS", &market.key("alice").pubkey().to_string());
        let output = run(market, &format!("{line} --json"));
        assert!(output.status.success(), "evergreen {line}: {}", text(&output));
        assert!(!evergreen_test_support::schema::printed(&line, &output).is_empty(), "evergreen {line} says nothing");
        if command.starts_with("trade buy --pool POOL") {
            let bob = address::margin_account(&own, &market.key("bob").pubkey(), 0);
            let account = market.find::<MarginAccount>(&bob).expect("bob's account");
            assert_eq!(account.positions.iter().filter(|position| position.points > 0).count(), 1, "bob holds a call");
            assert_eq!(place + 2, 6, "from a fresh token to somebody else's option");
        }
    }
    let pool = market.find::<Pool>(&own).expect("lena's pool");
    assert_eq!((pool.curator, pool.curator_due, pool.params.fee_open_bps), (market.key("alice").pubkey(), 0, 6));
    assert_eq!((pool.params.max_pool_cash, pool.seed_shares), (5_000 * TOKEN as u64, 1_000 * TOKEN as u64));
    let pool = market.find::<Pool>(&private).expect("bob's pool");
    assert_eq!(pool.flags, Pool::PRIVATE | Pool::HALTED);
    // Alice keeps her call until the moment that was announced.
    assert!(pool.reserved_collateral > 0 && pool.buyback_at > 0 && pool.buyback_bps == 1_000);
    let protocol = market.find::<Pool>(&address::pool(&market.mint("CRCLx"))).expect("the protocol's pool");
    assert_eq!((protocol.curator, protocol.params.fee_open_bps), (Pubkey::default(), 5));

    // Margin in shares: what it is worth in the inner pool's token, and in dollars where that has a price.
    let shown = market.json("lena", &format!("account show --pool {outer}"));
    let number = |value: &serde_json::Value| {
        value.as_str().and_then(|text| text.parse::<Decimal>().ok()).unwrap_or_else(|| panic!("{value}: {shown}"))
    };
    let worth = &shown["shares"];
    let (price, cash) = (number(&worth["share_price"]), number(&shown["cash"]["tokens"]));
    let off = (number(&worth["cash"]["tokens"]) - cash * price).abs();
    assert!(off < Decimal::new(1, 3) && price > Decimal::new(9, 4) && price < Decimal::new(11, 4), "{shown}");
    assert_eq!((&worth["class"], &worth["cash"]["dollars"]), (&"main".into(), &serde_json::Value::Null));
    assert_eq!(shown["positions"], 1, "{shown}");
    let named = serde_json::json!({"pools": [{"name": "HOODx-lena", "mint": mint.to_string(), "pool": own.to_string(), "stock_price": "120"}]});
    std::fs::write(market.folder().join("named.json"), named.to_string()).expect("a file");
    let shown = market.json("lena", &format!("account show --pool {outer} --market named.json"));
    let worth = &shown["shares"];
    assert_eq!(worth["of"], "HOODx-lena");
    for amount in [&worth["cash"], &shown["cash"], &worth["equity"]] {
        let dollars = number(&amount["dollars"]);
        assert!(dollars > Decimal::from(2_000) && dollars < Decimal::from(2_700), "{shown}");
    }

    // A mint and its name stand for the protocol's pool, and never for a stranger's, which is shown for what it is.
    let known = market.mint("CRCLx");
    for name in ["CRCLx", &known.to_string()] {
        let shown = market.json("bob", &format!("pool show --pool {name}"));
        assert_eq!(shown["pool"], address::pool(&known).to_string(), "{name}");
    }
    for name in ["HOODx", &mint.to_string()] {
        let refused = market.run("bob", &format!("pool show --pool {name} --json"));
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{name}: {}", text(&refused));
    }
    let listed = market.json("bob", "pool list");
    let lines: Vec<&serde_json::Value> = listed.as_array().expect("a list").iter().collect();
    let line = |pool: Pubkey| *lines.iter().find(|line| line["pool"] == pool.to_string()).expect("listed");
    assert_eq!((&line(own)["verified"], &line(own)["name"]), (&false.into(), &serde_json::Value::Null));
    assert_eq!(line(own)["curator"], market.key("alice").pubkey().to_string());
    assert_eq!((&line(private)["private"], &line(address::pool(&known))["verified"]), (&true.into(), &true.into()));
    // Who was curator is so no longer.
    let refused = market.fails("lena", &format!("govern halt --pool {own} --yes"), 3);
    assert_eq!(refused["cause"], "Unauthorized", "{refused}");
}

/// Builds the instruction that gives a fresh mint its extension, with its issuer.
type Extend = fn(&Pubkey, &Pubkey) -> Instruction;

/// What no pool takes: the extension, a word of the reason that people are told, and how a mint comes by it.
const REFUSED: [(ExtensionType, &str, Extend); 7] = [
    (ExtensionType::TransferFeeConfig, "a part of each transfer goes to the issuer", |mint, _| {
        transfer_fee::instruction::initialize_transfer_fee_config(&TOKEN_2022, mint, None, None, 1, 1_000).expect("one")
    }),
    (ExtensionType::NonTransferable, "it cannot be transferred", |mint, _| {
        token::initialize_non_transferable_mint(&TOKEN_2022, mint).expect("one")
    }),
    (ExtensionType::InterestBearingConfig, "interest that nobody pays", |mint, _| {
        interest_bearing_mint::instruction::initialize(&TOKEN_2022, mint, None, 500).expect("one")
    }),
    (ExtensionType::ConfidentialTransferMint, "may hide what it holds", |mint, _| {
        confidential_transfer::instruction::initialize_mint(&TOKEN_2022, mint, None, true, None).expect("one")
    }),
    (ExtensionType::DefaultAccountState, "new accounts are frozen", |mint, _| {
        default_account_state::instruction::initialize_default_account_state(&TOKEN_2022, mint, &AccountState::Frozen)
            .expect("one")
    }),
    (ExtensionType::TransferHook, "has to call another program", |mint, _| {
        transfer_hook::instruction::initialize(&TOKEN_2022, mint, None, Some(address::PROGRAM)).expect("one")
    }),
    (ExtensionType::MintCloseAuthority, "its issuer can close it", |mint, by| {
        token::initialize_mint_close_authority(&TOKEN_2022, mint, Some(by)).expect("one")
    }),
];

/// Whoever lists a token that no pool takes is told why, in words, and nothing is made.
pub fn refused_tokens_are_told_why(market: &Market) {
    let lena = market.key("lena");
    let refused = |mint: &Pubkey, cause: &str| {
        let report = market.fails("lena", &format!("pool create --mint {mint} --private --yes"), 3);
        assert_eq!(report["cause"], cause, "{report}");
        assert!(market.find::<Pool>(&address::pool_of(mint, &lena.pubkey(), 0)).is_none());
        report["error"].as_str().expect("words").to_owned()
    };
    let fresh = |decimals: u8, extensions: &[ExtensionType], extend: &[Extend]| {
        let key = Keypair::new();
        let (mint, by) = (key.pubkey(), lena.pubkey());
        let space = ExtensionType::try_calculate_account_len::<spl_token_2022::state::Mint>(extensions).expect("known");
        let create = system_instruction::create_account(&by, &mint, 10_000_000, space as u64, &TOKEN_2022);
        let initialize = token::initialize_mint2(&TOKEN_2022, &mint, &by, Some(&by), decimals).expect("one");
        let extend = extend.iter().map(|extend| extend(&mint, &by));
        let all: Vec<Instruction> = [create].into_iter().chain(extend).chain([initialize]).collect();
        market.send_with(&lena, &all, &[&key]);
        mint
    };
    for (extension, why, extend) in REFUSED {
        let told = refused(&fresh(8, &[extension], &[extend]), "MintRefused");
        assert!(told.contains(why) && told.contains(&format!("{extension:?}")), "{extension:?}: {told}");
    }
    // Where transfers were stopped since.
    let pausable: Extend = |mint, by| pausable::instruction::initialize(&TOKEN_2022, mint, by).expect("one");
    let mint = fresh(8, &[ExtensionType::Pausable], &[pausable]);
    let pause = pausable::instruction::pause(&TOKEN_2022, &mint, &lena.pubkey(), &[]).expect("one");
    market.send(&lena, &[pause]);
    let told = refused(&mint, "MintRefused");
    assert!(told.contains("Pausable (its issuer has stopped all transfers)"), "{told}");
    let told = refused(&fresh(13, &[], &[]), "Decimals");
    assert!(told.contains("13"), "{told}");
}
