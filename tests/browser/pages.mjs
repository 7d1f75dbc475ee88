// Every page that people see, and who sees it: `accessibility.test.mjs` looks at each.
//
// A page is a line `{ route, as, path?, state?, reach?, weight? }`:
//   route   as tests/golden/access.txt writes it
//   as      a role, or several, or `nobody` who is not signed in, or `everyRole`
//   path    where it is, if the route has holes: `(it) => …`, may be async; `it` is the world below
//   state   how the page is there, if it can be there in several ways: empty, with an error, after something was done
//   weight  the most that it may weigh, in bytes, if there is a reason for more than others may
//   reach   how to come there, if opening the path is not enough: `(page, it) => …`, called with the page at that path
//
// The world is `{ origin, page, program, made, link }`: the address of the service, the page of who looks (`page.request` asks with
// their cookies), the command line over its store, what the demo wrote, and a fresh one-time link for a role.
import { PASSWORD, ROLES, code } from "./people.mjs";

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
  "/desk/uploads/{id}/{file}": "a file",
  "/desk/cases/{id}/evidence/{place}": "a file",
  "/my/reports/{number}/pdf": "a PDF",
  "/console/templates/{name}": "a PDF",
  "/my/cases/{id}/evidence/{place}": "a file",
  "/codes/{id}/code": "what the page of the code shows next",
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
/** Who runs the service, and who reads what was done. */
const operators = ["system", "auditor"];
/** Who acts for subjects. */
const subjects = ["agent", "person"];
/** A client as typed. */
async function client(page, fields) {
  await page.selectOption("#role", "verifier");
  await fill(page, { name: somebody(), ...fields });
}
const join = (page) => fill(page, { name: somebody(), new: PASSWORD, again: PASSWORD });

export const PAGES = [
  // Whoever comes by.
  { route: "/", as: "nobody" },
  // One file that holds all it needs: scripts, style sheet and trust bundle.
  { route: "/offline", as: "nobody", weight: 150_000 },
  { route: "/s", as: "nobody", weight: 150_000 },
  { route: "/v", as: "nobody", path: () => "/v?code=0000-0000-0000-0000-0", state: "mistyped" },
  { route: "/v/{code}", as: "nobody", path: clean, state: "a report" },
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

  { route: "/sign-in/with/{provider}", as: "nobody", path: () => "/sign-in/with/none", state: "no such service" },
  { route: "/sign-in/from/{provider}", as: "nobody", path: () => "/sign-in/from/none?code=x&state=y", state: "no such service" },

  // Whoever is signed in.
  { route: "/account", as: everyRole },
  { route: "/account", as: "verifier", state: "refused", reach: (page) => fill(page, { password: "wrong", new: PASSWORD, again: PASSWORD }) },
  { route: "/account/factor", as: everyRole },
  { route: "/accounts", as: "verifier", state: "denied" },

  // The security operator.
  { route: "/accounts", as: "security" },
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

  // The desk of authorities.
  { route: "/desk", as: "clerk" },
  { route: "/desk/upload", as: "clerk" },
  { route: "/desk/uploads", as: "clerk" },
  { route: "/desk/uploads/{id}", as: "clerk", path: first("/desk/uploads") },
  { route: "/desk/records", as: "clerk" },
  { route: "/desk/records/{id}", as: "clerk", path: first("/desk/records") },
  { route: "/desk/records/{id}/{act}", as: "clerk", path: async (it) => `${await first("/desk/records")(it)}/withdraw` },
  { route: "/desk/coverage", as: "clerk" },
  { route: "/desk/quarantine", as: "clerk" },
  { route: "/desk/cases", as: "clerk" },
  { route: "/desk/quality", as: "clerk" },

  // Subjects and who acts for them.
  { route: "/my", as: subjects },
  { route: "/my/request", as: subjects },
  { route: "/my/reports", as: subjects },
  { route: "/my/reports/{number}", as: "agent", path: first("/my/reports") },
  { route: "/my/reports/{number}", as: "person", path: () => "/my/reports/none", state: "not there" },
  { route: "/my/compare", as: subjects },
  { route: "/my/records", as: subjects },
  { route: "/my/cases", as: subjects },
  { route: "/my/mandates", as: subjects },
  { route: "/codes", as: subjects },
  { route: "/codes/new", as: subjects },

  // Notices, watches, webhooks, batches.
  { route: "/notices", as: everyRole },
  { route: "/notices/settings", as: everyRole },
  { route: "/notices/confirm/{secret}", as: everyRole, path: () => "/notices/confirm/none", state: "no such link" },
  { route: "/watches", as: "verifier" },
  { route: "/webhooks", as: ["clerk", "verifier"] },
  { route: "/verifications", as: "verifier" },
  { route: "/c/{code}", as: "nobody", path: () => "/c/ABCD", state: "not known" },
  { route: "/looks/{id}", as: "nobody", path: () => "/looks/00000000-0000-7000-8000-000000000007", state: "not there" },

  // The console of the operator.
  { route: "/console", as: ["system", "security", "auditor"] },
  { route: "/console/proposals", as: operators },
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
  { route: "/console/keys", as: operators },
  { route: "/console/templates", as: operators },
  { route: "/console/ratings", as: operators },
  { route: "/console/journal", as: "auditor" },
  { route: "/ratings", as: "nobody" },
];

/** Pages that need what the demo does not have, or more time than a run takes. */
export const OUT_OF_REACH = {
  "/sign-in/renew": "a password must be ninety days old; its form is that of /account",
  "/console/proposals/{id}": "needs a proposal",
  "/console/rules/{kind}/{number}": "needs a version of rules that somebody proposed",
  "/desk/drafts/{id}": "needs a file that a clerk is about to send",
  "/desk/jobs/{id}": "needs a file that is stored in the background",
  "/desk/quarantine/{id}": "needs a row of this authority that was set aside",
  "/desk/cases/{id}": "needs a case",
  "/my/records/{id}": "needs a record of the subject",
  "/my/records/{id}/{act}": "needs a record of the subject",
  "/my/cases/{id}": "needs a case",
  "/webhooks/{id}": "needs a webhook",
  "/webhooks/{id}/remove": "needs a webhook",
  "/codes/{id}": "needs a one-code",
  "/codes/{id}/looks": "needs a one-code",
  "/verifications/{id}": "needs a batch",
};
