// Looks at photos on the customer's device, beside the page and not in it: the page never stalls, and what it takes to
// run the network is allowed here alone. shop/http/headers.py gives this file a content security policy of its own.
//
// Takes {parts} to load what is missing, and {parts, file, region} to look at a photo. Answers {loaded, total} in bytes,
// {isReady}, {vector, network}, and {failed}: "unreachable", "unreadable" or "impossible".

import { prepare } from "./prepare.js";

const GZIP = [0x1f, 0x8b];
let runtime;
let ready; // {network, session}
let work = Promise.resolve();

self.addEventListener("message", ({ data }) => {
  work = work
    .then(() => answer(data))
    .catch((failed) => self.postMessage({ failed: typeof failed === "string" ? failed : "impossible" }));
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

// Which network serves is asked each time; a network is fetched when it is another one.
async function load(parts) {
  const network = await (await get(parts.network, { cache: "no-cache" })).json();
  if (ready?.network.network === network.network) return ready;
  const [wasm, graph, weights] = await fetched([parts.wasm, network.graph.url, network.weights.url]);
  runtime ??= await start(parts, wasm);
  await ready?.session.release();
  const options = { executionProviders: ["wasm"], externalData: [{ path: "weights", data: weights }] };
  ready = { network, session: await runtime.InferenceSession.create(graph, options) };
  return ready;
}

async function start(parts, wasm) {
  const ort = await import(parts.runtime);
  ort.env.wasm.numThreads = 1; // more need a page that is isolated from every other origin
  ort.env.wasm.wasmPaths = { mjs: parts.glue };
  ort.env.wasm.wasmBinary = await unpacked(wasm);
  return ort;
}

async function fetched(addresses) {
  const answers = await Promise.all(addresses.map((address) => get(address)));
  const total = answers.reduce((sum, each) => sum + Number(each.headers.get("Content-Length")), 0);
  let loaded = 0;
  const count = (bytes) => {
    loaded += bytes;
    self.postMessage({ loaded: Math.min(loaded, total), total });
  };
  return Promise.all(answers.map((each) => read(each, count)));
}

async function get(address, options) {
  const answer = await fetch(address, options).catch(() => fail("unreachable"));
  return answer.ok ? answer : fail("unreachable");
}

async function read(answer, count) {
  const chunks = [];
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => fail("unreachable"));
    if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer());
    chunks.push(value);
    count(value.length);
  }
}

// Some servers send a .gz file as what it is, and others name it an encoding, which the browser has then undone.
async function unpacked(bytes) {
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
