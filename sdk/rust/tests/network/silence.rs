//! Nodes that fail or fall silent, and what waits for them.

use evergreen_sdk::{
    client::{Client, ClientError, Endpoints, Filter},
    evergreen::state::MarginAccount,
};
use evergreen_test_network::{Market, Proxy};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn where_a_node_fails_or_falls_silent_the_next_one_answers() {
    let market = Market::start();
    let [refusing, silent] = [Proxy::to(&market.network.rpc_url()).await, Proxy::to(&market.network.rpc_url()).await];
    refusing.cut().await;
    silent.set_silent(true);
    let urls = [
        format!("http://127.0.0.1:{}/secret", refusing.port),
        format!("http://127.0.0.1:{}/?api-key=secret", silent.port),
        market.network.rpc_url(),
    ];
    let nodes = Endpoints::new(urls);
    let client = Client::over(&nodes);
    let start = std::time::Instant::now();
    client.clock().await.expect("the third one answers");
    let first = start.elapsed();
    assert!(first < Duration::from_secs(3), "{first:?}");
    // Those that have failed rest: nothing waits for them.
    let start = std::time::Instant::now();
    client.clock().await.expect("an answer");
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    let up: Vec<bool> = nodes.health().iter().map(|node| node.is_up).collect();
    assert_eq!(up, [false, false, true]);
    // A refusal is an answer, for which no other node is asked.
    let before = nodes.health()[2].requests;
    assert!(matches!(client.record(&Default::default()).await, Err(ClientError::Rpc { .. })));
    assert_eq!((nodes.health()[2].requests, nodes.health()[2].is_up), (before + 1, true));
    // The preferred one that has come back is asked again, once a copy of a request has shown that it answers.
    refusing.mend();
    silent.set_silent(false);
    tokio::time::sleep(Duration::from_secs(2)).await;
    client.clock().await.expect("an answer");
    while !nodes.health()[0].is_up {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", nodes.health());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let before = nodes.health();
    client.clock().await.expect("an answer");
    let after = nodes.health();
    assert_eq!((after[0].requests, after[2].requests), (before[0].requests + 1, before[2].requests));
    // The silent one rests longer.
    assert!(!after[1].is_up, "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_node_costs_one_second_once_whatever_waits_for_it() {
    let market = Market::start();
    let node = Proxy::to(&market.network.rpc_url()).await;
    let nodes = Endpoints::new([format!("http://127.0.0.1:{}", node.port), market.network.rpc_url()]);
    let client = Client::over(&nodes);
    client.clock().await.expect("the first one answers");
    assert_eq!(nodes.health()[1].requests, 0);
    node.set_silent(true);
    let start = std::time::Instant::now();
    let one = |number: u32| {
        let client = client.clone();
        tokio::spawn(async move {
            // Some begin while others wait, and each asks again and again; all accounts of the program are among it, which may take longer.
            tokio::time::sleep(Duration::from_millis(45) * number).await;
            for _ in 0..10 {
                client.clock().await.expect("an answer");
                client.find::<MarginAccount>(Filter::ALL).await.expect("an answer");
            }
        })
    };
    let all: Vec<_> = (0..20).map(one).collect();
    for task in all {
        task.await.expect("a task");
    }
    let took = start.elapsed();
    println!("400 requests took {took:?}, {:?}", nodes.health());
    // One after the other would be twenty seconds at least.
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(!nodes.health()[0].is_up && nodes.health()[1].is_up, "{:?}", nodes.health());
}
