// A clerk's day: a faulty file is checked, mended and stored, a record is withdrawn, coverage is declared, and a large file goes
// through the background, seen as it goes.
import assert from "node:assert/strict";
import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { browser, close, folder, here, keep, program, serve, watched } from "./house.mjs";

const PASSWORD = "chuntian qutian zhongshu";
const AUTHORITY = "11310000MBTE5T184B"; // fire and rescue, whose sample file has faults
const SAMPLE = here("../../data/samples/uploads/fire-rescue-with-faults.csv");
let origin;

before(async () => {
  origin = await serve();
});
after(close);

/** Signs in as a clerk with a link of one's own, and gives the page. */
async function clerk(name, options = {}) {
  const made = program("account", "invite", "--name", "示范经办", "--role", "clerk", "--grant", AUTHORITY, "--json");
  const link = new URL(JSON.parse(made).link);
  const context = await browser(options);
  const { page, said } = await watched(context);
  await page.goto(origin + link.pathname);
  await page.fill("#name", name);
  await page.fill("#new", PASSWORD);
  await page.fill("#again", PASSWORD);
  await Promise.all([page.waitForNavigation(), page.click("main button[type=submit]")]);
  return { page, said };
}

async function fits(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${name}: ${over} pixels too wide`);
  await keep(page, name);
}

/** Both sizes of a page. */
async function both(page, name) {
  for (const [width, height] of [[320, 640], [1280, 800]]) {
    await page.setViewportSize({ width, height });
    await fits(page, `${name}-${width}`);
  }
}

async function press(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

/** The rows of the sample that are good, and others made of them under numbers of their own. */
function rows(from, count) {
  const [head, good] = readFileSync(SAMPLE, "utf8").split("\n");
  const numbered = (at) => good.replace(/第\d+号/, `第${String(at).padStart(7, "0")}号`);
  return [head, ...Array.from({ length: count }, (_, at) => numbered(from + at))].join("\n") + "\n";
}

test("a faulty file is checked, mended and stored; a record is withdrawn; coverage is declared", async () => {
  const { page, said } = await clerk("xiaofang");
  await page.goto(`${origin}/desk`);
  await both(page, "desk-home");
  await page.goto(`${origin}/desk/upload`);
  await both(page, "desk-upload");
  await page.setInputFiles("#file", SAMPLE);
  await press(page, "main form[data-upload] button[type=submit]");
  assert.match(page.url(), /\/desk\/drafts\//);
  const found = await page.innerText("main");
  assert.ok(found.includes("按表头判断") && found.includes("尚未入库") && found.includes("如何改正"), found);
  await both(page, "desk-draft");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[download]")]);
  assert.match(download.suggestedFilename(), /^rejects-.*\.csv$/);

  const mended = join(folder, "mended.csv");
  writeFileSync(mended, rows(900_001, 3));
  await page.setInputFiles("#file", mended);
  await press(page, "main form[data-upload] button[type=submit]");
  assert.ok((await page.innerText("main")).includes("没有发现问题"));
  await both(page, "desk-draft-good");
  await press(page, "main button[value=store]");
  assert.match(page.url(), /\/desk\/uploads\//);
  const sum = await page.locator(".sum td").allInnerTexts();
  assert.deepEqual(sum.map((it) => Number.parseInt(it, 10)), [3, 3, 0, 0]);
  await both(page, "desk-receipt");
  const [receipt] = await Promise.all([page.waitForEvent("download"), page.click('a[href$="receipt.json"]')]);
  const text = await receipt.createReadStream().then(async (stream) => Buffer.concat(await stream.toArray()).toString());
  assert.equal(JSON.parse(text).receipt.accepted, 3);

  await page.goto(`${origin}/desk/records`);
  await both(page, "desk-records");
  await page.fill("#number", "示消行罚决字〔2024〕第0900001号");
  await press(page, "main form.filter button");
  await press(page, "main table a");
  await both(page, "desk-record");
  await press(page, 'a[href$="/correct"]');
  await both(page, "desk-correct");
  await page.goBack();
  await press(page, 'a[href$="/withdraw"]');
  await page.fill("#reason", "重复报送");
  await press(page, "main form button[type=submit]");
  assert.ok((await page.innerText("main")).includes("改变前后"));
  await both(page, "desk-confirm");
  await press(page, "main button[name=sure]");
  assert.ok((await page.innerText("main")).includes("已办理：撤回"));
  await both(page, "desk-withdrawn");

  await page.goto(`${origin}/desk/coverage`);
  await both(page, "desk-coverage");
  await page.fill("#lag", "5");
  await press(page, "main form button[type=submit]");
  await both(page, "desk-declare");
  await press(page, "main button[name=sure]");
  assert.ok((await page.innerText("main")).includes("已声明"));

  for (const place of ["quarantine", "cases", "quality", "uploads"]) {
    await page.goto(`${origin}/desk/${place}`);
    await both(page, `desk-${place}`);
  }
  await page.goto(`${origin}/desk/quarantine`);
  await press(page, "main table a");
  await both(page, "desk-row");
  await page.goto(`${origin}/desk/upload?lang=en`);
  await page.goto(`${origin}/desk?contrast=high`);
  await both(page, "desk-home-en-contrast");
  await page.goto(`${origin}/desk/upload`);
  await press(page, 'a[href*="contrast=normal"]');
  await page.click("main form[data-upload] button[type=submit]");
  await page.waitForSelector("main .error");
  await both(page, "desk-upload-error-en");
  assert.deepEqual(said.filter((it) => !it.includes("422")), []);
});

test("a large file goes through the background, seen as it goes, and a page without scripts refreshes itself", async () => {
  const { page, said } = await clerk("daxiao");
  const large = join(folder, "large.csv");
  const out = createWriteStream(large);
  const text = rows(1_000_000, 2_000);
  const [head] = text.split("\n", 1);
  out.write(`${head}\n`);
  for (let from = 1_000_000; out.bytesWritten + out.writableLength < 17 << 20; from += 2_000) {
    if (!out.write(rows(from, 2_000).slice(head.length + 1))) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
  await page.goto(`${origin}/desk/upload`);
  await page.check('input[value="store"]');
  await page.setInputFiles("#file", large);
  await press(page, "main form[data-upload] button[type=submit]");
  assert.match(page.url(), /\/desk\/jobs\//);
  const job = page.url();
  await both(page, "desk-job");
  const plain = await page.context().request.get(job);
  assert.match(await plain.text(), /<noscript><meta http-equiv="refresh" content="5"><\/noscript>/);
  await page.waitForFunction(() => Number(document.querySelector("[data-count]")?.textContent) > 0, null, { timeout: 300_000 });
  await both(page, "desk-job-running");
  await page.waitForSelector('a[href^="/desk/uploads/"].button', { timeout: 600_000 });
  await both(page, "desk-job-done");
  await press(page, 'a[href^="/desk/uploads/"].button');
  const [sent, accepted] = (await page.locator(".sum td").allInnerTexts()).map((it) => Number.parseInt(it, 10));
  assert.ok(sent > 20_000 && accepted === sent, `${sent} ${accepted}`);
  assert.deepEqual(said, []);
});
