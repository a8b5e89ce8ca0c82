// Pinocchio's side of the comparison: the bare trees (armature, no damping, no fluid, no contact), built
// of its cheapest joint types. The plane is Pinocchio's x-y plane, whatever the robot calls it.

#pragma once

#include <pinocchio/algorithm/aba-derivatives.hpp>
#include <pinocchio/algorithm/aba.hpp>
#include <pinocchio/multibody.hpp>

#include <cmath>
#include <utility>
#include <vector>

#include "mujoco_peer.h"

namespace peers {

// A capsule of density 1000 between two points of its frame; the hinge is a point of that frame too.
struct Link {
  int parent;
  Eigen::Vector2d position, hinge, start, end;
  double radius, armature;

  Eigen::Vector2d centre() const { return 0.5 * (start + end); }

  pinocchio::Inertia inertia() const {
    const double density = 1000.0, r = radius, h = (end - start).norm();
    const double cylinder = density * M_PI * r * r * h, ball = density * 4.0 / 3.0 * M_PI * r * r * r;
    const double along = cylinder * r * r / 2 + ball * 0.4 * r * r;
    const double across = cylinder * (h * h / 12 + r * r / 4) +
                          ball * (0.4 * r * r + h * h / 4 + 3.0 / 8.0 * h * r);
    const Eigen::Vector2d flat = (end - start) / h;
    const Eigen::Vector3d axis(flat.x(), flat.y(), 0.0);
    const Eigen::Matrix3d outer = axis * axis.transpose();
    const Eigen::Matrix3d rotational = along * outer + across * (Eigen::Matrix3d::Identity() - outer);
    return {cylinder + ball, lift(centre() - hinge), rotational};
  }

  static Eigen::Vector3d lift(const Eigen::Vector2d& a) { return {a.x(), a.y(), 0.0}; }
};

class PinocchioPeer {
 public:
  PinocchioPeer(const std::vector<Link>& links, double gravity, double rootArmature, double rootSign)
      : rootSign_(rootSign) {
    using pinocchio::SE3;
    const SE3 here = SE3::Identity();
    auto joint = model_.addJoint(0, pinocchio::JointModelPX(), here, "root1");
    joint = model_.addJoint(joint, pinocchio::JointModelPY(), here, "root2");
    std::vector<pinocchio::JointIndex> joints;
    for (std::size_t i = 0; i < links.size(); ++i) {
      const Link& link = links[i];
      const bool root = link.parent < 0;
      const auto parent = root ? joint : joints[link.parent];
      Eigen::Vector2d offset = link.position + link.hinge;
      if (!root) offset -= links[link.parent].hinge;
      SE3 placement = SE3::Identity();
      placement.translation() = Link::lift(offset);
      const auto index = model_.addJoint(parent, pinocchio::JointModelRZ(), placement,
                                         "link" + std::to_string(i));
      model_.appendBodyToJoint(index, link.inertia(), here);
      joints.push_back(index);
    }
    model_.gravity.linear() = Eigen::Vector3d(0.0, gravity, 0.0);
    model_.armature.head<3>().setConstant(rootArmature);
    for (std::size_t i = 1; i < links.size(); ++i) model_.armature[i + 2] = links[i].armature;
    data_ = pinocchio::Data(model_);
    ddqDq_.setZero(model_.nv, model_.nv);
    ddqDv_.setZero(model_.nv, model_.nv);
    ddqDtau_.setZero(model_.nv, model_.nv);
  }

  int nv() const { return model_.nv; }

  struct Point {
    Eigen::VectorXd q, v, tau;
  };

  // The same state in Pinocchio's types; the root's angle changes its sign where the robot's does.
  Point point(const State& state) const {
    Point p{Eigen::VectorXd::Map(state.q.data(), nv()), Eigen::VectorXd::Map(state.v.data(), nv()),
            Eigen::VectorXd::Zero(nv())};
    for (int i = 3; i < nv(); ++i) p.tau[i] = state.tau[i - 3];
    p.q[2] *= rootSign_;
    p.v[2] *= rootSign_;
    return p;
  }

  void aba(const Point& p) { pinocchio::aba(model_, data_, p.q, p.v, p.tau); }

  void abaDerivatives(const Point& p) {
    pinocchio::computeABADerivatives(model_, data_, p.q, p.v, p.tau, ddqDq_, ddqDv_, ddqDtau_);
  }

  std::vector<double> acceleration(const State& state) {
    aba(point(state));
    Eigen::VectorXd a = data_.ddq;
    a[2] *= rootSign_;
    return {a.data(), a.data() + nv()};
  }

  // The partials by q, v and all nv generalised forces, each row-major.
  std::vector<double> derivatives(const State& state) {
    abaDerivatives(point(state));
    Eigen::MatrixXd minv = ddqDtau_.triangularView<Eigen::Upper>();
    minv.triangularView<Eigen::StrictlyLower>() = minv.transpose();
    std::vector<double> all;
    for (const Eigen::MatrixXd& m : {Eigen::MatrixXd(ddqDq_), Eigen::MatrixXd(ddqDv_), minv}) {
      for (int i = 0; i < nv(); ++i) {
        for (int j = 0; j < nv(); ++j) {
          all.push_back(m(i, j) * (i == 2 ? rootSign_ : 1.0) * (j == 2 ? rootSign_ : 1.0));
        }
      }
    }
    return all;
  }

 private:
  double rootSign_;
  pinocchio::Model model_;
  pinocchio::Data data_;
  Eigen::MatrixXd ddqDq_, ddqDv_, ddqDtau_;
};

inline std::vector<Link> swimmerLinks() {
  using V = Eigen::Vector2d;
  return {{-1, V(0, 0), V(0, 0), V(1.5, 0), V(0.5, 0), 0.1, 0.1},
          {0, V(0.5, 0), V(0, 0), V(0, 0), V(-1, 0), 0.1, 0.1},
          {1, V(-1, 0), V(0, 0), V(0, 0), V(-1, 0), 0.1, 0.1}};
}

inline std::vector<Link> walkerLinks() {
  using V = Eigen::Vector2d;
  std::vector<Link> links{{-1, V(0, 0), V(0, 0), V(0, -0.2), V(0, 0.2), 0.05, 0.0}};
  for (int first : {1, 4}) {
    links.push_back({0, V(0, -0.2), V(0, 0), V(0, 0), V(0, -0.45), 0.05, 0.01});
    links.push_back({first, V(0, -0.7), V(0, 0.25), V(0, 0.25), V(0, -0.25), 0.04, 0.01});
    links.push_back({first + 1, V(0.2, -0.35), V(-0.2, 0.1), V(-0.2, 0.1), V(0, 0.1), 0.06, 0.01});
  }
  return links;
}

}  // namespace peers
