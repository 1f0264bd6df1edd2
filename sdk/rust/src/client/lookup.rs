//! Address lookup tables. A trade of four legs with its prices fits a transaction easily when its accounts are in a table.

use super::{Client, ClientError, Fetched};
use crate::{
    address,
    instruction::{PoolKeys, PriceFeed},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::state::ShareClass;
use solana_address_lookup_table_interface::{instruction, state::AddressLookupTable};
use solana_commitment_config::CommitmentConfig;
pub use solana_message::AddressLookupTableAccount;

/// Number of addresses that one instruction can add to a table within the size of a transaction.
const EXTENSION: usize = 20;

/// Returns the addresses of a pool that many instructions name, each once.
pub fn addresses(keys: &PoolKeys, feeds: &[PriceFeed]) -> Vec<Pubkey> {
    let mut all = vec![
        address::protocol(),
        keys.mint,
        keys.token_program,
        keys.pool,
        keys.registry,
        keys.vault,
        keys.insurance_vault,
        keys.share_mint(ShareClass::Main),
        keys.share_mint(ShareClass::Insurance),
        anchor_spl::token::ID,
        anchor_lang::system_program::ID,
    ];
    all.extend(feeds.iter().flat_map(|feed| [feed.underlying, feed.price]));
    let mut seen = std::collections::HashSet::new();
    all.retain(|key| seen.insert(*key));
    all
}

/// Returns the instructions that create a table with these addresses, and the address of the table. `recent_slot` must be one of the
/// last 512 slots, and not the present one. A table can be used from the slot after its last extension on.
pub fn create(authority: Pubkey, payer: Pubkey, recent_slot: u64, addresses: &[Pubkey]) -> (Vec<Instruction>, Pubkey) {
    let (create, table) = instruction::create_lookup_table(authority, payer, recent_slot);
    let extensions = addresses.chunks(EXTENSION);
    let extend = extensions.map(|some| instruction::extend_lookup_table(table, authority, Some(payer), some.to_vec()));
    (std::iter::once(create).chain(extend).collect(), table)
}

/// A table is read once and used for everything that is sent:
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// # let (payer, table, instructions) = (solana_keypair::Keypair::new(), Default::default(), Vec::new());
/// use evergreen_sdk::client::SendOptions;
///
/// let tables = client.lookup_tables(&[table]).await?;
/// client.send(&payer, &instructions, &[], &tables, &SendOptions::default()).await?;
/// # Ok(())
/// # }
/// ```
impl Client {
    /// Reads lookup tables with their addresses, for [`Client::send`].
    ///
    /// # Errors
    /// [`ClientError::Missing`], [`ClientError::Answer`] for an account that is no lookup table, [`ClientError::Rpc`].
    pub async fn lookup_tables(&self, tables: &[Pubkey]) -> Result<Vec<AddressLookupTableAccount>, ClientError> {
        let Fetched { value, .. } = self.raw(tables).await?;
        let read = tables.iter().zip(value).map(|(key, raw)| {
            let raw = raw.ok_or(ClientError::Missing(*key))?;
            let table = AddressLookupTable::deserialize(&raw.data)
                .map_err(|_| ClientError::Answer(format!("account {key} is no lookup table")))?;
            Ok(AddressLookupTableAccount { key: *key, addresses: table.addresses.to_vec() })
        });
        read.collect()
    }

    /// Returns the newest final slot, over which a table can be made ([`create`]).
    ///
    /// # Errors
    /// [`ClientError::Rpc`].
    pub async fn final_slot(&self) -> Result<u64, ClientError> {
        let asked = self.rpc().get_slot_with_commitment(CommitmentConfig::finalized()).await;
        asked.map_err(ClientError::rpc("asking for the final slot"))
    }
}
