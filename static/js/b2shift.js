// Behaviour shared by every page. Everything here adds to links and forms that already work without it.
(function () {
  "use strict";
  const texts = (document.getElementById("b2-texts") || { dataset: {} }).dataset;

  // Toasts: Django's messages, and what went wrong on the way to the server. Errors stay until they are closed.
  const TOAST_MS = 7000;

  function arm(toast) {
    if (toast.dataset.armed) return;
    toast.dataset.armed = "yes";
    toast.querySelector("[data-toast-close]").addEventListener("click", function () { toast.remove(); });
    if (!toast.matches(".b2-toast-error, .b2-toast-warning")) {
      let timer = setTimeout(function () { toast.remove(); }, TOAST_MS);
      toast.addEventListener("mouseenter", function () { clearTimeout(timer); });
      toast.addEventListener("focusin", function () { clearTimeout(timer); });
      toast.addEventListener("mouseleave", function () { timer = setTimeout(function () { toast.remove(); }, TOAST_MS); });
    }
  }

  function say(text) {
    const toast = document.createElement("div");
    toast.className = "b2-toast b2-toast-error";
    toast.dataset.toast = "";
    const words = document.createElement("div");
    words.className = "b2-toast-text";
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close";
    close.dataset.toastClose = "";
    close.setAttribute("aria-label", texts.close || "");
    toast.append(words, close);
    document.getElementById("b2-toasts").append(toast);
    arm(toast);
  }

  function toasts() {
    document.querySelectorAll("[data-toast]").forEach(arm);
  }

  toasts();
  document.addEventListener("htmx:load", toasts);
  document.addEventListener("htmx:oobAfterSwap", toasts);
  document.addEventListener("htmx:sendError", function () { say(texts.offline); });
  document.addEventListener("htmx:responseError", function (event) {
    const status = event.detail.xhr.status;
    say({ 401: texts.forbidden, 403: texts.forbidden, 404: texts.missing, 429: texts.busy }[status] || texts.failed);
  });
  // A form that comes back with errors (422) is an answer to show, not a failure.
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // A thin bar while a request is on the way.
  let waiting = 0;
  function progress(step) {
    waiting = Math.max(0, waiting + step);
    document.documentElement.classList.toggle("b2-waiting", waiting > 0);
  }
  document.addEventListener("htmx:beforeRequest", function () { progress(1); });
  document.addEventListener("htmx:afterRequest", function () { progress(-1); });

  // Ask before a form with data-confirm is sent.
  const dialog = document.getElementById("b2-confirm");

  function ask(source, go) {
    const ok = dialog.querySelector("[value=ok]");
    dialog.querySelector(".b2-dialog-text").textContent = source.dataset.confirm;
    ok.textContent = source.dataset.confirmLabel || ok.dataset.default;
    ok.classList.toggle("btn-danger", source.dataset.confirmTone === "bad");
    ok.classList.toggle("btn-primary", source.dataset.confirmTone !== "bad");
    dialog.returnValue = "cancel";
    dialog.addEventListener("close", function () { if (dialog.returnValue === "ok") go(); }, { once: true });
    dialog.showModal();
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    const source = event.submitter && event.submitter.dataset.confirm ? event.submitter : form;
    if (!source.dataset.confirm || form.dataset.confirmed === "yes" || !dialog) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    ask(source, function () {
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter);
      delete form.dataset.confirmed;
    });
  }, true);

  document.addEventListener("htmx:confirm", function (event) {
    const source = event.detail.elt;
    if (!source.dataset.confirm || source.matches("form") || !dialog) return;
    event.preventDefault();
    ask(source, function () { event.detail.issueRequest(true); });
  });

  // One click, one submission: buttons of a sent form rest until the page changes (or 8 s, for downloads).
  const REST_MS = 8000;

  function rest(form, resting) {
    form.toggleAttribute("aria-busy", resting);
    form.querySelectorAll("button:not([type=button])").forEach(function (button) { button.disabled = resting; });
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post]")) return;
    setTimeout(function () { rest(form, true); }, 0);
    setTimeout(function () { rest(form, false); }, REST_MS);
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) document.querySelectorAll("form[aria-busy]").forEach(function (form) { rest(form, false); });
  });

  // Menus are <details>: close on Escape and on a click elsewhere.
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.b2-menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // Navigation on a phone.
  const toggle = document.querySelector("[data-nav-toggle]");
  function navigation(open) {
    document.documentElement.classList.toggle("b2-nav-open", open);
    toggle.setAttribute("aria-expanded", String(open));
  }
  if (toggle) {
    toggle.addEventListener("click", function () { navigation(toggle.getAttribute("aria-expanded") !== "true"); });
  }

  // Keyboard: "/" goes to the search box, arrows walk through its suggestions, Escape closes what is open.
  const search = document.getElementById("b2-search");
  const suggestions = document.getElementById("search-suggestions");

  function typing(target) {
    return target.isContentEditable || target.matches("input, textarea, select, dialog *");
  }

  function walk(event) {
    const links = suggestions ? Array.from(suggestions.querySelectorAll("a")) : [];
    const place = links.indexOf(document.activeElement);
    if (!links.length || (place < 0 && document.activeElement !== search)) return;
    event.preventDefault();
    const next = place + (event.key === "ArrowDown" ? 1 : -1);
    (links[next] || (next < 0 ? search : links[links.length - 1])).focus();
  }

  function closeAll() {
    document.querySelectorAll("details.b2-menu[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    if (suggestions && suggestions.firstElementChild) {
      suggestions.replaceChildren();
      search.focus();
    }
    if (toggle && toggle.getAttribute("aria-expanded") === "true") {
      navigation(false);
      toggle.focus();
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && search && !typing(event.target)) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      walk(event);
    } else if (event.key === "Escape") {
      closeAll();
    }
  });
  if (search) {
    document.addEventListener("click", function (event) {
      if (!event.target.closest(".b2-search")) suggestions.replaceChildren();
    });
  }

  // Demo logins: a click fills the form and sends it.
  document.querySelectorAll("[data-fill-login]").forEach(function (button) {
    button.addEventListener("click", function () {
      const form = document.getElementById(button.dataset.fillForm);
      form.elements.login.value = button.dataset.fillLogin;
      form.elements.password.value = button.dataset.fillPassword;
      form.requestSubmit();
    });
  });

  // The tab that is open must be seen where the tabs are wider than the screen.
  document.querySelectorAll(".b2-tabs .nav-link.active").forEach(function (tab) {
    const strip = tab.closest(".b2-tabs");
    const place = tab.getBoundingClientRect(), frame = strip.getBoundingClientRect();
    strip.scrollLeft += place.left - frame.left - (frame.width - place.width) / 2;
  });

  // "Select all" of a table with checkboxes.
  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-select-all]")) return;
    event.target.closest("table").querySelectorAll("tbody input[type=checkbox]").forEach(function (box) {
      box.checked = event.target.checked;
    });
  });
})();
