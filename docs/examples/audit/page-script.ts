// The page's only script: tooltips, the filter and the sorting of the file table. Everything is readable without it.
// It writes text only with textContent, and the page's policy admits it by its hash and nothing else.

/** The script's source. It must not contain a closing script tag. */
export const pageScript = `
(() => {
  document.documentElement.classList.add('js');
  const tip = document.createElement('div');
  tip.id = 'tip';
  tip.setAttribute('role', 'tooltip');
  document.body.append(tip);
  const notes = new WeakMap();
  for (const title of document.querySelectorAll('svg title')) {
    notes.set(title.parentNode, title.textContent);
    title.remove();
  }
  const holder = (node) => {
    for (let at = node; at && at !== document; at = at.parentNode) if (notes.has(at)) return at;
  };
  const show = (event) => {
    const at = holder(event.target);
    if (!at) { tip.style.display = 'none'; return; }
    const [first, ...rest] = notes.get(at).split('\\n');
    const head = document.createElement('b');
    head.textContent = first;
    tip.replaceChildren(head, ...rest.map((line) => {
      const row = document.createElement('div');
      row.textContent = line;
      return row;
    }));
    tip.style.display = 'block';
    const { width, height } = tip.getBoundingClientRect();
    const x = Math.min(event.clientX + 14, innerWidth - width - 8);
    const y = event.clientY + 18 + height > innerHeight ? event.clientY - height - 12 : event.clientY + 18;
    tip.style.left = Math.max(8, x) + 'px';
    tip.style.top = Math.max(8, y) + 'px';
  };
  addEventListener('pointermove', show, { passive: true });
  addEventListener('pointerdown', show, { passive: true });
  addEventListener('scroll', () => { tip.style.display = 'none'; }, { passive: true });

  const table = document.getElementById('files');
  if (!table) return;
  const body = table.tBodies[0];
  const filter = document.getElementById('filter');
  const state = document.getElementById('shown');
  const more = document.getElementById('more');
  const rows = [...body.rows].map((row) => ({ row, text: row.cells[0].textContent.toLowerCase() + ' ' + row.cells[1].textContent.toLowerCase() }));
  let limit = 50;
  const draw = () => {
    const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let hits = 0;
    for (const { row, text } of rows) {
      const hit = words.every((word) => text.includes(word));
      if (hit) hits += 1;
      row.hidden = !hit || hits > limit;
    }
    state.textContent = Math.min(hits, limit).toLocaleString('en-US') + ' of ' + hits.toLocaleString('en-US') + (hits === 1 ? ' file' : ' files');
    more.hidden = hits <= limit;
  };
  const value = (row, column) => {
    const text = row.cells[column].dataset.v ?? row.cells[column].textContent;
    return column < 2 ? text : Number(text);
  };
  for (const button of table.querySelectorAll('th button')) {
    button.addEventListener('click', () => {
      const cell = button.parentNode;
      const column = cell.cellIndex;
      const was = cell.getAttribute('aria-sort');
      const down = was ? was === 'ascending' : column >= 2;
      for (const other of table.querySelectorAll('th')) other.removeAttribute('aria-sort');
      cell.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      rows.sort((a, b) => {
        const x = value(a.row, column), y = value(b.row, column);
        return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
      });
      body.append(...rows.map(({ row }) => row));
      draw();
    });
  }
  filter.addEventListener('input', () => { limit = 50; draw(); });
  more.addEventListener('click', () => { limit = rows.length; draw(); });
  draw();
})();
`;
