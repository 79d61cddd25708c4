// Reads the diagrams whose files are named on the standard input, one a line, with the parser that draws them.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM(""); // for the part of Mermaid that cleans texts
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");

let failed = 0;
for (const name of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  try {
    const { diagramType } = await mermaid.parse(readFileSync(name, "utf8"));
    if (diagramType !== "sequence") throw new Error(`a ${diagramType} diagram`);
  } catch (err) {
    failed++;
    console.log(`${name}: ${err.message}`);
  }
}
process.exit(failed > 0 ? 1 : 0);
