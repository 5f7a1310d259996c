// Suggests products and categories while the customer types. Choosing one opens it; anything else starts a search.

const input = document.querySelector("[data-suggest]");
const list = document.getElementById("suggestions");
const DELAY = 150; // milliseconds
let urls = new Map(); // by title
let timer = 0;
let pendingRequest = null;

input?.addEventListener("input", () => {
  if (urls.has(input.value)) return location.assign(urls.get(input.value));
  clearTimeout(timer);
  timer = setTimeout(suggest, DELAY);
});

async function suggest() {
  pendingRequest?.abort();
  pendingRequest = new AbortController();
  const words = input.value.trim();
  if (words.length < 2) return show([]);
  try {
    const response = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(words)}`, {
      signal: pendingRequest.signal,
    });
    if (response.ok) show((await response.json()).results);
  } catch {
    // The search works without suggestions.
  }
}

function show(results) {
  // A title typed in full is not a choice yet.
  urls = new Map(results.filter(({ title }) => title !== input.value).map(({ title, url }) => [title, url]));
  list.replaceChildren(...results.map(({ title }) => new Option("", title)));
}
