// The page that verifies without a network: saved to a disk, cut off from everything, it answers as the program does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { browser, close, folder, here, keep, made, program, raster, save, serve, watched } from "./house.mjs";
import { VENDORED, bundled } from "./vendor.mjs";

let origin, saved, context;

before(async () => {
  origin = await serve();
  const answer = await fetch(`${origin}/offline`);
  assert.equal(answer.status, 200);
  saved = save("saved.html", await answer.text());
  context = await cutOff(await browser());
});
after(close);

/** Every way out is closed: the network is off, and whatever is asked for over it fails. */
async function cutOff(one) {
  await one.setOffline(true);
  await one.route(/^(?!file:)/, (route) => route.abort());
  return one;
}

/** The saved page, ready; at the end of `use` it must have complained of nothing and asked for nothing but itself. */
async function offline(use, { address = saved, from = context } = {}) {
  const { page, said, asked } = await watched(from);
  await page.goto(address);
  await page.waitForSelector("html[data-ready]");
  await use(page, said);
  assert.deepEqual(said, []);
  assert.deepEqual(asked.filter((url) => !url.startsWith("file:") && !url.startsWith("blob:")), []);
  await page.close();
}

async function paste(page, text) {
  await page.fill("#text", text);
  await page.click("#form button");
  await page.waitForSelector("#result .verdict");
  return reasons(page);
}

const reasons = (page) => page.$$eval("#result [data-reason]", (all) => all.map((one) => one.dataset.reason));
const genuine = (page) => page.$eval("#result", (one) => one.dataset.genuine);

test("every text of the table is answered as the program answers it", async () => {
  const table = JSON.parse(readFileSync(here("../golden/qr-verdicts.json"), "utf8"));
  await offline(async (page) => {
    const answers = await page.evaluate(async ({ bundles, cases }) => {
      const mz = globalThis.mingzheng;
      const read = {};
      for (const [name, text] of Object.entries(bundles)) read[name] = await mz.Bundle.read(text);
      const told = ({ subject, code, number, conclusions, issuedAt, asOf, from, to, catalogue, statusIndex }) => ({
        subject: subject.code ?? mz.toHex(subject.commitment),
        code: mz.printedCode(code),
        number: mz.printedNumber(number),
        catalogue, from, to,
        issued_at: mz.instant(issuedAt),
        as_of: mz.instant(asOf),
        status_index: statusIndex,
        conclusions: Object.fromEntries([...conclusions].map(([at, conclusion]) => [String(at), conclusion])),
      });
      const answer = async ({ bundle, text, now }) => {
        const verdict = await mz.judgeQr(text, read[bundle], Date.parse(now));
        const shown = verdict.snapshot;
        const snapshot = shown && {
          name: shown.name, catalogue: shown.catalogue, from: shown.from, to: shown.to, as_of: mz.instant(shown.asOf),
          conclusions: Object.fromEntries([...shown.conclusions].map(([at, conclusion]) => [String(at), conclusion])),
        };
        return { ...verdict, snapshot, claim: verdict.claim && told(verdict.claim), genuine_and_valid: mz.isGenuineAndValid(verdict) };
      };
      const all = [];
      for (const one of cases) all.push(await answer(one));
      return all;
    }, table);
    assert.ok(answers.length > 200);
    table.cases.forEach((one, at) => assert.deepEqual(answers[at], one.expected, one.name));
  });
});

test("a genuine QR is genuine without a network, and a changed digit is not", async () => {
  const qr = made("1-clean.qr.txt");
  await offline(async (page) => {
    assert.deepEqual(await paste(page, `  ${qr}\n`), ["claim-valid", "status-from-bundle"]);
    assert.equal(await genuine(page), "true");
    const text = await page.innerText("#result");
    for (const fact of ["91310115MATE5T0255", "市场监管", "未归集到违法记录", "请与纸面核对"]) assert.ok(text.includes(fact), fact);
    for (const width of [320, 390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${over} pixels too wide at ${width}`);
      await keep(page, `offline-${width}`);
    }
    const at = qr.length - 40;
    const changed = qr.slice(0, at) + (qr[at] === "1" ? "2" : "1") + qr.slice(at + 1);
    assert.deepEqual(await paste(page, changed), ["claim-invalid"]);
    assert.equal(await genuine(page), "false");
    await page.setViewportSize({ width: 390, height: 800 });
    await keep(page, "offline-changed-390");
    assert.deepEqual(await paste(page, "https://elsewhere.example/pay?x=<img src=x onerror=alert(1)>"), ["qr-not-ours"]);
  });
});

/** Chinese letters that stand on the page, but for what is written in Chinese in either language. */
const chinese = (page) => page.$eval("body", (body) => {
  const own = [...document.querySelectorAll("#bundle dd, #result dd small")].map((one) => one.innerText);
  return own.reduce((text, name) => text.replace(name, ""), body.innerText.replace("中文", "")).match(/\p{Script=Han}+/gu) ?? [];
});

test("the page speaks one language or both, as it is asked, and remembers nothing of it", async () => {
  await offline(async (page) => {
    await paste(page, made("1-clean.qr.txt"));
    const zh = await page.innerText("#result");
    assert.ok(zh.includes("声明真实，报告有效") && zh.includes("The claim is genuine, and the report stands"));
    await page.focus('[data-lang="en"]');
    await page.keyboard.press("Enter");
    assert.deepEqual(await chinese(page), []);
    const en = await page.innerText("#result");
    assert.ok(en.startsWith("✓") && en.includes("The claim is genuine, and the report stands") && en.includes("Market regulation"), en);
    assert.equal(await page.getAttribute("html", "lang"), "en");
    assert.equal(await page.title(), "Offline verification");
    assert.equal(await page.getAttribute('[data-lang="en"]', "aria-pressed"), "true");
    await page.setViewportSize({ width: 320, height: 800 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} pixels too wide`);
    await keep(page, "offline-en-320");
    await page.fill("#text", "");
    await page.click("#form button");
    assert.equal((await page.innerText("#result")).replace(/\s+/g, " ").trim(), "? Paste the text of a QR first");
    await page.click('[data-lang="zh-CN"]');
    assert.ok((await page.innerText("#result")).includes("请先粘贴二维码内容"), "what stands there is said again");
    await page.setViewportSize({ width: 1280, height: 800 });
    await keep(page, "offline-zh-1280");
    assert.equal(await page.evaluate(() => document.cookie), "");
  });
});

test("the page begins in the language that was chosen on the other pages", async () => {
  for (const [chosen, lang] of [["en", "en"], ["zh", "zh-CN"], ["", "zh-CN"]]) {
    const answer = await fetch(`${origin}/offline`, { headers: { cookie: `mz_lang=${chosen}` } });
    assert.ok((await answer.text()).includes(`<html lang="${lang}">`), chosen);
    assert.equal(answer.headers.get("set-cookie"), null);
  }
});

test("the address of the page may bring the text", async () => {
  await offline(
    async (page) => {
      await page.waitForSelector("#result .verdict");
      assert.equal(await genuine(page), "true");
    },
    { address: `${saved}#${made("1-clean.qr.txt")}` },
  );
});

/** The page of a report, seen as a poor camera sees it. */
async function spoiled(page, png, { turn, blur, quality, part }) {
  const bytes = await page.evaluate(async ({ png, turn, blur, quality, part }) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))]));
    const [width, height] = [bitmap.width * part, bitmap.height * part * 0.6];
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.filter = `blur(${blur}px)`;
    context.translate(width / 2, height / 2);
    context.rotate((turn * Math.PI) / 180);
    // The QR stands at the top right of the page.
    context.drawImage(bitmap, bitmap.width - width, 0, width, height, -width / 2, -height / 2, width, height);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    return Array.from(new Uint8Array(await blob.arrayBuffer()));
  }, { png: png.toString("base64"), turn, blur, quality, part });
  return { name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from(bytes) };
}

test("a photo of the paper is read and judged, and stays on the machine", async () => {
  const png = raster("1-clean.pdf");
  // The photos are made on a page without a policy; the page under test only gets them.
  const studio = await context.newPage();
  await offline(async (page, said) => {
    for (const how of [
      { turn: 0, blur: 0, quality: 0.9, part: 1 },
      { turn: 7, blur: 0.7, quality: 0.4, part: 1 },
      { turn: 90, blur: 0, quality: 0.6, part: 0.6 },
      { turn: -25, blur: 0.5, quality: 0.5, part: 0.6 },
    ]) {
      await page.fill("#text", "");
      await page.setInputFiles("#photo", await spoiled(studio, png, how));
      await page.waitForFunction(() => document.getElementById("text").value !== "");
      await page.waitForSelector("#result [data-reason]");
      assert.equal(await page.inputValue("#text"), made("1-clean.qr.txt"), JSON.stringify(how));
      assert.equal(await genuine(page), "true");
    }
    await page.setInputFiles("#photo", { name: "x.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page.waitForFunction(() => document.getElementById("result").innerText.includes("不是浏览器能读的图片"));
    assert.equal(said.length, 1);
    said.length = 0; // the one complaint that was asked for
  });
  await studio.close();
});

test("a camera that sees the paper is enough", async () => {
  const png = raster("1-clean.pdf");
  const studio = await context.newPage();
  const { width, height, grey } = await studio.evaluate(async (png) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))]));
    const [width, height] = [640, 480];
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    // The QR stands at the right of the frame below the title.
    context.drawImage(bitmap, bitmap.width - 460, 210, 440, 330, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, grey: Array.from({ length: width * height }, (_, at) => data[at * 4]) };
  }, png.toString("base64"));
  await studio.close();
  // A film of ten equal frames, in the plainest format there is (YUV4MPEG2).
  const frame = Buffer.concat([Buffer.from("FRAME\n"), Buffer.from(grey), Buffer.alloc((width * height) / 2, 128)]);
  const film = Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), ...Array(10).fill(frame)]);
  save("film.y4m", film);
  const seeing = await browser({
    flags: ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${join(folder, "film.y4m")}`],
  });
  await offline(
    async (page) => {
      await page.click("#look");
      await page.waitForSelector("#result [data-reason]");
      assert.equal(await genuine(page), "true");
      assert.equal(await page.isVisible("#camera"), false);
    },
    { from: await cutOff(seeing) },
  );
});

test("another bundle is taken only if it is newer and of the same root", async () => {
  const qr = made("1-clean.qr.txt");
  const file = (text) => ({ name: "trust.json", mimeType: "application/json", buffer: Buffer.from(text) });
  const number = await fetch(`${origin}/api/v1/verify`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ qr }),
  }).then((answer) => answer.json()).then((answer) => answer.facts.number);
  const older = made("trust.json");
  program("revoke", number, "--reason", "测试 <b>撤销</b>", "--emergency");
  const out = join(folder, "newer.json");
  program("trust", "export", "--out", out);
  const newer = readFileSync(out, "utf8");
  const says = (page, words) => page.waitForFunction((words) => document.getElementById("result").innerText.includes(words), words);
  await offline(async (page, said) => {
    const before = await page.$eval("#bundle", (one) => one.dataset.generated);
    await page.setInputFiles("#other", file(older));
    await says(page, "比现用的旧");
    for (const bad of [readFileSync(here("../golden/trust-1.json"), "utf8"), newer.replace(/http:\/\/127\.0\.0\.1:\d+/, "https://elsewhere.example"), "{}", ""]) {
      await page.setInputFiles("#other", []);
      await page.setInputFiles("#other", file(bad));
      await says(page, "信任包无效");
      assert.equal(await page.$eval("#bundle", (one) => one.dataset.generated), before);
      await page.evaluate(() => document.getElementById("result").replaceChildren());
    }
    said.length = 0; // each refusal is told to the console
    assert.deepEqual(await paste(page, qr), ["claim-valid", "status-from-bundle"]);
    await page.setInputFiles("#other", file(newer));
    await says(page, "已采用新的信任包");
    assert.deepEqual(await paste(page, qr), ["claim-valid", "report-revoked", "status-from-bundle"]);
    assert.ok((await page.innerText("#result")).includes("测试 <b>撤销</b>"));
    await page.setViewportSize({ width: 390, height: 800 });
    await keep(page, "offline-revoked-390");
  });
});

test("nothing but the page's own script runs in it", async () => {
  const { page } = await watched(context);
  await page.goto(saved);
  await page.waitForSelector("html[data-ready]");
  const ran = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "globalThis.foreign = true;";
    document.body.append(script);
    const image = document.createElement("img");
    image.src = "https://elsewhere.example/x.png";
    document.body.append(image);
    const fetched = await fetch("https://elsewhere.example/").then(() => true, () => false);
    return [globalThis.foreign === true, fetched];
  });
  assert.deepEqual(ran, [false, false]);
  await page.close();
});

test("the vendored decoder is what its package gives", async () => {
  assert.equal(readFileSync(VENDORED, "utf8"), await bundled());
});
