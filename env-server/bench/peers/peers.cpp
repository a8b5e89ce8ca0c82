// Times MuJoCo and Pinocchio in short samples on request, so that another program can take turns
// with them within one run. Commands come one per line on standard input; each is answered by one
// line, "error ..." where it cannot be carried out:
//
//   versions                       -> versions of the engines and the compiler's flags
//   load ROBOT FILE                -> its degrees of freedom; for MuJoCo's kernels alone
//   settle ROBOT OTHER SECONDS     -> number of states of OTHER, the same robot: up to 64 with a
//                                     contact on a fall of ROBOT from its file's pose
//   state ROBOT q... v... tau...   -> number of states that the robot has now
//   eval KERNEL ROBOT INDEX        -> the kernel's results at one state
//   time KERNEL ROBOT CALLS        -> nanoseconds per call
//   contacts ROBOT                 -> MuJoCo's mean number of contacts at the states, and while it
//                                     steps on from them
//
// Robots are swimmer, walker, standing-walker and walking-walker; kernels are mj_forward, mj_step, mj_transition_fd, aba and
// aba_derivatives. mj_step runs on from each state for at most `kRun` steps; the others visit the states
// in turn. Times are this thread's CPU time: other programs' turns on the core do not count.

#include "pinocchio_peer.h"

#include <time.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>

namespace {

using peers::MujocoPeer;
using peers::PinocchioPeer;
using peers::State;

constexpr int kRun = 20;
constexpr std::size_t kStates = 64;
constexpr double kStep = 0.002;  // of robots from files, s

struct Robot {
  MujocoPeer mujoco;
  std::optional<PinocchioPeer> pinocchio;
  std::vector<State> states;
  std::vector<PinocchioPeer::Point> points;
  std::size_t turn = 0;

  std::size_t advance() { return turn = (turn + 1) % states.size(); }
};

double cpuNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

double timeSteps(Robot& robot, int calls) {
  const double start = cpuNanoseconds();
  for (int done = 0; done < calls;) {
    robot.mujoco.reset(robot.states[robot.advance()]);
    const int run = std::min(kRun, calls - done);
    for (int i = 0; i < run; ++i) robot.mujoco.step();
    done += run;
  }
  return (cpuNanoseconds() - start) / calls;
}

template <typename Call>
double timeCalls(Robot& robot, int calls, Call call) {
  const double start = cpuNanoseconds();
  for (int i = 0; i < calls; ++i) call(robot.advance());
  return (cpuNanoseconds() - start) / calls;
}

double measure(const std::string& kernel, Robot& robot, int calls) {
  if (robot.states.empty()) throw std::runtime_error("the robot has no states yet");
  if (calls < 1) throw std::runtime_error("calls must be at least 1");
  if (kernel == "mj_step") return timeSteps(robot, calls);
  if (kernel == "mj_transition_fd") {
    return timeCalls(robot, calls, [&](std::size_t i) {
      robot.mujoco.reset(robot.states[i]);
      robot.mujoco.linearize();
    });
  }
  if (!robot.pinocchio) throw std::runtime_error("Pinocchio has no such robot");
  if (kernel == "aba") {
    return timeCalls(robot, calls, [&](std::size_t i) { robot.pinocchio->aba(robot.points[i]); });
  }
  if (kernel == "aba_derivatives") {
    return timeCalls(robot, calls,
                     [&](std::size_t i) { robot.pinocchio->abaDerivatives(robot.points[i]); });
  }
  throw std::runtime_error("no kernel to time named " + kernel);
}

// Contacts that the timed kernels meet: at the states, and on the runs of steps from them.
std::string contacts(Robot& robot) {
  double atStates = 0, onRuns = 0;
  for (const State& state : robot.states) {
    robot.mujoco.acceleration(state);
    atStates += robot.mujoco.contacts();
    robot.mujoco.reset(state);
    for (int i = 0; i < kRun; ++i) {
      robot.mujoco.step();
      onRuns += robot.mujoco.contacts();
    }
  }
  std::ostringstream out;
  out << atStates / robot.states.size() << ' ' << onRuns / (kRun * robot.states.size());
  return out.str();
}

std::vector<double> eval(const std::string& kernel, Robot& robot, std::size_t index) {
  const State& state = robot.states.at(index);
  if (kernel == "mj_forward") return robot.mujoco.acceleration(state);
  if (kernel == "mj_step") return robot.mujoco.next(state);
  if (kernel == "mj_transition_fd") return robot.mujoco.derivatives(state);
  if (!robot.pinocchio) throw std::runtime_error("Pinocchio has no such robot");
  if (kernel == "aba") return robot.pinocchio->acceleration(state);
  if (kernel == "aba_derivatives") return robot.pinocchio->derivatives(state);
  throw std::runtime_error("no kernel named " + kernel);
}

std::vector<double> numbers(std::istream& in, int count) {
  std::vector<double> values(count);
  for (double& value : values) {
    if (!(in >> value)) throw std::runtime_error("a state needs q, v and tau, all numbers");
  }
  return values;
}

std::string answer(std::map<std::string, Robot>& robots, const std::string& line) {
  std::istringstream in(line);
  std::ostringstream out;
  out.precision(17);
  std::string command, kernel, name;
  in >> command;
  if (command == "versions") {
    out << "MuJoCo " << mj_versionString() << ", Pinocchio " << PINOCCHIO_VERSION << ", Eigen "
        << EIGEN_WORLD_VERSION << '.' << EIGEN_MAJOR_VERSION << '.' << EIGEN_MINOR_VERSION
        << ", compiler " << __VERSION__ << " " << PEERS_FLAGS;
    return out.str();
  }
  if (command == "eval" || command == "time") in >> kernel;
  in >> name;
  if (command == "load") {
    std::string file;
    std::getline(in >> std::ws, file);
    const auto loaded = robots.emplace(name, Robot{MujocoPeer(file, kStep), {}, {}, {}, 0});
    out << loaded.first->second.mujoco.nv();
    return out.str();
  }
  const auto found = robots.find(name);
  if (found == robots.end()) throw std::runtime_error("no robot named " + name);
  Robot& robot = found->second;
  if (command == "state") {
    State state;
    state.q = numbers(in, robot.mujoco.nv());
    state.v = numbers(in, robot.mujoco.nv());
    state.tau = numbers(in, robot.mujoco.nu());
    if (robot.pinocchio) robot.points.push_back(robot.pinocchio->point(state));
    robot.states.push_back(std::move(state));
    out << robot.states.size();
  } else if (command == "eval") {
    std::size_t index = 0;
    in >> index;
    for (double value : eval(kernel, robot, index)) out << value << ' ';
  } else if (command == "time") {
    int calls = 0;
    in >> calls;
    out << measure(kernel, robot, calls);
  } else if (command == "settle") {
    std::string other;
    double seconds = 0;
    in >> other >> seconds;
    const std::vector<State> fallen = robot.mujoco.fall(seconds);
    Robot& settled = robots.emplace(other, Robot{MujocoPeer(robot.mujoco.file(), kStep), {}, {}, {}, 0})
                         .first->second;
    const std::size_t count = std::min(kStates, fallen.size());
    for (std::size_t i = 0; i < count; ++i) settled.states.push_back(fallen[i * fallen.size() / count]);
    out << count;
  } else if (command == "contacts") {
    out << contacts(robot);
  } else {
    throw std::runtime_error("no command named " + command);
  }
  return out.str();
}

}  // namespace

int main() {
  std::map<std::string, Robot> robots;
  const std::string assets = PEERS_ASSETS;
  robots.emplace("swimmer",
                 Robot{MujocoPeer(assets + "/swimmer.xml", 1000.0, 0.1, 0.01),
                       PinocchioPeer(peers::swimmerLinks(), 0.0, 0.1, 1.0), {}, {}, 0});
  for (const char* name : {"walker", "standing-walker", "walking-walker"}) {
    robots.emplace(name, Robot{MujocoPeer(assets + "/walker2d_v5.xml", 0.0, 0.0, 0.002),
                               PinocchioPeer(peers::walkerLinks(), -9.81, 0.0, -1.0), {}, {}, 0});
  }
  // The file's thighs swing backwards only; a person's walk would pay for that limit at every step.
  for (const char* hip : {"thigh_joint", "thigh_left_joint"}) {
    robots.at("walking-walker").mujoco.setUpperLimit(hip, 1.8);
  }
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      std::cout << answer(robots, line) << std::endl;
    } catch (const std::exception& e) {
      std::cout << "error " << e.what() << std::endl;
    }
  }
  return 0;
}
