//! What to do about refusals of the program, in the words of the command.

/// What to do about a refusal of the program.
pub fn advice(name: &str) -> Option<&'static str> {
    Some(match name {
        "Overflow" => "a number is too large: take a smaller amount",
        "MoneynessOutOfRange" => "the price is too far from the strike to be valued: take a strike near the price",
        "InvalidParameter" => "change the parameter that is named above: docs/protocol.md tells its bounds",
        "WrongPool" => "the account is of another pool: name that one with --pool",
        "Unauthorized" => {
            "sign with the key of the owner or authority: --keypair; `evergreen govern show` names admin and guardian, `evergreen pool show` a curator"
        }
        "MarketAccountMissing" => "the account has changed meanwhile: try again",
        "UnknownUnderlying" => "`evergreen pool show` lists the underlyings of the pool",
        "WrongVersion" => {
            "bring the account to the present layout first: `evergreen migrate run --to 2`; `evergreen doctor` looks"
        }
        "SameAccount" => "take another account: the two have to differ",
        "AccountNotEmpty" => "close positions and orders and withdraw all first: `evergreen close --all`",
        "UnderlyingCount" => "name one to four different underlyings",
        "PriceWrongOwner" | "PriceUndecodable" | "PriceWrongFeed" | "PriceNotVerified" => {
            "that is not the account its price is read from: check --prices (upgraded, previous, legacy), and `evergreen doctor`"
        }
        "PriceNotPositive" | "PriceExponent" | "PriceNotTrading" => {
            "the feed gives no usable price now: try again later; without open positions `evergreen withdraw all` needs none"
        }
        "PriceStale" | "PriceUnconfirmed" | "PriceNotEarlier" | "PriceFromFuture" => {
            "the price is not fresh; try again in a moment, `evergreen price show` tells its age"
        }
        "PriceUncertain" => "the price is too uncertain now; try again in a moment, or only reduce: that needs less",
        "UnknownSeries" => {
            "the series is gone, or its slot is another's by now: quote again, see `evergreen series list`"
        }
        "SeriesExercised" => "its options were paid at the cap; the account's next trade or withdrawal settles that",
        "SeriesAtCap" => "the price has reached the cap: close, or take a strike whose cap is further away",
        "SeriesNotAtCap" => "wait until the price is past the cap by its confidence",
        "SeriesInUse" => {
            "only a series that nobody holds or has written can be retired; one that was closed since the last full minute, half a minute after the next one"
        }
        "RegistryFull" => {
            "take a listed series, or free a slot first: `evergreen series list`, `evergreen series retire`"
        }
        "StrikeOffGrid" => "take another --strike: a multiple of the step near the price, or atm",
        "UnknownTenor" => "take another --tenor: `evergreen price show` lists them",
        "LegCount" => "give one to four legs; an order that only reduces has one",
        "LegRepeated" => "two legs are the same option: put both sizes into one leg",
        "LegZero" => "give every leg a size above 0",
        "LegNotReducing" => "only positions that are open can be closed: `evergreen positions` shows them",
        "TooManyPositions" | "TooManyOrders" => "close or cancel something first",
        "LimitExceeded" => "the price has moved: quote again, or allow more --slippage, or another --min-net",
        "ShortExceedsLong" => {
            "only as much can be written as others have bought: take a smaller --size, or a series with more bought than written: \
             `evergreen series list`"
        }
        "PartTooSmall" => "name all of the excess that the account has written, or a larger part",
        "NothingToDeleverage" => "no more is written than bought: there is nothing to balance",
        "SeriesSizeLimit" | "AccountSizeLimit" => {
            "that is more than can be traded now: take a smaller --size, or another strike"
        }
        "DirectionLimit" => {
            "this side of the market is as large as the pool takes beside the other: `evergreen pool show` tells the room that is left; a smaller --size or the \
             other side fits"
        }
        "GrowthLimit" => "take a smaller --size now and the rest later: what may be bought grows back within an hour",
        "ReserveLimit" => "the pool's capital backs other options: take a smaller --size, or a tenor with a nearer cap",
        "PositionTooSmall" => "take a larger --size, or close the position in full",
        "AllowanceExceeded" => {
            "the account's owner lets the delegate spend more: evergreen account delegate KEY --allowance TOKENS"
        }
        "DelegateRests" => {
            "give it again when that time is over: meanwhile anybody can commit an order of the owner's, and the owner trades at any time"
        }
        "InsufficientCash" | "InArrears" => "pay in more: `evergreen deposit`, or --deposit with the trade",
        "InsufficientHealth" | "HealthLowered" => {
            "pay in more (`evergreen deposit`), trade less, or close something first"
        }
        "NotLiquidatable" => {
            "the account has enough margin: `evergreen account show` tells at which price it is liquidated"
        }
        "SelfLiquidation" => "let somebody else do it: the owner may not",
        "NoBadDebt" => "only negative cash of an account without positions is bad debt",
        "ZeroAmount" => "name an amount above 0: there may be nothing to pay",
        "ZeroShares" => "deposit more: that is worth less than one share; or nothing waits that could be cancelled",
        "WritersUnsettled" => "anyone settles those who wrote it, as the keeper does; then withdrawals go on",
        "NoNetAssetValue" | "SharesSpent" => {
            "the class is worth next to nothing: `evergreen lp renew` begins new shares once its capital is gone"
        }
        "SharesNotSpent" => "the shares go on: deposit and withdraw as always",
        "DebtsOpen" => "anyone liquidates and absorbs them, as the keeper does; then shares can be renewed",
        "IncomeNotSwept" => "sweep it first, as the keeper does: `evergreen lp renew` does both",
        "PoolInUse" => "all options have to be closed or settled first: shares are renewed when nothing is open",
        "DepositCap" | "BelowMinimum" => "change the amount: `evergreen pool show` tells the limits",
        "WithdrawalCooling" | "WithdrawalNotFirst" => "wait until the withdrawal's turn has come: `evergreen lp show`",
        "NothingPayable" => "nothing can leave now: reserves or the daily limit hold it back; try again later",
        "MintRefused" => {
            "no pool can take the token with the property that is named above; where none is, it has one that the program does not know"
        }
        "Decimals" => "the token has more decimals than are supported: no pool can take it",
        "FeeUnsigned" => {
            "the token's issuer takes a fee of transfers now: whoever it is due to can have it paid with their own key, or wait until the fee is gone"
        }
        "VaultMismatch" => {
            "tokens are missing in the vault: anyone assigns the loss, `evergreen govern sync-vault`, then payments go on"
        }
        "Paused" => "the action is paused; exits open again within a day",
        "PauseTooLong" => "take a shorter pause, or wait until this exit may be paused again",
        "PoolHalted" | "PoolDistressed" => "the pool takes no new risk; closing and withdrawing still work",
        "ProviderNotNamed" => {
            "the pool is private: only its curator, and whom it signs for, provide liquidity there; sign a deposit for the curator: evergreen lp deposit --offer FILE"
        }
        "NotOffered" => "`evergreen pool show` tells the kinds and tenors that the pool lists",
        "SeedTooSmall" => "give at least a thousandth of a token with --first",
        "NoBuyback" => {
            "only a private pool that names a premium when it is created buys back: `evergreen pool create --private --set buyback_bps=…`"
        }
        "WritesAlone" => {
            "nobody else writes options in a pool that buys back: close what is held, or write in another pool"
        }
        "PoolNotHalted" => {
            "the pool is open: nothing has to be resumed, and it buys nothing back before `evergreen govern halt`"
        }
        "WrongNumber" => {
            "another device or command of the same key came first, or this one was done before: `evergreen history` tells which; \
             given again, the command does it once more"
        }
        "PoolExhausted" => {
            "the pool has less than it owes: it pays once others have paid it, and what it owes stays owed"
        }
        "FundingUncollected" => {
            "accounts owe the pool what it needs for this payment: collect it first with `evergreen pool collect`, and try again; \
             options of accounts that owe cash are sold by keepers"
        }
        "NothingToSettle" => {
            "nothing is to be settled: no exercised option, and no funding up to the last touch of a series"
        }
        "FeeBelowWaitingFloor" => "raise the trading fees, or shorten the window of fills",
        "FeeBelowLatencyFloor" => "raise the trading fees, or take only younger prices",
        "SampleDue" => {
            "the volatility sample of the half-hour comes first, which anyone takes: try again in a moment, or `evergreen keeper once --job sample`"
        }
        "SampleTooEarly" => "somebody has sampled already: try again in a minute",
        "NotTightening" => "a cap can only be lowered at once; propose to raise it",
        "MarkWouldJump" => "change it in smaller steps, one proposal after the other",
        "ProposalTooEarly" => "wait until the time that `evergreen govern show` tells",
        "ProposalAnnounced" => "give the command again at that time; it then waits for a minute at most",
        "ProposalExpired" | "ProposalOutdated" => "propose it again",
        "ProposalWrongTarget" => "name the account that the proposal was made for",
        "OrderUnconditional" => {
            "give the order a limit or a price to wait for: --min-net, --at-or-above, --at-or-below"
        }
        "OrderExpiry" => "take another --expires: 90d at most",
        "OrderPriceTooEarly" => "wait for the next price: an order is executed at prices published after it was placed",
        "OrderNotTriggered" => "wait until the price is there: `evergreen orders list` tells which",
        "TipByDelegate" => "leave --tip away, or let the owner place the order",
        "KeeperAccountMissing" => "the tip needs a margin account of your own: evergreen account open",
        "NothingToMigrate" => "nothing has to be done: the account is of the present layout",
        "OptionNotListed" => "list it first: `evergreen series add`; `evergreen trade buy` does that by itself",
        "CommitmentOpen" => {
            "a trade of the account waits for its price: `evergreen fill` fills it, `evergreen account show` tells what it is"
        }
        "NothingCommitted" => {
            "nothing waits to be filled: `evergreen positions` and `evergreen history` show what came of it"
        }
        "OrderMissing" => "the commitment comes from another order by now: give the command again, or `evergreen fill`",
        "PriceNotFirst" => {
            "only the first price after a commitment fills it: give `evergreen fill` again; it looks where that price is kept"
        }
        "MarketAccountUnneeded" => "the account's positions have changed meanwhile: give `evergreen fill` again",
        "NotAtCapacity" => "positions are closed for others only while the pool is at capacity or its registry is full",
        "RentPaid" => "its series pays for its place, or others pay less and free what is missing",
        "NoticeRunning" => {
            "notice was given already: positions can be closed when its time is over, ten minutes, for a buy-back three days, and a pool is resumed after that"
        }
        "NoticeMissing" => "give notice first: positions can be closed ten minutes later",
        "OffGrid" => {
            "liquidity is executed in the first 20 seconds of a minute: give the command again, it waits for the next"
        }
        "DepositNotWaiting" => "it was executed or given back already: `evergreen lp show` tells which",
        "AnotherLosesLess" => "sell the option that brings the greatest part of what it is worth: the keeper finds it",
        "RentTooLow" => {
            "nearly all of the pool's capital is reserved: what is left is for options that pay more for it, nearer the price or of a shorter tenor, and whose series somebody has touched within the hour"
        }
        "NothingOwed" => "the account owes no cash: nobody closes its options for that",
        "UnderlyingSilent" => {
            "nobody has sampled its price for a day, so only closing is possible: the keeper, or anyone, samples it"
        }
        "NotSilent" => "its price was sampled within the last day: only a day of silence is reported",
        "SilenceReported" => "it was reported already: series can be ended seven days after that",
        "SilenceTooYoung" => {
            "series can be ended seven days after the silence was reported, unless somebody samples its price"
        }
        "AccountNotInitialized" => "an account is missing; does the wallet hold the token? `evergreen doctor` looks",
        "InstructionFallbackNotFound" => "the program is older than this command: take one of its version",
        _ => return None,
    })
}
