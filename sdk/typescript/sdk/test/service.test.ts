// Events as they come: no event is left out or told twice, however the connection breaks.

import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { followEvents } from "@evergreen/sdk";

const event = (id: number) => `id: ${id}\ndata: {"id":"${id}"}\n\n`;
const begin = (after: string) => `retry: 2000\nevent: begin\ndata: {"after":"${after}"}\n\n`;

test("a stream goes on behind the last event", async () => {
  const asked: string[] = [];
  const answers: ((to: ServerResponse) => Promise<void>)[] = [
    async (to) => {
      to.write(begin("41") + event(42));
      // A word may come in parts, and a connection may end within one.
      const text = event(43);
      to.write(text.slice(0, 9));
      await new Promise((wait) => setTimeout(wait, 50));
      to.write(`${text.slice(9)}: quiet\n\nid: 44\nda`);
      await new Promise((wait) => setTimeout(wait, 50));
      to.destroy();
    },
    async (to) => {
      to.writeHead(503);
      to.end();
    },
    async (to) => {
      to.write(`${begin("43")}${event(44)}event: withdrawn\ndata: {"from":"43"}\n\n${event(45)}event: missed\ndata: {}\n\n${event(46)}`);
    },
  ];
  const server = createServer((request, to) => {
    asked.push(request.url!);
    if (asked.length !== 2) to.writeHead(200, { "content-type": "text/event-stream" });
    void answers[asked.length - 1]!(to);
  });
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  const told: string[] = [];
  const end = new AbortController();
  const follower = {
    event: ({ id }: { id: string }) => {
      told.push(id);
      if (id === "46") end.abort();
    },
    begun: () => void told.push("begun"),
    withdrawn: (from: string) => void told.push(`withdrawn ${from}`),
    lost: () => void told.push("lost"),
  };
  await followEvents(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, { address: "pool" }, follower, end.signal);
  server.closeAllConnections();
  server.close();
  assert.deepEqual(asked, ["/v1/stream?address=pool", "/v1/stream?address=pool&after=43", "/v1/stream?address=pool&after=43"]);
  assert.deepEqual(told, ["begun", "42", "43", "lost", "lost", "begun", "44", "withdrawn 43", "45", "begun", "46"]);
});
