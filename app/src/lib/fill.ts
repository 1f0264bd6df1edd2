// Filling one's own commitment, where nobody else does.

import { fetchView } from "@evergreen/sdk";
import { ask, evergreen } from "./bridge";
import { find } from "./journal";
import { perform } from "./pursue";
import * as net from "./rpc";
import { pools } from "./state";
import { connected } from "./wallet";
import { t } from "../words";

/** Signs the fill of a commitment at the first price after it. */
export async function fillSelf(id: string): Promise<void> {
  const entry = find(id);
  const pool = entry && pools.peek()[entry.pool];
  if (!entry || !pool) return;
  const { kind: _, legs: __, quoted: ___, receipt: ____, sent: _____, priceAfter: ______, ...about } = entry;
  await perform({ ...about, kind: "fill", words: t("fillSelf") }, async () => {
    const found = await net.account(entry.account);
    if (!found) throw new Error(entry.account);
    const needs = ask("fillNeeds", { view: pools.peek()[entry.pool]!.view, account: found.data });
    const at = await fetchView(evergreen(), net.accounts, pool.name, BigInt(needs.priceAfter));
    try {
      const payer = connected.value!.account.address;
      return ask("planFill", { view: at.view, address: entry.account, account: found.data, order: null, payer, filler: null }).instructions;
    } finally {
      ask("closeView", { view: at.view });
    }
  });
}
