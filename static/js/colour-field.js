/** Put a colour picker beside each text field for a colour. Without scripts, people type the colour. */
for (const field of document.querySelectorAll("input[data-colour]")) {
  const picker = document.createElement("input");
  picker.type = "color";
  picker.setAttribute("aria-label", field.labels?.[0]?.textContent?.replace(":", "") ?? "");
  const show = () => {
    picker.value = /^#[0-9a-f]{6}$/i.test(field.value) ? field.value : field.placeholder;
  };
  picker.addEventListener("input", () => {
    field.value = picker.value;
  });
  field.addEventListener("input", show);
  show();
  field.after(" ", picker);
}
