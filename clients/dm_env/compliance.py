"""Holds a Gaitway server against dm_env_rpc's own compliance classes and dm_env's EnvironmentTestMixin.

python compliance.py CLASSPATH           starts the server of these jars, tests it and stops it
python compliance.py --server ENDPOINT   tests a running server: host:port or, with TLS or a token,
                                         tls://host:port?ca=FILE&token_file=FILE, tcp://host:port?token_file=FILE
"""

import collections
import contextlib
import inspect
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import unittest
import urllib.parse

from absl.testing import absltest
from dm_env import test_utils
from dm_env_rpc.v1 import compliance
from dm_env_rpc.v1 import connection as dm_env_rpc_connection
from dm_env_rpc.v1 import dm_env_adaptor
from dm_env_rpc.v1 import dm_env_rpc_pb2
from dm_env_rpc.v1 import error
from dm_env_rpc.v1 import tensor_utils
from google.protobuf import descriptor_pb2
from google.rpc import error_details_pb2
import grpc
from grpc_reflection.v1alpha import reflection_pb2
import numpy as np

SECONDS_TO_START = 60

# The example of the documentation runs for a second; one that does not end would for ever.
SECONDS_TO_RUN = 120

# Control steps in an episode of the worlds tested.
STEPS = 7

# Where the server is, with what credentials of gRPC it is spoken to (None for plaintext), and the headers of its calls.
ADDRESS = None
CREDENTIALS = None
METADATA = []


@contextlib.contextmanager
def server(classpath):
    """Runs a server on a free port of the loopback interface; yields its address."""
    home = os.environ.get('JAVA_HOME')
    java = os.path.join(home, 'bin', 'java') if home else 'java'
    process = subprocess.Popen(
        [java, '-XX:+UseSerialGC', '-cp', classpath, 'io.gaitway.agents.cli.Gaitway', 'serve', '--port', '0'],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    late = threading.Timer(SECONDS_TO_START, process.kill)
    late.start()
    try:
        # Java may print lines of its own before, and after, when nobody else reads them.
        lines = iter(process.stdout)
        matches = (re.fullmatch(r'gaitway serving on (\S+)\n', line) for line in lines)
        match = next(filter(None, matches), None)
        if not match:
            raise RuntimeError('the server ended without saying where it serves')
        late.cancel()
        threading.Thread(target=collections.deque, args=(lines, 0), daemon=True).start()
        yield match.group(1)
    finally:
        late.cancel()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Connected(absltest.TestCase):
    """A connection of its own for each test."""

    def setUp(self):
        super().setUp()
        self._channel = (
            grpc.insecure_channel(ADDRESS) if CREDENTIALS is None else grpc.secure_channel(ADDRESS, CREDENTIALS)
        )
        self.addCleanup(self._channel.close)
        self._connection = dm_env_rpc_connection.Connection(self._channel, METADATA)

    @property
    def connection(self):
        return self._connection


class WithWorld(Connected):
    """A world of its own for each test; episodes are short, so that tests see them end."""

    environment_id = None

    def setUp(self):
        super().setUp()
        self._world_name = dm_env_adaptor.create_world(
            self.connection, {'environment': self.environment_id, 'seed': 1, 'max_episode_steps': STEPS}
        )
        self.addCleanup(self.leave_and_destroy)

    def leave_and_destroy(self):
        self.connection.send(dm_env_rpc_pb2.LeaveWorldRequest())
        self.connection.send(dm_env_rpc_pb2.DestroyWorldRequest(world_name=self.world_name))

    @property
    def world_name(self):
        return self._world_name

    def join(self):
        return self.connection.send(dm_env_rpc_pb2.JoinWorldRequest(world_name=self.world_name)).specs


class CreateDestroyWorld(Connected, compliance.CreateDestroyWorld):
    """Worlds come and go."""

    environment_id = None
    has_multiple_world_support = True
    invalid_world_settings = {
        'colour': tensor_utils.pack_tensor('red'),
        'seed': tensor_utils.pack_tensor(-1),
        'max_episode_steps': tensor_utils.pack_tensor(0),
        'lease_seconds': tensor_utils.pack_tensor(1e9),
        'parameters.target_speed': tensor_utils.pack_tensor(1e9),
        'parameters.colour': tensor_utils.pack_tensor(1.0),
    }

    @property
    def required_world_settings(self):
        return {'environment': tensor_utils.pack_tensor(self.environment_id)}


class JoinLeaveWorld(WithWorld, compliance.JoinLeaveWorld):
    """Agents come and go."""

    invalid_join_settings = {
        'colour': tensor_utils.pack_tensor('red'),
        'observe': tensor_utils.pack_tensor(['nose']),
    }


class Reset(WithWorld, compliance.Reset):
    """Resets by the agent."""

    def join_world(self):
        return self.join()


class ResetWorld(WithWorld, compliance.ResetWorld):
    """Resets of a world by its name."""


class Step(WithWorld, compliance.Step):
    """Steps, with many ways to get one wrong."""

    specs = None

    def setUp(self):
        super().setUp()
        self.specs = self.join()


class Adaptor(test_utils.EnvironmentTestMixin, WithWorld):
    """The environment as dm_env sees it."""

    def make_object_under_test(self):
        return dm_env_adaptor.join_world(self.connection, self.world_name, {})

    def test_a_truncated_episode_keeps_its_discount(self):
        steps = [self.reset_environment()] + [self.step_environment() for _ in range(STEPS)]
        self.assertEqual([step.last() for step in steps], [False] * STEPS + [True])
        self.assertEqual({step.discount for step in steps[1:]}, {1.0})
        self.assertTrue(all(step.reward < 0 for step in steps[1:]))
        self.assertTrue(self.step_environment().first())

    def test_the_same_seed_gives_the_same_bits(self):
        action = self.make_action()
        first = [self.reset_environment()] + [self.step_environment(action) for _ in range(STEPS)]
        self.connection.send(
            dm_env_rpc_pb2.ResetWorldRequest(world_name=self.world_name, settings={'seed': tensor_utils.pack_tensor(1)})
        )
        again = [self.step_environment(action) for _ in range(STEPS + 1)]
        for one, other in zip(first, again):
            np.testing.assert_array_equal(one.observation['observation'], other.observation['observation'])
            self.assertEqual(one.reward, other.reward)


class Fall(Connected):
    """What ends for good."""

    def test_a_fall_ends_the_episode_with_discount_0(self):
        walker, _ = dm_env_adaptor.create_and_join_world(self.connection, {'environment': 'walker', 'seed': 1}, {})
        step = walker.reset()
        while not step.last():
            step = walker.step({'action': np.zeros(6)})
        self.assertEqual(step.discount, 0.0)
        walker.close()


class Contract(Connected):
    """The interface itself."""

    def test_the_server_has_the_contract_of_the_package(self):
        # The package's messages are those of v1alpha; v1 has the same.
        reflect = self._channel.stream_stream(
            '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
            reflection_pb2.ServerReflectionRequest.SerializeToString,
            reflection_pb2.ServerReflectionResponse.FromString,
        )
        request = reflection_pb2.ServerReflectionRequest(file_containing_symbol='dm_env_rpc.v1.Environment')
        served = descriptor_pb2.FileDescriptorProto.FromString(
            next(reflect(iter([request]), metadata=METADATA)).file_descriptor_response.file_descriptor_proto[0]
        )
        packaged = descriptor_pb2.FileDescriptorProto()
        dm_env_rpc_pb2.DESCRIPTOR.CopyToProto(packaged)
        # Where a language puts its classes is not part of it.
        served.ClearField('options')
        self.assertEqual(served, packaged)

    def test_errors_carry_what_other_services_tell(self):
        with self.assertRaises(error.DmEnvRpcError) as caught:
            dm_env_adaptor.create_world(self.connection, {'environment': 'unicycle'})
        self.assertEqual(caught.exception.code, grpc.StatusCode.NOT_FOUND.value[0])
        info = error_details_pb2.ErrorInfo()
        self.assertTrue(caught.exception.details[0].Unpack(info))
        self.assertEqual((info.domain, info.reason), ('gaitway', 'UNKNOWN_ENVIRONMENT'))


class Documentation(absltest.TestCase):
    """What docs/dm-env.md says."""

    def test_its_example_runs(self):
        page = pathlib.Path(__file__).resolve().parents[2] / 'docs' / 'dm-env.md'
        example = re.search(r'```python\n(.*?)```', page.read_text(), re.DOTALL).group(1)
        self.assertIn('127.0.0.1:7447', example)
        if CREDENTIALS or METADATA:
            self.skipTest('the example is of a server in plaintext that asks for no token')
        program = [sys.executable, '-c', example.replace('127.0.0.1:7447', ADDRESS)]
        ran = subprocess.run(program, capture_output=True, text=True, timeout=SECONDS_TO_RUN, check=False)
        self.assertEqual((ran.returncode, ran.stderr), (0, ''))
        self.assertIn(' -', ran.stdout)


def suite():
    """Every case for every environment."""
    loader = unittest.TestLoader()
    tests = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in (Fall, Contract, Documentation))
    cases = (CreateDestroyWorld, JoinLeaveWorld, Reset, ResetWorld, Step, Adaptor)
    for required in filter(inspect.isclass, vars(compliance).values()):
        if not any(issubclass(case, required) for case in cases):
            raise RuntimeError(f'no case here runs {required.__name__} of dm_env_rpc.v1.compliance')
    for case in cases:
        for environment in ('swimmer', 'walker'):
            named = type(environment.capitalize() + case.__name__, (case,), {'environment_id': environment})
            tests.addTests(loader.loadTestsFromTestCase(named))
    return tests


def use(endpoint):
    """Has the tests use a server that runs."""
    global ADDRESS, CREDENTIALS, METADATA
    scheme, _, rest = endpoint.rpartition('://')
    ADDRESS, _, query = rest.partition('?')
    pairs = (part.partition('=') for part in query.split('&') if part)
    files = {name: pathlib.Path(urllib.parse.unquote(value)) for name, _, value in pairs}
    if not set(files) <= {'ca', 'token_file'}:
        sys.exit(f'the parameters of an endpoint must be among ca and token_file here, but are {", ".join(files)}')
    if scheme == 'tls':
        CREDENTIALS = grpc.ssl_channel_credentials(files['ca'].read_bytes() if 'ca' in files else None)
    if 'token_file' in files:
        METADATA = [('authorization', 'Bearer ' + files['token_file'].read_text().strip())]


def main(classpath, endpoint=None):
    global ADDRESS
    # So that the server is stopped however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if classpath == '--server':
        use(endpoint)
        result = unittest.TextTestRunner().run(suite())
        return 0 if result.wasSuccessful() else 1
    with server(classpath) as ADDRESS:
        result = unittest.TextTestRunner().run(suite())
    return 0 if result.wasSuccessful() and not result.skipped else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
