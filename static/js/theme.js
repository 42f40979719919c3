// Theme before the first paint: light, dark or as on the device. The choice is a cookie, so that the server knows it too.
(function () {
  "use strict";
  const root = document.documentElement;
  const device = window.matchMedia("(prefers-color-scheme: dark)");
  const CHOICES = ["auto", "light", "dark"];

  function chosen() {
    const found = document.cookie.match(/(?:^|; )theme=(light|dark)/);
    return found ? found[1] : "auto";
  }

  function apply() {
    const choice = chosen();
    root.dataset.bsTheme = choice === "auto" ? (device.matches ? "dark" : "light") : choice;
    root.dataset.themeChoice = choice;
    document.querySelectorAll("[data-theme-switch]").forEach(function (button) {
      const label = button.getAttribute("data-label-" + choice);
      button.title = label;
      button.querySelector("[data-theme-name]").textContent = label;
    });
    document.dispatchEvent(new CustomEvent("b2:theme"));
  }

  function choose(choice) {
    const age = choice === "auto" ? 0 : 31536000;
    document.cookie = "theme=" + choice + "; path=/; max-age=" + age + "; samesite=lax";
    apply();
  }

  root.classList.add("js");
  apply();
  device.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-theme-switch]")) {
      choose(CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length]);
    }
  });
})();
