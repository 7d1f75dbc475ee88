// Every page of `pages.mjs`, in both languages, narrow and wide, plain and with large text and high contrast, as everybody who sees it:
// axe-core and HTML CodeSniffer (by pa11y) find nothing, nothing must be scrolled sideways, everything is reached by the keyboard
// and seen to be, and no page is heavy.
//
//   PAGES=/accounts node --test tests/browser/accessibility.test.mjs     only the pages whose route contains these words
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { browser, close, here, keep, made, program, serve } from "./house.mjs";
import { enter, invited } from "./people.mjs";
import { NO_PAGES, OUT_OF_REACH, PAGES, everyRole } from "./pages.mjs";

const tool = createRequire(here("../.tools/browser/"));
const axe = readFileSync(tool.resolve("axe-core/axe.min.js"), "utf8");
const pa11y = tool("pa11y");

/** WCAG 2.2 AA, and what axe-core holds to be good besides. */
const AXE = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] };
const WIDTHS = [320, 1280];
const LANGUAGES = ["zh", "en"];
const LOOKS = ["", "large contrast"];
/** The most that a page and everything it loads may weigh, in bytes as they are sent. */
const HEAVIEST = 100_000;

let origin, context, page;
const sessions = new Map();

before(async () => {
  origin = await serve();
  context = await browser();
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
});
after(close);

const roles = (one) => [one.as].flat();
const name = (one, role) => [one.route, one.state, `as ${role}`].filter(Boolean).join(", ");
const chosen = PAGES.filter((one) => one.route.includes(process.env.PAGES ?? ""));

test("every page of the service is looked at, by everybody who may see it", () => {
  const lines = readFileSync(here("../golden/access.txt"), "utf8").split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+/)).filter(([method, path]) => method === "GET" && !path.startsWith("/api/"));
  assert.ok(rows.length > 10);
  const forgotten = [];
  for (const [, route, ...who] of rows) {
    if (route in NO_PAGES || route in OUT_OF_REACH) continue;
    const wanted = who[0] === "open" ? ["nobody"] : who[0] === "session" ? everyRole : who;
    const seen = PAGES.filter((one) => one.route === route).flatMap(roles);
    forgotten.push(...wanted.filter((role) => !seen.includes(role)).map((role) => `${route} as ${role}`));
  }
  assert.deepEqual(forgotten, [], "add a line to tests/browser/pages.mjs");
  const there = new Set(rows.map(([, route]) => route));
  const gone = [...PAGES.map((one) => one.route), ...Object.keys(NO_PAGES), ...Object.keys(OUT_OF_REACH)];
  assert.deepEqual(gone.filter((route) => !there.has(route)), [], "not in tests/golden/access.txt");
});

/** Looks as somebody, in a language and with a look. */
async function become(role, language, look) {
  if (role !== "nobody" && !sessions.has(role)) {
    await context.clearCookies();
    await enter(page, origin, role);
    sessions.set(role, (await context.cookies()).filter((cookie) => cookie.name === "mz_session"));
  }
  await context.clearCookies();
  const chosen = { mz_lang: language, mz_look: encodeURIComponent(look) };
  const cookies = Object.entries(chosen).map(([name, value]) => ({ name, value, url: origin }));
  await context.addCookies([...cookies, ...(sessions.get(role) ?? [])]);
}

/** Goes to a page of the table; gives how much came over the wire for it. */
async function visit(one) {
  const it = { origin, page, program, made, link: invited };
  const path = one.path ? await one.path(it) : one.route;
  let weight = 0;
  const count = async (request) => {
    if (request.url().startsWith("data:")) return;
    const { responseBodySize } = await request.sizes();
    weight += responseBodySize;
  };
  page.on("requestfinished", count);
  await page.goto(origin + path, { waitUntil: "networkidle" });
  page.off("requestfinished", count);
  await one.reach?.(page, it);
  return weight;
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

for (const one of chosen) {
  for (const [at, role] of roles(one).entries()) {
    test(name(one, role), { timeout: 240_000 }, async () => {
      const faults = new Map();
      for (const [l, language] of LANGUAGES.entries()) {
        for (const [k, look] of LOOKS.entries()) {
          // What the page shows differs between roles in the menu at most: two looks at it are enough after the first role.
          if (at > 0 && l !== k) continue;
          await become(role, language, look);
          const weight = await visit(one);
          for (const width of WIDTHS) {
            // Names of people differ from look to look, and judges leave marks of their own.
            const told = (seen) => {
              const fault = seen.replaceAll(/ style=""|somebody\d+/g, "");
              faults.set(fault, [...(faults.get(fault) ?? []), `${language} ${look || "plain"} ${width}`]);
            };
            if (weight > (one.weight ?? HEAVIEST)) told(`${weight} bytes`);
            await page.setViewportSize({ width, height: 800 });
            const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            if (over > 0) told(`${over} pixels too wide: ${await page.evaluate(widest)}`);
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
