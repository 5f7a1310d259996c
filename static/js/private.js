// The switch that keeps a photo on this device: a worker computes the vector that is sent instead. Nothing is
// downloaded before the switch is turned on, and turning it off stops the worker.

const block = document.querySelector("[data-private]");
const toggle = block?.querySelector("[data-private-switch]");
const message = block?.querySelector("[data-private-message]");
const status = block?.querySelector("[data-private-status]"); // for screen readers, without every progress update
const progress = block?.querySelector("[data-private-progress]");
const KEY = "photo-stays-here";
const REQUIRED_APIS = ["Worker", "WebAssembly", "OffscreenCanvas", "DecompressionStream"];
const MEGABYTE = 1_000_000;
const initialMessage = message?.textContent;
const pendingRejects = new Set(); // reject functions of pending requests
let worker = null;

export const isPrivate = () => toggle?.checked ?? false;

// Loads runtime and network ahead of time, while the customer is choosing a photo.
export function preload() {
  if (isPrivate() && !pendingRejects.size) request({}).catch(() => {}); // the search retries
}

// Returns {vector, network} of a photo, of a region of it ([x, y, width, height] in fractions), or with the mean vector
// of several photos. Rejects with "unreachable", "unreadable", "impossible", or "stopped" if the switch is turned off
// meanwhile.
export async function computeVectors(files, region) {
  const answers = [];
  for (const file of files) answers.push(await request({ file, region }));
  return answers.length === 1 ? answers[0] : { ...answers[0], vector: meanOf(answers.map(({ vector }) => vector)) };
}

// Returns the mean direction of base64 vectors, as the server computes it for photos that are sent.
function meanOf(texts) {
  const vectors = texts.map(
    (text) => new Float32Array(Uint8Array.from(atob(text), (each) => each.charCodeAt(0)).buffer),
  );
  const sum = vectors[0].map((_, index) => vectors.reduce((total, vector) => total + vector[index], 0));
  const length = Math.hypot(...sum);
  return btoa(String.fromCharCode(...new Uint8Array(sum.map((each) => each / length).buffer)));
}

if (toggle) {
  toggle.checked = isSwitchStored();
  block.classList.add("is-ready");
  toggle.addEventListener("change", () => {
    storeSwitch();
    if (toggle.checked) preload();
    else stop("stopped");
  });
}

function request(task) {
  const { partNetwork: network, partRuntime: runtime, partGlue: glue, partWasm: wasm } = block.dataset;
  const parts = Object.fromEntries(
    Object.entries({ network, runtime, glue, wasm }).map(([name, path]) => [name, new URL(path, location.href).href]),
  );
  const answer = new Promise((resolve, reject) => {
    if (!REQUIRED_APIS.every((each) => each in window)) return reject("impossible");
    worker ??= startWorker();
    pendingRejects.add(reject);
    worker.addEventListener("message", function onMessage({ data }) {
      if (data.total) return show("loading", data);
      if (data.failed) reject(data.failed);
      else if (task.file ? data.vector : data.isReady) resolve(data);
      else return;
      pendingRejects.delete(reject);
      this.removeEventListener("message", onMessage);
    });
    worker.postMessage({ parts, ...task });
  });
  answer.then(
    () => show("ready"),
    (reason) => show(reason === "unreadable" ? "ready" : "failed"),
  );
  return answer;
}

function startWorker() {
  const newWorker = new Worker(block.dataset.worker, { type: "module" });
  newWorker.addEventListener("error", () => stop("impossible"));
  return newWorker;
}

function show(state, { loaded = 0, total = 1 } = {}) {
  if (!toggle.checked) return;
  const text = message.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`];
  message.textContent = text
    .replace("{loaded}", (loaded / MEGABYTE).toFixed(1))
    .replace("{total}", (total / MEGABYTE).toFixed(1));
  if (state !== "loading") status.textContent = message.textContent;
  progress.hidden = state !== "loading";
  progress.value = loaded / total;
}

function stop(reason) {
  worker?.terminate();
  worker = null;
  for (const reject of pendingRejects) reject(reason);
  pendingRejects.clear();
  message.textContent = initialMessage;
  status.textContent = "";
  progress.hidden = true;
}

function isSwitchStored() {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}

function storeSwitch() {
  try {
    if (toggle.checked) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch {
    // The switch then lasts for this page only.
  }
}
