// Every page of `pages.mjs`, as everybody who sees it, in both languages, plain and with large text and high contrast, some
// simplified: nothing must be scrolled sideways, narrow or wide, and no page is heavy. In each pair of a language, a look and a
// width, axe-core and HTML CodeSniffer (by pa11y) find nothing, and everything is reached by the keyboard and seen to be.
// At the end stands what each page weighs. Two parts look at one half of the pages each, at the same time.
//
//   PAGES=/accounts node --test tests/browser/accessibility-*.test.mjs     only the pages whose route contains these words
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { browser, close, here, keep, made, serve } from "./house.mjs";
import { enter, invited } from "./people.mjs";
import { NO_PAGES, PAGES, everyRole } from "./pages.mjs";
import { PREPARED, who } from "./prepared.mjs";

const tool = createRequire(here("../.tools/browser/"));
const axe = readFileSync(tool.resolve("axe-core/axe.min.js"), "utf8");
const pa11y = tool("pa11y");

/** WCAG 2.2 AA, and what axe-core holds to be good besides. */
const AXE = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] };
const WIDTHS = [320, 1280];
const LANGUAGES = ["zh", "en"];
const LOOKS = ["", "large contrast"];
/** Whether the judges look, at a width (a place in its list, like the others): four of the eight ways to look at a page are one for each
    pair of a language, a look and a width. What differs between roles is the menu at most, so that two are enough after the first. */
const judges = (language, look, width, role) => (role === 0 ? (language + look) % 2 === width : width !== language);
/** Of some pages also the simplified version, once in each language. */
const SIMPLE = { zh: "simple", en: "large contrast simple" };
/** The most that a page and everything it loads may weigh, in bytes as they are sent, to a browser that keeps nothing. */
const HEAVIEST = 100_000;

let origin, context, page, wire;
const [sessions, ready] = [new Map(), new Map()];

before(async () => {
  origin = await serve();
  context = await browser();
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  wire = await listen();
});
after(async () => {
  await close();
  tell();
});

const roles = (one) => [one.as].flat();
const name = (one, role) => [one.route, one.state, `as ${role}`].filter(Boolean).join(", ");
const chosen = PAGES.filter((one) => one.route.includes(process.env.PAGES ?? ""));

/** That every page of the service is looked at, by everybody who may see it. */
export function complete() {
  const lines = readFileSync(here("../golden/access.txt"), "utf8").split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+/)).filter(([method, path]) => method === "GET" && !path.startsWith("/api/"));
  assert.ok(rows.length > 10);
  const forgotten = [];
  for (const [, route, ...who] of rows) {
    if (route in NO_PAGES) continue;
    const wanted = who[0] === "open" ? ["nobody"] : who[0] === "session" ? everyRole : who;
    const seen = PAGES.filter((one) => one.route === route).flatMap(roles);
    forgotten.push(...wanted.filter((role) => !seen.includes(role)).map((role) => `${route} as ${role}`));
  }
  assert.deepEqual(forgotten, [], "add a line to tests/browser/pages.mjs");
  const there = new Set(rows.map(([, route]) => route));
  const gone = [...PAGES.map((one) => one.route), ...Object.keys(NO_PAGES)];
  assert.deepEqual(gone.filter((route) => !there.has(route)), [], "not in tests/golden/access.txt");
}

/** Looks as somebody of a role, in a language and with a look. */
async function become(role, language, look, person = role) {
  if (role !== "nobody" && !sessions.has(person)) {
    await context.clearCookies();
    await enter(page, origin, role, person);
    sessions.set(person, (await context.cookies()).filter((cookie) => cookie.name === "mz_session"));
  }
  await context.clearCookies();
  const chosen = { mz_lang: language, mz_look: encodeURIComponent(look) };
  const cookies = Object.entries(chosen).map(([name, value]) => ({ name, value, url: origin }));
  await context.addCookies([...cookies, ...(sessions.get(person) ?? [])]);
}

/** The path of something that was made once, by whose it is. */
async function prepared(what, role) {
  const { as, make } = PREPARED[what];
  const [maker, person] = as ? who(as) : [role, role];
  const key = `${what} of ${person}`;
  if (!ready.has(key)) {
    const back = await context.cookies();
    await become(maker, "zh", "", person);
    const it = { page, origin, role: maker, ready: (other) => prepared(other, maker).finally(() => become(maker, "zh", "", person)) };
    ready.set(key, await make(it));
    await context.clearCookies();
    await context.addCookies(back);
  }
  return ready.get(key);
}

/** Counts what comes over the wire for the page that is open: bytes as they are sent, heads among them, as they are when unpacked,
    and what is still on its way. Nothing is kept for the next page. */
async function listen() {
  const [count, inside] = [{ sent: 0, plain: 0, coming: new Set() }, new Set()];
  const line = await context.newCDPSession(page);
  line.on("Network.requestWillBeSent", ({ requestId, request, type }) => {
    if (type === "Document") Object.assign(count, { sent: 0, plain: 0, coming: new Set() });
    if (request.url.startsWith("data:")) inside.add(requestId);
    // Events come as long as the page is open.
    if (type !== "EventSource") count.coming.add(requestId);
  });
  line.on("Network.dataReceived", ({ requestId, dataLength }) => (count.plain += inside.has(requestId) ? 0 : dataLength));
  line.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    count.sent += inside.has(requestId) ? 0 : encodedDataLength;
    count.coming.delete(requestId);
  });
  line.on("Network.loadingFailed", ({ requestId }) => count.coming.delete(requestId));
  await line.send("Network.enable");
  await line.send("Network.setCacheDisabled", { cacheDisabled: true });
  return count;
}

/** What each page weighs, as it is first looked at. */
const weights = [];
function tell() {
  if (weights.length === 0) return;
  const line = (sent, plain, what) => console.log(`${String(sent).padStart(9)}  ${String(plain).padStart(9)}  ${what}`);
  line("sent", "unpacked", "bytes of a page with its style sheet and scripts, nothing kept from before");
  for (const { sent, plain, what } of weights) line(sent, plain, what);
  for (const by of ["sent", "plain"]) {
    const { sent, plain, what } = weights.reduce((one, other) => (other[by] > one[by] ? other : one));
    line(sent, plain, `the largest of ${weights.length}, ${by === "sent" ? "as it is sent" : "unpacked"}: ${what}`);
  }
}

/** Goes to a page of the table; gives how much came over the wire for it. */
async function visit(one, role) {
  const it = { origin, page, made, link: invited, ready: (what) => prepared(what, role) };
  const path = one.path ? await one.path(it) : one.route;
  await page.goto(origin + path);
  await quiet();
  if (one.reach) {
    await one.reach(page, it);
    await quiet();
  }
  return { sent: wire.sent, plain: wire.plain };
}

/** Waits until the page is there and nothing was on its way to it for a fifth of a second. */
async function quiet() {
  await page.waitForLoadState();
  const deadline = Date.now() + 30_000;
  for (let since = Date.now(); Date.now() - since < 200; ) {
    // It may be going to another page.
    const still = await page.evaluate(() => new Promise((later) => setTimeout(() => later(true), 20))).catch(() => false);
    if (!still || wire.coming.size > 0) since = Date.now();
    assert.ok(Date.now() < deadline, `${page.url()} is never quiet`);
  }
}

/** What the judges say of the page as it stands. */
async function judged() {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate((options) => window.axe.run(document, options), AXE);
  const found = violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `axe ${id}: ${help}: ${node.html} ${node.failureSummary ?? ""}`));
  // pa11y looks at the very page that we look at, whose session and state it could not come by alone.
  const same = { evaluate: (...words) => page.evaluate(...words), on() {}, off() {}, setViewport() {}, setUserAgent() {} };
  const { issues } = await pa11y(page.url(), { browser: {}, page: same, ignoreUrl: true, standard: "WCAG2AA", runners: ["htmlcs"], timeout: 60_000 });
  found.push(...issues.map((issue) => `pa11y ${issue.code}: ${issue.message}: ${issue.context}`));
  return found;
}

/** What makes a page too wide. */
const widest = () => {
  const out = [...document.querySelectorAll("main *")].filter((it) => it.getBoundingClientRect().right > innerWidth + 1);
  return out.at(-1)?.outerHTML.slice(0, 160) ?? "it is not in the content";
};

/** Goes through the page by the tabulator: what cannot be reached, or is not seen to be. */
async function walked() {
  const wanted = await page.evaluate(() => {
    const able = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
    const shown = (it) => it.checkVisibility({ visibilityProperty: true }) && !it.disabled && it.tabIndex >= 0;
    const groups = new Set();
    const all = [...document.querySelectorAll(able)].filter(shown).filter((it) => {
      // Of the radio buttons of one name the keyboard comes to one, and the arrows go on from there.
      if (it.type !== "radio") return true;
      const first = !groups.has(it.name);
      groups.add(it.name);
      return first;
    });
    all.forEach((it, at) => (it.dataset.walk = it.type === "radio" ? `radio ${it.name}` : String(at)));
    document.querySelectorAll("input[type=radio]").forEach((it) => (it.dataset.walk = `radio ${it.name}`));
    document.activeElement?.blur();
    window.scrollTo(0, 0);
    return all.map((it) => [it.dataset.walk, it.outerHTML.slice(0, 120)]);
  });
  const faults = [];
  const [reached, marked] = [new Set(), new Set()];
  // A field for a day has stops of its own: year, month, day, calendar.
  const days = await page.locator('input[type="date"]').count();
  // The browser starts where the focus was last, and has stops of its own at the end of a round: two rounds are enough.
  const all = () => wanted.every(([walk]) => reached.has(walk));
  for (let steps = 0; steps < 2 * (wanted.length + 4 * days + 5) && !all(); steps++) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => {
      const it = document.activeElement;
      if (!it || it === document.body) return null;
      const box = it.getBoundingClientRect();
      const style = getComputedStyle(it);
      const inside = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
      const y = Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1);
      const top = document.elementFromPoint(x, y);
      const bare = !top || !(it.contains(top) || top.contains(it));
      const marked = (style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
      return { walk: it.dataset.walk, html: it.outerHTML.slice(0, 120), hidden: !inside || bare, marked };
    });
    if (!now?.walk) continue;
    reached.add(now.walk);
    if (now.hidden) faults.push(`focused, but not seen: ${now.html}`);
    if (now.marked) marked.add(now.walk);
  }
  faults.push(...wanted.filter(([walk]) => reached.has(walk) && !marked.has(walk)).map(([, html]) => `the focus is not seen: ${html}`));
  await page.evaluate(() => document.querySelectorAll("[data-walk]").forEach((it) => it.removeAttribute("data-walk")));
  faults.push(...wanted.filter(([walk]) => !reached.has(walk)).map(([, html]) => `not reached by the keyboard: ${html}`));
  return [...new Set(faults)];
}

/** The pages of the first half; those of one place stay together, since some show what others made. */
const FIRST = ["account", "accounts", "clients", "console", "my"];

/** Looks at the pages of one half. */
export function look(first) {
  for (const one of chosen.filter(({ route }) => FIRST.includes(route.split("/")[1]) === first)) {
    for (const [at, role] of roles(one).entries()) {
      test(name(one, role), { timeout: 240_000 }, async () => {
        const faults = new Map();
        for (const [l, language] of LANGUAGES.entries()) {
          const looks = one.simple && at === 0 ? [...LOOKS, SIMPLE[language]] : LOOKS;
          for (const [k, look] of looks.entries()) {
            if (at > 0 && l !== k) continue;
            await become(role, language, look);
            const weight = await visit(one, role);
            if (at + l + k === 0) weights.push({ ...weight, what: name(one, role) });
            for (const [w, width] of WIDTHS.entries()) {
              // Names of people differ from look to look, and judges leave marks of their own.
              const told = (seen) => {
                const fault = seen.replaceAll(/ style=""|somebody\d+/g, "");
                faults.set(fault, [...(faults.get(fault) ?? []), `${language} ${look || "plain"} ${width}`]);
              };
              if (weight.sent > HEAVIEST) told(`${weight.sent} bytes`);
              await page.setViewportSize({ width, height: 800 });
              const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
              if (over > 0) told(`${over} pixels too wide: ${await page.evaluate(widest)}`);
              if (!judges(l, k, w, at)) continue;
              const seen = [...(await judged()), ...(await walked())];
              seen.forEach(told);
              await keep(page, `${name(one, role)} ${language} ${look} ${width}`.replaceAll(/[^a-z0-9]+/g, "-"));
            }
          }
        }
        const list = [...faults].map(([fault, where]) => `- ${fault}\n  (${where.join("; ")})`);
        assert.equal(list.length, 0, `${page.url()}\n${list.join("\n")}`);
      });
    }
  }
}

/** How soon a verdict is painted after somebody asked for it. */
export async function painted() {
  const times = [];
  while (times.length < 5) {
    const cold = await browser();
    const first = await cold.newPage();
    // When the verdict is there to be painted.
    await first.addInitScript(() => {
      const look = () => document.querySelector("#online h1") && (globalThis.there ??= performance.now());
      new MutationObserver(look).observe(document, { childList: true, subtree: true });
    });
    await first.goto(origin + new URL(made("1-clean.qr.txt")).pathname);
    await first.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
    const { there, painted } = await first.evaluate(() => {
      const [{ startTime }] = performance.getEntriesByName("first-contentful-paint");
      return { there: globalThis.there, painted: startTime };
    });
    assert.ok(there <= painted, `the first paint at ${painted} ms was without the verdict, which came at ${there} ms`);
    times.push(painted);
    await cold.close();
  }
  times.sort((one, other) => one - other);
  console.log(`the verdict is painted ${Math.round(times[2])} ms after it was asked for: median of ${times.map(Math.round).join(", ")} ms, each in a new browser`);
  assert.ok(times[2] < 5_000);
}
