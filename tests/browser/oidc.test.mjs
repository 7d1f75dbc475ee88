// Signing in by another service: a provider of OpenID Connect that others wrote, with its faults.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { browser, close, folder, freePort, keep, service } from "./house.mjs";
import { CLIENT, SECRET, start } from "./provider.mjs";
import { PASSWORD, code } from "./people.mjs";

let origin, line, city, strong, forged, page, context;

before(async () => {
  const [port, nobody] = [await freePort(), await freePort()];
  origin = `http://127.0.0.1:${port}`;
  city = await start(`${origin}/sign-in/from/city`);
  strong = await start(`${origin}/sign-in/from/strong`, { amr: ["pwd", "otp"] });
  forged = await start(`${origin}/sign-in/from/forged`);
  writeFileSync(join(folder, "secret"), `${SECRET}\n`);
  const provider = (name, zh, issuer, more = "") => `
    [[identity.provider]]
    name = "${name}"
    zh = "${zh}"
    en = "The ${name} service"
    issuer = "${issuer}"
    client_id = "${CLIENT}"
    client_secret_file = "${join(folder, "secret")}"
    ${more}`;
  line = await service(
    `[server]
    listen = "127.0.0.1:${port}"
    origin = "${origin}"
    ${provider("city", "示范市统一身份认证", city.issuer)}
    ${provider("strong", "示范省政务认证", strong.issuer, 'holder = "employee"\nsecond_factor = ["otp", "hwk"]')}
    ${provider("forged", "被冒充的服务", forged.issuer)}
    ${provider("down", "停机的服务", `http://127.0.0.1:${nobody}`)}`,
    origin,
  );
});
after(async () => {
  await close();
  await Promise.all([city.stop(), strong.stop(), forged.stop()]);
});

/** A browser that knows nobody. */
async function fresh() {
  context = await browser({ viewport: { width: 320, height: 700 } });
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
}

const link = (role) => new URL(JSON.parse(line("account", "invite", "--name", "示范", "--role", role, "--json")).link).pathname;

/** Says at the provider who one is, and that we may know it. */
async function confirm(name) {
  await page.fill("input[name=login]", name);
  await page.fill("input[name=password]", "whatever");
  await page.click("button[type=submit]");
  await page.click("button[type=submit]");
  await page.waitForURL(`${origin}/**`);
}

const main = () => page.innerText("main");

test("somebody whom a provider knows gets no account by that, and a clear page", async () => {
  await fresh();
  await page.goto(`${origin}/sign-in?next=%2Faccount%2Ffactor`);
  await keep(page, "sign-in-providers-320");
  await page.click('main a[href^="/sign-in/with/city"]');
  await confirm("stranger");
  assert.match(await main(), /还没有关联本站账户/);
  assert.ok(await page.isVisible("#password"), "one may still sign in with a password");
  await keep(page, "provider-no-account-320");
  const cookies = await context.cookies(origin);
  assert.deepEqual(cookies.filter(({ name }) => ["mz_session", "mz_way"].includes(name)), []);
});

test("an invitation is taken by a provider, and leads back to the page that was wanted", async () => {
  await fresh();
  await page.goto(origin + link("verifier"));
  await page.fill("#name", "no");
  await page.click('main button[formaction$="/with/city"]');
  assert.match(await main(), /用户名应为/, "a name is wanted first");
  await page.fill("#name", "wang");
  await keep(page, "invitation-providers-320");
  await page.click('main button[formaction$="/with/city"]');
  await keep(page, "way-320");
  await page.click("main a.button");
  await confirm("wang");
  assert.equal(new URL(page.url()).pathname, "/account");
  assert.match(await main(), /wang[^]*核验单位/);
  await page.click("header button[type=submit]");
  for (const [next, to] of [["/account/factor", "/account/factor"], ["//evil.example", "/account"], ["https://evil.example", "/account"], ["/\\evil.example", "/account"]]) {
    await page.goto(`${origin}/sign-in/with/city?next=${encodeURIComponent(next)}`);
    await page.waitForURL(`${origin}/**`); // the provider remembers who we are
    assert.equal(page.url(), origin + to, next);
    await page.click("header button[type=submit]");
  }
});

test("an account that is there is linked by whoever is signed in, and unlinked", async () => {
  await fresh();
  await page.goto(origin + link("verifier"));
  for (const [field, value] of [["name", "lisi"], ["new", PASSWORD], ["again", PASSWORD]]) await page.fill(`#${field}`, value);
  await page.click("main form > button[type=submit]");
  await page.goto(`${origin}/account`);
  await keep(page, "account-links-320");
  await page.click('form[action="/account/links/city"] button');
  await page.click("main a.button");
  await confirm("li-elsewhere");
  assert.match(await main(), /已关联，今后可用该服务登录/);
  await page.click("header button[type=submit]");
  await page.goto(`${origin}/sign-in/with/city`);
  await page.waitForURL(`${origin}/**`);
  assert.match(await main(), /用户名[^]*lisi/);
  await page.click('form[action="/account/links/city/end"] button');
  assert.match(await main(), /已解除关联/);
  await page.click("header button[type=submit]");
  await page.goto(`${origin}/sign-in/with/city`);
  await page.waitForURL(`${origin}/**`);
  assert.match(await main(), /还没有关联本站账户/);
});

test("an operator gives a second factor here, unless the provider asked for one", async () => {
  await fresh();
  const join = async (name, provider) => {
    await page.goto(origin + link("auditor"));
    await page.fill("#name", name);
    await page.click(`main button[formaction$="/with/${provider}"]`);
    await page.click("main a.button");
    await confirm(name);
  };
  await join("shen", "city");
  assert.equal(new URL(page.url()).pathname, "/sign-in/enrol");
  const key = await page.innerText("#secret");
  await page.fill("#code", code(key));
  await page.click("main button[type=submit]");
  await page.click("main a.button");
  await page.click("header button[type=submit]");
  await page.goto(`${origin}/sign-in/with/city`);
  await page.waitForURL(`${origin}/sign-in/factor**`);
  await page.goto(`${origin}/account`);
  assert.equal(new URL(page.url()).pathname, "/sign-in", "half signed in is not signed in");

  await fresh();
  await join("shen2", "strong");
  assert.equal(new URL(page.url()).pathname, "/account");
});

test("an answer counts once, in the browser that asked, and with its state", async () => {
  await fresh();
  await page.goto(`${origin}/sign-in/with/city`);
  await confirm("stranger2");
  const used = city.answers.at(-1);
  await page.goto(used);
  assert.match(await main(), /登录过程已失效/, "the cookie is gone with its answer");

  // Somebody stops on the way back, and hands the answer to another browser.
  city.faults.hold = true;
  await page.goto(`${origin}/sign-in/with/city`);
  city.faults.hold = false;
  const held = city.answers.at(-1);
  assert.notEqual(held, used);
  const own = await context.cookies(origin);
  await fresh();
  await page.goto(held);
  assert.match(await main(), /登录过程已失效/, "another browser");
  await context.addCookies(own);
  const changed = new URL(held);
  changed.searchParams.set("state", "0".repeat(64));
  await page.goto(changed.href);
  assert.match(await main(), /登录过程已失效/, "another state");
  await context.addCookies(own);
  await page.goto(held);
  assert.match(await main(), /还没有关联本站账户/, "the browser that asked");
  // With the cookie of then, the provider is asked for the same code again, and refuses.
  await context.addCookies(own);
  await page.goto(held);
  assert.match(await main(), /对方没有确认您的身份/);
  await context.addCookies(own);
  await page.goto(`${origin}/sign-in/from/city?error=access_denied&state=${new URL(held).searchParams.get("state")}`);
  assert.match(await main(), /对方没有确认您的身份/);
});

test("a link that somebody began is not made to the account of whoever is signed in by then", async () => {
  await fresh();
  const join = async (name) => {
    await page.goto(origin + link("verifier"));
    for (const [field, value] of [["name", name], ["new", PASSWORD], ["again", PASSWORD]]) await page.fill(`#${field}`, value);
    await page.click("main form > button[type=submit]");
  };
  await join("began");
  await page.goto(`${origin}/account`);
  await page.click('form[action="/account/links/city"] button');
  city.faults.hold = true;
  await page.click("main a.button");
  await page.fill("input[name=login]", "of-began");
  await page.fill("input[name=password]", "whatever");
  await page.click("button[type=submit]");
  await page.click("button[type=submit]");
  await page.waitForSelector("text=held back");
  city.faults.hold = false;
  const held = city.answers.at(-1);
  const way = (await context.cookies(origin)).filter(({ name }) => name === "mz_way");
  assert.equal(way.length, 1);
  await page.goto(`${origin}/account`);
  await page.click("header button[type=submit]");
  assert.deepEqual((await context.cookies(origin)).filter(({ name }) => name === "mz_way"), [], "signing out ends the way");
  await join("other");
  await page.goto(held);
  assert.match(await main(), /登录过程已失效/);
  await context.addCookies(way);
  await page.goto(held);
  assert.match(await main(), /登录过程已失效/, "another account than the one that began");
  await page.goto(`${origin}/account`);
  assert.match(await main(), /other/);
  assert.ok(await page.isVisible('form[action="/account/links/city"] button'), "nothing is linked");
});

test("a token for another question, or by another key, opens nothing", async () => {
  for (const [name, provider, fault] of [["city", city, "nonce"], ["forged", forged, "key"]]) {
    await fresh();
    provider.faults[fault] = true;
    await page.goto(`${origin}/sign-in/with/${name}`);
    await confirm("wang");
    provider.faults[fault] = false;
    assert.match(await main(), /未通过验证/, fault);
    assert.deepEqual((await context.cookies(origin)).filter(({ name }) => name === "mz_session"), []);
  }
});

test("a provider that is down stops nobody who has a password", async () => {
  await fresh();
  await page.goto(`${origin}/sign-in`);
  await page.click('main a[href^="/sign-in/with/down"]');
  assert.match(await main(), /暂时没有回应/);
  await keep(page, "provider-down-320");
  await page.fill("#name", "lisi");
  await page.fill("#password", PASSWORD);
  await page.click("main form > button[type=submit]");
  assert.equal(new URL(page.url()).pathname, "/account");
});
