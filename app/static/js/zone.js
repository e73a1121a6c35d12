// Fills a time zone field with the zone of this device, as long as nobody wrote there.
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
document.querySelectorAll("[data-own-zone]").forEach((field) => {
  const known = [...document.querySelectorAll(`#${field.getAttribute("list")} option`)].some((option) => option.value === own);
  if (known && field.value === field.defaultValue && !field.hasAttribute("aria-invalid")) field.value = own;
});
