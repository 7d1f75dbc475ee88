// The holder's page: the clock runs, the code is drawn anew every minute, and looks appear as they are taken. Without this script the
// page loads itself anew.
"use strict";

(function () {
  const EVERY = 3000;
  const at = (id) => document.getElementById(id);
  const looks = at("looks");
  const path = looks.dataset.path;
  let [ahead, drawing, seen] = [0, false, looks.firstElementChild.dataset.looks];

  /** The clock of the server, as far as it is known. */
  const now = () => Date.now() + ahead;

  /** An instant on the clocks of China. */
  function local(millis) {
    return new Date(millis + 8 * 3600 * 1000).toISOString().slice(0, 19).replace("T", " ");
  }

  const shown = () => document.querySelector("#code .shown");

  function setClock() {
    if (shown()) ahead = Number(shown().dataset.now) - Date.now();
  }

  async function part(name) {
    const answer = await fetch(`${path}/${name}`, { redirect: "error" });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    return parsed.body.firstElementChild;
  }

  /** Draws a code; one that cannot be drawn leaves nothing on the screen that is dead. */
  async function draw() {
    if (drawing) return;
    drawing = true;
    try {
      at("code").replaceChildren(await part("code"));
      setClock();
    } catch (error) {
      console.warn(error);
    } finally {
      drawing = false;
    }
  }

  function tick() {
    const code = shown();
    if (!code) return;
    code.querySelector("[data-clock]").textContent = local(now());
    const { drawn, until, renewed } = code.dataset;
    if (now() >= Number(until)) code.querySelector(".qr").hidden = true;
    if (now() - Number(drawn) >= Number(renewed)) draw();
  }

  async function look() {
    try {
      const fresh = await part("looks");
      const { state, said, looks: taken } = fresh.dataset;
      if (state !== "open") return location.reload();
      // What somebody is about to press does not move away under their finger.
      const busy = looks.contains(document.activeElement);
      if (!busy && !fresh.isEqualNode(looks.firstElementChild)) looks.replaceChildren(fresh);
      if (at("said").textContent !== said) at("said").textContent = said;
      // The code that was just used is of no use to the next one.
      if (taken !== seen && shown()) draw();
      seen = taken;
    } catch (error) {
      console.warn(error);
    }
    setTimeout(look, EVERY);
  }

  setClock();
  setInterval(tick, 250);
  setTimeout(look, EVERY);
})();
