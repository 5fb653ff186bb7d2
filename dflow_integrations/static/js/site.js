"use strict";
// Everything here is a comfort: each page works without it.

// Moments in the reader's own zone; the exact one on hover.
const exact = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "long", timeStyle: "medium" });
const local = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "medium", timeStyle: "short" });

function localiseTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime()) || !time.dateTime.includes("T")) continue;
    time.title = exact.format(moment);
    if ("local" in time.dataset) time.textContent = local.format(moment);
  }
}

// A copy button for each block of code, and for [data-copy="id of what to copy"].
function offerCopies(root) {
  if (!navigator.clipboard) return;
  for (const block of root.querySelectorAll(".code:not(:has(.copy))")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small copy";
    button.textContent = "Copy";
    block.append(button);
  }
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

async function copy(button) {
  const source = button.dataset.copy ? document.getElementById(button.dataset.copy) : button.closest(".code")?.querySelector("pre");
  if (!source) return;
  const before = button.textContent;
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 2000);
}

function closeMenus(but) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== but) menu.open = false;
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  const button = event.target.closest(".copy, [data-copy]");
  if (button) copy(button);
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

// “/” leads to the search, that of the page before that of its head; where somebody types it is a letter.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("main [data-find]") ?? document.querySelector("[data-find]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

function prepare(root) {
  localiseTimes(root);
  offerCopies(root);
  root.querySelector("[data-focus]")?.focus();
}
prepare(document);
document.querySelector("nav.tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
// What htmx brought in is prepared too; a fragment says where the focus goes by data-focus.
document.addEventListener("htmx:afterSwap", (event) => prepare(event.detail.target ?? document));

// The short name that would be made from a name, shown while it is typed, until the field is edited itself.
const slug = document.querySelector("[data-slug-of]");
const named = slug && document.getElementById(slug.dataset.slugOf);
if (named && !slug.value) {
  const propose = () => {
    slug.value = named.value.normalize("NFKD").toLowerCase().replace(/[^a-z0-9\s_-]/g, "").trim().replace(/[\s_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63);
  };
  named.addEventListener("input", propose);
  slug.addEventListener("input", () => named.removeEventListener("input", propose), { once: true });
}
