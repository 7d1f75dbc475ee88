// The pages of the server: they work without scripts, and with them the claim in the address is checked on the spot.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browser, close, keep, made, serve, watched } from "./house.mjs";

let origin, context;

before(async () => {
  origin = await serve();
  context = await browser();
});
after(close);

/** The result of checking the claim at an address, and what the page complained of. */
async function claim(address) {
  const { page, said } = await watched(context);
  await page.goto(address);
  await page.waitForSelector("#claim .verdict");
  const reasons = await page.$$eval("#claim [data-reason]", (all) => all.map((one) => one.dataset.reason));
  const agrees = await page.$$eval("#claim [data-agrees]", (all) => all.map((one) => one.dataset.agrees));
  return { page, said, reasons, agrees };
}

test("the page behind the QR checks the claim in its address and compares", async () => {
  const qr = made("1-clean.qr.txt");
  assert.ok(qr.startsWith(`${origin}/v/`));
  const { page, said, reasons, agrees } = await claim(qr);
  assert.deepEqual([reasons, agrees, said], [["claim-valid", "status-from-bundle"], ["true"], []]);
  for (const width of [320, 390, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} pixels too wide at ${width}`);
    await keep(page, `code-${width}`);
  }
  const at = qr.length - 40;
  const changed = qr.slice(0, at) + (qr[at] === "1" ? "2" : "1") + qr.slice(at + 1);
  const forged = await claim(changed);
  assert.deepEqual([forged.reasons, forged.agrees], [["claim-invalid"], []]);
  await keep(forged.page, "code-forged-390");
});

test("a claim under the code of nobody says so", async () => {
  const [address, digits] = made("1-clean.qr.txt").split("#");
  const { reasons, agrees } = await claim(`${address.slice(0, -17)}00000000000000000#${digits}`);
  assert.ok(reasons.includes("claim-contradicts-code") || reasons.includes("code-mistyped"), reasons);
  assert.deepEqual(agrees, []);
});

test("without a claim in the address nothing is loaded and nothing is claimed", async () => {
  const { page, said, asked } = await watched(context);
  await page.goto(made("1-clean.qr.txt").split("#")[0]);
  await page.waitForSelector("#online");
  assert.equal(await page.isVisible("#claim"), false);
  assert.deepEqual(asked.filter((url) => url.endsWith("/trust.json")), []);
  assert.deepEqual(said, []);
});

test("without scripts the page answers all the same", async () => {
  const plain = await browser({ javaScriptEnabled: false });
  const page = await plain.newPage();
  await page.goto(made("1-clean.qr.txt"));
  const text = await page.innerText("main");
  assert.ok(text.includes("已签发，目前有效") && text.includes("91310115MATE5T0255"));
  await page.goto(`${origin}/`);
  const code = /\/v\/(\w+)/.exec(made("1-clean.qr.txt"))[1];
  await page.fill("#code", code.toLowerCase());
  await page.click("form button");
  assert.ok((await page.innerText("main")).includes("已签发，目前有效"));
  await page.goto(`${origin}/offline`);
  assert.ok((await page.innerText("main")).includes("本页需要 JavaScript"));
});

test("the front page leads to the one without a network", async () => {
  const { page, said } = await watched(context);
  await page.setViewportSize({ width: 320, height: 700 });
  await page.goto(`${origin}/`);
  await keep(page, "home-320");
  await page.click('a[href="/offline"]');
  await page.waitForSelector("html[data-ready]");
  assert.deepEqual(said, []);
});
