//! How a command ends.

/// Exit codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exit {
    /// It is done.
    Done,
    /// It failed.
    #[default]
    Failed,
    /// The command line is wrong.
    Usage,
    /// It is refused, or was not filled.
    Refused,
    /// The network fails.
    Network,
    /// Nobody has confirmed.
    NotConfirmed,
    /// What came of it is not known, or could not be told.
    Unknown,
    /// What was asked for is told in part.
    Incomplete,
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Refused,
        Self::Network,
        Self::NotConfirmed,
        Self::Unknown,
        Self::Incomplete,
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What it means, in the words of the help.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, by this command or before",
            Self::Failed => "failed, nothing was done",
            Self::Usage => "wrong usage",
            Self::Refused => {
                "refused by the program or for what the wallet lacks, or a trade not filled, or a deposit given back"
            }
            Self::Network => "the network fails, nothing was done",
            Self::NotConfirmed => "not confirmed",
            Self::Unknown => {
                "sent or committed, and what came of it is not known or could not be told: the same command again"
            }
            Self::Incomplete => "what is printed is true and not all that was asked for",
        }
    }
}

/// The end of the help: where to begin, and what the exit codes mean.
pub fn help() -> String {
    let codes: Vec<String> = Exit::ALL.iter().map(|exit| format!("  {}  {}", exit.code(), exit.meaning())).collect();
    format!(
        "Begin with `evergreen localnet` for a market on this machine, or `evergreen doctor` to see what is missing.\n\nExit codes:\n{}",
        codes.join("\n")
    )
}
