// A wallet for tests, injected into the page as an extension would be. `window.walletOptions` says how it behaves.

import { createKeyPairSignerFromPrivateKeyBytes, getTransactionDecoder, getTransactionEncoder, partiallySignTransaction } from "@solana/kit";
import { ReadonlyWalletAccount, registerWallet } from "@wallet-standard/wallet";
import type { Wallet } from "@wallet-standard/base";

export interface WalletOptions {
  name: string;
  /** Seeds of its accounts, a byte each. */
  seeds: number[];
  /** Milliseconds until it answers a request to sign. */
  delay: number;
  approve: boolean;
  /** Whether it connects without a question. */
  trusted: boolean;
  /** Networks that it names; the usual ones otherwise. */
  chains?: `solana:${string}`[];
}

declare global {
  interface Window {
    walletOptions: WalletOptions;
    /** Changes the account, as its user would. */
    walletChoose?: (place: number) => void;
    /** Number of transactions that it has signed. */
    walletSigned?: number;
  }
}

const CHAINS = ["solana:mainnet", "solana:devnet", "solana:localnet"] as const;
const FEATURES = ["solana:signTransaction"] as const;
const ICON = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAxIDEiLz4=";

async function start(): Promise<void> {
  const options = window.walletOptions;
  const chains = options.chains ?? CHAINS;
  const signers = await Promise.all(options.seeds.map((seed) => createKeyPairSignerFromPrivateKeyBytes(new Uint8Array(32).fill(seed))));
  const all = signers.map(
    ({ address }) =>
      new ReadonlyWalletAccount({
        address,
        publicKey: new Uint8Array(32),
        chains,
        features: FEATURES,
      }),
  );
  let [accounts, place] = [[] as typeof all, 0];
  const listeners = new Set<(change: { accounts: typeof all }) => void>();
  const refusal = () => Object.assign(new Error("User rejected the request."), { code: 4001 });
  const wallet: Wallet = {
    version: "1.0.0",
    name: options.name,
    icon: ICON,
    chains,
    get accounts() {
      return accounts;
    },
    features: {
      "standard:connect": {
        version: "1.0.0",
        connect: async ({ silent } = {} as { silent?: boolean }) => {
          if (silent && !window.walletOptions.trusted) return { accounts: [] };
          if (!silent && !window.walletOptions.approve) throw refusal();
          accounts = [all[place]!];
          return { accounts };
        },
      },
      "standard:disconnect": { version: "1.0.0", disconnect: async () => void (accounts = []) },
      "standard:events": {
        version: "1.0.0",
        on: (_: string, listener: (change: { accounts: typeof all }) => void) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      "solana:signTransaction": {
        version: "1.0.0",
        supportedTransactionVersions: ["legacy", 0],
        signTransaction: async ({ transaction }: { transaction: Uint8Array }) => {
          await new Promise((wait) => setTimeout(wait, window.walletOptions.delay));
          if (!window.walletOptions.approve) throw refusal();
          const signed = await partiallySignTransaction([signers[place]!.keyPair], getTransactionDecoder().decode(transaction));
          window.walletSigned = (window.walletSigned ?? 0) + 1;
          return [{ signedTransaction: new Uint8Array(getTransactionEncoder().encode(signed)) }];
        },
      },
    },
  };
  window.walletChoose = (next) => {
    place = next;
    accounts = [all[place]!];
    for (const listener of listeners) listener({ accounts });
  };
  registerWallet(wallet);
}

void start();
