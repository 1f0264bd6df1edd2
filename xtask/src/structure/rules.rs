//! The rules themselves, each with its reason.

/// A word that is not used, and what is said instead.
pub struct Word {
    /// The word, a whole identifier.
    pub word: &'static str,
    /// The field's term.
    pub better: &'static str,
    /// Beginnings of paths where the word means something else, and is right.
    pub allowed: &'static [&'static str],
}

const fn word(word: &'static str, better: &'static str) -> Word {
    Word { word, better, allowed: &[] }
}

/// Words with a better one. `docs/glossary.md` says what the better ones mean.
pub const WORDS: &[Word] = &[
    word("Book", "SeriesRegistry"),
    word("refresh_book", "refresh_pool"),
    word("BookFull", "RegistryFull"),
    word("Desk", "PoolEngine"),
    word("desk", "engine"),
    word("Haircut", "LossIndex"),
    word("haircut", "loss_index"),
    word("admit", "apply_losses"),
    word("Ticket", "WithdrawalRequest"),
    word("ticket", "withdrawal"),
    word("tickets", "withdrawals"),
    word("close_unbalanced", "auto_deleverage"),
    word("CloseUnbalanced", "AutoDeleverage"),
    word("unbalanced", "excess short"),
    word("close_idle", "close_worthless"),
    word("CloseIdle", "CloseWorthless"),
    word("crowded", "at capacity"),
    word("is_crowded", "is_at_capacity"),
    word("entry_health", "initial_health"),
    word("PriceTooWide", "PriceUncertain"),
    word("is_wide", "is_uncertain"),
    word("slow_price", "ema_price"),
    word("max_slow_gap_bps", "max_ema_gap_bps"),
    word("Curve", "OptionPricer"),
    word("appraise", "value_series"),
    word("Appraiser", "SeriesValuer"),
    word("Shown", "DisplayDollars"),
    word("Deed", "Submission"),
    word("Patience", "Deadline"),
    word("Pursuit", "RecoveryMode"),
    word("OrderFate", "OrderResolution"),
    word("farewell", "wind_down"),
    word("Shape", "TradeSpec"),
    word("Wings", "CollarArgs"),
];

/// Files in which the words above are named on purpose: this list, the glossary, and what happened before.
pub const WORDS_NOT_READ: &[&str] = &["xtask/src/structure", "docs/glossary.md", "CHANGELOG.md", "Cargo.lock"];

/// Modules of the program, from the highest layer to the lowest. A module uses its own layer and lower ones.
///
/// `program` is what Anchor generates about the program itself. Events name types of the state and the state emits events, so the two share a layer.
pub const LAYERS: &[&[&str]] = &[
    &["lib"],
    &["instructions"],
    &["engine", "token"],
    &["oracle"],
    &["state", "events"],
    &["errors", "seeds", "program"],
];

/// Something that is done in a few named places only.
pub struct Door {
    /// What is written there.
    pub pattern: &'static str,
    /// Where it is looked for.
    pub within: &'static str,
    /// The only files that may say it.
    pub files: &'static [&'static str],
    /// Why there.
    pub reason: &'static str,
}

/// The doors.
pub const DOORS: &[Door] = &[
    Door {
        pattern: "pool.apply_losses(",
        within: "",
        files: &[
            "programs/evergreen/src/instructions/opened.rs",
            "sdk/rust/src/quote/mod.rs",
            "sdk/rust/src/quote/screen.rs",
        ],
        reason: "an account is opened in one order: by the program, by quotes, by the screen of many accounts",
    },
    Door {
        pattern: "transfer_checked(",
        within: "programs/",
        files: &["programs/evergreen/src/token/mod.rs"],
        reason: "tokens move in one place, which compares both balances",
    },
    Door {
        pattern: ".release(",
        within: "programs/",
        files: &["programs/evergreen/src/token/door.rs", "programs/evergreen/src/instructions/keeper/insurance.rs"],
        reason: "what leaves a vault passes the door that watches the mint, or stays between a pool's vaults",
    },
    Door {
        pattern: "SeriesStatus::Exercised as u8",
        within: "programs/",
        files: &["programs/evergreen/src/state/registry.rs"],
        reason: "a series changes its status by its own methods",
    },
];

/// The most lines of a file that needs no reason.
pub const MOST_LINES: usize = 400;

/// Longer files, and why they are.
pub const LONG_FILES: &[(&str, &str)] = &[
    ("programs/evergreen-math/src/elementary/tables.rs", "a table of numbers"),
    ("programs/evergreen-math/src/option/pricer.rs", "one formula with its parts, and the reasons beside each step"),
    ("sdk/rust/src/failure.rs", "examples; to be moved to examples/"),
    ("sdk/rust/src/plan.rs", "examples; to be moved to examples/"),
    ("sdk/rust/src/quote/mod.rs", "examples; to be moved to examples/"),
    ("tests/src/world.rs", "the one world that all program tests share"),
    ("tests/tests/program/attacks/economics.rs", "one catalogue of attacks"),
    ("tests/tests/program/attacks/money.rs", "one catalogue of attacks"),
    ("tests/tests/program/orders.rs", "one subject"),
    ("tests/tests/program/tokens.rs", "one subject"),
];
