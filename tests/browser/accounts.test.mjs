// Signing in with a second factor, on a narrow screen and by the keyboard alone, without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browser, close, code, keep, program, serve } from "./house.mjs";

const PASSWORD = "chuntian qutian zhongshu";
let origin;

before(async () => {
  origin = await serve();
});
after(close);

/** Goes by the tabulator to the element that a selector names, as somebody without a mouse does. */
async function reach(page, selector) {
  for (let steps = 0; steps < 60; steps++) {
    if (await page.evaluate((it) => document.activeElement?.matches(it), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${selector} cannot be reached by the keyboard`);
}

async function fill(page, selector, text) {
  await reach(page, selector);
  await page.keyboard.type(text);
}

async function press(page, selector) {
  await reach(page, selector);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

async function fits(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${name}: ${over} pixels too wide`);
  await keep(page, name);
}

test("somebody with a link makes an account and signs in, at 320 pixels and by the keyboard", async () => {
  const made = program("account", "invite", "--name", "示范安全", "--role", "security", "--json");
  const link = new URL(JSON.parse(made).link);
  const context = await browser({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  const page = await context.newPage();
  await page.goto(origin + link.pathname);
  await fits(page, "invitation-320");
  await fill(page, "#name", "anquan");
  await fill(page, "#new", PASSWORD);
  await fill(page, "#again", PASSWORD);
  await press(page, "main button[type=submit]");
  assert.ok(page.url().includes("/sign-in/enrol"), page.url());
  await fits(page, "enrol-320");
  const key = await page.innerText("#secret");
  await fill(page, "#code", code(key));
  await press(page, "main button[type=submit]");
  assert.equal(await page.locator(".codes li").count(), 10);
  await fits(page, "recovery-320");
  await press(page, "main a.button");
  await fits(page, "account-320");
  await press(page, "header button[type=submit]");
  assert.ok((await page.innerText("main")).includes("您已退出"));

  await press(page, 'header a[lang="en"]');
  await press(page, 'header a[href*="text=large"]');
  await press(page, 'header a[href*="contrast=high"]');
  assert.ok((await page.innerText("main")).includes("Password"));
  await fits(page, "sign-in-large-contrast-320");
  await fill(page, "#name", "anquan");
  await fill(page, "#password", PASSWORD);
  await press(page, "main button[type=submit]");
  await fits(page, "factor-320");
  // A code works once: the next one is that of half a minute later, which is taken already.
  await fill(page, "#code", code(key, Date.now() + 30_000));
  await press(page, "main button[type=submit]");
  await press(page, 'nav a[href="/accounts"]');
  assert.ok((await page.innerText("main")).includes("anquan"));
  await fits(page, "accounts-320");
  await press(page, 'main a[href="/accounts/invite"]');
  await fits(page, "invite-320");
  await page.setViewportSize({ width: 1280, height: 800 });
  await press(page, 'header a[href*="text=normal"]');
  await fits(page, "invite-1280");
});
