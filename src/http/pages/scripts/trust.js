// The trust bundle: checked as src/seal/trust.rs checks it, so that a saved page and a bundle that was brought to
// it from elsewhere can be trusted as far as one root fingerprint is.
"use strict";

(function (mz) {
  const FORMATS = ["mingzheng-trust/1", "mingzheng-trust/2"];
  const PROTECTED = Uint8Array.of(0xa1, 0x01, 0x26); // {1: -7}: the algorithm is ES256
  const SIGN1 = 18n, X5CHAIN = 33n;
  const STATUSES = ["valid", "superseded", "disputed", "revoked", "unknown"];
  const LARGEST = 64 * 1024 * 1024;

  /** The one spelling of a JSON value (RFC 8785). */
  function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    const keys = Object.keys(value).sort(); // by UTF-16 units, as the standard wants it
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }

  /** Milliseconds of an instant as the platform writes it. */
  function millis(text) {
    mz.need(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text), "an instant");
    const at = Date.parse(text);
    mz.need(Number.isFinite(at), "an instant");
    return at;
  }

  /** An instant as the platform writes it, with milliseconds only where there are any. */
  function instant(at) {
    return new Date(at).toISOString().replace(".000Z", "Z");
  }

  /** What is signed (RFC 9052, 4.4), with the purpose that the signature is for. */
  function toBeSigned(purpose, payload) {
    const parts = [PROTECTED, mz.utf8(purpose), payload].map(mz.cborBytes);
    return mz.concat(Uint8Array.of(0x84), mz.cborText("Signature1"), ...parts);
  }

  /** Opens a COSE_Sign1 message up to its one unprotected header. */
  function openMessage(bytes, header) {
    const message = new mz.Cbor(bytes);
    mz.need(message.tag() === SIGN1 && message.array() === 4n, "a COSE_Sign1 message");
    mz.need(mz.equal(message.bytes(), PROTECTED), "ES256");
    mz.need(message.map() === 1n && message.uint() === header, "its one header");
    return message;
  }

  /** The certificates and the value of a detached signature. */
  async function detached(bytes) {
    const message = openMessage(bytes, X5CHAIN);
    const length = message.array();
    mz.need(length >= 1n && length <= 4n, "one to four certificates");
    const chain = [];
    while (chain.length < length) chain.push(await mz.Certificate.fromDer(message.bytes()));
    message.null();
    const value = message.bytes();
    message.end();
    return { chain, value };
  }

  async function certificates(list) {
    return Promise.all(list.map((pem) => mz.Certificate.fromDer(mz.fromPem(pem))));
  }

  /** Whether some certificate of `issuers` issued `one`. */
  async function issuedByAny(one, issuers, below) {
    for (const issuer of issuers) if (await one.isIssuedBy(issuer, below)) return true;
    return false;
  }

  /** What a verifier trusts, and what it knows of reports that do not simply stand. */
  class Bundle {
    /**
     * Reads a bundle and checks all of it; throws if anything is wrong. `roots` are those of a bundle that is
     * trusted already: then its signature must lead to one of them, and otherwise to one of its own.
     */
    static async read(text, roots = null) {
      mz.need(text.length <= LARGEST, "a bundle below 64 MiB");
      const { bundle: form, signature } = JSON.parse(text);
      mz.need(form && FORMATS.includes(form.format), "a bundle of a known format");
      const one = new Bundle();
      one.form = form;
      one.generatedAt = millis(form.generated_at);
      one.statusesAsOf = millis(form.statuses_as_of);
      mz.need(Array.isArray(form.origins) && form.origins.length > 0 && form.origins.every(mz.isOrigin), "addresses");
      one.origins = form.origins;
      await one.#takeCertificates(form);
      one.#takeStatuses(form.statuses);
      await one.#checkSignature(signature, roots ?? one.roots);
      return one;
    }

    async #takeCertificates(form) {
      this.roots = await certificates(form.roots);
      this.issuing = await certificates(form.issuing);
      const all = await certificates(form.signers.map((signer) => signer.certificate));
      const since = (text) => (text === undefined ? Infinity : millis(text));
      const earliest = (...times) => times.map(since).reduce((one, other) => Math.min(one, other));
      this.signers = form.signers.map(({ revoked_since, compromised_since }, at) => ({
        certificate: all[at],
        lostAt: earliest(revoked_since, compromised_since), // from when on nothing of it is believed
      }));
      mz.need(this.roots.some((root) => root.usable), "a root certificate");
      for (const root of this.roots) mz.need(!root.usable || (await root.isIssuedBy(root, 1)), "roots that sign themselves");
      for (const authority of this.issuing) {
        mz.need(!authority.usable || (await issuedByAny(authority, this.roots, 1)), "authorities under the roots");
      }
      for (const { certificate } of this.signers) {
        const holds = certificate.isSigner && (await issuedByAny(certificate, this.issuing, 0));
        mz.need(!certificate.usable || holds, "signers under the authorities");
      }
    }

    #takeStatuses(statuses) {
      this.statuses = new Map();
      let last = "";
      for (const { facts_digest, status, since, reason } of statuses) {
        mz.need(/^[0-9a-f]{64}$/.test(facts_digest) && facts_digest > last, "reports in order");
        mz.need(STATUSES.includes(status) && typeof reason === "string", "a status");
        this.statuses.set(facts_digest, { status, since: instant(millis(since)), note: reason || null });
        last = facts_digest;
      }
    }

    async #checkSignature(signature, roots) {
      const { chain, value } = await detached(mz.fromHex(signature));
      mz.need((await mz.checkPath(chain, roots, this.generatedAt)) === "trusted", "a signer under a trusted root");
      const digest = await mz.sha256(mz.utf8(canonical(this.form)));
      const signed = toBeSigned("mingzheng trust 1", digest);
      mz.need(await mz.verifies(chain[0].said.key, value, signed), "a signature over these bytes");
      const listed = this.signers.find((signer) => signer.certificate.is(chain[0]));
      const authority = listed && this.authorityOf(listed);
      mz.need(authority && this.judge(listed, authority, this.generatedAt, this.generatedAt) === "trusted", "a signer that it trusts itself");
    }

    /** What people compare to know that the root is the operator's: SHA-256 of each root certificate. */
    get fingerprints() {
      return this.roots.map((root) => root.fingerprint);
    }

    get operator() {
      return this.form.operator;
    }

    /** The signer whose certificate has this key id. */
    signerOf(keyId) {
      return this.signers.find((signer) => signer.certificate.keyId === keyId);
    }

    /** The authority above a signer. */
    authorityOf(signer) {
      return this.issuing.find((authority) => signer.certificate.fitsUnder(authority, 0));
    }

    /** How far a listed signer is trusted for what it says it signed at a time, and what is known to exist at another. */
    judge(signer, authority, at, existed) {
      const alive = signer.certificate.isValidAt(at) && authority.isValidAt(at);
      if (!alive) return "invalid";
      if (existed < signer.lostAt) return "trusted";
      return at < signer.lostAt ? "unproven" : "revoked";
    }

    /** The status of a report by the digest of its facts. What was issued after the statuses were taken is unknown. */
    statusOf(facts, issuedAt) {
      const known_at = instant(this.statusesAsOf);
      const known = this.statuses.get(facts);
      if (known) return { ...known, known_at };
      if (issuedAt <= this.statusesAsOf) return { status: "valid", since: instant(issuedAt), note: null, known_at };
      return { status: "unknown", since: null, note: null, known_at };
    }
  }

  Object.assign(mz, { Bundle, openMessage, toBeSigned, instant });
})(globalThis.mingzheng);
