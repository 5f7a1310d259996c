// Names products and categories while words are typed. Choosing one goes straight to it; anything else is searched for.

const input = document.querySelector("[data-suggest]");
const list = document.getElementById("suggestions");
const PAUSE = 150; // milliseconds
let addresses = new Map();
let waiting = 0;
let asked = null;

input?.addEventListener("input", () => {
  if (addresses.has(input.value)) return location.assign(addresses.get(input.value));
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
});

async function ask() {
  asked?.abort();
  asked = new AbortController();
  const words = input.value.trim();
  if (words.length < 2) return show([]);
  try {
    const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(words)}`, { signal: asked.signal });
    if (answer.ok) show((await answer.json()).results);
  } catch {
    // Without suggestions the search still works.
  }
}

function show(results) {
  // A title that is typed in full is not yet a choice: only what the list offers besides it is.
  addresses = new Map(results.filter(({ title }) => title !== input.value).map(({ title, url }) => [title, url]));
  list.replaceChildren(...results.map(({ title }) => new Option("", title)));
}
