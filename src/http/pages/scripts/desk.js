// A file is dropped and sent with its progress, and a job is followed; without this the forms and the page that refreshes do it.
(() => {
  "use strict";
  for (const form of document.querySelectorAll("form[data-upload]")) {
    const drop = form.querySelector("[data-drop]");
    const file = form.querySelector("input[type=file]");
    const said = form.querySelector("[data-sending]");
    const bar = form.querySelector("[data-bar]");
    const over = (is) => (event) => {
      event.preventDefault();
      drop.classList.toggle("over", is);
    };
    for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => {
      over(false)(event);
      if (event.dataTransfer.files.length > 0) {
        file.files = event.dataTransfer.files;
        file.dispatchEvent(new Event("change"));
      }
    });
    file.addEventListener("change", () => {
      const one = file.files[0];
      said.textContent = one ? `${one.name} · ${Math.ceil(one.size / 1024)} KiB` : "";
    });
    form.addEventListener("submit", (event) => {
      if (file.files.length === 0) return; // nothing to be followed
      event.preventDefault();
      const button = form.querySelector("button[type=submit]");
      const request = new XMLHttpRequest();
      const failed = () => {
        said.textContent = form.dataset.failedText;
        button.disabled = false;
        bar.hidden = true;
      };
      request.open("POST", form.action);
      request.setRequestHeader("accept", "text/html");
      request.setRequestHeader("x-csrf-token", form.elements.csrf.value);
      request.upload.addEventListener("progress", (it) => {
        const share = it.lengthComputable ? Math.floor((it.loaded / it.total) * 100) : 0;
        bar.value = share;
        said.textContent = share < 100 ? `${form.dataset.sendingText} ${share}%` : form.dataset.workingText;
      });
      request.addEventListener("error", failed);
      request.addEventListener("abort", failed);
      request.addEventListener("load", () => {
        const leads = new URL(request.responseURL || form.action);
        if (leads.pathname !== new URL(form.action).pathname) {
          location.assign(leads.href);
          return;
        }
        const told = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main [role=alert]");
        failed();
        if (!told) return;
        form.querySelector(".error")?.remove();
        const error = document.createElement("p");
        error.className = "error";
        error.id = "error";
        error.setAttribute("role", "alert");
        error.tabIndex = -1;
        error.textContent = told.textContent;
        said.textContent = "";
        form.prepend(error);
        error.focus();
      });
      bar.hidden = false;
      button.disabled = true;
      said.textContent = form.dataset.sendingText;
      request.send(new FormData(form));
    });
  }

  const job = document.querySelector("[data-job]");
  if (!job || job.dataset.final === "true") return;
  const put = (name, value) => {
    const place = job.querySelector(`[data-${name}]`);
    if (place && place.textContent !== String(value)) place.textContent = value;
  };
  const words = new Map(job.dataset.words.split("|").map((pair) => pair.split("=")));
  const show = (it) => {
    const progress = it.progress;
    put("state", words.get(it.state) ?? it.state);
    put("stage", words.get(progress.stage) ?? progress.stage);
    put("count", progress.rows_done);
    for (const name of ["accepted", "repeated", "rejected"]) put(name, progress[name]);
    put("speed", progress.rows_per_second ?? 0);
    const bar = job.querySelector("[data-bar]");
    if (bar && progress.rows_total) {
      bar.max = progress.rows_total;
      bar.value = progress.rows_done;
    }
    if (["done", "failed", "cancelled"].includes(it.state)) location.reload();
  };
  const poll = async () => {
    for (;;) {
      await new Promise((wake) => setTimeout(wake, 2000));
      try {
        const answer = await fetch(`${job.dataset.job}/state`);
        if (!answer.ok) return location.reload();
        show(await answer.json());
      } catch {
        continue; // the network comes back, or does not
      }
    }
  };
  if (!("EventSource" in globalThis)) return void poll();
  const events = new EventSource(`${job.dataset.job}/events`);
  for (const name of ["progress", "done", "failed", "cancelled"]) {
    events.addEventListener(name, (event) => show(JSON.parse(event.data)));
  }
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) poll();
  });
})();
