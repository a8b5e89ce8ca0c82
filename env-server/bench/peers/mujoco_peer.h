// MuJoCo's side of the comparison: Gymnasium's robots, stepped and differentiated as shipped,
// except for the integrator (Euler, the cheapest), the medium and the start height.

#pragma once

#include <mujoco/mujoco.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace peers {

struct State {
  std::vector<double> q, v, tau;  // tau holds the hinges after the root only
};

class MujocoPeer {
 public:
  static constexpr double kDifference = 1e-6;  // transitionFD's step, as in MuJoCo's own samples

  // The file's medium; the torques of a state are the motors' controls.
  MujocoPeer(const std::string& file, double timestep) : file_(file), direct_(true) {
    char error[1000] = "";
    model_.reset(mj_loadXML(file.c_str(), nullptr, error, sizeof error));
    if (!model_) throw std::runtime_error("cannot load " + file + ": " + error);
    model_->opt.integrator = mjINT_EULER;
    model_->opt.timestep = timestep;
    data_.reset(mj_makeData(model_.get()));
    const int n = 2 * model_->nv;
    fx_.resize(n * n);
    fu_.resize(n * model_->nu);
  }

  // Another medium; the torques of a state are those in the hinges.
  MujocoPeer(const std::string& file, double density, double viscosity, double timestep)
      : MujocoPeer(file, timestep) {
    direct_ = false;
    model_->opt.density = density;
    model_->opt.viscosity = viscosity;
  }

  const std::string& file() const { return file_; }
  int nv() const { return model_->nv; }
  int nu() const { return model_->nu; }

  // Starts from a state.
  void reset(const State& state) {
    for (int i = 0; i < model_->nv; ++i) {
      data_->qpos[i] = state.q[i];
      data_->qvel[i] = state.v[i];
    }
    for (int i = 0; i < model_->nu; ++i) {
      data_->ctrl[i] = direct_ ? state.tau[i] : state.tau[i] / model_->actuator_gear[6 * i];
    }
  }

  // The states with a contact on a fall from the file's pose.
  std::vector<State> fall(double seconds) {
    std::vector<State> states;
    mj_resetData(model_.get(), data_.get());
    while (data_->time < seconds) {
      step();
      if (contacts() == 0) continue;
      State state;
      state.q.assign(data_->qpos, data_->qpos + model_->nv);
      state.v.assign(data_->qvel, data_->qvel + model_->nv);
      state.tau.resize(model_->nu);
      states.push_back(std::move(state));
    }
    return states;
  }

  void setUpperLimit(const std::string& joint, double limit) {
    const int id = mj_name2id(model_.get(), mjOBJ_JOINT, joint.c_str());
    if (id < 0) throw std::runtime_error("no joint named " + joint);
    model_->jnt_range[2 * id + 1] = limit;
  }

  // Contacts in the last step or evaluation.
  int contacts() const { return data_->ncon; }

  void step() { mj_step(model_.get(), data_.get()); }

  void linearize() {
    mjd_transitionFD(model_.get(), data_.get(), kDifference, 1, fx_.data(), fu_.data(), nullptr,
                     nullptr);
  }

  std::vector<double> acceleration(const State& state) {
    reset(state);
    mj_forward(model_.get(), data_.get());
    return {data_->qacc, data_->qacc + model_->nv};
  }

  std::vector<double> next(const State& state) {
    reset(state);
    step();
    std::vector<double> x(data_->qpos, data_->qpos + model_->nv);
    x.insert(x.end(), data_->qvel, data_->qvel + model_->nv);
    return x;
  }

  std::vector<double> derivatives(const State& state) {
    reset(state);
    linearize();
    std::vector<double> all(fx_);
    all.insert(all.end(), fu_.begin(), fu_.end());
    return all;
  }

 private:
  std::string file_;
  bool direct_;
  struct Free {
    void operator()(mjModel* m) const { mj_deleteModel(m); }
    void operator()(mjData* d) const { mj_deleteData(d); }
  };
  std::unique_ptr<mjModel, Free> model_;
  std::unique_ptr<mjData, Free> data_;
  std::vector<double> fx_, fu_;
};

}  // namespace peers
