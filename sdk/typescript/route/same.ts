// Whether two clients have decoded the same. Rust's answer leads: every field of it has to be in the other one, and nothing else but what fills
// a layout.

import assert from "node:assert/strict";

/** The other client's enums that are numbers, by the name of the field. */
export type Words = Record<string, Record<number, string>[]>;

const FILLING = /^(discriminator$|padding|reserved\d*$|kind$|__kind$)/;

/** Fails unless `other` says the same as Rust. Returns how many single values were compared. */
export function same(rust: unknown, other: unknown, at: string, words: Words = {}): number {
  if (rust === null) {
    const none = other === null || other === undefined || (other as { __option?: string }).__option === "None";
    assert.ok(none, `${at}: nothing, and ${show(other)}`);
    return 1;
  }
  if (isObject(other) && other["__option"] === "Some") return same(rust, other["value"], at, words);
  if (typeof rust === "boolean" || typeof rust === "number") {
    assert.equal(plain(other), rust, at);
    return 1;
  }
  if (typeof rust === "string") {
    assert.equal(text(rust, other, at, words), rust, at);
    return 1;
  }
  if (Array.isArray(rust)) {
    const list = other as unknown[];
    assert.equal(list.length, rust.length, `${at}: length`);
    return rust.reduce((sum: number, one, place) => sum + same(one, list[place], `${at}[${place}]`, words), 0);
  }
  const fields = rust as Record<string, unknown>;
  let object = other as Record<string, unknown>;
  // A number in 64.64 fixed point; the other clients show its bytes.
  if ("bits" in fields) {
    const bytes = Buffer.from(object["bytes"] as Uint8Array);
    const bits = BigInt.asIntN(128, (bytes.readBigUInt64LE(8) << 64n) | bytes.readBigUInt64LE(0));
    assert.equal(bits.toString(), fields["bits"], at);
    return 1;
  }
  // An enum that holds something: Codama's has `__kind` and `fields`, Anchor's has the variant as its only key.
  if (typeof fields["kind"] === "string" && !("kind" in object)) {
    const kind = fields["kind"];
    if ("__kind" in object) assert.equal(object["__kind"], kind, at);
    else {
      const [key, ...more] = Object.keys(object);
      assert.deepEqual([key, more], [lower(kind), []], at);
      object = object[key!] as Record<string, unknown>;
    }
    const of = object["fields"] ?? object;
    if ("value" in fields) return 1 + same(fields["value"], (of as unknown[])[0], `${at}.${kind}`, words);
  }
  let count = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (name === "kind") continue;
    assert.ok(name in object, `${at}.${name} is missing; there are ${Object.keys(object)}`);
    count += same(value, object[name], `${at}.${name}`, words);
  }
  for (const name of Object.keys(object)) {
    assert.ok(name in fields || FILLING.test(name), `${at}.${name} is not in Rust's answer`);
  }
  return count;
}

/** What stands for Rust's text: a key, a number, bytes, a word. */
function text(rust: string, other: unknown, at: string, words: Words): unknown {
  const value = plain(other);
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array || Array.isArray(value)) return Buffer.from(value as Uint8Array).toString("hex");
  if (typeof value === "number") {
    const field = at.slice(at.lastIndexOf(".") + 1).replace(/\[\d+\]$/, "");
    const all = words[field] ?? [];
    assert.ok(all.length > 0, `${at} is the number ${value}, and ${rust} in Rust`);
    return all.map((of) => of[value]).find((word) => word === rust);
  }
  if (isObject(value)) {
    const [key, ...more] = Object.keys(value);
    return more.length === 0 && key === lower(rust) ? rust : value;
  }
  return value;
}

/** A value without the classes of @solana/web3.js and bn.js. */
function plain(value: unknown): unknown {
  if (isObject(value)) {
    if (typeof value["toBase58"] === "function") return (value["toBase58"] as () => string).call(value);
    if (typeof value["toArrayLike"] === "function") return String(value);
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

const lower = (word: string) => word.charAt(0).toLowerCase() + word.slice(1);
const show = (value: unknown) => JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${one}n` : one));
