// What the ground does to a robot that walks on it: its forces in pictures and charts, and the falls.

// Where the contact points of a robot may touch the ground in a state: the spheres' lowest points.
function touching(robot, points, state) {
  const frames = robot.frames(state);
  return points.map((point) => {
    const [x, y] = Robot.place(frames[point.link], point.x, point.y);
    return [x, y - point.radius];
  });
}

// What a robot weighs on earth, N; the measure of its forces.
function weight(robot) {
  return 9.81 * robot.mass;
}

// The ground's forces on a robot, as arrows that push from below: {x, y, fx, fy} in m and N.
class GroundForces {
  constructor(robot, trajectories) {
    this.robot = robot;
    this.points = trajectories.contact_points;
    this.ground = trajectories.ground_height;
    this.weight = weight(robot);
    const box = robot.box([trajectories.learned.xs[0]]);
    this.metresPerNewton = (0.2 * (box.top - box.bottom)) / this.weight;
  }

  at(motion, step) {
    const forces = motion.contact_forces[Math.min(step, motion.contact_forces.length - 1)] || [];
    const places = touching(this.robot, this.points, motion.xs[step]);
    return forces
      .map(([fx, fy], i) => ({ x: places[i][0], y: places[i][1], fx, fy }))
      .filter((force) => Math.hypot(force.fx, force.fy) > 0.02 * this.weight);
  }

  draw(view, motion, step, alpha) {
    for (const { x, y, fx, fy } of this.at(motion, step)) {
      const tail = [x - fx * this.metresPerNewton, y - fy * this.metresPerNewton];
      view.arrow(tail, [x, y], colour('--force'), alpha);
    }
  }

  // How far the longest arrow of some steps reaches below the ground, m.
  depth(motion, steps) {
    const forces = steps.flatMap((step) => this.at(motion, step));
    return Math.max(0, ...forces.map((force) => force.fy * this.metresPerNewton - force.y + this.ground));
  }

  // An arrow of a round force with its size, at a place in pixels.
  legend(view, left, top) {
    const size = niceStep(0.7 * this.weight);
    const length = size * this.metresPerNewton * view.scale;
    const c = view.context;
    view.arrowPixels([left, top + length], [left, top], colour('--force'), 1);
    c.fillStyle = colour('--ink-2');
    c.font = '11px ' + FONT;
    c.textAlign = 'left';
    c.fillText(number(size) + ' N', left + 9, top + length / 2 + 4);
  }
}

// Figures over one stretch of ground have one scale, so that they can be compared.
function stretch(robot, trajectories) {
  const box = robot.box([...trajectories.learned.xs, ...trajectories.ddp.xs]);
  for (const rollout of trajectories.noisy) {
    for (const [x] of rollout.path) {
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
    }
  }
  return box;
}

// Pixels per metre that show a stretch in whole, and a robot not too large.
function stretchScale(canvas, box) {
  return Math.min((canvas.clientWidth - 24) / (box.right - box.left), 320 / (box.top - box.bottom));
}

// Room for a lane's name above it and for the distances below the last, px.
const LANE_HEAD = 46;
const LABELS = 24;

// The walk in frames: the robot about every 0.2 s, in a lane of its own for each motion, earlier
// frames paler.
class WalkFigure {
  constructor(canvas, robot, trajectories, forces) {
    this.canvas = canvas;
    this.robot = robot;
    this.forces = forces;
    this.ground = trajectories.ground_height;
    this.box = stretch(robot, trajectories);
    const every = Math.max(1, Math.round(0.2 / trajectories.dt));
    this.lanes = [
      { label: 'learned policy', motion: trajectories.learned, colour: '--accent' },
      { label: 'initial DDP solution', motion: trajectories.ddp, colour: '--ddp' },
    ];
    for (const lane of this.lanes) {
      lane.steps = lane.motion.xs.map((_, step) => step).filter((step) => step % every === 0);
    }
    this.depth = Math.max(0.08, ...this.lanes.map((l) => forces.depth(l.motion, l.steps)));
  }

  draw() {
    const { left, right, bottom, top } = this.box;
    const low = Math.min(bottom, this.ground - this.depth);
    const scale = stretchScale(this.canvas, this.box);
    const height = (top - low) * scale + LANE_HEAD;
    this.canvas.style.height = this.lanes.length * height + LABELS + 'px';
    const view = new View(this.canvas);
    view.clear();
    this.lanes.forEach((lane, i) => {
      const head = i * height + LANE_HEAD;
      view.look((left + right) / 2, top - (view.height / 2 - head) / scale, scale);
      const last = i === this.lanes.length - 1;
      this.drawLane(view, lane, i * height, height + (last ? LABELS : 0));
    });
    view.distances();
  }

  drawLane(view, lane, top, height) {
    const c = view.context;
    c.save();
    c.beginPath();
    c.rect(0, top, view.width, height);
    c.clip();
    view.verticals();
    view.ground(this.ground);
    lane.steps.forEach((step, i) => {
      const alpha = 0.2 + (0.8 * i) / Math.max(1, lane.steps.length - 1);
      view.sticks(this.robot, lane.motion.xs[step], colour(lane.colour), alpha);
      this.forces.draw(view, lane.motion, step, alpha);
    });
    view.line(lane.motion.xs.map((x) => [x[0], x[1]]), colour(lane.colour), 1, false);
    c.restore();
    c.fillStyle = colour('--ink-2');
    c.font = '12px ' + FONT;
    c.textAlign = 'left';
    c.fillText(lane.label, 4, top + 16);
    this.forces.legend(view, 20 + c.measureText(lane.label).width, top + 6);
  }
}

// The paths of the root in the noisy rollouts, with a cross where one fell.
class FallsFigure {
  constructor(canvas, robot, trajectories) {
    this.canvas = canvas;
    this.rollouts = trajectories.noisy;
    this.box = stretch(robot, trajectories);
  }

  draw() {
    const heights = this.rollouts.flatMap((rollout) => rollout.path.map(([, y]) => y));
    const top = Math.max(...heights) + 0.08;
    const low = Math.min(...heights) - 0.12;
    const scale = stretchScale(this.canvas, this.box);
    this.canvas.style.height = (top - low) * scale + LABELS + 'px';
    const view = new View(this.canvas);
    view.look((this.box.left + this.box.right) / 2, top - view.height / 2 / scale, scale);
    view.clear();
    view.grid(40);
    for (const rollout of this.rollouts) {
      view.line(rollout.path, colour('--accent-line'), 1.25, false);
    }
    for (const rollout of this.rollouts.filter((each) => each.terminated)) {
      view.cross(rollout.path[rollout.path.length - 1], colour('--fall'));
    }
    view.distances();
    view.heights(40);
  }
}

// Counts of values in bins of a round width from `from` on: [left edges, counts].
function histogram(values, from, to) {
  const width = niceStep((to - from) / 25);
  const first = Math.floor(from / width);
  const edges = [];
  for (let i = first; i * width < to; i++) edges.push(Number((i * width).toPrecision(12)));
  const counts = edges.map(() => 0);
  for (const value of values) {
    counts[Math.max(0, Math.min(counts.length - 1, Math.floor(value / width + 1e-9) - first))] += 1;
  }
  return [edges, counts, width];
}

function fallChart(host, label, values, from, to) {
  const [edges, counts, width] = histogram(values, from, to);
  const last = edges[edges.length - 1] + width;
  return new Chart(host, {
    x: label,
    y: 'rollouts that fell',
    height: 170,
    legend: false,
    xRange: [edges[0], last],
    range: () => [0, Math.max(1, ...counts) * 1.1],
    whole: true,
    data: [edges, counts.map((count) => count || null)],
    series: [{ label: 'fell', colour: '--fall', fill: '--fall-soft', paths: uPlot.paths.bars({ size: [0.94, 80], align: 1 }) }],
  });
}

// Fills the card about the falls; returns its figure and charts.
function falls(robot, trajectories, spec) {
  const rollouts = trajectories.noisy;
  const fallen = rollouts.filter((rollout) => rollout.terminated);
  const figure = new FallsFigure(document.getElementById('falls'), robot, trajectories);
  document.getElementById('falls-hint').textContent =
    (fallen.length ? fallen.length : 'None') + ' of the last evaluation’s ' + rollouts.length
    + ' rollouts with noise ended early (' + spec.termination + '). Lines: the path of the hip in each.';
  const host = document.getElementById('falls-charts');
  if (!fallen.length) {
    host.remove();
    return [figure, []];
  }
  const end = (rollout) => rollout.path[rollout.path.length - 1][0];
  const places = rollouts.flatMap((rollout) => [rollout.path[0][0], end(rollout)]);
  const inCard = () => host.appendChild(element('div', 'chart short'));
  return [figure, [
    fallChart(inCard(), 'time of the fall in s', fallen.map((r) => r.steps * trajectories.dt), 0, spec.horizon * spec.dt),
    fallChart(inCard(), 'place of the fall in m', fallen.map(end), Math.min(...places), Math.max(...places) + 1e-6),
  ]];
}

// The vertical force on each link that touches the ground at all, over time; and, as bars below,
// when it carries more than a twentieth of the weight.
function contactChart(host, robot, trajectories, motion) {
  const { contact_points: points, dt } = trajectories;
  const carrying = 0.05 * weight(robot);
  const force = (each, link) => each.contact_forces.map(
    (row) => row.reduce((sum, f, i) => sum + (points[i].link === link ? f[1] : 0), 0));
  const links = [...new Set(points.map((point) => point.link))].filter((link) => (
    [trajectories.learned, trajectories.ddp].some((each) => force(each, link).some((f) => f > carrying))));
  const columns = links.map((link) => force(motion, link));
  const greatest = Math.max(...[trajectories.learned, trajectories.ddp].flatMap(
    (each) => links.flatMap((link) => force(each, link))));
  // Not the first two colours, which mean the learned motion and forces elsewhere on the page.
  const shade = (i) => SERIES[(i + 2) % SERIES.length];
  return new Chart(host, {
    x: 'time in s',
    y: 'vertical force in N',
    xRange: [0, Math.max(trajectories.learned.us.length, trajectories.ddp.us.length) * dt],
    range: () => [-0.045 * (links.length + 1) * greatest, 1.05 * greatest],
    data: [motion.contact_forces.map((_, t) => t * dt), ...columns],
    series: links.map((link, i) => ({ label: robot.links[link].name, colour: shade(i), width: 1.5 })),
    bars: links.map((_, i) => ({ colour: shade(i), on: columns[i].map((f) => f > carrying), y: -0.045 * (i + 1) * greatest })),
  });
}
