// Transactions: from instructions of the library to a signature of the wallet, and onto the chain.

import {
  AccountRole,
  address,
  appendTransactionMessageInstructions,
  compileTransaction,
  createTransactionMessage,
  getBase58Decoder,
  getTransactionDecoder,
  getTransactionEncoder,
  pipe,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
  type Blockhash,
  type Instruction as KitInstruction,
} from "@solana/kit";
import type { Instruction } from "@evergreen/sdk";
import { NetworkError, rpc, RpcError } from "./rpc";
import { connected, sign } from "./wallet";

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

const MOST_BYTES = 1232;

/** It has become too large for one transaction. */
export class TooLarge extends Error {}

function kit({ program, accounts, data }: Instruction): KitInstruction {
  const roles = [AccountRole.READONLY, AccountRole.WRITABLE, AccountRole.READONLY_SIGNER, AccountRole.WRITABLE_SIGNER];
  return {
    programAddress: address(program),
    accounts: accounts.map((one) => ({ address: address(one.address), role: roles[(one.signer ? 2 : 0) + (one.writable ? 1 : 0)]! })),
    data: Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)),
  };
}

/** Makes a transaction with a blockhash of now; the wallet signs it. `prepared` is told what was signed before anything is sent. */
export async function signed(instructions: Instruction[]): Promise<Sent> {
  const payer = connected.value!.account.address;
  const { value } = await rpc<{ value: { blockhash: string; lastValidBlockHeight: number } }>("getLatestBlockhash", [{ commitment: "confirmed" }]);
  const message = pipe(
    createTransactionMessage({ version: 0 }),
    (tx) => setTransactionMessageFeePayer(address(payer), tx),
    (tx) =>
      setTransactionMessageLifetimeUsingBlockhash(
        { blockhash: value.blockhash as Blockhash, lastValidBlockHeight: BigInt(value.lastValidBlockHeight) },
        tx,
      ),
    (tx) => appendTransactionMessageInstructions(instructions.map(kit), tx),
  );
  const unsigned = getTransactionEncoder().encode(compileTransaction(message));
  if (unsigned.length > MOST_BYTES) throw new TooLarge(`${unsigned.length}`);
  const bytes = await sign(new Uint8Array(unsigned));
  const { signatures } = getTransactionDecoder().decode(bytes);
  const signature = Object.values(signatures)[0];
  if (!signature) throw new Error("the wallet has not signed");
  return {
    signature: getBase58Decoder().decode(signature),
    bytes: btoa(String.fromCharCode(...bytes)),
    lastBlock: value.lastValidBlockHeight,
  };
}

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
    await new Promise((wait) => setTimeout(wait, tries < 20 ? 400 : 1500));
  }
}
