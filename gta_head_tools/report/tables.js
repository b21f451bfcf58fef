// Sorts tables by a click on a column head, and filters them by text and menus. Without it, tables are whole but still.
"use strict";
(() => {
  const words = new Intl.Collator("en", { numeric: true });
  const plainNumber = /^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?(e[+-]?\d+)?$/i;

  function made(name, properties, ...content) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...content);
    return element;
  }

  const plain = (text) => text.normalize("NFC").toLowerCase();

  // A number, a text, or null where nothing is known.
  function valueOf(cell) {
    const text = (cell.dataset.value ?? cell.textContent).trim();
    if (text === "" || text === "-") return null;
    return plainNumber.test(text) ? Number(text.replaceAll(",", "")) : text;
  }

  function compare(first, second) {
    if (typeof first === "number" && typeof second === "number") return first - second;
    if (typeof first !== typeof second) return typeof first === "number" ? -1 : 1;
    return words.compare(first, second);
  }

  // Unknown values come last in both directions, and rows with equal values keep their order.
  function sort(table, column, direction) {
    const body = table.tBodies[0];
    const keyed = Array.from(body.rows, (row) => ({ row, value: valueOf(row.cells[column]) }));
    const known = keyed.filter((each) => each.value !== null);
    const unknown = keyed.filter((each) => each.value === null);
    known.sort((first, second) => direction * compare(first.value, second.value));
    body.append(...[...known, ...unknown].map((each) => each.row));
  }

  function addSorting(table) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = made("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const falling = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        sort(table, column, falling ? -1 : 1);
      });
    });
  }

  function menuOf(table, column) {
    const values = new Set(Array.from(table.tBodies[0].rows, (row) => row.cells[column].textContent));
    const options = Array.from(values, (value) => made("option", { value }, value));
    return made("select", {}, made("option", { value: "" }, "all"), ...options);
  }

  function addFilters(table) {
    const heads = Array.from(table.tHead.rows[0].cells, (head) => head.textContent);
    const rows = Array.from(table.tBodies[0].rows);
    const texts = rows.map((row) => plain(Array.from(row.cells, (cell) => cell.textContent).join(" ")));
    const field = made("input", { type: "search", autocomplete: "off", spellcheck: false });
    const columns = JSON.parse(table.dataset.filters);
    const menus = columns.map((column) => ({ column, menu: menuOf(table, column) }));
    const status = made("p", { role: "status" });

    function apply() {
      const wanted = plain(field.value.trim());
      const chosen = menus.filter(({ menu }) => menu.value !== "");
      let shown = 0;
      rows.forEach((row, place) => {
        row.hidden = !(
          texts[place].includes(wanted) &&
          chosen.every(({ column, menu }) => row.cells[column].textContent === menu.value)
        );
        shown += row.hidden ? 0 : 1;
      });
      const all = rows.length.toLocaleString("en");
      status.textContent = `${shown.toLocaleString("en")} of ${all} rows are shown.`;
    }

    field.addEventListener("input", apply);
    menus.forEach(({ menu }) => menu.addEventListener("change", apply));
    const labels = menus.map(({ column, menu }) => made("label", {}, heads[column], menu));
    const tools = made("div", { className: "tools" }, made("label", {}, "text in a row", field), ...labels);
    table.parentElement.before(tools, status);
    apply();
  }

  // Filters first: they read the column heads as they were.
  document.querySelectorAll("table[data-filters]").forEach(addFilters);
  document.querySelectorAll("table[data-sortable]").forEach(addSorting);
})();
