// What the server tells: the network and its pools.

import { signal } from "@preact/signals";

export interface PoolEntry {
  name: string;
  pool: string;
  stockPrice: string | null;
}

export interface Config {
  rpc: string;
  websocket: string;
  network: "mainnet" | "devnet" | "testnet" | "localnet";
  program: string;
  pools: PoolEntry[];
  /** Address of a data service, which tells the past; without one the network is asked. */
  history: string | null;
  /** Address of a page about a transaction or an address, with `{kind}` and `{id}` in it; null where links are not wanted. */
  explorer: string | null;
  faucet: boolean;
}

export const config = signal<Config | null>(null);

export async function loadConfig(): Promise<void> {
  const answer = await fetch("./config.json", { cache: "no-store" });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  config.value = await answer.json();
}
