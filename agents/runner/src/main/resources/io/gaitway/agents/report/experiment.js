// The report of an experiment: average costs with every method to show or hide, profiles, motions, and the
// figures behind them.
const VERSIONS = ['stochastic', 'deterministic'];

function methodColour(method) {
  return '--c' + (method % 12 + 1);
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
    const shade = methodColour(method.method);
    for (const version of VERSIONS) {
      const costs = method[version];
      const bound = { label: '', colour: shade, width: 0, method: method.method, version, band: true };
      add(values(costs.upper), { ...bound });
      add(values(costs.lower), { ...bound });
      bands.push({ series: [series.length - 1, series.length], colour: shade });
    }
  }
  for (const method of task.methods) {
    for (const version of VERSIONS) {
      add(values(method[version].mean), {
        label: data.methods[method.method], colour: methodColour(method.method), width: 2, method: method.method, version,
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
  const methods = new Map(shown.map((s) => [s.method, shown.filter((other) => other.method === s.method)]));
  tip.replaceChildren(element('b', '', 'iteration ' + (idx + 1) + ', × DDP, with / without noise'));
  [...methods.values()].sort((a, b) => ratio(a[0]) - ratio(b[0])).forEach((versions) => {
    const line = element('div');
    const mark = element('span', 'line');
    mark.style.color = colour(versions[0].colour);
    line.append(mark, ' ' + versions.map(text).join(' / ') + ' ' + versions[0].label);
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

function amount(value) {
  if (value === null) return '∞';
  return value >= 1e6 ? (value / 1e6).toPrecision(3) + ' M' : trim(Number(value.toPrecision(4)));
}

function ratio([mean, lower, upper]) {
  const text = (value) => (value === null ? '∞' : value.toFixed(2));
  return text(mean) + ' [' + text(lower) + ', ' + text(upper) + ']';
}

function percent(value) {
  return Math.round(100 * value) + ' %';
}

function rate({ successes, trials, lower, upper }) {
  return successes + '/' + trials + ' [' + percent(lower) + ', ' + percent(upper) + ']';
}

// Shares of runs below so many times DDP, all tasks together.
function profile(host, data) {
  const { thresholds, methods } = data.overall;
  const columns = [thresholds];
  const series = [];
  const bands = [];
  methods.forEach((method, i) => VERSIONS.forEach((version) => {
    const shade = methodColour(i);
    const options = { colour: shade, method: i, version };
    columns.push(method[version].upper, method[version].lower, method[version].mean);
    series.push({ ...options, label: '', width: 0, band: true }, { ...options, label: '', width: 0, band: true });
    bands.push({ series: [series.length - 1, series.length], colour: shade });
    series.push({ ...options, label: data.methods[i], width: 2, dash: version === 'deterministic' ? [7, 5] : undefined });
  }));
  const chart = element('div', 'chart');
  host.append(chart);
  return new Chart(chart, {
    x: 'cost / DDP', y: 'share of runs', height: 320, legend: false, range: () => [0, 1], data: columns, series, bands,
  });
}

function overallTable(host, data) {
  const table = element('table', 'figures');
  row(table, ['method', 'runs', 'cost / DDP with noise', 'without', 'success with noise', 'without'], 'th');
  data.overall.methods.forEach(({ stochastic, deterministic }, i) => row(table, [
    data.methods[i], String(stochastic.runs), ratio(stochastic.last), ratio(deterministic.last),
    rate(stochastic.success), rate(deterministic.success),
  ]));
  host.append(table);
}

// How probably a run of the row costs less than one of the column, on the same task and with noise.
function improvementTable(host, data) {
  if (data.methods.length < 2) return;
  const table = element('table', 'figures');
  row(table, ['', ...data.methods], 'th');
  data.overall.methods.forEach((method, i) => row(table, [
    data.methods[i],
    ...method.improvement.map((value) => (
      value === null ? '' : percent(value[0]) + ' [' + percent(value[1]) + ', ' + percent(value[2]) + ']')),
  ]));
  host.append(element('h3', '', 'Probability that the row costs less than the column'), table);
}

function summaryTables(host, data) {
  host.replaceChildren();
  for (const task of data.tasks.filter((each) => each.methods.length)) {
    const table = element('table', 'figures');
    const heading = element('h3', '', task.title + ', DDP ' + number(task.ddp));
    row(table, ['method', 'seeds', 'policy', 'cost / DDP', 'success', 'iterations until', 'seconds', 'samples', 'derivatives', 'never'], 'th');
    for (const method of task.methods) {
      const name = data.methods[method.method] + ' (' + method.settings + ')';
      VERSIONS.forEach((version, i) => {
        const { last, success, until } = method[version];
        row(table, [
          i ? '' : name, i ? '' : String(method.seeds), i ? 'without noise' : 'with noise', ratio(last),
          rate(success),
          amount(until.iterations), amount(until.seconds),
          amount(until.samples), amount(until.derivatives),
          until.never + '/' + method.seeds,
        ]);
      });
    }
    host.append(heading, table);
  }
}

function experiment(data) {
  const byId = (id) => document.getElementById(id);
  subtitle([
    data.methods.length + (data.methods.length === 1 ? ' method' : ' methods'),
    data.done + ' of ' + data.runs + ' runs complete',
    data.iterations + ' iterations each',
    ...data.scales.map((scale) => 'scale ' + scale),
  ]);
  byId('colophon').textContent = 'Written by Gaitway ' + data.version + '.';
  data.success.forEach((rule) => byId('success').append(element('p', 'hint', rule)));
  byId('failures').hidden = !data.failures.length;
  data.failures.forEach(({ run, cause }) => byId('failure-list').append(element('p', 'hint', run + ': ' + cause)));

  const charts = data.tasks.map((task) => panel(byId('panels'), data, task)).filter(Boolean);
  if (data.methods.length) charts.push(profile(byId('profile'), data));
  const hidden = new Set();
  const checked = (id) => byId(id).checked;
  const apply = () => charts.forEach((chart) => chart.show((s) => (
    s.method === undefined
      || (!hidden.has(s.method) && checked('show-' + s.version) && (!s.band || checked('show-bands'))))));
  for (const id of ['show-stochastic', 'show-deterministic', 'show-bands']) byId(id).addEventListener('change', apply);
  const marks = data.methods.map((name, i) => {
    const field = element('label', 'field');
    const box = element('input');
    box.type = 'checkbox';
    box.checked = true;
    box.addEventListener('change', () => {
      if (box.checked) hidden.delete(i); else hidden.add(i);
      apply();
    });
    const mark = element('span', 'line');
    field.append(box, mark, name);
    byId('methods').append(field);
    return () => { mark.style.color = colour(methodColour(i)); };
  });
  const figures = data.motions.map((motion) => {
    const card = element('section', 'card');
    const key = element('p', 'key');
    key.append(element('span', 'swatch learned'), ' learned policy ', element('span', 'swatch ddp'), ' initial DDP solution');
    const canvas = element('canvas');
    const player = element('canvas', 'stage');
    const play = element('button', 'button', '▶');
    play.type = 'button';
    play.setAttribute('aria-label', 'Play or pause');
    card.append(element('h2', '', motion.title), key, canvas, player, play);
    byId('motions').append(card);
    const robot = new Robot(motion.geometry);
    const figure = new PathFigure(canvas, robot, motion);
    const stage = new Stage(player, robot, motion, motion.dt, null, (self) => {
      play.textContent = self.playing ? '❚❚' : '▶';
    });
    for (const each of [play, player]) each.addEventListener('click', () => stage.play(!stage.playing));
    const draw = () => {
      figure.draw();
      stage.view.resize();
      stage.draw();
    };
    onResize(card, draw);
    return { draw };
  });
  overallTable(byId('overall'), data);
  improvementTable(byId('improvements'), data);
  summaryTables(byId('summaries'), data);
  theme(() => {
    marks.forEach((mark) => mark());
    charts.forEach((chart) => chart.build());
    figures.forEach((figure) => figure.draw());
    apply();
  });
  marks.forEach((mark) => mark());
  apply();
}

experiment(JSON.parse(document.getElementById('data').textContent));
