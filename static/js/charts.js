// Draws every <figure data-chart="its id"> with Vega-Lite, without eval and without inline styles. The spec is in the canvas's
// data-spec: htmx drops script elements, also those that only hold data.
// The library (800 KB) loads when the first chart comes near; colours follow the theme, formats the page's language.
(function () {
  "use strict";
  const libraries = document.currentScript.dataset.libraries.trim().split(/\s+/);
  const language = document.documentElement.lang === "en" ? "en-US" : "pt-BR";
  const portuguese = language === "pt-BR";
  const HEIGHTS = { sm: 160, md: 260, lg: 380 };
  const drawn = new Map();
  let loading = null;

  function script(address) {
    return new Promise(function (resolve, reject) {
      const element = document.createElement("script");
      element.src = address;
      element.onload = resolve;
      element.onerror = reject;
      document.head.append(element);
    });
  }

  function library() {
    loading = loading || libraries.reduce(function (before, address) {
      return before.then(function () { return script(address); });
    }, Promise.resolve()).then(register);
    return loading;
  }

  // Formats: {"format": "brl_short", "formatType": "b2"} on axes, legends and tooltips.
  function money(options) {
    return new Intl.NumberFormat(language, Object.assign({ style: "currency", currency: "BRL" }, options));
  }
  const FORMATS = {
    brl: money({}),
    brl_short: money({ notation: "compact", maximumFractionDigits: 1 }),
    number: new Intl.NumberFormat(language, { maximumFractionDigits: 2 }),
    number_short: new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 }),
    percent: new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }),
    date: new Intl.DateTimeFormat(language, { dateStyle: "medium" }),
    month: {
      format: function (value) {
        const when = new Date(value);
        return names("month", "short")[when.getMonth()] + (portuguese ? "/" : " ") + String(when.getFullYear() % 100).padStart(2, "0");
      },
    },
  };

  function register() {
    window.vega.expressionFunction("b2", function (value, format) {
      const style = FORMATS[format] || FORMATS.number;
      if (value === null || value === undefined || Number.isNaN(Number(value))) return "—";
      return style.format(value);
    });
  }

  const NUMBERS = portuguese
    ? { decimal: ",", thousands: ".", grouping: [3], currency: ["R$ ", ""] }
    : { decimal: ".", thousands: ",", grouping: [3], currency: ["R$", ""] };

  function names(kind, style) {
    const count = kind === "month" ? 12 : 7;
    return Array.from({ length: count }, function (_, index) {
      // 2023-01-01 was a Sunday.
      const when = kind === "month" ? new Date(2023, index, 15) : new Date(2023, 0, 1 + index);
      return new Intl.DateTimeFormat(language, { [kind]: style }).format(when).replace(".", "");
    });
  }
  const TIMES = {
    dateTime: portuguese ? "%d/%m/%Y %H:%M" : "%b %-d, %Y %H:%M",
    date: portuguese ? "%d/%m/%Y" : "%b %-d, %Y",
    time: "%H:%M",
    periods: ["AM", "PM"],
    days: names("weekday", "long"),
    shortDays: names("weekday", "short"),
    months: names("month", "long"),
    shortMonths: names("month", "short"),
  };

  // CSS variables may be light-dark(…): the browser resolves them on an element.
  function colour(probe, name) {
    probe.style.color = "var(--b2-" + name + ")";
    return getComputedStyle(probe).color;
  }

  function theme() {
    const probe = document.body.appendChild(document.createElement("span"));
    const at = function (name) { return colour(probe, name); };
    const palette = [1, 2, 3, 4, 5, 6, 7, 8].map(function (index) { return at("chart-" + index); });
    const words = { labelColor: at("quiet"), titleColor: at("quiet"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500 };
    const config = {
      background: null,
      font: getComputedStyle(document.body).fontFamily,
      customFormatTypes: true,
      mark: { tooltip: true },
      view: { stroke: null },
      axis: Object.assign({ gridColor: at("line"), domainColor: at("line"), tickColor: at("line"), labelPadding: 6, titlePadding: 10, labelLimit: 180 }, words),
      axisX: { grid: false },
      axisBand: { ticks: false },
      legend: Object.assign({ orient: "top", symbolSize: 90, labelLimit: 220 }, words),
      header: words,
      title: { color: at("text") },
      bar: { color: palette[0], cornerRadiusEnd: 3 },
      line: { color: palette[0], strokeWidth: 2.5, point: { size: 40, filled: true } },
      area: { color: palette[0], fillOpacity: 0.2, line: true },
      point: { color: palette[0], filled: true, size: 60 },
      circle: { color: palette[0], size: 60, opacity: 0.8 },
      arc: { color: palette[0], stroke: at("surface"), strokeWidth: 2 },
      rect: { color: palette[0] },
      rule: { color: at("quiet") },
      text: { color: at("text"), fontSize: 12 },
      range: { category: palette, heatmap: [at("chart-low"), at("chart-1")], ramp: [at("chart-low"), at("chart-1")] },
    };
    probe.remove();
    return config;
  }

  // What colour says, a shape or a dash says too.
  function without(part) {
    const kind = typeof part.mark === "string" ? part.mark : (part.mark || {}).type;
    const coding = part.encoding || {};
    const by = coding.color;
    if (!by || !by.field || by.type === "quantitative") return;
    const copy = { field: by.field, type: by.type, title: by.title, sort: by.sort, legend: by.legend };
    Object.keys(copy).forEach(function (key) { if (copy[key] === undefined) delete copy[key]; });
    if (kind === "line" && !coding.strokeDash) coding.strokeDash = copy;
    if (kind === "point" && !coding.shape) coding.shape = copy;
  }

  // Vega-Lite reads no dates on an axis with a format of ours, and takes "2026-01-01" for midnight in Greenwich (the
  // evening before in São Paulo): so moments become numbers here, a plain day its local midnight.
  function moments(parts, rows) {
    const fields = new Set();
    parts.forEach(function (part) {
      Object.values(part.encoding || {}).flat().forEach(function (coding) {
        if (coding && coding.type === "temporal") fields.add(coding.field);
      });
    });
    (rows || []).forEach(function (row) {
      fields.forEach(function (field) {
        if (typeof row[field] !== "string") return;
        row[field] = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(row[field]) ? row[field] + "T00:00:00" : row[field]);
      });
    });
  }

  function prepared(figure) {
    const spec = JSON.parse(figure.querySelector("[data-chart-canvas]").dataset.spec);
    const size = Object.keys(HEIGHTS).find(function (name) { return figure.classList.contains("b2-chart-" + name); });
    const composed = ["facet", "hconcat", "vconcat", "concat", "repeat"].some(function (key) { return key in spec; });
    const faceted = spec.encoding && (spec.encoding.facet || spec.encoding.column || spec.encoding.row);
    spec.$schema = "https://vega.github.io/schema/vega-lite/v6.json";
    const parts = [spec].concat(spec.layer || []);
    parts.forEach(function (part) { if (part.data) moments(parts, part.data.values); });
    parts.forEach(without);
    if (!composed && !faceted) {
      spec.width = spec.width || "container";
      spec.height = spec.height || HEIGHTS[size || "md"];
      spec.autosize = spec.autosize || { type: "fit", contains: "padding", resize: true };
    }
    spec.description = spec.description || figure.querySelector(".b2-chart-title").textContent;
    return spec;
  }

  function draw(figure) {
    const canvas = figure.querySelector("[data-chart-canvas]");
    return library().then(function () {
      const before = drawn.get(figure);
      if (before && before.finalize) before.finalize();
      canvas.replaceChildren();
      return window.vegaEmbed(canvas, prepared(figure), {
        actions: false, renderer: "svg", ast: true, expr: window.vegaInterpreter.expressionInterpreter, defaultStyle: false,
        tooltip: { disableDefaultStyle: true, theme: "b2" }, config: theme(), formatLocale: NUMBERS, timeFormatLocale: TIMES,
      });
    }).then(function (result) {
      drawn.set(figure, result);
      figure.dataset.drawn = "yes";
    }).catch(function (error) {
      console.error("chart " + figure.dataset.chart, error);
      const note = document.createElement("p");
      note.className = "text-secondary";
      note.textContent = document.getElementById("b2-texts").dataset.chartFailed;
      canvas.replaceChildren(note);
    });
  }

  // Drawn once it has a width: charts inside closed <details> or hidden tabs have none yet.
  const sizes = new ResizeObserver(function (entries) {
    entries.forEach(function (entry) {
      const figure = entry.target;
      if (entry.contentRect.width > 0 && !drawn.has(figure)) {
        drawn.set(figure, null);
        draw(figure);
      } else if (figure.dataset.drawn) {
        window.dispatchEvent(new Event("resize"));
      }
    });
  });

  function forget() {
    drawn.forEach(function (result, figure) {
      if (figure.isConnected) return;
      if (result) result.finalize();
      sizes.unobserve(figure);
      drawn.delete(figure);
    });
  }

  function scan() {
    forget();
    document.querySelectorAll("[data-chart]").forEach(function (figure) {
      if (figure.querySelector("[data-chart-canvas]") && !drawn.has(figure)) sizes.observe(figure);
    });
  }

  // Downloads.
  function save(name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
  }

  function csv(figure) {
    const comma = portuguese ? ";" : ",";
    const lines = Array.from(figure.querySelectorAll(".b2-chart-table tr")).map(function (row) {
      return Array.from(row.cells).map(function (cell) {
        const text = cell.textContent.trim();
        // A spreadsheet must not run a name as a formula; a negative number is no formula.
        const safe = /^[=+@\t]|^-(?![\d.,\s%]+$)/.test(text) ? "'" + text : text;
        return '"' + safe.replace(/"/g, '""') + '"';
      }).join(comma);
    });
    return new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" });
  }

  function picture(figure, kind) {
    const view = drawn.get(figure).view;
    const probe = document.body.appendChild(document.createElement("span"));
    view.background(colour(probe, "surface")).run();
    probe.remove();
    const made = kind === "svg"
      ? view.toSVG().then(function (text) { return new Blob([text], { type: "image/svg+xml" }); })
      : view.toCanvas(2).then(function (canvas) {
        return new Promise(function (resolve) { canvas.toBlob(resolve, "image/png"); });
      });
    return made.finally(function () { view.background(null).run(); });
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-chart-save]");
    if (!button) return;
    const figure = button.closest("[data-chart]");
    const kind = button.dataset.chartSave;
    button.closest("details").open = false;
    if (kind === "csv") save(figure.dataset.chart + ".csv", csv(figure));
    else if (drawn.get(figure)) picture(figure, kind).then(function (blob) { save(figure.dataset.chart + "." + kind, blob); });
  });

  document.addEventListener("b2:theme", function () {
    drawn.forEach(function (result, figure) { if (result) draw(figure); });
  });
  document.addEventListener("htmx:load", scan);
  document.addEventListener("htmx:historyRestore", scan);
  scan();
})();
