//! A node that tells a chain, and knows of it what it is told to know.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use evergreen_sdk::client::{Client, Transaction};
use evergreen_service::testing;
use serde_json::{Value, json};
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::{
    nonblocking::rpc_client::RpcClient,
    rpc_client::RpcClientConfig,
    rpc_sender::{RpcSender, RpcTransportStats},
};
use solana_rpc_client_api::{client_error::Result as Answered, request::RpcRequest};
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

/// What the node knows.
#[derive(Default)]
pub struct Known {
    /// Transactions that are confirmed, the oldest first.
    pub chain: Vec<Transaction>,
    /// Number of them that are final.
    pub finals: usize,
    /// Number of them whose time is known.
    pub timed: usize,
    /// Requests for transactions.
    pub asked: usize,
}

/// The node. Clones are the same one.
#[derive(Clone, Default)]
pub struct Node(pub Arc<Mutex<Known>>);

impl Node {
    /// Returns a client of it.
    pub fn client(&self, commitment: CommitmentConfig) -> Client {
        let config = RpcClientConfig::with_commitment(commitment);
        Client::with_rpc(RpcClient::new_sender(self.clone(), config)).trusting()
    }

    fn answer(&self, request: RpcRequest, params: &Value) -> Value {
        let mut known = self.0.lock().expect("no panic");
        let told = if params[1]["commitment"] == "finalized" { known.finals } else { known.chain.len() };
        let place = |text: &Value| known.chain[..told].iter().position(|one| text == &json!(one.signature.to_string()));
        match request {
            RpcRequest::GetSignaturesForAddress => {
                let from = place(&params[1]["until"]).map_or(0, |place| place + 1);
                let to = place(&params[1]["before"]).unwrap_or(told);
                let some = known.chain.get(from..to).unwrap_or_default().iter().rev();
                let some = some.take(params[1]["limit"].as_u64().expect("a limit") as usize);
                some.map(|one| json!({ "signature": one.signature.to_string(), "slot": one.slot, "err": null }))
                    .collect()
            }
            RpcRequest::GetTransaction => {
                let Some(place) = place(&params[0]) else { return Value::Null };
                known.asked += 1;
                let one = &known.chain[place];
                // Of a later version, so that its bytes name no signature.
                json!({
                    "slot": one.slot, "blockTime": one.block_time.filter(|_| place < known.timed),
                    "transaction": [STANDARD.encode([0x81]), "base64"],
                    "meta": { "err": null, "fee": 5_000, "logMessages": testing::log(one) },
                })
            }
            RpcRequest::GetBlockTime => Value::Null,
            other => panic!("{other:?}"),
        }
    }
}

impl RpcSender for Node {
    fn send<'s, 'f>(
        &'s self,
        request: RpcRequest,
        params: Value,
    ) -> Pin<Box<dyn Future<Output = Answered<Value>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move { Ok(self.answer(request, &params)) })
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        RpcTransportStats::default()
    }

    fn url(&self) -> String {
        String::new()
    }
}
