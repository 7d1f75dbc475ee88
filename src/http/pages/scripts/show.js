// A verdict on a page, in the language of the page: Chinese with English beside it, or English alone. Whatever comes from outside
// becomes text, never markup.
"use strict";

(function (mz) {
  const PARTS = {
    integrity: {
      intact: ["声明完好，为签发时原样", "The claim is as it was issued"],
      altered: ["被改动，或与核验码不符", "Altered, or of another code"],
      "not-ours": ["不是本平台的二维码", "Not one of ours"],
      "cannot-tell": ["不能判断", "Cannot tell"],
    },
    issuer: {
      trusted: ["可信", "Trusted"],
      unknown: ["未能确认", "Not established"],
      "key-revoked": ["签名密钥已被吊销或失密", "Its key was revoked or compromised"],
    },
    status: {
      valid: ["有效", "Valid"],
      superseded: ["数据已更正，请索取新报告", "Data were corrected: ask for a fresh report"],
      disputed: ["有记录在异议处理中", "A record is under objection"],
      revoked: ["已撤销，不得使用", "Revoked: do not use it"],
      unknown: ["未知", "Not known"],
    },
  };
  const CONCLUSION = {
    none: ["○", "未归集到违法记录", "no record held", "none"],
    found: ["●", "归集到违法记录", "records held", "found"],
    "not-covered": ["△", "不作结论", "no conclusion", "gap"],
  };

  /** An element: attributes by name, then children as elements or text. */
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) element.setAttribute(key, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  const english = (text) => make("span", { class: "en", lang: "en" }, text);
  const inEnglish = () => document.documentElement.lang.startsWith("en");
  const both = ([zh, en]) => (inEnglish() ? [en || zh] : [zh, " ", english(en)]);
  const two = (zh, en) => (inEnglish() ? en : `${zh} ${en}`);
  const mono = (text) => make("code", null, text);

  /** An instant on the clocks of China, which have known no summer time since 1992. */
  function local(at) {
    const shifted = new Date((typeof at === "number" ? at : Date.parse(at)) + 8 * 3600 * 1000);
    return `${shifted.toISOString().slice(0, 19).replace("T", " ")} (+08:00)`;
  }

  function list(pairs) {
    const items = pairs.flatMap(([label, ...value]) => [make("dt", null, label), make("dd", null, ...value)]);
    return make("dl", null, ...items);
  }

  /** The one line on top: sign, class, words. */
  function headline(verdict) {
    if (mz.isGenuineAndValid(verdict)) return ["✓", "valid", "声明真实，报告有效", "The claim is genuine, and the report stands"];
    if (verdict.snapshot) return ["!", "warn", "签名快照真实，但不是实时结果", "The snapshot is genuine, and not live"];
    const doubtful = verdict.integrity === "cannot-tell";
    if (doubtful) return ["?", "unknown", "不能判断", "Cannot tell"];
    if (verdict.integrity !== "intact") return ["✗", "bad", "不可信", "Not to be trusted"];
    if (verdict.issuer !== "trusted") return ["✗", "bad", "签发单位不可信", "The issuer is not trusted"];
    const { status } = verdict.status;
    if (status === "unknown") return ["?", "unknown", "声明真实，报告现状未知", "The claim is genuine; how the report stands is not known"];
    const words = { revoked: ["✗", "bad"], superseded: ["!", "warn"], disputed: ["!", "warn"] }[status];
    return [...words, `声明真实，但报告${PARTS.status[status][0]}`, `The claim is genuine, but: ${PARTS.status[status][1]}`];
  }

  function banner([sign, kind, zh, en]) {
    const mark = make("span", { class: "sign", "aria-hidden": "true" }, sign);
    const words = inEnglish() ? [make("strong", null, en)] : [make("strong", null, zh), english(en)];
    return make("div", { class: `verdict ${kind}`, role: "status" }, mark, ...words);
  }

  function status({ status, since, note, known_at }) {
    const text = make("span", null, ...both(PARTS.status[status]));
    const from = since && (inEnglish() ? `since ${local(since)}` : `${local(since)} 起 since then`);
    const known = known_at && (inEnglish() ? `as known at ${local(known_at)}` : `以 ${local(known_at)} 为准 as known then`);
    // A note says everything twice: 中文 / English.
    const more = [from, inEnglish() && note?.includes(" / ") ? note.slice(note.indexOf(" / ") + 3) : note, known];
    return [text, ...more.filter(Boolean).map((line) => make("small", null, line))];
  }

  /** The three parts of a verdict, and why. */
  function parts(verdict) {
    const signer = verdict.signer ? make("small", null, verdict.signer) : null;
    const signed = verdict.signed_at ? [[two("签发时间", "Issued"), local(verdict.signed_at)]] : [];
    const told = verdict.reasons.map((word) => {
      const words = mz.words.reasons[word] ?? [word, ""];
      return make("li", { "data-reason": word }, ...both(words));
    });
    return [
      list([
        [two("完整性", "Integrity"), make("span", null, ...both(PARTS.integrity[verdict.integrity]))],
        [two("签发单位", "Issuer"), make("span", null, ...both(PARTS.issuer[verdict.issuer])), ...(signer ? [signer] : [])],
        [two("状态", "Status"), ...status(verdict.status)],
        ...signed,
      ]),
      make("ul", null, ...told),
    ];
  }

  function heading(zh, en) {
    return make("h2", null, ...both([zh, en]));
  }

  /** What the claim says, to be held against the paper. */
  function facts(claim) {
    const { catalogue } = mz.words;
    const person = claim.subject.code === undefined;
    const snapshot = claim.number === undefined;
    const rows = [...claim.conclusions].map(([number, conclusion]) => {
      const code = `D${String(number).padStart(3, "0")}`;
      const names = catalogue.domains[code] ?? [code, code];
      const [sign, zh, en, kind] = CONCLUSION[conclusion];
      const mark = make("span", { "aria-hidden": "true" }, sign);
      return make("tr", null, make("th", { scope: "row" }, ...both(names)), make("td", { class: kind }, mark, " ", ...both([zh, en])));
    });
    const count = (wanted) => [...claim.conclusions.values()].filter((it) => it === wanted).length;
    const head = make("tr", null, make("th", { scope: "col" }, two("领域", "Domain")), make("th", { scope: "col" }, two("结论", "Conclusion")));
    const table = make("table", null, make("thead", null, head), make("tbody", null, ...rows));
    const counted = [
      `${claim.conclusions.size} 个：有记录 ${count("found")}，未归集到 ${count("none")}，不作结论 ${count("not-covered")}`,
      `${claim.conclusions.size}: ${count("found")} with records, ${count("none")} without, ${count("not-covered")} without a conclusion`,
    ];
    const renamed = claim.catalogue !== catalogue.version;
    const note = ["目录版本与本页不同，领域名称以纸面为准。", "The catalogue is of another version than this page's: the names on the paper count."];
    return [
      snapshot ? heading("快照的内容", "What the snapshot says") : heading("请与纸面核对", "Compare with the paper"),
      list([
        ...(snapshot ? [[two("主体名称", "Name"), claim.name]] : [[two("报告编号", "Number"), mono(mz.printedNumber(claim.number))], [two("核验码", "Verification code"), mono(mz.printedCode(claim.code))]]),
        [two("主体代码", "Subject's code"), ...(person ? both(["自然人：号码不显示", "a natural person: the number is not shown"]) : [mono(claim.subject.code)])],
        [two("查询期间", "Period"), `${claim.from} ${inEnglish() ? "to" : "至"} ${claim.to}`],
        [snapshot ? two("快照时间，不是实时", "As of, not live") : two("数据时点", "As of"), local(claim.asOf)],
        ...(snapshot ? [] : [[two("签发时间", "Issued"), local(claim.issuedAt)]]),
        [two("所选领域", "Domains"), ...both(counted)],
        ...(snapshot ? [] : [[two("数据指纹", "SHA-256"), mono(claim.facts)]]),
      ]),
      ...(renamed ? [make("p", { class: "note" }, ...both(note))] : []),
      heading("各领域结论", "By domain"),
      make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": two("各领域结论", "Conclusions by domain") }, table),
    ];
  }

  /** Shows a verdict in place of whatever stood there. */
  function showVerdict(place, verdict, withFacts) {
    const shown = verdict.claim ?? verdict.snapshot;
    const said = shown && withFacts ? facts(shown) : [];
    place.replaceChildren(banner(headline(verdict)), ...parts(verdict), ...said);
    place.dataset.integrity = verdict.integrity;
    place.dataset.genuine = mz.isGenuineAndValid(verdict);
  }

  /** Shows that there is no verdict, and why. */
  function showTrouble(place, words) {
    place.replaceChildren(banner(["?", "unknown", ...words]));
    delete place.dataset.integrity;
    delete place.dataset.genuine;
  }

  /** Words for a browser that cannot compute signatures here, or null for one that can. */
  function missing() {
    if (globalThis.crypto?.subtle && globalThis.BigInt) return null;
    return ["此浏览器在此地址下不能在本机核验，请用 https 打开或换新版浏览器", "This browser cannot check here: use https, or a newer browser"];
  }

  Object.assign(mz, { make, english, both, two, inEnglish, mono, local, list, banner, showVerdict, showTrouble, missing });
})(globalThis.mingzheng);
