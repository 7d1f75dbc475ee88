// The holder's page: the clock runs, the code is drawn anew every minute, and looks appear as they are taken. Without this script the
// page loads itself anew.
"use strict";

(function () {
  const EVERY = 3000;
  const at = (id) => document.getElementById(id);
  const looks = at("looks");
  const path = looks.dataset.path;
  let [ahead, drawing, waiting, seen] = [0, false, null, looks.firstElementChild.dataset.looks];

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
    return parsed(await answer.text());
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

  /** Puts what is told in its place. */
  function take(fresh) {
    const { state, said, looks: taken } = fresh.dataset;
    if (state !== "open") return location.reload();
    waiting = fresh;
    put();
    if (at("said").textContent !== said) at("said").textContent = said;
    // The code that was just used is of no use to the next one.
    if (taken !== seen && shown()) draw();
    seen = taken;
  }

  /** What somebody is about to press does not move away under their finger: it waits until they have left it. */
  function put() {
    if (!waiting || looks.contains(document.activeElement)) return;
    if (!waiting.isEqualNode(looks.firstElementChild)) looks.replaceChildren(waiting);
    waiting = null;
  }

  const parsed = (html) => new DOMParser().parseFromString(html, "text/html").body.firstElementChild;

  /** Asks again and again, where nothing comes by itself. */
  async function poll() {
    try {
      take(await part("looks"));
    } catch (error) {
      console.warn(error);
    }
    setTimeout(poll, EVERY);
  }

  function listen() {
    const events = new EventSource(`${path}/events`);
    events.addEventListener("looks", (event) => take(parsed(event.data)));
    events.addEventListener("over", () => {
      events.close();
      location.reload();
    });
    // A connection that breaks is opened anew by the browser; one that was refused is not.
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) poll();
    });
  }

  setClock();
  setInterval(tick, 250);
  looks.addEventListener("focusout", () => setTimeout(put));
  if ("EventSource" in globalThis) listen();
  else setTimeout(poll, EVERY);
})();
