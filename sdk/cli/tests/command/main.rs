//! The command itself, as people run it, against a market that `evergreen localnet` has started with the compiled program.
//! What it says is compared with what the chain holds.

mod app_market;
mod before;
mod clock;
mod coverage;
mod curator_document;
mod deceived;
mod document;
mod filling;
mod governing;
mod history;
mod incomplete;
mod liquidity;
mod listing;
mod lying;
mod market;
mod members;
mod migrations;
mod naming;
mod newcomer;
mod offers;
mod operator_document;
mod operators;
mod overtaken;
mod portfolio;
mod reading;
mod restarting;
mod shell;
mod sought;
mod stopped;
mod strategies;
mod times;
mod trading;
mod typed;
mod words;

use market::Market;

#[test]
fn a_market_by_command() {
    let market = Market::start(&["--hurry"]);
    // First: the documents' series are the first ones.
    document::the_commands_work(&market);
    document::the_guide_works(&market);
    trading::a_trade_changes_what_it_says(&market);
    trading::orders_are_placed_and_cancelled(&market);
    portfolio::an_account_adds_up(&market);
    trading::leaving_pays_everything_out(&market);
    liquidity::shares_and_withdrawals(&market);
    words::errors_say_what_to_do(&market);
    words::pools_have_names(&market);
    market.end_politely();
}

#[test]
fn a_market_that_is_ended_goes_on() {
    restarting::it_goes_on_where_it_was_ended();
}

#[test]
fn a_market_of_many_pools_goes_on() {
    restarting::all_pools_go_on();
}

#[test]
fn a_path_out_of_files() {
    restarting::prices_come_from_files();
}

#[test]
fn a_newcomers_hour() {
    let market = Market::start(&["--hurry"]);
    newcomer::an_hour(&market);
    newcomer::a_pool_for_all_commands(&market);
    newcomer::what_is_given_twice(&market);
    market.end_politely();
}

#[test]
fn trades_between_commitment_and_fill() {
    let market = Market::start(&[]);
    filling::the_first_price_decides(&market);
    filling::a_limit_that_fails_costs_an_eighth_of_the_bond(&market);
    filling::what_lapses_costs_its_bond(&market);
    filling::an_interruption_tells(&market);
    filling::nothing_is_done_twice(&market);
    before::a_fill_is_compared_with_its_quote(&market);
    market.end_politely();
}

#[test]
fn networks_that_fail_and_commands_at_once() {
    let market = Market::start(&[]);
    lying::what_is_done_is_done(&market);
    lying::a_note_is_struck_out_by_its_own_command(&market);
    lying::commands_at_once(&market);
    lying::answers_fail_after_the_commitment(&market);
    stopped::an_empty_folder_for_state_is_none(&market);
    stopped::who_sleeps_after_sending_moves_money_once(&market);
    market.end_politely();
}

#[test]
fn a_network_that_lies() {
    let market = Market::start(&[]);
    deceived::each_lie_alone(&market);
    deceived::what_is_told_is_true(&market);
    market.end_politely();
}

#[test]
fn a_network_that_lies_to_who_reads() {
    let market = Market::start(&[]);
    reading::what_is_read_is_true(&market);
    market.end_politely();
}

#[test]
fn a_market_with_its_page() {
    let market = app_market::start();
    app_market::its_keeper_executes_orders(&market);
    market.end_politely();
}

#[test]
fn a_fast_market() {
    let market = Market::start(&["--speed", "60"]);
    filling::a_fast_clock_waits(&market);
    market.end_politely();
}

/// A market of its own: here prices jump and time stands still.
#[test]
fn a_market_that_stands_still() {
    let market = Market::start(&[]);
    clock::who_asks_in_vain_is_told(&market);
    market.json("lena", "account open --pool TSLA.M --yes");
    clock::it_stands_still_and_goes_on(&market);
    strategies::what_is_quoted_is_what_happens(&market);
    before::a_quote_tells_what_the_library_does(&market);
    strategies::the_ends_are_reached(&market);
    strategies::a_set_price_liquidates(&market);
    strategies::orders_of_several_legs(&market);
    members::a_delegate_trades_and_never_withdraws(&market);
    members::who_refers_is_paid(&market);
    members::series_come_and_go(&market);
    listing::others_list_while_it_asks(&market);
    members::anyone_pays_out_withdrawals(&market);
    history::the_newest_come_without_the_rest(&market);
    history::what_happens_is_followed(&market);
    shell::completions_complete(&market);
    shell::manual_pages_are_read(&market);
    shell::output_is_plain(&market);
    market.end_politely();
}

#[test]
fn operators_create_a_market() {
    let market = Market::start(&["--bare", "--speed", "2", "--path", "prices.csv"]);
    operators::from_nothing_to_a_pool(&market);
    market.end_politely();
}

#[test]
fn a_migration_is_interrupted_and_begun_again() {
    let market = Market::start(&["--bare", "--hurry"]);
    migrations::killed_again_and_again(&market);
    market.end_politely();
}

#[test]
fn a_migration_is_overtaken_by_its_own_transactions() {
    let market = Market::start(&["--bare", "--hurry"]);
    overtaken::nothing_is_done_twice(&migrations::Cluster::new(&market, migrations::LOCALNET));
    market.end_politely();
}

#[test]
fn a_market_begun_by_hand_is_brought_to_its_file() {
    let market = Market::start(&["--bare", "--hurry"]);
    migrations::begun_by_hand(&market);
    market.end_politely();
}

#[test]
fn several_pools_of_one_mint() {
    let market = Market::start(&["--hurry", "--curated"]);
    sought::commands_find_their_pool_out(&market);
    offers::the_best_verified_pool_is_chosen(&market);
    offers::names_are_not_trusted(&market);
    offers::exposure_and_its_hedge(&market);
    before::pools_are_compared(&market);
    naming::two_people_sign_one_deposit(&market);
    market.end_politely();
}

#[test]
fn curators_follow_their_guide() {
    let market = Market::start(&["--speed", "10"]);
    curator_document::everything_in_it_works(&market);
    curator_document::refused_tokens_are_told_why(&market);
    market.end_politely();
}

#[test]
fn operators_follow_their_guide() {
    let market = Market::start(&["--bare", "--hurry"]);
    operator_document::everything_in_it_works(&market);
    market.end_politely();
}
