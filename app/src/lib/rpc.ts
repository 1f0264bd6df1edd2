// The network in plain words: JSON-RPC with time limits, and whether it answers.

import { signal } from "@preact/signals";
import type { Fetch, FetchedAccount } from "@evergreen/sdk";

/** The network does not answer, or not as it should. */
export class NetworkError extends Error {}

/** The network refuses a request, and says why. */
export class RpcError extends Error {
  constructor(
    message: string,
    readonly code: number,
    readonly logs: string[],
    /** Number of the program's error, where its simulation ended with one. */
    readonly custom: number | null,
  ) {
    super(message);
  }
}

/** Whether the last request was answered. */
export const online = signal(true);

const LIMIT = 15_000;
let url = "";
let id = 0;

export function connect(to: string): void {
  url = to;
}

export async function rpc<T>(method: string, params: unknown[]): Promise<T> {
  let text: Response;
  try {
    id += 1;
    const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
    text = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body, signal: AbortSignal.timeout(LIMIT) });
  } catch (error) {
    online.value = false;
    throw new NetworkError(error instanceof Error ? error.message : String(error));
  }
  if (!text.ok && text.status !== 200) {
    online.value = false;
    throw new NetworkError(`${text.status} ${text.statusText}`);
  }
  online.value = true;
  const { result, error } = await text.json();
  if (error) {
    const custom = error.data?.err?.InstructionError?.[1]?.Custom;
    throw new RpcError(error.message ?? "", error.code ?? 0, error.data?.logs ?? [], typeof custom === "number" ? custom : null);
  }
  return result;
}

interface Raw {
  owner: string;
  data: [string, string];
  lamports: number;
}

/** Accounts of one moment. */
export const accounts: Fetch = async (keys) => {
  if (keys.length === 0) return [];
  const { value } = await rpc<{ value: (Raw | null)[] }>("getMultipleAccounts", [keys, { encoding: "base64", commitment: "confirmed" }]);
  return value.map((one, place) => one && { address: keys[place]!, owner: one.owner, data: one.data[0] });
};

export async function account(key: string): Promise<FetchedAccount | null> {
  return (await accounts([key]))[0] ?? null;
}

export async function lamports(key: string): Promise<bigint> {
  return BigInt((await rpc<{ value: number }>("getBalance", [key, { commitment: "confirmed" }])).value);
}

/** Native units in a token account; null where it is not there. */
export async function tokens(key: string): Promise<bigint | null> {
  const { value } = await rpc<{ value: { data: { parsed: { info: { tokenAmount: { amount: string } } } } } | null }>("getAccountInfo", [
    key,
    { encoding: "jsonParsed", commitment: "confirmed" },
  ]);
  return value ? BigInt(value.data.parsed.info.tokenAmount.amount) : null;
}

/** The log of a transaction; null while it is not confirmed. */
export async function log(signature: string): Promise<{ logs: string[]; failed: boolean; time: number | null } | null> {
  const found = await rpc<{ blockTime: number | null; meta: { err: unknown; logMessages: string[] | null } | null } | null>("getTransaction", [
    signature,
    // Of any version: strangers choose in which they name an account.
    { commitment: "confirmed", maxSupportedTransactionVersion: 255, encoding: "json" },
  ]);
  return found && { logs: found.meta?.logMessages ?? [], failed: Boolean(found.meta?.err), time: found.blockTime };
}

/** Transactions that named an account, the newest first. */
export async function signatures(key: string, before?: string, limit = 100): Promise<{ signature: string; err: unknown; blockTime: number | null }[]> {
  return rpc("getSignaturesForAddress", [key, { limit, commitment: "confirmed", ...(before ? { before } : {}) }]);
}
