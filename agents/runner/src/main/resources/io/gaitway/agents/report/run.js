// The report of a run: reads the data and fills every section.
function about(config, metrics, trajectories) {
  const done = metrics.length;
  const seconds = done ? metrics[done - 1].elapsed_seconds : 0;
  return [
    config.hidden + ' hidden units',
    'seed ' + config.seed,
    done === config.iterations ? done + ' iterations' : done + ' of ' + config.iterations + ' iterations',
    seconds < 120 ? seconds.toFixed(1) + ' s' : (seconds / 60).toFixed(1) + ' min',
    config.created.slice(0, 10).replaceAll('-', '\u2011'),
    ...(trajectories ? [] : ['not ended yet, so its motion is not recorded']),
  ];
}

function summary(host, config, metrics, trajectories, robot) {
  if (metrics.length) {
    const last = metrics[metrics.length - 1];
    const ratio = (cost) => (cost === null ? 'the simulation diverged' : (cost / last.ddp_cost).toFixed(3) + ' × DDP');
    const shown = (cost) => (cost === null ? 'diverged' : number(cost));
    tile(host, 'learned', 'Stochastic policy', shown(last.stochastic_cost), ratio(last.stochastic_cost));
    tile(host, 'learned', 'Deterministic policy', shown(last.deterministic_cost), ratio(last.deterministic_cost));
    tile(host, '', 'Initial DDP solution', number(last.ddp_cost), 'cost over ' + config.spec.horizon + ' steps');
  }
  if (trajectories) {
    const speed = (motion) => {
      const steps = motion.xs.length - 1;
      return (robot.centre(motion.xs[steps])[0] - robot.centre(motion.xs[0])[0]) / (steps * trajectories.dt);
    };
    tile(host, '', 'Mean speed', decimals(speed(trajectories.learned), 2) + ' m/s',
      'DDP ' + decimals(speed(trajectories.ddp), 2) + ' m/s');
  }
}

function table(host, heading, rows) {
  if (!rows.length) return;
  const box = element('div');
  const body = element('table');
  for (const [name, value, unit, changed] of rows) {
    const row = element('tr', changed ? 'changed' : '');
    const cell = element('td', '', String(value));
    if (unit) cell.append(element('span', 'unit', ' ' + unit));
    row.append(element('td', '', name), cell);
    body.append(row);
  }
  box.append(element('h3', '', heading), body);
  host.append(box);
}

function configuration(host, config) {
  table(host, 'Run', [
    ['agent', config.agent], ['preset', config.preset], ['environment', config.environment],
    ['policy sees', config.observation.join(', ')], ['hidden units', config.hidden], ['iterations', config.iterations], ['seed', config.seed],
    ['evaluation rollouts', config.evaluation_rollouts], ['server', config.server],
  ]);
  table(host, 'Settings of the agent', Object.entries(config.settings).map(([name, value]) => [name, value]));
  table(host, 'Environment', [
    ['version', config.spec.version], ['model digest', config.spec.model_digest.slice(0, 16)],
    ['control step', config.spec.dt, 's'], ['substeps', config.spec.substeps],
    ['integrator', config.spec.integrator], ['horizon', config.spec.horizon, 'steps'],
    ...config.spec.cost_terms.map((c) => ['cost: ' + c.name, number(c.weight) + ' · (… − ' + number(c.target) + ')²']),
  ]);
  table(host, 'Parameters of the environment',
    config.spec.parameters.map((p) => [p.name, number(p.value), p.unit, p.name in config.parameters]));
  table(host, 'Programs', Object.entries(config.versions));
}

function animation(robot, trajectories, forces, timeCharts) {
  const byId = (id) => document.getElementById(id);
  const duration = (trajectories.learned.xs.length - 1) * trajectories.dt;
  const stage = new Stage(byId('stage'), robot, trajectories, trajectories.dt, forces, (self) => {
    const time = self.time * self.dt;
    byId('scrub').value = self.time;
    byId('clock').textContent = time.toFixed(2) + ' / ' + duration.toFixed(2) + ' s';
    byId('play').textContent = self.playing ? '❚❚' : '▶';
    timeCharts.forEach((chart) => chart.mark(time));
  });
  byId('scrub').max = stage.steps;
  byId('scrub').addEventListener('input', (event) => {
    stage.play(false);
    stage.seek(Number(event.target.value));
  });
  byId('play').addEventListener('click', () => stage.play(!stage.playing));
  byId('stage').addEventListener('click', () => stage.play(!stage.playing));
  byId('speed').addEventListener('change', (event) => { stage.speed = Number(event.target.value); });
  byId('ghost').addEventListener('change', (event) => {
    stage.ghost = event.target.checked;
    stage.draw();
  });
  byId('motion-hint').textContent = 'Without noise, from the mean initial state; the outline is the initial DDP solution.'
    + (forces ? ' Arrows: the ground’s forces.' : '');
  return stage;
}

function report(data) {
  const { config, metrics, trajectories } = data;
  subtitle(about(config, metrics, trajectories));
  document.getElementById('colophon').textContent = 'Written by Gaitway ' + data.version + '.';
  configuration(document.getElementById('configuration'), config);
  const robot = new Robot(config.spec.geometry);
  summary(document.getElementById('summary'), config, metrics, trajectories, robot);

  const charts = [];
  const timeCharts = [];
  const figures = [];
  theme(() => {
    [...charts, ...timeCharts].forEach((chart) => chart.build());
    figures.forEach((figure) => figure.draw());
  });
  if (metrics.length) {
    const cost = costChart(document.getElementById('cost-chart'), metrics);
    charts.push(cost);
    const buttons = [...document.querySelectorAll('#cost-scale button')];
    const press = (scale) => buttons.forEach((b) => b.setAttribute('aria-pressed', b.dataset.scale === scale));
    press('linear');
    buttons.forEach((button) => button.addEventListener('click', () => {
      press(button.dataset.scale);
      cost.scale(button.dataset.scale);
    }));
    const host = document.getElementById('iteration-charts');
    charts.push(noiseChart(chartCard(host, 'Noise of the policy'), metrics, config.spec.action));
    if (metrics.some((m) => m.terminated > 0)) {
      charts.push(terminationChart(chartCard(host, 'Noisy episodes that ended early'), metrics));
    }
    const names = [...new Set(metrics.flatMap((m) => Object.keys(m.agent)))];
    for (const name of names) {
      charts.push(scalarChart(chartCard(host, scalarTitle(name)), metrics, name));
    }
  } else {
    document.getElementById('cost-card').remove();
  }

  if (trajectories) {
    const host = document.getElementById('step-charts');
    timeCharts.push(stepCostChart(chartCard(host, 'Cost over time'), trajectories));
    const forces = config.spec.contact_points.length ? new GroundForces(robot, trajectories) : null;
    if (forces) {
      const pair = document.getElementById('ground-charts');
      const hint = 'Lines: vertical force of the ground. Bars below: when it carries.';
      for (const [name, motion] of [['learned policy', trajectories.learned], ['initial DDP solution', trajectories.ddp]]) {
        timeCharts.push(contactChart(
          chartCard(pair, 'On the ground: ' + name, hint), robot, trajectories, motion));
      }
    }
    config.spec.action.forEach((action, i) => {
      timeCharts.push(actionChart(
        chartCard(host, sentence(action.name), bounds(action)), trajectories, i, action));
    });
    const stage = animation(robot, trajectories, forces, timeCharts);
    const pathCanvas = document.getElementById('path');
    const path = forces
      ? new WalkFigure(pathCanvas, robot, trajectories, forces)
      : new PathFigure(pathCanvas, robot, trajectories);
    if (forces) {
      document.getElementById('path-title').textContent = 'The walk, frame by frame';
      pathCanvas.setAttribute('aria-label', 'The robot every 0.2 s along its path, with the ground’s forces');
    }
    figures.push(stage, path);
    if (trajectories.noisy.length) {
      const [figure, histograms] = falls(robot, trajectories, config.spec);
      figures.push(figure);
      charts.push(...histograms);
    } else {
      document.getElementById('falls-card').remove();
    }
    let width = -1;
    onResize(document.querySelector('main'), (main) => {
      if (main.clientWidth === width) return;
      width = main.clientWidth;
      stage.view.resize();
      figures.forEach((figure) => figure.draw());
    });
    stage.seek(0);
    if (!window.matchMedia('(prefers-reduced-motion: reduce)').matches) stage.play(true);
  } else {
    document.getElementById('motion-card').remove();
    document.getElementById('path-card').remove();
    document.getElementById('falls-card').remove();
  }
}

report(JSON.parse(document.getElementById('data').textContent));
