// Verification codes, report numbers, and the text in a QR: the same grammar as src/seal/qr_text.rs, and the same
// answer to everything that does not keep to it.
"use strict";

(function (mz) {
  const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const INVISIBLE = /[\p{Cc}\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;
  /** Digits of a group of so many bytes. */
  const WIDTHS = [0, 3, 5, 8, 10, 13, 15, 17];
  const LONGEST = 2048;

  /** The value that completes others in a hybrid check system of ISO 7064, MOD m+1,m. */
  function hybrid(values, modulus) {
    let product = modulus;
    for (const value of values) {
      const sum = (product + value) % modulus || modulus;
      product = (sum * 2) % (modulus + 1);
    }
    return (modulus + 1 - product) % modulus;
  }

  /** Half-width, without white space and invisible characters, capital. */
  function normal(text) {
    const half = text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
    return half.replace(/\p{White_Space}/gu, "").replace(INVISIBLE, "").toUpperCase();
  }

  /** A code as typed, in its seventeen characters; null for a typing error. */
  function readCode(text) {
    if (mz.utf8(text).length > 200) return null;
    const symbols = [...normal(text).replace(/[-–—_.]/g, "")];
    if (symbols.length !== 17) return null;
    const meant = symbols.map((symbol) => (symbol === "O" ? "0" : symbol === "I" || symbol === "L" ? "1" : symbol));
    const ranks = meant.map((symbol) => (symbol.length === 1 ? ALPHABET.indexOf(symbol) : -1));
    if (ranks.includes(-1) || hybrid(ranks.slice(0, 16), 32) !== ranks[16]) return null;
    return meant.join("");
  }

  /** The code that eighty bits make. */
  function codeOf(bytes) {
    mz.need(bytes.length === 10, "eighty bits");
    const bits = mz.toNumber(bytes);
    const ranks = Array.from({ length: 16 }, (_, at) => Number((bits >> BigInt(75 - 5 * at)) & 31n));
    return [...ranks, hybrid(ranks, 32)].map((rank) => ALPHABET[rank]).join("");
  }

  /** A code or a number in groups, as it is printed. */
  function inGroups(text, ...sizes) {
    let at = 0;
    return sizes.map((size) => text.slice(at, (at += size))).join("-");
  }

  const printedCode = (code) => inGroups(code, 4, 4, 4, 4, 1);
  const printedNumber = (number) => inGroups(number, 4, 8, 8, 1);

  /** Whether a text is a report number without hyphens. */
  function isNumber(text) {
    if (!/^[A-Z]{4}[0-9]{8}[A-Z0-9]{9}$/.test(text)) return false;
    const values = [...text].map((symbol) => parseInt(symbol, 36));
    return hybrid(values.slice(0, 20), 36) === values[20];
  }

  /** Whether a text is a scheme, a host and perhaps a port. */
  function isOrigin(text) {
    return /^https?:\/\/[A-Za-z0-9.\-:[\]]{1,200}$/.test(text);
  }

  /** The bytes of a claim; a word for what is wrong with it. */
  function digits(fragment) {
    if (!fragment.startsWith("1")) return "version";
    const all = fragment.slice(1);
    if (!/^[0-9]+$/.test(all)) return "digits";
    const groups = all.match(/.{1,17}/g).map((group) => {
      const size = WIDTHS.indexOf(group.length);
      let number = BigInt(group);
      if (size < 0 || number >> BigInt(8 * size)) return null;
      const bytes = new Uint8Array(size);
      for (let at = size - 1; at >= 0; at -= 1, number >>= 8n) bytes[at] = Number(number & 255n);
      return bytes;
    });
    return groups.includes(null) ? "digits" : mz.concat(...groups);
  }

  /**
   * Reads the text of a QR: `{origin, code, claim}`, where `claim` is null for a mere address; `{origin, snapshot}`; or `{wrong}` with
   * `shape`, `code`, `version` or `digits`.
   */
  function readQrText(text) {
    if (mz.utf8(text).length > LONGEST) return { wrong: "shape" };
    const mark = text.indexOf("#");
    const address = mark < 0 ? text : text.slice(0, mark);
    // The snapshot of a one-code.
    if (mark >= 0 && address.endsWith("/s") && isOrigin(address.slice(0, -2))) {
      const snapshot = digits(text.slice(mark + 1));
      return typeof snapshot === "string" ? { wrong: snapshot } : { origin: address.slice(0, -2), snapshot };
    }
    const slash = address.lastIndexOf("/v/");
    if (slash < 0) return { wrong: "shape" };
    const [origin, typed] = [address.slice(0, slash), address.slice(slash + 3)];
    if (!isOrigin(origin)) return { wrong: "shape" };
    const code = readCode(typed);
    if (code === null) return { wrong: "code" };
    if (code !== typed) return { wrong: "shape" };
    const claim = mark < 0 ? null : digits(text.slice(mark + 1));
    return typeof claim === "string" ? { wrong: claim } : { origin, code, claim };
  }

  Object.assign(mz, { readCode, codeOf, printedCode, printedNumber, isNumber, isOrigin, readQrText });
})(globalThis.mingzheng);
