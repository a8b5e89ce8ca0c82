// The report of a comparison: the paper's figure with every method to show or hide, the claims, and
// the figures behind them.
const VERSIONS = ['stochastic', 'deterministic'];

function methodColour(agents, agent) {
  return '--c' + (agents.indexOf(agent) % 12 + 1);
}

// A panel of average costs. Values that are not finite are drawn far above the axis.
function panel(host, data, task) {
  const card = element('section', 'card');
  card.append(element('h2', '', task.title));
  host.append(card);
  if (!task.methods.length) {
    card.append(element('p', 'hint', 'No runs yet.'));
    return null;
  }
  const chart = element('div', 'chart');
  const tip = element('div', 'tip');
  tip.style.display = 'none';
  card.append(chart);
  const iterations = Math.max(...task.methods.map((method) => method.stochastic.mean.length));
  const high = 10 * task.high;
  const values = (costs) => Array.from({ length: iterations }, (_, i) => (
    i < costs.length ? (costs[i] === null ? high : Math.min(costs[i], high)) : null));
  const columns = [Array.from({ length: iterations }, (_, i) => i + 1)];
  const series = [];
  const bands = [];
  const add = (column, options) => {
    columns.push(column);
    series.push(options);
  };
  for (const method of task.methods) {
    const shade = methodColour(data.agents, method.agent);
    for (const version of VERSIONS) {
      const costs = method[version];
      const bound = { label: '', colour: shade, width: 0, agent: method.agent, version, band: true };
      add(values(costs.upper), { ...bound });
      add(values(costs.lower), { ...bound });
      bands.push({ series: [series.length - 1, series.length], colour: shade });
    }
  }
  for (const method of task.methods) {
    for (const version of VERSIONS) {
      add(values(method[version].mean), {
        label: method.agent, colour: methodColour(data.agents, method.agent), width: 2, agent: method.agent, version,
        dash: version === 'deterministic' ? [7, 5] : undefined,
        costs: method[version].mean,
      });
    }
  }
  add(columns[0].map(() => task.ddp), { label: 'DDP', colour: '--ddp', width: 1.5 });
  const view = new Chart(chart, {
    x: 'iteration',
    y: 'average cost',
    height: 320,
    legend: false,
    range: () => [task.low, task.high],
    xRange: [0, Math.max(iterations, 2)],
    data: columns,
    series,
    bands,
    onCursor: (plot) => showTip(tip, plot, series, task.ddp),
  });
  chart.append(tip);
  return view;
}

// The costs under the pointer relative to DDP, with noise and without, the lowest first.
function showTip(tip, plot, series, ddp) {
  const { idx, left } = plot.cursor;
  const shown = series.filter((s) => s.costs && s.show !== false && idx < s.costs.length);
  if (idx === null || idx === undefined || left < 0 || !shown.length) {
    tip.style.display = 'none';
    return;
  }
  const ratio = (s) => (s.costs[idx] === null ? Infinity : s.costs[idx] / ddp);
  const text = (s) => (s.costs[idx] === null ? 'diverged' : ratio(s).toFixed(2));
  const methods = new Map(shown.map((s) => [s.agent, shown.filter((other) => other.agent === s.agent)]));
  tip.replaceChildren(element('b', '', 'iteration ' + (idx + 1) + ', × DDP, with / without noise'));
  [...methods.values()].sort((a, b) => ratio(a[0]) - ratio(b[0])).forEach((versions) => {
    const line = element('div');
    const mark = element('span', 'line');
    mark.style.color = colour(versions[0].colour);
    line.append(mark, ' ' + versions.map(text).join(' / ') + ' ' + versions[0].agent);
    tip.append(line);
  });
  tip.style.display = '';
  const right = left > plot.over.clientWidth / 2;
  tip.style.left = right ? '64px' : '';
  tip.style.right = right ? '' : '16px';
}

function row(body, cells, tag = 'td') {
  const line = element('tr');
  for (const cell of cells) {
    const box = element(tag, tag === 'td' && typeof cell === 'string' && cell.length < 28 ? 'n' : '');
    box.append(cell);
    line.append(box);
  }
  body.append(line);
}

function claimTable(table, claims) {
  table.replaceChildren();
  row(table, ['', 'claim', 'verdict', 'measured'], 'th');
  for (const claim of claims) {
    const text = element('div', '', claim.text + '. ');
    text.append(element('small', '', 'Rule: ' + claim.rule));
    const verdict = element('span', 'verdict ' + claim.verdict.replaceAll(' ', '-'), claim.verdict);
    const measured = element('small');
    claim.measured.split('; ').forEach((part) => measured.append(element('div', '', part)));
    row(table, [String(claim.number), text, verdict, measured]);
  }
}

function amount(value) {
  if (value === null) return '∞';
  return value >= 1e6 ? (value / 1e6).toPrecision(3) + ' M' : trim(Number(value.toPrecision(4)));
}

function summaryTables(host, tasks) {
  host.replaceChildren();
  const ratio = ([mean, lower, upper]) => {
    const text = (value) => (value === null ? '∞' : value.toFixed(2));
    return text(mean) + ' [' + text(lower) + ', ' + text(upper) + ']';
  };
  const percent = (value) => Math.round(100 * value) + ' %';
  for (const task of tasks.filter((each) => each.methods.length)) {
    const table = element('table', 'figures');
    const heading = element('h3', '', task.title + ', DDP ' + number(task.ddp));
    row(table, ['method', 'seeds', 'policy', 'cost / DDP', 'success', 'iterations until', 'seconds', 'samples', 'derivatives', 'never'], 'th');
    for (const method of task.methods) {
      const name = method.settings === 'default' || method.settings === 'paper'
        ? method.agent : method.agent + ' (' + method.settings + ')';
      VERSIONS.forEach((version, i) => {
        const { last, success, until } = method[version];
        row(table, [
          i ? '' : name, i ? '' : String(method.seeds), i ? 'without noise' : 'with noise', ratio(last),
          success.successes + '/' + method.seeds + ' [' + percent(success.lower) + ', ' + percent(success.upper) + ']',
          amount(until.iterations), amount(until.seconds),
          amount(until.samples), amount(until.derivatives),
          until.never + '/' + method.seeds,
        ]);
      });
    }
    host.append(heading, table);
  }
}

function comparison(data) {
  const byId = (id) => document.getElementById(id);
  subtitle([
    data.agents.length + (data.agents.length === 1 ? ' method' : ' methods'),
    data.done + ' of ' + data.runs + ' runs complete',
    data.iterations + ' iterations each',
    'scale ' + data.scale,
  ]);
  byId('colophon').textContent = 'Written by Gaitway ' + data.version + '.';
  data.success.forEach((rule) => byId('success').append(element('p', 'hint', rule)));
  byId('failures').hidden = !data.failures.length;
  data.failures.forEach(({ run, cause }) => byId('failure-list').append(element('p', 'hint', run + ': ' + cause)));

  let charts = [];
  let figures = [];
  const hidden = new Set();
  const checked = (id) => byId(id).checked;
  const apply = () => charts.forEach((chart) => chart.show((s) => (
    !s.agent || (!hidden.has(s.agent) && checked('show-' + s.version) && (!s.band || checked('show-bands'))))));
  for (const id of ['show-stochastic', 'show-deterministic', 'show-bands']) byId(id).addEventListener('change', apply);
  const marks = data.agents.map((agent) => {
    const field = element('label', 'field');
    const box = element('input');
    box.type = 'checkbox';
    box.checked = true;
    box.addEventListener('change', () => {
      if (box.checked) hidden.delete(agent); else hidden.add(agent);
      apply();
    });
    const mark = element('span', 'line');
    field.append(box, mark, agent);
    byId('methods').append(field);
    return () => { mark.style.color = colour(methodColour(data.agents, agent)); };
  });

  const show = (preset) => {
    byId('panels').replaceChildren();
    charts = preset.tasks.map((task) => panel(byId('panels'), data, task)).filter(Boolean);
    byId('motions').replaceChildren();
    figures = preset.motions.map((motion) => {
      const card = element('section', 'card');
      const key = element('p', 'key');
      key.append(element('span', 'swatch learned'), ' learned policy ', element('span', 'swatch ddp'), ' initial DDP solution');
      const canvas = element('canvas');
      card.append(element('h2', '', motion.title), key, canvas);
      byId('motions').append(card);
      const figure = new PathFigure(canvas, new Robot(motion.geometry), motion);
      onResize(card, () => figure.draw());
      return figure;
    });
    claimTable(byId('claims'), preset.claims);
    summaryTables(byId('summaries'), preset.tasks);
    apply();
  };
  const buttons = data.presets.map((preset) => {
    const button = element('button', '', preset.name);
    button.type = 'button';
    button.addEventListener('click', () => press(preset));
    byId('presets').append(button);
    return button;
  });
  const press = (preset) => {
    buttons.forEach((button, i) => button.setAttribute('aria-pressed', data.presets[i] === preset));
    show(preset);
  };
  theme(() => {
    marks.forEach((mark) => mark());
    charts.forEach((chart) => chart.build());
    figures.forEach((figure) => figure.draw());
  });
  marks.forEach((mark) => mark());
  press(data.presets[0]);
}

comparison(JSON.parse(document.getElementById('data').textContent));
