// Computes a photo's vector on the customer's device. A worker keeps the page responsive, and only the worker gets the
// permissions that running the network needs: shop/http/headers.py sets its content security policy.
//
// Messages in: {parts} loads runtime and network; {parts, file, region} computes a vector, too.
// Messages out: {loaded, total} in bytes, {isReady}, {vector, network}, or {failed} with "unreachable", "unreadable"
// or "impossible".

import { prepare } from "./prepare.js";

const GZIP = [0x1f, 0x8b];
const STORE = "photo-search"; // files by address, which holds their hash
let runtime;
let loaded; // {network, session}
let queue = Promise.resolve();

self.addEventListener("message", ({ data }) => {
  queue = queue
    .then(() => answer(data))
    .catch((reason) => self.postMessage({ failed: typeof reason === "string" ? reason : "impossible" }));
});

async function answer({ parts, file, region }) {
  const { network, session } = await load(parts);
  if (!file) return self.postMessage({ isReady: true });
  const input = await prepare(file, network, region).catch(() => fail("unreadable"));
  const size = network.input_size;
  const pictures = new runtime.Tensor("float32", input, [1, 3, size, size]);
  const { vectors } = await session.run({ pictures });
  return self.postMessage({ vector: base64(vectors.data), network: network.network });
}

// Checks which network is live on every call, and downloads it if it has changed.
async function load(parts) {
  const network = await (await get(parts.network, { cache: "no-cache" })).json();
  if (loaded?.network.network === network.network) return loaded;
  const urls = [parts.wasm, network.graph.url, network.weights.url];
  const store = await openStore();
  const [wasm, graph, weights] = await download(urls, store);
  runtime ??= await start(parts, wasm);
  await loaded?.session.release();
  const options = { executionProviders: ["wasm"], externalData: [{ path: "weights", data: weights }] };
  loaded = { network, session: await runtime.InferenceSession.create(graph, options) };
  await deleteOthers(urls, store);
  return loaded;
}

async function start(parts, wasm) {
  const ort = await import(parts.runtime);
  ort.env.wasm.numThreads = 1; // more threads need cross-origin isolation
  ort.env.wasm.wasmPaths = { mjs: parts.glue };
  ort.env.wasm.wasmBinary = await unpack(wasm);
  return ort;
}

// Returns null where the browser keeps nothing, such as without HTTPS; its HTTP cache then has to do.
async function openStore() {
  return self.caches?.open(STORE).catch(() => null) ?? null;
}

// Deletes the files of a network that is no longer live.
async function deleteOthers(urls, store) {
  for (const { url } of (await store?.keys().catch(() => [])) ?? []) {
    if (!urls.includes(url)) await store.delete(url).catch(() => {});
  }
}

// Returns the files, from the store or from the shop. Progress counts only what is downloaded.
async function download(urls, store) {
  const stored = await Promise.all(urls.map((url) => store?.match(url).catch(() => null)));
  const options = { cache: store ? "no-store" : "default" }; // not twice on the device
  const responses = await Promise.all(urls.map((url, index) => stored[index] ?? get(url, options)));
  const sizes = responses.map((each, index) => (stored[index] ? 0 : Number(each.headers.get("Content-Length"))));
  const total = sizes.reduce((sum, each) => sum + each, 0);
  let received = 0;
  const count = (bytes) => {
    received += bytes;
    self.postMessage({ loaded: Math.min(received, total), total });
  };
  return Promise.all(
    responses.map(async (response, index) => {
      if (stored[index]) return new Uint8Array(await response.arrayBuffer());
      const bytes = await read(response, count);
      await store?.put(urls[index], new Response(bytes)).catch(() => {}); // the device may be full
      return bytes;
    }),
  );
}

async function get(url, options) {
  const response = await fetch(url, options).catch(() => fail("unreachable"));
  return response.ok ? response : fail("unreachable");
}

async function read(response, count) {
  const chunks = [];
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => fail("unreachable"));
    if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer());
    chunks.push(value);
    count(value.length);
  }
}

// Unzips the file unless the browser already has: some servers send .gz files with a Content-Encoding.
async function unpack(bytes) {
  if (!GZIP.every((byte, index) => bytes[index] === byte)) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function base64(numbers) {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return btoa(String.fromCharCode(...bytes));
}

function fail(reason) {
  throw reason;
}
