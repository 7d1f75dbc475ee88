// Makes src/http/pages/scripts/vendor/qr.js out of the npm package `qr`: its decoder alone, as one plain script.
//
//   node tests/browser/vendor.mjs           writes it, with the licence
//   the tests call `bundled()` and compare, so that nothing else can lie under that name
import { createRequire } from "node:module";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const TOOLS = here("../.tools/browser/"); // where tests/run installs what package.json names
const { build } = createRequire(TOOLS)("esbuild");
export const VENDORED = here("../../src/http/pages/scripts/vendor/qr.js");

/** The decoder as one script that leaves `mingzheng.decodeQR` behind. */
export async function bundled() {
  const { version } = JSON.parse(readFileSync(`${TOOLS}node_modules/qr/package.json`, "utf8"));
  const about = `qr ${version} by Paul Miller (https://github.com/paulmillr/qr), its decoder only, by tests/browser/vendor.mjs.`;
  const made = await build({
    stdin: { contents: 'export { decodeQR } from "qr/decode.js";', resolveDir: TOOLS },
    bundle: true,
    minify: true,
    format: "iife",
    globalName: "qrDecoder",
    target: "es2020",
    legalComments: "none",
    banner: { js: `/*! ${about} Apache-2.0 or MIT; see qr.LICENSE beside it. */` },
    footer: { js: "(globalThis.mingzheng ??= {}).decodeQR = qrDecoder.decodeQR;" },
    write: false,
  });
  return made.outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(VENDORED, await bundled());
  copyFileSync(`${TOOLS}node_modules/qr/LICENSE`, VENDORED.replace(/js$/, "LICENSE"));
}
