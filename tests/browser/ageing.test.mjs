// What there is for people who see, hear or handle things otherwise: reading aloud, the large pointer, the simplified version, and how far
// lines and paragraphs stand from each other. Nothing here speaks: the browser's voice is put in place of by one that notes what it is told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browser, close, keep, made, serve, watched } from "./house.mjs";
import { enter } from "./people.mjs";

let origin, context;

before(async () => {
  origin = await serve();
  context = await browser();
});
after(close);

/** A voice that notes what it says, block by block; it speaks as long as `globalThis.slow`, and stops when it is told to. */
function notes(voices) {
  const said = (globalThis.said = []);
  globalThis.SpeechSynthesisUtterance = class {
    constructor(text) {
      this.text = text;
    }
  };
  let speaking = null;
  const speech = {
    getVoices: () => voices,
    addEventListener: (_, then) => then(),
    speak(utterance) {
      speaking = utterance;
      const block = document.querySelector(".reading");
      const style = getComputedStyle(block);
      const marked = style.outlineStyle === "dashed" && style.textDecorationLine.includes("underline");
      said.push({ text: utterance.text, lang: utterance.lang, voice: utterance.voice?.name, block: block.tagName, marked });
      setTimeout(() => speaking === utterance && utterance.onend(), globalThis.slow ?? 0);
    },
    cancel() {
      const ended = speaking;
      speaking = null;
      ended?.onerror({ error: "interrupted" });
    },
  };
  Object.defineProperty(globalThis, "speechSynthesis", { value: speech });
}

const LOCAL = [
  { name: "far", lang: "zh-CN", localService: false },
  { name: "near", lang: "zh_CN", localService: true },
  { name: "english", lang: "en-US", localService: true },
];

/** A page that speaks with these voices. */
async function speaking(voices) {
  const it = await watched(context);
  await it.page.addInitScript(notes, voices);
  return it;
}

const choose = (page, value) => page.context().addCookies(value.map(([name, value]) => ({ name, value, url: origin })));
const said = (page) => page.evaluate(() => globalThis.said);
const silent = (page) => page.waitForFunction(() => globalThis.said.length > 0 && !document.getElementById("aloud").dataset.reading);

test("a page is read aloud block by block, in its language, with the voice of the device", async () => {
  await context.clearCookies();
  const { page, said: complaints } = await speaking(LOCAL);
  await page.goto(made("1-clean.qr.txt").split("#")[0]);
  await page.click("#aloud");
  await silent(page);
  const zh = await said(page);
  assert.ok(zh[0].text.includes("已签发，目前有效"), zh[0].text);
  assert.deepEqual([...new Set(zh.map((one) => `${one.lang} ${one.voice} ${one.marked}`))], ["zh-CN near true"]);
  const spoken = zh.map((one) => one.text).join("\n");
  assert.ok(spoken.includes("请与纸面核对") && spoken.includes("91310115MATE5T0255") && spoken.includes("未归集到违法记录"));
  assert.ok(!spoken.includes("Compare with the paper"), "what stands beside in English is not said twice");
  assert.ok(zh.some((one) => one.block === "TR" && /市场监管\s*，/.test(one.text)), "a row of a table is one block");
  assert.ok(zh.every((one) => one.text.length <= 160));
  assert.equal(await page.locator(".reading").count(), 0);

  await choose(page, [["mz_lang", "en"]]);
  await page.goto(`${origin}/accessibility`);
  assert.equal(await page.innerText("#aloud"), "Read aloud");
  await page.click("#aloud");
  await silent(page);
  const en = await said(page);
  assert.equal(en[0].text.trim(), "Accessibility");
  assert.deepEqual([...new Set(en.map((one) => `${one.lang} ${one.voice}`))], ["en english"]);
  assert.deepEqual(complaints, []);
});

test("reading is started by the keyboard, and stopped by it", async () => {
  await context.clearCookies();
  const { page } = await speaking(LOCAL);
  await page.goto(`${origin}/accessibility`);
  await page.evaluate(() => (globalThis.slow = 60_000));
  await page.focus("#aloud");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => globalThis.said.length === 1);
  assert.equal(await page.innerText("#aloud"), "停止朗读");
  assert.equal(await page.locator("h1.reading").count(), 1);
  await page.keyboard.press("Escape");
  assert.deepEqual([await page.innerText("#aloud"), await page.locator(".reading").count()], ["朗读", 0]);
  await page.keyboard.press("Space");
  await page.waitForFunction(() => globalThis.said.length === 2);
  await page.keyboard.press("Space");
  assert.equal(await page.innerText("#aloud"), "朗读");
  assert.equal((await said(page)).length, 2);
  assert.equal(await page.innerText("#aloud-told"), "");
});

test("what is typed, hidden or folded is not read, and nothing is sent to a voice elsewhere", async () => {
  await context.clearCookies();
  const { page } = await speaking(LOCAL);
  await choose(page, [["mz_look", "simple"]]);
  await page.goto(`${origin}/`);
  await page.fill("#code", "SECRET-CODE");
  await page.click("#aloud");
  await silent(page);
  const spoken = (await said(page)).map((one) => one.text).join("\n");
  assert.ok(spoken.includes("核验码在哪里，怎样核验"), spoken);
  assert.ok(!spoken.includes("SECRET") && !spoken.includes("逐项核对页面内容"), spoken);

  const elsewhere = await speaking([LOCAL[0]]);
  await elsewhere.page.goto(`${origin}/accessibility`);
  await elsewhere.page.click("#aloud");
  await elsewhere.page.waitForFunction(() => document.getElementById("aloud-told").textContent !== "");
  assert.equal(await elsewhere.page.innerText("#aloud-told"), "这台设备没有能朗读本页的语音。");
  assert.deepEqual(await said(elsewhere.page), []);
});

test("where the browser cannot speak there is no button", async () => {
  const { page, said: complaints } = await watched(context);
  await page.addInitScript(() => delete Window.prototype.speechSynthesis && delete globalThis.speechSynthesis);
  await page.goto(`${origin}/accessibility`);
  assert.equal(await page.isVisible("#aloud"), false);
  assert.deepEqual(complaints, []);
  const plain = await browser({ javaScriptEnabled: false });
  const bare = await plain.newPage();
  await bare.goto(`${origin}/accessibility`);
  assert.equal(await bare.isVisible("#aloud"), false);
});

test("with large text the pointer is large, and comes from here", async () => {
  await context.clearCookies();
  const { page, said: complaints } = await watched(context);
  const cursor = (what) => page.$eval(what, (element) => getComputedStyle(element).cursor);
  await page.goto(`${origin}/`);
  assert.equal(await cursor("main"), "auto");
  await choose(page, [["mz_look", "large"]]);
  await page.goto(`${origin}/`);
  for (const [what, name, keyword] of [["main", "arrow", "default"], ["header a", "hand", "pointer"], ["main form button", "hand", "pointer"], ["#code", "beam", "text"]]) {
    const wanted = new RegExp(`^url\\("${origin}/assets/${name}\\.svg"\\) \\d+ \\d+, ${keyword}$`);
    assert.match(await cursor(what), wanted);
    const size = await page.evaluate(async (src) => {
      const picture = new Image();
      picture.src = src;
      await picture.decode();
      return picture.naturalWidth;
    }, `${origin}/assets/${name}.svg`);
    assert.ok(size >= 44, `${size} pixels`);
  }
  assert.deepEqual(complaints, []);
});

/** What of a page is smaller than a finger, except for links within a text. */
const small = () => {
  const able = "a[href], button, input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea, summary, .choice";
  const inText = (it) => it.matches("a") && getComputedStyle(it).display === "inline" && it.parentElement.textContent.trim() !== it.textContent.trim();
  const all = [...document.querySelectorAll(able)].filter((it) => it.checkVisibility() && !it.closest(".skip") && !inText(it));
  return all.map((it) => [it.getBoundingClientRect(), it.outerHTML.slice(0, 100)]).filter(([box]) => box.height < 44 || box.width < 24).map(([box, html]) => `${box.width} × ${box.height}: ${html}`);
};

test("the simplified version shows the main task, and the rest opens without scripts", async () => {
  const plain = await browser({ javaScriptEnabled: false });
  const page = await plain.newPage();
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(`${origin}/`);
  assert.ok(await page.isVisible("text=逐项核对页面内容与纸面是否一致"));
  await page.click("header >> text=简洁版");
  assert.equal(page.url(), `${origin}/`);
  assert.equal(await page.isVisible("text=逐项核对页面内容与纸面是否一致"), false);
  assert.equal(await page.isVisible("text=Verify a special credit report"), false);
  assert.deepEqual(await page.evaluate(small), []);
  await keep(page, "simple-home-390");
  await page.click("summary >> text=怎样核验");
  assert.ok(await page.isVisible("text=逐项核对页面内容与纸面是否一致"));
  // The task of the page is done to its end.
  await page.fill("#code", /\/v\/(\w+)/.exec(made("1-clean.qr.txt"))[1]);
  await page.click("form button");
  const text = await page.innerText("main");
  assert.ok(text.includes("已签发，目前有效") && text.includes("91310115MATE5T0255") && !text.includes("数据指纹 SHA-256"), text);
  await keep(page, "simple-code-390");
  await page.click("footer >> text=查看完整版");
  assert.ok((await page.innerText("main")).includes("数据指纹 SHA-256"));
});

test("in the simplified version an enterprise gets its report", async () => {
  const own = await browser();
  const page = await own.newPage();
  await enter(page, origin, "agent", "simple-agent");
  await choose(page, [["mz_look", "large%20simple"]]);
  await page.goto(`${origin}/my`);
  const menu = () => page.locator("nav.menu:not(.my)").first().locator("a:visible").allInnerTexts();
  assert.deepEqual((await menu()).map((place) => place.replace(/（.*/, "")), ["我的主体", "出示与授权", "通知"]);
  assert.equal(await page.isVisible("text=谁查看过"), false);
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} pixels too wide at ${width}`);
    assert.deepEqual(await page.evaluate(small), []);
    await keep(page, `simple-my-${width}`);
  }
  await page.click("nav.menu.my summary");
  assert.ok(await page.isVisible("nav.menu.my >> text=谁查看过"));
  await page.click("text=申请专用信用报告");
  await page.click(".presets a >> nth=0");
  assert.equal(await page.isVisible('input[name="domain"] >> nth=0'), false, "what a purpose needs is chosen");
  assert.deepEqual(await page.evaluate(small), []);
  assert.equal(await page.isVisible('input[name="edition"]'), false);
  await keep(page, "simple-request-1280");
  await page.click("main form[action='/my/preview'] button[type=submit]");
  await page.click("#issue");
  assert.ok((await page.innerText("main")).includes("核验码"), await page.innerText("main"));
  await keep(page, "simple-issued-1280");
});

/** Lines that stand too close for their letters, and paragraphs that stand too close for their lines. */
const close_by = (factor) => {
  const faults = [];
  const number = (text) => Number.parseFloat(text);
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!own || element.closest("svg, [aria-hidden=true], option") || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const line = style.lineHeight === "normal" ? 0 : number(style.lineHeight) / number(style.fontSize);
    if (line < 1.3 && !element.matches("input, select, textarea")) faults.push(`lines of ${line}: ${element.outerHTML.slice(0, 80)}`);
  }
  for (const second of document.querySelectorAll("main p + p")) {
    const first = second.previousElementSibling;
    if (!second.checkVisibility() || !first.checkVisibility() || first.textContent.trim() === "") continue;
    const [line, size] = [number(getComputedStyle(second).lineHeight), second.getBoundingClientRect().top - first.getBoundingClientRect().bottom];
    // From line to line within a paragraph, and from the last line of one to the first line of the next.
    if (line + size < factor * line) faults.push(`${size} between paragraphs of ${line}: ${second.outerHTML.slice(0, 80)}`);
  }
  return faults;
};

test("lines and paragraphs stand far enough from each other", async () => {
  const own = await browser();
  const page = await own.newPage();
  await enter(page, origin, "person", "spaced-person");
  const clean = new URL(made("1-clean.qr.txt")).pathname;
  for (const [look, factor] of [["", 1.3], ["large", 1.3], ["simple", 1.3]]) {
    await choose(page, [["mz_look", look]]);
    for (const path of ["/", clean, "/accessibility", "/my", "/codes", "/notices", "/account", "/ratings"]) {
      await page.goto(origin + path);
      assert.deepEqual(await page.evaluate(close_by, factor), [], `${path} ${look}`);
    }
  }
});
