// Choosing domains: a search, all or none of what it finds, a count; and a form that is sent once. Without it the form works as well.
"use strict";
(() => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
    });
  }
  // A page that comes back from the browser's memory may be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-once]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button[type=submit]")) button.removeAttribute("aria-disabled");
    }
  });

  const tools = document.getElementById("tools");
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  if (!tools || !search || !count) return;
  const choices = [...document.querySelectorAll("[data-choice]")];
  const boxOf = (choice) => choice.querySelector("input");
  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");

  function tell() {
    const chosen = choices.filter((choice) => boxOf(choice).checked).length;
    const found = choices.filter((choice) => !choice.hidden).length;
    count.textContent = count.dataset.words.replace("{chosen}", chosen).replace("{found}", found);
  }

  function find() {
    const wanted = plain(search.value);
    for (const choice of choices) choice.hidden = !plain(choice.dataset.choice).includes(wanted);
    for (const group of document.querySelectorAll("[data-group]")) {
      group.hidden = ![...group.querySelectorAll("[data-choice]")].some((choice) => !choice.hidden);
    }
    tell();
  }

  function set(on) {
    for (const choice of choices) if (!choice.hidden) boxOf(choice).checked = on;
    tell();
  }

  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  document.getElementById("all").addEventListener("click", () => set(true));
  document.getElementById("none").addEventListener("click", () => set(false));
  for (const choice of choices) boxOf(choice).addEventListener("change", tell);

  // Whoever types a day means days, and not a ready-made length.
  for (const name of ["from", "to"]) {
    const day = document.getElementById(name);
    day?.addEventListener("input", () => {
      document.getElementById("span-days").checked = true;
    });
  }
  tools.hidden = false;
  find();
})();
