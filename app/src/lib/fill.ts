// Filling one's own commitment, where nobody else does.

import { fetchView } from "@evergreen/sdk";
import { ask, tryAsk } from "./all";
import { complete, evergreen } from "./bridge";
import { change, find } from "./journal";
import { perform } from "./pursue";
import * as net from "./rpc";
import { pools } from "./state";
import { connected } from "./wallet";
import { t } from "../words";

/** Seconds in which a fill lands or expires: volatilities of marks move on until the second of the fill. */
const SECONDS = 90;

/** Signs the fill of a commitment at the first price after it, as soon as that is published. */
export async function fillSelf(id: string): Promise<void> {
  const entry = find(id);
  const pool = entry && pools.peek()[entry.pool];
  if (!entry || !pool) return;
  const { poolName, decimals, owner, account } = entry;
  const about = { kind: "fill" as const, words: t("fillSelf"), pool: entry.pool, poolName, decimals, owner, account };
  await perform(about, async () => {
    await complete();
    while (find(id)?.state === "committed") {
      const found = await net.account(account);
      if (!found) break;
      const needs = ask("fillNeeds", { view: pools.peek()[entry.pool]!.view, account: found.data });
      const at = await fetchView(evergreen(), net.accounts, pool.name, BigInt(needs.priceAfter));
      const payer = connected.value!.account.address;
      const plan = tryAsk("planFill", { view: at.view, address: account, account: found.data, order: null, payer, filler: null, seconds: SECONDS });
      ask("closeView", { view: at.view });
      if ("ok" in plan) {
        // The price is known, so the fill is: it is told before it is sent, and compared afterwards.
        change(id, { foreseen: [{ now: at.now.toString(), net: plan.ok.quote.filled ? plan.ok.quote.net : null }, ...plan.ok.later.map(({ now, net }) => ({ now, net: net ?? null }))] });
        return plan.ok.instructions;
      }
      if (plan.refused.problem.kind !== "NoPrice") throw plan.refused;
      await new Promise((wait) => setTimeout(wait, 400));
    }
    throw new Error(t("stepFill"));
  });
}
