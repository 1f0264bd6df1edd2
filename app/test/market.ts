// A local market with its app, as the command runs it.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { promisify } from "node:util";
import { createKeyPairSignerFromPrivateKeyBytes, getAddressEncoder } from "@solana/kit";
import { close, open } from "./browser.js";

const { EVERGREEN_COMMAND } = process.env;
if (!EVERGREEN_COMMAND) throw new Error("EVERGREEN_COMMAND names the command");
const COMMAND = EVERGREEN_COMMAND;

interface Ready {
  rpc_url: string;
  app: string;
  folder: string;
  config: string;
}

async function started(args: string[], folder: string): Promise<{ process: ChildProcess; ready: Ready }> {
  const child = spawn(COMMAND, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr?.on("data", (text) => (said += text));
  for await (const line of createInterface({ input: child.stdout! })) return { process: child, ready: JSON.parse(line) };
  throw new Error(`evergreen ${args.join(" ")} has not started: ${said}`);
}

async function ended(child: ChildProcess): Promise<void> {
  const done = new Promise((end) => child.once("exit", end));
  child.kill("SIGINT");
  await done;
}

export class Market {
  private constructor(
    private readonly folder: string,
    private readonly children: ChildProcess[],
    readonly app: string,
    readonly rpc: string,
    private readonly config: string,
  ) {}

  /**
   * `keeper`: whether somebody fills what is committed; otherwise the app is served by itself, and keeps the `past` where that is wanted, with the `explorer` that is
   * named. `pools`: their number.
   */
  static async start({ keeper = true, pools = 2, past = false, explorer = "" } = {}): Promise<Market> {
    const folder = mkdtempSync(join(tmpdir(), "evergreen-app-"));
    const ports = ["--rpc-port", "0", "--ws-port", "0"];
    const args = ["localnet", "--json", "--hurry", "--pools", `${pools}`, ...ports, "--dir", join(folder, "market")];
    const { process, ready } = await started(keeper ? [...args, "--app", "--app-port", "0"] : args, folder);
    if (keeper) return new Market(folder, [process], ready.app, ready.rpc_url, ready.config);
    const kept = past ? ["--database", `sqlite://${join(folder, "events.db")}`] : [];
    const served = await started(["app", "--json", "--port", "0", "--config", ready.config, ...kept, ...(explorer ? ["--explorer", explorer] : [])], folder);
    return new Market(folder, [served.process, process], served.ready.app, ready.rpc_url, ready.config);
  }

  /** Runs a command on it. */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(COMMAND, [...args, "--config", this.config], { cwd: this.folder });
    return stdout;
  }

  /** A file with the keys of a seed, with which a command signs as the wallet of the page does. */
  async keypair(seed: number): Promise<string> {
    const secret = new Uint8Array(32).fill(seed);
    const { address } = await createKeyPairSignerFromPrivateKeyBytes(secret);
    const file = join(this.folder, `${seed}.json`);
    writeFileSync(file, JSON.stringify([...secret, ...getAddressEncoder().encode(address)]), { mode: 0o600 });
    return file;
  }

  async fund(address: string, tokens = 500): Promise<void> {
    await this.command("localnet", "--dir", join(this.folder, "market"), "fund", address, "--tokens", `${tokens}`, "--sol", "5");
  }

  /** Sets a price, at once. */
  async price(underlying: string, dollars: number): Promise<void> {
    await this.command("localnet", "--dir", join(this.folder, "market"), "price", "set", underlying, `${dollars}`);
  }

  /** Does what there is to do for keepers now. */
  async work(): Promise<void> {
    await this.command("keeper", "once", "--yes");
  }

  /** Lets the clock stand: it moves only to what is waited for. */
  async pause(): Promise<void> {
    await this.command("localnet", "--dir", join(this.folder, "market"), "clock", "pause");
  }

  /** Moves the clock forward; prices follow their path. */
  async advance(by: string): Promise<void> {
    await this.command("localnet", "--dir", join(this.folder, "market"), "advance", by);
  }

  async end(): Promise<void> {
    for (const child of this.children) await ended(child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A browser and a market for all tests of a file, as `Market.start` makes it. */
export async function forAll(how: Parameters<typeof Market.start>[0] = {}): Promise<Market> {
  await open();
  try {
    const market = await Market.start(how);
    after(async () => {
      await market.end();
      await close();
    });
    return market;
  } catch (error) {
    await close();
    throw error;
  }
}
