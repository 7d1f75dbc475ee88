// The pages of the server: they work without scripts, and with them the claim in the address is checked on the spot.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { browser, close, demo, forge, keep, made, raster, serve, watched } from "./house.mjs";

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

test("where English was chosen, the claim is judged in English alone", async () => {
  await context.addCookies([{ name: "mz_lang", value: "en", url: origin }]);
  const { page, said, reasons } = await claim(made("1-clean.qr.txt"));
  const text = await page.innerText("#claim");
  assert.ok(text.includes("The claim is genuine, and the report stands") && text.includes("The claim in the QR and the issuer's answer agree"), text);
  // The issuer's own name is what it is.
  const signer = await page.$$eval("#claim dd small", (all) => all.map((one) => one.innerText));
  const rest = signer.reduce((left, name) => left.replace(name, ""), text);
  assert.deepEqual(rest.match(/\p{Script=Han}+/gu) ?? [], [], text);
  assert.deepEqual([reasons, said], [["claim-valid", "status-from-bundle"], []]);
  await keep(page, "code-en-1280");
  await context.clearCookies();
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

test("a file, a photo or the text of a QR is judged on the front page, without scripts too", async () => {
  const plain = await browser({ javaScriptEnabled: false });
  const page = await plain.newPage();
  await page.setViewportSize({ width: 390, height: 800 });
  const bring = async (file) => {
    await page.goto(`${origin}/`);
    await page.setInputFiles("#file", file);
    await page.click("form button");
    await page.waitForSelector("#online");
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} pixels too wide`);
    return page.innerText("main");
  };
  assert.ok((await bring(join(demo, "1-clean.pdf"))).includes("文件真实，报告有效"));
  await keep(page, "file-good-390");
  const changed = await bring(join(demo, "1-clean.tampered.pdf"));
  assert.ok(changed.includes("不可信：已被改动") && changed.includes("内容在签名后被改动"), changed);
  await keep(page, "file-changed-390");
  assert.ok((await bring(join(demo, "4-not-covered.pdf"))).includes("报告已被撤销，不得使用"));
  assert.ok((await bring({ name: "x.pdf", mimeType: "application/pdf", buffer: Buffer.from("no PDF") })).includes("文件无法读取"));
  const photo = await bring({ name: "photo.png", mimeType: "image/png", buffer: raster("1-clean.pdf") });
  assert.ok(photo.includes("二维码真实，报告有效；图像可能被改动") && !photo.includes("文件真实"), photo);
  await keep(page, "file-photo-390");
  await page.goto(`${origin}/`);
  await page.fill("#code", made("1-clean.qr.txt"));
  await page.click("form button");
  assert.ok((await page.innerText("main")).includes("二维码真实，报告有效"));
});

test("a page that was redrawn is shown beside the page as issued, with what differs framed", async () => {
  // Somebody opens the report in an editor, writes over a conclusion, and saves: here a white box over a part of page 1.
  const forged = forge("1-clean.pdf");
  const { page, said } = await watched(context);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${origin}/`);
  await page.setInputFiles("#file", { name: "forged.pdf", mimeType: "application/pdf", buffer: forged });
  await page.click("form button");
  await page.waitForSelector("#online.bad");
  await keep(page, "file-forged-1280");
  assert.ok((await page.$$("ul.findings li")).length > 0, await page.innerText("main"));
  const pictures = await page.$$eval(".pages img", (all) => all.map((one) => one.naturalWidth));
  assert.ok(pictures.length >= 2 && pictures.every((width) => width > 100), String(pictures));
  assert.deepEqual(said, []);
  await page.setViewportSize({ width: 320, height: 800 });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${over} pixels too wide`);
  await keep(page, "file-forged-320");
});
