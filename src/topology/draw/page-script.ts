// The script of the page of drawings, as text: zoom buttons, dragging with the mouse, copying the mermaid source, the
// light and dark button, and the mark in the navigation. Without it the page is whole: figures scroll, sources open.
// It is a constant, so the page allows it by its hash and no other script can run.

/** JavaScript for the browser; it reads only the page's own elements. */
export const pageScript = `
'use strict';
(() => {
  const root = document.documentElement;
  for (const button of document.querySelectorAll('[data-needs-script]')) button.hidden = false;

  for (const figure of document.querySelectorAll('.figure')) {
    const view = figure.querySelector('.view');
    const svg = view.querySelector('svg');
    if (svg === null) continue;
    const width = Number(svg.getAttribute('width')) || svg.getBoundingClientRect().width;
    let scale = 1;
    const show = (next, x, y) => {
      const old = scale;
      scale = Math.min(4, Math.max(0.1, next));
      const left = x === undefined ? view.clientWidth / 2 : x;
      const top = y === undefined ? 0 : y;
      const contentX = (view.scrollLeft + left) / old;
      const contentY = (view.scrollTop + top) / old;
      svg.style.width = width * scale + 'px';
      svg.style.height = 'auto';
      view.scrollLeft = contentX * scale - left;
      view.scrollTop = contentY * scale - top;
      view.classList.toggle('grab', view.scrollWidth > view.clientWidth || view.scrollHeight > view.clientHeight);
    };
    const room = () => {
      const style = getComputedStyle(view);
      return view.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    };
    const fit = (least) => show(Math.max(least, Math.min(1, room() / width)));
    const acts = { in: () => show(scale * 1.25), out: () => show(scale / 1.25), fit: () => fit(0.1), full: () => show(1) };
    for (const button of figure.querySelectorAll('[data-zoom]')) button.addEventListener('click', acts[button.dataset.zoom]);
    view.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = view.getBoundingClientRect();
      show(scale * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    view.addEventListener('pointerdown', (event) => {
      if (event.pointerType !== 'mouse' || event.button !== 0 || event.target.closest('text') !== null) return;
      if (event.offsetX > view.clientWidth && event.target === view) return;
      view.setPointerCapture(event.pointerId);
      view.classList.add('held');
    });
    view.addEventListener('pointermove', (event) => {
      if (!view.classList.contains('held')) return;
      view.scrollLeft -= event.movementX;
      view.scrollTop -= event.movementY;
    });
    for (const end of ['pointerup', 'pointercancel']) view.addEventListener(end, () => view.classList.remove('held'));
    fit(0.6);

    const copy = figure.querySelector('.copy');
    const source = figure.querySelector('pre');
    if (copy !== null && source !== null) {
      copy.addEventListener('click', async () => {
        try {
          await navigator.clipboard.writeText(source.textContent);
          copy.textContent = 'Copied';
        } catch {
          getSelection().selectAllChildren(source);
          copy.textContent = 'Selected';
        }
        setTimeout(() => { copy.textContent = 'Copy'; }, 1500);
      });
    }
  }

  const theme = document.querySelector('.theme');
  if (theme !== null) {
    const darkNow = () => root.dataset.theme === undefined ? matchMedia('(prefers-color-scheme:dark)').matches : root.dataset.theme === 'dark';
    const name = () => { theme.textContent = darkNow() ? 'Light colours' : 'Dark colours'; };
    theme.addEventListener('click', () => { root.dataset.theme = darkNow() ? 'light' : 'dark'; name(); });
    name();
  }

  const links = new Map();
  for (const link of document.querySelectorAll('.side a')) links.set(link.getAttribute('href').slice(1), link);
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) { if (isIntersecting) seen.add(target.id); else seen.delete(target.id); }
    let marked = false;
    for (const [id, link] of links) {
      if (!marked && seen.has(id)) { link.setAttribute('aria-current', 'true'); marked = true; } else link.removeAttribute('aria-current');
    }
  }, { rootMargin: '-10% 0px -40% 0px' });
  for (const figure of document.querySelectorAll('.figure')) watch.observe(figure);
})();
`;
