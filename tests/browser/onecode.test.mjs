// A one-code from the holder's telephone to the scanner's, with two browsers: a code that renews itself, a look that is counted and
// seen at once, and a window that closes.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { browser, close, demo, folder, here, keep, made, program, raster, serve, watched } from "./house.mjs";

const { default: encodeQR } = await import(here("../.tools/browser/node_modules/qr/index.js"));

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
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
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
  const looked = Date.now();
  await page.waitForSelector("#looks tbody tr", { state: "attached" });
  const late = Date.now() - looked;
  assert.ok(late < 2000, `the holder saw it after ${late} ms`);
  assert.ok(asked.some((path) => path.endsWith("/events")) && !asked.some((path) => path.endsWith("/looks")), "it came by itself");
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

test("where events do not come through, the page asks again and again", async () => {
  const { context, page } = holder;
  await context.route("**/events", (route) => route.fulfill({ status: 503, contentType: "text/plain", body: "no events here" }));
  await page.goto(`${origin}/codes/new?kind=grant`);
  await submit(page, "main form.stack button[type=submit]");
  const link = await page.innerText("#link");
  await page.reload();
  assert.equal(await page.innerText("#link"), link, "to load the page anew makes no other grant");
  const asks = page.waitForRequest((request) => request.url().endsWith("/looks"));
  await submit(page, "main a.button");
  await asks;
  const stranger = await browser(PHONE);
  const door = await stranger.newPage();
  await door.goto(link);
  await submit(door, "main button[type=submit]");
  await page.waitForFunction(() => document.querySelector("main").innerText.includes("已用完"));
  await context.unroute("**/events");
});

test("a page whose session ended leads to where one signs in", async () => {
  const { context, page } = await somebody("guoqi", "agent", [`${PARENT}; share`]);
  await page.goto(`${origin}/codes/new?kind=grant`);
  await submit(page, "main form.stack button[type=submit]");
  await submit(page, "main a.button");
  await page.waitForSelector("#looks .empty");
  const other = await context.newPage();
  await other.goto(`${origin}/account`);
  await submit(other, 'form[action="/sign-out"] button');
  await page.waitForURL(/\/sign-in\?next=/);
});

test("the subject reads who looked, newest first", async () => {
  const { page } = await somebody("jigou", "agent", [`${PARENT}; see ask share`]);
  await page.goto(`${origin}/my`);
  assert.ok((await page.innerText("main")).includes("@yinhang"));
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`${origin}/my`);
    await fits(page, `my-home-${width}`);
    await page.click('nav.my a[href="/my/looks"]');
    assert.ok((await page.innerText("tbody")).includes("未登录"));
    await fits(page, `my-looks-${width}`);
  }
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

/** A film of one picture, as a camera would see it: the QR of a text in the middle of a grey room (YUV4MPEG2). */
function film(name, text) {
  const [width, height, grey] = [640, 480, 150];
  const rows = encodeQR(text, "raw", { border: 4 });
  const size = Math.floor(400 / rows.length);
  const [left, top] = [(width - size * rows.length) >> 1, (height - size * rows.length) >> 1];
  const light = Buffer.alloc(width * height, grey);
  rows.forEach((row, y) => row.forEach((dark, x) => {
    for (let dy = 0; dy < size; dy++) light.fill(dark ? 30 : 230, (top + y * size + dy) * width + left + x * size, (top + y * size + dy) * width + left + (x + 1) * size);
  }));
  const frame = Buffer.concat([Buffer.from("FRAME\n"), light, Buffer.alloc(width * height / 2, 128)]);
  const path = join(folder, `${name}.y4m`);
  writeFileSync(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), frame, frame]));
  return path;
}

/** A browser whose camera sees the QR of a text. */
async function camera(name, text) {
  const flags = ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film(name, text)}`];
  return watched(await browser({ flags, viewport: { width: 390, height: 800 } }));
}

/** The link of a fresh grant for one look. */
async function link() {
  const { page } = holder;
  await page.goto(`${origin}/codes/new?kind=grant`);
  await submit(page, "main form.stack button[type=submit]");
  return page.innerText("#link");
}

test("a camera reads a one-code on the page, and looks behind the door", async () => {
  const { page, said } = await camera("one-code", await link());
  await page.goto(`${origin}/`);
  await keep(page, "box-390");
  await Promise.all([page.waitForURL(/\/c\/\w{27}$/), page.click("#look")]);
  await submit(page, "main button[type=submit]");
  assert.ok((await page.innerText("h1")).includes(PARENT));
  assert.deepEqual(said, []);
});

test("a camera reads the QR of a report, and the claim in it is checked", async () => {
  const { page, said } = await camera("report", made("1-clean.qr.txt"));
  await page.goto(`${origin}/v`);
  await page.click("#look");
  await page.waitForSelector("#claim .verdict.valid");
  assert.deepEqual(said, []);
});

test("a QR that leads elsewhere is shown and not opened", async () => {
  const address = "https://mingzhen-cx.example/v/ABCD";
  const { page, asked } = await camera("elsewhere", address);
  await page.goto(`${origin}/`);
  await page.click("#look");
  await page.waitForSelector("#told.error");
  assert.match(await page.innerText("#told"), /当心.*look-alike/s);
  assert.equal(await page.inputValue("#code"), address);
  await keep(page, "elsewhere-390");
  assert.ok(asked.every((url) => url.startsWith(origin)), String(asked));
});

test("a picture is read and a file is fingerprinted without leaving the machine", async () => {
  const { page, said } = await watched(await browser({ viewport: { width: 1280, height: 900 } }));
  const sent = [];
  page.on("request", (request) => sent.push([request.method(), request.postData()]));
  await page.goto(`${origin}/`);
  await keep(page, "box-1280");
  await page.setInputFiles("#photo", { name: "page.png", mimeType: "image/png", buffer: raster("1-clean.pdf") });
  await page.waitForSelector("#claim .verdict.valid");
  await page.goto(`${origin}/`);
  await page.click("#print");
  assert.match(await page.innerText("#told"), /请先选择文件/);
  await page.setInputFiles("#file", join(demo, "1-clean.pdf"));
  await page.click("#print");
  await page.waitForSelector("#online.valid");
  assert.ok((await page.innerText("#online")).includes("指纹相符"));
  await keep(page, "fingerprint-1280");
  await page.goto(`${origin}/`);
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["no report"], "x.pdf", { type: "application/pdf" }));
    return data;
  });
  await page.dispatchEvent("#bring", "drop", { dataTransfer: dropped });
  assert.match(await page.innerText("#told"), /x\.pdf/);
  await page.click("#print");
  await page.waitForSelector("#online.unknown");
  assert.ok((await page.innerText("main")).includes("“不能判断”不等于“假”"));
  await keep(page, "cannot-tell-1280");
  assert.ok(sent.every(([method, body]) => method === "GET" && body === null), JSON.stringify(sent));
  assert.deepEqual(said, []);
});

test("a snapshot is read by the page without a network, and says that it is not live", async () => {
  const { page } = holder;
  await link();
  await submit(page, "main a.button");
  await submit(page, 'form[action$="/snapshot"] button');
  await fits(page, "snapshot-320");
  const text = await page.textContent("#snapshot");
  const { page: other, said } = await watched(await browser(PHONE));
  await other.goto(text);
  await other.waitForSelector("#result .verdict.warn");
  const told = await other.innerText("#result");
  assert.ok(told.includes("不是实时") && told.includes(PARENT) && told.includes("示范甲智能科技股份有限公司"), told);
  await fits(other, "snapshot-read-320");
  assert.deepEqual(said, []);
});

test("a verifier brings a batch and reads the sheet", async () => {
  const { page } = await somebody("piliang", "verifier", []);
  await page.goto(`${origin}/verifications`);
  await fits(page, "batches-320");
  const list = `${/\/v\/(\w+)/.exec(made("1-clean.qr.txt"))[1]}\nABCD\n`;
  await page.setInputFiles("#file", { name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(list) });
  await submit(page, "main button[type=submit]");
  await page.waitForSelector("tbody tr");
  await fits(page, "batch-320");
  await page.setViewportSize({ width: 1280, height: 800 });
  await fits(page, "batch-1280");
});
