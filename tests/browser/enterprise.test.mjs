// Somebody who acts for enterprises: a report is searched for, previewed, issued, fetched, renewed and compared; a case is opened
// and a mandate given. On a wide and on a narrow screen.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { browser, close, folder, keep, program, serve, watched } from "./house.mjs";

const PASSWORD = "chuntian qutian zhongshu";
const PARENT = "91310115MATE5T017A";
const SUBSIDIARY = "91310115MATE5T0255";
let origin;

before(async () => {
  origin = await serve();
});
after(close);

/** Makes an agent's account and signs it in. */
async function signIn(page, name, ...subjects) {
  const grants = subjects.flatMap((code) => ["--grant", `${code}; see ask share`]);
  const made = program("account", "invite", "--name", `示范${name}`, "--role", "agent", ...grants, "--json");
  await page.goto(origin + new URL(JSON.parse(made).link).pathname);
  await page.fill("#name", name);
  await page.fill("#new", PASSWORD);
  await page.fill("#again", PASSWORD);
  await page.click("main button[type=submit]");
  await page.waitForURL(/\/account$/);
}

/** The page fits its screen, and what can be pressed is large enough (WCAG 2.2, 2.5.8). */
async function fits(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${name}: ${over} pixels too wide`);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("main button, main select, main input:not([type=hidden]), main a.button")]
      .filter((it) => it.offsetParent && it.type !== "checkbox" && it.type !== "radio")
      .filter((it) => it.getBoundingClientRect().height < 24)
      .map((it) => it.outerHTML.slice(0, 80)),
  );
  assert.deepEqual(small, [], name);
  assert.equal(await page.locator("h1").count(), 1, name);
  const unnamed = await page.evaluate(() =>
    [...document.querySelectorAll("main input:not([type=hidden]), main select, main textarea")]
      .filter((it) => it.labels.length === 0)
      .map((it) => it.outerHTML),
  );
  assert.deepEqual(unnamed, [], name);
  await keep(page, name);
}

for (const width of [1280, 320]) {
  test(`a report from the search to the comparison, at ${width} pixels`, async () => {
    const context = await browser({ viewport: { width, height: 800 } });
    const { page, said } = await watched(context);
    await signIn(page, `agent-${width}`, PARENT, SUBSIDIARY);
    await page.click('nav a[href="/my"]');
    assert.ok((await page.innerText("main")).includes("示范甲智能科技股份有限公司"));
    await fits(page, `my-${width}`);
    await page.click("summary");
    await fits(page, `my-coverage-${width}`);

    await page.click('nav.my a[href="/my/request"]');
    await fits(page, `my-request-${width}`);
    assert.ok((await page.innerText("#count")).startsWith("已选 0 个领域"));
    await page.fill("#search", "shui");
    await page.fill("#search", "税");
    assert.equal(await page.locator("[data-choice]:visible").count(), 1);
    await page.keyboard.press("Enter");
    assert.ok(page.url().endsWith("/my/request"), "the search sends nothing");
    await page.click("#all");
    await page.fill("#search", "market");
    await page.click("#all");
    assert.ok((await page.innerText("#count")).startsWith("已选 2 个领域"));
    await page.fill("#search", "");
    await fits(page, `my-request-chosen-${width}`);
    await page.selectOption("#purpose", "loan");
    await page.click("main button[type=submit]:has-text('预览结论')");
    assert.ok((await page.innerText("h1")).includes("尚未出具"));
    assert.equal(await page.locator("main table").first().locator("tbody tr").count(), 2);
    await fits(page, `my-preview-${width}`);

    await page.dblclick("#issue");
    await page.waitForSelector("#number");
    const number = await page.innerText("#number");
    assert.match(await page.innerText("#code-shown"), /^[0-9A-Z]{4}(-[0-9A-Z]{1,4}){4}$/);
    await fits(page, `my-issued-${width}`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
    const file = join(folder, `fetched-${width}.pdf`);
    await download.saveAs(file);
    assert.ok(readFileSync(file).subarray(0, 8).toString() === "%PDF-1.7");
    assert.equal(download.suggestedFilename(), `${number}.pdf`);

    await page.click('nav.my a[href="/my/reports"]');
    const lines = page.locator("main table tbody tr", { hasText: number });
    assert.equal(await lines.count(), 1, "a double click is one report");
    await fits(page, `my-reports-${width}`);
    await page.click(`main table a:has-text("${number}")`);
    await fits(page, `my-report-${width}`);
    await page.click("#renew");
    await page.waitForSelector("#compare");
    assert.notEqual(await page.innerText("#number"), number);
    await page.click("#compare");
    assert.ok((await page.innerText("main")).includes("都没有不同"));
    await fits(page, `my-compare-${width}`);
    // Against the demo's report of all domains there is something to see.
    await page.goto(`${origin}/my/reports`);
    const all = await page.locator("#left option").evaluateAll((options) => options.map((it) => it.value));
    await page.goto(`${origin}/my/compare?left=${all.at(-1)}&right=${all[0]}`);
    assert.ok((await page.innerText("main")).includes("只有第一份选择的领域"));
    await fits(page, `my-compare-differs-${width}`);
    assert.deepEqual(said, []);
  });
}

test("an objection with evidence, and a mandate, without scripts", async () => {
  const context = await browser({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  const page = await context.newPage();
  const other = await (await browser()).newPage();
  await signIn(other, "helper", SUBSIDIARY);
  await signIn(page, "owner", PARENT);
  await page.goto(`${origin}/my/records`);
  await fits(page, "my-records-320");
  await page.click("main table a >> nth=0");
  await fits(page, "my-record-320");
  await page.click('main a[href$="/objection"]');
  await page.fill("#statement", "决定书已更正，记录金额有误。");
  const evidence = join(folder, "evidence.pdf");
  writeFileSync(evidence, "%PDF-1.7\n");
  await page.setInputFiles("#file", evidence);
  await fits(page, "my-objection-320");
  await page.click("main button[type=submit]:has-text('提交')");
  assert.match(page.url(), /\/my\/cases\//);
  assert.ok((await page.innerText("main")).includes("evidence.pdf"));
  await fits(page, "my-case-320");
  await page.goto(`${origin}/my/cases`);
  await fits(page, "my-cases-320");

  await page.goto(`${origin}/my/mandates`);
  await page.fill("#name", "helper");
  await page.check("input[name=ask]");
  await page.fill("#purpose", "上市申报");
  await page.fill("#until", new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
  await page.click("main button[type=submit]:has-text('委托')");
  await fits(page, "my-mandates-320");
  await other.goto(`${origin}/my`);
  assert.ok((await other.innerText("main")).includes(PARENT), "it holds at once");
  await page.click("main button.danger");
  assert.ok((await page.innerText("main")).includes("没有有效的委托"));
  await other.goto(`${origin}/my`);
  assert.ok(!(await other.innerText("main")).includes(PARENT), "and is over at once");
  await page.goto(`${origin}/my/request?preset=listing`);
  await fits(page, "my-request-plain-320");
  await page.click('header a[lang="en"]');
  await page.click("main button[type=submit]:has-text('Preview')");
  assert.ok((await page.innerText("h1")).includes("nothing is issued yet"));
  await fits(page, "my-preview-en-320");
});
