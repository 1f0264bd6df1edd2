// The network in plain words: JSON-RPC with time limits, and whether it answers. What a node says is taken only where it can be true; what cannot is no answer.

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
    /** Whether it has tried the transaction, or looked at it, and will not have it; otherwise it tells of itself alone. */
    readonly refuses: boolean,
  ) {
    super(message);
  }
}

/** Whether the last request was answered. */
export const online = signal(true);

/** Milliseconds in which an answer comes, whole. */
const LIMIT = 15_000;
/** Milliseconds for which a node that asks for it is left alone at most: whoever waits wants to know. */
const REST = 10_000;
/** Slots by which nodes behind one address differ. */
const APART = 32;
/** Milliseconds after which a node that has been ahead is believed no more: it was wrong, or the network has begun anew. */
const BELIEVED = 30_000;
/** Codes of a node for a transaction that its trial refuses, whose signature is wrong, or that is none. */
const REFUSES = [-32002, -32003, -32602];

let url = "";
let id = 0;
/** The node is not asked before, milliseconds since the page was opened. */
let rested = 0;
/** The newest slot that was told, and when. */
let newest = { slot: 0, at: 0 };

export function connect(to: string): void {
  url = to;
}

/** What was told cannot be true. */
export function untrue(why: string): never {
  online.value = false;
  throw new NetworkError(why);
}

/** An answer as it came. Whoever asks says what that is to mean for the network. */
export async function fetched(method: string, params: unknown[]): Promise<{ result: unknown; error: any }> {
  if (performance.now() < rested) throw new NetworkError("429");
  const own = (id += 1);
  const body = JSON.stringify({ jsonrpc: "2.0", id: own, method, params });
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body, signal: AbortSignal.timeout(LIMIT) });
  if (!answer.ok) {
    // It says when it wants to be asked again, in seconds; a moment otherwise.
    if (answer.status === 429) rested = performance.now() + Math.min(REST, (Number(answer.headers.get("retry-after")) || 1) * 1000);
    throw new NetworkError(`${answer.status} ${answer.statusText}`);
  }
  const told = await answer.json();
  if (told?.id !== own || (told.error == null && !("result" in told))) throw new NetworkError(`${method}: no answer to what was asked`);
  return told;
}

export async function rpc<T>(method: string, params: unknown[]): Promise<T> {
  let told;
  try {
    told = await fetched(method, params);
  } catch (error) {
    return untrue(error instanceof Error ? error.message : String(error));
  }
  const { result, error } = told;
  if (error != null) {
    const { message = "", code = 0, data } = error;
    const custom = data?.err?.InstructionError?.[1]?.Custom;
    const logs = Array.isArray(data?.logs) ? data.logs.map(String) : [];
    const refuses = REFUSES.includes(code);
    // Of anything else than the transaction it says that it cannot answer.
    online.value = refuses;
    throw new RpcError(String(message), code, logs, typeof custom === "number" ? custom : null, refuses);
  }
  online.value = true;
  return result as T;
}

/** An answer of a moment of the chain: one that is far behind what was told already is none. */
export async function read(method: string, params: unknown[]): Promise<{ slot: number; value: any }> {
  const told = await rpc<{ context?: { slot?: unknown }; value?: unknown } | null>(method, params);
  const slot = told?.context?.slot;
  if (typeof slot !== "number" || told!.value === undefined) return untrue(`${method}: of no slot`);
  const now = performance.now();
  if (slot >= newest.slot || now - newest.at > BELIEVED) newest = { slot, at: now };
  else if (slot + APART < newest.slot) return untrue(`slot ${slot} after ${newest.slot}`);
  return { slot, value: told!.value };
}

/** Accounts of one moment. */
export const accounts: Fetch = async (keys) => {
  if (keys.length === 0) return [];
  const { value } = await read("getMultipleAccounts", [keys, { encoding: "base64", commitment: "confirmed" }]);
  if (!Array.isArray(value) || value.length !== keys.length) return untrue(`${keys.length} accounts were asked for`);
  return value.map((one, place) => {
    if (one === null) return null;
    if (typeof one?.owner !== "string" || typeof one.data?.[0] !== "string" || one.data[1] !== "base64") return untrue(`an account without data`);
    return { address: keys[place]!, owner: one.owner, data: one.data[0] };
  });
};

export async function account(key: string): Promise<FetchedAccount | null> {
  return (await accounts([key]))[0] ?? null;
}

export async function lamports(key: string): Promise<bigint> {
  const { value } = await read("getBalance", [key, { commitment: "confirmed" }]);
  return Number.isSafeInteger(value) ? BigInt(value) : untrue("a balance that is no number");
}

/** Native units in a token account; null where it is not there. */
export async function tokens(key: string): Promise<bigint | null> {
  const { value } = await read("getAccountInfo", [key, { encoding: "jsonParsed", commitment: "confirmed" }]);
  if (value === null) return null;
  const amount = value.data?.parsed?.info?.tokenAmount?.amount;
  return /^\d+$/.test(amount) ? BigInt(amount) : untrue("a token account without amount");
}

export interface Log {
  logs: string[];
  failed: boolean;
  time: number | null;
}

/** Programs that log nothing. */
const SILENT = /^(Ed25519SigVerify|KeccakSecp256k|Secp256r1SigVerify)1+$/;
/** What stands at the end of a log that is not whole. */
const CUT = "Log truncated";

/** The log of a transaction; null while it is not confirmed. One that lacks instructions ends with the line that says so, also where the node does not say it. */
export async function log(signature: string): Promise<Log | null> {
  const found = await rpc<any>("getTransaction", [
    signature,
    // Of any version: strangers choose in which they name an account.
    { commitment: "confirmed", maxSupportedTransactionVersion: 255, encoding: "json" },
  ]);
  if (found === null) return null;
  const { meta, transaction, blockTime } = found;
  if (transaction?.signatures?.[0] !== signature) return untrue("another transaction than was asked for");
  if (!meta) return untrue("a transaction without record");
  const failed = Boolean(meta.err);
  if (!Array.isArray(meta.logMessages)) return untrue("a transaction without log");
  const logs: string[] = meta.logMessages.map(String);
  const { accountKeys = [], instructions = [] } = transaction.message ?? {};
  const expected = instructions.filter((one: { programIdIndex: number }) => !SILENT.test(accountKeys[one.programIdIndex] ?? "")).length;
  const begun = logs.filter((line) => line.startsWith("Program ") && line.endsWith(" invoke [1]")).length;
  if (!failed && begun < expected && !logs.includes(CUT)) logs.push(CUT);
  return { logs, failed, time: typeof blockTime === "number" ? blockTime : null };
}

export interface Listed {
  signature: string;
  slot: number;
  err: unknown;
}

/** Transactions that named an account, the newest first: so many at most, and none only where there is none. */
export async function signatures(key: string, before?: string, limit = 100): Promise<Listed[]> {
  const found = await rpc<Listed[]>("getSignaturesForAddress", [key, { limit, commitment: "confirmed", ...(before ? { before } : {}) }]);
  const seen = new Set([before]);
  let at = Infinity;
  const fits = (one: Listed) => {
    const is = typeof one?.signature === "string" && one.slot <= at && !seen.has(one.signature);
    at = one?.slot;
    seen.add(one?.signature);
    return is;
  };
  return Array.isArray(found) && found.length <= limit && found.every(fits) ? found : untrue("a list of transactions that is none of the chain");
}
