// Bytes: the few encodings that a claim and a trust bundle are written in. Whatever is not written in its one
// right way throws; the callers turn that into a verdict.
//
// The files of this folder are plain scripts that fill one object, `mingzheng`. They run in a browser, from a
// server or from a disk, and in anything else that has WebCrypto. Nothing here opens a connection.
"use strict";

globalThis.mingzheng ??= {};

(function (mz) {
  /** What is not written the way it must be. */
  class Malformed extends Error {}

  /** Throws unless something holds. */
  function need(holds, what) {
    if (!holds) throw new Malformed(what);
  }

  function concat(...parts) {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  function equal(a, b) {
    return a.length === b.length && a.every((byte, at) => byte === b[at]);
  }

  function toHex(bytes) {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function fromHex(text) {
    need(typeof text === "string" && /^(?:[0-9a-fA-F]{2})*$/.test(text), "hexadecimal digits");
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  }

  /** The number that bytes make, most significant first. */
  function toNumber(bytes) {
    return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }

  function utf8(text) {
    return new TextEncoder().encode(text);
  }

  /** Bytes as text; throws on what is not UTF-8. */
  function fromUtf8(bytes) {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  }

  async function sha256(bytes) {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  }

  /** The one certificate of a PEM text (RFC 7468). */
  function fromPem(text) {
    const found = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(text);
    need(found, "a certificate in PEM");
    return Uint8Array.from(atob(found[1].replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
  }

  const UNSIGNED = 0, NEGATIVE = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, TAG = 6, NULL = 0xf6;
  /** Bytes of an argument by the low bits of the head, and the least that needs so many. */
  const ARGUMENTS = new Map([[24, [1, 24n]], [25, [2, 0x100n]], [26, [4, 0x10000n]], [27, [8, 0x100000000n]]]);

  /** Reads CBOR (RFC 8949) in core deterministic encoding (4.2.1), item after item. */
  class Cbor {
    #bytes;
    #at = 0;

    constructor(bytes) {
      this.#bytes = bytes;
    }

    #take(length) {
      need(length <= this.#bytes.length - this.#at, "more bytes");
      this.#at += length;
      return this.#bytes.subarray(this.#at - length, this.#at);
    }

    #head(major) {
      const first = this.#take(1)[0];
      need(first >> 5 === major, "another item");
      if ((first & 31) < 24) return BigInt(first & 31);
      const [size, least] = ARGUMENTS.get(first & 31) ?? [];
      need(size, "an argument");
      const argument = toNumber(this.#take(size));
      need(argument >= least, "the shortest argument");
      return argument;
    }

    #is(major) {
      return this.#at < this.#bytes.length && this.#bytes[this.#at] >> 5 === major;
    }

    array() { return this.#head(ARRAY); }
    map() { return this.#head(MAP); }
    tag() { return this.#head(TAG); }
    uint() { return this.#head(UNSIGNED); }
    isText() { return this.#is(TEXT); }
    bytes() { return this.#take(Number(this.#head(BYTES))); }
    text() { return fromUtf8(this.#take(Number(this.#head(TEXT)))); }

    /** A whole number of 64 bits with its sign. */
    int() {
      const negative = this.#is(NEGATIVE);
      const argument = this.#head(negative ? NEGATIVE : UNSIGNED);
      need(argument < 1n << 63n, "a number of 64 bits");
      return negative ? -1n - argument : argument;
    }

    null() {
      need(this.#take(1)[0] === NULL, "null");
    }

    end() {
      need(this.#at === this.#bytes.length, "nothing more");
    }
  }

  /** The head of a byte string or a text in CBOR. */
  function head(major, length) {
    need(length < 0x100000000, "a shorter item");
    if (length < 24) return Uint8Array.of((major << 5) | length);
    if (length < 0x100) return Uint8Array.of((major << 5) | 24, length);
    if (length < 0x10000) return Uint8Array.of((major << 5) | 25, length >> 8, length & 255);
    return Uint8Array.of((major << 5) | 26, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
  }

  /** A byte string in CBOR. */
  function cborBytes(bytes) {
    return concat(head(BYTES, bytes.length), bytes);
  }

  /** A text in CBOR. */
  function cborText(text) {
    return concat(head(TEXT, utf8(text).length), utf8(text));
  }

  /** Reads DER (X.690), element after element. */
  class Der {
    #bytes;
    #at = 0;

    constructor(bytes) {
      this.#bytes = bytes;
    }

    /** The tag of the next element; nothing at the end. */
    get next() {
      return this.#bytes[this.#at];
    }

    #take(length) {
      need(length <= this.#bytes.length - this.#at, "more bytes");
      this.#at += length;
      return this.#bytes.subarray(this.#at - length, this.#at);
    }

    /** The next element, which must have this tag: its content, and itself as a whole. */
    element(tag) {
      const from = this.#at;
      need(this.#take(1)[0] === tag, "another element");
      let length = this.#take(1)[0];
      if (length >= 0x80) {
        const size = length & 127;
        need(size >= 1 && size <= 3, "a length");
        length = Number(toNumber(this.#take(size)));
        need(length >= (size === 1 ? 128 : 2 ** (8 * (size - 1))), "the shortest length");
      }
      const content = this.#take(length);
      return { content, whole: this.#bytes.subarray(from, this.#at) };
    }

    /** The content of the next element. */
    take(tag) {
      return this.element(tag).content;
    }

    /** A reader for the inside of the next element. */
    open(tag) {
      return new Der(this.take(tag));
    }

    /** A whole number that is not negative. */
    uint() {
      const content = this.take(0x02);
      const minimal = content.length === 1 || content[0] !== 0 || content[1] >= 0x80;
      need(content.length > 0 && content[0] < 0x80 && minimal, "a number");
      return toNumber(content);
    }

    end() {
      need(this.#at === this.#bytes.length, "nothing more");
    }
  }

  Object.assign(mz, { Malformed, need, concat, equal, toHex, fromHex, toNumber, utf8, fromUtf8, sha256, fromPem });
  Object.assign(mz, { Cbor, cborBytes, cborText, Der });
})(globalThis.mingzheng);
