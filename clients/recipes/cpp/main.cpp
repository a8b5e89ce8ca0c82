// A Gaitway client in one file: a tensor in and out, a rollout, a session. The argument is where a server is, such as
// 127.0.0.1:7447 or unix:/tmp/gaitway.sock.

#include <bit>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "gaitway/v1/catalog.grpc.pb.h"
#include "gaitway/v1/dynamics.grpc.pb.h"
#include "gaitway/v1/environment.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace v1 = gaitway::v1;
using namespace std::chrono_literals;

// Tensors are little-endian; on another machine the bytes of each number would have to be turned round.
static_assert(std::endian::native == std::endian::little);

// A tensor of numbers, row-major.
v1::Tensor tensor(std::span<const double> values, std::initializer_list<std::int64_t> shape) {
  v1::Tensor tensor;
  std::int64_t count = 1;
  for (auto size : shape) {
    tensor.add_shape(size);
    count *= size;
  }
  if (count != static_cast<std::int64_t>(values.size())) {
    throw std::invalid_argument("the shape has another size than the values");
  }
  tensor.set_dtype(v1::DATA_TYPE_FLOAT64);
  tensor.set_data(values.data(), values.size_bytes());
  return tensor;
}

// The numbers of a tensor that must have so many.
std::vector<double> numbers(const v1::Tensor& tensor, std::size_t count) {
  if (tensor.data().size() != 8 * count) {
    throw std::runtime_error("the server's answer has a tensor of another size");
  }
  std::vector<double> values(count);
  std::memcpy(values.data(), tensor.data().data(), tensor.data().size());
  return values;
}

// A number in the fewest digits that read back to the same double.
std::string text(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, std::end(digits), value).ptr};
}

// A call's context with a deadline: the server never ends a call by itself.
std::unique_ptr<grpc::ClientContext> within(std::chrono::seconds time) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + time);
  return context;
}

// What a refusal says to programs (the reason and the field) and to people (the message).
std::string refusal(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  std::string reason, field;
  for (const auto& detail : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    if (detail.UnpackTo(&info)) {
      reason = info.reason();
    } else if (detail.UnpackTo(&bad) && bad.field_violations_size() > 0) {
      field = bad.field_violations(0).field();
    }
  }
  return reason + (field.empty() ? "" : " in " + field) + (reason.empty() ? "" : ": ") + status.error_message();
}

void require(const grpc::Status& status) {
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    throw std::runtime_error("no Gaitway server answers (" + status.error_message() +
                             "); start one with: ./gaitway serve --port 7447");
  }
  if (!status.ok()) {
    throw std::runtime_error(refusal(status));
  }
}

int run(const std::string& address) {
  grpc::ChannelArguments arguments;
  // gRPC's own limit of 4 MiB is too small for large rollouts.
  arguments.SetMaxReceiveMessageSize(64 << 20);
  auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);

  // What is simulated.
  v1::EnvironmentRef environment;
  environment.set_id("swimmer");
  auto catalog = v1::CatalogService::NewStub(channel);
  v1::GetEnvironmentRequest wanted;
  *wanted.mutable_environment() = environment;
  v1::GetEnvironmentResponse described;
  require(catalog->GetEnvironment(within(30s).get(), wanted, &described));
  const auto& spec = described.environment();
  const int nx = spec.state_size(), nu = spec.action_size();
  std::printf("swimmer: nx %d, nu %d, horizon %d\n", nx, nu, spec.horizon());

  // A tensor in and out: the next state of one knot.
  auto dynamics = v1::DynamicsService::NewStub(channel);
  const std::vector<double> mean(spec.initial_state().mean().begin(), spec.initial_state().mean().end());
  v1::EvaluateRequest knot;
  *knot.mutable_environment() = environment;
  *knot.mutable_states() = tensor(mean, {1, nx});
  *knot.mutable_actions() = tensor(std::vector<double>(nu, 1.0), {1, nu});
  v1::EvaluateResponse values;
  require(dynamics->Evaluate(within(30s).get(), knot, &values));
  std::printf("evaluate: x'[2] %s, cost %s\n", text(numbers(values.next_states(), nx)[2]).c_str(),
              text(numbers(values.costs(), 1)[0]).c_str());

  // A rollout: the answers stream, a rollout may come in parts.
  const int steps = 100;
  std::vector<double> us(steps * nu);
  for (std::size_t i = 0; i < us.size(); i++) {
    us[i] = i % 2 == 0 ? 1.0 : -0.5;
  }
  v1::RolloutRequest request;
  *request.mutable_environment() = environment;
  request.set_horizon(steps);
  *request.mutable_initial_states() = tensor(mean, {1, nx});
  *request.add_controllers()->mutable_open_loop()->mutable_actions() = tensor(us, {steps, nu});
  request.set_with_digest(true);
  auto context = within(30s);
  auto reader = dynamics->Rollout(context.get(), request);
  v1::RolloutResponse response;
  std::int64_t rows = 0;
  while (reader->Read(&response)) {
    for (const auto& part : response.parts()) {
      rows += part.has_states() ? part.states().shape(0) : 0;
      if (part.has_summary()) {
        std::printf("rollout: %lld states, cost %s, digest ", static_cast<long long>(rows),
                    text(part.summary().total_cost()).c_str());
        for (unsigned char byte : part.summary().digest()) {
          std::printf("%02x", byte);
        }
        std::printf("\n");
      }
    }
  }
  require(reader->Finish());

  // A session of two environments, stepped over one stream. The numbers make a command that is sent twice, because the
  // connection broke, be carried out once.
  const int n = 2;
  auto sessions = v1::EnvironmentService::NewStub(channel);
  v1::CreateSessionRequest create;
  *create.mutable_environment() = environment;
  create.set_num_environments(n);
  v1::CreateSessionResponse created;
  require(sessions->CreateSession(within(30s).get(), create, &created));
  const auto& session = created.session();
  const std::vector<double> actions(n * nu, 0.5);
  auto streaming = within(30s);
  auto stream = sessions->StepStream(streaming.get());
  // Four commands ahead of their answers; a session keeps the answers of answer_window commands, of at least 4.
  for (int i = 0; i < 4; i++) {
    v1::StepStreamRequest command;
    if (i == 0) {
      auto* reset = command.mutable_reset();
      reset->set_session_id(session.id());
      reset->add_seeds(1);
      reset->add_seeds(2);
      reset->set_expected_reset(session.resets());
    } else {
      auto* step = command.mutable_step();
      step->set_session_id(session.id());
      step->set_expected_step(session.step() + i - 1);
      *step->mutable_actions() = tensor(actions, {n, nu});
    }
    stream->Write(command); // What goes wrong, Finish says.
  }
  stream->WritesDone();
  v1::StepStreamResponse answer;
  while (stream->Read(&answer)) {
    if (answer.has_reset()) {
      std::printf("reset: seeds [%llu, %llu]\n", static_cast<unsigned long long>(answer.reset().seeds(0)),
                  static_cast<unsigned long long>(answer.reset().seeds(1)));
    } else {
      const auto costs = numbers(answer.step().costs(), n);
      std::printf("step %llu: costs [%s, %s]\n", static_cast<unsigned long long>(answer.step().step()),
                  text(costs[0]).c_str(), text(costs[1]).c_str());
    }
  }
  require(stream->Finish());

  // A refusal: nothing is stepped.
  v1::StepRequest wrong;
  wrong.set_session_id(session.id());
  wrong.set_expected_step(session.step() + 3);
  *wrong.mutable_actions() = tensor(std::span(actions).first(nu), {1, nu});
  v1::StepResponse stepped;
  const auto refused = sessions->Step(within(30s).get(), wrong, &stepped);
  if (refused.ok()) {
    throw std::runtime_error("the server took actions of another shape");
  }
  std::printf("refused: %s\n", refusal(refused).c_str());

  v1::DeleteSessionRequest end;
  end.set_session_id(session.id());
  v1::DeleteSessionResponse ended;
  require(sessions->DeleteSession(within(5s).get(), end, &ended));
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: recipe HOST:PORT or unix:PATH\n";
    return 2;
  }
  try {
    return run(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
