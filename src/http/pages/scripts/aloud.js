// Reads the page aloud, block by block, with the voice of the device: nothing of the page is sent to anybody. Where the browser cannot
// speak, or has only voices that somebody else speaks with, there is no button, or a word about it.
"use strict";
(() => {
  const button = document.getElementById("aloud");
  const main = document.querySelector("main");
  if (!button || !main || !("speechSynthesis" in globalThis) || !("SpeechSynthesisUtterance" in globalThis)) return;
  const told = document.getElementById("aloud-told");
  const BLOCKS = "h1, h2, h3, h4, p, li, dt, dd, tr, caption, summary, label, legend, figcaption, button, a.button, blockquote, pre, div, section, form";
  const SILENT = "[aria-hidden=true], [hidden], .sr, .hidden, svg, script, style, noscript, textarea, select, datalist, video";
  /** The longest text said at once: some voices fall silent after a quarter of a minute. */
  const LONGEST = 160;
  /** How long a browser may take to name its voices, in milliseconds. */
  const PATIENCE = 1000;
  let run = 0;

  const language = () => document.documentElement.lang || "zh-CN";

  /** Whether a text is the same once more in another language than the page's. */
  const beside = (element) => {
    const twin = element.closest(".en[lang], .zh[lang]");
    return twin !== null && twin.lang.slice(0, 2) !== language().slice(0, 2);
  };

  /** What is read: blocks of texts, each with its language, in the order of the page. */
  function blocks() {
    const found = [];
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.data.replace(/\s+/g, " ");
      const element = node.parentElement;
      const seen = element.checkVisibility?.({ visibilityProperty: true }) ?? element.getClientRects().length > 0;
      if (!text.trim() || !seen || element.closest(SILENT) || beside(element)) continue;
      const block = element.closest(BLOCKS) ?? main;
      const lang = element.closest("[lang]")?.lang || language();
      const cell = element.closest("td, th");
      const last = found.at(-1);
      const part = last?.element === block ? last.parts.at(-1) : null;
      if (part?.lang === lang) {
        part.text += (part.cell === cell ? "" : lang.startsWith("zh") ? "，" : ", ") + text;
        part.cell = cell;
      } else if (last?.element === block) last.parts.push({ lang, text, cell });
      else found.push({ element: block, parts: [{ lang, text, cell }] });
    }
    return found;
  }

  /** A text in pieces, cut after sentences where that goes. */
  function pieces(text) {
    const cut = [];
    for (const sentence of text.trim().match(/[^。！？；.!?;]+[。！？；.!?;]*|[。！？；.!?;]+/g) ?? []) {
      if (cut.length > 0 && cut.at(-1).length + sentence.length <= LONGEST) cut[cut.length - 1] += sentence;
      else for (let at = 0; at < sentence.length; at += LONGEST) cut.push(sentence.slice(at, at + LONGEST));
    }
    return cut.filter((piece) => /[\p{L}\p{N}]/u.test(piece));
  }

  /** The voices of the device, once the browser knows them. */
  async function voices() {
    const known = () => speechSynthesis.getVoices();
    if (known().length === 0) {
      await new Promise((go) => {
        speechSynthesis.addEventListener("voiceschanged", go, { once: true });
        setTimeout(go, PATIENCE);
      });
    }
    return known();
  }

  /** A voice of the device for a language: none among those that there are, or whichever a browser uses that names none. */
  function voice(all, lang) {
    if (all.length === 0) return undefined;
    const named = (one) => one.lang.replace("_", "-").toLowerCase();
    const fits = all.filter((one) => one.localService && named(one).slice(0, 2) === lang.slice(0, 2).toLowerCase());
    return fits.find((one) => named(one) === lang.toLowerCase()) ?? fits[0] ?? null;
  }

  /** Says a text; whether it was said. */
  const say = (text, lang, spoken) => new Promise((done) => {
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.lang = lang;
    if (spoken) utterance.voice = spoken;
    utterance.onend = () => done(true);
    utterance.onerror = () => done(false);
    speechSynthesis.speak(utterance);
  });

  const unmark = () => main.querySelectorAll(".reading").forEach((element) => element.classList.remove("reading"));

  function stop(why = "") {
    run += 1;
    speechSynthesis.cancel();
    unmark();
    button.textContent = button.dataset.start;
    delete button.dataset.reading;
    if (told) told.textContent = why;
  }

  async function read() {
    stop();
    const mine = run;
    button.textContent = button.dataset.stop;
    button.dataset.reading = "yes";
    const all = await voices();
    for (const { element, parts } of blocks()) {
      if (run !== mine) return;
      if (!element.isConnected) continue;
      unmark();
      element.classList.add("reading");
      element.scrollIntoView({ block: "nearest" });
      for (const { lang, text } of parts) {
        let spoken = voice(all, lang);
        if (spoken === null) spoken = voice(all, language());
        if (spoken === null) return stop(button.dataset.mute);
        for (const piece of pieces(text)) {
          const said = await say(piece, lang, spoken);
          if (run !== mine) return;
          if (!said) return stop(button.dataset.mute);
        }
      }
    }
    if (run === mine) stop();
  }

  button.addEventListener("click", () => (button.dataset.reading ? stop() : read()));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && button.dataset.reading) stop();
  });
  addEventListener("pagehide", () => speechSynthesis.cancel());
  (button.closest("li") ?? button).hidden = false;
})();
