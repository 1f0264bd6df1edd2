// From a click to what the chain says. Each step is in the journal before it is taken.

import { effect } from "@preact/signals";
import { EvergreenError, type Instruction } from "@evergreen/sdk";
import * as all from "./all";
import { ask, complete } from "./bridge";
import { add, change, ENDS, find, journal, reread, type Entry } from "./journal";
import { account, log, NetworkError, RpcError, signatures, type Listed } from "./rpc";
import { fate, finality, landed, send, TooLarge } from "./sent";
import { WalletError } from "./wallet";

/** Entries that this page works at, or waits for. */
const under = new Set<string>();
/** Those of them that nobody has sent yet. */
const unsent = new Set<string>();

/** One page at a time works at an entry; where that one is closed or reloaded, another takes over. */
async function alone(id: string, work: () => Promise<void>): Promise<void> {
  if (under.has(id)) return;
  under.add(id);
  try {
    await (navigator.locks ? navigator.locks.request(`evergreen:${id}`, work) : work());
  } finally {
    under.delete(id);
  }
}

/** Has the wallet sign instructions, sends them and follows them. Returns the entry's id once the wallet has answered. */
export function perform(entry: Omit<Entry, "id" | "state" | "at">, instructions: () => Promise<Instruction[]>): Promise<string> {
  const id = crypto.randomUUID();
  return new Promise((answered, failed) => {
    const work = async () => {
      add({ ...entry, id, state: "signing", at: Date.now() });
      try {
        const [{ signed }, asked] = await Promise.all([import("./transaction"), instructions()]);
        const sent = await signed(asked);
        unsent.add(id);
        change(id, { state: "sending", sent });
      } catch (error) {
        change(id, { state: "unsigned", problem: problem(error) });
      }
      answered(id);
      await pursue(id);
    };
    alone(id, work).catch(failed);
  });
}

/** Why something did not happen, as a key of words and what follows it. */
export function problem(error: unknown): string {
  if (error instanceof WalletError) return `wallet:${error.why}${error.message ? `:${error.message}` : ""}`;
  if (error instanceof TooLarge) return "tooLarge";
  if (error instanceof NetworkError) return `network:${error.message}`;
  if (error instanceof EvergreenError && error.problem.kind === "Refused") return `program:${error.problem.name}:${error.problem.message}`;
  if (error instanceof EvergreenError && error.problem.kind === "NoPrice") return "program:NoPrice:";
  if (error instanceof RpcError) {
    if (!error.refuses) return `network:${error.message}`;
    if (/blockhash not found/i.test(error.message)) return "blockhash";
    // A token program says so in its log; what the network says itself is about SOL.
    if (error.logs.some((line) => /Error: insufficient funds/i.test(line))) return "noToken";
    if (/insufficient (lamports|funds)|debit an account|AccountNotFound|no record of a prior credit/i.test(error.message + error.logs.join())) return "noSol";
    return refused(error.logs) ?? `other:${error.message}`;
  }
  return `other:${error instanceof Error ? error.message : String(error)}`;
}

/** The program's refusal in a log: its name and its message. */
function refused(logs: string[]): string | null {
  const line = logs.find((one) => one.includes("Error Message:"));
  return line ? `program:${/Error Code: (\w+)/.exec(line)?.[1] ?? ""}:${line.split("Error Message:")[1]!.trim()}` : null;
}

/** Whether nothing more becomes of it. What has landed may still be withdrawn. */
function isOver({ state, proof, final }: Entry): boolean {
  return ENDS.includes(state) && (!proof || Boolean(final));
}

/** Follows everything that visits before this one and other tabs have left. */
export function resume(): void {
  effect(() => {
    for (const entry of journal.value)
      if (!isOver(entry) && !under.has(entry.id))
        void alone(entry.id, async () => {
          reread();
          await pursue(entry.id);
        });
  });
}

async function pursue(id: string): Promise<void> {
  for (let entry = find(id); entry && !isOver(entry); entry = find(id)) {
    // Whoever has asked the wallet is gone, and nobody hears its answer.
    if (entry.state === "signing") change(id, { state: "unsigned", problem: "reloaded" });
    else if (entry.state === "sending") await land(entry);
    else if (entry.state === "committed") await filled(entry);
    else await settled(entry);
  }
}

/** Pages of transactions of an account that are looked through for the end of a commitment. */
const PAGES = 20;
/** Milliseconds after which a node may have forgotten a transaction, which is final by then. */
const REMEMBERED = 600_000;
/** Answers in a row by which a transaction that was there is gone. */
const GONE = 8;

/** Waits until what has ended an entry can no longer be withdrawn. Where the chain goes another way, it is followed anew. */
async function settled({ id, proof, since }: Entry): Promise<void> {
  for (let gone = 0; find(id); ) {
    const found = await finality(proof!).catch(() => undefined);
    gone = found === null ? gone + 1 : 0;
    if (found === "finalized" || (gone > 0 && Date.now() - since! > REMEMBERED)) return change(id, { final: true });
    if (gone === GONE) return change(id, { state: "sending", proof: undefined, receipt: undefined });
    await new Promise((wait) => setTimeout(wait, 2000));
  }
}

async function land(entry: Entry): Promise<void> {
  const sent = entry.sent!;
  for (;;) {
    const first = unsent.delete(entry.id);
    try {
      await send(sent);
      break;
    } catch (error) {
      if (error instanceof RpcError && error.refuses) {
        // An answer: it was tried and refused. What was sent before may have landed all the same, so that is waited for.
        const end = first && !/blockhash not found/i.test(error.message) ? "failed" : await landed(sent);
        if (end === "failed" || end === "expired") return change(entry.id, { state: end, problem: problem(error) });
        break;
      }
      // No answer, or one about the node alone: nobody knows whether it has arrived, so it is sent again, and looked for, until it can no longer land.
      const now = await fate(sent).catch(() => "waiting");
      if (now !== "waiting") break;
      await new Promise((wait) => setTimeout(wait, 1000));
    }
  }
  const end = await landed(sent);
  if (end === "landed") return change(entry.id, entry.kind === "trade" ? { state: "committed" } : { state: "done", proof: sent.signature, since: Date.now() });
  if (end === "expired") return change(entry.id, { state: "expired" });
  const found = await log(sent.signature).catch(() => null);
  change(entry.id, { state: "failed", problem: refused(found?.logs ?? []) ?? "other:" });
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
    await new Promise((wait) => setTimeout(wait, tries < 20 ? 250 : tries < 60 ? 500 : 2000));
  }
}

/** Transactions that named the account since the commitment; older ones have nothing to do with it. */
async function since(entry: Entry): Promise<Listed[]> {
  const found: Listed[] = [];
  for (let page = 0; page < PAGES; page += 1) {
    const some = await signatures(entry.account, found.at(-1)?.signature);
    const end = some.findIndex(({ signature }) => signature === entry.sent!.signature);
    found.push(...(end < 0 ? some : some.slice(0, end)));
    if (end >= 0 || some.length === 0) break;
  }
  return found;
}

async function ended(entry: Entry, seen: Set<string>): Promise<boolean> {
  for (const { signature, err } of await since(entry)) {
    if (err || seen.has(signature)) continue;
    const found = await log(signature);
    if (!found) continue;
    await complete();
    seen.add(signature);
    const { events } = all.ask("events", { logs: found.logs });
    const own = events.filter((event) => "account" in event && event.account === entry.account);
    const cancelled = own.find((event) => event.kind === "CommitmentCancelled");
    if (cancelled?.kind === "CommitmentCancelled") {
      change(entry.id, { state: "cancelled", reason: cancelled.reason, proof: signature, since: Date.now() });
      return true;
    }
    const traded = own.find((event) => event.kind === "Traded");
    if (traded?.kind !== "Traded") continue;
    const legs = own.flatMap((event) => (event.kind === "LegFilled" ? [event] : []));
    change(entry.id, {
      state: "filled",
      proof: signature,
      since: Date.now(),
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
