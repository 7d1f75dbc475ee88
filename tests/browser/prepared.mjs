// What the demo does not have, made when a page first needs it: by the people whose it is, through the forms of the running service.
//
// Each is `{ as, make }`: the role of who makes it – or none, and whoever looks makes one of their own – and what they do, which gives
// the path of its page. `pages.mjs` asks for them by name: `ready("case")`. Only the age of a password is written past the service.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { demo, here, made } from "./house.mjs";
import { PASSWORD, ROLES, code, invited } from "./people.mjs";

const SAMPLE = here("../../data/samples/uploads/market-regulation.csv");
const path = (page) => new URL(page.url()).pathname;

/** Presses something and waits for the page that it leads to. */
async function press(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

/** A file of the clerk's authority: a record of the subject of each role that has one, and a faulty row about one of them. */
function rows(year) {
  const [head, ...lines] = readFileSync(SAMPLE, "utf8").split("\n");
  const line = (start) => lines.find((it) => it.startsWith(start));
  const numbered = (text, at) => text.replace(/〔\d{4}〕\d+号/, `〔${year}〕${9000 + at}号`);
  const [subject] = ROLES.agent[0].split(";");
  const firm = line("示范甲智能科技股份有限公司,法人").replace("示范甲智能科技股份有限公司", "示范乙软件有限公司").replace("91310115MATE5T017A", subject);
  const faulty = firm.replace("2023/05/16", "2023/02/30");
  const text = [head, numbered(firm, 1), numbered(line("示范人,自然人"), 2), numbered(faulty, 3)].join("\n");
  return { name: `${year}.csv`, mimeType: "text/csv", buffer: Buffer.from(`${text}\n`) };
}

/** Sends a file from the desk. */
async function send(page, origin, act, file) {
  await page.goto(`${origin}/desk/upload`);
  await page.check(`input[name="act"][value="${act}"]`);
  await page.setInputFiles("#file", file);
  await press(page, "form[data-upload] button[type=submit]");
}

/** The first page that a list leads to. */
async function first(page, origin, list) {
  await page.goto(origin + list);
  return page.locator(`main a[href^="${list}/"]`).first().getAttribute("href", { timeout: 5_000 });
}

/** The text of a rule with another name of its version. */
async function renamed(page, origin, kind) {
  await page.goto(`${origin}/console/rules/${kind}`);
  const text = await page.inputValue("#text");
  await page.fill("#text", text.replace(/^version = "([^"]*)"/m, 'version = "$1-x"'));
}

async function share(page, origin, kind, fill = async () => {}) {
  await page.goto(`${origin}/codes/new?kind=${kind}`);
  await fill();
  await press(page, "main form.stack button[type=submit]");
}

export const PREPARED = {
  /** A file that was looked through, with faults. */
  draft: {
    make: async ({ page, origin }) => {
      await send(page, origin, "check", rows(2021));
      return path(page);
    },
  },
  /** Records of the subjects, and a row that was set aside. */
  records: {
    as: "clerk",
    make: async ({ page, origin }) => {
      await send(page, origin, "store", rows(2022));
      return path(page);
    },
  },
  row: {
    as: "clerk",
    make: async ({ page, origin, ready }) => {
      await ready("records");
      return first(page, origin, "/desk/quarantine");
    },
  },
  /** A file that is stored in the background: a system of the authority sends it, with a token of the security operator. */
  job: {
    as: "security",
    make: async ({ page, origin }) => {
      await page.goto(`${origin}/clients/new`);
      await page.selectOption("#role", "clerk");
      await page.fill("#name", "prepared-system");
      await page.fill("#grants", ROLES.clerk[0]);
      await press(page, "main button[type=submit]");
      const token = await page.innerText("#token");
      const form = new FormData();
      form.append("domain", "market-regulation");
      form.append("file", new Blob([rows(2024).buffer]), "2024.csv");
      const headers = { authorization: `Bearer ${token}`, prefer: "respond-async" };
      const answer = await fetch(`${origin}/api/v1/uploads`, { method: "POST", headers, body: form });
      if (answer.status !== 202) throw new Error(`the file was not taken: ${answer.status} ${await answer.text()}`);
      const job = answer.headers.get("location").split("/").at(-1);
      for (let state = ""; state !== "done"; ) {
        await new Promise((later) => setTimeout(later, 200));
        ({ state } = await (await fetch(`${origin}/api/v1/jobs/${job}`, { headers })).json());
      }
      return `/desk/jobs/${job}`;
    },
  },
  record: {
    make: async ({ page, origin, ready }) => {
      await ready("records");
      return first(page, origin, "/my/records");
    },
  },
  /** An objection of the subject, with evidence. */
  case: {
    make: async ({ page, origin, ready }) => {
      await page.goto(`${origin + (await ready("record"))}/objection`);
      await page.fill("#statement", "决定书已更正，记录金额有误。");
      await page.setInputFiles("#file", { name: "决定书.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n") });
      await press(page, "main form[enctype] button[type=submit]");
      return path(page);
    },
  },
  /** The case of an enterprise, at the desk of the authority that it goes to. */
  "case at the desk": {
    as: "agent",
    make: async ({ ready }) => (await ready("case")).replace("/my/", "/desk/"),
  },
  webhook: {
    make: async ({ page, origin, role }) => {
      await page.goto(`${origin}/webhooks`);
      await page.fill("#url", `https://hook.invalid/${role}/events`);
      await page.check(`[name="${role === "clerk" ? "job" : "status"}"]`);
      await press(page, "main form button[type=submit]");
      await press(page, "main a.button");
      const found = path(page);
      await press(page, 'form[action$="/test"] button');
      return found;
    },
  },
  /** A grant that somebody looked at. */
  code: {
    make: async ({ page, origin }) => {
      await share(page, origin, "grant", () => page.fill("#uses", "3"));
      const link = new URL(await page.innerText("#link")).pathname;
      await press(page, "main a.button");
      const found = path(page);
      await page.goto(origin + link);
      await press(page, "main button[type=submit]");
      return found;
    },
  },
  /** A grant whose holder is asked before each look, and the address of its door. */
  "grant to be asked for": {
    as: "agent",
    make: async ({ page, origin }) => {
      await share(page, origin, "grant", () => page.check("input[name=consent]"));
      const door = new URL(await page.innerText("#link")).pathname;
      await press(page, "main a.button");
      return { door, code: path(page) };
    },
  },
  "asked for": {
    as: "verifier",
    make: async ({ page, origin, ready }) => {
      const { door, code } = await ready("grant to be asked for");
      await page.goto(origin + door);
      await page.fill("#purpose", "贷前调查");
      await press(page, "main button[type=submit]");
      return code;
    },
  },
  "code on the screen": {
    make: async ({ page, origin }) => {
      await share(page, origin, "dynamic");
      return path(page);
    },
  },
  /** The door that whoever was given a grant stands at. */
  door: {
    as: "agent",
    make: async ({ page, origin }) => {
      await share(page, origin, "grant", () => page.fill("#uses", "50"));
      return new URL(await page.innerText("#link")).pathname;
    },
  },
  /** Codes of the demo, and some that were mistyped or are nobody's. */
  batch: {
    make: async ({ page, origin }) => {
      await page.goto(`${origin}/verifications`);
      const list = [made("1-clean.qr.txt"), "0000-0000-0000-0000-0", "ABCD"].join("\n");
      await page.setInputFiles("#file", { name: "list.txt", mimeType: "text/plain", buffer: Buffer.from(list) });
      await press(page, "main form[enctype] button[type=submit]");
      const found = path(page);
      await page.waitForSelector('main a[href$=".csv"]', { timeout: 60_000 });
      return found;
    },
  },
  /** A revocation that one system operator proposes to another. */
  proposal: {
    as: "another system",
    make: async ({ page, origin }) => {
      await page.goto(origin + (await first(page, origin, "/console/reports")));
      await page.fill("#reason", "出具有误");
      await press(page, "main button.danger");
      return path(page);
    },
  },
  "proposal of rules": {
    as: "another system",
    make: async ({ page, origin }) => {
      await renamed(page, origin, "catalogue");
      await page.fill("#reason", "年度更新");
      await press(page, "main button.danger");
      return path(page);
    },
  },
  /** Rules that one system operator proposed and another approved. */
  version: {
    as: "system",
    make: async ({ page, origin, ready }) => {
      await page.goto(origin + (await ready("proposed policy")));
      await press(page, 'form[action$="/approve"] button');
      return first(page, origin, "/console/rules/policy");
    },
  },
  "proposed policy": {
    as: "another system",
    make: async ({ page, origin }) => {
      await renamed(page, origin, "policy");
      await page.fill("#reason", "年度更新");
      await press(page, "main button.danger");
      return path(page);
    },
  },
};

/** Somebody of a role who may be another than the one that looks: `another system` is a second system operator. */
export const who = (as) => [as.split(" ").at(-1), as.replace(" ", "-")];

/** Signs in on a page with an operator's password that is too old: the day on which it was set is moved back in the store. */
export async function old(page, origin, name) {
  await page.goto(origin + invited("auditor"));
  await page.fill("#name", name);
  await page.fill("#new", PASSWORD);
  await page.fill("#again", PASSWORD);
  await press(page, "main button[type=submit]");
  const key = await page.innerText("#secret");
  await page.fill("#code", code(key));
  await press(page, "main button[type=submit]");
  await press(page, "main a.button");
  await press(page, "header button[type=submit]");
  const words = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=30); "
    + "db.execute('UPDATE account SET password_at = password_at - 91 * 86400000 WHERE name = ?', sys.argv[2:]); db.commit()";
  execFileSync("python3", ["-c", words, join(demo, "home", "mingzheng.db"), name]);
  await page.goto(`${origin}/sign-in`);
  await page.fill("#name", name);
  await page.fill("#password", PASSWORD);
  await press(page, "main button[type=submit]");
  // A code works once: the next one is that of half a minute later, which is taken already.
  await page.fill("#code", code(key, Date.now() + 30_000));
  await press(page, "main button[type=submit]");
  if (path(page) !== "/sign-in/renew") throw new Error(`the password is not too old: ${page.url()}`);
}
