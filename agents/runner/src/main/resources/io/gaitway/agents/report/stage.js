// Canvases in world coordinates: metres, y up.
class View {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.resize();
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.max(1, Math.round(this.width * ratio));
    this.canvas.height = Math.max(1, Math.round(this.height * ratio));
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  // Looks at a point with a scale in pixels per metre.
  look(x, y, scale) {
    this.x = x;
    this.y = y;
    this.scale = scale;
  }

  px(x) { return this.width / 2 + (x - this.x) * this.scale; }

  py(y) { return this.height / 2 - (y - this.y) * this.scale; }

  clear() { this.context.clearRect(0, 0, this.width, this.height); }

  // Lines at whole distances, the horizontal ones at least some pixels apart.
  grid(apart = 90) {
    this.verticals();
    const c = this.context;
    const step = niceStep(apart / this.scale);
    const bottom = this.y - this.height / 2 / this.scale;
    c.beginPath();
    for (let y = Math.ceil(bottom / step) * step; this.py(y) >= 0; y += step) {
      c.moveTo(0, Math.round(this.py(y)) + 0.5);
      c.lineTo(this.width, Math.round(this.py(y)) + 0.5);
    }
    c.stroke();
  }

  verticals() {
    const c = this.context;
    const step = niceStep(90 / this.scale);
    const left = this.x - this.width / 2 / this.scale;
    c.lineWidth = 1;
    c.strokeStyle = colour('--grid');
    c.beginPath();
    for (let x = Math.ceil(left / step) * step; this.px(x) <= this.width; x += step) {
      c.moveTo(Math.round(this.px(x)) + 0.5, 0);
      c.lineTo(Math.round(this.px(x)) + 0.5, this.height);
    }
    c.stroke();
  }

  // The distance along the lower edge, at the grid's lines.
  distances() {
    const c = this.context;
    const step = niceStep(90 / this.scale);
    const left = this.x - this.width / 2 / this.scale;
    c.fillStyle = colour('--ink-3');
    c.font = '11px ' + FONT;
    c.textAlign = 'left';
    for (let x = Math.ceil(left / step) * step; this.px(x) <= this.width; x += step) {
      const text = trim(x) + ' m';
      const from = this.px(x) + 5;
      if (from + c.measureText(text).width <= this.width) c.fillText(text, from, this.height - 7);
    }
  }

  // The height along the left edge, at the grid's lines.
  heights(apart) {
    const c = this.context;
    const step = niceStep(apart / this.scale);
    const bottom = this.y - this.height / 2 / this.scale;
    c.fillStyle = colour('--ink-3');
    c.font = '11px ' + FONT;
    c.textAlign = 'left';
    for (let y = Math.ceil(bottom / step) * step; this.py(y) > 12; y += step) {
      if (this.py(y) < this.height - 24) c.fillText(trim(y) + ' m', 4, this.py(y) - 4);
    }
  }

  ground(height) {
    const c = this.context;
    const y = this.py(height);
    c.fillStyle = colour('--grid');
    c.fillRect(0, y, this.width, Math.max(0, this.height - y));
    c.strokeStyle = colour('--ground');
    c.lineWidth = 2;
    c.beginPath();
    c.moveTo(0, y);
    c.lineTo(this.width, y);
    c.stroke();
  }

  // The robot, each shape with an edge. It is drawn opaque on a layer of its own, so that
  // links do not show through each other when the whole is translucent.
  robot(robot, state, style) {
    const layer = this.layer || (this.layer = document.createElement('canvas'));
    layer.width = this.canvas.width;
    layer.height = this.canvas.height;
    const c = layer.getContext('2d');
    const ratio = this.canvas.width / this.width;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.lineCap = 'round';
    c.lineJoin = 'round';
    const draw = (points, width, colourValue) => {
      c.lineWidth = Math.max(0.5, width);
      c.strokeStyle = colourValue;
      c.fillStyle = colourValue;
      this.outline(c, points);
      if (points.length > 2) c.fill();
      c.stroke();
    };
    for (const { points, radius } of robot.shapes(state)) {
      const width = Math.max(3, 2 * radius * this.scale);
      draw(points, width, style.edge);
      if (radius > 0 || points.length < 3) {
        draw(points, width - 2 * style.edgeWidth, style.fill);
      } else {
        c.fillStyle = style.fill;
        c.fill();
      }
    }
    c.fillStyle = style.edge;
    for (const frame of robot.frames(state).slice(1)) {
      c.beginPath();
      c.arc(this.px(frame.x), this.py(frame.y), style.edgeWidth, 0, 2 * Math.PI);
      c.fill();
    }
    this.context.globalAlpha = style.alpha;
    this.context.drawImage(layer, 0, 0, this.width, this.height);
    this.context.globalAlpha = 1;
  }

  // The path around some points; a line between two, a dot for one.
  outline(c, points) {
    c.beginPath();
    c.moveTo(this.px(points[0][0]), this.py(points[0][1]));
    for (const [x, y] of points.slice(1)) c.lineTo(this.px(x), this.py(y));
    if (points.length > 2) c.closePath();
    else c.lineTo(this.px(points.at(-1)[0]) + 1e-3, this.py(points.at(-1)[1]));
  }

  // The robot as lines along its links, translucent as a whole.
  sticks(robot, state, colourValue, alpha) {
    const c = this.context;
    c.strokeStyle = colourValue;
    c.globalAlpha = alpha;
    c.lineWidth = 2.25;
    c.lineCap = 'round';
    c.lineJoin = 'round';
    for (const { points } of robot.shapes(state)) {
      this.outline(c, points);
      c.stroke();
    }
    c.globalAlpha = 1;
  }

  arrow(from, to, colourValue, alpha) {
    this.arrowPixels([this.px(from[0]), this.py(from[1])], [this.px(to[0]), this.py(to[1])], colourValue, alpha);
  }

  arrowPixels([x0, y0], [x1, y1], colourValue, alpha) {
    const c = this.context;
    const length = Math.hypot(x1 - x0, y1 - y0);
    const head = Math.min(7, 0.6 * length);
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
    c.globalAlpha = alpha;
    c.strokeStyle = colourValue;
    c.fillStyle = colourValue;
    c.lineWidth = 1.75;
    c.lineCap = 'butt';
    c.beginPath();
    c.moveTo(x0, y0);
    c.lineTo(x1 - 0.8 * head * ux, y1 - 0.8 * head * uy);
    c.stroke();
    c.beginPath();
    c.moveTo(x1, y1);
    c.lineTo(x1 - head * ux - 0.45 * head * uy, y1 - head * uy + 0.45 * head * ux);
    c.lineTo(x1 - head * ux + 0.45 * head * uy, y1 - head * uy - 0.45 * head * ux);
    c.fill();
    c.globalAlpha = 1;
  }

  cross([x, y], colourValue) {
    const c = this.context;
    c.strokeStyle = colourValue;
    c.lineWidth = 2;
    c.beginPath();
    for (const turn of [1, -1]) {
      c.moveTo(this.px(x) - 5, this.py(y) - 5 * turn);
      c.lineTo(this.px(x) + 5, this.py(y) + 5 * turn);
    }
    c.stroke();
  }

  // A line through points, with a dot at its end if asked for.
  line(points, colourValue, width, dot) {
    if (points.length === 0) return;
    const c = this.context;
    c.strokeStyle = colourValue;
    c.lineWidth = width;
    c.lineJoin = 'round';
    c.beginPath();
    points.forEach(([x, y], i) => {
      if (i === 0) c.moveTo(this.px(x), this.py(y));
      else c.lineTo(this.px(x), this.py(y));
    });
    c.stroke();
    if (dot) {
      const [x, y] = points[points.length - 1];
      c.fillStyle = colourValue;
      c.beginPath();
      c.arc(this.px(x), this.py(y), width + 1.5, 0, 2 * Math.PI);
      c.fill();
    }
  }
}

// 1, 2 or 5 times a power of ten, at least `least`.
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((f) => f * power).find((step) => step >= least * (1 - 1e-9));
}

// Points averaged over `reach` neighbours on either side, fewer towards the ends.
function smooth(points, reach) {
  return points.map((_, i) => {
    const near = Math.min(reach, i, points.length - 1 - i);
    const window = points.slice(i - near, i + near + 1);
    return [0, 1].map((k) => window.reduce((sum, point) => sum + point[k], 0) / window.length);
  });
}

// The animation: the learned motion with a ghost of the DDP solution, followed by the camera. Where
// there is ground, its forces are drawn, and the root takes the place of the centre of mass.
class Stage {
  constructor(canvas, robot, motion, dt, forces, onTime) {
    this.view = new View(canvas);
    this.robot = robot;
    this.motion = motion;
    this.dt = dt;
    this.forces = forces;
    this.place = forces ? (state) => robot.root(state) : (state) => robot.centre(state);
    this.onTime = onTime;
    this.steps = motion.learned.xs.length - 1;
    this.centres = {
      learned: motion.learned.xs.map(this.place),
      ddp: motion.ddp.xs.map(this.place),
    };
    this.camera = smooth(this.centres.learned, Math.round(0.75 / dt));
    this.time = 0;
    this.speed = 1;
    this.ghost = true;
    this.playing = false;
    const sample = motion.learned.xs.filter((_, i) => i % Math.ceil((this.steps + 1) / 60) === 0);
    this.reach = Math.max(...sample.map((x) => {
      const box = robot.box([x]);
      return Math.max(box.right - box.left, box.top - box.bottom);
    }));
  }

  play(on) {
    if (on && this.time >= this.steps) this.time = 0;
    this.playing = on;
    this.previous = undefined;
    if (on) requestAnimationFrame((now) => this.tick(now));
    this.onTime(this);
  }

  tick(now) {
    if (!this.playing) return;
    if (this.previous !== undefined) {
      this.time += ((now - this.previous) / 1000 / this.dt) * this.speed;
    }
    this.previous = now;
    if (this.time >= this.steps) {
      this.time = this.steps;
      this.playing = false;
    }
    this.draw();
    this.onTime(this);
    requestAnimationFrame((next) => this.tick(next));
  }

  seek(time) {
    this.time = Math.max(0, Math.min(this.steps, time));
    this.draw();
    this.onTime(this);
  }

  draw() {
    const view = this.view;
    const row = Math.floor(this.time);
    const state = stateAt(this.motion.learned.xs, this.time);
    const centre = this.place(state);
    const scale = Math.min(view.height / (1.4 * this.reach), view.width / (2.4 * this.reach));
    const camera = stateAt(this.camera, this.time);
    const ground = this.motion.ground_height;
    const y = this.forces ? ground + 0.27 * view.height / scale : camera[1];
    view.look(camera[0] + 0.1 * view.width / scale, y, scale);
    view.clear();
    view.grid();
    if (this.forces || this.motion.ground) view.ground(ground);
    view.distances();
    if (this.ghost) {
      const ddp = this.motion.ddp.xs;
      view.line(this.centres.ddp.slice(0, row + 1), colour('--ddp'), 1.25, false);
      view.robot(this.robot, stateAt(ddp, this.time), {
        fill: colour('--card'), edge: colour('--ddp'), alpha: 0.4, edgeWidth: 1.25,
      });
    }
    view.robot(this.robot, state, {
      fill: colour('--body'), edge: colour('--body-edge'), alpha: 1, edgeWidth: 1.75,
    });
    view.line([...this.centres.learned.slice(0, row + 1), centre], colour('--accent'), 1.75, true);
    if (this.forces) {
      this.forces.draw(view, this.motion.learned, row, 1);
      this.forces.legend(view, 12, 12);
    }
    this.caption(row);
  }

  caption(row) {
    const c = this.view.context;
    const from = Math.max(0, Math.min(row, this.steps - 1));
    const [a, b] = [this.centres.learned[from], this.centres.learned[from + 1] || this.centres.learned[from]];
    c.fillStyle = colour('--ink-2');
    c.font = '12px ' + FONT;
    c.textAlign = 'right';
    c.fillText(decimals((b[0] - a[0]) / this.dt, 2) + ' m/s', this.view.width - 10, 20);
  }
}

// The whole path with the robot drawn at several times.
class PathFigure {
  constructor(canvas, robot, motion) {
    this.canvas = canvas;
    this.robot = robot;
    this.motion = motion;
    this.box = robot.box([...motion.learned.xs, ...motion.ddp.xs]);
  }

  draw() {
    const { left, right, bottom, top } = this.box;
    const width = this.canvas.clientWidth;
    const scale = Math.min((width - 24) / (right - left), 420 / (top - bottom));
    this.canvas.style.height = Math.max(90, (top - bottom) * scale + 44) + 'px';
    const view = new View(this.canvas);
    view.look((left + right) / 2, (bottom + top) / 2 - 8 / scale, scale);
    view.clear();
    view.grid();
    view.distances();
    const xs = this.motion.learned.xs;
    const span = Math.abs(this.robot.centre(xs[xs.length - 1])[0] - this.robot.centre(xs[0])[0]);
    const first = this.robot.box([xs[0]]);
    const poses = Math.max(4, Math.min(9, Math.floor(span / (0.7 * (first.right - first.left))) + 1));
    for (let i = 0; i < poses; i++) {
      view.robot(this.robot, stateAt(xs, ((xs.length - 1) * i) / (poses - 1)), {
        fill: colour('--body'),
        edge: colour('--body-edge'),
        alpha: 0.25 + (0.6 * i) / (poses - 1),
        edgeWidth: 1.25,
      });
    }
    view.line(this.motion.ddp.xs.map((x) => this.robot.centre(x)), colour('--ddp'), 1.75, true);
    view.line(xs.map((x) => this.robot.centre(x)), colour('--accent'), 2, true);
  }
}
