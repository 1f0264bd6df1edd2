// From a click to what the chain says. Each step is in the journal before it is taken.

import type { Instruction } from "@evergreen/sdk";
import * as all from "./all";
import { ask, complete } from "./bridge";
import { add, change, ENDS, find, journal, type Entry } from "./journal";
import { account, log, NetworkError, RpcError, signatures } from "./rpc";
import { landed, send, TooLarge } from "./sent";
import { WalletError } from "./wallet";

const under = new Set<string>();

/** Has the wallet sign instructions, sends them and follows them. Returns the entry's id. */
export async function perform(entry: Omit<Entry, "id" | "state" | "at">, instructions: () => Promise<Instruction[]>): Promise<string> {
  const id = crypto.randomUUID();
  add({ ...entry, id, state: "signing", at: Date.now() });
  try {
    const [{ signed }, asked] = await Promise.all([import("./transaction"), instructions()]);
    const sent = await signed(asked);
    change(id, { state: "sending", sent });
  } catch (error) {
    change(id, { state: "unsigned", problem: problem(error) });
    return id;
  }
  void pursue(id);
  return id;
}

/** Why something did not happen, as a key of words and what follows it. */
export function problem(error: unknown): string {
  if (error instanceof WalletError) return `wallet:${error.why}${error.message ? `:${error.message}` : ""}`;
  if (error instanceof TooLarge) return "tooLarge";
  if (error instanceof NetworkError) return `network:${error.message}`;
  if (error instanceof RpcError) {
    if (/blockhash not found/i.test(error.message)) return "blockhash";
    if (/insufficient (lamports|funds)|debit an account|AccountNotFound|no record of a prior credit/i.test(error.message + error.logs.join()))
      return "noSol";
    const line = error.logs.find((one) => one.includes("Error Message:"));
    return `program:${line?.split("Error Message:")[1]?.trim() ?? error.message}`;
  }
  return `other:${error instanceof Error ? error.message : String(error)}`;
}

/** Follows everything that a visit before this one has left. */
export function resume(): void {
  for (const { id, state } of journal.peek()) if (!ENDS.includes(state)) void pursue(id);
}

async function pursue(id: string): Promise<void> {
  if (under.has(id)) return;
  under.add(id);
  try {
    const entry = find(id);
    if (entry?.state === "sending") await land(entry);
    const later = find(id);
    if (later?.state === "committed") await filled(later);
  } finally {
    under.delete(id);
  }
}

async function land(entry: Entry): Promise<void> {
  const sent = entry.sent!;
  for (;;) {
    try {
      await send(sent);
      break;
    } catch (error) {
      if (error instanceof RpcError) {
        // An answer: it was simulated and refused. What was sent before may have landed all the same.
        const fate = error.custom === null && /blockhash not found/i.test(error.message) ? await landed(sent) : "failed";
        if (fate === "failed" || fate === "expired") return change(entry.id, { state: fate, problem: problem(error) });
        break;
      }
      // No answer: nobody knows whether it has arrived, so it is sent again until it can no longer land.
      await new Promise((wait) => setTimeout(wait, 1000));
    }
  }
  const fate = await landed(sent);
  if (fate === "landed") return change(entry.id, { state: entry.kind === "trade" ? "committed" : "done" });
  if (fate === "expired") return change(entry.id, { state: "expired" });
  const found = await log(sent.signature).catch(() => null);
  const line = found?.logs.find((one) => one.includes("Error Message:"));
  change(entry.id, { state: "failed", problem: `program:${line?.split("Error Message:")[1]?.trim() ?? ""}` });
}

/** Waits until the commitment is over, and finds the transaction that ended it. */
async function filled(entry: Entry): Promise<void> {
  const seen = new Set<string>([entry.sent!.signature]);
  for (let tries = 0; ; tries += 1) {
    try {
      const found = await account(entry.account);
      const decoded = found && ask("account", { data: found.data });
      const waits = decoded?.kind === "MarginAccount" && decoded.commitment.committedAt !== "0";
      if (waits && !entry.priceAfter) {
        const moment = BigInt(decoded.commitment.committedAt) + BigInt(decoded.commitment.fillDelay);
        entry = { ...entry, priceAfter: moment.toString() };
        change(entry.id, { priceAfter: entry.priceAfter });
      }
      if (!waits && (await ended(entry, seen))) return;
    } catch (error) {
      if (!(error instanceof NetworkError) && !(error instanceof RpcError)) throw error;
    }
    await new Promise((wait) => setTimeout(wait, tries < 60 ? 500 : 2000));
  }
}

async function ended(entry: Entry, seen: Set<string>): Promise<boolean> {
  for (const { signature, err } of await signatures(entry.account, undefined, 20)) {
    // Older ones than the commitment have nothing to do with it.
    if (signature === entry.sent!.signature) break;
    if (err || seen.has(signature)) continue;
    const found = await log(signature);
    if (!found) continue;
    await complete();
    seen.add(signature);
    const { events } = all.ask("events", { logs: found.logs });
    const own = events.filter((event) => "account" in event && event.account === entry.account);
    const cancelled = own.find((event) => event.kind === "CommitmentCancelled");
    if (cancelled?.kind === "CommitmentCancelled") {
      change(entry.id, { state: "cancelled", reason: cancelled.reason });
      return true;
    }
    const traded = own.find((event) => event.kind === "Traded");
    if (traded?.kind !== "Traded") continue;
    const legs = own.flatMap((event) => (event.kind === "LegFilled" ? [event] : []));
    change(entry.id, {
      state: "filled",
      receipt: {
        signature,
        time: found.time,
        net: traded.net,
        cash: traded.cash,
        legs: legs.map(({ points, premium, fee, spot, sigma }) => ({ points, premium, fee, spot, sigma })),
      },
    });
    return true;
  }
  return false;
}
