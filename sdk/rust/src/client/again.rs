//! Asking again what a network has failed to answer.

use super::ClientError;
use solana_rpc_client_api::client_error::Error as RpcFailure;
use std::time::Duration;
use tokio::time::sleep;

/// Pauses before the second and the third attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(200)];

/// Asks up to three times; `doing` is for an error's words. For reading, which may be done as often as one likes; never for
/// sending.
pub(super) async fn persistent<T, F>(doing: &str, ask: impl Fn() -> F) -> Result<T, ClientError>
where
    F: Future<Output = Result<T, RpcFailure>>,
{
    for pause in PAUSES {
        match ask().await.map_err(ClientError::rpc(doing)) {
            Err(error) if error.is_passing() => sleep(pause).await,
            answer => return answer,
        }
    }
    ask().await.map_err(ClientError::rpc(doing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_rpc_client_api::client_error::ErrorKind;
    use std::{cell::Cell, io};

    #[tokio::test]
    async fn only_silence_is_asked_again_and_not_for_ever() {
        let asked = Cell::new(0);
        let silence = || RpcFailure::from(ErrorKind::from(io::Error::other("gone")));
        let refusal = || RpcFailure::from(ErrorKind::Custom("no".into()));
        let ask = async |failures: u32, error: &dyn Fn() -> RpcFailure| {
            asked.set(0);
            let result = persistent("asking", || {
                asked.set(asked.get() + 1);
                std::future::ready(if asked.get() > failures { Ok(asked.get()) } else { Err(error()) })
            });
            (result.await.ok(), asked.get())
        };
        assert_eq!(ask(0, &silence).await, (Some(1), 1));
        assert_eq!(ask(2, &silence).await, (Some(3), 3));
        assert_eq!(ask(3, &silence).await, (None, 3));
        assert_eq!(ask(1, &refusal).await, (None, 1));
    }
}
