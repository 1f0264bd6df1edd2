//! Who plays: fixed keys, so that addresses and numbers are the same in every run.

use anchor_lang::prelude::Pubkey;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A player of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Deploys the program; admin and guardian of the protocol.
    Admin,
    /// Issues both stock tokens.
    Issuer,
    /// Owns the protocol's fees.
    FeeOwner,
    /// The project behind the TSLA.M pool: seeds it and its insurance.
    Treasury,
    /// Provides liquidity in TSLA.M and takes it out again.
    Lena,
    /// Holds TSLA.M and buys a call on BTC.
    Alice,
    /// Holds TSLA.M and buys longer calls on BTC.
    Erin,
    /// Holds TSLA.M and has bitcoins elsewhere: insures them with puts.
    Grace,
    /// Holds TSLA.M and writes calls.
    Walter,
    /// Provides liquidity and insurance in CRCL.M.
    Clara,
    /// Holds CRCL.M and bets on ETH falling.
    Bob,
    /// A keeper, who does what anyone may do.
    Kim,
    /// Lists HOOD.M without any role, and runs its pool; later one of TSLA.M's shares.
    Rosa,
    /// Holds HOOD.M and trades in Rosa's pool.
    Dan,
    /// Provides liquidity in TSLA.M, and trades options with the shares.
    Nora,
    /// Makes a market in HOOD.M, in a private pool.
    Max,
    /// Holds HOOD.M and trades in the private pool.
    Eve,
}

/// Who is given how many whole TSLA.M at the beginning. These are all there will ever be.
pub const TSLA_HOLDERS: &[(Who, u32)] = &[
    (Who::Treasury, 1_100),
    (Who::Lena, 200),
    (Who::Alice, 20),
    (Who::Erin, 60),
    (Who::Grace, 30),
    (Who::Walter, 40),
    (Who::Kim, 1),
    (Who::Nora, 50),
    (Who::Rosa, 120),
    (Who::FeeOwner, 0),
];

/// Who is given how many whole CRCL.M.
pub const CRCL_HOLDERS: &[(Who, u32)] = &[(Who::Clara, 1_500), (Who::Bob, 50), (Who::FeeOwner, 0)];

/// Who is given how many whole HOOD.M.
pub const HOOD_HOLDERS: &[(Who, u32)] =
    &[(Who::Rosa, 200), (Who::Dan, 30), (Who::Max, 120), (Who::Eve, 20), (Who::FeeOwner, 0)];

/// Who is given how many whole tokens of a stock.
pub fn holders(symbol: &str) -> &'static [(Who, u32)] {
    match symbol {
        "TSLA.M" => TSLA_HOLDERS,
        "CRCL.M" => CRCL_HOLDERS,
        _ => HOOD_HOLDERS,
    }
}

impl Who {
    /// All who need SOL for fees.
    pub const ALL: [Self; 17] = [
        Self::Admin,
        Self::Issuer,
        Self::FeeOwner,
        Self::Treasury,
        Self::Lena,
        Self::Alice,
        Self::Erin,
        Self::Grace,
        Self::Walter,
        Self::Clara,
        Self::Bob,
        Self::Kim,
        Self::Rosa,
        Self::Dan,
        Self::Nora,
        Self::Max,
        Self::Eve,
    ];

    /// Name in the commentary.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::Issuer => "Issuer",
            Self::FeeOwner => "Protocol",
            Self::Treasury => "Treasury",
            Self::Lena => "Lena",
            Self::Alice => "Alice",
            Self::Erin => "Erin",
            Self::Grace => "Grace",
            Self::Walter => "Walter",
            Self::Clara => "Clara",
            Self::Bob => "Bob",
            Self::Kim => "Kim",
            Self::Rosa => "Rosa",
            Self::Dan => "Dan",
            Self::Nora => "Nora",
            Self::Max => "Max",
            Self::Eve => "Eve",
        }
    }

    /// Signs for this player.
    pub fn key(self) -> Keypair {
        fixed_key(self.name())
    }

    /// Address.
    pub fn id(self) -> Pubkey {
        self.key().pubkey()
    }
}

/// The key that belongs to a name.
pub fn fixed_key(name: &str) -> Keypair {
    let mut secret = *b"evergreen demonstration:        ";
    for (place, byte) in secret.iter_mut().skip(24).zip(name.bytes()) {
        *place = byte;
    }
    Keypair::new_from_array(secret)
}
