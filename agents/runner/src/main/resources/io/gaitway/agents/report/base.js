// What the pages share: elements, colours and numbers.
const FONT = getComputedStyle(document.body).fontFamily;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// Calls back in the frame after an element's size has changed, and once at the beginning.
function onResize(node, callback) {
  new ResizeObserver(() => requestAnimationFrame(() => callback(node))).observe(node);
}

// A name with underscores as the beginning of a sentence.
function sentence(name) {
  const words = name.replaceAll('_', ' ').replace(/([a-z])(\d)/g, '$1 $2');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// A number without superfluous zeros.
function trim(value) {
  return String(Number(value.toFixed(Math.abs(value) >= 100 ? 1 : 4)));
}

// A number with so many decimals, and no sign where these are all zero.
function decimals(value, count) {
  const text = value.toFixed(count);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

function tile(host, className, label, value, note) {
  const node = element('div', 'tile ' + className);
  node.append(element('div', 'label', label), element('div', 'value', value), element('div', 'note', note));
  host.append(node);
}

// Light or dark as the system has it, until the reader says otherwise; always light in print.
function theme(draw) {
  const root = document.documentElement;
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const apply = (name) => {
    root.dataset.theme = name;
    draw();
  };
  dark.addEventListener('change', () => apply(dark.matches ? 'dark' : 'light'));
  document.getElementById('theme').addEventListener('click', () => {
    apply(root.dataset.theme === 'dark' ? 'light' : 'dark');
  });
  let shown;
  window.addEventListener('beforeprint', () => {
    shown = root.dataset.theme;
    apply('light');
  });
  window.addEventListener('afterprint', () => apply(shown));
  root.dataset.theme = dark.matches ? 'dark' : 'light';
}

// What a page is about, in one line that breaks between its parts only.
function subtitle(parts) {
  document.getElementById('subtitle').textContent = parts.map((part) => part.replaceAll(' ', '\u00a0')).join('  ·  ');
}
