// People with accounts: each comes by a one-time link of the command line, as everybody does.
import { createHmac } from "node:crypto";

import { program } from "./house.mjs";

export const PASSWORD = "chuntian qutian zhongshu";

/** Every role, with what it needs to be of any use. All of it is invented, and in the store of the demo. */
export const ROLES = {
  agent: ["91310115MATE5T0255; see ask share"],
  person: ["999999199001010016"],
  clerk: ["11310000MBTE5T096W"],
  verifier: [],
  counter: [],
  system: [],
  security: [],
  auditor: [],
};

/** The code that an authenticator shows (RFC 6238), computed here from the key on the page. */
export function code(key, now = Date.now()) {
  const bits = [...key.replaceAll(" ", "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const digest = createHmac("sha1", secret).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** The path of a one-time link for somebody of a role. */
export function invited(role, name = "示范人员") {
  const grants = ROLES[role].flatMap((grant) => ["--grant", grant]);
  const made = program("account", "invite", "--name", name, "--role", role, ...grants, "--json");
  return new URL(JSON.parse(made).link).pathname;
}

/** Makes somebody of a role, whose name is that of the role unless another is given, and leaves the page signed in. */
export async function enter(page, origin, role, name = role) {
  await page.goto(origin + invited(role));
  await page.fill("#name", name);
  await page.fill("#new", PASSWORD);
  await page.fill("#again", PASSWORD);
  await page.click("main button[type=submit]");
  if (page.url().includes("/sign-in/enrol")) {
    await page.fill("#code", code(await page.innerText("#secret")));
    await page.click("main button[type=submit]");
  }
  await page.goto(`${origin}/account`);
  if (!page.url().endsWith("/account")) throw new Error(`${role} did not come in: ${page.url()}`);
}
