// Requests of liquidity, and the shares in a wallet.

import type { LiquidityRequest, ShareClass } from "@evergreen/sdk";
import { ask } from "./all";
import { config } from "./config";
import * as net from "./rpc";
import type { PoolState } from "./state";

export interface Request {
  key: string;
  request: LiquidityRequest;
}

export interface Held {
  shares: bigint;
  requests: Request[];
}

/** The program of classic tokens: shares are some. */
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
/** Numbers that are looked up at most. */
const MOST = 40n;

/** The next number of the owner's counter. */
export async function nextNumber(who: string): Promise<bigint> {
  const found = await net.account(ask("counterKey", { owner: who }).address);
  const counter = found && ask("account", { data: found.data });
  return BigInt(counter?.kind === "Counter" ? counter.nextNumber : 0);
}

/** Requests of a class. Its number makes the address of one, so the last numbers are looked up. */
export async function readRequests(pool: PoolState, of: ShareClass, who: string): Promise<Request[]> {
  const next = await nextNumber(who);
  const numbers = Array.from({ length: Number(next > MOST ? MOST : next) }, (_, place) => next - 1n - BigInt(place));
  const keys = numbers.map((number) => ask("requestKey", { pool: pool.keys.pool, class: of, owner: who, number }).address);
  const found = await net.accounts(keys);
  return found.flatMap((one, place) => {
    if (!one || one.owner !== config.peek()!.program) return [];
    const decoded = ask("account", { data: one.data });
    return decoded.kind === "LiquidityRequest" ? [{ key: keys[place]!, request: decoded as LiquidityRequest }] : [];
  });
}

/** Shares in the wallet, and the requests of a class. */
export async function readHeld(pool: PoolState, of: ShareClass, who: string): Promise<Held> {
  const mint = of === "Main" ? pool.keys.mainMint : pool.keys.insuranceMint;
  const shares = (await net.tokens(ask("walletKey", { owner: who, mint, tokenProgram: TOKEN }).address)) ?? 0n;
  return { shares, requests: await readRequests(pool, of, who) };
}
