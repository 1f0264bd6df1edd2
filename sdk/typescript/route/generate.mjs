// Generates both clients from the interface description, and takes the code of the document out of it.
// Usage: node generate.mjs DESCRIPTION DOCUMENT FOLDER

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootNodeFromAnchor } from "@codama/nodes-from-anchor";
import { renderVisitor } from "@codama/renderers-js";
import { createFromRoot } from "codama";

const [description, document, folder] = process.argv.slice(2);
const idl = JSON.parse(readFileSync(description, "utf8"));

// Codama's renderer writes no decoders of events. It writes those of all types, and an event is a type with a discriminator in front.
const root = rootNodeFromAnchor({ ...idl, events: [] });
const codama = join(folder, "codama");
await createFromRoot(root).accept(renderVisitor(codama, { formatCode: false, generatedFolder: "." }));
const names = idl.events.map((event) => event.name);
const decoders = idl.events.map(
  (event) => `  { name: "${event.name}", discriminator: [${event.discriminator}], decoder: get${event.name}Decoder() },`,
);
writeFileSync(
  join(codama, "events.ts"),
  `import { ${names.map((name) => `get${name}Decoder`).join(", ")} } from "./types/index.js";\n\n` +
    `/** Discriminator and decoder of every event. */\nexport const EVENTS = [\n${decoders.join("\n")}\n] as const;\n`,
);
// The renderer's plug-in for its own framework does not pass TypeScript 7; nothing here uses it.
const program = join(codama, "programs/evergreen.ts");
writeFileSync(program, `// @ts-nocheck\n${readFileSync(program, "utf8")}`);
// It would make the modules another package, of another kind.
rmSync(join(codama, "package.json"), { force: true });
// Node asks for the endings of modules, which the renderer leaves out.
fix(codama);

// Anchor's client reads the description itself.
writeFileSync(join(folder, "idl.ts"), `export const IDL = ${JSON.stringify(idl)} as const;\n`);

// Blocks of one name are one module.
const blocks = new Map();
for (const [, name, code] of readFileSync(document, "utf8").matchAll(/^```ts (\w+)\n([\s\S]*?)^```$/gm)) {
  blocks.set(name, `${blocks.get(name) ?? ""}${code}\n`);
}
mkdirSync(join(folder, "document"), { recursive: true });
for (const [name, code] of blocks) writeFileSync(join(folder, "document", `${name}.ts`), code);
console.log(`  ${idl.accounts.length} accounts, ${names.length} events, modules of the document: ${[...blocks.keys()].join(", ")}`);

function isFolder(path) {
  return existsSync(path) && statSync(path).isDirectory();
}

function fix(dir) {
  for (const file of readdirSync(dir, { recursive: true }).map((name) => join(dir, name)).filter((name) => name.endsWith(".ts"))) {
    const text = readFileSync(file, "utf8");
    const fixed = text.replace(/(from\s+|import\()(['"])(\.\.?(?:\/[^'"]*)?)\2/g, (whole, before, quote, path) => {
      if (path.endsWith(".js")) return whole;
      const folders = path === "." || path === ".." || isFolder(join(file, "..", path));
      return `${before}${quote}${folders ? `${path}/index.js` : `${path}.js`}${quote}`;
    });
    if (fixed !== text) writeFileSync(file, fixed);
  }
}
