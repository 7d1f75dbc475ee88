// A provider of OpenID Connect that others wrote (the npm package oidc-provider), with faults that it has when it is told to.
import { createRequire } from "node:module";
import { generateKeyPairSync } from "node:crypto";
import { pathToFileURL } from "node:url";

import { here } from "./house.mjs";

export const CLIENT = "mingzheng";
export const SECRET = "a secret between the two of us, for a test";

const jwk = (kid) => ({ ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" });

/** Starts a provider that sends people back to an address; `faults` may be changed at any time, `answers` has the way back of everybody. */
export async function start(back, { amr } = {}) {
  const resolved = createRequire(here("../.tools/browser/")).resolve("oidc-provider");
  const warn = console.warn;
  console.warn = () => {}; // what it says of its own demonstration pages
  const { Provider } = await import(pathToFileURL(resolved).href);
  const faults = { nonce: false, key: false, hold: false };
  const answers = [];
  const other = jwk("one");
  const { createServer } = await import("node:http");
  const server = createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT, client_secret: SECRET, redirect_uris: [back], response_types: ["code"], grant_types: ["authorization_code"] }],
    jwks: { keys: [jwk("one")] },
    cookies: { keys: ["for a test"] },
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ["sub", "employee", "amr"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, employee: `E-${id}` }) }),
  });
  console.warn = warn;
  if (amr) {
    // Its demonstration page asks for one factor, and would say nothing of others.
    const finished = provider.interactionFinished.bind(provider);
    provider.interactionFinished = (request, response, result, options) =>
      finished(request, response, result.login ? { ...result, login: { ...result.login, amr } } : result, options);
  }
  provider.use(async (ctx, next) => {
    if (faults.nonce && ctx.path === "/auth") ctx.query = { ...ctx.query, nonce: "another one" };
    await next();
    if (faults.key && ctx.path === "/jwks") {
      const { kty, n, e, kid, use, alg } = other;
      ctx.body = { keys: [{ kty, n, e, kid, use, alg }] };
    }
    const to = ctx.response.get("location");
    if (!to?.startsWith(back)) return;
    answers.push(to);
    if (!faults.hold) return;
    ctx.remove("location");
    ctx.status = 200;
    ctx.body = "held back";
  });
  server.on("request", provider.callback());
  const stop = () => new Promise((ended) => {
    server.closeAllConnections();
    server.close(ended);
  });
  return { issuer, faults, answers, stop };
}
