//! Updates as Pyth's price service hands them out, made with Pyth's own types: the tree of prices is real, and its root is in a
//! message of the right layout. All signature bytes are zero, so no chain accepts the updates.

use super::pyth::FeedId;
use pythnet_sdk::{
    accumulators::{Accumulator, merkle::MerkleTree},
    hashers::keccak256_160::Keccak160,
    messages::{Message, PriceFeedMessage},
    wire::{
        to_vec,
        v1::{AccumulatorUpdateData, MerklePriceUpdate, Proof, WormholeMerkleRoot, WormholeMessage, WormholePayload},
    },
};

/// The signers that an update names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signing {
    /// Number of the set of signers.
    pub guardian_set: u32,
    /// Number of signatures.
    pub signatures: u8,
}

/// Makes the message of a price in hundred-millionths of a dollar, whose EMA price equals it and whose confidence is 2 basis points.
pub const fn price_message(feed_id: FeedId, price: i64, publish_time: i64) -> PriceFeedMessage {
    let conf = price.unsigned_abs() / 5_000;
    PriceFeedMessage {
        feed_id,
        price,
        conf,
        exponent: -8,
        publish_time,
        prev_publish_time: publish_time - 1,
        ema_price: price,
        ema_conf: conf,
    }
}

/// Returns the bytes of an update with these prices.
///
/// # Panics
/// Panics when Pyth's own serialization fails, which these values never cause.
pub fn signed_update(prices: &[PriceFeedMessage], signing: Signing) -> Vec<u8> {
    let bytes = |message: &PriceFeedMessage| {
        to_vec::<_, byteorder::BE>(&Message::PriceFeedMessage(*message)).expect("a message")
    };
    let mut messages: Vec<Vec<u8>> = prices.iter().map(bytes).collect();
    let wanted = messages.len();
    // The tree of a real update has thousands of leaves, so other feeds are added.
    messages.extend((0..2_100u16).map(|number| {
        let mut feed = [0; 32];
        feed[..2].copy_from_slice(&number.to_be_bytes());
        bytes(&price_message(feed, 100_000_000, 1))
    }));
    let tree = MerkleTree::<Keccak160>::from_set(messages.iter().map(Vec::as_slice)).expect("a tree");
    let mut root = [0; 20];
    root.copy_from_slice(tree.root.as_bytes());
    let payload = WormholePayload::Merkle(WormholeMerkleRoot { slot: 1, ring_size: 10_000, root });
    let payload = to_vec::<_, byteorder::BE>(&WormholeMessage::new(payload)).expect("a payload");
    let updates = messages.iter().take(wanted).map(|message| MerklePriceUpdate {
        message: message.clone().into(),
        proof: tree.prove(message).expect("a leaf"),
    });
    let proof = Proof::WormholeMerkle { vaa: vaa(&payload, signing).into(), updates: updates.collect() };
    to_vec::<_, byteorder::BE>(&AccumulatorUpdateData::new(proof)).expect("an update")
}

/// Returns a signed message: version, set of signers, signatures, header, payload.
fn vaa(payload: &[u8], Signing { guardian_set, signatures }: Signing) -> Vec<u8> {
    let mut vaa = vec![1];
    vaa.extend(guardian_set.to_be_bytes());
    vaa.push(signatures);
    for signer in 0..signatures {
        vaa.push(signer);
        vaa.extend([0; 65]);
    }
    // The header is time and nonce, chain and address of the emitter, sequence, and consistency.
    vaa.extend([0; 4 + 4]);
    vaa.extend(26u16.to_be_bytes());
    vaa.extend([0xe1; 32]);
    vaa.extend([0; 8 + 1]);
    vaa.extend(payload);
    vaa
}
