// A server with sample reports, a browser to look at it with, and short words for both.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { chromium } = createRequire(here("../.tools/browser/"))("playwright-core");

const PROGRAM = process.env.MINGZHENG ?? here("../../target/debug/mingzheng");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream",
];

/** The folder of everything this run makes. */
export const folder = mkdtempSync(join(tmpdir(), "mingzheng-browser-"));
/** The folder of the demo: reports, a QR text, a bundle. */
export const demo = join(folder, "demo");

let server, origin;
const services = [];

/** Starts a service of its own by a configuration, and gives its command line. */
export async function service(toml, address) {
  const home = mkdtempSync(join(folder, "home-"));
  const config = join(home, "config.toml");
  writeFileSync(config, toml);
  const line = (...words) => execFileSync(PROGRAM, ["--home", home, "--config", config, ...words], { encoding: "utf8" });
  line("migrate");
  const started = spawn(PROGRAM, ["--home", home, "--config", config, "serve"], { stdio: ["ignore", "ignore", "inherit"] });
  services.push(started);
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(`${address}/healthz`).catch(() => null);
    if (answer?.ok) return line;
    await new Promise((later) => setTimeout(later, 100));
  }
  throw new Error("the service does not answer");
}

/** A port that is free now. */
export async function freePort() {
  const probe = createServer();
  await new Promise((ready) => probe.listen(0, "127.0.0.1", ready));
  const { port } = probe.address();
  await new Promise((ended) => probe.close(ended));
  return port;
}

/** Starts the demo and gives the address of its pages. */
export async function serve() {
  server = spawn(PROGRAM, ["demo", "--dir", demo, "--serve"], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const chunk of server.stdout) {
    said += chunk;
    const found = /serving: (http:\/\/\S+)/.exec(said);
    if (!found || !said.includes("openapi.json")) continue;
    server.stdout.resume(); // what it says from here on is not ours to read
    origin = found[1];
    return origin;
  }
  throw new Error(`the demo did not serve:\n${said}`);
}

/** Runs the program over the store of the demo, by the address that it serves: the usual port is another's where two run at once. */
export function program(...words) {
  const env = { ...process.env, MINGZHENG_SERVER__ORIGIN: origin };
  return execFileSync(PROGRAM, ["--home", join(demo, "home"), ...words], { encoding: "utf8", env });
}

/** What the demo wrote. */
export const made = (name) => readFileSync(join(demo, name), "utf8").trim();

/** A page of a report as a picture, at 150 dpi. */
export function raster(pdf) {
  const stem = join(folder, "page");
  execFileSync("pdftoppm", ["-r", "150", "-f", "1", "-l", "1", "-png", join(demo, pdf), stem]);
  const name = readdirSync(folder).find((file) => file.startsWith("page-") && file.endsWith(".png"));
  return readFileSync(join(folder, name));
}

/** A report that somebody opened in an editor, wrote over on its first page, and saved: a white box lies on a part of it. */
export function forge(pdf) {
  const plain = join(folder, "plain.pdf");
  // qpdf warns that the signature will not survive, which is the point.
  spawnSync("qpdf", ["--qdf", "--object-streams=disable", join(demo, pdf), plain]);
  const text = readFileSync(plain).toString("latin1");
  const page = text.indexOf("%% Contents for page 1\n");
  const end = text.indexOf("\nendstream", page);
  const box = "\nq 1 1 1 rg 60 330 220 90 re f Q";
  writeFileSync(plain, Buffer.from(text.slice(0, end) + box + text.slice(end), "latin1"));
  return execFileSync("fix-qdf", [plain], { maxBuffer: 64 << 20 });
}

const open = [];

/** A browser with a profile of its own. Nothing is left of it. */
export async function browser({ flags = [], ...options } = {}) {
  const profile = mkdtempSync(join(folder, "profile-"));
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const wanted = { executablePath, args: [...FLAGS, ...flags], chromiumSandbox: false, ...options };
  const context = await chromium.launchPersistentContext(profile, wanted);
  // A closer look at a changed file takes a while where the program was built for debugging and the machine is busy.
  context.setDefaultTimeout(90_000);
  open.push(context);
  return context;
}

/** A page whose complaints fail the test: `check()` gives them and everything that it asked of a network. */
export async function watched(context) {
  const page = await context.newPage();
  const [said, asked] = [[], []];
  page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => asked.push(request.url()));
  return { page, said, asked };
}

/** Keeps a picture of a page where `SCREENSHOTS` names a folder. */
export async function keep(page, name) {
  if (!process.env.SCREENSHOTS) return;
  mkdirSync(process.env.SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
}

/** Writes a file of this run and gives its `file:` address. */
export function save(name, text) {
  writeFileSync(join(folder, name), text);
  return `file://${join(folder, name)}`;
}

export async function close() {
  for (const context of open) await context.close();
  for (const started of [server, ...services].filter(Boolean)) {
    const ended = new Promise((gone) => started.once("exit", gone));
    started.kill("SIGTERM");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

