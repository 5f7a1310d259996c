// The product gallery: thumbnails scroll the row without scrolling the page, and mark the picture in view. A click on
// a picture, or on a customer's photo, enlarges it in a dialog; another click zooms in at that point.

const gallery = document.querySelector("[data-gallery]");
const row = gallery?.querySelector(".gallery-row");
const links = [...(gallery?.querySelectorAll(".gallery-links a") ?? [])];

for (const link of links) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const hasReducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const picture = document.querySelector(link.hash);
    row.scrollTo({ left: picture.offsetLeft - row.offsetLeft, behavior: hasReducedMotion ? "auto" : "smooth" });
  });
}

if (links.length) {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const link = links.find((each) => each.hash === `#${target.id}`);
        if (isIntersecting) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { root: row, threshold: 0.6 },
  );
  for (const picture of row.querySelectorAll(".gallery-picture")) observer.observe(picture);
}

const dialog = document.querySelector("[data-zoom-view]");
const viewport = dialog?.querySelector(".zoom-viewport");

for (const link of dialog ? document.querySelectorAll("[data-zoom]") : []) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const image = new Image();
    image.src = link.href;
    image.alt = link.querySelector("img").alt;
    viewport.replaceChildren(image);
    viewport.classList.remove("is-near");
    dialog.showModal();
  });
}

viewport?.addEventListener("click", (event) => {
  if (event.target === viewport) return dialog.close();
  const box = event.target.getBoundingClientRect();
  const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  if (viewport.classList.toggle("is-near")) {
    viewport.scrollTo(
      x * viewport.scrollWidth - viewport.clientWidth / 2,
      y * viewport.scrollHeight - viewport.clientHeight / 2,
    );
  }
});
