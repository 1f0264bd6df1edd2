//! Words of other programs, and what says the same here. Clap proposes what is spelt alike, which is seldom what is meant.

/// What is written for a command that there is not. `above` is the command that it was typed below.
pub fn command(above: &str, word: &str) -> Option<String> {
    let word = word.to_lowercase();
    let say = |text: &str| Some(text.to_owned());
    match (above, word.as_str()) {
        ("", "buy" | "sell" | "straddle" | "strangle" | "vertical" | "collar" | "roll" | "legs") => {
            Some(format!("`evergreen trade {word}` trades, `evergreen quote {word}` tells what it costs"))
        }
        ("", "write" | "short") => {
            say("`evergreen trade sell` writes what is not held, `trade covered-write` with cash for all it can owe")
        }
        ("", "balance" | "balances" | "wallet" | "margin") => {
            say("`evergreen account show` tells a margin account, `evergreen doctor` what the wallet holds")
        }
        ("", "order" | "stop" | "limit" | "cancel") => say("`evergreen orders` places, lists and cancels orders"),
        ("", "pools" | "markets" | "market") => say("`evergreen pool list` shows all pools"),
        ("", "options" | "strikes" | "book" | "orderbook" | "expiries") => {
            say("`evergreen chain` shows the options of a pool by strike")
        }
        ("", "stake" | "unstake" | "earn" | "vault" | "liquidity") => {
            say("`evergreen lp` provides liquidity and takes it out")
        }
        ("", "faucet" | "airdrop" | "mint") => {
            say("`evergreen localnet fund` gives SOL and tokens on a local market; elsewhere nothing is given away")
        }
        ("", "status" | "health" | "check" | "config" | "setup" | "login" | "connect") => {
            say("`evergreen doctor` looks at configuration, network, key and prices, and says what to do next")
        }
        ("" | "trade" | "quote" | "orders", "exercise" | "expire" | "settle") => say(
            "nothing is to be done: an option does not expire, and it is exercised for everybody at its cap; `evergreen positions` shows where it stands",
        ),
        ("", "proposal" | "proposals" | "vote") => say("`evergreen govern show` lists proposals"),
        ("", "pnl" | "profit" | "tax" | "taxes" | "statement") => {
            say("`evergreen portfolio` tells profit and loss, `evergreen history --csv` has a row for each movement")
        }
        ("quote" | "trade" | "orders place", "call" | "put") => {
            Some(format!("an option is bought or sold: `buy … --{word}`, `sell … --{word}`"))
        }
        ("quote" | "trade" | "orders place", "write" | "short") => say("`sell` writes what is not held"),
        ("quote" | "trade" | "orders place", "close" | "exit") => say("`evergreen close` closes positions"),
        ("quote" | "trade" | "orders place", "spread") => say("`vertical` buys one strike and writes another"),
        (
            "quote" | "trade" | "orders place",
            "condor" | "iron-condor" | "butterfly" | "ratio" | "calendar" | "diagonal" | "box",
        ) => say(
            "`legs` takes up to four options at once, each after its --leg: --leg \"+0.1BTC call 100000 7d\" --leg \"-0.1BTC call 105000 7d\"",
        ),
        ("pool", "compare" | "ls" | "rank" | "yield" | "apy" | "apr") => {
            say("`pool list` puts all pools side by side, with --returns what their shares have returned")
        }
        ("orders", "buy" | "sell" | "stop" | "limit" | "bracket") => say(
            "`evergreen orders place sell … --at-or-below DOLLARS --reduce-only` is a stop, with `--limit` an order has a limit",
        ),
        ("lp", "withdraw" | "remove" | "redemption") => {
            say("`lp request` asks for a withdrawal, `lp claim` pays it out once it is executed")
        }
        ("lp", "add") => say("`lp deposit` pays in"),
        _ => None,
    }
}

/// How a value is written that stands without the name that belongs in front of it, where these are the names.
pub fn value(options: &[String], word: &str) -> Option<String> {
    let has = |name: &&str| options.iter().any(|option| option == name);
    let lower = word.to_lowercase();
    let is_whole = word.bytes().all(|byte| byte.is_ascii_digit());
    let is_series = word.split_once(':').is_some_and(|(slot, _)| slot.bytes().all(|byte| byte.is_ascii_digit()));
    let name = match lower.as_str() {
        "all" | "call" | "put" | "write" => return has(&lower.as_str()).then(|| format!("--{lower}")),
        "btc" | "eth" => "underlying",
        "atm" => "strike",
        _ if is_series => "series",
        // Strikes are thousands, sizes are coins.
        _ if is_whole && word.len() > 3 => "strike",
        _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') => "size",
        _ => "pool",
    };
    Some(name).filter(has).map(|name| format!("--{name} {word}"))
}

/// What is written for an option that there is not.
pub fn option(command: &str, name: &str) -> Option<&'static str> {
    const TRIGGER: &str = "a stop and a take-profit wait for the price of the underlying: `orders place … --at-or-below DOLLARS` or `--at-or-above DOLLARS`, \
                           with --reduce-only; both together are a bracket";
    let trades = ["trade", "quote", "orders", "chain", "series"].iter().any(|group| command.starts_with(group));
    Some(match name.trim_start_matches('-') {
        "stop" | "stop-loss" | "sl" | "take-profit" | "tp" | "target" | "stop-price" | "trigger-price" | "when" => {
            TRIGGER
        }
        "trailing" | "trailing-stop" | "trail" => "there is no trailing stop: a trigger is a fixed price on chain",
        "amount" | "points" | "percent" | "part" | "quantity" | "qty" if command == "close" => {
            "how much of a position is --size: 0.1BTC, 50% or half"
        }
        "position" | "option" if command == "close" => {
            "the position is --series SLOT:GENERATION, or in words: --underlying BTC --call --strike 100000"
        }
        "account" | "sub-account" if matches!(command, "positions" | "portfolio") => {
            "it tells all accounts; `evergreen account show --account` tells one"
        }
        "last" | "count" | "n" | "max" | "rows" if command == "history" => "how many of the newest is --limit",
        "amount" | "tokens" => "the amount stands without a name: `evergreen deposit 5`",
        "expiry" | "expiration" | "expires-at" | "maturity" | "date" | "days" if trades => {
            "an option does not expire; --tenor says how far its time value looks ahead, for instance 7d"
        }
        "coin" | "asset" | "symbol" | "base" | "market-symbol" if trades => {
            "the coin is --underlying, the stock --pool"
        }
        "stock" | "token" | "collateral" | "mint" if command != "pool create" => "the stock is named by --pool",
        "type" | "kind" | "side" if trades => "say --call or --put, and `buy` or `sell` in front",
        "quantity" | "qty" | "contracts" | "notional" if trades => "how much is --size, in coins: 0.1BTC",
        "price" | "max-price" | "max-cost" | "limit" if command.starts_with("trade") => {
            "a trade takes --slippage, or --min-net for the least change of cash: --min-net=-1.5 pays 1.5 tokens at most; `evergreen orders place` has --limit"
        }
        "leverage" | "margin" if trades => {
            "there is no leverage to choose: what is bought is paid in full, what is written needs margin, which --deposit pays in"
        }
        "network" | "cluster" | "rpc" | "rpc-url" | "endpoint" | "node" => "the network is --url",
        "wallet" | "key" | "private-key" | "signer" | "secret" | "payer" | "fee-payer" | "from" => {
            "the key that signs and pays is a file: --keypair FILE"
        }
        "force" | "no-confirm" | "assume-yes" | "non-interactive" => "--yes sends without a question",
        "simulate" | "test" | "preview" => "--dry-run shows and simulates, and sends nothing",
        "greeks" | "delta" | "gamma" | "vega" | "theta" | "iv" | "break-even" | "breakeven" if trades => {
            "a quote tells delta, gamma, vega, volatility and break-even by itself; there is no theta: holders pay funding"
        }
        "sort" | "order-by" | "filter" => "lists have one order; --json is for other programs to sort",
        "verbose" | "debug" | "v" => "there is nothing more to tell; for a keeper's log RUST_LOG says how much",
        "output" | "format" | "o" => "--json prints JSON, and `history --csv` a table for programs",
        _ => return None,
    })
}
