// The small pictures move the large one without moving the page, and show which one is in view.

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
  row.querySelectorAll(".gallery-picture").forEach((picture) => watcher.observe(picture));
}
