// Notices, watched reports and webhooks, on a narrow screen and a wide one, without scripts.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { browser, close, demo, keep, made, program, serve } from "./house.mjs";

const PASSWORD = "chuntian qutian zhongshu";
let origin, facts;

before(async () => {
  origin = await serve();
  facts = JSON.parse(program("verify", join(demo, "1-clean.pdf"), "--json")).facts;
});
after(close);

/** Somebody of a role, signed in on a page of their own. */
async function member(name, ...role) {
  const link = new URL(JSON.parse(program("account", "invite", "--name", `示范${name}`, ...role, "--json")).link);
  const context = await browser({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  const page = await context.newPage();
  await page.goto(origin + link.pathname);
  await page.fill("#name", name);
  await page.fill("#new", PASSWORD);
  await page.fill("#again", PASSWORD);
  await press(page, "main button[type=submit]");
  return page;
}

async function press(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

/** Pictures at both widths; nothing sticks out, every input has a name, and there is one heading. */
async function looks(page, name) {
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${name}: ${over} pixels too wide at ${width}`);
    await keep(page, `${name}-${width}`);
  }
  const nameless = await page.$$eval("main input:not([type=hidden])", (all) => all.filter((one) => !one.labels.length).length);
  assert.equal(nameless, 0, `${name}: an input without a label`);
  assert.equal(await page.locator("h1").count(), 1, name);
  await page.setViewportSize({ width: 320, height: 640 });
}

test("an agent is told, reads, and chooses what is mailed", async () => {
  const page = await member("jingban", "--role", "agent", "--grant", `${facts.subject.code}; see ask`);
  await page.goto(`${origin}/notices`);
  assert.ok((await page.innerText("main")).includes("没有通知"));
  await looks(page, "notices-none");
  await page.goto(`${origin}/v/${made("1-clean.qr.txt").split("/v/")[1].split("#")[0]}`);
  program("revoke", facts.number, "--reason", "出具有误", "--emergency");
  for (let tries = 0; tries < 100; tries++) {
    await page.goto(`${origin}/notices`);
    if ((await page.locator(".told li").count()) > 1) break;
    await new Promise((later) => setTimeout(later, 300));
  }
  const text = await page.innerText("main");
  assert.ok(text.includes("报告状态有变化") && text.includes("已撤销") && text.includes("报告被核验"), text);
  assert.ok((await page.innerText("nav.menu")).includes("（2 条未读）"));
  await looks(page, "notices");
  await press(page, '.told button[name="notice"]');
  assert.ok((await page.innerText("nav.menu")).includes("（1 条未读）"));
  await press(page, 'button[value="all"]');
  assert.ok(!(await page.innerText("nav.menu")).includes("未读"));

  await page.goto(`${origin}/notices/settings`);
  await page.fill("#address", "wang@example.cn");
  await press(page, "main form button[type=submit]");
  assert.ok((await page.innerText("main")).includes("确认链接已发往该邮箱"));
  await looks(page, "notice-settings");
  await page.goto(`${origin}/notices/confirm/none`);
  await looks(page, "notice-confirm");
});

test("a verifier watches a report and registers a webhook", async () => {
  const page = await member("heyan", "--role", "verifier");
  await page.goto(`${origin}/watches`);
  await page.fill("#code", "ABCD");
  await press(page, "main button[type=submit]");
  assert.equal(await page.getAttribute("#code", "aria-describedby"), "error");
  await page.fill("#code", made("1-clean.qr.txt"));
  await press(page, "main button[type=submit]");
  assert.ok((await page.innerText("main")).includes(facts.number));
  await looks(page, "watches");

  await page.goto(`${origin}/webhooks`);
  await page.fill("#url", "https://127.0.0.1/hook");
  await page.check('[name="status"]');
  await press(page, "main form button[type=submit]");
  assert.ok((await page.innerText("#error")).includes("不在公共互联网上"));
  await looks(page, "webhooks-error");
  await page.fill("#url", "https://hook.invalid/mingzheng/events");
  await press(page, "main form button[type=submit]");
  assert.ok((await page.innerText("#secret")).startsWith("whsec_"));
  await looks(page, "webhook-secret");
  await press(page, "main a.button");
  await press(page, 'form[action$="/test"] button');
  for (let tries = 0; tries < 100; tries++) {
    await page.reload();
    if ((await page.innerText("main")).includes("未送达，将重试")) break;
    await new Promise((later) => setTimeout(later, 300));
  }
  assert.ok((await page.innerText("main")).includes("域名不存在"));
  await looks(page, "webhook");
  await press(page, 'main a[href$="/remove"]');
  await looks(page, "webhook-remove");
  await press(page, "main button.danger");
  assert.ok((await page.innerText("main")).includes("尚未登记地址"));
  await looks(page, "webhooks-none");
});
