// The small pictures move the large one without moving the page, and show which one is in view. The large one opens over
// the page, where another click shows it twice as large at that place.

const gallery = document.querySelector("[data-gallery]");
const row = gallery?.querySelector(".gallery-row");
const links = [...(gallery?.querySelectorAll(".gallery-links a") ?? [])];

for (const link of links) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const picture = document.querySelector(link.hash);
    row.scrollTo({ left: picture.offsetLeft - row.offsetLeft, behavior: isCalm ? "auto" : "smooth" });
  });
}

if (links.length) {
  const watcher = new IntersectionObserver(
    (seen) => {
      for (const { target, isIntersecting } of seen) {
        const link = links.find((each) => each.hash === `#${target.id}`);
        if (isIntersecting) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { root: row, threshold: 0.6 },
  );
  for (const picture of row.querySelectorAll(".gallery-picture")) watcher.observe(picture);
}

const view = gallery?.querySelector("[data-zoom-view]");
const room = view?.querySelector(".zoom-room");

for (const link of gallery?.querySelectorAll("[data-zoom]") ?? []) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const image = new Image();
    image.src = link.href;
    image.alt = link.querySelector("img").alt;
    room.replaceChildren(image);
    room.classList.remove("is-near");
    view.showModal();
  });
}

room?.addEventListener("click", (event) => {
  if (event.target === room) return view.close();
  const box = event.target.getBoundingClientRect();
  const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  if (room.classList.toggle("is-near")) {
    room.scrollTo(x * room.scrollWidth - room.clientWidth / 2, y * room.scrollHeight - room.clientHeight / 2);
  }
});
