// Reads a PDF with pdf.js and prints, as one JSON value, what a screen reader would be told: the text in the order of
// the structure tree, page by page, and what of it belongs nowhere.
//
//     node reader.mjs FILE

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

console.warn = console.log = () => {}; // pdf.js tells of browser parts that Node lacks; faults are thrown, see below

const home = createRequire(`${process.env.TESTS_ORACLES_NODE}/`);
const { getDocument, VerbosityLevel } = await import(
  pathToFileURL(home.resolve('pdfjs-dist/legacy/build/pdf.mjs'))
);

const loading = getDocument({
  data: new Uint8Array(readFileSync(process.argv[2])),
  isEvalSupported: false,
  stopAtErrors: true,
  useSystemFonts: false,
  verbosity: VerbosityLevel.ERRORS,
});
const document = await loading.promise;
const pages = [];
const roles = {};
let untagged = 0; // characters outside the tree that are not said to be artifacts
let dangling = 0; // places in the tree that no content answers to

for (let number = 1; number <= document.numPages; number += 1) {
  const page = await document.getPage(number);
  const { items } = await page.getTextContent({ includeMarkedContent: true });
  const texts = new Map();
  const open = [];
  for (const item of items) {
    if (item.type === 'endMarkedContent') {
      open.pop();
    } else if (item.type !== undefined) {
      open.push(item.tag === 'Artifact' ? 'artifact' : (item.id ?? open.at(-1)));
      if (item.id) texts.set(item.id, texts.get(item.id) ?? '');
    } else {
      const mark = open.at(-1);
      if (mark === undefined || mark === null) untagged += item.str.trim().length;
      else if (mark !== 'artifact') texts.set(mark, texts.get(mark) + item.str);
    }
  }
  let text = '';
  const read = (node) => {
    if (node.type === 'content') {
      if (!texts.has(node.id)) dangling += 1;
      text += texts.get(node.id) ?? '';
      texts.delete(node.id);
    } else if (node.role) {
      roles[node.role] = (roles[node.role] ?? 0) + 1;
    }
    for (const child of node.children ?? []) read(child);
    if (node.role) text += '\n';
  };
  const tree = await page.getStructTree();
  if (tree) read(tree);
  for (const left of texts.values()) untagged += left.trim().length;
  pages.push(text);
}

const { info } = await document.getMetadata();
const attachments = await document.getAttachments();
process.stdout.write(
  JSON.stringify({
    pages,
    roles,
    untagged,
    dangling,
    language: info.Language ?? null,
    title: info.Title ?? null,
    signed: info.IsSignaturesPresent ?? false,
    scripts: (await document.getJSActions()) !== null,
    attachments: Object.keys(attachments ?? {}),
  }),
);
await loading.destroy();
