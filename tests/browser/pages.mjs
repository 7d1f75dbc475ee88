// Every page that people see, and who sees it: `accessibility.mjs` looks at each.
//
// A page is a line `{ route, as, path?, state?, simple?, reach? }`:
//   route   as tests/golden/access.txt writes it
//   as      a role, or several, or `nobody` who is not signed in, or `everyRole`
//   path    where it is, if the route has holes: `(it) => …`, may be async; `it` is the world below
//   state   how the page is there, if it can be there in several ways: empty, with an error, after something was done
//   simple  it is looked at in the simplified version, too
//   reach   how to come there, if opening the path is not enough: `(page, it) => …`, called with the page at that path
//
// The world is `{ origin, page, made, link, ready }`: the address of the service, the page of who looks (`page.request` asks with their
// cookies), what the demo wrote, a fresh one-time link for a role, and the path of what `prepared.mjs` makes, made when first asked for.
import { PASSWORD, ROLES, code } from "./people.mjs";
import { old } from "./prepared.mjs";

export const everyRole = Object.keys(ROLES);

/** GET routes that give something else than a page. */
export const NO_PAGES = {
  "/healthz": "text for probes",
  "/readyz": "text for probes",
  "/metrics": "text for Prometheus",
  "/style.css": "the style sheet",
  "/assets/{name}": "a script",
  "/trust.json": "the trust bundle",
  "/desk/drafts/{id}/rejects": "a file",
  "/desk/jobs/{id}/state": "a part of the page of the job",
  "/desk/jobs/{id}/events": "events",
  "/desk/jobs/{id}/rejects": "a file",
  "/desk/uploads/{id}/{file}": "a file",
  "/desk/cases/{id}/evidence/{place}": "a file",
  "/my/reports/{number}/pdf": "a PDF",
  "/counter/reports/{number}/pdf": "a PDF",
  "/console/templates/{name}": "a PDF",
  "/my/cases/{id}/evidence/{place}": "a file",
  "/codes/{id}/code": "what the page of the code shows next",
  "/codes/{id}/looks": "a part of the page of the code",
  "/codes/{id}/events": "events",
  "/verifications/{id}/{file}": "a file",
};

const submit = (page) => page.click("main button[type=submit]");

async function fill(page, fields) {
  for (const [name, value] of Object.entries(fields)) await page.fill(`#${name}`, value);
  await submit(page);
}

/** The code of the first report of the demo. */
const clean = (it) => new URL(it.made("1-clean.qr.txt")).pathname;
const fresh = { n: 0 };
/** A name that nobody has. */
const somebody = () => `somebody${fresh.n++}`;
/** The page of an account that one sees and may change. */
const account = async (it) => {
  await it.page.goto(`${it.origin}/accounts`);
  return it.page.getAttribute('main table a[href^="/accounts/"]', "href");
};
/** The first place that a list leads to below a path. */
const first = (list, below = `${list}/`) => async (it) => {
  await it.page.goto(it.origin + list);
  const found = it.page.locator(`main a[href^="${below}"]:not([href*="/new"])`).first();
  return found.getAttribute("href", { timeout: 5_000 });
};
/** Where something is that was made for this. */
const ready = (what) => (it) => it.ready(what);
/** Who runs the service, and who reads what was done. */
const operators = ["system", "auditor"];
/** Who acts for subjects. */
const subjects = ["agent", "person"];
/** A client as typed. */
async function client(page, fields) {
  await page.selectOption("#role", "verifier");
  await fill(page, { name: somebody(), ...fields });
}
/** The form of a request at the counter. */
async function atCounter(page) {
  await fill(page, { words: "示范" });
  await page.click('main table a[href^="/counter/request"]');
}
/** What a report would say, at the counter. */
async function previewed(page, { document = "identity-card", part = "head" }) {
  await atCounter(page);
  await page.fill("#applicant", "示范甲");
  await page.check(`input[name="acts_as"][value="${part}"]`);
  await page.selectOption("#document", document);
  await page.check("#agreed");
  await page.check('input[name="domain"] >> nth=0');
  await submit(page);
}
/** The form of a new record, of the first domain of the desk. */
const entered = async (it) => {
  await it.page.goto(`${it.origin}/desk/records/new`);
  const domain = await it.page.$eval("#domain", (list) => [...list.options].map((option) => option.value).find((value) => value));
  return `/desk/records/new?kind=penalty&domain=${domain}`;
};
/** Sends the form as it is, which a browser by itself would not. */
async function blank(page) {
  await page.$eval('main form[method="post"]', (form) => form.submit());
  await page.waitForSelector("main [role=alert]");
}
const join = (page) => fill(page, { name: somebody(), new: PASSWORD, again: PASSWORD });

export const PAGES = [
  // Whoever comes by.
  { route: "/", as: "nobody", simple: true },
  { route: "/accessibility", as: "nobody", simple: true },
  { route: "/offline", as: "nobody" },
  { route: "/s", as: "nobody" },
  { route: "/v", as: "nobody", path: () => "/v?code=0000-0000-0000-0000-0", state: "mistyped" },
  { route: "/v/{code}", as: "nobody", path: clean, state: "a report", simple: true },
  { route: "/v/{code}", as: "nobody", path: () => "/v/ABCD", state: "not known" },
  { route: "/problems/{kind}", as: "nobody", path: () => "/problems/not-found" },
  { route: "/problems/{kind}", as: "nobody", path: () => "/problems/none", state: "refused" },

  // Signing in.
  { route: "/sign-in", as: "nobody" },
  { route: "/sign-in", as: "nobody", state: "refused", reach: (page) => fill(page, { name: somebody(), password: "wrong" }) },
  { route: "/invitation/{secret}", as: "nobody", path: (it) => it.link("verifier") },
  {
    route: "/invitation/{secret}", as: "nobody", state: "refused", path: (it) => it.link("verifier"),
    reach: (page) => fill(page, { name: somebody(), new: PASSWORD, again: `${PASSWORD}!` }),
  },
  { route: "/sign-in/enrol", as: "nobody", path: (it) => it.link("auditor"), reach: join },
  {
    route: "/sign-in/enrol", as: "nobody", state: "recovery codes", path: (it) => it.link("auditor"),
    reach: async (page) => {
      await join(page);
      await fill(page, { code: code(await page.innerText("#secret")) });
    },
  },
  {
    route: "/sign-in/factor", as: "nobody", path: (it) => it.link("auditor"),
    reach: async (page) => {
      const name = somebody();
      await fill(page, { name, new: PASSWORD, again: PASSWORD });
      await fill(page, { code: code(await page.innerText("#secret")) });
      await page.click("main a.button");
      await page.click("header button[type=submit]");
      await fill(page, { name, password: PASSWORD });
    },
  },

  { route: "/sign-in/renew", as: "nobody", path: () => "/sign-in", reach: (page, it) => old(page, it.origin, somebody()) },
  {
    route: "/sign-in/renew", as: "nobody", state: "refused", path: () => "/sign-in",
    reach: async (page, it) => {
      await old(page, it.origin, somebody());
      await fill(page, { password: "wrong", new: PASSWORD, again: PASSWORD });
    },
  },
  { route: "/sign-in/with/{provider}", as: "nobody", path: () => "/sign-in/with/none", state: "no such service" },
  { route: "/sign-in/from/{provider}", as: "nobody", path: () => "/sign-in/from/none?code=x&state=y", state: "no such service" },

  // Whoever is signed in.
  { route: "/account", as: everyRole },
  { route: "/account", as: "verifier", state: "refused", reach: (page) => fill(page, { password: "wrong", new: PASSWORD, again: PASSWORD }) },
  { route: "/account/factor", as: everyRole },
  { route: "/accounts", as: "verifier", state: "denied" },

  // The security operator.
  { route: "/accounts", as: "security", simple: true },
  { route: "/accounts/invite", as: "security" },
  {
    route: "/accounts/invite", as: "security", state: "link",
    reach: async (page) => {
      await page.selectOption("#role", "verifier");
      await fill(page, { shown: "示范" });
    },
  },
  {
    route: "/accounts/invite", as: "security", state: "refused",
    reach: async (page) => {
      await page.selectOption("#role", "clerk");
      await fill(page, { shown: "示范", grants: "11310000MBTE5T0XXX" });
    },
  },
  { route: "/accounts/{id}", as: "security", path: account },
  { route: "/clients", as: "security", state: "empty" },
  { route: "/clients/new", as: "security" },
  { route: "/clients/new", as: "security", state: "refused", reach: (page) => client(page, { certificate: "none" }) },
  { route: "/clients/new", as: "security", state: "token", reach: (page) => client(page, {}) },
  { route: "/clients", as: "security", state: "some" },
  {
    route: "/clients/{id}", as: "security", path: () => "/clients",
    reach: (page) => page.click('main table a[href^="/clients/"]'),
  },
  {
    route: "/clients/{id}", as: "security", state: "refused", path: () => "/clients",
    reach: async (page) => {
      await page.click('main table a[href^="/clients/"]');
      await page.fill("#certificate", "none");
      await page.click('form[action$="/certificate"] button');
    },
  },

  // The service counter.
  { route: "/counter", as: "counter" },
  { route: "/counter", as: "counter", state: "refused", reach: (page) => fill(page, { words: "示" }) },
  { route: "/counter", as: "counter", state: "found", reach: (page) => fill(page, { words: "示范" }) },
  { route: "/counter/request", as: "counter", path: () => "/counter", reach: atCounter, simple: true },
  { route: "/counter/request", as: "counter", state: "refused", path: () => "/counter", reach: (page) => previewed(page, { document: "electronic-licence", part: "proxy" }) },
  { route: "/counter/request", as: "counter", state: "preview", path: () => "/counter", reach: (page) => previewed(page, {}) },
  {
    route: "/counter/request", as: "counter", state: "issued", path: () => "/counter",
    reach: async (page) => {
      await previewed(page, {});
      await page.click("#issue");
    },
  },
  { route: "/counter", as: "counter", state: "some" },

  // The desk of authorities.
  { route: "/desk", as: "clerk", simple: true },
  { route: "/desk/upload", as: "clerk" },
  { route: "/desk/uploads", as: "clerk" },
  { route: "/desk/uploads/{id}", as: "clerk", path: first("/desk/uploads") },
  { route: "/desk/records", as: "clerk" },
  { route: "/desk/records/new", as: "clerk" },
  { route: "/desk/records/new", as: "clerk", state: "to fill in", path: entered },
  { route: "/desk/records/new", as: "clerk", state: "refused", path: entered, reach: blank },
  { route: "/desk/records/{id}", as: "clerk", path: first("/desk/records") },
  { route: "/desk/records/{id}/{act}", as: "clerk", path: async (it) => `${await first("/desk/records")(it)}/withdraw` },
  { route: "/desk/coverage", as: "clerk" },
  { route: "/desk/quarantine", as: "clerk" },
  { route: "/desk/cases", as: "clerk" },
  { route: "/desk/drafts/{id}", as: "clerk", path: ready("draft") },
  { route: "/desk/uploads/{id}", as: "clerk", state: "with faults", path: ready("records") },
  { route: "/desk/jobs/{id}", as: "clerk", path: ready("job") },
  { route: "/desk/jobs", as: "clerk" },
  { route: "/desk/jobs", as: "clerk", state: "some", path: async (it) => (await it.ready("job")) && "/desk/jobs" },
  { route: "/desk/quarantine", as: "clerk", state: "some", path: async (it) => (await it.ready("row")) && "/desk/quarantine" },
  { route: "/desk/quarantine/{id}", as: "clerk", path: ready("row") },
  {
    route: "/desk/quarantine/{id}", as: "clerk", state: "to confirm", path: ready("row"),
    reach: async (page) => {
      await page.check('input[name="to"][value="nobody"]');
      await fill(page, { reason: "误报" });
    },
  },
  { route: "/desk/cases/{id}", as: "clerk", path: ready("case at the desk") },
  { route: "/desk/cases", as: "clerk", state: "some", path: async (it) => (await it.ready("case at the desk")) && "/desk/cases" },
  { route: "/desk/quality", as: "clerk" },

  // Subjects and who acts for them.
  { route: "/my", as: subjects, simple: true },
  { route: "/my/request", as: subjects, simple: true },
  { route: "/my/reports", as: subjects },
  { route: "/my/reports/{number}", as: "agent", path: first("/my/reports") },
  { route: "/my/reports/{number}", as: "person", path: () => "/my/reports/none", state: "not there" },
  { route: "/my/compare", as: subjects },
  { route: "/my/records", as: subjects },
  { route: "/my/cases", as: subjects },
  { route: "/my/records/{id}", as: subjects, path: ready("record") },
  { route: "/my/records/{id}/{act}", as: subjects, path: async (it) => `${await it.ready("record")}/objection` },
  { route: "/my/records/{id}/{act}", as: "agent", state: "repair", path: async (it) => `${await it.ready("record")}/repair` },
  { route: "/my/cases/{id}", as: subjects, path: ready("case") },
  { route: "/my/cases", as: "agent", state: "some", path: async (it) => (await it.ready("case")) && "/my/cases" },
  { route: "/my/looks", as: subjects },
  { route: "/my/mandates", as: subjects },
  { route: "/codes", as: subjects },
  { route: "/codes/new", as: subjects },
  { route: "/codes/new", as: "agent", state: "grant", path: () => "/codes/new?kind=grant" },
  { route: "/codes/{id}", as: subjects, path: ready("code") },
  { route: "/c/{code}", as: "verifier", state: "what for", path: async (it) => (await it.ready("grant to be asked for")).door },
  { route: "/codes/{id}", as: "agent", state: "asked for a look", path: ready("asked for") },
  { route: "/c/{code}", as: "verifier", state: "waiting", path: async (it) => (await it.ready("grant to be asked for")).door },
  { route: "/codes/{id}", as: "agent", state: "on the screen", path: ready("code on the screen") },
  { route: "/codes", as: "agent", state: "some", path: async (it) => (await it.ready("code")) && "/codes" },

  // Notices, watches, webhooks, batches.
  { route: "/notices", as: everyRole },
  { route: "/notices/settings", as: everyRole },
  { route: "/notices/confirm/{secret}", as: everyRole, path: () => "/notices/confirm/none", state: "no such link" },
  { route: "/watches", as: "verifier" },
  { route: "/webhooks", as: ["clerk", "verifier"] },
  { route: "/webhooks/{id}", as: ["clerk", "verifier"], path: ready("webhook") },
  { route: "/webhooks/{id}/remove", as: ["clerk", "verifier"], path: async (it) => `${await it.ready("webhook")}/remove` },
  { route: "/webhooks", as: "verifier", state: "some", path: async (it) => (await it.ready("webhook")) && "/webhooks" },
  { route: "/verifications", as: "verifier", simple: true },
  { route: "/verifications/{id}", as: "verifier", path: ready("batch") },
  { route: "/verifications", as: "verifier", state: "some", path: async (it) => (await it.ready("batch")) && "/verifications" },
  { route: "/c/{code}", as: "nobody", state: "the door", path: ready("door") },
  { route: "/looks/{id}", as: "nobody", state: "a look", path: ready("door"), reach: submit },
  { route: "/c/{code}", as: "nobody", path: () => "/c/ABCD", state: "not known" },
  { route: "/looks/{id}", as: "nobody", path: () => "/looks/00000000-0000-7000-8000-000000000007", state: "not there" },

  // The console of the operator.
  { route: "/console", as: ["system", "security", "auditor"], simple: true },
  { route: "/console/proposals", as: operators },
  { route: "/console/proposals/{id}", as: operators, path: ready("proposal") },
  { route: "/console/proposals/{id}", as: "system", state: "of rules", path: ready("proposal of rules") },
  { route: "/console/proposals", as: "system", state: "some", path: async (it) => (await it.ready("proposal")) && "/console/proposals" },
  { route: "/console/reports", as: operators },
  { route: "/console/reports/{number}", as: operators, path: first("/console/reports") },
  { route: "/console/figures", as: operators },
  { route: "/console/authorities", as: operators },
  { route: "/console/authorities/new", as: "system" },
  { route: "/console/authorities/{code}", as: operators, path: first("/console/authorities") },
  { route: "/console/subjects", as: operators },
  { route: "/console/subjects/{id}", as: operators, path: first("/console/subjects") },
  { route: "/console/rules", as: operators },
  { route: "/console/rules/{kind}", as: operators, path: first("/console/rules") },
  { route: "/console/rules/{kind}/{number}", as: operators, path: ready("version") },
  { route: "/console/rules/{kind}", as: "system", state: "versions", path: async (it) => (await it.ready("version")) && "/console/rules/policy" },
  { route: "/console/keys", as: operators },
  { route: "/console/jobs", as: operators },
  { route: "/console/templates", as: operators },
  { route: "/console/ratings", as: operators },
  { route: "/console/journal", as: "auditor" },
  { route: "/ratings", as: "nobody" },
];
