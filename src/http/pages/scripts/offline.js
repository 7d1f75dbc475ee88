// The page that verifies without a network: its trust bundle lies in it, and another one can be brought.
"use strict";

(function (mz) {
  const STALE = 30 * 86400000;
  const at = (id) => document.getElementById(id);
  /** Shows the result once more, in whatever language the page has by then. */
  let result = () => {};
  let bundle = null;
  let looking = null;

  function trouble(zh, en) {
    (result = () => mz.showTrouble(at("result"), [zh, en]))();
  }

  /** Says whose bundle this is, how old it is, and by what to know it. */
  function tellBundle() {
    const days = Math.floor((Date.now() - bundle.generatedAt) / 86400000);
    const age = days <= 0 ? mz.two("今天", "today") : mz.two(`${days} 天前`, `${days} day${days === 1 ? "" : "s"} ago`);
    const prints = bundle.fingerprints.map((print) => mz.make("code", { class: "print" }, print.match(/.{1,4}/g).join(" ")));
    const aged = mz.make("span", { class: days * 86400000 > STALE ? "warn" : "" }, mz.inEnglish() ? `${mz.local(bundle.generatedAt)}, ${age}` : `${mz.local(bundle.generatedAt)}（${age}）`);
    at("bundle").replaceChildren(mz.list([
      [mz.two("运营单位", "Operator"), bundle.operator],
      [mz.two("信任包时间", "Bundle of"), aged],
      [mz.two("根证书指纹", "Root fingerprint"), ...prints],
      [mz.two("核验网址", "Addresses"), ...bundle.origins.map(mz.mono)],
    ]));
    at("bundle").dataset.generated = mz.instant(bundle.generatedAt);
  }

  async function judge(text) {
    const clean = text.trim();
    if (!clean) return trouble("请先粘贴二维码内容", "Paste the text of a QR first");
    if (!bundle) return trouble("没有可用的信任包", "There is no trust bundle to judge by");
    const verdict = await mz.judgeQr(clean, bundle, Date.now());
    (result = () => mz.showVerdict(at("result"), verdict, true))();
    at("result").scrollIntoView({ block: "start" });
  }

  /** Judges what was read from a picture, and shows its text for people to see. */
  async function judgeFound(text) {
    if (text === null) return trouble("图片中没有找到二维码，请拍得更近、更清楚", "No QR was found: come closer, hold still");
    at("text").value = text;
    await judge(text);
  }

  async function takePhoto(file) {
    if (!file) return;
    try {
      await judgeFound(await mz.readPhoto(file));
    } catch (error) {
      console.error(error);
      trouble("这个文件不是浏览器能读的图片", "This file is no picture that the browser reads");
    }
  }

  async function toggleCamera() {
    if (looking) return looking.abort();
    looking = new AbortController();
    at("camera").hidden = false;
    at("look").setAttribute("aria-pressed", "true");
    try {
      const text = await mz.readCamera(at("camera"), looking.signal);
      if (text !== null) await judgeFound(text);
    } catch (error) {
      console.error(error);
      trouble("相机不能打开，请改用照片", "The camera does not open: choose a photo instead");
    } finally {
      looking = null;
      at("camera").hidden = true;
      at("look").setAttribute("aria-pressed", "false");
    }
  }

  /** Takes another bundle if its signature leads to a root that this page knows. */
  async function takeBundle(file) {
    if (!file) return;
    try {
      const other = await mz.Bundle.read(await file.text(), bundle?.roots);
      if (bundle && other.generatedAt < bundle.generatedAt) {
        return trouble("选择的信任包比现用的旧，未采用", "The bundle that you chose is older than the one in use: it was not taken");
      }
      bundle = other;
      tellBundle();
      trouble("已采用新的信任包", "The new bundle is in use");
    } catch (error) {
      console.error(error);
      trouble("信任包无效，或不出自本页所信任的根证书，未采用", "The bundle is not valid, or leads to no root of this page: it was not taken");
    }
  }

  /** The address of this page may bring the text of a QR behind its own `#`. */
  function takeAddress() {
    const brought = location.hash.slice(1);
    if (!brought) return;
    // The page of a snapshot: its own address is the text.
    if (location.pathname === "/s") {
      at("text").value = location.href;
      judge(location.href);
      return;
    }
    let text = brought;
    try {
      text = brought.includes("%") ? decodeURIComponent(brought) : brought;
    } catch {
      // Not percent-encoded after all: judged as it is.
    }
    at("text").value = text;
    judge(text);
  }

  /** Has the page in a language: what stands in it by its sheet, what was made here by making it again. Nothing of it is kept. */
  function speak(lang) {
    document.documentElement.lang = lang;
    document.title = mz.two("离线核验", "Offline verification");
    for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
    for (const element of document.querySelectorAll("[data-label-zh]")) {
      element.setAttribute("aria-label", mz.two(element.dataset.labelZh, element.dataset.labelEn));
    }
    const aloud = at("aloud");
    aloud.dataset.start = mz.two("朗读", "Read aloud");
    aloud.dataset.stop = mz.two("停止朗读", "Stop reading");
    aloud.dataset.mute = mz.two("这台设备没有能朗读本页的语音。", "This device has no voice that can read this page.");
    aloud.textContent = aloud.dataset.reading ? aloud.dataset.stop : aloud.dataset.start;
    if (bundle) tellBundle();
    result();
  }

  async function begin() {
    at("languages").hidden = false;
    for (const button of document.querySelectorAll("[data-lang]")) button.addEventListener("click", () => speak(button.dataset.lang));
    speak(document.documentElement.lang);
    at("tools").hidden = false;
    at("save").hidden = location.protocol === "file:";
    at("look").hidden = !navigator.mediaDevices?.getUserMedia;
    const missing = mz.missing();
    if (missing) return trouble(...missing);
    at("form").addEventListener("submit", (event) => {
      event.preventDefault();
      judge(at("text").value);
    });
    at("photo").addEventListener("change", (event) => takePhoto(event.target.files[0]));
    at("other").addEventListener("change", (event) => takeBundle(event.target.files[0]));
    at("look").addEventListener("click", toggleCamera);
    addEventListener("hashchange", takeAddress);
    try {
      bundle = await mz.Bundle.read(at("trust").textContent);
      tellBundle();
      takeAddress();
    } catch (error) {
      console.error(error);
      trouble("本页所带的信任包无效，请重新取得本页", "The trust bundle in this page is not valid: get the page again");
    }
    document.documentElement.dataset.ready = "yes";
  }

  begin();
})(globalThis.mingzheng);
