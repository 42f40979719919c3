// Sentence ↔ fact: pointing at (or focusing) one lights up the other. Nothing is hidden without it.
(function () {
  "use strict";
  function keys(element) {
    return (element.dataset.facts || element.dataset.fact || "").split(" ").filter(Boolean);
  }

  function light(wanted, on) {
    document.querySelectorAll("[data-fact], [data-facts]").forEach(function (element) {
      const match = keys(element).some(function (key) { return wanted.includes(key); });
      element.classList.toggle("b2-lit", on && match);
    });
  }

  function listen(start, end) {
    document.addEventListener(start, function (event) {
      const source = event.target.closest && event.target.closest("[data-fact], [data-facts]");
      if (source) light(keys(source), true);
    });
    document.addEventListener(end, function (event) {
      const source = event.target.closest && event.target.closest("[data-fact], [data-facts]");
      if (source) light(keys(source), false);
    });
  }

  listen("mouseover", "mouseout");
  listen("focusin", "focusout");
})();
