// Suggests searches, categories and products while the customer types: the combobox pattern of the ARIA practices guide,
// with links as options. The focus stays in the box. Without this script, the form searches as usual.

const input = document.querySelector("[data-suggest]");
const list = document.getElementById("suggestions");
const status = document.querySelector("[data-suggest-status]");
const DELAY = 120; // milliseconds
const MIN_LENGTH = 2;
const MAX_CACHED = 100;
const THUMBNAIL = 48; // pixels
const cached = new Map(); // results by text
let timer = 0;
let pendingRequest = null;

const options = () => [...list.querySelectorAll("[role=option]")];
const activeOption = () => list.querySelector("[aria-selected=true]");
const isOpen = () => !list.hidden;

if (input && list && status) {
  for (const [name, value] of [
    ["role", "combobox"],
    ["aria-autocomplete", "list"],
    ["aria-haspopup", "listbox"],
    ["aria-controls", list.id],
    ["aria-expanded", "false"],
  ])
    input.setAttribute(name, value);
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, DELAY);
  });
  input.addEventListener("keydown", onKey);
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus in the box
  addEventListener("pageshow", close);
}

function onKey(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const act = { ArrowDown: down, ArrowUp: up, Home: first, End: last, Escape: dismiss, Enter: follow }[event.key];
  if (act?.(event)) event.preventDefault();
  else if (!act) select(null); // the caret moves or the text changes
}

// Each returns true if it used the key.

function down({ altKey }) {
  if (!isOpen()) suggest();
  else if (!altKey) move(1);
  return true;
}

function up({ altKey }) {
  if (isOpen() && altKey) close();
  else if (isOpen()) move(-1);
  return isOpen() || altKey;
}

function first() {
  if (activeOption()) select(options()[0]);
  return Boolean(activeOption());
}

function last() {
  if (activeOption()) select(options().at(-1));
  return Boolean(activeOption());
}

function dismiss() {
  const wasOpen = isOpen();
  close();
  return wasOpen; // pressed again, it empties the box
}

function follow() {
  const option = activeOption();
  option?.click();
  return Boolean(option);
}

function move(step) {
  const all = [null, ...options()]; // null is the box itself
  const place = all.indexOf(activeOption()) + step;
  select(all.at(place % all.length));
}

function select(option) {
  activeOption()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

async function suggest() {
  pendingRequest?.abort();
  pendingRequest = new AbortController();
  const { signal } = pendingRequest;
  const text = input.value.trim();
  if (text.length < MIN_LENGTH) return close();
  try {
    const results = cached.get(text) ?? (await load(text, signal));
    if (!signal.aborted && document.activeElement === input) show(results);
  } catch {
    // The search works without suggestions.
  }
}

async function load(text, signal) {
  const response = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`, { signal });
  const results = response.ok ? (await response.json()).results : [];
  if (response.ok && cached.size < MAX_CACHED) cached.set(text, results);
  return results;
}

function close() {
  clearTimeout(timer);
  pendingRequest?.abort();
  toggle(false);
  status.textContent = "";
}

function toggle(isShown) {
  select(null);
  list.hidden = !isShown;
  input.setAttribute("aria-expanded", String(isShown));
}

function show(results) {
  const groups = ["query", "category", "product"].map((kind) => [kind, results.filter((each) => each.kind === kind)]);
  list.replaceChildren(...groups.filter(([, found]) => found.length).map(([kind, found]) => group(kind, found)));
  options().forEach((option, number) => {
    option.id = `suggestion-${number + 1}`;
  });
  list.scrollTop = 0;
  toggle(results.length > 0);
  status.textContent = results.length ? `${status.dataset.some} ${results.length}` : status.dataset.none;
}

function group(kind, results) {
  const title = element("p", { className: "suggestions-title", id: `suggestions-${kind}` }, list.dataset[kind]);
  const all = element("div", {}, title, ...results.map(option));
  all.setAttribute("role", "group");
  all.setAttribute("aria-labelledby", title.id);
  return all;
}

function option({ kind, title, url, image, price, currency }) {
  const link = element("a", { className: "suggestion", href: url, tabIndex: -1 });
  link.setAttribute("role", "option");
  link.setAttribute("aria-selected", "false");
  if (kind === "product")
    link.append(image ? picture(image.url) : element("span", { className: "suggestion-picture" }));
  link.append(element("span", { className: "suggestion-title" }, title));
  if (price !== null) link.append(" ", element("span", { className: "suggestion-price" }, money(price, currency)));
  return link;
}

function picture(src) {
  const size = { width: THUMBNAIL, height: THUMBNAIL };
  return element("img", { className: "suggestion-picture", alt: "", decoding: "async", ...size, src });
}

function money(amount, currency) {
  return new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency }).format(amount);
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
