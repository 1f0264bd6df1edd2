// Signed transactions on their way onto the chain.

import { NetworkError, read, rpc, RpcError } from "./rpc";

/** A transaction that is signed and on its way. */
export interface Sent {
  signature: string;
  /** Base64, to send it again. */
  bytes: string;
  /** It cannot land after this block, as a node has said. */
  lastBlock: number;
  /** What it was signed over. */
  blockhash: string;
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

/** What the network says of a transaction, and of which slot; null where it does not know it. */
async function status(signature: string): Promise<{ slot: number; said: { err: unknown; confirmationStatus: string } | null }> {
  const { slot, value } = await read("getSignatureStatuses", [[signature], { searchTransactionHistory: true }]);
  const [said] = Array.isArray(value) ? value : [];
  // An answer about nothing is none: what is not known may be signed once more.
  if (said === undefined || (said && typeof said.confirmationStatus !== "string")) throw new NetworkError("no status");
  return { slot, said };
}

/** What has become of it. */
export async function fate(sent: Sent): Promise<Fate> {
  const of = ({ said }: Awaited<ReturnType<typeof status>>) => said && (said.confirmationStatus === "processed" ? "waiting" : said.err ? "failed" : "landed");
  const first = of(await status(sent.signature));
  if (first) return first;
  const { absoluteSlot, blockHeight } = await rpc<{ absoluteSlot: number; blockHeight: number }>("getEpochInfo", [{ commitment: "confirmed" }]);
  if (!(blockHeight > sent.lastBlock)) return "waiting";
  // It can no longer land. It may have landed just before; and a node that is behind does not know that yet.
  const second = await status(sent.signature);
  const found = of(second);
  if (found || second.slot < absoluteSlot) return found ?? "waiting";
  // The block after which it cannot land was told by one answer alone. While what it was signed over still counts, it can.
  const { value } = await read("isBlockhashValid", [sent.blockhash, { commitment: "processed" }]);
  return value === false ? "expired" : "waiting";
}

/** How sure it is that a transaction stays; null where the network does not know it. */
export async function finality(signature: string): Promise<string | null> {
  return (await status(signature)).said?.confirmationStatus ?? null;
}

/** Waits for it, and sends it again meanwhile. A network that fails is asked again: only an answer ends the wait. */
export async function landed(sent: Sent): Promise<Fate> {
  for (let [tries, gone] = [0, 0]; ; tries += 1) {
    try {
      const now = await fate(sent);
      gone = now === "expired" ? gone + 1 : 0;
      if (now !== "waiting" && gone !== 1) return now;
      if (tries % 5 === 4) await send(sent).catch(() => undefined);
    } catch (error) {
      if (!(error instanceof NetworkError) && !(error instanceof RpcError)) throw error;
    }
    await new Promise((wait) => setTimeout(wait, tries < 10 ? 200 : tries < 30 ? 500 : 1500));
  }
}
