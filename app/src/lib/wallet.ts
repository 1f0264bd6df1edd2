// Wallets of the Wallet Standard: found, connected silently, followed when they change.

import { getWallets } from "@wallet-standard/app";
import type { Wallet, WalletAccount } from "@wallet-standard/base";
import type { StandardConnectFeature, StandardDisconnectFeature, StandardEventsFeature } from "@wallet-standard/features";
import type { SolanaSignTransactionFeature } from "@solana/wallet-standard-features";
import { signal } from "@preact/signals";

type Features = StandardConnectFeature & Partial<StandardDisconnectFeature & StandardEventsFeature> & SolanaSignTransactionFeature;
type Usable = Wallet & { features: Features };

/** What a wallet says where it refuses, in this page's words: rejected by its user, or a failure. */
export class WalletError extends Error {
  constructor(
    readonly why: "rejected" | "failed" | "noAccount" | "changed" | "wrongNetwork",
    message = "",
  ) {
    super(message);
  }
}

const LAST = "evergreen:wallet";

/** Wallets that can sign for Solana. */
export const wallets = signal<Usable[]>([]);
/** Who is connected. */
export const connected = signal<{ wallet: Usable; account: WalletAccount } | null>(null);
/** A wallet that is asked at the moment. */
export const asking = signal<string | null>(null);
/** Set when the wallet has changed its account by itself. */
export const changed = signal(false);

let stop: (() => void) | undefined;
let chain: `solana:${string}` = "solana:mainnet";

function usable(wallet: Wallet): wallet is Usable {
  return wallet.chains.some((one) => one.startsWith("solana:")) && "standard:connect" in wallet.features && "solana:signTransaction" in wallet.features;
}

/** Looks for wallets, now and later, and connects the one of the last visit without a question. */
export function begin(network: string): void {
  chain = `solana:${network}`;
  const { get, on } = getWallets();
  const look = () => {
    wallets.value = get().filter(usable);
    const last = localStorage.getItem(LAST);
    const again = wallets.value.find(({ name }) => name === last);
    if (again && !connected.value && !asking.value) void connect(again, true).catch(() => undefined);
  };
  on("register", look);
  on("unregister", look);
  look();
}

function solana(accounts: readonly WalletAccount[]): WalletAccount | undefined {
  return accounts.find((account) => account.chains.some((one) => one.startsWith("solana:")));
}

export async function connect(wallet: Usable, silent = false): Promise<void> {
  if (!silent) asking.value = wallet.name;
  try {
    const { accounts } = await wallet.features["standard:connect"].connect({ silent });
    const account = solana(accounts);
    if (!account) {
      if (silent) return;
      throw new WalletError("noAccount");
    }
    follow(wallet, account);
    localStorage.setItem(LAST, wallet.name);
  } catch (error) {
    throw told(error);
  } finally {
    if (!silent) asking.value = null;
  }
}

/** Changes of the account count also after a silent connection. */
function follow(wallet: Usable, account: WalletAccount): void {
  stop?.();
  connected.value = { wallet, account };
  stop = wallet.features["standard:events"]?.on("change", ({ accounts }) => {
    if (!accounts) return;
    const next = solana(accounts);
    if (!next) {
      connected.value = null;
      changed.value = true;
    } else if (next.address !== connected.value?.account.address) {
      connected.value = { wallet, account: next };
      changed.value = true;
    }
  });
}

/** A disconnection is remembered: the next visit does not connect by itself. */
export async function disconnect(): Promise<void> {
  const now = connected.value;
  stop?.();
  stop = undefined;
  connected.value = null;
  localStorage.removeItem(LAST);
  await now?.wallet.features["standard:disconnect"]?.disconnect().catch(() => undefined);
}

/** Has the wallet sign a transaction: one question. */
export async function sign(transaction: Uint8Array): Promise<Uint8Array> {
  const now = connected.value;
  if (!now) throw new WalletError("noAccount");
  const { wallet, account } = now;
  const networks = wallet.chains.filter((one) => one.startsWith("solana:"));
  // A wallet that names its networks and not this one would sign for another one.
  if (!networks.includes(chain) && chain !== "solana:localnet") throw new WalletError("wrongNetwork", chain);
  asking.value = wallet.name;
  try {
    const [signed] = await wallet.features["solana:signTransaction"].signTransaction({ account, transaction, chain });
    if (connected.value?.account.address !== account.address) throw new WalletError("changed");
    return signed!.signedTransaction;
  } catch (error) {
    throw told(error);
  } finally {
    asking.value = null;
  }
}

function told(error: unknown): WalletError {
  if (error instanceof WalletError) return error;
  const { code, name, message } = (error ?? {}) as { code?: number; name?: string; message?: string };
  const rejected = code === 4001 || name === "WalletSignTransactionError" || /reject|denied|declined|cancel/i.test(message ?? "");
  return new WalletError(rejected ? "rejected" : "failed", message);
}
