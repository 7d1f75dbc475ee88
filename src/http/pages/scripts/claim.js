// The claim in a QR and the verdict on it: the same words, in the same order, as src/verify/qr.rs gives.
"use strict";

(function (mz) {
  const KID = 4n;
  const ITEMS = 12n;
  const SNAPSHOT_ITEMS = 8n;
  const LONGEST_NAME = 60;
  const LONGEST_TEXT = 40;
  const CONCLUSIONS = [null, "none", "found", "not-covered"];
  const CLOCKS_DIFFER = 5 * 60 * 1000;
  /** The first and last second that the platform can write: the years 0001 to 9999. */
  const SECONDS = [-62135596800n, 253402300799n];
  const NOTHING = { status: "unknown", since: null, note: null, known_at: null };

  function day(days) {
    mz.need(days > -4000000n && days <= 2932896n, "a day up to 9999-12-31");
    return new Date(Number(days) * 86400000).toISOString().split("T")[0];
  }

  function second(seconds) {
    mz.need(SECONDS[0] <= seconds && seconds <= SECONDS[1], "an instant");
    return Number(seconds) * 1000;
  }

  function short(text) {
    mz.need(mz.utf8(text).length <= LONGEST_TEXT, "a short text");
    return text;
  }

  /** Conclusions by domain number, two bits each. */
  function unpack(bytes) {
    mz.need(bytes.length <= 128 && bytes[bytes.length - 1] !== 0, "conclusions without a zero byte at the end");
    const conclusions = new Map();
    bytes.forEach((byte, at) => {
      [6, 4, 2, 0].forEach((shift, place) => {
        const conclusion = CONCLUSIONS[(byte >> shift) & 3];
        if (conclusion) conclusions.set(at * 4 + place + 1, conclusion);
      });
    });
    return conclusions;
  }

  /** What the payload of a claim says; throws on what the platform does not write. */
  function decode(payload) {
    const reader = new mz.Cbor(payload);
    mz.need(reader.array() === ITEMS && reader.int() === 1n, "a claim of version 1");
    const subject = reader.isText() ? { code: short(reader.text()) } : { commitment: reader.bytes() };
    mz.need(subject.code !== undefined || subject.commitment.length === 16, "sixteen bytes");
    const code = mz.codeOf(reader.bytes());
    const number = reader.text();
    mz.need(mz.isNumber(number), "a report number");
    const catalogue = short(reader.text());
    const conclusions = unpack(reader.bytes());
    const [from, to] = [day(reader.int()), day(reader.int())];
    const issued = reader.int();
    const [issuedAt, asOf] = [second(issued), second(issued - reader.int())];
    const facts = reader.bytes();
    mz.need(facts.length === 32, "a digest");
    const statusIndex = reader.uint().toString();
    reader.end();
    return { subject, code, number, catalogue, conclusions, from, to, issuedAt, asOf, facts: mz.toHex(facts), statusIndex };
  }

  /** What the payload of a snapshot says. */
  function decodeSnapshot(payload) {
    const reader = new mz.Cbor(payload);
    mz.need(reader.array() === SNAPSHOT_ITEMS && reader.int() === 1n, "a snapshot of version 1");
    const subject = reader.isText() ? { code: short(reader.text()) } : { commitment: reader.bytes() };
    mz.need(subject.code !== undefined || subject.commitment.length === 16, "sixteen bytes");
    const name = reader.text();
    mz.need(mz.utf8(name).length <= LONGEST_NAME, "a name");
    const catalogue = short(reader.text());
    const conclusions = unpack(reader.bytes());
    const [from, to, asOf] = [day(reader.int()), day(reader.int()), second(reader.int())];
    reader.end();
    return { subject, name, catalogue, conclusions, from, to, asOf };
  }

  /** The parts of a claim's message; null for anything that the platform does not write. */
  function readClaim(bytes, decode) {
    try {
      const message = mz.openMessage(bytes, KID);
      const keyId = message.bytes();
      mz.need(keyId.length === 8, "a key id");
      const [payload, signature] = [message.bytes(), message.bytes()];
      message.end();
      return { keyId: mz.toHex(keyId), payload, signature, claim: decode(payload) };
    } catch (error) {
      // A broken claim is an answer; a fault of this script is not.
      if (error instanceof mz.Malformed || error instanceof TypeError || error instanceof RangeError) return null;
      throw error;
    }
  }

  function without(integrity, ...reasons) {
    const nobody = { signer: null, signed_at: null, facts_sha256: null };
    return { integrity, issuer: "unknown", status: NOTHING, reasons, ...nobody, claim: null, snapshot: null };
  }

  const ISSUER = {
    trusted: ["trusted", []],
    invalid: ["unknown", ["certificate-invalid"]],
    revoked: ["key-revoked", ["key-compromised"]],
    unproven: ["key-revoked", ["signing-time-unproven"]],
  };
  const OF_STATUS = { valid: [], superseded: ["report-superseded"], disputed: ["report-disputed"], revoked: ["report-revoked"] };

  function statusReasons({ status }) {
    return status === "unknown" ? ["status-not-known"] : [...OF_STATUS[status], "status-from-bundle"];
  }

  /** Judges a snapshot: genuine or not, it is not live, and no list of statuses knows it. */
  async function judgeSnapshot(bytes, bundle, now) {
    const message = readClaim(bytes, decodeSnapshot);
    if (!message) return without("not-ours", "claim-invalid");
    const signer = bundle.signerOf(message.keyId);
    if (!signer) return without("cannot-tell", "signer-unknown");
    const key = signer.certificate.said?.key;
    if (!key || !(await mz.verifies(key, message.signature, mz.toBeSigned("mingzheng snapshot 1", message.payload)))) {
      return without("altered", "claim-invalid");
    }
    const snapshot = message.claim;
    const [issuer, doubts] = ISSUER[bundle.judge(signer, bundle.authorityOf(signer), snapshot.asOf, now)];
    const reasons = ["snapshot-not-live", ...doubts];
    if (snapshot.asOf > now + CLOCKS_DIFFER) reasons.push("signed-in-future");
    return {
      ...without("intact", ...reasons),
      issuer,
      signer: signer.certificate.organization,
      signed_at: mz.instant(snapshot.asOf),
      snapshot: issuer === "trusted" ? snapshot : null,
    };
  }

  /**
   * Judges the text of a QR by a bundle, at `now` (milliseconds). A genuine claim proves what was issued under its
   * number, not that the paper around it is the report: people compare.
   */
  async function judgeQr(text, bundle, now) {
    const read = mz.readQrText(text);
    if (read.wrong === "shape") return without("not-ours", "qr-not-ours");
    if (read.wrong === "digits") return without("not-ours", "claim-invalid");
    if (read.wrong === "code") return without("cannot-tell", "code-mistyped");
    if (read.wrong === "version") return without("cannot-tell", "claim-version-unknown");
    if (!bundle.origins.includes(read.origin)) return without("not-ours", "origin-unknown", "qr-not-ours");
    if (read.snapshot) return judgeSnapshot(read.snapshot, bundle, now);
    if (read.claim === null) return without("cannot-tell", "qr-without-claim");
    const message = readClaim(read.claim, decode);
    if (!message) return without("not-ours", "claim-invalid");
    const signer = bundle.signerOf(message.keyId);
    if (!signer) return without("cannot-tell", "signer-unknown");
    const signed = mz.toBeSigned("mingzheng claim 1", message.payload);
    const key = signer.certificate.said?.key; // none where it is of a kind that signs no claims
    if (!key || !(await mz.verifies(key, message.signature, signed))) {
      return without("altered", "claim-invalid");
    }
    const { claim } = message;
    const fits = claim.code === read.code;
    const [issuer, doubts] = ISSUER[bundle.judge(signer, bundle.authorityOf(signer), claim.issuedAt, now)];
    const reasons = [fits ? "claim-valid" : "claim-contradicts-code", ...doubts];
    if (claim.issuedAt > now + CLOCKS_DIFFER) reasons.push("signed-in-future");
    const proven = fits && issuer === "trusted";
    const status = proven ? bundle.statusOf(claim.facts, claim.issuedAt) : NOTHING;
    if (proven) reasons.push(...statusReasons(status));
    return {
      integrity: fits ? "intact" : "altered",
      issuer,
      status,
      reasons,
      signer: signer.certificate.organization,
      signed_at: mz.instant(claim.issuedAt),
      facts_sha256: claim.facts,
      claim: proven ? claim : null,
      snapshot: null,
    };
  }

  /** Genuine and valid: all three parts say so. */
  function isGenuineAndValid({ integrity, issuer, status }) {
    return integrity === "intact" && issuer === "trusted" && status.status === "valid";
  }

  Object.assign(mz, { judgeQr, isGenuineAndValid });
})(globalThis.mingzheng);
