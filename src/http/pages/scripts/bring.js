// The box of the verification page: a QR by camera or picture, a file dropped on it, or only the fingerprint of a file. Pictures and files
// that are only looked at stay on this machine. Without this script the box is a form.
"use strict";

(function () {
  const form = document.getElementById("bring");
  const at = (id) => document.getElementById(id);
  let looking = null;
  let decoder = null;

  function tell(zh, en, bad) {
    const told = at("told");
    told.className = bad ? "error" : "said";
    told.textContent = document.documentElement.lang === "en" ? en : `${zh} ${en}`;
  }

  /** The reader of QR codes, which is fetched when it is needed first. */
  function reader() {
    decoder ??= new Promise((found, lost) => {
      const script = document.createElement("script");
      script.src = form.dataset.decoder;
      script.integrity = form.dataset.sum;
      script.onload = () => found(globalThis.mingzheng);
      script.onerror = lost;
      document.head.append(script);
    });
    return decoder;
  }

  /** Goes where the text of a QR leads, if that is here; any other address is shown and not opened. */
  function go(text) {
    if (text === null) return tell("没有找到二维码，请靠近些、拿稳些。", "No QR was found: come closer, hold still.", true);
    const clean = text.trim();
    const ours = [form.dataset.origin, location.origin].find((origin) => ["/c/", "/v/", "/s#"].some((path) => clean.startsWith(origin + path)));
    if (ours) {
      location.href = clean.slice(ours.length);
      return undefined;
    }
    at("code").value = clean;
    if (!clean.includes("://")) return form.requestSubmit();
    return tell(
      "当心：这个二维码指向的不是本站，没有打开。它可能是仿冒的查询网站；内容已填入上框，可按“核验”看结果。",
      "Beware: this QR leads to another address, which was not opened. It may be a look-alike; its text is in the box above, press Verify to judge it.",
      true,
    );
  }

  async function toggleCamera() {
    if (looking) return looking.abort();
    looking = new AbortController();
    at("camera").hidden = false;
    at("look").setAttribute("aria-pressed", "true");
    tell("请把二维码放进画面。", "Hold the QR before the camera.");
    try {
      const text = await (await reader()).readCamera(at("camera"), looking.signal);
      if (text !== null) go(text);
    } catch (error) {
      console.warn(error);
      tell("相机打不开：请改用图片，或输入核验码。", "The camera does not open: choose a picture, or type the code.", true);
    } finally {
      looking = null;
      at("camera").hidden = true;
      at("look").setAttribute("aria-pressed", "false");
    }
    return undefined;
  }

  async function readPicture(file) {
    if (!file) return;
    try {
      go(await (await reader()).readPhoto(file));
    } catch (error) {
      console.warn(error);
      tell("这个文件不是浏览器能读的图片。", "This file is no picture that the browser reads.", true);
    }
  }

  /** Asks by the SHA-256 of the file, which is computed here. */
  async function fingerprint() {
    const [file] = at("file").files;
    if (!file) return tell("请先选择文件。", "Choose a file first.", true);
    tell("正在本机计算指纹……", "Computing the fingerprint on this machine …");
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    location.href = `/v?sha256=${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    return undefined;
  }

  function drop(event) {
    event.preventDefault();
    form.classList.remove("over");
    const { files } = event.dataTransfer;
    if (!files.length) return;
    at("file").files = files;
    tell(`已选择 ${files[0].name}：按“核验”上传核验，或只核对指纹。`, `${files[0].name} is chosen: press Verify to upload it, or ask by its fingerprint only.`);
  }

  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
  }
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", drop);
  at("photo").addEventListener("change", (event) => readPicture(event.target.files[0]));
  at("look").addEventListener("click", toggleCamera);
  at("print").addEventListener("click", fingerprint);
  at("look").hidden = !navigator.mediaDevices?.getUserMedia;
  at("print").hidden = !globalThis.crypto?.subtle;
  at("tools").hidden = false;
})();
