// X.509 certificates (RFC 5280) and ECDSA on P-256: what src/seal/certificates.rs checks of a chain.
//
// A bundle may list certificates of other kinds, for documents. A claim is always signed with P-256, so those are
// read no further than their bytes and lead nowhere.
"use strict";

(function (mz) {
  const SEQUENCE = 0x30, SET = 0x31, BITS = 0x03, OCTETS = 0x04, OID = 0x06, BOOLEAN = 0x01;
  const ECDSA_SHA256 = "2a8648ce3d040302"; // 1.2.840.10045.4.3.2
  const P256 = "06072a8648ce3d020106082a8648ce3d030107"; // id-ecPublicKey, secp256r1
  const ORGANIZATION = "55040a"; // 2.5.4.10
  const SUBJECT_KEY = "551d0e", USAGE = "551d0f", CONSTRAINTS = "551d13", AUTHORITY_KEY = "551d23", EXTENDED = "551d25";
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const LONGEST = 16 * 1024;

  /** Whether a key signed a message. Of the two signatures that ECDSA allows only that with the smaller s counts. */
  async function verifies(key, signature, message) {
    if (signature.length !== 64) return false;
    const [r, s] = [mz.toNumber(signature.subarray(0, 32)), mz.toNumber(signature.subarray(32))];
    if (r < 1n || r >= ORDER || s < 1n || s > ORDER / 2n) return false;
    return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, message);
  }

  /** A signature in DER as r and s, 32 bytes each. */
  function fixed(der) {
    const reader = new mz.Der(der);
    const pair = reader.open(SEQUENCE);
    reader.end();
    const parts = [pair.uint(), pair.uint()];
    pair.end();
    return mz.concat(...parts.map((part) => {
      mz.need(part < 1n << 256n, "a number of 256 bits");
      return mz.fromHex(part.toString(16).padStart(64, "0"));
    }));
  }

  function time(reader) {
    const short = reader.next === 0x17; // UTCTime, else GeneralizedTime
    const text = mz.fromUtf8(reader.take(short ? 0x17 : 0x18));
    const parts = (short ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(text);
    mz.need(parts, "a time");
    const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
    const century = short ? (year < 50 ? 2000 : 1900) : 0;
    return Date.UTC(century + year, month - 1, day, hour, minute, second);
  }

  /** The organisation in a name, empty if there is none. */
  function organization(name) {
    const names = new mz.Der(name).open(SEQUENCE);
    while (names.next !== undefined) {
      const parts = names.open(SET);
      while (parts.next !== undefined) {
        const part = parts.open(SEQUENCE);
        const [kind, value] = [mz.toHex(part.take(OID)), part.take(part.next)];
        if (kind === ORGANIZATION) return mz.fromUtf8(value);
      }
    }
    return "";
  }

  function bits(content) {
    mz.need(content.length >= 1 && content[0] < 8, "a bit string");
    return content.subarray(1);
  }

  function extensions(tbs, into) {
    const list = tbs.open(0xa3).open(SEQUENCE);
    while (list.next !== undefined) {
      const one = list.open(SEQUENCE);
      const kind = mz.toHex(one.take(OID));
      const critical = one.next === BOOLEAN && one.take(BOOLEAN)[0] === 255;
      const value = new mz.Der(one.take(OCTETS));
      one.end();
      mz.need(![...into.seen].includes(kind), "each extension once");
      into.seen.add(kind);
      if (kind === CONSTRAINTS) {
        const inside = value.open(SEQUENCE);
        into.authority = inside.next === BOOLEAN && inside.take(BOOLEAN)[0] === 255;
        into.depth = inside.next === 0x02 ? Number(inside.uint()) : Infinity;
      } else if (kind === USAGE) {
        const first = bits(value.take(BITS))[0] ?? 0;
        Object.assign(into, { signs: (first & 0x80) !== 0, issues: (first & 0x04) !== 0 });
      } else if (kind === SUBJECT_KEY) {
        into.keyId = mz.toHex(value.take(OCTETS));
      } else if (kind === AUTHORITY_KEY) {
        const inside = value.open(SEQUENCE);
        into.issuerKeyId = inside.next === 0x80 ? mz.toHex(inside.take(0x80)) : null;
      } else if (kind !== EXTENDED && critical) {
        throw new mz.Malformed("an extension that must be understood");
      }
    }
  }

  /** What a certificate says; `null` for one of another kind than ECDSA on P-256 with SHA-256. */
  async function read(der) {
    mz.need(der.length <= LONGEST, "a shorter certificate");
    const outer = new mz.Der(der);
    const certificate = outer.open(SEQUENCE);
    outer.end();
    const body = certificate.element(SEQUENCE);
    const algorithm = certificate.open(SEQUENCE);
    const signature = bits(certificate.take(BITS));
    certificate.end();
    const tbs = new mz.Der(body.content);
    const version = tbs.open(0xa0);
    mz.need(version.uint() === 2n, "version 3");
    tbs.take(0x02); // the serial number
    const inner = tbs.open(SEQUENCE);
    const ours = (it) => mz.toHex(it.take(OID)) === ECDSA_SHA256 && it.next === undefined;
    const issuer = tbs.element(SEQUENCE).whole;
    const validity = tbs.open(SEQUENCE);
    const life = [time(validity), time(validity) + 999];
    const subject = tbs.element(SEQUENCE).whole;
    const info = tbs.element(SEQUENCE);
    const kind = mz.toHex(new mz.Der(info.content).take(SEQUENCE));
    if (!ours(algorithm) || !ours(inner) || kind !== P256) return null;
    const said = { seen: new Set(), authority: null, issuerKeyId: null };
    if (tbs.next === 0xa3) extensions(tbs, said);
    tbs.end();
    const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("spki", info.whole, ecdsa, false, ["verify"]);
    return { ...said, key, issuer, subject, life, signed: body.whole, signature: fixed(signature), organization: organization(subject) };
  }

  /** A certificate in DER. */
  class Certificate {
    /** Reads one; throws on what is none. */
    static async fromDer(der) {
      const one = new Certificate();
      const digest = await mz.sha256(der);
      Object.assign(one, { der, fingerprint: mz.toHex(digest), keyId: mz.toHex(digest.subarray(0, 8)) });
      one.said = await read(der);
      return one;
    }

    /** Whether it is of the kind that signs claims and bundles. */
    get usable() {
      return this.said !== null;
    }

    get organization() {
      return this.said?.organization ?? "";
    }

    is(other) {
      return mz.equal(this.der, other.der);
    }

    isValidAt(millis) {
      return this.usable && this.said.life[0] <= millis && millis <= this.said.life[1];
    }

    /** Whether it may sign and is no authority. */
    get isSigner() {
      return this.usable && this.said.signs === true && this.said.authority !== true;
    }

    /** Whether names, key identifiers and depth let `issuer` have issued it, `below` authorities above the signer. */
    fitsUnder(issuer, below) {
      if (!this.usable || !issuer.usable) return false;
      const [mine, theirs] = [this.said, issuer.said];
      const may = theirs.authority === true && theirs.issues === true && below <= theirs.depth;
      const identified = mine.issuerKeyId === null || mine.issuerKeyId === theirs.keyId;
      return may && identified && mz.equal(mine.issuer, theirs.subject);
    }

    /** Whether `issuer` issued it, with everything that belongs to that. */
    async isIssuedBy(issuer, below) {
      return this.fitsUnder(issuer, below) && (await verifies(issuer.said.key, this.said.signature, this.said.signed));
    }
  }

  /**
   * How a chain, signer first, stands at a time: `trusted`; `unknown` where it leads to none of the roots;
   * `invalid` where it does but does not hold.
   */
  async function checkPath(chain, roots, millis) {
    const top = chain[chain.length - 1];
    let root = null;
    for (const one of roots) root ??= top && (await top.isIssuedBy(one, chain.length - 1)) ? one : null;
    if (!root) return "unknown";
    for (let at = 0; at + 1 < chain.length; at += 1) {
      // A name that does not fit, or one that may not issue, tell strangers from our own that do not hold.
      if (await chain[at].isIssuedBy(chain[at + 1], at)) continue;
      const may = chain[at + 1].said.authority === true && chain[at + 1].said.issues === true && at <= chain[at + 1].said.depth;
      return may ? "unknown" : "invalid";
    }
    const alive = [...chain, root].every((one) => one.isValidAt(millis));
    return chain[0].isSigner && alive ? "trusted" : "invalid";
  }

  Object.assign(mz, { Certificate, checkPath, verifies });
})(globalThis.mingzheng);
