// The switch by which a photo stays on this device: a worker turns it into the numbers that are sent. Nothing of it is
// loaded before the switch is turned on, and turning it off ends the worker.

const block = document.querySelector("[data-private]");
const toggle = block?.querySelector("[data-private-switch]");
const said = block?.querySelector("[data-private-said]");
const status = block?.querySelector("[data-private-status]"); // what a screen reader is told: not every byte
const bar = block?.querySelector("[data-private-progress]");
const KEY = "photo-stays-here";
const NEEDED = ["Worker", "WebAssembly", "OffscreenCanvas", "DecompressionStream"];
const MEGABYTE = 1_000_000;
const first = said?.textContent;
const refusals = new Set(); // of what was asked and not yet answered
let worker = null;

export const photoStaysHere = () => toggle?.checked ?? false;

// Called when a photo is about to be chosen: what is at hand when it comes need not be waited for.
export function warmUp() {
  if (photoStaysHere() && !refusals.size) ask({}).catch(() => {}); // what failed is said, and tried again with the photo
}

// The vector of a photo, or of a part of it ([x, y, width, height] as fractions), and the name of the network that made
// it. Rejects with "unreachable", "unreadable", "impossible", or "stopped" where the switch was turned off meanwhile.
export function look(file, region) {
  return ask({ file, region });
}

if (toggle) {
  toggle.checked = isRemembered();
  block.classList.add("is-ready");
  toggle.addEventListener("change", () => {
    rememberSwitch();
    if (toggle.checked) warmUp();
    else end("stopped");
  });
}

function ask(message) {
  const { partNetwork: network, partRuntime: runtime, partGlue: glue, partWasm: wasm } = block.dataset;
  const parts = Object.fromEntries(
    Object.entries({ network, runtime, glue, wasm }).map(([name, path]) => [name, new URL(path, location.href).href]),
  );
  const answer = new Promise((done, refuse) => {
    if (!NEEDED.every((each) => each in window)) return refuse("impossible");
    worker ??= started();
    refusals.add(refuse);
    worker.addEventListener("message", function hear({ data }) {
      if (data.total) return show("loading", data);
      if (data.failed) refuse(data.failed);
      else if (message.file ? data.vector : data.isReady) done(data);
      else return;
      refusals.delete(refuse);
      this.removeEventListener("message", hear);
    });
    worker.postMessage({ parts, ...message });
  });
  answer.then(
    () => show("ready"),
    (reason) => show(reason === "unreadable" ? "ready" : "failed"),
  );
  return answer;
}

function started() {
  const fresh = new Worker(block.dataset.worker, { type: "module" });
  fresh.addEventListener("error", () => end("impossible"));
  return fresh;
}

function show(state, { loaded = 0, total = 1 } = {}) {
  if (!toggle.checked) return;
  const text = said.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`];
  said.textContent = text
    .replace("{loaded}", (loaded / MEGABYTE).toFixed(1))
    .replace("{total}", (total / MEGABYTE).toFixed(1));
  if (state !== "loading") status.textContent = said.textContent;
  bar.hidden = state !== "loading";
  bar.value = loaded / total;
}

function end(reason) {
  worker?.terminate();
  worker = null;
  for (const refuse of refusals) refuse(reason);
  refusals.clear();
  said.textContent = first;
  status.textContent = "";
  bar.hidden = true;
}

function isRemembered() {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}

function rememberSwitch() {
  try {
    if (toggle.checked) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch {
    // It then holds for this page.
  }
}
