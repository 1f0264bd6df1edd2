// Signed transactions on their way onto the chain.

import { NetworkError, rpc, RpcError } from "./rpc";

/** A transaction that is signed and on its way. */
export interface Sent {
  signature: string;
  /** Base64, to send it again. */
  bytes: string;
  /** It cannot land after this block. */
  lastBlock: number;
}

/** What has become of one. */
export type Fate = "waiting" | "landed" | "failed" | "expired";

/** It has become too large for one transaction. */
export class TooLarge extends Error {}

/** Sends it. What the network does not take it says; where it does not answer, it may have landed all the same. */
export async function send(sent: Sent): Promise<void> {
  try {
    await rpc("sendTransaction", [sent.bytes, { encoding: "base64", preflightCommitment: "confirmed", maxRetries: 5 }]);
  } catch (error) {
    if (error instanceof RpcError && /already been processed/i.test(error.message)) return;
    throw error;
  }
}

/** What has become of it. */
export async function fate(sent: Sent): Promise<Fate> {
  const { value } = await rpc<{ value: ({ err: unknown; confirmationStatus: string } | null)[] }>("getSignatureStatuses", [
    [sent.signature],
    { searchTransactionHistory: true },
  ]);
  const status = value[0];
  if (status?.err) return "failed";
  if (status && status.confirmationStatus !== "processed") return "landed";
  if (status) return "waiting";
  const height = await rpc<number>("getBlockHeight", [{ commitment: "confirmed" }]);
  return height > sent.lastBlock ? "expired" : "waiting";
}

/** How sure it is that a transaction stays; null where the network does not know it. */
export async function finality(signature: string): Promise<string | null> {
  const { value } = await rpc<{ value: ({ confirmationStatus: string } | null)[] }>("getSignatureStatuses", [[signature], { searchTransactionHistory: true }]);
  return value[0]?.confirmationStatus ?? null;
}

/** Waits for it, and sends it again meanwhile. A network that fails is asked again: only an answer ends the wait. */
export async function landed(sent: Sent): Promise<Fate> {
  for (let tries = 0; ; tries += 1) {
    try {
      const now = await fate(sent);
      if (now !== "waiting") return now;
      if (tries % 5 === 4) await send(sent).catch(() => undefined);
    } catch (error) {
      if (!(error instanceof NetworkError) && !(error instanceof RpcError)) throw error;
    }
    await new Promise((wait) => setTimeout(wait, tries < 10 ? 200 : tries < 30 ? 500 : 1500));
  }
}
