//! Pyth's signed updates as a price service hands them out: they are decoded, and checked as far as that needs no network.

use super::{FeedId, PushFeeds};
use crate::presets;
use anchor_lang::prelude::Pubkey;
use base64::{Engine, engine::general_purpose::STANDARD};
use pythnet_sdk::{
    accumulators::merkle::MerkleRoot,
    hashers::keccak256_160::Keccak160,
    messages::Message,
    wire::{
        from_slice,
        v1::{AccumulatorUpdateData, MerklePriceUpdate, Proof, WormholeMessage, WormholePayload},
    },
};

/// A generation of Pyth's programs on Solana. Each generation has its own price accounts.
///
/// ```
/// use evergreen_sdk::{presets::BTC_FEED, price::PythGeneration};
///
/// let generation = PythGeneration::default();
/// println!("{} belongs to {}", generation.push_feed(0, &BTC_FEED), generation.receiver());
/// assert_eq!(PythGeneration::of_receiver(&generation.receiver()), Some(PythGeneration::Upgraded));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(any(feature = "client", feature = "hermes"), derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(any(feature = "client", feature = "hermes"), serde(rename_all = "lowercase"))]
pub enum PythGeneration {
    /// The generation that replaced the one before. Three of Pyth's five routers sign its updates.
    #[default]
    Upgraded,
    /// The generation before. Its programs were upgraded in place in August 2026: three of five routers sign its updates, too, no longer
    /// thirteen of Wormhole's guardians.
    Previous,
}

/// The text names no generation of Pyth's programs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no generation `{0}`: expected upgraded or previous")]
pub struct UnknownGeneration(pub String);

impl PythGeneration {
    /// Both generations, the newer one first.
    pub const ALL: [Self; 2] = [Self::Upgraded, Self::Previous];

    /// Returns the name of the generation, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upgraded => "upgraded",
            Self::Previous => "previous",
        }
    }

    /// Returns the programs of the generation.
    pub const fn programs(self) -> PythPrograms {
        match self {
            Self::Upgraded => PythPrograms::UPGRADED,
            Self::Previous => PythPrograms::PREVIOUS,
        }
    }

    /// Returns the receiver program, which owns all price update accounts of the generation.
    pub const fn receiver(self) -> Pubkey {
        self.programs().receiver
    }

    /// Returns the push program, from which the addresses of push feeds derive.
    pub const fn push_program(self) -> Pubkey {
        self.programs().push
    }

    /// Returns the push feeds of one shard.
    pub const fn push_feeds(self, shard: u16) -> PushFeeds {
        PushFeeds { program: self.push_program(), shard }
    }

    /// Returns the address of a push feed.
    pub fn push_feed(self, shard: u16, feed: &FeedId) -> Pubkey {
        self.push_feeds(shard).address(feed)
    }

    /// Returns the generation to which a receiver program belongs; `None` for other programs.
    pub fn of_receiver(receiver: &Pubkey) -> Option<Self> {
        Self::ALL.into_iter().find(|generation| generation.receiver() == *receiver)
    }
}

/// Parses the name, in upper or lower case.
impl core::str::FromStr for PythGeneration {
    type Err = UnknownGeneration;

    fn from_str(text: &str) -> Result<Self, UnknownGeneration> {
        let found = Self::ALL.into_iter().find(|generation| generation.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownGeneration(text.to_owned()))
    }
}

/// The programs of one generation of Pyth.
///
/// ```
/// use evergreen_sdk::price::PythPrograms;
///
/// let programs = PythPrograms::UPGRADED;
/// println!("fees go to {}, signers are in {}", programs.treasury(0), programs.guardian_set(0));
/// assert_ne!(programs.config(), PythPrograms::PREVIOUS.config());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PythPrograms {
    /// Receiver program: it verifies that a price belongs to a signed update, and owns every price account.
    pub receiver: Pubkey,
    /// Push program: it keeps price accounts at fixed addresses.
    pub push: Pubkey,
    /// Wormhole program: it verifies the signatures of an update.
    pub wormhole: Pubkey,
}

impl PythPrograms {
    /// Programs of the upgraded generation, whose updates Pyth's own routers sign.
    pub const UPGRADED: Self = Self {
        receiver: presets::PYTH_RECEIVER,
        push: Pubkey::from_str_const("pyt2F414BA6dPttK6RddPZUdHfapoBN24GL5wbrPCou"),
        wormhole: Pubkey::from_str_const("HDw2E7P8X1SkCyjvoGsfBGAVUutKcj874bXjHrpVYrVL"),
    };
    /// Programs of the previous generation.
    pub const PREVIOUS: Self = Self {
        receiver: presets::PYTH_RECEIVER_PREVIOUS,
        push: Pubkey::from_str_const("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT"),
        wormhole: Pubkey::from_str_const("HDwcJBJXjL9FpJ7UBsYBtaDjsBUhuLCUYoz3zr8SWWaQ"),
    };

    /// Returns the address of the receiver's configuration.
    pub fn config(&self) -> Pubkey {
        Pubkey::find_program_address(&[b"config"], &self.receiver).0
    }

    /// Returns the address of one of the receiver's 256 accounts for the fees of updates. Several exist so that transactions of
    /// the same moment need not write to the same account.
    pub fn treasury(&self, number: u8) -> Pubkey {
        Pubkey::find_program_address(&[b"treasury", &[number]], &self.receiver).0
    }

    /// Returns the address of the account with the keys of a set of signers.
    pub fn guardian_set(&self, number: u32) -> Pubkey {
        Pubkey::find_program_address(&[b"GuardianSet", &number.to_be_bytes()], &self.wormhole).0
    }
}

/// Reason why bytes are not an update that can be posted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The text is not base64, or not hexadecimal.
    #[error("the update is not {0}")]
    Encoding(&'static str),
    /// The bytes are not in Pyth's transfer format.
    #[error("the update cannot be read: {0}")]
    Format(String),
    /// The signed message cannot be read.
    #[error("the signed message cannot be read: {0}")]
    Vaa(&'static str),
    /// A price is not part of what was signed.
    #[error("the price of feed {} is not part of what was signed", super::hex(.0))]
    Proof(FeedId),
}

/// A price in an update, for display. The program uses only prices that the receiver has stored in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdatedPrice {
    /// The feed.
    pub feed: FeedId,
    /// Price, in units of `10^exponent` dollars.
    pub price: i64,
    /// Half-width of the confidence interval, in units of `10^exponent` dollars.
    pub conf: u64,
    /// Power of ten of the units.
    pub exponent: i32,
    /// Time of publication, unix seconds.
    pub publish_time: i64,
}

/// A signed update of one or more feeds at one moment.
///
/// ```
/// use evergreen_sdk::{presets::BTC_FEED, price::PythUpdate};
/// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
/// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
/// # let bytes = signed_update(&[price], Signing { guardian_set: 4, signatures: 3 });
///
/// let update = PythUpdate::parse(&bytes)?;
/// let first = update.prices().next().ok_or("no price")?;
/// println!("{} · 10^{} dollars, signed by {} of set {}", first.price, first.exponent, update.signatures(), update.guardian_set());
/// assert_eq!(first.feed, BTC_FEED);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PythUpdate {
    /// The signed message with its signatures.
    vaa: Vec<u8>,
    guardian_set: u32,
    signatures: u8,
    prices: Vec<(UpdatedPrice, MerklePriceUpdate)>,
}

impl PythUpdate {
    /// Parses an update in Pyth's transfer format (`PNAU`), and checks the proof that every price in it is part of what was
    /// signed. The chain verifies the signatures themselves. Messages that are not prices are left out.
    ///
    /// # Errors
    /// [`UpdateError::Format`], [`UpdateError::Vaa`], [`UpdateError::Proof`].
    pub fn parse(bytes: &[u8]) -> Result<Self, UpdateError> {
        let data = AccumulatorUpdateData::try_from_slice(bytes).map_err(|e| UpdateError::Format(e.to_string()))?;
        let Proof::WormholeMerkle { vaa, updates } = data.proof;
        let vaa: Vec<u8> = vaa.into();
        let signed = Signed::of(&vaa)?;
        let message = WormholeMessage::try_from_bytes(signed.payload)
            .map_err(|_| UpdateError::Vaa("its payload is no root of prices"))?;
        let WormholePayload::Merkle(root) = message.payload;
        let root = MerkleRoot::<Keccak160>::new(root.root);
        let mut prices = Vec::with_capacity(updates.len());
        for update in updates {
            let message = from_slice::<byteorder::BE, Message>(update.message.as_ref())
                .map_err(|error| UpdateError::Format(format!("a message: {error}")))?;
            let Message::PriceFeedMessage(message) = message else { continue };
            if !root.check(update.proof.clone(), update.message.as_ref()) {
                return Err(UpdateError::Proof(message.feed_id));
            }
            let price = UpdatedPrice {
                feed: message.feed_id,
                price: message.price,
                conf: message.conf,
                exponent: message.exponent,
                publish_time: message.publish_time,
            };
            prices.push((price, update));
        }
        let (guardian_set, signatures) = (signed.guardian_set, signed.signatures);
        Ok(Self { vaa, guardian_set, signatures, prices })
    }

    /// Parses an update from base64, which Hermes returns in `binary.data` with `encoding=base64`.
    ///
    /// # Errors
    /// [`UpdateError::Encoding`], and those of [`Self::parse`].
    pub fn from_base64(text: &str) -> Result<Self, UpdateError> {
        Self::parse(&STANDARD.decode(text).map_err(|_| UpdateError::Encoding("base64"))?)
    }

    /// Parses an update from hexadecimal digits, with or without `0x`, which Hermes returns by default.
    ///
    /// # Errors
    /// [`UpdateError::Encoding`], and those of [`Self::parse`].
    pub fn from_hex(text: &str) -> Result<Self, UpdateError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        Self::parse(&hex::decode(digits).map_err(|_| UpdateError::Encoding("hexadecimal"))?)
    }

    /// Returns the prices, in the order of the update.
    pub fn prices(&self) -> impl Iterator<Item = UpdatedPrice> + '_ {
        self.prices.iter().map(|(price, _)| *price)
    }

    /// Leaves out the prices of all other feeds.
    #[cfg(feature = "hermes")]
    pub(super) fn keep(&mut self, feeds: &[FeedId]) {
        self.prices.retain(|(price, _)| feeds.contains(&price.feed));
    }

    /// Returns the number of the set of signers.
    pub const fn guardian_set(&self) -> u32 {
        self.guardian_set
    }

    /// Returns the number of signatures.
    pub const fn signatures(&self) -> u8 {
        self.signatures
    }

    /// Returns the signed message with its signatures.
    pub fn vaa(&self) -> &[u8] {
        &self.vaa
    }

    /// Returns the price of a feed with the proof that it was signed.
    pub(super) fn of_feed(&self, feed: &FeedId) -> Option<&MerklePriceUpdate> {
        self.prices.iter().find(|(price, _)| price.feed == *feed).map(|(_, update)| update)
    }
}

/// The parts of a signed message that are used here.
struct Signed<'a> {
    guardian_set: u32,
    signatures: u8,
    payload: &'a [u8],
}

impl<'a> Signed<'a> {
    /// Decodes `version, number of the signers' set, signatures of 66 bytes each, header of 51 bytes, payload`.
    fn of(vaa: &'a [u8]) -> Result<Self, UpdateError> {
        const SIGNATURE: usize = 66;
        const HEADER: usize = 51;
        let (head, rest) = vaa.split_at_checked(6).ok_or(UpdateError::Vaa("it is too short"))?;
        let [version, a, b, c, d, signatures] = *head else { return Err(UpdateError::Vaa("it is too short")) };
        if version != 1 {
            return Err(UpdateError::Vaa("it has another version than 1"));
        }
        let payload = rest.get(usize::from(signatures) * SIGNATURE + HEADER..);
        let payload = payload.ok_or(UpdateError::Vaa("it ends before its payload"))?;
        Ok(Self { guardian_set: u32::from_be_bytes([a, b, c, d]), signatures, payload })
    }
}

#[cfg(test)]
mod tests;
