"""Planar trees in Pinocchio, built joint by joint in MuJoCo's order from the numbers of `trees.py`."""

import numpy as np
import pinocchio as pin


def _lift(tree, vector):
    """A vector of the plane in space."""
    a, b = vector
    return np.array([a, b, 0.0]) if tree.plane == "xy" else np.array([a, 0.0, b])


def _normal(tree):
    """The axis about which the plane's first axis turns towards its second."""
    return np.array([0.0, 0.0, 1.0]) if tree.plane == "xy" else np.array([0.0, -1.0, 0.0])


def _inertia(tree, body):
    """Inertia about the capsule's centre, axes parallel to the body's frame, then about the hinge."""
    axis = _lift(tree, (body.end[0] - body.start[0], body.end[1] - body.start[1])) / body.length
    along = np.outer(axis, axis)
    rotational = body.axial_inertia * along + body.transverse_inertia * (np.eye(3) - along)
    lever = _lift(tree, body.centre) - _lift(tree, body.hinge)
    return pin.Inertia(body.mass, lever, rotational)


class Engine:
    """Evaluates one tree; joint frames sit at the hinges, turned as the bodies are."""

    def __init__(self, tree):
        self.tree = tree
        model = pin.Model()
        first, second = _lift(tree, (1.0, 0.0)), _lift(tree, (0.0, 1.0))
        normal = _normal(tree)
        joint = model.addJoint(
            0, pin.JointModelPrismaticUnaligned(first), pin.SE3.Identity(), "root1"
        )
        joint = model.addJoint(
            joint, pin.JointModelPrismaticUnaligned(second), pin.SE3.Identity(), "root2"
        )
        joints = []
        for i, body in enumerate(tree.bodies):
            sign = tree.root_sign if i == 0 else tree.hinge_sign
            if i == 0:
                parent, offset = joint, _lift(tree, body.position) + _lift(tree, body.hinge)
            else:
                above = tree.bodies[body.parent]
                parent = joints[body.parent]
                offset = (
                    _lift(tree, body.position) + _lift(tree, body.hinge) - _lift(tree, above.hinge)
                )
            index = model.addJoint(
                parent,
                pin.JointModelRevoluteUnaligned(sign * normal),
                pin.SE3(np.eye(3), offset),
                body.name,
            )
            model.appendBodyToJoint(index, _inertia(tree, body), pin.SE3.Identity())
            joints.append(index)
        model.gravity.linear = _lift(tree, (0.0, tree.gravity))
        self.armature = np.array([tree.root_armature] * 3 + [b.armature for b in tree.bodies[1:]])
        self.damping = np.array([tree.root_damping] * 3 + [b.damping for b in tree.bodies[1:]])
        self.bodies = pin.Model(model)  # armature left out: Pinocchio counts it for some joints only
        self.bodies_data = self.bodies.createData()
        model.armature = self.armature
        self.model = model
        self.data = model.createData()

    def acceleration(self, q, v, tau):
        return pin.aba(self.model, self.data, q, v, tau - self.damping * v).copy()

    def derivatives(self, q, v, tau):
        """Partials of the acceleration by q and v, with the damping's share -M^-1 D added to the latter."""
        model, data = self.model, self.data
        pin.computeABADerivatives(model, data, q, v, tau - self.damping * v)
        upper = np.triu(data.Minv)
        minv = upper + np.triu(upper, 1).T
        return {"bareDq": data.ddq_dq.copy(), "bareDv": data.ddq_dv - minv * self.damping}

    def mass_matrix(self, q):
        full = np.triu(pin.crba(self.model, self.data, q))
        return full + np.triu(full, 1).T

    def bulk(self, q, v):
        """Centre of mass and energies of the bodies, armature left out."""
        model, data = self.bodies, self.bodies_data
        pin.centerOfMass(model, data, q, v)
        plane = [0, 1] if self.tree.plane == "xy" else [0, 2]
        return {
            "comPosition": data.com[0][plane].copy(),
            "comVelocity": data.vcom[0][plane].copy(),
            "kinetic": float(pin.computeKineticEnergy(model, data, q, v)),
            "potential": float(pin.computePotentialEnergy(model, data, q)),
        }
