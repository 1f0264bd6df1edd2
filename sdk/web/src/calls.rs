//! The calls of the bridge, by name.

use crate::{
    amounts, curves, history,
    instructions::{self, anyone, governance},
    keys, market, plans, prices,
    problem::{Answer, Problem},
    quotes, trial,
    types::Decoded,
    value::{Bytes, Declarations, Take, Tell, comment},
    views::{self, Views},
};
use evergreen_sdk::events::{self, Event};
use serde_json::{Value, json};
use std::fmt::Write as _;

record! {
    /// Asks what an account holds, or what an event tells.
    AccountBytes {
        /// Bytes of the account or the event.
        data: Bytes,
    }

    /// Asks for the events in the log of a transaction.
    Logs {
        /// Lines of the log.
        logs: Vec<String>,
    }
}

/// Events of the program.
pub struct Events(Vec<Event>, bool);

impl Tell for Events {
    fn declare(types: &mut Declarations) -> String {
        Event::declare(types);
        let text = "\
/** Events of the program. */
export interface Events {
  /** In order. */
  events: ProgramEvent[];
  /** Whether the network has cut the log, so that later events are lost. */
  truncated: boolean;
}
";
        if types.begin::<Self>("Events") {
            types.end("Events", text.to_owned());
        }
        "Events".to_owned()
    }

    fn tell(&self) -> Value {
        json!({ "events": self.0.tell(), "truncated": self.1 })
    }
}

fn account(ask: &AccountBytes) -> Answer<Decoded> {
    Ok(Decoded::of(&ask.data.0)?)
}

fn event(ask: &AccountBytes) -> Answer<Event> {
    Event::decode(&ask.data.0).ok_or_else(|| "bytes are no event".to_owned().into())
}

fn events(ask: &Logs) -> Answer<Events> {
    Ok(Events(events::from_logs(&ask.logs), events::is_truncated(&ask.logs)))
}

/// Reads a question, works, and tells the answer. It is not inlined, because all calls together are one function.
#[inline(never)]
fn run<Q: Take, A: Tell>(ask: &Value, work: impl FnOnce(&Q) -> Answer<A>) -> Answer<Value> {
    Ok(work(&Q::take(ask)?)?.tell())
}

/// Calls of one part of the library.
macro_rules! part {
    ($part:ident: $($docs:literal $name:literal: $ask:ty => $answer:ty, [$($views:ident)?] $function:path;)*) => {
        impl $part {
            /// Answers a call of this part; nothing where it is of another one.
            fn answer(call: &str, ask: &Value, views: &mut Views) -> Option<Answer<Value>> {
                Some(match call {
                    $($name => run::<$ask, $answer>(ask, |ask| $function($(views!($views, views),)? ask)),)*
                    _ => return None,
                })
            }

            /// Adds the declarations of the calls in TypeScript, and the types that they need.
            fn declare(types: &mut Declarations, calls: &mut String) {
                $(
                    let (ask, answer) = (<$ask>::declare(types), <$answer>::declare(types));
                    *calls += &comment($docs, "  ");
                    writeln!(calls, "  {}: {{ ask: {ask}; answer: {answer} }};", $name).unwrap_or_default();
                )*
            }
        }
    };
}

macro_rules! views {
    (views, $views:ident) => {
        &*$views
    };
    (changes, $views:ident) => {
        $views
    };
}

const HEAD: &str = "\
// Written by `cargo xtask web` from the Rust types; a test compares it.

/** A whole number as decimal text, because JavaScript's numbers are exact to 2^53 only. `BigInt(text)` reads it. */
export type Int = `${bigint}`;
/** A decimal number as text, exact, with at most 28 digits. */
export type DecimalText = string;
/** An address; base58. */
export type Key = string;
/** Bytes of an account or an instruction; base64. */
export type Base64 = string;
/** Bytes of a field; hexadecimal. */
export type Hex = string;
/** A number in 64.64 fixed point: its bits, and all of its decimals. */
export interface Fixed {
  bits: Int;
  decimal: string;
}
";

/// What a page needs to show a market and to quote trades. A module of its own holds these calls alone, so that a first visit is small; what is added here
/// makes it larger, and `cargo xtask app` fails above the limit.
struct First;

part! { First:
    "Decodes an account of any type." "account": AccountBytes => Decoded, [] account;
    "Addresses of a pool." "poolKeys": keys::PoolName => keys::PoolKeys, [] keys::pool;
    "Price accounts that may hold the newest price of a feed, or the first one after a moment."
        "priceAccounts": keys::PriceName => keys::PriceAccounts, [] keys::price_accounts;
    "Which of some accounts has the first price after a moment, by the program's own rules."
        "firstPrice": views::FirstPrice => views::FoundPrice, [] views::first_price;
    "Which other prices quotes need beside an underlying's." "priceNeeds": views::PriceQuestion => views::PriceNeeds, [] views::price_needs;
    "Which of some accounts has an earlier price that confirms an underlying's, by the program's own rules."
        "earlierPrice": views::EarlierPrice => views::FoundPrice, [] views::earlier_price;
    "Holds a pool in memory for quotes." "openView": views::PoolAccounts => views::View, [changes] Views::open;
    "Lets go of it." "closeView": views::View => views::Nothing, [changes] Views::close;
    "The number that somebody has typed: what may be two numbers is told as both." "readNumber": amounts::TypedNumber => amounts::ReadNumber, [] amounts::read;
    "Points of a size." "pointsOfSize": amounts::PointsQuestion => amounts::PointsAnswer, [] amounts::points;
    "Size of points." "sizeOfPoints": amounts::SizeQuestion => amounts::SizeAnswer, [] amounts::size;
    "Native units in tokens and dollars." "worthOf": amounts::WorthQuestion => amounts::Worths, [] amounts::worth;
    "Decimals of numbers in fixed point, rounded down." "round": amounts::RoundQuestion => amounts::Rounded, [] amounts::round;
    "What a trade comes to at the prices of now." "quoteTrade": quotes::TradeQuestion => quotes::TradeQuote, [views] quotes::trade;
    "Liquidation prices of the account after a trade." "liquidationAfter": quotes::TradeQuestion => quotes::AllLiquidationPrices, [views] quotes::liquidation_after;
    "The largest size of a trade that is taken." "capacityOfTrade": quotes::TradeQuestion => quotes::Size, [views] curves::capacity_of_trade;
    "What a trade and positions bring at other prices of an underlying, now and after days of funding, and where they break even."
        "payoff": curves::PayoffQuestion => curves::PayoffCurves, [views] curves::payoff;
    "All options of one tenor, with the prices to buy and to sell a size." "chain": market::ChainQuestion => market::Chain, [views] market::chain;
    "Three ready strategies for whoever says where the price goes." "proposals": market::ProposalsQuestion => market::Proposals, [views] market::proposals;
    "Which of several pools does a trade best." "offers": market::OffersQuestion => market::PoolOffers, [views] market::offers;
    "A pool at one moment: worth, reserves, volatilities, open interest, direction." "statistics": market::ViewQuestion => market::PoolStatistics, [views] market::statistics;
}

/// Everything else.
struct Rest;

part! { Rest:
    "Native units of an amount of tokens." "nativeOf": amounts::NativeQuestion => amounts::NativeAnswer, [] amounts::native;
    "The change of cash by a trade, by the same rules with a fraction of the work."
        "checkTrade": quotes::TradeQuestion => quotes::Net, [views] quotes::check;
    "Decodes the events in the log of a transaction." "events": Logs => Events, [] events;
    "Decodes an event of its bytes." "event": AccountBytes => Event, [] event;
    "Address of the underlying of a price feed." "underlyingKey": keys::UnderlyingName => keys::AnAddress, [] keys::underlying;
    "Address of a margin account." "marginAccountKey": keys::MarginAccountName => keys::AnAddress, [] keys::margin_account;
    "How a node finds all margin accounts of an owner." "accountSearch": views::Nothing => keys::AccountSearch, [] keys::account_search;
    "Address of an order." "orderKey": keys::OrderName => keys::AnAddress, [] keys::order;
    "Address of a request of liquidity." "requestKey": keys::RequestName => keys::AnAddress, [] keys::request;
    "Address of the share mint of a generation." "shareMintKey": keys::GenerationName => keys::AnAddress, [] keys::share_mint;
    "Address of what is left for the shares of an earlier generation." "retiredKey": keys::GenerationName => keys::AnAddress, [] keys::retired;
    "Address of an associated token account." "walletKey": keys::WalletName => keys::AnAddress, [] keys::wallet;
    "Address of the counter of a key's transfers." "counterKey": keys::CounterName => keys::AnAddress, [] keys::counter;
    "Address of a proposal." "proposalKey": keys::ProposalName => keys::AnAddress, [] keys::proposal;
    "A pool made up in memory, to try everything without a network." "scene": views::SceneName => views::MadeUp, [] views::scene;
    "Does a trade at once on the pool that is held, which is for made-up ones: the pool and the account of the answer are as a fill would leave them."
        "practise": quotes::TradeQuestion => quotes::TradeQuote, [changes] trial::practise;
    "Publishes prices on a made-up pool, and sets its clock." "publish": trial::PublishQuestion => views::Nothing, [changes] trial::publish;
    "The instructions of a trade, signed once: the account is opened, the deposit paid in, series listed, and the trade committed."
        "planTrade": plans::TradePlanQuestion => plans::TradePlan, [views] plans::trade;
    "The instructions of a fill, with the volatility samples that it waits for." "planFill": plans::FillPlanQuestion => plans::FillPlan, [views] plans::fill;
    "The transactions that close all positions and pay everything out." "planLeave": plans::LeavePlanQuestion => plans::LeavePlan, [views] plans::leave;
    "The instructions of a deposit of liquidity." "planDeposit": plans::DepositPlanQuestion => plans::DepositPlan, [views] plans::deposit;
    "The instructions of a request to withdraw liquidity." "planWithdrawal": plans::WithdrawalPlanQuestion => plans::WithdrawalPlan, [views] plans::withdrawal;
    "How an account stands if prices and volatilities were others." "whatIf": curves::WhatIfQuestion => curves::WhatIf, [views] curves::what_if;
    "Mark, implied volatility and sensitivities of an option." "sensitivities": curves::SensitivitiesQuestion => curves::Sensitivities, [views] curves::sensitivities;
    "The positions of an account, with their sensitivities." "positions": curves::PositionsQuestion => curves::Positions, [views] curves::positions;
    "What some shares are worth, and with what that changes." "shareExposure": market::ShareExposureQuestion => market::ShareExposures, [views] market::share_exposure;
    "Whether a trade can be committed, and how the account stands then."
        "quoteCommit": quotes::CommitQuestion => quotes::CommitQuote, [views] quotes::commit;
    "Which prices the fill of an account's commitment needs." "fillNeeds": quotes::AccountQuestion => quotes::FillNeeds, [views] quotes::fill_needs;
    "What becomes of an account's commitment at the prices of the view, exactly."
        "quoteFill": quotes::AccountQuestion => quotes::FillQuote, [views] quotes::fill;
    "An account's cash, equity, health, funding and runway."
        "quoteAccount": quotes::AccountQuestion => quotes::AccountState, [views] quotes::account_state;
    "Liquidation prices of an account." "liquidationPrices": quotes::AccountQuestion => quotes::AllLiquidationPrices, [views] quotes::liquidation_prices;
    "The most that an account can buy and sell of an option." "capacity": quotes::OptionQuestion => quotes::Capacity, [views] quotes::capacity;
    "Shares for a deposit of liquidity at the prices of now." "quoteDeposit": quotes::AmountQuestion => quotes::DepositQuote, [views] quotes::deposit;
    "What a withdrawal of shares pays if it were executed now." "quoteWithdrawal": quotes::AmountQuestion => quotes::WithdrawalQuote, [views] quotes::withdrawal;
    "Net asset value of a class of shares." "netAssetValue": quotes::ClassQuestion => quotes::NetAssetValue, [views] quotes::net_asset_value;
    "The statement of a margin account: movements, costs, and profit and loss that adds up." "statement": history::StatementQuestion => history::AccountStatement, [views] history::statement;
    "What somebody has provided to a pool, and what it has cost." "provider": history::ProviderQuestion => history::ProviderCost, [] history::provider;
    "Sum of amounts." "sumOf": amounts::SumQuestion => amounts::Sum, [] amounts::sum;
    "Volatilities of variances." "volatilitiesOf": amounts::VariancesQuestion => amounts::VolatilitiesAnswer, [] amounts::volatilities;
    "How the price of a share has moved, and by what." "shareReturns": history::SharesQuestion => history::ShareReturns, [views] history::shares;
    "Opens a margin account." "openMarginAccount": instructions::OpenMarginAccount => instructions::Instruction, [] instructions::open_margin_account;
    "Pays margin in." "depositMargin": instructions::MoveMargin => instructions::Instruction, [] instructions::deposit_margin;
    "Pays margin out." "withdrawMargin": instructions::MoveMargin => instructions::Instruction, [] instructions::withdraw_margin;
    "Takes a number, so that the transaction happens once." "takeNumber": instructions::TakeNumber => instructions::Instruction, [] instructions::take_number;
    "Commits a trade." "commitTrade": instructions::CommitTrade => instructions::Instruction, [] instructions::commit_trade;
    "Fills a commitment." "fillTrade": instructions::FillTrade => instructions::Instruction, [] instructions::fill_trade;
    "Sets or removes a delegate." "setDelegate": instructions::SetDelegate => instructions::Instruction, [] instructions::set_delegate;
    "Closes an empty margin account." "closeMarginAccount": instructions::CloseMarginAccount => instructions::Instruction, [] instructions::close_margin_account;
    "Places an order." "placeOrder": instructions::PlaceOrder => instructions::Instruction, [] instructions::place_order;
    "Cancels an order." "cancelOrder": instructions::CancelOrder => instructions::Instruction, [] instructions::cancel_order;
    "Requests a deposit of liquidity." "requestDeposit": instructions::RequestLiquidity => instructions::Instruction, [] instructions::request_deposit;
    "Requests a withdrawal of liquidity." "requestWithdrawal": instructions::RequestLiquidity => instructions::Instruction, [] instructions::request_withdrawal;
    "Cancels a withdrawal." "cancelWithdrawal": instructions::OwnRequest => instructions::Instruction, [] instructions::cancel_withdrawal;
    "Pays out what a request has set aside." "claimLiquidity": instructions::OwnRequest => instructions::Instruction, [] instructions::claim_liquidity;
    "Lists a series." "listSeries": instructions::ListSeries => instructions::Instruction, [] instructions::list_series;
    "Samples the volatility of an underlying." "sampleVolatility": instructions::SampleVolatility => instructions::Instruction, [] instructions::sample_volatility;
    "Settles positions in ended series." "settlePositions": anyone::SettlePositions => instructions::Instruction, [] anyone::settle_positions;
    "Lets insurance and the pool bear what an account without positions owes." "absorbBadDebt": anyone::OfAccount => instructions::Instruction, [] anyone::absorb_bad_debt;
    "Frees the slot of a series without open interest." "retireSeries": anyone::OfSeries => instructions::Instruction, [] anyone::retire_series;
    "Exercises a series at its cap." "exerciseSeries": anyone::ExerciseSeries => instructions::Instruction, [] anyone::exercise_series;
    "Ends a series of a silent underlying." "endSeries": anyone::EndSeries => instructions::Instruction, [] anyone::end_series;
    "Gives notice of a series." "giveNotice": anyone::GiveNotice => instructions::Instruction, [] anyone::give_notice;
    "Liquidates a margin account." "liquidate": anyone::Liquidate => instructions::Instruction, [] anyone::liquidate;
    "Closes written options of which more are written than bought." "autoDeleverage": anyone::AutoDeleverage => instructions::Instruction, [] anyone::auto_deleverage;
    "Closes a position whose account has no cash for its funding." "closeForCash": anyone::ForcedClose => instructions::Instruction, [] anyone::close_for_cash;
    "Closes a position of which notice was given." "closeForPlace": anyone::CloseForPlace => instructions::Instruction, [] anyone::close_for_place;
    "Commits the trade of an order whose condition holds." "commitOrder": anyone::CommitOrder => instructions::Instruction, [] anyone::commit_order;
    "Pays a referrer's part of fees out." "claimReferral": anyone::ClaimReferral => instructions::Instruction, [] anyone::claim_referral;
    "Mints the shares of a deposit." "executeDeposit": anyone::ExecuteDeposit => instructions::Instruction, [] anyone::execute_deposit;
    "Executes a withdrawal." "executeWithdrawal": anyone::ExecuteWithdrawal => instructions::Instruction, [] anyone::execute_withdrawal;
    "Begins another generation of shares." "renewShares": anyone::RenewShares => instructions::Instruction, [] anyone::renew_shares;
    "Hands shares of an earlier generation in." "redeemRetired": anyone::RedeemRetired => instructions::Instruction, [] anyone::redeem_retired;
    "Applies points of funding to a part of a registry." "accrueFunding": anyone::AccrueFunding => instructions::Instruction, [] anyone::accrue_funding;
    "Values a pool." "refreshPool": anyone::RefreshPool => instructions::Instruction, [] anyone::refresh_pool;
    "Moves insurance's income to its own vault." "sweepInsurance": anyone::OfPool => instructions::Instruction, [] anyone::sweep_insurance;
    "Compares vaults with ledgers." "syncVault": anyone::OfPool => instructions::Instruction, [] anyone::sync_vault;
    "Reports that nobody samples an underlying." "reportSilence": anyone::ReportSilence => instructions::Instruction, [] anyone::report_silence;
    "Upgrades an account to the present layout." "migrateAccount": anyone::MigrateAccount => instructions::Instruction, [] anyone::migrate_account;
    "Begins the protocol." "initializeProtocol": governance::InitializeProtocol => instructions::Instruction, [] governance::initialize_protocol;
    "Creates an underlying." "createUnderlying": governance::CreateUnderlying => instructions::Instruction, [] governance::create_underlying;
    "Creates a pool." "createPool": governance::CreatePool => instructions::Instruction, [] governance::create_pool;
    "Pauses an action, or ends its pause." "setPause": governance::SetPause => instructions::Instruction, [] governance::set_pause;
    "Pays the protocol's fees out." "collectFees": governance::CollectFees => instructions::Instruction, [] governance::collect_fees;
    "Pays a curator's fees out." "collectCuratorFees": governance::CollectFees => instructions::Instruction, [] governance::collect_curator_fees;
    "Proposes a change." "propose": governance::Propose => instructions::Instruction, [] governance::propose;
    "Executes a proposal." "executeProposal": governance::ExecuteProposal => instructions::Instruction, [] governance::execute_proposal;
    "Cancels a proposal." "cancelProposal": governance::CancelProposal => instructions::Instruction, [] governance::cancel_proposal;
    "Takes the role of admin." "acceptAdmin": governance::AcceptAdmin => instructions::Instruction, [] governance::accept_admin;
    "Takes the role of curator." "acceptCurator": governance::ByOfPool => instructions::Instruction, [] governance::accept_curator;
    "Announces that the pool buys all options back." "announceBuyback": governance::ByOfPool => instructions::Instruction, [] governance::announce_buyback;
    "Lowers caps of a pool." "tightenPool": governance::TightenPool => instructions::Instruction, [] governance::tighten_pool;
    "Halts a pool." "haltPool": governance::ByOfPool => instructions::Instruction, [] governance::halt_pool;
    "What a signed update of Pyth's price service tells." "readUpdate": prices::UpdateBytes => prices::UpdatedPrices, [] prices::read;
    "The instructions that post signed prices." "postPrices": prices::PostQuestion => prices::PostPlan, [] prices::post;
}

/// Returns the declarations of all calls in TypeScript.
pub fn declarations() -> String {
    let (mut types, mut first, mut rest) = (Declarations::default(), String::new(), String::new());
    Problem::declare(&mut types);
    First::declare(&mut types, &mut first);
    Rest::declare(&mut types, &mut rest);
    format!(
        "{HEAD}\n{}\n/** Calls of the first part, which is fetched first: what each is asked and what it answers. */\nexport interface FirstCalls {{\n{first}}}\n\n\
         /** All calls. */\nexport interface Calls extends FirstCalls {{\n{rest}}}\n",
        types.texts().join("\n")
    )
}

/// Answers one call: `{"call": name, "ask": …}`; the answer is `{"ok": …}` or `{"problem": …}`.
pub fn respond(text: &[u8], views: &mut Views) -> String {
    told(text, views, |call, ask, views| {
        First::answer(call, ask, views)
            .or_else(|| Rest::answer(call, ask, views))
            .unwrap_or_else(|| Err(Problem::Question(format!("no call is named `{call}`"))))
    })
}

/// As [`respond`], for calls of the first part alone.
pub fn respond_first(text: &[u8], views: &mut Views) -> String {
    told(text, views, |call, ask, views| {
        First::answer(call, ask, views)
            .unwrap_or_else(|| Err(Problem::Question(format!("the first part has no call `{call}`"))))
    })
}

fn told(text: &[u8], views: &mut Views, answer: fn(&str, &Value, &mut Views) -> Answer<Value>) -> String {
    let answered = serde_json::from_slice::<Value>(text)
        .map_err(|why| Problem::Question(format!("no JSON: {why}")))
        .and_then(|asked| answer(asked["call"].as_str().unwrap_or(""), &asked["ask"], views));
    match answered {
        Ok(told) => json!({ "ok": told }),
        Err(problem) => json!({ "problem": problem.tell() }),
    }
    .to_string()
}
