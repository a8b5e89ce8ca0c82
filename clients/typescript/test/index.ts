// All tests in one process, so that they share one server.
import "./address.test.js";
import "./tensors.test.js";
import "./translate.test.js";
import "./catalog.test.js";
import "./arguments.test.js";
import "./answers.test.js";
import "./simulator.test.js";
import "./session.test.js";
import "./stream.test.js";
import "./conformance.test.js";
import "./policy.test.js";
import "./onnx.test.js";
import "./evaluations.test.js";
import "./faults.test.js";
import "./local-server.test.js";
import "./examples.test.js";
