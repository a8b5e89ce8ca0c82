// The leaderboard: one card with a table for every suite.
const DATA = JSON.parse(document.getElementById('data').textContent);

// An interval as a bar with a dot, on the scale of all rows of its column.
function range(value, lower, upper, low, high) {
  const node = element('div', 'range');
  if (value === null) return node;
  const place = (x) => 100 * (high > low ? Math.min(1, Math.max(0, (x - low) / (high - low))) : 0.5) + '%';
  const bar = element('i');
  bar.style.left = place(lower);
  bar.style.right = `calc(100% - ${place(upper)})`;
  const dot = element('b');
  dot.style.left = place(value);
  node.append(bar, dot);
  return node;
}

function figure(text, note, bar) {
  const cell = element('td', 'n', text + ' ');
  cell.append(element('small', '', note), bar);
  return cell;
}

function percent(value) {
  return Math.round(100 * value) + ' %';
}

function cost(value) {
  return value === null ? '–' : trim(Number(value.toPrecision(5)));
}

function row(entry, low, high) {
  const line = element('tr');
  const name = element('td', '', entry.controller);
  if (entry.description) name.append(element('br'), element('small', '', entry.description));
  line.append(
    element('td', 'n', String(entry.rank)),
    name,
    figure(percent(entry.survival), `[${percent(entry.survival_lower)}, ${percent(entry.survival_upper)}]`,
      range(entry.survival, entry.survival_lower, entry.survival_upper, 0, 1)),
    figure(cost(entry.cost), `[${cost(entry.cost_lower)}, ${cost(entry.cost_upper)}]`,
      range(entry.cost, entry.cost_lower, entry.cost_upper, low, high)),
    element('td', 'n', entry.controller_faults ? String(entry.controller_faults) : '–'),
    element('td', 'n', entry.end_time.replace('T', ' ').replace('Z', '')));
  return line;
}

function card(suite) {
  const node = element('section', 'card');
  const head = element('div', 'card-head');
  head.append(element('h2', '', suite.id + (suite.current ? '' : ' (an earlier definition)')),
    element('p', 'hint', `${suite.episodes} episodes of ${suite.horizon} steps`));
  const table = element('table', 'figures ranking');
  const titles = element('tr');
  for (const title of ['', 'Controller', 'Survival', 'Cost', 'Faults', 'Ended (UTC)']) titles.append(element('th', '', title));
  table.append(titles);
  const bounds = suite.evaluations.filter((e) => e.cost !== null).flatMap((e) => [e.cost_lower, e.cost_upper]);
  for (const entry of suite.evaluations) table.append(row(entry, Math.min(...bounds), Math.max(...bounds)));
  const wide = element('div', 'wide');
  wide.append(table);
  node.append(head, element('p', 'hint', suite.description), wide, element('p', 'hint', 'Suite digest ' + suite.digest.slice(0, 16)));
  return node;
}

document.getElementById('subtitle').textContent = 'Survival with its 95 % Wilson interval; '
  + 'cost as the interquartile mean over episodes with its 95 % bootstrap interval.';
const host = document.querySelector('main');
for (const suite of DATA.suites) host.append(card(suite));
if (DATA.suites.length === 0) host.append(element('p', 'card', 'No evaluation has ended yet.'));
document.getElementById('colophon').textContent = 'Written by Gaitway ' + DATA.version + '.';
theme(() => {});
