// The operator's console: two people revoke a report, and every page fits a wide and a narrow screen, without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browser, close, keep, program, serve } from "./house.mjs";
import { PASSWORD, code } from "./people.mjs";

const PAGES = ["", "/proposals", "/reports", "/figures", "/authorities", "/authorities/new", "/subjects", "/rules", "/rules/policy"];
const OF_AUDITOR = ["/journal", "/keys", "/templates", "/ratings"];
let origin;

before(async () => {
  origin = await serve();
});
after(close);

/** Somebody with an account of a role, signed in. */
async function person(name, role) {
  const made = program("account", "invite", "--name", `示范${name}`, "--role", role, "--json");
  const context = await browser({ javaScriptEnabled: false, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(origin + new URL(JSON.parse(made).link).pathname);
  await page.fill("#name", name);
  await page.fill("#new", PASSWORD);
  await page.fill("#again", PASSWORD);
  await page.click("main button[type=submit]");
  await page.fill("#code", code(await page.innerText("#secret")));
  await page.click("main button[type=submit]");
  assert.equal(await page.locator(".codes li").count(), 10);
  return page;
}

/** Nothing is wider than the screen, and the page has one first heading and a name for every field. */
async function fits(page, name) {
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${name} at ${width}: ${over} pixels too wide`);
    await keep(page, `console-${name}-${width}`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  assert.equal(await page.locator("h1").count(), 1, name);
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("main input:not([type=hidden]), main textarea, main select")].filter((it) => !it.labels?.length).map((it) => it.id));
  assert.deepEqual(nameless, [], name);
}

test("two system operators revoke a report, and an auditor reads how", async () => {
  const [one, two, auditor] = [await person("one", "system"), await person("two", "system"), await person("auditor", "auditor")];
  for (const path of PAGES) {
    await one.goto(`${origin}/console${path}`);
    await fits(one, path.slice(1).replaceAll("/", "-") || "home");
  }
  for (const path of OF_AUDITOR) {
    await auditor.goto(`${origin}/console${path}`);
    await fits(auditor, path.slice(1));
  }
  await one.goto(`${origin}/console/reports`);
  await one.click("tbody a");
  await fits(one, "report");
  await one.fill("#reason", "出具有误");
  await one.click("main button.danger");
  assert.ok((await one.innerText("main")).includes("须由另一位系统管理员复核"));
  await fits(one, "proposal-own");
  await two.goto(one.url());
  await fits(two, "proposal");
  await two.click("main button.danger");
  assert.ok((await two.innerText("main")).includes("已通过并已执行"));
  await two.click("main dd a");
  assert.ok((await two.innerText("main")).includes("已撤销"));

  await one.goto(`${origin}/console/authorities`);
  await one.click("tbody a");
  await fits(one, "authority");
  await one.goto(`${origin}/console/subjects`);
  await one.click("tbody a");
  await fits(one, "subject");
  await one.goto(`${origin}/console/rules/policy`);
  const text = await one.inputValue("#text");
  await one.fill("#text", text.replace('version = "2026.1"', 'version = "2026.2"').replace("ordinary = true", "ordinary = false"));
  await one.click("button[formaction]");
  await fits(one, "rules-preview");
  assert.ok((await one.innerText("pre.diff")).includes("+ ordinary = false"));
  await auditor.goto(`${origin}/console/journal`);
  await auditor.click("text=核对日志链");
  assert.ok((await auditor.innerText(".flash")).includes("日志链完整"));
  await auditor.goto(`${origin}/ratings?act=verify`);
  await fits(auditor, "rate");
  await auditor.click('button[value="2"]');
  assert.ok((await auditor.innerText("main")).includes("感谢您的评价"));
  await one.goto(`${origin}/console/ratings`);
  await fits(one, "ratings-open");
});
