// A one-code from the holder's telephone to the scanner's, with two browsers: a code that renews itself, a look that is counted and
// seen at once, and a window that closes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browser, close, keep, program, serve, watched } from "./house.mjs";

const PASSWORD = "chuntian qutian zhongshu";
const PARENT = "91310115MATE5T017A";
const PHONE = { viewport: { width: 320, height: 640 } };
let origin;

before(async () => {
  origin = await serve();
});
after(close);

/** Somebody with an account, signed in, in a browser of their own. */
async function somebody(name, role, grants, options = {}) {
  const words = ["account", "invite", "--name", `示范${name}`, "--role", role, "--json"];
  const made = program(...words, ...grants.flatMap((grant) => ["--grant", grant]));
  const context = await browser({ ...PHONE, ...options });
  const page = await context.newPage();
  await page.goto(origin + new URL(JSON.parse(made).link).pathname);
  await page.fill("#name", name);
  await page.fill("#new", PASSWORD);
  await page.fill("#again", PASSWORD);
  await Promise.all([page.waitForNavigation(), page.click("main button[type=submit]")]);
  return { context, page };
}

async function fits(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${name}: ${over} pixels too wide`);
  await keep(page, name);
}

const submit = (page, selector) => Promise.all([page.waitForNavigation(), page.click(selector)]);

let holder;

test("the holder shows a code whose clock runs, and sees the look of a stranger at once", async () => {
  holder = await somebody("jingban", "agent", [`${PARENT}; see ask share`]);
  const { page } = holder;
  const said = [];
  page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(`${origin}/codes`);
  await fits(page, "codes-empty-320");
  await submit(page, 'a[href="/codes/new?kind=dynamic"]');
  await fits(page, "code-new-320");
  await submit(page, "main form.stack button[type=submit]");
  await fits(page, "code-shown-320");
  const clock = await page.innerText("[data-clock]");
  await page.waitForFunction((before) => document.querySelector("[data-clock]").textContent !== before, clock);
  const typed = await page.innerText("#code-typed");

  const stranger = await watched(await browser(PHONE));
  await stranger.page.goto(`${origin}/c/${typed}`);
  assert.ok(!(await stranger.page.innerText("main")).includes("示范"), "the door tells no name");
  await fits(stranger.page, "door-320");
  await submit(stranger.page, "main button[type=submit]");
  assert.match(stranger.page.url(), /\/looks\//);
  assert.ok((await stranger.page.innerText("h1")).includes(PARENT));
  await fits(stranger.page, "look-320");
  await stranger.page.setViewportSize({ width: 1280, height: 800 });
  await fits(stranger.page, "look-1280");
  assert.deepEqual(stranger.said, []);

  await page.waitForSelector("#looks tbody tr");
  assert.match(await page.innerText("#said"), /最近一次查看/);
  await page.waitForFunction((used) => document.querySelector("#code-typed").textContent !== used, typed);
  await fits(page, "code-looked-320");
  await page.setViewportSize({ width: 1280, height: 900 });
  await fits(page, "code-looked-1280");
  await stranger.page.goto(`${origin}/c/${typed}`);
  assert.ok((await stranger.page.innerText("main")).includes("已用完"));
  await fits(stranger.page, "used-up-1280");

  const fresh = await page.innerText("#code-typed");
  await submit(page, "button.danger");
  assert.ok((await page.innerText("main")).includes("已撤回"));
  await stranger.page.goto(`${origin}/c/${fresh}`);
  assert.ok((await stranger.page.innerText("main")).includes("已撤回"));
  assert.deepEqual(said, []);
});

test("a grant waits for the holder, who agrees on the same page", async () => {
  const { page } = holder;
  await page.setViewportSize(PHONE.viewport);
  await page.goto(`${origin}/codes/new?kind=grant`);
  await page.fill("#uses", "2");
  await page.check("input[name=consent]");
  await page.check("input[name=download]");
  await fits(page, "grant-new-320");
  await submit(page, "main form.stack button[type=submit]");
  await fits(page, "grant-made-320");
  const link = await page.innerText("#link");
  await submit(page, "main a.button");
  const bank = await somebody("yinhang", "verifier", []);
  await bank.page.goto(link);
  await fits(bank.page, "ask-320");
  await bank.page.fill("#purpose", "贷前调查");
  await submit(bank.page, "main button[type=submit]");
  await fits(bank.page, "waiting-320");
  await page.waitForSelector("#looks .asks");
  assert.match(await page.innerText("#said"), /请求查看/);
  await fits(page, "asked-320");
  await submit(page, "#looks form[action$=agree] button");
  await bank.page.waitForSelector(`form[action="${new URL(link).pathname}"] button`); // it looks again by itself
  await submit(bank.page, "main button[type=submit]");
  assert.ok((await bank.page.innerText("main")).includes("贷前调查"));
  const [download] = await Promise.all([bank.page.waitForEvent("download"), bank.page.click("form[action$=report] button")]);
  assert.match(download.suggestedFilename(), /\.pdf$/);
  await page.waitForSelector("#looks tbody tr");
  assert.ok((await page.innerText("#looks tbody")).includes("@yinhang"));
  await page.goto(`${origin}/codes`);
  await fits(page, "codes-320");
});

test("without scripts the holder's page renews itself", async () => {
  const { page } = await somebody("wujiaoben", "agent", [`${PARENT}; share`], { javaScriptEnabled: false });
  await page.goto(`${origin}/codes/new?kind=dynamic`);
  await submit(page, "main form.stack button[type=submit]");
  const first = await page.innerText("#code-typed");
  assert.equal(await page.locator('meta[http-equiv="refresh"]').getAttribute("content"), "60");
  await page.reload();
  assert.notEqual(await page.innerText("#code-typed"), first);
});
