// Charts over iterations and over time, on uPlot.
const WHOLE = [0, 1, 2, 3, 4, 5].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
const SERIES = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6'];

function number(value) {
  if (value === null || value === undefined) return '';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) return value.toExponential(2);
  return trim(Number(value.toPrecision(size >= 1000 ? 6 : 4)));
}

function axis(label, size) {
  return {
    label,
    labelSize: 18,
    labelGap: 2,
    gap: 4,
    labelFont: '12px ' + FONT,
    font: '11.5px ' + FONT,
    stroke: () => colour('--ink-2'),
    grid: { stroke: () => colour('--grid'), width: 1 },
    ticks: { stroke: () => colour('--rule'), width: 1, size: 5 },
    size,
  };
}

class Chart {
  // options: {x, y: labels, data, series: [{label, colour, dash, width, fill, paths, show}], bands, scale,
  // range, xRange, height, legend, onCursor: called with the plot when the pointer moves, whole: only whole
  // numbers on the vertical axis, bars: [{colour, y, on: by entry whether there is a bar}]}
  constructor(host, options) {
    this.host = host;
    this.options = options;
    this.build();
    onResize(host, () => {
      if (this.plot.width !== host.clientWidth && host.clientWidth > 0) {
        this.plot.setSize({ width: host.clientWidth, height: this.height });
      }
    });
  }

  build() {
    const o = this.options;
    if (this.plot) this.plot.destroy();
    this.height = o.height || 230;
    const log = o.scale === 'log';
    const xAxis = axis(o.x, 30);
    if (o.x === 'iteration') xAxis.incrs = WHOLE;
    const yAxis = axis(o.y, 54);
    if (o.whole) yAxis.incrs = WHOLE;
    yAxis.values = (_, ticks) => ticks.map((tick) => (tick === null ? '' : number(tick)));
    const series = o.series.map((s) => ({
      label: s.label,
      show: s.show !== false,
      stroke: () => colour(s.colour),
      width: s.width === undefined ? 1.75 : s.width,
      dash: s.dash,
      fill: s.fill && (() => colour(s.fill)),
      paths: s.paths,
      points: { show: !s.paths && o.data[0].length === 1 && s.width !== 0 },
      value: (_, value) => number(value),
    }));
    this.plot = new uPlot(
      {
        width: Math.max(200, this.host.clientWidth),
        height: this.height,
        padding: [10, 12, 0, 0],
        cursor: { y: false, focus: { prox: 24 }, drag: { x: true, y: false } },
        legend: { show: o.legend !== false, live: true, markers: { width: 2.5, dash: (u, i) => (u.series[i].dash ? 'dashed' : 'solid') } },
        scales: {
          x: { time: false, range: o.xRange && (() => o.xRange) },
          y: log ? { distr: 3, log: 10 } : { range: o.range || undefined },
        },
        axes: [xAxis, yAxis],
        series: [{ label: o.x, value: (_, value) => number(value) }, ...series],
        hooks: {
          setCursor: o.onCursor ? [(plot) => o.onCursor(plot)] : [],
          ready: [(plot) => setTimeout(() => this.plot === plot && this.showLast())],
          draw: [(plot) => this.drawBars(plot)],
        },
        bands: o.bands ? o.bands.map((band) => ({ ...band, fill: () => (band.colour ? colour(band.colour) + '22' : colour('--accent-soft')) })) : undefined,
      },
      o.data,
      this.host,
    );
    if (o.legend !== false) this.hideUnnamed();
    this.plot.over.addEventListener('mouseleave', () => this.showLast());
  }

  // Bars along the horizontal axis, for what is so at some times and not at others.
  drawBars(plot) {
    const c = plot.ctx;
    const xs = this.options.data[0];
    const { left, width } = plot.bbox;
    const place = (x) => Math.max(left, Math.min(left + width, plot.valToPos(x, 'x', true)));
    for (const bar of this.options.bars || []) {
      c.fillStyle = colour(bar.colour);
      const y = plot.valToPos(bar.y, 'y', true) - 2 * devicePixelRatio;
      for (let from = 0, to; from < xs.length; from = to + 1) {
        to = from;
        while (to < xs.length - 1 && bar.on[to]) to++;
        if (bar.on[from]) c.fillRect(place(xs[from]), y, place(xs[to]) - place(xs[from]), 4 * devicePixelRatio);
      }
    }
  }

  // Without a pointer in the chart the legend shows the last values.
  showLast() {
    this.plot.setLegend({ idx: this.options.data[0].length - 1 }, false);
  }

  // Series that only bound a band have no name and no place in the legend.
  hideUnnamed() {
    this.host.querySelectorAll('.u-legend .u-series').forEach((row, i) => {
      if (i > 0 && !this.options.series[i - 1].label) row.style.display = 'none';
    });
  }

  // Shows some series and hides the others.
  show(wanted) {
    this.plot.batch(() => this.options.series.forEach((s, i) => {
      s.show = wanted(s);
      this.plot.setSeries(i + 1, { show: s.show }, false);
    }));
  }

  scale(scale) {
    this.options.scale = scale;
    this.build();
  }

  // Marks a place on the horizontal axis; for the time of the animation.
  mark(x) {
    if (!this.playhead) {
      this.playhead = document.createElement('div');
      this.playhead.className = 'playhead';
    }
    if (this.playhead.parentNode !== this.plot.over) this.plot.over.appendChild(this.playhead);
    const left = this.plot.valToPos(x, 'x');
    this.playhead.style.display = left >= 0 && left <= this.plot.over.clientWidth ? '' : 'none';
    this.playhead.style.transform = 'translateX(' + left + 'px)';
  }
}

// A card with a heading and room for a chart.
function chartCard(host, title, hint) {
  const card = element('section', 'card');
  card.append(element('h2', '', title));
  if (hint) card.append(element('p', 'hint', hint));
  const chart = element('div', 'chart');
  card.append(chart);
  host.append(card);
  return chart;
}

// Linear range of the costs that shows where the policy ends, not how badly it began: at most three
// times what the better half needs, so that early lines leave through the top.
function costRange(values, ddp) {
  const sorted = values.filter((v) => v !== null).sort((a, b) => a - b);
  const low = Math.min(ddp, sorted[0] === undefined ? ddp : sorted[0]);
  const middle = sorted.length ? sorted[Math.floor((sorted.length - 1) / 2)] : ddp;
  const top = Math.min(sorted.length ? sorted[sorted.length - 1] : ddp, 3 * Math.max(ddp, middle));
  const room = Math.max((top - low) * 0.08, Math.abs(top) * 0.01, 1e-12);
  return [low - room, Math.max(top, ddp) + room];
}

function costChart(host, metrics) {
  const last = metrics[metrics.length - 1];
  const ddp = last.ddp_cost;
  const stochastic = metrics.map((m) => m.stochastic_cost);
  const deterministic = metrics.map((m) => m.deterministic_cost);
  const extreme = (pick) => metrics.map((m) => (
    m.stochastic_costs.some((c) => c === null) ? null : pick(...m.stochastic_costs)));
  const all = [...stochastic, ...deterministic];
  return new Chart(host, {
    x: 'iteration',
    y: 'cost',
    height: 360,
    range: () => costRange(all, ddp),
    data: [
      metrics.map((m) => m.iteration), extreme(Math.max), extreme(Math.min),
      stochastic, deterministic, metrics.map(() => ddp),
    ],
    bands: [{ series: [1, 2] }],
    series: [
      { label: '', colour: '--accent-soft', width: 0 },
      { label: '', colour: '--accent-soft', width: 0 },
      { label: 'stochastic', colour: '--accent', width: 2.25 },
      { label: 'deterministic', colour: '--accent', dash: [7, 5], width: 2.25 },
      { label: 'DDP', colour: '--ddp', width: 1.5 },
    ],
  });
}

function noiseChart(host, metrics, actions) {
  return new Chart(host, {
    x: 'iteration',
    y: 'σ in ' + (actions[0] || {}).unit,
    scale: 'log',
    data: [metrics.map((m) => m.iteration), ...actions.map((_, i) => metrics.map((m) => m.noise_std[i]))],
    series: actions.map((a, i) => ({ label: a.name, colour: SERIES[i % SERIES.length] })),
  });
}

function terminationChart(host, metrics) {
  const most = Math.max(...metrics.map((m) => m.stochastic_costs.length));
  return new Chart(host, {
    x: 'iteration',
    y: 'of ' + most,
    range: () => [0, most],
    data: [metrics.map((m) => m.iteration), metrics.map((m) => m.terminated)],
    series: [{ label: 'ended early', colour: '--c2' }],
  });
}

// What agents commonly report, by name; other names are shown as they are.
const SCALARS = {
  beta: 'β, the weight of the cost',
  fit_objective: 'Objective of the policy fit',
  mean_cost: 'Cost of the mean trajectory',
};

function scalarTitle(name) {
  return SCALARS[name] || sentence(name);
}

function scalarChart(host, metrics, name) {
  return new Chart(host, {
    x: 'iteration',
    y: name.replaceAll('_', ' '),
    data: [metrics.map((m) => m.iteration), metrics.map((m) => (name in m.agent ? m.agent[name] : null))],
    series: [{ label: name.replaceAll('_', ' '), colour: '--c1' }],
  });
}

function stepCostChart(host, trajectories) {
  const { learned, ddp } = trajectories;
  const steps = Math.max(learned.costs.length, ddp.costs.length);
  const column = (values) => Array.from({ length: steps }, (_, t) => (t < values.length ? values[t] : null));
  return new Chart(host, {
    x: 'time in s',
    y: 'cost of the step',
    data: [Array.from({ length: steps }, (_, t) => t * trajectories.dt), column(learned.costs), column(ddp.costs)],
    series: [
      { label: 'learned', colour: '--accent' },
      { label: 'DDP', colour: '--ddp', width: 1.25 },
    ],
  });
}

// An action over time; its bounds are drawn where it comes near them.
function actionChart(host, trajectories, index, action) {
  const { learned, ddp } = trajectories;
  const steps = Math.max(learned.us.length, ddp.us.length);
  const column = (rows) => Array.from({ length: steps }, (_, t) => (t < rows.length ? rows[t][index] : null));
  const values = [...learned.us, ...ddp.us].map((row) => row[index]);
  const reach = 1.5 * Math.max(...values.map(Math.abs));
  const bounds = [action.lower, action.upper].filter((bound) => Math.abs(bound) <= reach);
  return new Chart(host, {
    x: 'time in s',
    y: action.unit,
    data: [
      Array.from({ length: steps }, (_, t) => t * trajectories.dt), column(learned.us), column(ddp.us),
      ...bounds.map((bound) => Array(steps).fill(bound)),
    ],
    series: [
      { label: 'learned', colour: '--accent' },
      { label: 'DDP', colour: '--ddp', width: 1.25 },
      ...bounds.map(() => ({ label: '', colour: '--ink-3', width: 1, dash: [4, 4] })),
    ],
  });
}

// What an action may be, in words.
function bounds({ lower, upper, unit }) {
  const range = -lower === upper ? '±' + number(upper) : number(lower) + ' to ' + number(upper);
  return 'within ' + range + ' ' + unit;
}
