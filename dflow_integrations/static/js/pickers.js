"use strict";
// Repositories, branches and tags to choose from, beside fields that can as well be typed. The field stays the truth.

const integration = document.getElementById("id_integration");
const pickers = [...document.querySelectorAll("[data-picker]")].map((root) => ({
  root,
  field: root.querySelector(".field input"),
  button: root.querySelector("[data-open]"),
  panel: root.querySelector(".picks"),
  search: root.querySelector('input[type="search"]'),
  list: root.querySelector(".picks > ul"),
  said: root.querySelector('[role="status"]'),
  addresses: JSON.parse(root.dataset.addresses),
}));

function addressOf(picker) {
  return picker.addresses[integration?.value] ?? "";
}

function show(picker, open) {
  picker.panel.hidden = !open;
  picker.button.setAttribute("aria-expanded", String(open));
  if (!open) { picker.list.replaceChildren(); picker.search.value = ""; return; }
  for (const other of pickers) if (other !== picker && !other.panel.hidden) show(other, false);
  picker.search.focus();
  htmx.trigger(picker.search, "look");
}

// Another integration lists other things, or none.
function follow() {
  for (const picker of pickers) {
    show(picker, false);
    picker.button.hidden = !addressOf(picker);
  }
}

function choose(picker, choice) {
  picker.field.value = choice.dataset.value;
  const said = [choice.dataset.value];
  const ref = choice.dataset.ref && pickers.find((other) => other.root.dataset.picker === "ref")?.field;
  if (ref) { ref.value = choice.dataset.ref; said.push(choice.dataset.ref); }
  show(picker, false);
  picker.said.textContent = `Chosen: ${said.join(", ")}`;
  picker.field.focus();
}

function step(picker, from, by) {
  const stops = [picker.search, ...picker.list.querySelectorAll("button")];
  stops[Math.min(Math.max(stops.indexOf(from) + by, 0), stops.length - 1)]?.focus();
}

for (const picker of pickers) {
  picker.button.addEventListener("click", () => show(picker, picker.panel.hidden));
  picker.list.addEventListener("click", (event) => {
    const choice = event.target.closest(".pick");
    if (choice) choose(picker, choice);
  });
  picker.panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { show(picker, false); picker.button.focus(); }
    else if (event.key === "ArrowDown") step(picker, document.activeElement, 1);
    else if (event.key === "ArrowUp") step(picker, document.activeElement, -1);
    else if (event.key === "Enter" && document.activeElement === picker.search) step(picker, picker.search, 1);
    else return;
    event.preventDefault(); // Enter in the search would send the form
  });
  picker.panel.addEventListener("htmx:configRequest", (event) => {
    if (event.target !== picker.search) return; // “Show more” knows its own address
    event.detail.path = addressOf(picker);
    const typed = event.detail.parameters.repository; // a password in an address goes into no log
    if (typed) event.detail.parameters.repository = typed.replace(/\/\/[^/@]*@/, "//");
  });
  picker.panel.addEventListener("htmx:beforeRequest", () => { picker.shown = picker.list.querySelectorAll(".pick").length; });
  picker.panel.addEventListener("htmx:beforeSwap", (event) => {
    const asked = new URL(event.detail.pathInfo.requestPath, location.href).pathname;
    const answered = event.detail.xhr.responseURL;
    if (picker.panel.hidden) event.detail.shouldSwap = false;
    else if (answered && new URL(answered).pathname !== asked) {
      event.detail.shouldSwap = false; // signed out meanwhile: the answer is the sign-in page
      location.reload();
    }
  });
  for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    picker.panel.addEventListener(trouble, () => {
      const line = document.createElement("li");
      line.className = "said";
      line.textContent = "The list could not be fetched. Type it instead.";
      picker.list.replaceChildren(line);
    });
  }
  picker.panel.addEventListener("htmx:afterRequest", (event) => {
    const found = picker.list.querySelectorAll(".pick");
    if (event.target !== picker.search && found.length > picker.shown) found[picker.shown].focus(); // the first new one
    const more = picker.list.querySelector("[data-more]") ? ", and more" : "";
    picker.said.textContent = found.length ? `${found.length} to choose from${more}` : picker.list.textContent.trim();
  });
}
integration?.addEventListener("change", follow);
if (integration) follow();
