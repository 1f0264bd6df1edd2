// Transactions: from instructions of the library to a signature of the wallet. What encodes them is fetched for the first one.

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
import { NetworkError, read } from "./rpc";
import { TooLarge, type Sent } from "./sent";
import { connected, sign } from "./wallet";

const MOST_BYTES = 1232;

function kit({ program, accounts, data }: Instruction): KitInstruction {
  const roles = [AccountRole.READONLY, AccountRole.WRITABLE, AccountRole.READONLY_SIGNER, AccountRole.WRITABLE_SIGNER];
  return {
    programAddress: address(program),
    accounts: accounts.map((one) => ({ address: address(one.address), role: roles[(one.signer ? 2 : 0) + (one.writable ? 1 : 0)]! })),
    data: Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)),
  };
}

/** Makes a transaction with a blockhash of now; the wallet signs it. */
export async function signed(instructions: Instruction[]): Promise<Sent> {
  const payer = connected.value!.account.address;
  const { value } = await read("getLatestBlockhash", [{ commitment: "confirmed" }]);
  if (typeof value?.blockhash !== "string" || !Number.isSafeInteger(value.lastValidBlockHeight)) throw new NetworkError("no blockhash");
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
    blockhash: value.blockhash,
  };
}
