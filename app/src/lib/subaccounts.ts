// Which other margin accounts somebody has: those that are open are told by a node, closed ones, too, by a data service. The address of number zero
// is known.

import { fetchAccountSums } from "@evergreen/sdk";
import { ask } from "./all";
import { config } from "./config";
import { fetched } from "./rpc";
import { named } from "./state";

/** Milliseconds after which they are looked for anew. */
const LASTS = 10_000;
/** The most that are looked at: so many accounts a node tells at once. */
const MOST = 100;

const asked = new Map<string, number>();

/** Looks for the other accounts of an owner; whether there is one that was not known. */
export async function findSubAccounts(owner: string): Promise<boolean> {
  if (performance.now() < (asked.get(owner) ?? -Infinity) + LASTS) return false;
  asked.set(owner, performance.now());
  const service = config.peek()?.history;
  // What one of them does not tell the other one may.
  const [opened, told] = await Promise.all([searched(owner).catch(() => []), service ? fetchAccountSums(service, owner).catch(() => []) : []]);
  const all = new Map((named.get(owner) ?? []).map((one) => [one.key, one]));
  const before = all.size;
  for (const { pool, subAccount } of [...opened, ...told]) {
    if (subAccount === 0) continue;
    // Whoever tells it, its address follows from its owner.
    const key = ask("marginAccountKey", { pool, owner, subAccount }).address;
    if (all.size < MOST) all.set(key, { pool, key, subAccount });
  }
  named.set(owner, [...all.values()].sort((a, b) => a.subAccount - b.subAccount));
  return all.size > before;
}

/** Bytes of the program's accounts that hold something somewhere. Many nodes do not search, which says nothing of the network. */
async function search(program: string, held: { offset: number; bytes: string; encoding: "base58" | "base64" }[]): Promise<string[]> {
  const filters = held.map((memcmp) => ({ memcmp }));
  const { result } = await fetched("getProgramAccounts", [program, { encoding: "base64", commitment: "confirmed", filters }]);
  const bytes = (one: { account?: { data?: unknown[] } }) => (typeof one?.account?.data?.[0] === "string" ? one.account.data[0] : []);
  return Array.isArray(result) ? result.flatMap(bytes) : [];
}

async function searched(owner: string): Promise<{ pool: string; subAccount: number }[]> {
  const { program, prefix, ownerAt } = ask("accountSearch", {});
  const all = await search(program, [
    { offset: 0, bytes: prefix, encoding: "base64" },
    { offset: ownerAt, bytes: owner, encoding: "base58" },
  ]);
  return all.flatMap((data) => {
    const decoded = ask("account", { data });
    return decoded.kind === "MarginAccount" && decoded.owner === owner ? [decoded] : [];
  });
}
