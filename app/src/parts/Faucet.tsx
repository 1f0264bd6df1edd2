// Test tokens, where the server gives them away.

import { useSignal } from "@preact/signals";
import { config } from "../lib/config";
import { own, owner, refreshOwner } from "../lib/state";
import { t } from "../words";

export function Faucet({ needed }: { needed: boolean }) {
  const [given, busy] = [useSignal(""), useSignal(false)];
  const ask = async () => {
    busy.value = true;
    try {
      const answer = await fetch("./fund", { method: "POST", body: owner.value! });
      if (answer.ok) await refreshOwner();
      given.value = answer.ok ? t("gotTokens") : t("errorOther", { why: await answer.text() });
    } catch (error) {
      given.value = t("errorNetwork", { why: error instanceof Error ? error.message : String(error) });
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      {config.value?.faucet && own.value && needed && (
        <button type="button" class="button" disabled={busy.value} onClick={() => void ask()}>
          {t("getTokens")}
        </button>
      )}
      <span class="small quiet" role="status">
        {given.value}
      </span>
    </>
  );
}
