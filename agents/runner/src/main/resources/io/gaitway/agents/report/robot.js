// A planar robot, as the environment's geometry describes it: a tree of links with shapes.
class Robot {
  constructor(geometry) {
    this.links = geometry;
    this.mass = geometry.reduce((sum, link) => sum + link.mass, 0);
  }

  // Frames {x, y, angle} of all links in a state. A link's frame sits at its hinge, shifted by its slides.
  frames(state) {
    const entry = (index) => (index < 0 ? 0 : state[index]);
    const frames = [];
    for (const link of this.links) {
      const parent = link.parent < 0 ? { x: 0, y: 0, angle: 0 } : frames[link.parent];
      const hinge = Robot.place(
        parent, link.hinge_x + entry(link.x_index), link.hinge_y + entry(link.y_index));
      frames.push({
        x: hinge[0],
        y: hinge[1],
        angle: parent.angle + link.angle + link.axis * entry(link.angle_index),
      });
    }
    return frames;
  }

  // A point of a link, in the world.
  static place(frame, x, y) {
    const c = Math.cos(frame.angle);
    const s = Math.sin(frame.angle);
    return [frame.x + c * x - s * y, frame.y + s * x + c * y];
  }

  // The shapes {points, radius} in the world.
  shapes(state) {
    const frames = this.frames(state);
    return this.links.flatMap((link, i) =>
      link.shapes.map(({ points, radius }) => ({
        points: points.flatMap((x, k) =>
          k % 2 === 0 ? [Robot.place(frames[i], x, points[k + 1])] : []),
        radius,
      })));
  }

  // The place of the root's frame in the world.
  root(state) {
    const { x, y } = this.frames(state)[0];
    return [x, y];
  }

  // The centre of mass in the world.
  centre(state) {
    const frames = this.frames(state);
    let x = 0;
    let y = 0;
    this.links.forEach((link, i) => {
      const point = Robot.place(frames[i], link.com_x, link.com_y);
      x += link.mass * point[0];
      y += link.mass * point[1];
    });
    return [x / this.mass, y / this.mass];
  }

  // The least box {left, right, bottom, top} around the robot in several states.
  box(states) {
    const box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
    for (const state of states) {
      for (const { points, radius } of this.shapes(state)) {
        for (const [x, y] of points) {
          box.left = Math.min(box.left, x - radius);
          box.right = Math.max(box.right, x + radius);
          box.bottom = Math.min(box.bottom, y - radius);
          box.top = Math.max(box.top, y + radius);
        }
      }
    }
    return box;
  }
}

// The state between two rows of a motion, at a time in steps.
function stateAt(xs, time) {
  const last = xs.length - 1;
  const clamped = Math.max(0, Math.min(last, time));
  const row = Math.min(last, Math.floor(clamped));
  const next = Math.min(last, row + 1);
  const part = clamped - row;
  return xs[row].map((value, i) => value + part * (xs[next][i] - value));
}
