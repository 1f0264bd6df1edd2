// Connecting a wallet, and what it is connected to.

import { signal, useSignal } from "@preact/signals";
import { config } from "../lib/config";
import * as write from "../lib/format";
import { problem } from "../lib/pursue";
import { balances } from "../lib/state";
import { asking, changed, connect, connected, disconnect, wallets } from "../lib/wallet";
import { t } from "../words";
import { explained } from "../words/problems";
import { Found } from "./Found";
import { Dialog, Note } from "./ui";

const open = signal(false);

export function askWallet(): void {
  open.value = true;
}

export function WalletButton() {
  const now = connected.value;
  return (
    <>
      <button type="button" class={now ? "button" : "button main"} onClick={askWallet} data-test="wallet">
        {now ? <span dir="ltr">{write.short(now.account.address)}</span> : t("connect")}
      </button>
      {open.value && <WalletDialog />}
    </>
  );
}

function WalletDialog() {
  const failed = useSignal("");
  const copied = useSignal(false);
  const now = connected.value;
  const close = () => (open.value = false);
  if (now) {
    return (
      <Dialog title={now.wallet.name} onClose={close}>
        <p>
          <Found kind="address" id={now.account.address} words={now.account.address} />
        </p>
        <p class="quiet">{balances.value.lamports !== null && `${write.tokens(balances.value.lamports, 9, 4)} SOL`}</p>
        <div class="row">
          <button
            type="button"
            class="button"
            onClick={async () => {
              await navigator.clipboard?.writeText(now.account.address).catch(() => undefined);
              copied.value = true;
            }}
          >
            <span role="status">{t(copied.value ? "copied" : "copy")}</span>
          </button>
          <button type="button" class="button" onClick={() => void disconnect().then(close)}>
            {t("disconnect")}
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("chooseWallet")} onClose={close}>
      {failed.value && (
        <Note kind="bad" role="alert">
          {explained(failed.value)}
        </Note>
      )}
      {wallets.value.length === 0 && <p>{t("noWallets")}</p>}
      <div class="menu">
        {wallets.value.map((wallet) => (
          <button
            key={wallet.name}
            type="button"
            class="button"
            disabled={asking.value !== null}
            onClick={async () => {
              failed.value = "";
              try {
                await connect(wallet);
                changed.value = false;
                close();
              } catch (error) {
                failed.value = problem(error);
              }
            }}
          >
            <img src={wallet.icon} alt="" />
            {asking.value === wallet.name ? t("connecting", { wallet: wallet.name }) : wallet.name}
          </button>
        ))}
      </div>
      {config.value?.network === "localnet" && <p class="small quiet">{t("localnet")}</p>}
    </Dialog>
  );
}
