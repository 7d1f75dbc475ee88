// The page behind the QR, opened with the claim in its address: checks the claim on this machine, and says whether
// it agrees with what the issuer answered. Without this script the page is the same but for that.
"use strict";

(function (mz) {
  /** Whether a claim that was checked says what the issuer says. */
  function compare(verdict, online) {
    if (!verdict.claim) return null;
    if (!online.dataset.facts) return ["bad", "声明有签名，但在线没有这份报告，请联系签发单位", "The claim is signed, but the issuer has no such report: ask the issuer"];
    if (online.dataset.facts !== verdict.facts_sha256) {
      return ["bad", "二维码中的声明与在线结果不一致，该纸面不可信", "The claim in the QR and the issuer's answer differ: do not trust the paper"];
    }
    return ["valid", "二维码中的声明与在线结果一致", "The claim in the QR and the issuer's answer agree"];
  }

  async function check() {
    const place = document.getElementById("claim");
    const online = document.getElementById("online");
    if (!place || !online || !location.hash.startsWith("#1")) return;
    place.hidden = false;
    const result = place.querySelector("[data-result]");
    const trouble = mz.missing();
    if (trouble) return mz.showTrouble(result, trouble);
    try {
      const answer = await fetch("/trust.json");
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const bundle = await mz.Bundle.read(await answer.text());
      const verdict = await mz.judgeQr(location.origin + location.pathname + location.hash, bundle, Date.now());
      mz.showVerdict(result, verdict, false);
      const [kind, ...words] = compare(verdict, online) ?? [];
      if (kind) result.prepend(mz.make("p", { class: `agrees ${kind}`, "data-agrees": kind === "valid" }, ...mz.both(words)));
    } catch (error) {
      console.error(error);
      mz.showTrouble(result, ["信任包不能取得，声明未核验", "The trust bundle cannot be fetched: the claim was not checked"]);
    }
  }

  check();
  addEventListener("hashchange", check);
})(globalThis.mingzheng);
