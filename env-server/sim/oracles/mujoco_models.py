"""Gymnasium's planar robots in MuJoCo, with contact, limits and motors switched off."""

import pathlib
import xml.etree.ElementTree as ElementTree

import gymnasium
import mujoco
import numpy as np

ASSETS = pathlib.Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets"


def _swimmer_xml(links):
    """Gymnasium's swimmer with its last link repeated until there are `links` of them."""
    root = ElementTree.parse(ASSETS / "swimmer.xml").getroot()
    last = root.find(".//body[@name='back']")
    for i in range(3, links):
        body = ElementTree.SubElement(last, "body", {"name": f"back{i}", "pos": "-1 0 0"})
        geom = last.find("geom")
        ElementTree.SubElement(body, "geom", dict(geom.attrib))
        joint = dict(last.find("joint").attrib, name=f"motor{i}_rot")
        ElementTree.SubElement(body, "joint", joint)
        last = body
    return ElementTree.tostring(root, encoding="unicode")


def load(tree):
    """The compiled model of a tree: Euler, no contact, no limits, no motors, the tree's gravity."""
    if tree.name == "walker":
        model = mujoco.MjModel.from_xml_path(str(ASSETS / "walker2d_v5.xml"))
    else:
        model = mujoco.MjModel.from_xml_string(_swimmer_xml(len(tree.bodies)))
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_EULER
    model.opt.disableflags |= (
        mujoco.mjtDisableBit.mjDSBL_CONTACT
        | mujoco.mjtDisableBit.mjDSBL_LIMIT
        | mujoco.mjtDisableBit.mjDSBL_ACTUATION
    )
    model.opt.gravity[:] = 0.0
    model.opt.gravity[1 if tree.plane == "xy" else 2] = tree.gravity
    return model


class Engine:
    """Evaluates one tree; every call sets all that it depends on."""

    def __init__(self, tree):
        self.tree = tree
        self.model = load(tree)
        self.data = mujoco.MjData(self.model)
        self.plane = [0, 1] if tree.plane == "xy" else [0, 2]
        if self.model.nv != tree.nv:
            raise ValueError(f"{tree.name}: MuJoCo has {self.model.nv} joints, expected {tree.nv}")

    def _forward(self, q, v, tau=None, density=0.0, viscosity=0.0):
        model, data = self.model, self.data
        mujoco.mj_resetData(model, data)
        model.opt.density = density
        model.opt.viscosity = viscosity
        data.qpos[:] = q
        data.qvel[:] = v
        data.qfrc_applied[:] = 0.0 if tau is None else tau
        mujoco.mj_forward(model, data)
        if data.ncon or data.nefc:
            raise ValueError("constraints are active, golden data must be free of them")

    def acceleration(self, q, v, tau, density, viscosity):
        self._forward(q, v, tau, density, viscosity)
        return self.data.qacc.copy()

    def passive(self, q, v, density, viscosity):
        self._forward(q, v, None, density, viscosity)
        return self.data.qfrc_passive.copy()

    def bias(self, q, v):
        self._forward(q, v)
        return self.data.qfrc_bias.copy()

    def mass_matrix(self, q):
        """Column by column through mj_mulM, which every version of MuJoCo offers alike."""
        self._forward(q, np.zeros(self.model.nv))
        columns = np.empty((self.model.nv, self.model.nv))
        for j in range(self.model.nv):
            unit = np.zeros(self.model.nv)
            unit[j] = 1.0
            mujoco.mj_mulM(self.model, self.data, columns[j], unit)
        return columns.T.copy()

    def bulk(self, q, v):
        """Centre of mass, momenta and energies of the bodies, armature left out."""
        model, data = self.model, self.data
        self._forward(q, v)
        mujoco.mj_subtreeVel(model, data)
        root = 1
        mass = float(model.body_subtreemass[root])
        velocity = data.subtree_linvel[root]
        product = np.zeros(model.nv)
        mujoco.mj_mulM(model, data, product, v)
        armature = 0.5 * float(np.dot(model.dof_armature, v * v))
        sign = 1.0 if self.tree.plane == "xy" else -1.0
        normal = 2 if self.tree.plane == "xy" else 1
        potential = -float(np.dot(model.body_mass, data.xipos @ model.opt.gravity))
        return {
            "comPosition": data.subtree_com[root][self.plane].copy(),
            "comVelocity": velocity[self.plane].copy(),
            "linearMomentum": mass * velocity[self.plane],
            "angularMomentum": sign * float(data.subtree_angmom[root][normal]),
            "kinetic": 0.5 * float(np.dot(v, product)) - armature,
            "armatureKinetic": armature,
            "potential": potential,
        }

    def facts(self):
        """What MuJoCo compiled: names, masses, centres, inertias, boxes of equal inertia, joints."""
        model = self.model
        self._forward(model.qpos0.copy(), np.zeros(model.nv))
        bodies = []
        for b in range(1, model.nbody):
            inertia = model.body_inertia[b]
            rotation = np.empty(9)
            mujoco.mju_quat2Mat(rotation, model.body_iquat[b])
            rotation = rotation.reshape(3, 3)
            full = rotation @ np.diag(inertia) @ rotation.T
            normal = 2 if self.tree.plane == "xy" else 1
            # The box of MuJoCo's inertia-box fluid model: full edge lengths along the principal axes.
            box = np.sqrt(6.0 * (inertia.sum() - 2.0 * inertia) / model.body_mass[b])
            geom = int(model.body_geomadr[b])
            radius, half = model.geom_size[geom][:2]
            mujoco.mju_quat2Mat(flat := np.empty(9), model.geom_quat[geom])
            axis = flat.reshape(3, 3)[:, 2]
            bodies.append(
                {
                    "name": model.body(b).name,
                    "parent": int(model.body_parentid[b]) - 1,
                    "position": model.body_pos[b][self.plane],
                    "mass": model.body_mass[b],
                    "com": model.body_ipos[b][self.plane],
                    "planarInertia": float(full[normal, normal]),
                    "principalInertia": inertia,
                    "principalAxes": rotation,
                    "inertiaBox": box,
                    "capsule": {
                        "start": (model.geom_pos[geom] - half * axis)[self.plane],
                        "end": (model.geom_pos[geom] + half * axis)[self.plane],
                        "radius": radius,
                    },
                }
            )
        joints = []
        for j in range(model.njnt):
            joints.append(
                {
                    "name": model.joint(j).name,
                    "type": "slide"
                    if model.jnt_type[j] == mujoco.mjtJoint.mjJNT_SLIDE
                    else "hinge",
                    "body": int(model.jnt_bodyid[j]) - 1,
                    "position": model.jnt_pos[j][self.plane],
                    "axis": model.jnt_axis[j],
                    "reference": model.qpos0[j],
                    "armature": model.dof_armature[j],
                    "damping": float(np.ravel(model.dof_damping[j])[0]),
                    "range": model.jnt_range[j] if model.jnt_limited[j] else None,
                }
            )
        return {
            "name": self.tree.name,
            "plane": self.tree.plane,
            "gravity": model.opt.gravity[self.plane],
            "totalMass": float(model.body_subtreemass[1]),
            "bodies": bodies,
            "joints": joints,
        }
