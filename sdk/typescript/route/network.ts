// A real local network, and what the Rust client library says: the same bridge that a page has, as a process.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const { EVERGREEN_COMMAND, EVERGREEN_WEB, EVERGREEN_PROGRAM } = process.env;

/** What the local network has told about itself. */
export interface Ready {
  rpc_url: string;
  ws_url: string;
  stocks: { name: string; mint: string; kind: string; pool: string }[];
  users: { name: string; address: string; keypair: string }[];
}

/** A local network that runs until it is ended. */
export class Network {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    readonly ready: Ready,
  ) {}

  static async start(): Promise<Network> {
    if (!EVERGREEN_COMMAND || !EVERGREEN_PROGRAM) throw new Error("EVERGREEN_COMMAND and EVERGREEN_PROGRAM name the files");
    const folder = mkdtempSync(join(tmpdir(), "evergreen-route-"));
    const args = ["localnet", "--json", "--curated", "--rpc-port", "0", "--ws-port", "0", "--dir", join(folder, "market")];
    const process = spawn(EVERGREEN_COMMAND, args, {
      cwd: folder,
      env: { ...globalThis.process.env, EVERGREEN_PROGRAM },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    process.stderr?.on("data", (text) => (said += text));
    for await (const line of createInterface({ input: process.stdout! })) {
      return new Network(process, folder, JSON.parse(line));
    }
    throw new Error(`the network did not start: ${said}`);
  }

  /** Bytes of somebody's keypair. */
  key(name: string): Uint8Array {
    const file = this.ready.users.find((user) => user.name === name)?.keypair;
    return new Uint8Array(JSON.parse(readFileSync(file!, "utf8")));
  }

  async end(): Promise<void> {
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGINT");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A request of JSON-RPC in plain words. */
  async rpc<T>(method: string, params: unknown[]): Promise<T> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const answer = await fetch(this.ready.rpc_url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const { result, error } = (await answer.json()) as { result: T; error?: unknown };
    if (error) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  /** The chain's clock, unix seconds. */
  async now(): Promise<bigint> {
    const { value } = await this.rpc<{ value: { data: [string] } }>("getAccountInfo", [
      "SysvarC1ock11111111111111111111111111111111",
      { encoding: "base64" },
    ]);
    return Buffer.from(value.data[0], "base64").readBigInt64LE(32);
  }
}

/** The Rust client library. */
export class Rust {
  private readonly process: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  constructor() {
    if (!EVERGREEN_WEB) throw new Error("EVERGREEN_WEB names the file");
    this.process = spawn(EVERGREEN_WEB, [], { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  /** Asks the library, and takes the answer as it comes: text. */
  async text(call: string, ask: unknown): Promise<string> {
    const text = JSON.stringify({ call, ask }, (_, value) => (typeof value === "bigint" ? value.toString() : value));
    this.process.stdin!.write(`${text}\n`);
    return (await this.lines.next()).value;
  }

  /** Asks the library. */
  async ask<T>(call: string, ask: unknown): Promise<T> {
    const { ok, problem } = JSON.parse(await this.text(call, ask));
    if (problem) throw new Error(`${call}: ${JSON.stringify(problem)}`);
    return ok;
  }

  end(): void {
    this.process.stdin!.end();
  }
}
